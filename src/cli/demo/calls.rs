//! Follow-up calls of the last weeks: made as the product makes them, most of them done, some waiting for today's nurse.

use super::clinic::Sample;
use crate::callbacks::{self, CallResult, FollowUps, Report, Task};
use crate::clinic;
use crate::platform::clock::{DAY_MS, Instant, day_bounds, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::records::{self, VisitObserver, VisitStatus};
use crate::staff::{self, Actor};

/// How far back calls go, in days.
const DAYS: i64 = 45;
/// Calls this recent are partly still to be made, in days.
const RECENT_DAYS: i64 = 4;
/// The evening's calls began so long before midnight (17:40) …
const EVENING_MINUTES: i64 = 380;
/// … and the morning's so long after (9:00).
const MORNING_MINUTES: i64 = 540;
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
    let midnight = day_bounds(zone, today).0;
    let open = callbacks::list_due(c, midnight, nurse.role)?;
    let recent = open.iter().filter(|t| midnight - t.due_at <= RECENT_DAYS * DAY_MS).count();
    for (n, task) in open.iter().enumerate() {
        let since_recent = (n + recent).checked_sub(open.len());
        if let Some(ending) = ending(since_recent, n, midnight, task) {
            log(c, &actor, n, (task, ending))?;
        }
    }
    Ok(())
}

/// How and when a call of the past ended. Of the last days' calls one is overdue, some were not reached yesterday evening
/// and are due again today, some were made this morning.
fn ending(since_recent: Option<usize>, n: usize, midnight: Instant, task: &Task) -> Option<Ending> {
    let minutes = i64::try_from(n % 40).unwrap_or(0);
    let ended = |result, at: Instant| Some(Ending { result, at: at.plus_minutes(minutes) });
    match since_recent {
        Some(2) => None,
        Some(k) if k % 4 == 0 => ended(CallResult::NoAnswer, midnight.plus_minutes(-EVENING_MINUTES)),
        Some(k) if k % 4 == 1 => ended(CallResult::Reached, midnight.plus_minutes(MORNING_MINUTES)),
        None if n % 11 == 4 => ended(CallResult::Declined, task.due_at),
        _ => ended(CallResult::Reached, task.due_at),
    }
}

struct Ending {
    result: CallResult,
    at: Instant,
}

fn log(c: &mut Conn, actor: &Actor, n: usize, (task, ending): (&Task, Ending)) -> Result<()> {
    const SCORES: [Option<i32>; 7] = [Some(5), Some(4), None, Some(5), Some(5), None, Some(3)];
    const NOTES: [&str; 5] = ["", "恢复良好", "", "轻微肿胀，已嘱冷敷", ""];
    let talked = ending.result == CallResult::Reached;
    let (mut score, mut note) = (SCORES.get(n % SCORES.len()).copied().flatten(), NOTES.get(n % NOTES.len()).copied());
    let mut pain = if n % 5 == 3 { "4" } else { "1" };
    match n % 30 {
        17 => (score, note) = (Some(2), Some("等候太久")),
        23 => (pain, note) = ("8", Some("止痛药无效，夜里痛醒")),
        _ => {}
    }
    let answers = [("pain", pain), ("bleed", "0"), ("swell", "0"), ("med", "0")];
    let answers = answers.into_iter().filter(|_| talked).map(|(k, v)| (k.to_owned(), v.to_owned()));
    let report = Report {
        version: task.version,
        result: ending.result,
        answers: answers.collect(),
        score: score.filter(|_| talked),
        note: note.filter(|_| talked).unwrap_or_default().to_owned(),
        later_at: None,
        also: Vec::new(),
    };
    callbacks::record_attempt(c, ending.at, actor, task.id, &report).map(drop)
}
