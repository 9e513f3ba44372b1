//! Follow-up calls of the last weeks: made as the product makes them, most of them done, some waiting for today's nurse.

use std::collections::BTreeMap;

use super::clinic::Sample;
use crate::callbacks::{self, CallResult, FollowUps, Report, Task};
use crate::clinic;
use crate::platform::clock::{Instant, MINUTE_MS, day_bounds, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::records::{self, VisitObserver, VisitStatus};
use crate::staff::{self, Actor};

/// How far back calls go, in days.
const DAYS: i64 = 45;
/// The nurse's account among the sample's.
const NURSE: usize = 2;

/// Makes the calls of the finished visits and logs those of the past.
pub fn build(c: &mut Conn, now: Instant, sample: &Sample) -> Result<()> {
    let zone = clinic::the_site(c)?.tz();
    let today = now.day(zone);
    for day in (0..=DAYS).rev().map(|n| plus_days(today, -n)) {
        for visit in records::list_day(c, day)? {
            if visit.status == VisitStatus::Finished {
                FollowUps.finished(c, visit.updated_at, &visit)?;
            }
        }
    }
    let Some(user) = sample.users.get(NURSE) else { return Ok(()) };
    let Some(nurse) = staff::find_user(c, *user)? else { return Ok(()) };
    let actor = Actor { user: Some(nurse.id), role: Some(nurse.role), ..Actor::system(&nurse.name) };
    let since = day_bounds(zone, today).0;
    let open = callbacks::list_due(c, now + 12 * 60 * MINUTE_MS, nurse.role)?;
    for (n, task) in open.iter().enumerate() {
        if let Some(result) = ending(n, task.due_at < since) {
            log(c, &actor, n, (task, result))?;
        }
    }
    Ok(())
}

/// Of the past all but one are done, of today a third; a few were not reached.
fn ending(n: usize, past: bool) -> Option<CallResult> {
    match (past, n % 11) {
        (true, 0) if n == 0 => None,
        (true, 4) => Some(CallResult::Declined),
        (true, _) => Some(CallResult::Reached),
        (false, 1 | 4 | 8) => Some(CallResult::Reached),
        (false, 6) => Some(CallResult::NoAnswer),
        (false, _) => None,
    }
}

fn log(c: &mut Conn, actor: &Actor, n: usize, (task, result): (&Task, CallResult)) -> Result<()> {
    const SCORES: [Option<i32>; 7] = [Some(5), Some(4), None, Some(5), Some(5), None, Some(3)];
    const NOTES: [&str; 5] = ["", "恢复良好", "", "轻微肿胀，已嘱冷敷", ""];
    let talked = result == CallResult::Reached;
    let pick = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let answers = [pick("pain", if n % 5 == 3 { "4" } else { "1" }), pick("bleed", "0"), pick("swell", "0"), pick("med", "0")];
    let report = Report {
        version: task.version,
        result,
        answers: if talked { BTreeMap::from(answers) } else { BTreeMap::new() },
        score: SCORES.get(n % SCORES.len()).copied().flatten().filter(|_| talked),
        note: NOTES.get(n % NOTES.len()).filter(|_| talked).copied().unwrap_or_default().to_owned(),
        later_at: None,
        also: Vec::new(),
    };
    let minutes = i64::try_from(n % 40).unwrap_or(0);
    let at = Instant(task.due_at.0).plus_minutes(minutes);
    callbacks::record_attempt(c, at, actor, task.id, &report).map(drop)
}
