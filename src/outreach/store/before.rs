//! What recalls were before a finished visit made them due anew.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::{Recall, RecallState};
use crate::clinic::ServiceId;
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
    /// The day somebody had set.
    pub edited_on: Option<NaiveDate>,
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

/// Keeps what the recall for a service is now, before `visit` makes it due anew; none: there is no recall yet.
pub fn keep(c: &mut Conn, (visit, service): (VisitId, ServiceId), was: Option<&Recall>) -> Result<()> {
    use recalls_before as b;
    diesel::delete(b::table.find((visit, service))).execute(c)?;
    let row = (
        b::visit_id.eq(visit),
        b::service_id.eq(service),
        b::counted_from.eq(was.and_then(|r| r.visit_id)),
        b::due_on.eq(was.map(|r| r.due_on)),
        b::edited_on.eq(was.and_then(|r| r.edited_on)),
        b::state.eq(was.map(|r| r.state)),
        b::attempts.eq(was.map(|r| r.attempts)),
        b::hidden_until.eq(was.and_then(|r| r.hidden_until)),
        b::last_result.eq(was.and_then(|r| r.last_result.clone())),
        b::updated_at.eq(was.map(|r| r.updated_at)),
    );
    Both(diesel::insert_into(b::table).values(row)).execute(c)?;
    Ok(())
}

/// What was kept for a visit, service by service; none: there was no recall.
pub fn list(c: &mut Conn, visit: VisitId) -> Result<Vec<(ServiceId, Option<Before>)>> {
    use recalls_before as b;
    Ok(b::table
        .filter(b::visit_id.eq(visit))
        .order(b::service_id)
        .select((
            b::service_id,
            (
                b::counted_from,
                b::edited_on,
                b::state.assume_not_null(),
                b::attempts.assume_not_null(),
                b::hidden_until,
                b::last_result,
                b::updated_at.assume_not_null(),
            )
                .nullable(),
        ))
        .load(c)?)
}

/// Forgets what was kept for a visit.
pub fn forget(c: &mut Conn, visit: VisitId) -> Result<()> {
    diesel::delete(recalls_before::table.filter(recalls_before::visit_id.eq(visit))).execute(c)?;
    Ok(())
}

/// Makes a recall what it was. What somebody has switched off since stays so.
pub fn restore(c: &mut Conn, recall: &Recall, was: &Before) -> Result<()> {
    let state = if recall.state == RecallState::Off {
        recall.state
    } else {
        was.state
    };
    diesel::update(recalls::table.find(recall.id))
        .set((
            recalls::visit_id.eq(was.counted_from),
            recalls::edited_on.eq(was.edited_on),
            recalls::state.eq(state),
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
pub fn count_from(c: &mut Conn, recall: &Recall, was: &Before) -> Result<()> {
    diesel::update(recalls::table.find(recall.id))
        .set((
            recalls::visit_id.eq(was.counted_from),
            recalls::edited_on.eq(was.edited_on),
            recalls::version.eq(recalls::version + 1),
        ))
        .execute(c)?;
    Ok(())
}

/// Forgets a recall.
pub fn delete(c: &mut Conn, recall: &Recall) -> Result<()> {
    diesel::delete(recalls::table.find(recall.id)).execute(c)?;
    Ok(())
}
