//! Visits in calendars outside: in the patient's, by invitation or file; in a provider's own, by a feed that whoever knows its
//! secret address can read.

mod actions;
mod api;
mod model;
mod pages;
mod store;
mod views;

pub use api::ApiDoc;
pub use model::visit_event;

use actix_web::web;

/// The feeds, and the pages and the API by which they are made and ended.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    api::routes(cfg);
    pages::routes(cfg);
}
