//! All SQL of treatment plans.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::VisitId;
use super::model::{Plan, PlanItem, PlanItemId, PlanLine, PlanState, Planned};
use crate::clinic::{self, ServiceId};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{appointments, patients, plan_items as items, treatment_plans as plans};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// A patient's plan; an empty one when nothing was ever planned.
pub fn find_plan(c: &mut Conn, patient: PatientId) -> Result<Plan> {
    let zone = clinic::the_site(c)?.tz();
    let version: Option<i64> = plans::table.find(patient).select(plans::version).first(c).optional()?;
    let rows = items::table
        .left_join(appointments::table)
        .filter(items::patient_id.eq(patient))
        .order((items::position, items::id))
        .select((items::all_columns, appointments::starts_at.nullable()))
        .load(c)?;
    Ok(Plan::new((patient, version.unwrap_or(0)), rows, zone))
}
/// The first item of a service that has no appointment.
pub(super) fn find_unbooked(c: &mut Conn, patient: PatientId, service: ServiceId) -> Result<Option<PlanItem>> {
    Ok(items::table
        .filter(items::patient_id.eq(patient).and(items::service_id.eq(service)))
        .filter(items::state.eq(PlanState::Planned))
        .order((items::position, items::id))
        .first(c)
        .optional()?)
}
/// An item that may be gone.
pub(super) fn find_item(c: &mut Conn, id: PlanItemId) -> Result<Option<PlanItem>> {
    Ok(items::table.find(id).first(c).optional()?)
}
/// The item that an appointment is, or last was, booked for.
pub(super) fn find_by_appointment(c: &mut Conn, appointment: i64) -> Result<Option<PlanItem>> {
    Ok(items::table
        .filter(items::appointment_id.eq(appointment))
        .first(c)
        .optional()?)
}

/// Raises a plan's version from the one that was read, making the plan with its first; false when somebody was faster.
pub(super) fn raise_from(c: &mut Conn, now: Instant, patient: PatientId, version: i64) -> Result<bool> {
    let changed = if version == 0 {
        Both(
            diesel::insert_into(plans::table)
                .values((
                    plans::patient_id.eq(patient),
                    plans::version.eq(1_i64),
                    plans::updated_at.eq(now),
                ))
                .on_conflict_do_nothing(),
        )
        .execute(c)?
    } else {
        diesel::update(plans::table.filter(plans::patient_id.eq(patient).and(plans::version.eq(version))))
            .set((plans::version.eq(version + 1), plans::updated_at.eq(now)))
            .execute(c)?
    };
    Ok(changed == 1)
}
/// Raises a plan's version, whatever it is. Before its items are changed, as everybody does: nobody waits in a circle.
pub(super) fn raise(c: &mut Conn, now: Instant, patient: PatientId) -> Result<()> {
    diesel::update(plans::table.find(patient))
        .set((plans::version.eq(plans::version + 1_i64), plans::updated_at.eq(now)))
        .execute(c)?;
    Ok(())
}

