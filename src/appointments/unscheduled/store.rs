//! All SQL of visits that did not take place.

use std::collections::BTreeMap;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::model::{CancelKind, Lost};
use crate::appointments::store::Place;
use crate::appointments::{Appointment, AppointmentId, Status, waiting};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointments as a, unscheduled as u};
use crate::platform::error::Result;

/// What lies further back is not worked on any more.
const BACK_MS: i64 = 366 * DAY_MS;

/// Says how a cancellation counts, instead of what was said before.
pub fn set_kind(c: &mut Conn, id: AppointmentId, kind: CancelKind) -> Result<()> {
    forget(c, id)?;
    diesel::insert_into(u::table)
        .values((u::appointment_id.eq(id), u::kind.eq(Some(kind))))
        .execute(c)?;
    Ok(())
}
/// What was said of a visit does not hold any more.
pub fn forget(c: &mut Conn, id: AppointmentId) -> Result<()> {
    diesel::delete(u::table.find(id)).execute(c)?;
    Ok(())
}
/// How these cancellations count, where that was said.
pub fn kinds_of(c: &mut Conn, ids: &[AppointmentId]) -> Result<BTreeMap<AppointmentId, CancelKind>> {
    let rows: Vec<(AppointmentId, Option<CancelKind>)> = u::table
        .filter(u::appointment_id.eq_any(ids))
        .select((u::appointment_id, u::kind))
        .load(c)?;
    Ok(rows.into_iter().filter_map(|(id, kind)| Some((id, kind?))).collect())
}
/// Why a visit is on the list, the visit, whose.
pub type Row = (Lost, Appointment, Patient);

/// Visits that were cancelled or missed and not booked anew, the latest first: so many after a place, of one kind or of all.
pub fn list_lost(
    c: &mut Conn,
    now: Instant,
    only: Option<Lost>,
    (after, limit): (Option<Place>, usize),
) -> Result<Vec<Row>> {
    let found = waiting::not_booked_anew(c, (now + -BACK_MS, now), None, usize::MAX)?;
    let ids: Vec<AppointmentId> = found.iter().map(|(a, _)| a.id).collect();
    let kinds = kinds_of(c, &ids)?;
    let rows = found
        .into_iter()
        .map(|(a, p)| (Lost::of(&a, kinds.get(&a.id).copied()), a, p));
    let rest = rows.filter(|(_, a, _)| after.is_none_or(|place| (a.starts_at, a.id) < place));
    Ok(rest
        .filter(|(lost, ..)| only.is_none_or(|wanted| *lost == wanted))
        .take(limit)
        .collect())
}
/// Nobody needs to book this visit anew.
pub fn put_aside(c: &mut Conn, now: Instant, id: AppointmentId, reason: &str, by: &str) -> Result<()> {
    let aside = (
        u::aside_reason.eq(Some(reason)),
        u::aside_by.eq(Some(by)),
        u::aside_at.eq(Some(now)),
    );
    let changed = diesel::update(u::table.find(id)).set(aside).execute(c)?;
    if changed == 0 {
        diesel::insert_into(u::table)
            .values((u::appointment_id.eq(id), aside))
            .execute(c)?;
    }
    Ok(())
}
/// Visits that do not count: the patient said that they will call, or it was the clinic's doing.
macro_rules! excused {
    () => {
        exists(
            u::table.filter(
                u::appointment_id
                    .eq(a::id)
                    .and(u::kind.eq_any([CancelKind::WillCall, CancelKind::Clinic])),
            ),
        )
    };
}
/// Visits that were cancelled, and not because they had been booked by mistake.
macro_rules! cancelled {
    () => {
        a::status
            .eq(Status::Cancelled)
            .and(a::cancel_reason.is_null().or(a::cancel_reason.ne("undo")))
    };
}
/// How many of a patient's visits since an instant were missed or cancelled by themselves.
pub fn count_broken_since(c: &mut Conn, patient: PatientId, since: Instant) -> Result<i64> {
    Ok(a::table
        .filter(a::patient_id.eq(patient).and(a::starts_at.ge(since)))
        .filter(a::status.eq(Status::NoShow).or(cancelled!()))
        .filter(not(excused!()))
        .count()
        .get_result(c)?)
}
/// How often a patient cancelled by themselves.
pub fn count_broken(c: &mut Conn, patient: PatientId) -> Result<i64> {
    Ok(a::table
        .filter(a::patient_id.eq(patient).and(cancelled!()))
        .filter(not(excused!()))
        .count()
        .get_result(c)?)
}
