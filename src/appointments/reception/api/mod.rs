//! The JSON API of the desk.

mod check_in;
mod reports;
mod room;
mod settings;
mod walk_ins;

use actix_web::web;
use utoipa::OpenApi;

/// This part's share of the OpenAPI document.
pub struct ApiDoc;

impl OpenApi for ApiDoc {
    fn openapi() -> utoipa::openapi::OpenApi {
        let mut document = walk_ins::ApiDoc::openapi();
        document.merge(reports::ApiDoc::openapi());
        document.merge(room::ApiDoc::openapi());
        document.merge(check_in::ApiDoc::openapi());
        document.merge(settings::ApiDoc::openapi());
        document
    }
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    walk_ins::routes(cfg);
    reports::routes(cfg);
    room::routes(cfg);
    check_in::routes(cfg);
    settings::routes(cfg);
}
