//! Treatment plans that are under way: root canals and the crown after them, orthodontics every four weeks, implants.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::clinic::Sample;
use crate::appointments::Status;
use crate::clinic::ServiceId;
use crate::patients::PatientId;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointments, plan_items, treatment_plans, treatments, visits};
use crate::platform::error::Result;
use crate::records::plan::{PlanState, book_item, find_plan};
use crate::records::{VisitId, VisitStatus};
use crate::staff::Actor;

/// A plan begins with a visit of the last so many days.
const BEGUN_WITHIN_DAYS: i64 = 30;

/// What follows one kind of visit.
struct Course {
    /// The first visit's service.
    begins: &'static str,
    /// So many patients have such a plan.
    patients: usize,
    /// What comes then: service, days after the one before, note.
    then: &'static [(&'static str, i32, &'static str)],
}

#[rustfmt::skip]
const COURSES: [Course; 3] = [
    Course { begins: "root-canal", patients: 8, then: &[("root-canal", 7, "根管预备"), ("root-canal", 7, "根管充填"), ("crown", 14, "全瓷冠")] },
    Course { begins: "ortho-adjust", patients: 6, then: &[("ortho-adjust", 28, "更换弓丝"), ("ortho-adjust", 28, ""), ("ortho-adjust", 28, ""), ("ortho-adjust", 28, "")] },
    Course { begins: "implant", patients: 4, then: &[("sutures-out", 10, ""), ("implant-review", 90, "二期前拍片"), ("crown", 30, "种植牙冠")] },
];

/// The visit that a plan began with: itself, its patient, its appointment, its day.
type First = (VisitId, PatientId, Option<i64>, NaiveDate);

/// Makes the plans, each begun by a visit that took place, and books what is booked of them already.
///
/// # Errors
/// Those of the database.
pub fn build(c: &mut Conn, now: Instant, sample: &Sample) -> Result<()> {
    let since = plus_days(now.day(sample.site.tz()), -BEGUN_WITHIN_DAYS);
    let mut have: Vec<PatientId> = Vec::new();
    for course in &COURSES {
        let Some(service) = service(sample, course.begins) else {
            continue;
        };
        let firsts: Vec<First> = visits::table
            .filter(visits::service_id.eq(service).and(visits::day.ge(since)))
            .filter(
                visits::status
                    .eq(VisitStatus::Finished)
                    .and(visits::appointment_id.is_not_null()),
            )
            .order((visits::day, visits::id))
            .select((visits::id, visits::patient_id, visits::appointment_id, visits::day))
            .load(c)?;
        let mut left = course.patients;
        for first in firsts {
            if left > 0 && !have.contains(&first.1) {
                plan(c, now, sample, (course, service), first)?;
                have.push(first.1);
                left -= 1;
            }
        }
    }
    Ok(())
}

fn service(sample: &Sample, code: &str) -> Option<ServiceId> {
    sample.services.iter().find(|s| s.code == code).map(|s| s.id)
}

fn plan(
    c: &mut Conn,
    now: Instant,
    sample: &Sample,
    (course, begins): (&Course, ServiceId),
    (visit, patient, appointment, day): First,
) -> Result<()> {
    diesel::insert_into(treatment_plans::table)
        .values((
            treatment_plans::patient_id.eq(patient),
            treatment_plans::version.eq(1_i64),
            treatment_plans::updated_at.eq(now),
        ))
        .execute(c)?;
    let teeth: Option<String> = treatments::table
        .filter(treatments::visit_id.eq(visit))
        .order(treatments::position)
        .select(treatments::tooth)
        .first(c)
        .optional()?
        .flatten();
    let then = course
        .then
        .iter()
        .filter_map(|(code, days, note)| Some((service(sample, code)?, *days, *note)));
    let all = std::iter::once((begins, 0, "")).chain(then);
    for ((service, days, note), position) in all.zip(1_i32..) {
        let first = position == 1;
        diesel::insert_into(plan_items::table)
            .values((
                plan_items::patient_id.eq(patient),
                plan_items::position.eq(position),
                plan_items::service_id.eq(service),
                plan_items::teeth.eq(&teeth),
                plan_items::note.eq(note),
                plan_items::days_after.eq(days),
                plan_items::state.eq(if first { PlanState::Done } else { PlanState::Planned }),
                plan_items::appointment_id.eq(appointment.filter(|_| first)),
                plan_items::visit_id.eq(visit),
                plan_items::written_on.eq(day),
                plan_items::done_on.eq(first.then_some(day)),
                plan_items::drop_reason.eq(""),
                plan_items::created_at.eq(now),
            ))
            .execute(c)?;
    }
    let ahead: Vec<(i64, ServiceId)> = appointments::table
        .filter(
            appointments::patient_id
                .eq(patient)
                .and(appointments::starts_at.gt(now)),
        )
        .filter(appointments::status.eq_any([Status::Booked, Status::Confirmed]))
        .order(appointments::starts_at)
        .select((appointments::id, appointments::service_id))
        .load(c)?;
    for (appointment, service) in ahead {
        let is_next = find_plan(c, patient)?
            .next()
            .is_some_and(|p| p.item.service_id == service);
        if is_next {
            book_item(c, now, &Actor::system("demo"), (appointment, patient, service), None)?;
        }
    }
    Ok(())
}
