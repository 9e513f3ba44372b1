//! Callbacks: call tasks, scripts and forms, attempts and their results, satisfaction.

use actix_web::web;

/// The nurse's page.
pub fn routes(_cfg: &mut web::ServiceConfig) {}
