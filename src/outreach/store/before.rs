//! What recalls were before a finished visit made them due anew.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::{Recall, RecallState};
use crate::clinic::ServiceId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{recalls, recalls_before};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;
use crate::records::VisitId;

/// What a recall was.
#[derive(Debug, Clone, Queryable)]
pub struct Before {
    /// The visit it counted from.
    pub counted_from: Option<VisitId>,
    /// The day it was due.
    pub due_on: NaiveDate,
    /// Where it stood.
    pub state: RecallState,
    /// How often the patient had been contacted.
    pub attempts: i32,
    /// Not on the list before this day.
    pub hidden_until: Option<NaiveDate>,
    /// What the last contact gave.
    pub last_result: Option<String>,
    /// When it had last changed: what was texted since then counts as a contact.
    pub updated_at: Instant,
}

/// The recall of a patient for a service.
pub fn find_of(c: &mut Conn, patient: PatientId, service: ServiceId) -> Result<Option<Recall>> {
    Ok(recalls::table
        .filter(recalls::patient_id.eq(patient).and(recalls::service_id.eq(service)))
        .first(c)
        .optional()?)
}

/// Keeps what a recall is now, before `visit` makes it due anew; none: there is no recall yet.
pub fn keep(c: &mut Conn, visit: VisitId, was: Option<&Recall>) -> Result<()> {
    forget(c, visit)?;
    let row = (
        recalls_before::visit_id.eq(visit),
        recalls_before::counted_from.eq(was.and_then(|r| r.visit_id)),
        recalls_before::due_on.eq(was.map(|r| r.due_on)),
        recalls_before::state.eq(was.map(|r| r.state)),
        recalls_before::attempts.eq(was.map(|r| r.attempts)),
        recalls_before::hidden_until.eq(was.and_then(|r| r.hidden_until)),
        recalls_before::last_result.eq(was.and_then(|r| r.last_result.clone())),
        recalls_before::updated_at.eq(was.map(|r| r.updated_at)),
    );
    Both(diesel::insert_into(recalls_before::table).values(row)).execute(c)?;
    Ok(())
}

/// What was kept for a visit: `Some(None)` when there was no recall, `None` when nothing was kept.
pub fn find(c: &mut Conn, visit: VisitId) -> Result<Option<Option<Before>>> {
    use recalls_before as b;
    let row: Option<Option<Before>> = b::table
        .find(visit)
        .select(
            (
                b::counted_from,
                b::due_on.assume_not_null(),
                b::state.assume_not_null(),
                b::attempts.assume_not_null(),
                b::hidden_until,
                b::last_result,
                b::updated_at.assume_not_null(),
            )
                .nullable(),
        )
        .first(c)
        .optional()?;
    Ok(row)
}

/// Forgets what was kept for a visit.
pub fn forget(c: &mut Conn, visit: VisitId) -> Result<()> {
    diesel::delete(recalls_before::table.find(visit)).execute(c)?;
    Ok(())
}

/// Makes a recall what it was.
pub fn restore(c: &mut Conn, recall: &Recall, was: &Before) -> Result<()> {
    diesel::update(recalls::table.find(recall.id))
        .set((
            recalls::visit_id.eq(was.counted_from),
            recalls::due_on.eq(was.due_on),
            recalls::state.eq(was.state),
            recalls::attempts.eq(was.attempts),
            recalls::hidden_until.eq(was.hidden_until),
            recalls::last_result.eq(was.last_result.clone()),
            recalls::version.eq(recalls::version + 1),
            recalls::updated_at.eq(was.updated_at),
        ))
        .execute(c)?;
    Ok(())
}

/// Lets a recall count from another visit and leaves what was tried since as it is.
pub fn count_from(c: &mut Conn, now: Instant, recall: &Recall, from: Option<VisitId>, due_on: NaiveDate) -> Result<()> {
    diesel::update(recalls::table.find(recall.id))
        .set((
            recalls::visit_id.eq(from),
            recalls::due_on.eq(due_on),
            recalls::version.eq(recalls::version + 1),
            recalls::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(())
}
