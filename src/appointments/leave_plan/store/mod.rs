//! All SQL of leave plans.

mod drafts;

pub use drafts::{end_draft, get_draft, insert_draft, list_drafts};

use diesel::prelude::*;

use super::model::{Choice, Plan, PlanId, PlanStep, Wanted};
use crate::appointments::{Appointment, AppointmentId, Status};
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointments as a, leave_plan_steps as steps, leave_plans as plans, patients};
use crate::platform::error::{Error, Result};
use crate::staff::Actor;

/// A step with its visit and whose it is.
pub type StepOfPlan = (PlanStep, Appointment, Patient);

/// Planned visits in which the provider treats or helps, that begin after `now` and that the leave takes, by time.
pub fn affected(c: &mut Conn, now: Instant, w: &Wanted) -> Result<Vec<(Appointment, Patient)>> {
    Ok(a::table
        .inner_join(patients::table)
        .filter(
            a::provider_id
                .eq(w.provider)
                .or(a::second_id.assume_not_null().eq(w.provider)),
        )
        .filter(a::status.eq_any([Status::Booked, Status::Confirmed]))
        .filter(a::starts_at.gt(now))
        .filter(a::busy_from.lt(w.span.until).and(a::busy_until.gt(w.span.from)))
        .order((a::starts_at, a::id))
        .select((a::all_columns, patients::all_columns))
        .load(c)?)
}
/// Writes down a plan that is being done.
pub fn insert_plan(c: &mut Conn, now: Instant, actor: &Actor, w: &Wanted) -> Result<PlanId> {
    Ok(diesel::insert_into(plans::table)
        .values((
            plans::provider_id.eq(w.provider),
            plans::starts_at.eq(w.span.from),
            plans::ends_at.eq(w.span.until),
            plans::reason.eq(&w.reason),
            plans::user_id.eq(actor.user),
            plans::actor.eq(&actor.name),
            plans::created_at.eq(now),
        ))
        .returning(plans::id)
        .get_result(c)?)
}
/// And what it did to a visit.
pub fn insert_step(c: &mut Conn, plan: PlanId, id: AppointmentId, (choice, version): (Choice, i64)) -> Result<()> {
    diesel::insert_into(steps::table)
        .values((
            steps::plan_id.eq(plan),
            steps::appointment_id.eq(id),
            steps::choice.eq(choice),
            steps::version.eq(version),
        ))
        .execute(c)?;
    Ok(())
}
/// What is read of a plan.
const SHOWN: (
    plans::id,
    plans::provider_id,
    plans::starts_at,
    plans::ends_at,
    plans::reason,
    plans::actor,
    plans::created_at,
    plans::undone_at,
) = (
    plans::id,
    plans::provider_id,
    plans::starts_at,
    plans::ends_at,
    plans::reason,
    plans::actor,
    plans::created_at,
    plans::undone_at,
);

/// Plans, the latest first, each with how many patients are still to be called; those before `before`.
pub fn list_plans(c: &mut Conn, before: Option<PlanId>, limit: i64) -> Result<Vec<(Plan, usize)>> {
    let mut query = plans::table
        .select(SHOWN)
        .order(plans::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(plans::id.lt(before));
    }
    let found: Vec<Plan> = query.load(c)?;
    let ids: Vec<PlanId> = found.iter().map(|p| p.id).collect();
    let calls: Vec<PlanId> = steps::table
        .inner_join(a::table)
        .filter(steps::plan_id.eq_any(&ids))
        .filter(steps::choice.eq(Choice::Call).and(steps::version.eq(a::version)))
        .filter(a::status.eq_any([Status::Booked, Status::Confirmed]))
        .select(steps::plan_id)
        .load(c)?;
    let left = |p: &Plan| match p.undone_at {
        None => calls.iter().filter(|id| **id == p.id).count(),
        Some(_) => 0,
    };
    Ok(found.into_iter().map(|p| (left(&p), p)).map(|(n, p)| (p, n)).collect())
}
/// A plan that must be there, and its steps in order with the visits as they are now.
pub fn get_plan(c: &mut Conn, id: PlanId) -> Result<(Plan, Vec<StepOfPlan>)> {
    let plan = plans::table.find(id).select(SHOWN).first(c).optional()?;
    let plan = plan.ok_or(Error::NotFound("leave plan"))?;
    let list = steps::table
        .inner_join(a::table.inner_join(patients::table))
        .filter(steps::plan_id.eq(id))
        .order(steps::id)
        .select((
            (steps::appointment_id, steps::choice, steps::version),
            a::all_columns,
            patients::all_columns,
        ))
        .load(c)?;
    Ok((plan, list))
}
/// Marks a plan as taken back, once. Whether it was.
pub fn mark_undone(c: &mut Conn, now: Instant, id: PlanId) -> Result<bool> {
    let row = plans::table.filter(plans::id.eq(id).and(plans::undone_at.is_null()));
    Ok(diesel::update(row).set(plans::undone_at.eq(Some(now))).execute(c)? == 1)
}
