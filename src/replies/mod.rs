//! What patients answer: the page behind the link in a message, where a visit is confirmed, moved or cancelled.

use actix_web::web;

/// The patient's pages.
pub fn routes(_cfg: &mut web::ServiceConfig) {}
