//! Other dates on a patient's record (an anniversary, the day the braces came off), in kinds that the clinic names, and who
//! sent whom.

mod actions;
mod model;
mod pages;
mod store;
mod views;

pub use model::{DateKind, DateKindId, PatientDate, PatientDateId};
pub use store::{find_kind, list_kinds, referrer_of};

pub(super) use pages::routes;
pub(super) use store::dates_of;
