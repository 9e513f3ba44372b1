//! All SQL of appointments.

mod events;
mod holds;
mod live;
mod page;
mod saved;
mod series;
mod timetables;

pub use events::{
    Event, News, events_of_click, insert_event, join_events, latest_event, list_events, mark_undone, patients_changes,
    vip_events, visits_of_click,
};
pub use holds::{
    Hold, HoldId, HoldPurpose, delete_hold, end_holds_over, find_hold, insert_hold, list_holds, purge_holds,
};
pub use live::{Watched, list_watched, revision, who_came_before};
pub use page::{Place, page_between, page_of_patient};
pub use saved::{delete_view, get_view, insert_view, last_view, list_views, update_view, use_view};
pub use series::{SeriesKind, find_series, insert_series};
pub use timetables::{Except, Reach, chair_time, take_turns, timetables};

use chrono::NaiveDate;
use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::model::{Appointment, AppointmentId, Status};
use crate::clinic::{ProviderId, ServiceId, SiteId};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{appointments, patients, recalls};
use crate::platform::db::{Conn, Prepared, one_of};
use crate::platform::error::{Error, Result};

/// So many visits tell what a patient is used to.
const LATELY: i64 = 8;

/// An appointment that may be gone.
pub fn find_appointment(c: &mut Conn, id: AppointmentId) -> Result<Option<Appointment>> {
    Ok(appointments::table.find(id).first(c).optional()?)
}
/// An appointment that must be there.
pub fn get_appointment(c: &mut Conn, id: AppointmentId) -> Result<Appointment> {
    find_appointment(c, id)?.ok_or(Error::NotFound("appointment"))
}
/// A patient's next planned appointment that starts after `now`.
pub fn next_of_patient(c: &mut Conn, patient: PatientId, now: Instant) -> Result<Option<Appointment>> {
    Ok(appointments::table
        .filter(appointments::patient_id.eq(patient))
        .filter(one_of!(appointments::status, Status::Booked, Status::Confirmed))
        .filter(appointments::starts_at.gt(now))
        .order(appointments::starts_at)
        .first(c)
        .optional()?)
}
/// A patient's appointments, latest first.
pub fn list_of_patient(c: &mut Conn, patient: PatientId, limit: i64) -> Result<Vec<Appointment>> {
    Ok(appointments::table
        .filter(appointments::patient_id.eq(patient))
        .order(appointments::starts_at.desc())
        .limit(limit)
        .load(c)?)
}
/// How often a patient did not come.
pub fn count_no_shows(c: &mut Conn, patient: PatientId) -> Result<i64> {
    Ok(appointments::table
        .filter(
            appointments::patient_id
                .eq(patient)
                .and(appointments::status.eq(Status::NoShow)),
        )
        .count()
        .get_result(c)?)
}
/// The provider and service of a patient's latest visit that took place here.
pub fn usual_of_patient(c: &mut Conn, patient: PatientId) -> Result<Option<(ProviderId, ServiceId)>> {
    Ok(appointments::table
        .filter(
            appointments::patient_id
                .eq(patient)
                .and(appointments::status.eq(Status::Done)),
        )
        .order(appointments::starts_at.desc())
        .select((appointments::provider_id, appointments::service_id))
        .first(c)
        .optional()?)
}

/// Who treated a patient lately and when they came, the latest first.
pub fn visits_lately(c: &mut Conn, patient: PatientId) -> Result<Vec<(ProviderId, Instant)>> {
    Ok(appointments::table
        .filter(
            appointments::patient_id
                .eq(patient)
                .and(appointments::status.eq(Status::Done)),
        )
        .order(appointments::starts_at.desc())
        .limit(LATELY)
        .select((appointments::provider_id, appointments::starts_at))
        .load(c)?)
}

/// What a patient is due for next, and when: the earliest open recall.
pub fn next_recall(c: &mut Conn, patient: PatientId) -> Result<Option<(ServiceId, NaiveDate)>> {
    Ok(recalls::table
        .filter(recalls::patient_id.eq(patient).and(recalls::state.eq("due")))
        .order(recalls::due_on)
        .select((recalls::service_id, recalls::due_on))
        .first(c)
        .optional()?)
}

/// Appointments with their patients that start in `[from, until)`, by time.
pub fn list_between(c: &mut Conn, site: SiteId, from: Instant, until: Instant) -> Result<Vec<(Appointment, Patient)>> {
    Ok(appointments::table
        .inner_join(patients::table)
        .filter(appointments::site_id.eq(site))
        .filter(appointments::starts_at.ge(from).and(appointments::starts_at.lt(until)))
        .order((appointments::starts_at, appointments::id))
        .select((appointments::all_columns, patients::all_columns))
        .load(c)?)
}

