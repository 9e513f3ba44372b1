//! Doing a plan, all of it or nothing; and taking all of it back.

mod drafts;

pub use drafts::{approve_draft, drop_draft, prepare};

use std::collections::BTreeMap;

use super::model::{Choice, Fate, Plan, PlanId, UNDO_MS, Wanted};
use super::store;
use crate::appointments::actions::{Step, Target, cancel_untold, move_untold, one_click, undo_within, which};
use crate::appointments::store::take_turns;
use crate::appointments::unscheduled::{self, CancelKind};
use crate::appointments::{Action, Appointment, AppointmentId, get_appointment, waiting};
use crate::clinic::{self, ChairId, ProviderId};
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::staff::{Actor, Subject, audit};

/// What was chosen for a visit, as of which version.
#[derive(Debug, Clone, Copy)]
pub struct Chosen {
    /// Which visit.
    pub id: AppointmentId,
    /// The version that was seen.
    pub version: i64,
    /// What becomes of it.
    pub fate: Fate,
}

/// Adds the leave and does to each visit what was chosen. Whatever cannot be done is named, and then nothing is. A patient of
/// whom several visits are moved, or cancelled, is told of all of them at once.
pub fn approve(c: &mut Conn, now: Instant, actor: &Actor, w: &Wanted, chosen: &[Chosen]) -> Result<PlanId> {
    let visits: Vec<Appointment> = store::affected(c, now, w)?.into_iter().map(|(a, _)| a).collect();
    lock(c, &visits)?;
    let visits: Vec<Appointment> = store::affected(c, now, w)?.into_iter().map(|(a, _)| a).collect();
    all_of_them(&visits, chosen)?;
    let (from, until) = (w.span.from, w.span.until);
    clinic::insert_leave(c, w.provider, from, until, &w.reason)?;
    let subject = Subject::of("provider_leave", w.provider.0);
    audit(c, now, actor, "create", subject, &format!("{from} - {until}"))?;
    let plan = store::insert_plan(c, now, actor, w)?;
    let mut done = Vec::new();
    for x in chosen {
        let Some(step) = one(c, now, actor, w, x)? else {
            store::insert_step(c, plan, x.id, (Choice::Call, x.version))?;
            continue;
        };
        store::insert_step(c, plan, x.id, (x.fate.choice(), step.visit.version))?;
        done.push(step);
    }
    tell(c, now, done)?;
    audit(c, now, actor, "approve", Subject::of("leave_plans", plan.0), "")?;
    Ok(plan)
}

/// Whether something was chosen for each of these visits as it is, and for no other.
fn all_of_them(visits: &[Appointment], chosen: &[Chosen]) -> Result<()> {
    let seen = |a: &Appointment| chosen.iter().any(|x| (x.id, x.version) == (a.id, a.version));
    if visits.len() == chosen.len() && visits.iter().all(seen) {
        return Ok(());
    }
    Err(Error::conflict(
        "stale",
        "这段时间的预约刚有变化，请再看一遍",
        "The visits in this time have just changed. Look at them again",
    ))
}

/// What was done to a visit.
struct Done {
    visit: Appointment,
    action: Action,
    /// Whether the patient is to hear of it.
    is_news: bool,
}

/// Tells each patient once of what was moved, and once of what was cancelled.
fn tell(c: &mut Conn, now: Instant, done: Vec<Done>) -> Result<()> {
    let mut groups: BTreeMap<(i64, bool), Vec<Done>> = BTreeMap::new();
    for x in done {
        let key = (x.visit.patient_id.0, x.action == Action::Cancel);
        groups.entry(key).or_default().push(x);
    }
    for ((_, cancelled), group) in groups {
        let action = if cancelled { Action::Cancel } else { Action::Move };
        let told: Vec<Appointment> = group.iter().filter(|x| x.is_news).map(|x| x.visit.clone()).collect();
        // What is no news is not of the one message: it says where each of its visits is now.
        one_click(c, now, action, (&told, &told))?;
    }
    Ok(())
}

