//! The steps of appointments.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::super::model::{Action, Appointment, AppointmentId};
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{appointment_events as events, appointments, patients};
use crate::platform::db::{Conn, one_of};
use crate::platform::error::Result;
use crate::staff::UserId;

/// One step of an appointment's history.
#[derive(Debug, Clone, Queryable)]
pub struct Event {
    /// Row id.
    pub id: i64,
    /// Whose.
    pub appointment: AppointmentId,
    /// When.
    pub at: Instant,
    /// Account.
    pub user: Option<UserId>,
    /// Name at that time.
    pub actor: String,
    /// What was done.
    pub action: Action,
    /// The version it led to.
    pub version: i64,
    /// What it was before, as JSON.
    pub before: String,
    /// When it was taken back.
    pub undone_at: Option<Instant>,
    /// What the steps that one click took on several visits have in common; none: it was one step.
    pub click: Option<String>,
}

impl Event {
    /// Whether it has not been taken back, and is of a kind that can be: a correction is put right by taking the step anew.
    pub fn can_be_undone(&self) -> bool {
        self.undone_at.is_none() && self.action != Action::Correct
    }
}

/// Adds a step; `id`, `undone_at` and `click` are ignored.
pub fn insert_event(c: &mut Conn, e: &Event) -> Result<i64> {
    Ok(diesel::insert_into(events::table)
        .values((
            events::appointment_id.eq(e.appointment),
            events::at.eq(e.at),
            events::user_id.eq(e.user),
            events::actor.eq(&e.actor),
            events::action.eq(e.action),
            events::version.eq(e.version),
            events::before.eq(&e.before),
        ))
        .returning(events::id)
        .get_result(c)?)
}
/// The latest step of an appointment.
pub fn latest_event(c: &mut Conn, id: AppointmentId) -> Result<Option<Event>> {
    Ok(events::table
        .filter(events::appointment_id.eq(id))
        .order(events::id.desc())
        .first(c)
        .optional()?)
}
/// The step that led to a version of an appointment.
pub fn event_of_version(c: &mut Conn, id: AppointmentId, version: i64) -> Result<Option<Event>> {
    Ok(events::table
        .filter(events::appointment_id.eq(id).and(events::version.eq(version)))
        .first(c)
        .optional()?)
}
/// Notes that these steps, each named by its appointment and the version it led to, were one click.
pub fn join_events(c: &mut Conn, click: &str, steps: &[(AppointmentId, i64)]) -> Result<()> {
    for (id, version) in steps {
        let step = events::table.filter(events::appointment_id.eq(id).and(events::version.eq(version)));
        diesel::update(step).set(events::click.eq(click)).execute(c)?;
    }
    Ok(())
}
/// The steps of one click in the order in which they were taken, each with its appointment as it is now.
pub fn events_of_click(c: &mut Conn, click: &str) -> Result<Vec<(Event, Appointment)>> {
    Ok(events::table
        .inner_join(appointments::table)
        .filter(events::click.eq(click))
        .order(events::id)
        .select((events::all_columns, appointments::all_columns))
        .load(c)?)
}
/// The visits of one patient to which one click did the same as to this one at this version, itself among them, by start;
/// each with the version that it led to. Empty: it was this one alone.
pub fn visits_of_click(c: &mut Conn, id: AppointmentId, version: i64) -> Result<Vec<(Appointment, i64)>> {
    let Some(event) = event_of_version(c, id, version)? else {
        return Ok(Vec::new());
    };
    let Some(click) = event.click else {
        return Ok(Vec::new());
    };
    let all = events_of_click(c, &click)?;
    let patient = all.iter().find(|(_, a)| a.id == id).map(|(_, a)| a.patient_id);
    let same = all
        .into_iter()
        .filter(|(e, a)| Some(a.patient_id) == patient && e.action == event.action);
    let mut visits: Vec<(Appointment, i64)> = same.map(|(e, a)| (a, e.version)).collect();
    visits.sort_by_key(|(a, _)| (a.starts_at, a.id));
    Ok(visits)
}
/// So many visits of VIP patients are told of at most, the latest: more nobody reads.
const TOLD_MAX: i64 = 40;

/// A step that others should know of, with the appointment as it is now and its patient.
pub type News = (Event, Appointment, Patient);

/// VIP patients' bookings and arrivals since `since`, the latest first; whatever day they are for (clinic.md R6). Every page asks:
/// it begins with these patients, since of all others thousands of steps may be as new. A visit is updated with each step.
pub fn vip_events(c: &mut Conn, since: Instant) -> Result<Vec<News>> {
    // First only which: an index has that.
    let latest: Vec<AppointmentId> = patients::table
        .inner_join(appointments::table)
        .filter(patients::vip)
        .filter(appointments::updated_at.ge(since))
        .order((appointments::updated_at.desc(), appointments::id.desc()))
        .limit(TOLD_MAX)
        .select(appointments::id)
        .load(c)?;
    if latest.is_empty() {
        return Ok(Vec::new());
    }
    let visits: Vec<(Appointment, Patient)> = appointments::table
        .inner_join(patients::table)
        .filter(appointments::id.eq_any(latest))
        .select((appointments::all_columns, patients::all_columns))
        .load(c)?;
    let visits: BTreeMap<AppointmentId, (Appointment, Patient)> = visits.into_iter().map(|v| (v.0.id, v)).collect();
    let steps: Vec<Event> = events::table
        .filter(events::appointment_id.eq_any(visits.keys()))
        .filter(events::at.ge(since))
        .filter(one_of!(events::action, Action::Book, Action::Arrive))
        .filter(events::undone_at.is_null())
        .order((events::at.desc(), events::id.desc()))
        .load(c)?;
    let of = |e: Event| {
        let (a, patient) = visits.get(&e.appointment)?.clone();
        Some((e, a, patient))
    };
    Ok(steps.into_iter().filter_map(of).collect())
}
/// What patients themselves cancelled or moved since `since`, the latest first.
pub fn patients_changes(c: &mut Conn, since: Instant, limit: usize) -> Result<Vec<News>> {
    let mut found: Vec<News> = events::table
        .inner_join(appointments::table.inner_join(patients::table))
        .filter(events::at.ge(since))
        .filter(one_of!(events::action, Action::Cancel, Action::Move))
        .filter(events::user_id.is_null())
        .filter(appointments::starts_at.ge(since))
        .order(events::at.desc())
        .select((events::all_columns, appointments::all_columns, patients::all_columns))
        .load(c)?;
    found.truncate(limit);
    Ok(found)
}
/// All steps of an appointment, oldest first.
pub fn list_events(c: &mut Conn, id: AppointmentId) -> Result<Vec<Event>> {
    Ok(events::table
        .filter(events::appointment_id.eq(id))
        .order(events::id)
        .load(c)?)
}
/// Marks a step as taken back.
pub fn mark_undone(c: &mut Conn, event: i64, now: Instant) -> Result<()> {
    diesel::update(events::table.find(event))
        .set(events::undone_at.eq(now))
        .execute(c)?;
    Ok(())
}
