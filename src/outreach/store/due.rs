//! Who is due: each question asks an index for a range, and costs what it finds.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use diesel::dsl::{exists, max, not};
use diesel::prelude::*;

use super::super::model::{RecallId, RecallState, ids_at};
use crate::appointments::{Action, AppointmentId, Status};
use crate::clinic::ServiceId;
use crate::patients::{Channel, DateKind, PatientDateId, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointments, patients, recalls};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::records::plan::PlanState;

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
    /// In which language they are written to.
    pub language: Lang,
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
    /// Where it stands.
    pub status: Status,
    /// When the treatment was over.
    pub finished_at: Option<Instant>,
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
        .select((planned_visit(), addressee()))
        .load(c)?)
}

/// Visits in a state to which a step led within `[from, until)`; one to which it led twice is found twice.
pub fn visits_noted(
    c: &mut Conn,
    (from, until): (Instant, Instant),
    (state, step): (Status, Action),
) -> Result<Vec<(PlannedVisit, Addressee)>> {
    use crate::platform::db::schema::appointment_events as e;
    Ok(appointments::table
        .inner_join(patients::table)
        .inner_join(e::table)
        .filter(e::at.ge(from).and(e::at.lt(until)))
        .filter(e::action.eq(step.as_str()).and(e::undone_at.is_null()))
        .filter(appointments::status.eq(state))
        .order((appointments::starts_at, appointments::id))
        .select((planned_visit(), addressee()))
        .load(c)?)
}

/// Visits in a state whose record was written or mended within `[from, until)`.
pub fn visits_recorded(
    c: &mut Conn,
    (from, until): (Instant, Instant),
    state: Status,
) -> Result<Vec<(PlannedVisit, Addressee)>> {
    use crate::platform::db::schema::visits as v;
    Ok(appointments::table
        .inner_join(patients::table)
        .inner_join(v::table.on(v::appointment_id.eq(appointments::id.nullable())))
        .filter(v::updated_at.ge(from).and(v::updated_at.lt(until)))
        .filter(appointments::status.eq(state))
        .order((appointments::starts_at, appointments::id))
        .select((planned_visit(), addressee()))
        .load(c)?)
}

type PlannedVisitColumns = (
    appointments::id,
    appointments::version,
    appointments::service_id,
    appointments::starts_at,
    appointments::created_at,
    appointments::status,
    appointments::finished_at,
);

fn planned_visit() -> PlannedVisitColumns {
    (
        appointments::id,
        appointments::version,
        appointments::service_id,
        appointments::starts_at,
        appointments::created_at,
        appointments::status,
        appointments::finished_at,
    )
}

pub(super) type AddresseeColumns = (
    patients::id,
    patients::name,
    patients::phone,
    patients::email,
    patients::channel,
    patients::birth_date,
    patients::marketing,
    patients::deceased,
    patients::language,
);

pub(super) fn addressee() -> AddresseeColumns {
    (
        patients::id,
        patients::name,
        patients::phone,
        patients::email,
        patients::channel,
        patients::birth_date,
        patients::marketing,
        patients::deceased,
        patients::language,
    )
}

