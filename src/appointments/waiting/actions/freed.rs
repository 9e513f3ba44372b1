//! A visit goes away, comes, or comes back: what that does to freed times. All of it in the transaction of the step.

use super::super::model::{DEADLINE_MINUTES, SlotState, left_free, takes};
use super::super::store::{self, NewSlot};
use super::ask::close;
use crate::appointments::model::free::Span;
use crate::appointments::model::{Action, Before};
use crate::appointments::{Appointment, AppointmentId, unscheduled};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// What a step does: where a visit now is, nothing is free any more; the time that a cancelled, moved or shortened one
/// leaves can be filled. `before`: where it was.
pub fn after_step(c: &mut Conn, now: Instant, a: &Appointment, action: Action, before: &Before) -> Result<()> {
    let takes_up = matches!(
        action,
        Action::Book | Action::Move | Action::Resize | Action::Edit | Action::Correct
    );
    if takes_up && a.status.occupies() {
        store::close_overlapping(c, now, a)?;
    }
    let frees = matches!(action, Action::Cancel | Action::Move | Action::Resize | Action::Edit);
    if !frees || !before.status.occupies() {
        return Ok(());
    }
    let mut was = a.clone();
    was.restore(before);
    let old = Span {
        from: was.busy_from,
        until: was.busy_until,
    };
    let new = takes(a, was.provider_id, was.chair_id);
    // What lay over others leaves nothing free.
    let Some(left) = left_free(now, old, new).filter(|_| was.overbooked.is_none()) else {
        return Ok(());
    };
    let slot = NewSlot {
        starts_at: left.from,
        ends_at: left.until,
        asking: (1, DEADLINE_MINUTES),
    };
    store::insert_slot(c, now, &was, a.version, slot).map(drop)
}

/// The step that left a time free was taken back: whoever was asked is not any more.
pub fn undone(c: &mut Conn, now: Instant, appointment: AppointmentId, version: i64) -> Result<()> {
    unscheduled::forget(c, appointment)?;
    let Some(slot) = store::find_slot_of(c, appointment, version)? else {
        return Ok(());
    };
    store::set_away(c, slot.id, false)?;
    if matches!(slot.state, SlotState::Open | SlotState::Offering) {
        close(c, now, &slot)?;
    }
    Ok(())
}

/// The step left a time in which its provider is away: it is free once they are not.
pub fn left_while_away(c: &mut Conn, now: Instant, appointment: AppointmentId, version: i64) -> Result<()> {
    undone(c, now, appointment, version)?;
    match store::find_slot_of(c, appointment, version)? {
        Some(slot) => store::set_away(c, slot.id, true),
        None => Ok(()),
    }
}
