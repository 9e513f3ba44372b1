//! Appointments: free time, book, move, cancel, confirm, arrive, seat, finish, no-show, and the board of the day.

use actix_web::web;

/// The board, booking and the API.
pub fn routes(_cfg: &mut web::ServiceConfig) {}
