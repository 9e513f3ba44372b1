//! What people do with a plan: write it, book what is in it. Each runs inside its caller's transaction.

use super::super::model::VisitId;
use super::model::{Plan, PlanItem, PlanItemId, PlanLine, PlanState, in_short};
use super::store::{self, Written};
use crate::clinic::{self, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::{self, Actor, Subject};

pub(super) fn subject(patient: PatientId) -> Subject {
    Subject::of_patient("treatment_plans", patient.0, patient.0)
}

/// Makes the open items of a patient's plan what `lines` say, in their order, on the version that was read: new ones come
/// with their row, one that will not be done says why, none may be left out. Lines that say what is there already change
/// nothing, whatever the version.
///
/// # Errors
/// `stale` when somebody else changed the plan since, with who and when; `Invalid` at the fields of the rows.
pub fn save_plan(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (patient, visit, version): (PatientId, Option<VisitId>, i64),
    lines: &[PlanLine],
) -> Result<Plan> {
    let plan = store::find_plan(c, patient)?;
    let lines = plan.still_open(lines);
    if plan.says(&lines) {
        return Ok(plan);
    }
    let clinic = clinic::snapshot(c)?;
    let zone = clinic.site.tz();
    if plan.version != version {
        return Err(staff::stale(c, zone, subject(patient))?);
    }
    plan.check(&lines, &clinic).finish()?;
    if !store::raise_from(c, now, patient, version)? {
        return Err(staff::stale(c, zone, subject(patient))?);
    }
    let written = Written {
        patient,
        visit,
        day: now.day(zone),
        at: now,
    };
    // What is over comes first, then what is dropped now, then what is to come.
    let (dropped, open): (Vec<&PlanLine>, Vec<&PlanLine>) = lines.into_iter().partition(|l| !l.drop.is_empty());
    let mut places = 1_i32..;
    let over = plan.items.iter().map(|p| &p.item).filter(|i| !i.state.is_open());
    for (item, place) in over.zip(&mut places) {
        store::update_position(c, item.id, place)?;
    }
    for (line, place) in dropped.iter().chain(&open).zip(&mut places) {
        match line.id {
            Some(id) => store::update_item(c, id, place, line)?,
            None => store::insert_item(c, written, place, line)?,
        }
    }
    let after = store::find_plan(c, patient)?;
    let open_of = |p: &Plan| in_short(p.open().map(|p| &p.item), &clinic);
    let reasons: Vec<&str> = dropped.iter().map(|l| l.drop.as_str()).collect();
    let detail = format!("{} -> {} {}", open_of(&plan), open_of(&after), reasons.join("; "));
    let action = if version == 0 { "create" } else { "update" };
    staff::audit(c, now, actor, action, subject(patient), detail.trim_end())?;
    Ok(after)
}

/// An appointment has been booked: `item` is what it is for, or else the next item of its service in the patient's plan,
/// if there is one.
///
/// # Errors
/// `plan_changed` when `item` is not planned any more, or is another patient's or service's.
pub fn book_item(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (appointment, patient, service): (i64, PatientId, ServiceId),
    item: Option<PlanItemId>,
) -> Result<()> {
    let found = match item {
        Some(id) => store::find_item(c, id)?.filter(|i| (i.patient_id, i.service_id) == (patient, service)),
        None => store::find_unbooked(c, patient, service)?,
    };
    let booked = match &found {
        Some(i) => {
            store::raise(c, now, patient)?;
            store::update_booked(c, i.id, appointment)?
        }
        None => false,
    };
    match found {
        Some(i) if booked => note(c, now, actor, &i, PlanState::Booked),
        _ if item.is_some() => Err(Error::conflict(
            "plan_changed",
            "治疗计划已变动，请重新查看后再约",
            "The treatment plan has changed: look at it again before booking",
        )),
        _ => Ok(()),
    }
}

/// What became of an appointment.
#[derive(Debug, Clone, Copy)]
pub struct Followed {
    /// Which.
    pub appointment: i64,
    /// When it is.
    pub at: Instant,
    /// Whether it was at another time before.
    pub moved: bool,
    /// What it makes of its item: planned when it does not take place, booked, or done.
    pub state: PlanState,
}

/// The plan's item of an appointment, if it has one, goes as the appointment goes.
pub fn follow_appointment(c: &mut Conn, now: Instant, actor: &Actor, f: Followed) -> Result<()> {
    let item = store::find_by_appointment(c, f.appointment)?;
    let Some(item) = item.filter(|i| i.state != PlanState::Dropped) else {
        return Ok(());
    };
    if item.state == f.state {
        // The days of what comes after it are counted from it.
        return if f.moved {
            store::raise(c, now, item.patient_id)
        } else {
            Ok(())
        };
    }
    let done_on = match f.state {
        PlanState::Done => Some(f.at.day(clinic::the_site(c)?.tz())),
        _ => None,
    };
    store::raise(c, now, item.patient_id)?;
    if store::update_state(c, item.id, (item.state, f.state), done_on)? {
        note(c, now, actor, &item, f.state)?;
    }
    Ok(())
}

fn note(c: &mut Conn, now: Instant, actor: &Actor, item: &PlanItem, state: PlanState) -> Result<()> {
    let clinic = clinic::snapshot(c)?;
    let detail = format!(
        "{}: {} -> {state}",
        in_short(std::iter::once(item), &clinic),
        item.state
    );
    staff::audit(c, now, actor, "update", subject(item.patient_id), &detail)
}
