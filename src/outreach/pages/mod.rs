//! The rules and the recall list.

mod recall;
mod rules;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use maud::Markup;

/// Pages of outreach.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    recall::routes(cfg);
    rules::routes(cfg);
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
}

fn html_with(status: actix_web::http::StatusCode, page: Markup) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(page.into_string())
}