/// Where and when a line was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub patient: PatientId,
    pub visit: Option<VisitId>,
    pub day: NaiveDate,
    pub at: Instant,
}
pub(super) fn insert_item(c: &mut Conn, w: Written, position: i32, line: &PlanLine) -> Result<()> {
    diesel::insert_into(items::table)
        .values((
            items::patient_id.eq(w.patient),
            items::position.eq(position),
            items::service_id.eq(line.service),
            items::teeth.eq(&line.teeth),
            items::note.eq(&line.note),
            items::minutes.eq(line.minutes),
            items::days_after.eq(line.days_after),
            items::state.eq(PlanState::Planned),
            items::visit_id.eq(w.visit),
            items::written_on.eq(w.day),
            items::drop_reason.eq(""),
            items::created_at.eq(w.at),
        ))
        .execute(c)?;
    Ok(())
}
/// Writes a line over an item; with a reason it is dropped.
pub(super) fn update_item(c: &mut Conn, id: PlanItemId, position: i32, line: &PlanLine) -> Result<()> {
    diesel::update(items::table.find(id))
        .set((
            items::position.eq(position),
            items::service_id.eq(line.service),
            items::teeth.eq(&line.teeth),
            items::note.eq(&line.note),
            items::minutes.eq(line.minutes),
            items::days_after.eq(line.days_after),
            items::drop_reason.eq(&line.drop),
            (!line.drop.is_empty()).then(|| items::state.eq(PlanState::Dropped)),
        ))
        .execute(c)?;
    Ok(())
}
pub(super) fn update_position(c: &mut Conn, id: PlanItemId, position: i32) -> Result<()> {
    diesel::update(items::table.find(id))
        .set(items::position.eq(position))
        .execute(c)?;
    Ok(())
}
/// A planned item becomes booked as an appointment; false when it is not planned any more.
pub(super) fn update_booked(c: &mut Conn, id: PlanItemId, appointment: i64) -> Result<bool> {
    let planned = items::table.filter(items::id.eq(id).and(items::state.eq(PlanState::Planned)));
    let changed = diesel::update(planned)
        .set((
            items::state.eq(PlanState::Booked),
            items::appointment_id.eq(appointment),
        ))
        .execute(c)?;
    Ok(changed == 1)
}
/// Moves an item from one state to another; false when it was not in `from`.
pub(super) fn update_state(
    c: &mut Conn,
    id: PlanItemId,
    (from, to): (PlanState, PlanState),
    done_on: Option<NaiveDate>,
) -> Result<bool> {
    let changed = diesel::update(items::table.filter(items::id.eq(id).and(items::state.eq(from))))
        .set((items::state.eq(to), items::done_on.eq(done_on)))
        .execute(c)?;
    Ok(changed == 1)
}

/// A patient whose plan goes on, and of which nothing is booked.
pub(super) struct Waiting {
    pub patient: Patient,
    pub next: Planned,
    /// Items without an appointment.
    pub left: usize,
}
/// Where a row of [`list_waiting`] stands.
pub(super) type Place = (NaiveDate, PlanItemId);

impl Waiting {
    pub fn place(&self) -> Place {
        (self.next.from, self.next.item.id)
    }
}
/// Patients who have planned items and none that is booked, by the day from which the next should be: so many after a place.
pub(super) fn list_waiting(c: &mut Conn, after: Option<Place>, limit: usize) -> Result<Vec<Waiting>> {
    let zone = clinic::the_site(c)?.tz();
    let (planned, booked) = diesel::alias!(items as planned, items as booked);
    let planned = planned
        .filter(planned.field(items::state).eq(PlanState::Planned))
        .select(planned.field(items::patient_id));
    let booked = booked
        .filter(booked.field(items::state).eq(PlanState::Booked))
        .select(booked.field(items::patient_id));
    let rows: Vec<PlanItem> = items::table
        .inner_join(patients::table)
        .filter(patients::deceased.eq(false))
        .filter(items::patient_id.eq_any(planned))
        .filter(items::patient_id.ne_all(booked))
        .order((items::patient_id, items::position, items::id))
        .select(items::all_columns)
        .load(c)?;
    let mut plans: BTreeMap<PatientId, Vec<(PlanItem, Option<Instant>)>> = BTreeMap::new();
    for item in rows {
        plans.entry(item.patient_id).or_default().push((item, None));
    }
    let mut found: Vec<(PatientId, Planned, usize)> = Vec::with_capacity(plans.len());
    for (patient, rows) in plans {
        let plan = Plan::new((patient, 0), rows, zone);
        if let Some(next) = plan.next() {
            found.push((patient, next.clone(), plan.unbooked().count()));
        }
    }
    found.retain(|(_, next, _)| after.is_none_or(|place| (next.from, next.item.id) > place));
    found.sort_by_key(|(_, next, _)| (next.from, next.item.id));
    found.truncate(limit);
    let ids: Vec<PatientId> = found.iter().map(|(patient, ..)| *patient).collect();
    let people: Vec<Patient> = patients::table.filter(patients::id.eq_any(ids)).load(c)?;
    let people: BTreeMap<PatientId, Patient> = people.into_iter().map(|p| (p.id, p)).collect();
    let waiting = found.into_iter().filter_map(|(patient, next, left)| {
        Some(Waiting {
            patient: people.get(&patient)?.clone(),
            next,
            left,
        })
    });
    Ok(waiting.collect())
}
