//! Appointments: free time, book, move, cancel, confirm, arrive, seat, finish, no-show, and the board of the day.
//!
//! Free time comes from one pure engine ([`model::free`]) that everyone asks. That nobody is booked twice is the database's
//! own rule on both engines (exclusion constraints, triggers), so no code path and no race can break it.

mod actions;
mod api;
pub mod calendar;
pub mod day_end;
pub mod leave_plan;
mod link;
pub mod model;
mod news;
pub mod online;
mod pages;
pub mod preferences;
pub mod reception;
mod store;
mod timeline;
pub mod unscheduled;
mod views;
pub mod waiting;

pub use actions::{
    Booking, DoneWithVisit, Found, Search, Step, Target, advance, advance_in, arrive, book, book_in, cancel, cancel_in,
    confirm, find_free, free_for, next_free, reschedule, undo,
};
pub use api::ApiDoc;
pub use calendar::visit_event;
pub use link::{VISIT_LINK, check_in_number, link_ends_at, visit_path};
pub use model::{Action, Appointment, AppointmentId, Status};
pub use news::{Reader, vip_news};
pub use store::{
    Except, find_appointment, get_appointment, has_planned, insert_appointment, list_between, list_of_patient,
    next_of_patient, purge_holds, update_appointment, visits_of_click,
};
pub use timeline::AppointmentTimeline;

use std::sync::Arc;

use actix_web::web;
use tokio_util::sync::CancellationToken;

use crate::platform::db::Db;
use crate::platform::web::live::Live;

/// Who looks at which board, to be told of changes. Its task has to be run; it is the routes' app data.
pub fn live(db: Db, stop: CancellationToken) -> Arc<Live<store::Watched>> {
    Live::new(db, stop, store::revision)
}

/// The board, booking and the API.
pub fn routes(cfg: &mut web::ServiceConfig) {
    api::routes(cfg);
    pages::routes(cfg);
    reception::routes(cfg);
    calendar::routes(cfg);
    waiting::routes(cfg);
    unscheduled::routes(cfg);
    day_end::routes(cfg);
    leave_plan::routes(cfg);
    preferences::routes(cfg);
    online::routes(cfg);
}
