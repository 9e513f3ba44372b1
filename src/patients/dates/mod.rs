//! Other dates on a patient's record (an anniversary, the day the braces came off), in kinds that the clinic names, and who
//! sent whom.

mod actions;
mod api;
mod model;
mod pages;
mod store;
mod views;

pub use api::ApiDoc;
pub use model::{DateKind, DateKindId, PatientDate, PatientDateId};
pub use store::{find_kind, list_kinds, referrer_of};

pub(super) use store::dates_of;

use actix_web::web;

/// Dates, their kinds and referrals.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
