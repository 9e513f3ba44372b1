//! What patients answer: the page behind the link in a message, where a visit is confirmed, moved or cancelled.
//!
//! Nobody signs in here: the link is signed, names one appointment and ends an hour after it. Opening it changes nothing
//! (mail scanners and previews open links, too); the buttons post.

mod limit;
mod model;
mod pages;
mod views;

use actix_web::web;

/// The patient's pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    pages::kiosk::routes(cfg);
}
