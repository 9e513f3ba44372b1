//! Who is due: each question asks an index for a range, and costs what it finds.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::{RecallId, RecallState};
use crate::appointments::{AppointmentId, Status};
use crate::clinic::ServiceId;
use crate::messaging::{Carrier, MISSED};
use crate::patients::{Channel, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointment_events, appointments, messages, opt_outs, patients, recalls};
use crate::platform::error::Result;

/// Values in one `IN (…)`.
const CHUNK: usize = 500;

/// What planning needs to know of a patient.
#[derive(Debug, Clone, Queryable)]
pub struct Addressee {
    /// Row id.
    pub id: PatientId,
    /// Full name.
    pub name: String,
    /// Mobile number.
    pub phone: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Preferred channel.
    pub channel: Channel,
    /// Day of birth.
    pub birth_date: Option<NaiveDate>,
    /// Whether greetings are welcome.
    pub marketing: bool,
    /// No messages any more.
    pub deceased: bool,
}

/// A planned visit.
#[derive(Debug, Clone, Queryable)]
pub struct PlannedVisit {
    /// Row id.
    pub id: AppointmentId,
    /// Its version.
    pub version: i64,
    /// For what.
    pub service: ServiceId,
    /// When.
    pub starts_at: Instant,
    /// When it was booked.
    pub created_at: Instant,
}

/// A recall that is due.
#[derive(Debug, Clone, Queryable)]
pub struct DueRecall {
    /// Row id.
    pub id: RecallId,
    /// For what.
    pub service: ServiceId,
    /// When.
    pub due_on: NaiveDate,
    /// Not to be contacted before.
    pub hidden_until: Option<NaiveDate>,
}

/// A reminder of an appointment that was queued already.
#[derive(Debug, Clone, Queryable)]
pub struct Reminder {
    /// Which appointment.
    pub appointment: Option<i64>,
    /// As of which version.
    pub version: Option<i64>,
    /// Its key, which ends with the rule's code.
    pub key: String,
    /// When it was due.
    pub due_at: Instant,
}

/// Visits in one of these states that start within `[from, until)`.
pub fn visits_between(
    c: &mut Conn,
    (from, until): (Instant, Instant),
    states: &[Status],
) -> Result<Vec<(PlannedVisit, Addressee)>> {
    Ok(appointments::table
        .inner_join(patients::table)
        .filter(appointments::starts_at.ge(from).and(appointments::starts_at.lt(until)))
        .filter(appointments::status.eq_any(states.to_vec()))
        .order((appointments::starts_at, appointments::id))
        .select((
            (
                appointments::id,
                appointments::version,
                appointments::service_id,
                appointments::starts_at,
                appointments::created_at,
            ),
            addressee(),
        ))
        .load(c)?)
}

type AddresseeColumns = (
    patients::id,
    patients::name,
    patients::phone,
    patients::email,
    patients::channel,
    patients::birth_date,
    patients::marketing,
    patients::deceased,
);

fn addressee() -> AddresseeColumns {
    (
        patients::id,
        patients::name,
        patients::phone,
        patients::email,
        patients::channel,
        patients::birth_date,
        patients::marketing,
        patients::deceased,
    )
}

/// The moves of these appointments that were not undone: which, to which version, when.
pub fn moves_of(c: &mut Conn, ids: &[AppointmentId]) -> Result<Vec<(AppointmentId, i64, Instant)>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        found.extend(
            appointment_events::table
                .filter(appointment_events::appointment_id.eq_any(chunk.to_vec()))
                .filter(appointment_events::action.eq("move"))
                .filter(appointment_events::undone_at.is_null())
                .select((
                    appointment_events::appointment_id,
                    appointment_events::version,
                    appointment_events::at,
                ))
                .load::<(AppointmentId, i64, Instant)>(c)?,
        );
    }
    Ok(found)
}

/// Whether an appointment's time is another than it was as of `version`.
pub fn moved_since(c: &mut Conn, id: AppointmentId, version: i64) -> Result<bool> {
    let moves: Vec<(i64, Option<Instant>)> = appointment_events::table
        .filter(appointment_events::appointment_id.eq(id))
        .filter(appointment_events::action.eq("move"))
        .filter(appointment_events::version.ge(version))
        .select((appointment_events::version, appointment_events::undone_at))
        .load(c)?;
    // A later move that stands, or the very move that made this version taken back.
    Ok(moves.iter().any(|(v, undone)| (*v > version) == undone.is_none()))
}

