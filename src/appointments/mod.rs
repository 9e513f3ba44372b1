//! Appointments: free time, book, move, cancel, confirm, arrive, seat, finish, no-show, and the board of the day.
//!
//! Free time comes from one pure engine ([`model::free`]) that everyone asks. That nobody is booked twice is the database's
//! own rule on both engines (exclusion constraints, triggers), so no code path and no race can break it.

mod actions;
mod api;
pub mod model;
mod pages;
mod store;
mod timeline;
mod views;

pub use actions::{
    Booking, DoneWithVisit, Found, Search, Step, Target, advance, book, book_in, cancel, confirm, find_free, free_for,
    next_free, reschedule, undo,
};
pub use api::ApiDoc;
pub use model::{Action, Appointment, AppointmentId, Status};
pub use store::{
    Except, find_appointment, get_appointment, has_planned, insert_appointment, list_between, list_of_patient,
    next_of_patient, purge_holds, update_appointment,
};
pub use timeline::AppointmentTimeline;

use std::sync::Arc;

use actix_web::web;
use tokio_util::sync::CancellationToken;

use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::layout::News;
use crate::platform::web::live::Live;

/// VIP patients who booked or came in the last half hour, with their needs: for every page of the staff (clinic.md R6).
pub fn vip_news(c: &mut Conn, now: Instant, lang: Lang) -> Result<Vec<News>> {
    let zone = clinic::the_site(c)?.tz();
    let fresh = store::vip_news(c, now.plus_minutes(-VIP_NEWS_MINUTES))?;
    let news = fresh
        .into_iter()
        .filter(|(e, a, _)| e.action == Action::Book || a.status == Status::Arrived);
    Ok(news
        .map(|(event, a, p)| {
            let what = match event.action {
                Action::Arrive => lang.pick("（特需）已到诊", " (VIP) has arrived"),
                _ => lang.pick("（特需）刚预约", " (VIP) has just booked"),
            };
            let needs = if p.needs.is_empty() {
                String::new()
            } else {
                format!(" · {}", p.needs)
            };
            News {
                id: event.id,
                href: format!("/day?day={}&open={}", a.starts_at.day(zone), a.id),
                text: format!("{}{what} {}{needs}", p.name, lang.day_time(a.starts_at, zone)),
            }
        })
        .collect())
}

/// VIP patients who booked or came in the last so many minutes are announced.
const VIP_NEWS_MINUTES: i64 = 30;

/// Who looks at which board, to be told of changes. Its task has to be run; it is the routes' app data.
pub fn live(db: Db, stop: CancellationToken) -> Arc<Live<store::Watched>> {
    Live::new(db, stop, store::revision)
}

/// The board, booking and the API.
pub fn routes(cfg: &mut web::ServiceConfig) {
    api::routes(cfg);
    pages::routes(cfg);
}
