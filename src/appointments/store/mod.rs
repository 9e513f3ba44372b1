//! All SQL of appointments.

mod events;
mod page;

pub use events::{Event, News, insert_event, latest_event, list_events, mark_undone, patients_changes, vip_news};
pub use page::{Place, page_between, page_of_patient};

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::model::free::{Span, Timetable};
use super::model::suggest::Candidate;
use super::model::{Appointment, AppointmentId, Status};
use crate::clinic::{self, Provider, ProviderId, ServiceId, SiteId};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::{HOUR_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointments, patients, recalls, visits};
use crate::platform::error::{Error, Result};

/// The longest an appointment may occupy a provider; the overlap rules of the database look back as far.
pub const LONGEST_MS: i64 = 12 * HOUR_MS;
/// First keys of PostgreSQL's advisory locks, one for each kind of thing that can be in one place only.
const LOCK_PROVIDER: i32 = 1;
const LOCK_CHAIR: i32 = 2;
const LOCK_PATIENT: i32 = 3;

const FREE: [Status; 2] = [Status::NoShow, Status::Cancelled];

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
        .filter(appointments::status.eq_any([Status::Booked, Status::Confirmed]))
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
        .filter(appointments::status.eq_any([Status::Booked, Status::Confirmed]))
        .select(appointments::status)
        .load(c)?;
    let unconfirmed = planned.iter().filter(|s| **s == Status::Booked).count();
    Ok((planned.len(), unconfirmed))
}

/// Which of these patients have been here before.
pub fn who_came_before(c: &mut Conn, ids: &[PatientId]) -> Result<BTreeSet<PatientId>> {
    let seen: Vec<PatientId> = visits::table
        .filter(visits::patient_id.eq_any(ids.to_vec()))
        .select(visits::patient_id)
        .distinct()
        .load(c)?;
    Ok(seen.into_iter().collect())
}

/// Which patient's time to keep free, and which appointment not to count (the one being moved).
#[derive(Debug, Clone, Copy, Default)]
pub struct Except {
    /// Whose other visits block.
    pub patient: Option<PatientId>,
    /// Does not block.
    pub appointment: Option<AppointmentId>,
}

/// The timetables of `providers` from `first` to `last`, both included, in the site's zone.
pub fn timetables(
    c: &mut Conn,
    zone: chrono_tz::Tz,
    providers: &[Provider],
    (first, last): (NaiveDate, NaiveDate),
    except: Except,
) -> Result<Vec<Candidate>> {
    use crate::platform::clock::day_bounds;
    let (from, until) = (day_bounds(zone, first).0, day_bounds(zone, last).1);
    let closed: BTreeSet<NaiveDate> = clinic::list_holidays(c, first, last)?
        .into_iter()
        .map(|h| h.day)
        .collect();
    let hours = clinic::list_hours(c)?;
    let leaves = clinic::list_leaves(c, from, until)?;
    let busy = occupied(c, (from, until), except.appointment)?;
    Ok(providers
        .iter()
        .map(|p| {
            let timetable = Timetable {
                hours: hours.iter().filter(|h| h.provider_id == p.id).copied().collect(),
                closed: closed.clone(),
                leave: leaves
                    .iter()
                    .filter(|l| l.provider_id == p.id)
                    .map(|l| Span {
                        from: l.starts_at,
                        until: l.ends_at,
                    })
                    .collect(),
                busy: busy
                    .iter()
                    .filter(|b| b.provider == p.id || b.chair == p.chair_id)
                    .map(|b| b.taken)
                    .collect(),
                patient_busy: busy
                    .iter()
                    .filter(|b| Some(b.patient) == except.patient)
                    .map(|b| b.visit)
                    .collect(),
            };
            (p.id, timetable)
        })
        .collect())
}

struct Occupied {
    provider: ProviderId,
    chair: clinic::ChairId,
    patient: PatientId,
    taken: Span,
    visit: Span,
}

