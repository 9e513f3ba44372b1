//! The end of a day: visits whose time is past and of which nobody has said how they ended. Nothing happens by itself.

mod actions;
mod api;
mod model;
mod pages;
mod store;
mod views;

pub use api::ApiDoc;
pub(super) use store::count_left_over;

use actix_web::web;

/// The list and its API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
