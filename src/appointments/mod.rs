//! Appointments: free time, book, move, cancel, confirm, arrive, seat, finish, no-show, and the board of the day.

mod actions;
mod model;
mod store;

pub use actions::{Target, cancel, confirm, next_free, reschedule};
pub use model::{Appointment, AppointmentId, Status};
pub use store::{find_appointment, get_appointment, next_of_patient};

use actix_web::web;

/// The board, booking and the API.
pub fn routes(_cfg: &mut web::ServiceConfig) {}
