//! At the desk: who comes without an appointment, who waits and for how long, what the day needs, slips for patients.

mod actions;
mod api;
mod model;
mod pages;
mod store;
mod views;

pub use api::ApiDoc;
pub use model::walk_in::{WALK_IN, WalkIn, WalkInId, WalkInState};
pub(super) use pages::{SHEET, still_waiting};
pub use store::{Supplies, save_supplies};
pub(super) use store::{left_unseen_of, requeue, wait_alerts, walk_ins_of_day};
pub(super) use views::queue_section;

use actix_web::web;

/// The waiting room, walk-ins, day sheet, report, slips, their settings and the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    api::routes(cfg);
    pages::routes(cfg);
}
