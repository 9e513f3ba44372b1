//! What is expected in the next day, hour by hour, and whether the hours that are over kept to it: a scheduler that silently
//! does nothing is found by what did not happen.

use std::collections::BTreeMap;

use super::super::model::{RuleAction, Span};
use super::super::store::forecast::{self, Expected};
use super::preview;
use crate::messaging::Purpose;
use crate::platform::clock::{HOUR_MS, Instant, MINUTE_MS};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;

/// How far ahead is looked.
const AHEAD_MS: i64 = 24 * HOUR_MS;
/// How far back is compared.
const BACK_MS: i64 = 12 * HOUR_MS;
/// So long after an hour its messages should be there.
const GRACE_MS: i64 = 20 * MINUTE_MS;
/// Fewer are no matter: visits are cancelled and moved.
const ENOUGH: i64 = 3;

/// An hour in which much less was made than expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortfall {
    /// Of which kind.
    pub purpose: Purpose,
    /// Start of the hour.
    pub hour: Instant,
    /// How many were expected.
    pub expected: i64,
    /// How many were made.
    pub made: i64,
}

/// The start of the hour of an instant.
fn hour_of(at: Instant) -> Instant {
    Instant(at.0 - at.0.rem_euclid(HOUR_MS))
}

/// Writes down what the next day should bring, for every hour that has not begun.
///
/// # Errors
/// Those of the database.
pub async fn foretell(db: &Db, now: Instant) -> Result<String> {
    let from = hour_of(now) + HOUR_MS;
    let span = Span {
        // A span leaves its first instant out.
        after: from + -1,
        until: from + (AHEAD_MS - 1),
    };
    let mut hours: BTreeMap<(Instant, Purpose), i32> = BTreeMap::new();
    for candidate in db.read(move |c| preview(c, span, now)).await? {
        if candidate.excluded.is_none() && candidate.action == RuleAction::Message {
            let of = (hour_of(candidate.message.due_at), candidate.message.purpose);
            *hours.entry(of).or_default() += 1;
        }
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

/// The hours that are over in which less than half of what was expected was made.
///
/// # Errors
/// Those of the database.
pub fn shortfalls(c: &mut Conn, now: Instant) -> Result<Vec<Shortfall>> {
    let until = hour_of(now + -GRACE_MS);
    let from = until + -BACK_MS;
    let expected = forecast::expected(c, from, until)?;
    if expected.is_empty() {
        return Ok(Vec::new());
    }
    let mut made: BTreeMap<(Instant, Purpose), i64> = BTreeMap::new();
    for (purpose, due_at, n) in forecast::made(c, from, until)? {
        *made.entry((hour_of(due_at), purpose)).or_default() += n;
    }
    let all = expected.into_iter().map(|e| Shortfall {
        purpose: e.purpose,
        hour: e.hour,
        expected: i64::from(e.expected),
        made: made.get(&(e.hour, e.purpose)).copied().unwrap_or(0),
    });
    Ok(all
        .filter(|s| s.expected >= ENOUGH && s.made * 2 < s.expected)
        .collect())
}
