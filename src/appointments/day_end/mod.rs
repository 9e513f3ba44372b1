//! The end of a day: visits whose time is past and of which nobody has said how they ended. Nothing happens by itself.

mod model;
mod pages;
mod store;
mod views;

pub(super) use store::count_left_over;

use actix_web::web;

/// The list.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
}
