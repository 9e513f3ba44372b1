//! The rules, the recall list, the forecast.

mod forecast;
mod recall;
mod rules;

use actix_web::web;

/// Pages of outreach.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    forecast::routes(cfg);
    recall::routes(cfg);
    rules::routes(cfg);
}