/// Does to one visit what was chosen; none: it stays until the patient was called.
fn one(c: &mut Conn, now: Instant, actor: &Actor, w: &Wanted, x: &Chosen) -> Result<Option<Done>> {
    let a = get_appointment(c, x.id)?;
    let done = match x.fate {
        Fate::Called => return Ok(None),
        Fate::To(starts_at, provider) => {
            let step = Step {
                id: x.id,
                version: x.version,
                action: Action::Move,
            };
            let to = Target {
                starts_at,
                provider: Some(provider),
                chair: None,
                minutes: None,
                overbook: None,
            };
            move_untold(c, now, actor, step, &to)
        }
        Fate::Cancelled => {
            let why = format!("医生请假 {}", w.reason);
            cancel_untold(c, now, actor, (x.id, x.version), why.trim()).map(|a| (a, true))
        }
    };
    let (visit, is_news) = match done {
        Ok(done) => done,
        Err(e) => return Err(named(c, &a, e)?),
    };
    // Nobody is there in the time that this leaves, unless the leave is taken back.
    waiting::left_while_away(c, now, visit.id, visit.version)?;
    let action = if x.fate == Fate::Cancelled {
        unscheduled::set_kind(c, visit.id, CancelKind::Clinic)?;
        Action::Cancel
    } else {
        Action::Move
    };
    Ok(Some(Done { visit, action, is_news }))
}

/// The error with the patient and the time of the visit before it.
fn named(c: &mut Conn, a: &Appointment, e: Error) -> Result<Error> {
    let name = patients::get_patient(c, a.patient_id)?.name;
    let zone = clinic::get_site(c, a.site_id)?.tz();
    Ok(which(e, |lang: Lang| {
        format!("{name} {}", lang.day_time(a.starts_at, zone))
    }))
}

/// In one order over all of them, so that no two can wait for each other.
fn lock(c: &mut Conn, visits: &[Appointment]) -> Result<()> {
    let clinic = clinic::snapshot(c)?;
    let everybody: Vec<ProviderId> = clinic.providers.iter().map(|p| p.id).collect();
    let chairs = clinic.chairs.iter().map(|ch| ch.id);
    let first = everybody.first().copied().unwrap_or(ProviderId(0));
    let whom: Vec<(ProviderId, ChairId)> = chairs.map(|ch| (first, ch)).collect();
    let patients: Vec<PatientId> = visits.iter().map(|a| a.patient_id).collect();
    take_turns(c, &whom, &everybody, &patients)
}

/// Whether a plan can still be taken back.
pub fn can_undo(plan: &Plan, now: Instant) -> bool {
    plan.undone_at.is_none() && now - plan.created_at <= UNDO_MS
}

/// Takes a whole plan back: the leave, and every step, unless one of the visits has changed since; then nothing.
pub fn undo(c: &mut Conn, now: Instant, actor: &Actor, id: PlanId) -> Result<()> {
    let (plan, steps) = store::get_plan(c, id)?;
    if !can_undo(&plan, now) || !store::mark_undone(c, now, id)? {
        return Err(Error::conflict(
            "too_late",
            "已经撤销，或已超过可撤销的 2 分钟",
            "It was taken back already, or the 2 minutes for that are over",
        ));
    }
    let visits: Vec<Appointment> = steps.iter().map(|(_, a, _)| a.clone()).collect();
    lock(c, &visits)?;
    let leaves = clinic::list_leaves(c, plan.starts_at, plan.ends_at)?;
    let own = leaves
        .iter()
        .rev()
        .find(|l| (l.provider_id, l.starts_at, l.ends_at) == (Some(plan.provider_id), plan.starts_at, plan.ends_at));
    if let Some(leave) = own {
        clinic::delete_leave(c, leave.id)?;
        let subject = Subject::of("provider_leave", plan.provider_id.0);
        audit(
            c,
            now,
            actor,
            "delete",
            subject,
            &format!("{} - {}", plan.starts_at, plan.ends_at),
        )?;
    }
    for (step, a, _) in steps.iter().rev() {
        if step.choice != Choice::Call
            && let Err(e) = undo_within(c, now, actor, (a.id, step.version), UNDO_MS)
        {
            return Err(named(c, a, e)?);
        }
    }
    audit(c, now, actor, "undo", Subject::of("leave_plans", id.0), "")
}
