//! The OpenAPI document: every feature's part, put together.

use actix_web::{HttpResponse, web};
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Required, Response};
use utoipa::{Modify, OpenApi};

use crate::platform::web::{Fault, Problem, reading};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Chairside",
        description = "Appointments, records, reminders, recall and callbacks. Sign in with a bearer token \
            (`chairside token --role front-desk`). Errors are application/problem+json (RFC 9457) with a `code`, and `errors` \
            by field. Single things have an `ETag`; a change names the version it was made on, in `If-Match` or the body. \
            Lists come in pages: `next` of one is `cursor` of the next, and `Link: rel=\"next\"` leads there. Writes take an \
            `Idempotency-Key`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem, Fault)),
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
        crate::patients::dates::ApiDoc::openapi(),
        crate::appointments::ApiDoc::openapi(),
        crate::appointments::reception::ApiDoc::openapi(),
        crate::appointments::calendar::ApiDoc::openapi(),
        crate::appointments::preferences::ApiDoc::openapi(),
        crate::appointments::waiting::ApiDoc::openapi(),
        crate::appointments::unscheduled::ApiDoc::openapi(),
        crate::appointments::day_end::ApiDoc::openapi(),
        crate::appointments::leave_plan::ApiDoc::openapi(),
        crate::records::ApiDoc::openapi(),
        crate::records::plan::ApiDoc::openapi(),
        crate::callbacks::ApiDoc::openapi(),
        crate::outreach::ApiDoc::openapi(),
        crate::outreach::segments::ApiDoc::openapi(),
        crate::outreach::campaigns::ApiDoc::openapi(),
        crate::messaging::ApiDoc::openapi(),
        crate::documents::ApiDoc::openapi(),
        crate::messaging::inbox::ApiDoc::openapi(),
    ] {
        whole.merge(part);
    }
    Contract.modify(&mut whole);
    whole
}

/// Searches and trials whose question is too long for an address: they change nothing, so that no key is needed. Neither is one for
/// DELETE, which may be repeated by its nature.
pub const READS_BY_POST: &[&str] = &["/api/v1/slots/search", "/api/v1/rules/preview"];

/// What holds for all operations alike: conditions and keys in headers, and how they are refused.
struct Contract;

impl Modify for Contract {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let versioned = versioned_bodies(openapi);
        for (path, item) in &mut openapi.paths.paths {
            item.get.iter_mut().for_each(add_reading);
            let writes = [&mut item.post, &mut item.patch, &mut item.put].into_iter().flatten();
            for operation in writes.filter(|_| !READS_BY_POST.contains(&path.as_str())) {
                add_writing(operation, &versioned);
            }
            let all = [
                &mut item.get,
                &mut item.post,
                &mut item.patch,
                &mut item.put,
                &mut item.delete,
            ];
            all.into_iter().flatten().for_each(add_refusals);
        }
    }
}

/// References to the request bodies that may name a version.
fn versioned_bodies(openapi: &utoipa::openapi::OpenApi) -> Vec<String> {
    let schemas = openapi.components.iter().flat_map(|c| &c.schemas);
    let versioned = schemas.filter(|(_, schema)| match schema {
        RefOr::T(Schema::Object(object)) => object.properties.contains_key("version"),
        _ => false,
    });
    versioned
        .map(|(name, _)| format!("#/components/schemas/{name}"))
        .collect()
}

/// What is read with its version need not be sent again.
fn add_reading(operation: &mut Operation) {
    let ok = operation.responses.responses.get("200");
    if matches!(ok, Some(RefOr::T(ok)) if ok.headers.contains_key("ETag")) {
        add_header(operation, "If-None-Match", "An `ETag` that is known already");
        let same = Response::new("Still as it was when the `ETag` in `If-None-Match` was given");
        operation.responses.responses.insert("304".to_owned(), same.into());
    }
}

fn add_writing(operation: &mut Operation, versioned: &[String]) {
    add_header(
        operation,
        "Idempotency-Key",
        "1 to 255 visible ASCII characters, chosen by the caller. The same request with the same key within 24 hours is \
         not done again: it gets the first answer, with `Idempotent-Replayed: true`. What failed (5xx) is tried again.",
    );
    refuse(
        operation,
        "409",
        "`in_progress`: the first request with this key is at work",
    );
    refuse(operation, "422", "`idempotency_key_reused`: by another request");
    let content = match &operation.request_body {
        Some(RefOr::T(body)) => body.content.get("application/json"),
        _ => None,
    };
    // A file names no version: the header does.
    let is_file = operation.request_body.is_some() && content.is_none();
    let of_a_version = match content {
        Some(RefOr::T(Content {
            schema: Some(RefOr::Ref(body)),
            ..
        })) => versioned.contains(&body.ref_location),
        _ => false,
    };
    if of_a_version || is_file {
        let what = "The `ETag` of what is changed, in the place of `version` in the body";
        add_header(operation, "If-Match", what);
        let stale = "`stale`: not the version in `If-Match` any more; `changed_by`, `changed_at`, `current` say more";
        refuse(operation, "412", stale);
        refuse(
            operation,
            "428",
            "`precondition_required`: neither `If-Match` nor `version`",
        );
    }
}

fn add_header(operation: &mut Operation, name: &str, what: &str) {
    let header = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(what))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    operation.parameters.get_or_insert_default().push(header.into());
}

/// Adds to what a status tells.
fn refuse(operation: &mut Operation, status: &str, why: &str) {
    let told = operation.responses.responses.entry(status.to_owned());
    if let RefOr::T(told) = told.or_insert_with(|| Response::new("").into()) {
        let parts = [told.description.as_str(), why];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        told.description = parts.join("; ");
    }
}

/// What every operation may answer besides what it says itself; every refusal is a [`Problem`].
fn add_refusals(operation: &mut Operation) {
    refuse(operation, "401", "No token, or one that does not work (any more)");
    refuse(operation, "403", "The token's role may not do this");
    if operation.request_body.is_some() || operation.parameters.as_ref().is_some_and(|p| !p.is_empty()) {
        refuse(operation, "400", "The request cannot be read");
        refuse(
            operation,
            "422",
            "Something given is wrong: `errors` says what, by field",
        );
    }
    refuse(operation, "default", "Whatever else goes wrong");
    for (status, response) in &mut operation.responses.responses {
        let refused = status.starts_with(['4', '5']) || status == "default";
        if let RefOr::T(response) = response
            && refused
        {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            response
                .content
                .insert("application/problem+json".to_owned(), problem.into());
        }
    }
}

/// `/api/v1/openapi.json`, for anyone: it holds no data.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/openapi.json").route(reading().to(|| async { HttpResponse::Ok().json(document()) })),
    );
}
