//! Leaves that wait to be approved.

use diesel::prelude::*;

use super::super::model::{Draft, DraftId, DraftState, Fate, PlanId, Wanted, write_choices};
use crate::appointments::AppointmentId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::leave_drafts as d;
use crate::platform::error::{Error, Result};

/// Adds a draft.
pub fn insert_draft(
    c: &mut Conn,
    now: Instant,
    by: &str,
    w: &Wanted,
    choices: &[(AppointmentId, i64, Fate)],
) -> Result<DraftId> {
    Ok(diesel::insert_into(d::table)
        .values((
            d::provider_id.eq(w.provider),
            d::starts_at.eq(w.span.from),
            d::ends_at.eq(w.span.until),
            d::reason.eq(&w.reason),
            d::choices.eq(write_choices(choices)),
            d::actor.eq(by),
            d::created_at.eq(now),
            d::state.eq(DraftState::Waiting),
            d::version.eq(1_i64),
        ))
        .returning(d::id)
        .get_result(c)?)
}
/// A draft that must be there.
pub fn get_draft(c: &mut Conn, id: DraftId) -> Result<Draft> {
    let found = d::table.find(id).first(c).optional()?;
    found.ok_or(Error::NotFound("leave draft"))
}
/// Those that wait, the oldest first, behind `after`.
pub fn list_drafts(c: &mut Conn, after: Option<DraftId>, limit: i64) -> Result<Vec<Draft>> {
    let mut query = d::table
        .filter(d::state.eq(DraftState::Waiting))
        .order(d::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(d::id.gt(after));
    }
    Ok(query.load(c)?)
}
/// Ends one that waits and is of this version. Whether it did.
pub fn end_draft(
    c: &mut Conn,
    (id, version): (DraftId, i64),
    (state, plan): (DraftState, Option<PlanId>),
) -> Result<bool> {
    let row = d::table.filter(d::id.eq(id).and(d::version.eq(version)));
    let changed = diesel::update(row.filter(d::state.eq(DraftState::Waiting)))
        .set((d::state.eq(state), d::plan_id.eq(plan), d::version.eq(version + 1)))
        .execute(c)?;
    Ok(changed == 1)
}
