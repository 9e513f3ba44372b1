//! The queue of who came without an appointment.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::prelude::*;

use super::super::model::walk_in::{WalkIn, WalkInId, WalkInState};
use crate::appointments::AppointmentId;
use crate::clinic::SiteId;
use crate::patients::{Patient, PatientId};
use crate::platform::db::Conn;
use crate::platform::db::schema::{patients, walk_ins};
use crate::platform::error::{Error, Result};

/// First key of PostgreSQL's advisory lock on the numbers of a queue; the others are in `timetables`.
const LOCK_QUEUE: i32 = 4;

/// A walk-in that must be there.
pub fn get_walk_in(c: &mut Conn, id: WalkInId) -> Result<WalkIn> {
    walk_ins::table
        .find(id)
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("walk-in"))
}
/// All of a day, by number.
pub fn walk_ins_of_day(c: &mut Conn, site: SiteId, day: NaiveDate) -> Result<Vec<(WalkIn, Patient)>> {
    Ok(walk_ins::table
        .inner_join(patients::table)
        .filter(walk_ins::site_id.eq(site).and(walk_ins::day.eq(day)))
        .order(walk_ins::number)
        .select((walk_ins::all_columns, patients::all_columns))
        .load(c)?)
}
/// Those of a patient who left without being seen, the latest first.
pub fn left_unseen_of(c: &mut Conn, patient: PatientId, limit: i64) -> Result<Vec<WalkIn>> {
    Ok(walk_ins::table
        .filter(
            walk_ins::patient_id
                .eq(patient)
                .and(walk_ins::state.eq(WalkInState::Left)),
        )
        .order(walk_ins::arrived_at.desc())
        .limit(limit)
        .load(c)?)
}
/// Whether a patient waits in a day's queue.
pub fn waits_already(c: &mut Conn, patient: PatientId, day: NaiveDate) -> Result<bool> {
    let waiting = walk_ins::table
        .filter(walk_ins::patient_id.eq(patient).and(walk_ins::day.eq(day)))
        .filter(walk_ins::state.eq(WalkInState::Waiting));
    Ok(diesel::dsl::select(diesel::dsl::exists(waiting)).get_result(c)?)
}
/// The number for whoever comes next. On PostgreSQL others who ask wait for the end of this transaction.
pub fn next_number(c: &mut Conn, site: SiteId, day: NaiveDate) -> Result<i32> {
    if let Conn::Pg(pg) = c {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1, $2)")
            .bind::<diesel::sql_types::Integer, _>(LOCK_QUEUE)
            .bind::<diesel::sql_types::Integer, _>(i32::try_from(site.0 & 0x7fff_ffff).unwrap_or(0))
            .execute(pg)?;
    }
    let last: Option<i32> = walk_ins::table
        .filter(walk_ins::site_id.eq(site).and(walk_ins::day.eq(day)))
        .select(max(walk_ins::number))
        .first(c)?;
    Ok(last.unwrap_or(0) + 1)
}
/// Adds one; the id of the value is ignored.
pub fn insert_walk_in(c: &mut Conn, w: &WalkIn) -> Result<WalkInId> {
    Ok(diesel::insert_into(walk_ins::table)
        .values((
            walk_ins::site_id.eq(w.site_id),
            walk_ins::day.eq(w.day),
            walk_ins::number.eq(w.number),
            walk_ins::patient_id.eq(w.patient_id),
            walk_ins::service_id.eq(w.service_id),
            walk_ins::complaint.eq(&w.complaint),
            walk_ins::urgency.eq(w.urgency),
            walk_ins::arrived_at.eq(w.arrived_at),
            walk_ins::state.eq(w.state),
            walk_ins::appointment_id.eq(w.appointment_id),
            walk_ins::closed_at.eq(w.closed_at),
            walk_ins::left_reason.eq(&w.left_reason),
            walk_ins::version.eq(w.version),
            walk_ins::created_by.eq(w.created_by),
        ))
        .returning(walk_ins::id)
        .get_result(c)?)
}
/// Stores what changed, if nobody else did since `version`; the stored row has `version + 1`.
pub fn update_walk_in(c: &mut Conn, w: &WalkIn, version: i64) -> Result<()> {
    let row = walk_ins::table.filter(walk_ins::id.eq(w.id).and(walk_ins::version.eq(version)));
    let changed = diesel::update(row)
        .set((
            walk_ins::urgency.eq(w.urgency),
            walk_ins::service_id.eq(w.service_id),
            walk_ins::state.eq(w.state),
            walk_ins::appointment_id.eq(w.appointment_id),
            walk_ins::closed_at.eq(w.closed_at),
            walk_ins::left_reason.eq(&w.left_reason),
            walk_ins::version.eq(version + 1),
        ))
        .execute(c)?;
    if changed == 1 { Ok(()) } else { Err(Error::stale()) }
}
/// The appointment is taken back: whoever it was waits again, with the number they had.
pub fn requeue(c: &mut Conn, appointment: AppointmentId) -> Result<()> {
    let found: Option<WalkIn> = walk_ins::table
        .filter(walk_ins::appointment_id.eq(appointment))
        .first(c)
        .optional()?;
    let Some(w) = found else { return Ok(()) };
    let waiting = WalkIn {
        state: WalkInState::Waiting,
        appointment_id: None,
        closed_at: None,
        ..w
    };
    update_walk_in(c, &waiting, waiting.version)
}
/// The numbers of a day's walk-ins that became appointments.
pub fn queue_numbers(all: &[(WalkIn, Patient)]) -> BTreeMap<AppointmentId, i32> {
    all.iter()
        .filter_map(|(w, _)| Some((w.appointment_id?, w.number)))
        .collect()
}
