//! Patients whose visit was cancelled or missed and not booked anew: so that nobody is lost between two visits.

mod actions;
mod api;
mod model;
mod pages;
mod store;
mod views;

pub(super) use actions::cancel_as;
pub use api::ApiDoc;
pub use model::CancelKind;
pub(super) use store::{count_broken, count_broken_since, forget, set_kind};

use actix_web::web;

/// The list and its API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
