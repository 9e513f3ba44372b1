//! Outreach: rules that decide who is due for what and when (visit reminders, recall, birthdays), and the recall list.

use actix_web::web;

/// Rules and the recall list.
pub fn routes(_cfg: &mut web::ServiceConfig) {}
