//! JSON of rules, days, recalls and what the next days bring.

mod body;
mod forecast;
mod occasions;
mod recalls;
mod rules;
mod trial;

use actix_web::web;

use super::model::Step;

/// The part of the `OpenAPI` document that outreach answers for.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        recalls::list::list,
        recalls::of_patient::of_patient,
        recalls::of_patient::risk,
        recalls::of_patient::set_risk,
        recalls::one::read,
        recalls::one::update,
        recalls::one::undo,
        recalls::contacts::text,
        recalls::contacts::text_all,
        recalls::contacts::call,
        recalls::types::list,
        recalls::types::read,
        recalls::types::update,
        recalls::types::settings,
        recalls::types::update_settings,
        rules::list,
        rules::create,
        rules::read,
        rules::update,
        rules::remove,
        rules::effect,
        forecast::read,
        trial::of_stored,
        trial::of_wanted,
        occasions::list,
        occasions::create,
        occasions::read,
        occasions::update,
        occasions::remove
    ),
    components(schemas(Step))
)]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    recalls::routes(cfg);
    trial::routes(cfg);
    rules::routes(cfg);
    forecast::routes(cfg);
    occasions::routes(cfg);
}
