//! The OpenAPI document: every feature's part, put together.

use actix_web::{HttpResponse, web};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{RefOr, Response};
use utoipa::{Modify, OpenApi};

use crate::platform::web::reading;

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

impl Modify for Bearer {
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
        crate::appointments::waiting::ApiDoc::openapi(),
        crate::records::ApiDoc::openapi(),
        crate::callbacks::ApiDoc::openapi(),
        crate::outreach::ApiDoc::openapi(),
        crate::messaging::ApiDoc::openapi(),
    ] {
        whole.merge(part);
    }
    Refusals.modify(&mut whole);
    whole
}

/// What every operation may answer besides what it says itself: 401 and 403; 400 and 422 where something is given to it.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for item in openapi.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            operations.into_iter().flatten().for_each(add_refusals);
        }
    }
}

fn add_refusals(operation: &mut Operation) {
    let mut refusals = vec![
        ("401", "No token, or one that does not work (any more)"),
        ("403", "The token's role may not do this"),
    ];
    if operation.request_body.is_some() || operation.parameters.as_ref().is_some_and(|p| !p.is_empty()) {
        refusals.push(("400", "The request cannot be read"));
        refusals.push(("422", "Something given is wrong: `errors` says what, by field"));
    }
    for (status, why) in refusals {
        let told = operation.responses.responses.entry(status.to_owned());
        if let RefOr::T(told) = told.or_insert_with(|| Response::new(why).into())
            && told.description.is_empty()
        {
            why.clone_into(&mut told.description);
        }
    }
}

/// `/api/v1/openapi.json`, for anyone: it holds no data.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/openapi.json").route(reading().to(|| async { HttpResponse::Ok().json(document()) })),
    );
}