/// The reminders queued for these appointments.
pub fn reminders_of(c: &mut Conn, ids: &[AppointmentId]) -> Result<Vec<Reminder>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let ids: Vec<i64> = chunk.iter().map(|id| id.0).collect();
        found.extend(
            messages::table
                .filter(
                    messages::subject
                        .eq("appointment")
                        .and(messages::subject_id.eq_any(ids)),
                )
                .filter(messages::purpose.eq("reminder"))
                .filter(messages::dedupe_key.not_like(format!("%{MISSED}")))
                .select((
                    messages::subject_id,
                    messages::subject_version,
                    messages::dedupe_key,
                    messages::due_at,
                ))
                .load::<Reminder>(c)?,
        );
    }
    Ok(found)
}

/// Which of these keys are queued already.
pub fn known_keys(c: &mut Conn, keys: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for chunk in keys.chunks(CHUNK) {
        found.extend(
            messages::table
                .filter(messages::dedupe_key.eq_any(chunk.to_vec()))
                .select(messages::dedupe_key)
                .load::<String>(c)?,
        );
    }
    Ok(found)
}

/// Open recalls that are due on one of `days`, of one service or all.
pub fn recalls_due_on(
    c: &mut Conn,
    days: &[NaiveDate],
    service: Option<ServiceId>,
) -> Result<Vec<(DueRecall, Addressee)>> {
    let mut query = recalls::table
        .inner_join(patients::table)
        .filter(recalls::state.eq(RecallState::Due))
        .filter(recalls::due_on.eq_any(days.to_vec()))
        .order((recalls::due_on, recalls::id))
        .into_boxed();
    if let Some(service) = service {
        query = query.filter(recalls::service_id.eq(service));
    }
    Ok(query
        .select((
            (recalls::id, recalls::service_id, recalls::due_on, recalls::hidden_until),
            addressee(),
        ))
        .load(c)?)
}

/// Patients with a birthday on one of these `MMDD`.
pub fn born_on(c: &mut Conn, month_days: &[i32]) -> Result<Vec<Addressee>> {
    Ok(patients::table
        .filter(patients::birth_month_day.eq_any(month_days.to_vec()))
        .order(patients::id)
        .select(addressee())
        .load(c)?)
}

/// Which patient has a visit planned after `now` for which service.
pub fn planned_services(c: &mut Conn, who: &[PatientId], now: Instant) -> Result<Vec<(PatientId, ServiceId)>> {
    let mut found = Vec::new();
    for chunk in who.chunks(CHUNK) {
        found.extend(
            appointments::table
                .filter(appointments::patient_id.eq_any(chunk.to_vec()))
                .filter(appointments::status.eq_any([Status::Booked, Status::Confirmed]))
                .filter(appointments::starts_at.gt(now))
                .select((appointments::patient_id, appointments::service_id))
                .load::<(PatientId, ServiceId)>(c)?,
        );
    }
    Ok(found)
}

/// Which of these addresses want nothing more of what is not part of the care.
pub fn opted_out(c: &mut Conn, addresses: &[String]) -> Result<Vec<(Carrier, String)>> {
    let mut found = Vec::new();
    for chunk in addresses.chunks(CHUNK) {
        found.extend(
            opt_outs::table
                .filter(opt_outs::channel.eq_any(Carrier::ALL.to_vec()))
                .filter(opt_outs::address.eq_any(chunk.to_vec()))
                .select((opt_outs::channel, opt_outs::address))
                .load::<(Carrier, String)>(c)?,
        );
    }
    Ok(found)
}

/// The next planned visit of a patient.
pub fn next_visit(c: &mut Conn, patient: PatientId, now: Instant) -> Result<Option<AppointmentId>> {
    Ok(appointments::table
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::starts_at.gt(now))
        .filter(appointments::status.eq_any([Status::Booked, Status::Confirmed]))
        .order(appointments::starts_at)
        .select(appointments::id)
        .first(c)
        .optional()?)
}

/// The latest visit of a patient that is over.
pub fn last_visit(c: &mut Conn, patient: PatientId) -> Result<Option<AppointmentId>> {
    Ok(appointments::table
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::status.eq(Status::Done))
        .order(appointments::starts_at.desc())
        .select(appointments::id)
        .first(c)
        .optional()?)
}