/// How many planned visits start in `[from, until)`, and how many of them are not confirmed.
pub fn count_planned(c: &mut Conn, site: SiteId, from: Instant, until: Instant) -> Result<(usize, usize)> {
    let planned: Vec<Status> = appointments::table
        .filter(appointments::site_id.eq(site))
        .filter(appointments::starts_at.ge(from).and(appointments::starts_at.lt(until)))
        .filter(one_of!(appointments::status, Status::Booked, Status::Confirmed))
        .select(appointments::status)
        .load(c)?;
    let unconfirmed = planned.iter().filter(|s| **s == Status::Booked).count();
    Ok((planned.len(), unconfirmed))
}

/// Whether an error says that the database refused a double booking.
pub fn is_overlap(e: &Error) -> bool {
    use diesel::result::{DatabaseErrorKind, Error as D};
    match e {
        Error::Db(D::DatabaseError(DatabaseErrorKind::ExclusionViolation, _)) => true,
        Error::Db(D::DatabaseError(_, info)) => info.message().starts_with("overlap: "),
        _ => false,
    }
}

/// Adds an appointment; the id of the value is ignored.
pub fn insert_appointment(c: &mut Conn, a: &Appointment) -> Result<AppointmentId> {
    let id = diesel::insert_into(appointments::table)
        .values((
            (
                appointments::site_id.eq(a.site_id),
                appointments::patient_id.eq(a.patient_id),
                appointments::provider_id.eq(a.provider_id),
                appointments::chair_id.eq(a.chair_id),
                appointments::service_id.eq(a.service_id),
                appointments::starts_at.eq(a.starts_at),
                appointments::ends_at.eq(a.ends_at),
                appointments::busy_from.eq(a.busy_from),
                appointments::busy_until.eq(a.busy_until),
                appointments::status.eq(a.status),
                appointments::note.eq(&a.note),
                appointments::provider_parts.eq(&a.provider_parts),
                appointments::second_id.eq(a.second_id),
            ),
            (
                appointments::cancel_reason.eq(&a.cancel_reason),
                appointments::source.eq(&a.source),
                appointments::version.eq(a.version),
                appointments::arrived_at.eq(a.arrived_at),
                appointments::seated_at.eq(a.seated_at),
                appointments::finished_at.eq(a.finished_at),
                appointments::created_by.eq(a.created_by),
                appointments::created_at.eq(a.created_at),
                appointments::updated_at.eq(a.updated_at),
                appointments::second_parts.eq(&a.second_parts),
                appointments::overbooked.eq(&a.overbooked),
                appointments::left_at.eq(a.left_at),
            ),
        ))
        .returning(appointments::id)
        .get_result(c)?;
    timetables::insert_times(c, id, a)?;
    Ok(id)
}

/// Stores what changed, if nobody else did since `version`; the stored row has `version + 1`.
pub fn update_appointment(c: &mut Conn, a: &Appointment, version: i64) -> Result<()> {
    let row = appointments::table.filter(appointments::id.eq(a.id).and(appointments::version.eq(version)));
    let stored = diesel::update(row).set((
        (
            appointments::provider_id.eq(a.provider_id),
            appointments::chair_id.eq(a.chair_id),
            appointments::starts_at.eq(a.starts_at),
            appointments::ends_at.eq(a.ends_at),
            appointments::busy_from.eq(a.busy_from),
            appointments::busy_until.eq(a.busy_until),
            appointments::status.eq(a.status),
            appointments::provider_parts.eq(&a.provider_parts),
            appointments::second_id.eq(a.second_id),
            appointments::second_parts.eq(&a.second_parts),
            appointments::overbooked.eq(&a.overbooked),
            appointments::service_id.eq(a.service_id),
            appointments::note.eq(&a.note),
        ),
        (
            appointments::cancel_reason.eq(&a.cancel_reason),
            appointments::arrived_at.eq(a.arrived_at),
            appointments::seated_at.eq(a.seated_at),
            appointments::finished_at.eq(a.finished_at),
            appointments::left_at.eq(a.left_at),
            appointments::version.eq(version + 1),
            appointments::updated_at.eq(a.updated_at),
        ),
    ));
    if Prepared(stored).execute(c)? != 1 {
        return Err(Error::stale());
    }
    timetables::update_times(c, a)
}

/// [`update_appointment`] where that overlaps no other; else nothing is stored, and the answer is no.
pub fn update_where_free(c: &mut Conn, a: &Appointment, version: i64) -> Result<bool> {
    match c.transaction(|c| update_appointment(c, a, version)) {
        Ok(()) => Ok(true),
        Err(e) if is_overlap(&e) => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether the patient has a planned appointment of this service after `now`.
pub fn has_planned(c: &mut Conn, patient: PatientId, service: ServiceId, now: Instant) -> Result<bool> {
    Ok(select(exists(
        appointments::table
            .filter(
                appointments::patient_id
                    .eq(patient)
                    .and(appointments::service_id.eq(service)),
            )
            .filter(one_of!(appointments::status, Status::Booked, Status::Confirmed))
            .filter(appointments::starts_at.gt(now)),
    ))
    .get_result(c)?)
}
