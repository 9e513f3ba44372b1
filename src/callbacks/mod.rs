//! Callbacks: call tasks, scripts and forms, attempts and their results, satisfaction.
//!
//! A task says who is to be called, why and when; [`create_task`] makes one per occurrence, however often it is asked.
//! [`FollowUps`] makes the ones that a finished visit's service asks for. A call is logged as an attempt
//! ([`record_attempt`]), and what follows on it is rule: no answer is tried again, an alarming answer becomes the doctor's
//! task, a bad mark the head nurse's.

mod actions;
mod api;
mod cause;
mod follow_ups;
mod model;
mod pages;
mod script;
mod store;
pub mod survey;
mod timeline;
mod views;

pub use actions::{Recorded, Report, create_task, record_attempt, seed_scripts, withdraw_task};
pub use api::ApiDoc;
pub use cause::{CALL_TASK, CallCause};
pub use follow_ups::FollowUps;
pub use model::{
    Alarm, Attempt, AttemptId, CallResult, NewTask, PRIORITY_HIGH, PRIORITY_MEDIUM, PRIORITY_NORMAL, Task, TaskId,
    TaskKind, TaskState, after_no_answer, reason_in,
};
pub use pages::READERS;
pub use script::{Answers, Script};
pub use store::{count_due, find_task, list_attempts, list_due, list_open_of_patient, list_untouched};
pub use timeline::CallTimeline;

use actix_web::web;

/// The nurse's page, the log and the API.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
