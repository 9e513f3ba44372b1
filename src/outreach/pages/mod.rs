//! The rules and the recall list.

mod recall;
mod rules;

use actix_web::web;

/// Pages of outreach.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    recall::routes(cfg);
    rules::routes(cfg);
}
