//! A provider's leave over visits that are booked already: what becomes of each is chosen, seen and then done at once.

mod actions;
mod api;
mod drafts;
mod model;
mod pages;
mod store;
mod suggest;
mod views;

pub use api::ApiDoc;

use actix_web::web;

/// The workbench and its API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
