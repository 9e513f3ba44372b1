//! The OpenAPI document: every feature's part, put together.

use actix_web::{HttpResponse, web};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Chairside",
        description = "Appointments, records, reminders, recall and callbacks. Sign in with a bearer token \
            (`chairside token --role front-desk`). Errors are application/problem+json with a `code`, and `errors` by field.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    security(("bearer" = [])),
    modifiers(&Bearer)
)]
struct Whole;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", scheme);
    }
}

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut whole = Whole::openapi();
    for part in [
        crate::clinic::ApiDoc::openapi(),
        crate::patients::ApiDoc::openapi(),
        crate::appointments::ApiDoc::openapi(),
        crate::records::ApiDoc::openapi(),
        crate::callbacks::ApiDoc::openapi(),
        crate::outreach::ApiDoc::openapi(),
        crate::messaging::ApiDoc::openapi(),
    ] {
        whole.merge(part);
    }
    whole
}

/// `/api/v1/openapi.json`, for anyone: it holds no data.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/openapi.json").route(web::get().to(|| async { HttpResponse::Ok().json(document()) })),
    );
}