fn occupied(c: &mut Conn, (from, until): (Instant, Instant), except: Option<AppointmentId>) -> Result<Vec<Occupied>> {
    type Row = (
        AppointmentId,
        ProviderId,
        clinic::ChairId,
        PatientId,
        Instant,
        Instant,
        Instant,
        Instant,
    );
    let rows: Vec<Row> = appointments::table
        .filter(
            appointments::starts_at
                .gt(from + -LONGEST_MS)
                .and(appointments::starts_at.lt(until + LONGEST_MS)),
        )
        .filter(appointments::busy_until.gt(from).and(appointments::busy_from.lt(until)))
        .filter(appointments::status.ne_all(FREE))
        .order(appointments::busy_from)
        .select((
            appointments::id,
            appointments::provider_id,
            appointments::chair_id,
            appointments::patient_id,
            appointments::busy_from,
            appointments::busy_until,
            appointments::starts_at,
            appointments::ends_at,
        ))
        .load(c)?;
    Ok(rows
        .into_iter()
        .filter(|r| Some(r.0) != except)
        .map(
            |(_, provider, chair, patient, busy_from, busy_until, starts_at, ends_at)| Occupied {
                provider,
                chair,
                patient,
                taken: Span {
                    from: busy_from,
                    until: busy_until,
                },
                visit: Span {
                    from: starts_at,
                    until: ends_at,
                },
            },
        )
        .collect())
}

/// On PostgreSQL, makes bookings of the same provider, chair or patient wait for each other, so that the second sees the
/// first instead of meeting the exclusion constraint (or, worse, a deadlock between two of them). SQLite has one writer.
pub fn take_turns(c: &mut Conn, providers: &[Provider], patient: PatientId) -> Result<()> {
    let Conn::Pg(pg) = c else { return Ok(()) };
    let mut keys: Vec<(i32, i64)> = providers
        .iter()
        .flat_map(|p| [(LOCK_PROVIDER, p.id.0), (LOCK_CHAIR, p.chair_id.0)])
        .chain([(LOCK_PATIENT, patient.0)])
        .collect();
    // Always in the same order: no two can wait for each other.
    keys.sort_unstable();
    keys.dedup();
    for (kind, id) in keys {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1, $2)")
            .bind::<diesel::sql_types::Integer, _>(kind)
            .bind::<diesel::sql_types::Integer, _>(i32::try_from(id & 0x7fff_ffff).unwrap_or(0))
            .execute(pg)?;
    }
    Ok(())
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
    Ok(diesel::insert_into(appointments::table)
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
            ),
        ))
        .returning(appointments::id)
        .get_result(c)?)
}

/// Stores what changed, if nobody else did since `version`; the stored row has `version + 1`.
pub fn update_appointment(c: &mut Conn, a: &Appointment, version: i64) -> Result<()> {
    let changed =
        diesel::update(appointments::table.filter(appointments::id.eq(a.id).and(appointments::version.eq(version))))
            .set((
                appointments::provider_id.eq(a.provider_id),
                appointments::chair_id.eq(a.chair_id),
                appointments::starts_at.eq(a.starts_at),
                appointments::ends_at.eq(a.ends_at),
                appointments::busy_from.eq(a.busy_from),
                appointments::busy_until.eq(a.busy_until),
                appointments::status.eq(a.status),
                appointments::cancel_reason.eq(&a.cancel_reason),
                appointments::arrived_at.eq(a.arrived_at),
                appointments::seated_at.eq(a.seated_at),
                appointments::finished_at.eq(a.finished_at),
                appointments::version.eq(version + 1),
                appointments::updated_at.eq(a.updated_at),
            ))
            .execute(c)?;
    if changed == 1 { Ok(()) } else { Err(Error::stale()) }
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
            .filter(appointments::status.eq_any([Status::Booked, Status::Confirmed]))
            .filter(appointments::starts_at.gt(now)),
    ))
    .get_result(c)?)
}
