//! What is expected in the next day, hour by hour, and whether the hours that are over kept to it: a scheduler that silently
//! does nothing is found by what did not happen, and one that does too much by what nobody expected.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::campaigns;
use super::super::model::{Became, Deviation, RuleAction, Span};
use super::super::store::forecast::{self, Expected};
use super::preview::preview;
use crate::messaging::{Carrier, Purpose};
use crate::patients::PatientId;
use crate::platform::clock::{HOUR_MS, Instant, MINUTE_MS};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;

/// How far ahead is looked.
const AHEAD_HOURS: i64 = 24;
/// How far back single hours are compared, and all of them together: what is too few to be told of an hour is not of a day.
const BACK_HOURS: i64 = 12;
const BACK_ALL_HOURS: i64 = 24;
/// So long after an hour its messages should be there.
const GRACE_MS: i64 = 20 * MINUTE_MS;
/// The hours that somebody changes a rule in, and the next, which may have been foretold before: they are not compared.
const CHANGED_HOURS: i64 = 2;

/// The start of the hour of an instant.
fn hour_of(at: Instant) -> Instant {
    Instant(at.0 - at.0.rem_euclid(HOUR_MS))
}

/// Writes down what the next day should bring, for every hour that has not begun: by rules and campaigns.
///
/// # Errors
/// Those of the database.
pub async fn foretell(db: &Db, now: Instant) -> Result<String> {
    let from = hour_of(now) + HOUR_MS;
    let span = Span {
        // A span leaves its first instant out.
        after: from + -1,
        until: from + (AHEAD_HOURS * HOUR_MS - 1),
    };
    let starts: Vec<Instant> = (0..AHEAD_HOURS).map(|n| from + n * HOUR_MS).collect();
    let of_hours = starts.clone();
    let (due, of_campaigns) = db
        .read(move |c| Ok((preview(c, span, now)?, campaigns::ahead_by_hour(c, now, &of_hours)?)))
        .await?;
    // An hour with nothing in it has a row, too: that it was foretold is what the fact is compared with.
    let mut hours: BTreeMap<(Instant, Purpose), i32> = starts.iter().map(|h| ((*h, Purpose::Reminder), 0)).collect();
    let mut families: HashMap<(Carrier, String), PatientId> = HashMap::new();
    for candidate in due {
        if candidate.excluded.is_none() && candidate.action == RuleAction::Message {
            // One message tells a family of all their recalls.
            if candidate.message.purpose == Purpose::Recall
                && let Some(to) = candidate.to.clone()
                && *families.entry(to).or_insert(candidate.message.patient) != candidate.message.patient
            {
                continue;
            }
            let of = (hour_of(candidate.message.due_at), candidate.message.purpose);
            *hours.entry(of).or_default() += 1;
        }
    }
    for (hour, n) in of_campaigns {
        *hours.entry((hour, Purpose::Campaign)).or_default() += i32::try_from(n).unwrap_or(i32::MAX);
    }
    let expected: Vec<Expected> = hours
        .into_iter()
        .map(|((hour, purpose), expected)| Expected {
            purpose,
            hour,
            expected,
        })
        .collect();
    let all: i32 = expected.iter().map(|e| e.expected).sum();
    db.write(move |c| forecast::replace(c, now, from, &expected)).await?;
    Ok(format!("{all} messages in the next 24 hours"))
}

/// What was foretold of this hour and the next does not hold any more: somebody changes what is sent.
pub fn forget_begun(c: &mut Conn, now: Instant) -> Result<()> {
    let hour = hour_of(now);
    forecast::forget(c, hour, hour + CHANGED_HOURS * HOUR_MS)
}

/// The hours that are over in which much less or much more went out than was foretold, and the last day where its hours did not
/// tell it. Counted is what has gone, or has a reason not to.
///
/// # Errors
/// Those of the database.
pub fn deviations(c: &mut Conn, now: Instant) -> Result<Vec<Deviation>> {
    let until = hour_of(now + -GRACE_MS);
    let from = until + -(BACK_ALL_HOURS * HOUR_MS);
    let mut expected: BTreeMap<(Instant, Purpose), i64> = BTreeMap::new();
    for e in forecast::expected(c, from, until)? {
        expected.insert((e.hour, e.purpose), i64::from(e.expected));
    }
    let foretold: BTreeSet<Instant> = expected.keys().map(|(hour, _)| *hour).collect();
    if foretold.is_empty() {
        return Ok(Vec::new());
    }
    let mut became: BTreeMap<(Instant, Purpose), Became> = BTreeMap::new();
    for (purpose, due_at, state, reason, n) in forecast::became(c, (from, until), GRACE_MS)? {
        if purpose.is_planned() && foretold.contains(&hour_of(due_at)) {
            became
                .entry((hour_of(due_at), purpose))
                .or_default()
                .add(state, reason.as_deref(), n);
        }
    }
    let kinds: BTreeSet<(Instant, Purpose)> = expected.keys().chain(became.keys()).copied().collect();
    let hours: Vec<Deviation> = kinds
        .into_iter()
        .map(|(hour, purpose)| Deviation {
            purpose,
            from: hour,
            hours: 1,
            expected: expected.get(&(hour, purpose)).copied().unwrap_or(0),
            became: became.get(&(hour, purpose)).copied().unwrap_or_default(),
        })
        .collect();
    let late = until + -(BACK_HOURS * HOUR_MS);
    let mut told: Vec<Deviation> = hours
        .iter()
        .filter(|d| d.from >= late && d.matters())
        .copied()
        .collect();
    for day in of_the_day(&hours).into_iter().filter(Deviation::matters) {
        if !told.iter().any(|d| d.purpose == day.purpose) {
            told.push(day);
        }
    }
    Ok(told)
}

/// The hours of each kind together.
fn of_the_day(hours: &[Deviation]) -> Vec<Deviation> {
    let first = hours.iter().map(|d| d.from).min();
    let count: BTreeSet<Instant> = hours.iter().map(|d| d.from).collect();
    let mut days: BTreeMap<Purpose, Deviation> = BTreeMap::new();
    for d in hours {
        let day = days.entry(d.purpose).or_insert(Deviation {
            from: first.unwrap_or(d.from),
            hours: i64::try_from(count.len()).unwrap_or(1),
            expected: 0,
            became: Became::default(),
            ..*d
        });
        day.expected += d.expected;
        day.became.went += d.became.went;
        day.became.excused += d.became.excused;
    }
    days.into_values().collect()
}
