//! Outreach: rules that decide who is due for what and when (visit reminders, recall, birthdays), and the recall list.
//!
//! A rule counts from something the clinic knows (a planned visit, a recall's day, a birthday). Every minute [`plan`] asks
//! the database by index who became due and queues their messages; just before one is sent, [`AppointmentCause`],
//! [`RecallCause`] and [`PatientCause`] say whether it is still wanted. Finished visits make recalls ([`Recalls`]); the
//! desk works them on `/recall`.

mod actions;
mod api;
mod causes;
mod jobs;
mod model;
mod pages;
mod store;
mod templates;
mod timeline;
mod views;

pub use actions::{Recalls, count_due_recalls, recalculate_recalls, recalls_from_history, seed_rules};
pub use api::ApiDoc;
pub use causes::{AppointmentCause, DateCause, OccasionCause, PatientCause, PlanCause, RecallCause};
pub use jobs::{PlanReport, Shortfall, foretell, plan, shortfalls};
pub use model::{Anchor, Recall, RecallId, RecallState, Rule, RuleId};
pub use templates::RuleTemplates;
pub use timeline::RecallTimeline;
pub use views::forecast::shortfall as shortfall_text;

use actix_web::web;

/// Rules and the recall list.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
