//! Outreach: rules that decide who is due for what and when (visit reminders, recall, birthdays), and the recall list.
//!
//! A rule counts from something the clinic knows (a planned visit, a recall's day, a birthday). Every minute [`plan`] asks
//! the database by index who became due and queues their messages; just before one is sent, [`AppointmentCause`],
//! [`RecallCause`] and [`PatientCause`] say whether it is still wanted. Finished visits make recalls ([`Recalls`]); the
//! desk works them on `/recall`. [`segments`] say who is meant by conditions; a
//! [`campaigns`] message goes to everybody of one.

mod actions;
mod api;
pub mod campaigns;
mod causes;
mod jobs;
mod model;
mod pages;
pub mod segments;
mod store;
mod templates;
mod timeline;
mod views;

pub use actions::{Recalls, count_due_recalls, recalculate_recalls, recalls_from_history, seed_rules};
pub use api::ApiDoc;
pub use causes::{AppointmentCause, DateCause, OccasionCause, PatientCause, PlanCause, RecallCause, RuleWishes};
pub use jobs::{PlanReport, deviations, foretell};
pub use model::{Anchor, Deviation, Recall, RecallId, RecallState, Rule, RuleId};
pub use store::recalls::{Told, told_together};
pub use templates::TemplatesInUse;
pub use timeline::RecallTimeline;
pub use views::forecast::deviation as deviation_text;

use actix_web::web;

use crate::platform::clock::{Instant, MINUTE_MS};
use crate::platform::config::Dispatch;
use crate::platform::db::Db;
use crate::platform::error::Result;

/// Queues what became due up to `now`: by the rules, then of the campaigns. Safe to run at any time, any number of times, on any
/// number of instances. The settings say how long a text that was perhaps sent may still be reported.
///
/// # Errors
/// Those of the database; what was queued until then stays, and the next round does the rest.
pub async fn plan(db: &Db, now: Instant, settings: &Dispatch) -> Result<PlanReport> {
    let perhaps_ms = settings.uncertain_minutes * MINUTE_MS;
    let mut report = jobs::plan(db, now, perhaps_ms).await?;
    let round = campaigns::plan(db, now).await?;
    report.queued += round.queued;
    report.excluded += round.excluded;
    Ok(report)
}

/// Rules, the recall list, segments, campaigns.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
    segments::routes(cfg);
    campaigns::routes(cfg);
}
