//! Visits in calendars outside: in the patient's, by invitation or file; in a provider's own, by a feed that whoever knows its
//! secret address can read.

mod actions;
mod model;
mod pages;
mod store;
mod views;

pub use model::visit_event;

use actix_web::web;

/// The feeds, and the pages on which they are made and ended.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
}
