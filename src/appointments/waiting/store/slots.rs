//! Freed times.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::super::model::{Slot, SlotId, SlotState};
use crate::appointments::{Appointment, AppointmentId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{freed_slots as f, services, slot_offers};
use crate::platform::error::{Error, Result};

/// A time that got free.
#[derive(Debug, Clone, Copy)]
pub struct NewSlot {
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// How many are asked at a time, and how long they have, until somebody says otherwise.
    pub asking: (i32, i32),
}

/// Notes a time that an appointment left: `was` is the appointment as it stood there, `version` what the step led to.
pub fn insert_slot(c: &mut Conn, now: Instant, was: &Appointment, version: i64, new: NewSlot) -> Result<SlotId> {
    Ok(diesel::insert_into(f::table)
        .values((
            f::site_id.eq(was.site_id),
            f::provider_id.eq(was.provider_id),
            f::chair_id.eq(was.chair_id),
            f::service_id.eq(was.service_id),
            f::starts_at.eq(new.starts_at),
            f::ends_at.eq(new.ends_at),
            f::appointment_id.eq(was.id),
            f::appointment_version.eq(version),
            f::state.eq(SlotState::Open),
            f::nobody.eq(false),
            f::batch.eq(new.asking.0),
            f::deadline_minutes.eq(new.asking.1),
            f::version.eq(1_i64),
            f::created_at.eq(now),
            f::updated_at.eq(now),
        ))
        .returning(f::id)
        .get_result(c)?)
}
/// A freed time that must be there.
pub fn get_slot(c: &mut Conn, id: SlotId) -> Result<Slot> {
    f::table
        .find(id)
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("freed time"))
}
/// The one that a step of an appointment left.
pub fn find_slot_of(c: &mut Conn, appointment: AppointmentId, version: i64) -> Result<Option<Slot>> {
    Ok(f::table
        .filter(
            f::appointment_id
                .eq(appointment)
                .and(f::appointment_version.eq(version)),
        )
        .first(c)
        .optional()?)
}

/// A freed time with its service's names.
pub type Placed = (Slot, (String, String));

/// Those that can still be filled, by time.
pub fn list_open(c: &mut Conn, now: Instant, limit: i64) -> Result<Vec<Placed>> {
    Ok(f::table
        .inner_join(services::table)
        .filter(f::state.eq_any([SlotState::Open, SlotState::Offering]))
        .filter(f::starts_at.gt(now))
        .order((f::starts_at, f::id))
        .select((f::all_columns, (services::name, services::name_en)))
        .limit(limit)
        .load(c)?)
}
/// A freed time's place in the list: when it begins, then its id.
pub type SlotPlace = (Instant, SlotId);

