//! Writing down what a patient prefers.

use super::model::{Preferences, Wanted};
use super::store;
use crate::clinic;
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::staff::{Actor, Subject, audit, stale};

/// What preferences are in the audit.
pub const PREFERENCES: &str = "patient_preferences";

/// Stores what a patient prefers in the place of what they said before, which was seen in `version` (0: nothing).
///
/// # Errors
/// Faults at the fields; `stale`; `NotFound`: no such patient.
pub fn save(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (patient, version): (PatientId, i64),
    mut wanted: Wanted,
) -> Result<()> {
    patients::get_patient(c, patient)?;
    let clinic = clinic::snapshot(c)?;
    wanted.check(&clinic).finish()?;
    let subject = Subject::of_patient(PREFERENCES, patient.0, patient.0);
    let said = Preferences {
        patient,
        wanted,
        set_by: actor.name.clone(),
        set_at: now,
        version,
    };
    if !store::put_preferences(c, &said, version)? {
        return Err(stale(c, clinic.site.tz(), subject)?);
    }
    let lang = clinic.site.language;
    audit(c, now, actor, "update", subject, &wanted.text(lang, &clinic))
}
