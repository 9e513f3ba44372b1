//! All SQL of visits and treatments.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{NewVisit, Notes, Treatment, Visit, VisitId, VisitStatus, VisitSummary, treatments_line};
use crate::clinic::{ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{
    appointments, audit_log, patients, plan_items, providers, services, treatments, visits,
};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::staff::{AuditEntry, Role, UserId};

/// How many rows one question is about.
const CHUNK: usize = 500;

/// A visit that may be gone.
pub fn find_visit(c: &mut Conn, id: VisitId) -> Result<Option<Visit>> {
    Ok(visits::table.find(id).first(c).optional()?)
}
/// A visit that must be there.
pub fn get_visit(c: &mut Conn, id: VisitId) -> Result<Visit> {
    find_visit(c, id)?.ok_or(Error::NotFound("visit"))
}
/// The visit of an appointment, once its patient was seated.
pub fn find_by_appointment(c: &mut Conn, appointment: i64) -> Result<Option<Visit>> {
    Ok(visits::table
        .filter(visits::appointment_id.eq(appointment))
        .first(c)
        .optional()?)
}
/// What was done during a visit, in order.
pub fn list_treatments(c: &mut Conn, visit: VisitId) -> Result<Vec<Treatment>> {
    let rows: Vec<(Option<String>, String)> = treatments::table
        .filter(treatments::visit_id.eq(visit))
        .order((treatments::position, treatments::id))
        .select((treatments::tooth, treatments::description))
        .load(c)?;
    Ok(rows.into_iter().map(treatment).collect())
}
/// What was done during the visits of these appointments, as the records describe it.
pub fn done_at_appointments(c: &mut Conn, appointments: &[i64]) -> Result<Vec<(i64, String)>> {
    let mut found = Vec::new();
    for some in appointments.chunks(CHUNK) {
        let rows: Vec<(Option<i64>, String)> = treatments::table
            .inner_join(visits::table)
            .filter(visits::appointment_id.eq_any(some.to_vec()))
            .select((visits::appointment_id, treatments::description))
            .load(c)?;
        found.extend(rows.into_iter().filter_map(|(id, what)| Some((id?, what))));
    }
    Ok(found)
}
fn treatment((tooth, description): (Option<String>, String)) -> Treatment {
    Treatment { tooth, description }
}
/// All visits of a patient, newest first.
pub(super) fn list_visits(c: &mut Conn, patient: PatientId, limit: i64) -> Result<Vec<Visit>> {
    Ok(visits::table
        .filter(visits::patient_id.eq(patient))
        .order((visits::started_at.desc(), visits::id.desc()))
        .limit(limit)
        .load(c)?)
}

/// [`history`] as `role` may see it (none: as the front desk).
pub fn history_for(c: &mut Conn, patient: PatientId, role: Option<Role>, limit: i64) -> Result<Vec<VisitSummary>> {
    let all = history(c, patient, limit)?;
    Ok(all.into_iter().map(|v| v.seen_by(role)).collect())
}
/// The latest finished visits of a patient, newest first, with all that is clinical: see [`history_for`].
pub fn history(c: &mut Conn, patient: PatientId, limit: i64) -> Result<Vec<VisitSummary>> {
    let found: Vec<Visit> = visits::table
        .filter(visits::patient_id.eq(patient))
        .filter(visits::status.eq(VisitStatus::Finished))
        .order((visits::started_at.desc(), visits::id.desc()))
        .limit(limit)
        .load(c)?;
    let (mut done, names) = (treatments_of(c, &found)?, names_of(c, &found)?);
    Ok(found
        .into_iter()
        .map(|v| summary(&v, &done.remove(&v.id).unwrap_or_default(), &names))
        .collect())
}

/// Who treats and what can be booked, as the clinic names them in both languages. A visit keeps the names as of then, in
/// one language; where its provider and service are still known, everybody reads them in their own.
pub(super) struct Names {
    providers: BTreeMap<ProviderId, Text>,
    services: BTreeMap<ServiceId, Text>,
}
impl Names {
    /// Who treated.
    pub fn provider(&self, v: &Visit) -> Text {
        let known = v.provider_id.and_then(|id| self.providers.get(&id));
        known.cloned().unwrap_or_else(|| both(&v.provider_name))
    }
    /// What was booked.
    pub fn service(&self, v: &Visit) -> Text {
        let known = v.service_id.and_then(|id| self.services.get(&id));
        known.cloned().unwrap_or_else(|| both(&v.service_name))
    }
}
fn both(name: &str) -> Text {
    Text::new(name, name)
}
/// The names that these visits need.
pub(super) fn names_of(c: &mut Conn, visits: &[Visit]) -> Result<Names> {
    let text = |zh: String, en: String| {
        let en = if en.is_empty() { zh.clone() } else { en };
        Text::new(zh, en)
    };
    let of_providers: BTreeSet<ProviderId> = visits.iter().filter_map(|v| v.provider_id).collect();
    let of_services: BTreeSet<ServiceId> = visits.iter().filter_map(|v| v.service_id).collect();
    let people: Vec<(ProviderId, String, String)> = providers::table
        .filter(providers::id.eq_any(of_providers))
        .select((providers::id, providers::name, providers::name_en))
        .load(c)?;
    let kinds: Vec<(ServiceId, String, String)> = services::table
        .filter(services::id.eq_any(of_services))
        .select((services::id, services::name, services::name_en))
        .load(c)?;
    Ok(Names {
        providers: people.into_iter().map(|(id, zh, en)| (id, text(zh, en))).collect(),
        services: kinds.into_iter().map(|(id, zh, en)| (id, text(zh, en))).collect(),
    })
}
pub(super) fn treatments_of(c: &mut Conn, visits: &[Visit]) -> Result<BTreeMap<VisitId, Vec<Treatment>>> {
    let ids: Vec<VisitId> = visits.iter().map(|v| v.id).collect();
    let rows: Vec<(VisitId, Option<String>, String)> = treatments::table
        .filter(treatments::visit_id.eq_any(ids))
        .order((treatments::visit_id, treatments::position, treatments::id))
        .select((treatments::visit_id, treatments::tooth, treatments::description))
        .load(c)?;
    let mut by_visit: BTreeMap<VisitId, Vec<Treatment>> = BTreeMap::new();
    for (visit, tooth, description) in rows {
        by_visit.entry(visit).or_default().push(treatment((tooth, description)));
    }
    Ok(by_visit)
}
fn summary(v: &Visit, done: &[Treatment], names: &Names) -> VisitSummary {
    let (service, provider) = (names.service(v), names.provider(v));
    VisitSummary {
        visit_id: v.id,
        day: v.day,
        service: service.zh,
        service_en: service.en,
        provider: provider.zh,
        provider_en: provider.en,
        complaint: v.complaint.clone(),
        diagnosis: v.diagnosis.clone(),
        treatments: treatments_line(done),
        advice: v.advice.clone(),
        next_visit: v.next_visit.clone(),
        next_visit_day: v.next_visit_day,
    }
}
/// One visit in short, as `role` may see it.
pub fn visit_in_short(c: &mut Conn, id: VisitId, role: Option<Role>) -> Result<VisitSummary> {
    let visit = get_visit(c, id)?;
    let done = list_treatments(c, id)?;
    let names = names_of(c, std::slice::from_ref(&visit))?;
    Ok(summary(&visit, &done, &names).seen_by(role))
}
/// How often a patient has been here.
pub fn count_visits(c: &mut Conn, patient: PatientId) -> Result<i64> {
    Ok(visits::table
        .filter(visits::patient_id.eq(patient))
        .filter(visits::status.eq(VisitStatus::Finished))
        .count()
        .get_result(c)?)
}

/// Adds a draft unless the appointment has a visit already; true when it was added.
pub(super) fn insert_draft(c: &mut Conn, now: Instant, by: Option<UserId>, v: &NewVisit) -> Result<bool> {
    let added = Both(
        diesel::insert_into(visits::table)
            .values((
                visits::patient_id.eq(v.patient_id),
                visits::provider_id.eq(v.provider_id),
                visits::service_id.eq(v.service_id),
                visits::appointment_id.eq(v.appointment_id),
                visits::day.eq(v.day),
                visits::started_at.eq(now),
                visits::provider_name.eq(&v.provider_name),
                visits::service_name.eq(&v.service_name),
                visits::complaint.eq(""),
                visits::diagnosis.eq(""),
                visits::advice.eq(""),
                visits::next_visit.eq(""),
                visits::status.eq(VisitStatus::Draft),
                visits::version.eq(1_i64),
                visits::created_by.eq(by),
                visits::created_at.eq(now),
                visits::updated_at.eq(now),
            ))
            .on_conflict(visits::appointment_id)
            .do_nothing(),
    )
    .execute(c)?;
    Ok(added == 1)
}
/// Writes the notes on the version that was read; false when somebody was faster.
pub(super) fn update_notes(c: &mut Conn, now: Instant, id: VisitId, version: i64, n: &Notes) -> Result<bool> {
    let changed = diesel::update(visits::table.filter(visits::id.eq(id).and(visits::version.eq(version))))
        .set((
            visits::complaint.eq(&n.complaint),
            visits::diagnosis.eq(&n.diagnosis),
            visits::advice.eq(&n.advice),
            visits::next_visit.eq(&n.next_visit),
            visits::next_visit_day.eq(n.next_visit_day),
            visits::fee_minor.eq(n.fee_minor),
            visits::version.eq(version + 1),
            visits::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}
pub(super) fn replace_treatments(c: &mut Conn, id: VisitId, list: &[Treatment]) -> Result<()> {
    diesel::delete(treatments::table.filter(treatments::visit_id.eq(id))).execute(c)?;
    for (t, position) in list.iter().zip(1_i32..) {
        diesel::insert_into(treatments::table)
            .values((
                treatments::visit_id.eq(id),
                treatments::position.eq(position),
                treatments::tooth.eq(&t.tooth),
                treatments::description.eq(&t.description),
            ))
            .execute(c)?;
    }
    Ok(())
}
/// Moves a visit from one status to another; false when it was not in `from`.
pub(super) fn update_status(
    c: &mut Conn,
    now: Instant,
    id: VisitId,
    (from, to): (VisitStatus, VisitStatus),
) -> Result<bool> {
    let changed = diesel::update(visits::table.filter(visits::id.eq(id).and(visits::status.eq(from))))
        .set((
            visits::status.eq(to),
            visits::version.eq(visits::version + 1_i64),
            visits::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}
/// Removes a draft that nobody has written in.
pub(super) fn delete_untouched_draft(c: &mut Conn, appointment: i64) -> Result<bool> {
    let has_treatments = diesel::dsl::exists(treatments::table.filter(treatments::visit_id.eq(visits::id)));
    let has_plan = diesel::dsl::exists(plan_items::table.filter(plan_items::visit_id.eq(visits::id.nullable())));
    let gone = diesel::delete(
        visits::table.filter(
            visits::appointment_id
                .eq(appointment)
                .and(visits::status.eq(VisitStatus::Draft))
                .and(visits::complaint.eq("").and(visits::diagnosis.eq("")))
                .and(visits::advice.eq("").and(visits::next_visit.eq("")))
                .and(diesel::dsl::not(has_treatments).and(diesel::dsl::not(has_plan))),
        ),
    )
    .execute(c)?;
    Ok(gone == 1)
}

/// What a visit takes from the appointment it belongs to.
pub(super) struct Booked {
    pub status: String,
    pub patient_id: PatientId,
    pub provider_id: ProviderId,
    pub service_id: ServiceId,
    pub starts_at: Instant,
    pub provider_name: String,
    pub service_name: String,
}
/// Reads the appointment of a visit. The appointments feature lies beside this one and may use it, not the other way
/// round; what the visit takes over is read here.
pub(super) fn find_booked(c: &mut Conn, appointment: i64) -> Result<Option<Booked>> {
    type Row = (String, PatientId, ProviderId, ServiceId, Instant, String, String);
    let row: Option<Row> = appointments::table
        .inner_join(providers::table)
        .inner_join(services::table)
        .filter(appointments::id.eq(appointment))
        .select((
            appointments::status,
            appointments::patient_id,
            appointments::provider_id,
            appointments::service_id,
            appointments::starts_at,
            providers::name,
            services::name,
        ))
        .first(c)
        .optional()?;
    Ok(row.map(
        |(status, patient_id, provider_id, service_id, starts_at, provider_name, service_name)| Booked {
            status,
            patient_id,
            provider_id,
            service_id,
            starts_at,
            provider_name,
            service_name,
        },
    ))
}

/// Visits of a day in the clinic's zone, for worklists.
pub fn list_day(c: &mut Conn, day: NaiveDate) -> Result<Vec<Visit>> {
    Ok(visits::table
        .filter(visits::day.eq(day))
        .order(visits::started_at)
        .load(c)?)
}

/// A visit whose record is still to be written.
#[derive(Queryable)]
pub(super) struct Missing {
    pub visit: Visit,
    pub patient: String,
    /// The account of who treated.
    pub user: Option<UserId>,
}
/// Visits since `since` whose record is still to be written, the latest first: finished without a word of what was found or
/// done, or begun on an earlier day than `today` and never finished. What was imported is as it is.
pub(super) fn list_missing(c: &mut Conn, (since, today): (NaiveDate, NaiveDate), limit: i64) -> Result<Vec<Missing>> {
    let treated = treatments::table.filter(treatments::visit_id.eq(visits::id));
    let wordless = visits::complaint
        .eq("")
        .and(visits::diagnosis.eq(""))
        .and(diesel::dsl::not(diesel::dsl::exists(treated)));
    let finished = visits::status.eq(VisitStatus::Finished).and(wordless);
    let forgotten = visits::status.eq(VisitStatus::Draft).and(visits::day.lt(today));
    Ok(visits::table
        .inner_join(patients::table)
        .left_join(providers::table)
        .filter(visits::day.ge(since))
        .filter(visits::import_key.is_null())
        .filter(finished.or(forgotten))
        .order((visits::day.desc(), visits::started_at.desc(), visits::id.desc()))
        .select((visits::all_columns, patients::name, providers::user_id.nullable()))
        .limit(limit)
        .load(c)?)
}

/// Who changed a visit's record, when and what; the latest first.
pub(super) fn list_changes(c: &mut Conn, visit: &Visit, limit: i64) -> Result<Vec<AuditEntry>> {
    Ok(audit_log::table
        .filter(audit_log::patient_id.eq(visit.patient_id.0))
        .filter(audit_log::subject.eq("visits"))
        .filter(audit_log::subject_id.eq(visit.id.0))
        .filter(audit_log::action.ne("read"))
        .order(audit_log::id.desc())
        .limit(limit)
        .load(c)?)
}