/// What planning needs to know of a patient; none: there is no such.
pub fn find_addressee(c: &mut Conn, id: PatientId) -> Result<Option<Addressee>> {
    Ok(patients::table.find(id).select(addressee()).first(c).optional()?)
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

/// Patients with a birthday on one of these `MMDD`, who keep the common calendar's.
pub fn born_on(c: &mut Conn, month_days: &[i32]) -> Result<Vec<Addressee>> {
    Ok(patients::table
        .filter(patients::birth_month_day.eq_any(month_days.to_vec()))
        .filter(patients::lunar_birthday.eq(false))
        .order(patients::id)
        .select(addressee())
        .load(c)?)
}

/// Patients who were born on one of these days and keep the lunar calendar's birthday.
pub fn born_on_days(c: &mut Conn, days: &[NaiveDate]) -> Result<Vec<Addressee>> {
    Ok(patients::table
        .filter(patients::birth_date.eq_any(days.to_vec()))
        .filter(patients::lunar_birthday.eq(true))
        .order(patients::id)
        .select(addressee())
        .load(c)?)
}

/// Living patients with one of these places who welcome greetings.
pub fn who_welcome_greetings(c: &mut Conn, places: &RangeInclusive<i64>) -> Result<Vec<Addressee>> {
    let mut found = Vec::new();
    let last: Option<PatientId> = patients::table.select(max(patients::id)).first(c)?;
    for ids in last.map_or(Vec::new(), |last| ids_at(places, last)) {
        let who = patients::table
            .filter(patients::id.ge(ids.start).and(patients::id.lt(ids.end)))
            .filter(patients::marketing.eq(true).and(patients::deceased.eq(false)))
            .order(patients::id)
            .select(addressee());
        found.extend(who.load::<Addressee>(c)?);
    }
    Ok(found)
}

/// Patients with a date of this kind on one of `days`, or, of a yearly kind, on one of `month_days`.
pub fn with_date_on(
    c: &mut Conn,
    kind: &DateKind,
    days: &[NaiveDate],
    month_days: &[i32],
) -> Result<Vec<(PatientDateId, NaiveDate, Addressee)>> {
    use crate::platform::db::schema::patient_dates as d;
    let mut query = d::table
        .inner_join(patients::table)
        .filter(d::kind_id.eq(kind.id))
        .order(d::id)
        .select((d::id, d::on_date, addressee()))
        .into_boxed();
    query = match kind.yearly {
        true => query.filter(d::month_day.eq_any(month_days.to_vec())),
        false => query.filter(d::on_date.eq_any(days.to_vec())),
    };
    Ok(query.load(c)?)
}

/// The kind of a patient's date; none: the date is gone.
pub fn kind_of_date(c: &mut Conn, id: PatientDateId) -> Result<Option<DateKind>> {
    use crate::platform::db::schema::{date_kinds as k, patient_dates as d};
    Ok(d::table
        .inner_join(k::table)
        .filter(d::id.eq(id))
        .select(k::all_columns)
        .first(c)
        .optional()?)
}

/// Who sent somebody that was registered within `[from, until)`: the one who was sent, and who sent them.
pub fn referrals_between(c: &mut Conn, (from, until): (Instant, Instant)) -> Result<Vec<(PatientId, Addressee)>> {
    use crate::platform::db::schema::referrals as r;
    Ok(r::table
        .inner_join(patients::table)
        .filter(r::created_at.ge(from).and(r::created_at.lt(until)))
        .order(r::patient_id)
        .select((r::patient_id, addressee()))
        .load(c)?)
}

/// Versions of the plans that last changed within `[from, until)`, with a step that has no date and none that has one.
pub fn plans_resting(
    c: &mut Conn,
    (from, until): (Instant, Instant),
    service: Option<ServiceId>,
) -> Result<Vec<(i64, Addressee)>> {
    use crate::platform::db::schema::{plan_items as i, treatment_plans as p};
    let of = |state: PlanState| i::table.filter(i::patient_id.eq(p::patient_id).and(i::state.eq(state)));
    let mut query = p::table
        .inner_join(patients::table)
        .filter(p::updated_at.ge(from).and(p::updated_at.lt(until)))
        .filter(not(exists(of(PlanState::Booked))))
        .order(p::patient_id)
        .select((p::version, addressee()))
        .into_boxed();
    query = match service {
        Some(service) => query.filter(exists(of(PlanState::Planned).filter(i::service_id.eq(service)))),
        None => query.filter(exists(of(PlanState::Planned))),
    };
    Ok(query.load(c)?)
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

/// The latest visit of a patient that ended like this.
pub fn last_visit(c: &mut Conn, patient: PatientId, status: Status) -> Result<Option<AppointmentId>> {
    Ok(appointments::table
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::status.eq(status))
        .order(appointments::starts_at.desc())
        .select(appointments::id)
        .first(c)
        .optional()?)
}