/// Those that can still be filled, by time, behind `after`.
pub fn page_open(c: &mut Conn, now: Instant, after: Option<SlotPlace>, limit: i64) -> Result<Vec<Slot>> {
    let mut query = f::table
        .filter(f::state.eq_any([SlotState::Open, SlotState::Offering]))
        .filter(f::starts_at.gt(now))
        .order((f::starts_at, f::id))
        .limit(limit)
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(f::starts_at.gt(at).or(f::starts_at.eq(at).and(f::id.gt(id))));
    }
    Ok(query.load(c)?)
}
/// How many those are.
pub fn count_open(c: &mut Conn, now: Instant) -> Result<i64> {
    Ok(f::table
        .filter(f::state.eq_any([SlotState::Open, SlotState::Offering]))
        .filter(f::starts_at.gt(now))
        .count()
        .get_result(c)?)
}
/// Begins a change of a time that stands in `from`: whoever comes second waits, and then finds it changed. Whether it did.
pub fn touch_slot(c: &mut Conn, now: Instant, id: SlotId, from: SlotState) -> Result<bool> {
    let row = f::table.filter(f::id.eq(id).and(f::state.eq(from)));
    let changed = diesel::update(row)
        .set((f::version.eq(f::version + 1), f::updated_at.eq(now)))
        .execute(c)?;
    Ok(changed == 1)
}
/// Stores where a time stands, if it still stands in `from`. Whether it did: of several at once only one finds it so.
pub fn set_slot(c: &mut Conn, now: Instant, s: &Slot, from: SlotState) -> Result<bool> {
    let row = f::table.filter(f::id.eq(s.id).and(f::state.eq(from)));
    let changed = diesel::update(row)
        .set((
            f::state.eq(s.state),
            f::nobody.eq(s.nobody),
            f::batch.eq(s.batch),
            f::deadline_minutes.eq(s.deadline_minutes),
            f::hold_token.eq(&s.hold_token),
            f::version.eq(f::version + 1),
            f::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}
/// A visit was put there otherwise.
pub fn close_overlapping(c: &mut Conn, now: Instant, a: &Appointment) -> Result<()> {
    let there = f::table
        .filter(f::state.eq(SlotState::Open))
        .filter(f::provider_id.eq(a.provider_id).or(f::chair_id.eq(a.chair_id)))
        .filter(f::starts_at.lt(a.busy_until).and(f::ends_at.gt(a.busy_from)));
    diesel::update(there)
        .set((
            f::state.eq(SlotState::Closed),
            f::version.eq(f::version + 1),
            f::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(())
}
/// Nobody was asked, and now it is past. Gives how many.
pub fn close_past(c: &mut Conn, now: Instant) -> Result<usize> {
    let past = f::table
        .filter(f::state.eq(SlotState::Open))
        .filter(f::starts_at.le(now));
    Ok(diesel::update(past)
        .set((
            f::state.eq(SlotState::Closed),
            f::version.eq(f::version + 1),
            f::updated_at.eq(now),
        ))
        .execute(c)?)
}
/// Those that are being offered although they have begun.
pub fn list_past_offering(c: &mut Conn, now: Instant) -> Result<Vec<SlotId>> {
    Ok(f::table
        .filter(f::state.eq(SlotState::Offering).and(f::starts_at.le(now)))
        .select(f::id)
        .load(c)?)
}
/// Whether it stays closed while its provider is away, and no longer.
pub fn set_away(c: &mut Conn, id: SlotId, away: bool) -> Result<()> {
    diesel::update(f::table.find(id)).set(f::away.eq(away)).execute(c)?;
    Ok(())
}
/// Those of the future that stay closed while their provider is away.
pub fn list_away(c: &mut Conn, now: Instant) -> Result<Vec<Slot>> {
    Ok(f::table
        .filter(f::away.eq(true).and(f::state.eq(SlotState::Closed)))
        .filter(f::starts_at.gt(now))
        .order((f::starts_at, f::id))
        .load(c)?)
}
/// The provider is there again: it can be filled. Whether it was closed till now.
pub fn reopen(c: &mut Conn, now: Instant, id: SlotId) -> Result<bool> {
    let row = f::table.filter(f::id.eq(id).and(f::away.eq(true)).and(f::state.eq(SlotState::Closed)));
    let changed = diesel::update(row)
        .set((
            f::state.eq(SlotState::Open),
            f::away.eq(false),
            f::version.eq(f::version + 1),
            f::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}
/// Those that got free in `[since, until]`, about which nobody has been asked, and that were not looked at after `again`.
pub fn list_untried(
    c: &mut Conn,
    now: Instant,
    (since, until): (Instant, Instant),
    again: Instant,
) -> Result<Vec<SlotId>> {
    let asked = slot_offers::table.filter(slot_offers::slot_id.eq(f::id));
    Ok(f::table
        .filter(f::state.eq(SlotState::Open))
        .filter(f::starts_at.gt(now))
        .filter(f::updated_at.ge(since).and(f::updated_at.le(until)))
        .filter(f::tried_at.is_null().or(f::tried_at.le(again)))
        .filter(not(exists(asked)))
        .order((f::starts_at, f::id))
        .select(f::id)
        .load(c)?)
}
/// The clinic has looked by itself whom it would suit.
pub fn tried(c: &mut Conn, now: Instant, id: SlotId) -> Result<()> {
    diesel::update(f::table.find(id)).set(f::tried_at.eq(now)).execute(c)?;
    Ok(())
}
