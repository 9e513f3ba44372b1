//! A visit and its rules. Pure.

use chrono::NaiveDate;
use serde::Serialize;

use crate::clinic::{ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, text_enum};
use crate::platform::error::Result;
use crate::platform::ids::id_type;
use crate::staff::UserId;

id_type! {
    /// Row id of a visit.
    VisitId
}

text_enum! {
    /// Where a visit's record stands.
    VisitStatus {
        /// The patient is in the chair; the record is being written.
        Draft = "draft",
        /// Over; corrections are still possible and audited.
        Finished = "finished",
        /// Imported: the patient did not come.
        Missed = "missed",
        /// Imported: it was cancelled.
        Cancelled = "cancelled",
    }
}

/// A visit's row.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Visit {
    /// Row id.
    pub id: VisitId,
    /// Whose record.
    pub patient_id: PatientId,
    /// Who treated, if they work here.
    pub provider_id: Option<ProviderId>,
    /// What was booked, if it is a service of ours.
    pub service_id: Option<ServiceId>,
    /// The appointment it came from (none for imported visits).
    pub appointment_id: Option<i64>,
    /// Day in the clinic's zone.
    pub day: NaiveDate,
    /// When it began.
    pub started_at: Instant,
    /// Name of who treated, as of then.
    pub provider_name: String,
    /// Name of the service, as of then.
    pub service_name: String,
    /// Chief complaint (主诉).
    pub complaint: String,
    /// Diagnosis (诊断).
    pub diagnosis: String,
    /// Advice given (医嘱).
    pub advice: String,
    /// What comes next, in words.
    pub next_visit: String,
    /// When it should come, if a day was named.
    pub next_visit_day: Option<NaiveDate>,
    /// Fee in minor units of the site's currency.
    pub fee_minor: Option<i64>,
    /// Where the record stands.
    pub status: VisitStatus,
    /// Names the imported row, so that importing twice changes nothing.
    pub import_key: Option<String>,
    /// Rises with every change.
    pub version: i64,
    /// Who began it.
    pub created_by: Option<UserId>,
    /// When it was begun.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// Told when a visit is finished or reopened, in the same transaction: this is how finishing one link of the chain makes
/// the work of the next. Implemented by callbacks and outreach, registered in `app`.
pub trait VisitObserver: Send + Sync {
    /// The visit has just been finished. Called again for one that was reopened and finished once more.
    fn finished(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()>;
    /// The finish was taken back (undo): what it caused and nobody has worked on is taken back too.
    fn reopened(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()>;
}
