//! The rules, the recall list, the forecast.

mod days;
mod forecast;
mod recall;
mod rules;

use actix_web::web;

pub(super) use rules::steps_of;

/// Pages of outreach.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    days::routes(cfg);
    forecast::routes(cfg);
    recall::routes(cfg);
    rules::routes(cfg);
}
