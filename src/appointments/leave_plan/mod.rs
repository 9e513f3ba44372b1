//! A provider's leave over visits that are booked already: what becomes of each is chosen, seen and then done at once.

mod actions;
mod model;
mod pages;
mod store;
mod suggest;
mod views;

use actix_web::web;

/// The workbench.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
}
