//! The JSON API of the waiting list: who waits, the times that got free, whom they are offered to, and how that goes by itself.

mod entries;
mod freed;
mod offers;
mod rules;

use actix_web::web;
use utoipa::OpenApi;

/// This part's share of the OpenAPI document.
pub struct ApiDoc;

impl OpenApi for ApiDoc {
    fn openapi() -> utoipa::openapi::OpenApi {
        let mut document = entries::ApiDoc::openapi();
        document.merge(freed::ApiDoc::openapi());
        document.merge(offers::ApiDoc::openapi());
        document.merge(rules::ApiDoc::openapi());
        document
    }
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    entries::routes(cfg);
    freed::routes(cfg);
    offers::routes(cfg);
    rules::routes(cfg);
}
