//! Patients whose visit was cancelled or missed and not booked anew: so that nobody is lost between two visits.

mod actions;
mod model;
mod pages;
mod store;
mod views;

pub(super) use actions::cancel_as;
pub use model::CancelKind;
pub(super) use store::{count_broken, count_broken_since, forget, set_kind};

use actix_web::web;

/// The list.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
}
