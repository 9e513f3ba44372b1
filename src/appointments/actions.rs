//! STAND-IN of branch `outreach`, with the signatures that main's `actions.rs` has: main's file wins at merge. It keeps the
//! rows, versions and move events that outreach and replies rely on; hours and buffers are not looked at.

use diesel::prelude::*;

use super::model::{Appointment, AppointmentId, Status};
use super::store;
use crate::clinic::{self, ProviderId};
use crate::platform::clock::{DAY_MS, Instant, at_minute, plus_days};
use crate::platform::db::schema::{appointment_events, appointments};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::staff::Actor;

/// Where an appointment is to be moved.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// New start.
    pub starts_at: Instant,
    /// New provider; none: the same.
    pub provider: Option<ProviderId>,
    /// New length; none: the same.
    pub minutes: Option<i32>,
}

fn begin(c: &mut Conn, id: AppointmentId, version: i64) -> Result<Appointment> {
    let a = store::get_appointment(c, id)?;
    if a.version != version {
        return Err(Error::stale());
    }
    if !a.status.is_planned() {
        return Err(Error::conflict(
            "wrong_state",
            "当前状态不能这样操作",
            "Not in this state",
        ));
    }
    Ok(a)
}

fn finish(c: &mut Conn, now: Instant, actor: &Actor, mut a: Appointment, action: &str) -> Result<Appointment> {
    a.version += 1;
    diesel::update(appointments::table.find(a.id))
        .set((
            appointments::status.eq(a.status),
            appointments::starts_at.eq(a.starts_at),
            appointments::ends_at.eq(a.ends_at),
            appointments::busy_from.eq(a.busy_from),
            appointments::busy_until.eq(a.busy_until),
            appointments::cancel_reason.eq(&a.cancel_reason),
            appointments::version.eq(a.version),
            appointments::updated_at.eq(now),
        ))
        .execute(c)
        .map_err(|e| match e {
            diesel::result::Error::DatabaseError(_, info)
                if info.message().contains("overlap") || info.message().contains("exclusion") =>
            {
                Error::conflict("slot_taken", "该时段刚被占用", "This time has just been taken")
            }
            other => other.into(),
        })?;
    diesel::insert_into(appointment_events::table)
        .values((
            appointment_events::appointment_id.eq(a.id),
            appointment_events::at.eq(now),
            appointment_events::actor.eq(&actor.name),
            appointment_events::action.eq(action),
            appointment_events::version.eq(a.version),
            appointment_events::before.eq("{}"),
        ))
        .execute(c)?;
    Ok(a)
}

/// Confirms.
pub async fn confirm(db: &Db, now: Instant, actor: Actor, id: AppointmentId, version: i64) -> Result<Appointment> {
    db.write(move |c| {
        let mut a = begin(c, id, version)?;
        a.status = Status::Confirmed;
        finish(c, now, &actor, a, "confirm")
    })
    .await
}

/// Cancels.
pub async fn cancel(
    db: &Db,
    now: Instant,
    actor: Actor,
    step: (AppointmentId, i64),
    reason: &str,
) -> Result<Appointment> {
    let reason = reason.to_owned();
    db.write(move |c| {
        let mut a = begin(c, step.0, step.1)?;
        a.status = Status::Cancelled;
        a.cancel_reason = Some(reason);
        finish(c, now, &actor, a, "cancel")
    })
    .await
}

/// Moves.
pub async fn reschedule(
    db: &Db,
    now: Instant,
    actor: Actor,
    step: (AppointmentId, i64),
    to: Target,
) -> Result<Appointment> {
    db.write(move |c| {
        let mut a = begin(c, step.0, step.1)?;
        let by = to.starts_at - a.starts_at;
        a.status = Status::Booked;
        a.starts_at = a.starts_at + by;
        a.ends_at = a.ends_at + by;
        a.busy_from = a.busy_from + by;
        a.busy_until = a.busy_until + by;
        finish(c, now, &actor, a, "move")
    })
    .await
}

/// Half hours from 9:00 to 17:00 of the next 30 days at which the provider has nothing else.
pub fn next_free(c: &mut Conn, now: Instant, a: &Appointment, limit: usize) -> Result<Vec<Instant>> {
    let zone = clinic::the_site(c)?.tz();
    let busy: Vec<(Instant, Instant)> = appointments::table
        .filter(
            appointments::provider_id
                .eq(a.provider_id)
                .and(appointments::id.ne(a.id)),
        )
        .filter(appointments::starts_at.gt(now + -DAY_MS))
        .filter(appointments::status.eq_any([Status::Booked, Status::Confirmed]))
        .select((appointments::busy_from, appointments::busy_until))
        .load(c)?;
    let long = a.ends_at - a.starts_at;
    let today = now.day(zone);
    let starts = (0..30).flat_map(|d| (18..34).map(move |half| (d, half * 30)));
    Ok(starts
        .map(|(d, minute)| at_minute(zone, plus_days(today, d), minute))
        .filter(|s| *s > now && *s != a.starts_at)
        .filter(|s| busy.iter().all(|(from, until)| *until <= *s || *s + long <= *from))
        .take(limit)
        .collect())
}
