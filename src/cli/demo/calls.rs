//! What the sample visits led to: calls made over eighteen months with their marks, and those due today.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Weekday};
use chrono_tz::Tz;

use super::clinic::Sample;
use super::history::Past;
use super::people::Dice;
use crate::callbacks::{self, CallResult, FollowUps, Report, Task, TaskKind};
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS, at_minute, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::records::{self, VisitObserver};
use crate::staff::{Actor, Role};

/// Calls of visits older than this are not made up: eighteen months of them say no more than four.
const MADE_UP_MS: i64 = 120 * DAY_MS;
/// Calls that fell due longer ago than this have been made; later ones wait for the nurse. Long enough that on a Monday the
/// weekend's are still there.
const LEFT_MS: i64 = 74 * 60 * MINUTE_MS;
/// Of those made, so many were made this morning, from this minute of the day on, one after the other; when it is too early
/// for that, on the last afternoon that the clinic was open.
const LAST: usize = 9;
const MORNING: i32 = 8 * 60 + 50;
const AFTERNOON: i32 = 16 * 60;
const EACH_MINUTES: i64 = 8;

const NOTES: [&str; 6] = ["恢复良好", "轻微肿胀，已嘱冰敷", "对护士很满意", "等候时间偏长", "", ""];

/// Makes the calls by the product's own rules, as the visits were finished.
///
/// # Errors
/// Those of the database.
pub fn build(c: &mut Conn, now: Instant, sample: &Sample, past: &[Past]) -> Result<()> {
    let mut dice = Dice::new(11);
    let caller = |i: usize, name: &str, role| Actor {
        user: sample.users.get(i).copied(),
        name: name.into(),
        role: Some(role),
        ..Actor::system("demo")
    };
    let (nurse, manager) = (caller(2, "林洁", Role::Nurse), caller(4, "孙护士长", Role::Manager));
    let mut waiting: BTreeSet<(Instant, PatientId)> = BTreeSet::new();
    for p in past.iter().filter(|p| now - p.finished_at < MADE_UP_MS) {
        let visit = records::get_visit(c, p.visit)?;
        FollowUps.finished(c, p.finished_at, &visit)?;
        if let Some(task) = due(c, visit.patient_id, now)? {
            waiting.insert((task.due_at, visit.patient_id));
        }
    }
    let earlier = waiting.len().saturating_sub(LAST);
    let first_of_last = last_calls_from(now, sample.site.tz());
    for (i, (_, patient)) in waiting.into_iter().enumerate() {
        let turn = i64::try_from(i.saturating_sub(earlier)).unwrap_or(0);
        // Each third of the last patients did not answer and is tried again.
        if i >= earlier {
            let at = first_of_last.plus_minutes(turn * EACH_MINUTES);
            if let Some(task) = due(c, patient, now)?.filter(|t| t.kind == TaskKind::FollowUp) {
                let report = call(&mut dice, task.version, turn % 3 != 1);
                callbacks::record_attempt(c, at, &nurse, task.id, &report)?;
            }
            continue;
        }
        // Nobody reached is tried again by rule: until the last try that lies in the past.
        while let Some(task) = due(c, patient, now)? {
            let at = task.due_at.plus_minutes(i64::try_from(dice.below(90)).unwrap_or(0));
            let (who, report) = match task.kind {
                TaskKind::LowScore => (&manager, settled(task.version)),
                _ => {
                    let reached = !dice.one_in(9);
                    (&nurse, call(&mut dice, task.version, reached))
                }
            };
            callbacks::record_attempt(c, at, who, task.id, &report)?;
        }
    }
    Ok(())
}

/// When the first of the last calls was made.
fn last_calls_from(now: Instant, zone: Tz) -> Instant {
    let today = now.day(zone);
    let morning = at_minute(zone, today, MORNING);
    let took = i64::try_from(LAST).unwrap_or(0) * EACH_MINUTES;
    if morning.plus_minutes(took) < now {
        return morning;
    }
    let back = if today.weekday() == Weekday::Mon { 2 } else { 1 };
    at_minute(zone, plus_days(today, -back), AFTERNOON)
}

/// A call of this patient, after a visit or after a bad mark, that was to be made by now.
fn due(c: &mut Conn, patient: PatientId, now: Instant) -> Result<Option<Task>> {
    let open = callbacks::list_open_of_patient(c, patient, now + -LEFT_MS)?;
    Ok(open
        .into_iter()
        .find(|t| matches!(t.kind, TaskKind::FollowUp | TaskKind::LowScore)))
}

/// The head nurse has heard what was wrong.
fn settled(version: i64) -> Report {
    Report {
        version,
        result: CallResult::Reached,
        answers: BTreeMap::new(),
        score: None,
        note: "已当面沟通，患者表示理解".into(),
        later_at: None,
        also: Vec::new(),
    }
}

/// How most calls go: reached, nothing unusual, a mark of four or five; now and then a worse one.
fn call(dice: &mut Dice, version: i64, reached: bool) -> Report {
    let score = match dice.below(20) {
        0 => 2,
        1 | 2 => 3,
        3..=8 => 4,
        _ => 5,
    };
    Report {
        version,
        result: if reached {
            CallResult::Reached
        } else {
            CallResult::NoAnswer
        },
        answers: BTreeMap::new(),
        score: reached.then_some(score),
        note: if reached {
            dice.pick(&NOTES).to_owned()
        } else {
            String::new()
        },
        later_at: None,
        also: Vec::new(),
    }
}
