//! The rules, the recall list, the forecast.

mod days;
mod forecast;
mod recall;
mod rules;

use actix_web::web;

/// Pages of outreach.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    days::routes(cfg);
    forecast::routes(cfg);
    recall::routes(cfg);
    rules::routes(cfg);
}
