//! Who else may want a freed time: those whose visit did not take place, and those due for a check-up.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::appointments::{Appointment, Status};
use crate::clinic::ServiceId;
use crate::patients::{Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointments as a, patients as p, recalls as r, unscheduled as u};
use crate::platform::error::Result;

const PLANNED: [Status; 2] = [Status::Booked, Status::Confirmed];
const UNUSED: [Status; 2] = [Status::Cancelled, Status::NoShow];
/// Why a visit that was booked by mistake is cancelled.
const UNDONE: &str = "undo";

/// Visits that were cancelled or missed since `since` and not booked anew, and which nobody put aside; the latest first.
/// `services`: only for these.
pub fn not_booked_anew(
    c: &mut Conn,
    (since, now): (Instant, Instant),
    services: Option<&[ServiceId]>,
    limit: usize,
) -> Result<Vec<(Appointment, Patient)>> {
    let aside = u::table.filter(u::appointment_id.eq(a::id).and(u::aside_at.is_not_null()));
    let mut query = a::table
        .inner_join(p::table)
        .filter(a::status.eq_any(UNUSED))
        .filter(a::starts_at.ge(since))
        .filter(a::cancel_reason.is_null().or(a::cancel_reason.ne(UNDONE)))
        .filter(p::deceased.eq(false))
        .filter(not(exists(aside)))
        .order((a::starts_at.desc(), a::id.desc()))
        .select((a::all_columns, p::all_columns))
        .into_boxed();
    if let Some(services) = services {
        query = query.filter(a::service_id.eq_any(services));
    }
    let mut rows: Vec<(Appointment, Patient)> = query.load(c)?;
    let who: Vec<PatientId> = rows.iter().map(|(_, p)| p.id).collect();
    let others: Vec<(PatientId, Status, Instant, Instant)> = a::table
        .filter(a::patient_id.eq_any(who))
        .filter(a::status.ne_all(UNUSED))
        .filter(a::ends_at.ge(since))
        .select((a::patient_id, a::status, a::starts_at, a::created_at))
        .load(c)?;
    let anew = |lost: &Appointment| {
        others.iter().any(|(patient, status, starts_at, created_at)| {
            *patient == lost.patient_id
                && (*starts_at > lost.starts_at
                    || *created_at > lost.updated_at
                    || (PLANNED.contains(status) && *starts_at > now))
        })
    };
    let mut seen = BTreeSet::new();
    rows.retain(|(lost, p)| !anew(lost) && seen.insert(p.id));
    rows.truncate(limit);
    Ok(rows)
}

/// A recall that is due: its row, its patient, for what, since when.
pub type DueRecall = (i64, Patient, ServiceId, NaiveDate);

/// Recalls for these services due by `day`, of patients who agreed to be written to and have nothing planned for it; the most
/// overdue first.
pub fn due_recalls(
    c: &mut Conn,
    (now, day): (Instant, NaiveDate),
    services: &[ServiceId],
    limit: i64,
) -> Result<Vec<DueRecall>> {
    let planned = a::table
        .filter(a::patient_id.eq(r::patient_id).and(a::service_id.eq(r::service_id)))
        .filter(a::status.eq_any(PLANNED))
        .filter(a::starts_at.gt(now));
    Ok(r::table
        .inner_join(p::table)
        .filter(r::state.eq("due"))
        .filter(r::due_on.le(day))
        .filter(r::hidden_until.is_null().or(r::hidden_until.le(day)))
        .filter(r::service_id.eq_any(services))
        .filter(p::deceased.eq(false).and(p::marketing.eq(true)))
        .filter(not(exists(planned)))
        .order((r::due_on, r::id))
        .select((r::id, p::all_columns, r::service_id, r::due_on))
        .limit(limit)
        .load(c)?)
}
