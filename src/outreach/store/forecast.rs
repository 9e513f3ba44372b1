//! What is expected in an hour, and what became of it.

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::callbacks::CALL_TASK;
use crate::messaging::{AGAIN, LEFT_OUT, MISSED, MessageState, OTHER_WAY, Purpose, TEST};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::schema::{message_forecasts as f, messages};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// How long forecasts are kept.
const KEEP_MS: i64 = 31 * DAY_MS;

/// Messages of a kind in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Expected {
    /// Of which kind.
    pub purpose: Purpose,
    /// Start of the hour.
    pub hour: Instant,
    /// How many.
    pub expected: i32,
}

/// Writes down what is expected in the hours that begin at `from` or later, instead of what was.
pub fn replace(c: &mut Conn, now: Instant, from: Instant, expected: &[Expected]) -> Result<()> {
    diesel::delete(f::table.filter(f::hour.ge(from).or(f::hour.lt(now + -KEEP_MS)))).execute(c)?;
    for e in expected {
        let row = (
            f::purpose.eq(e.purpose),
            f::hour.eq(e.hour),
            f::expected.eq(e.expected),
            f::made_at.eq(now),
        );
        Both(diesel::insert_into(f::table).values(row)).execute(c)?;
    }
    Ok(())
}

/// What was expected in the hours of `[from, until)`.
pub fn expected(c: &mut Conn, from: Instant, until: Instant) -> Result<Vec<Expected>> {
    Ok(f::table
        .filter(f::hour.ge(from).and(f::hour.lt(until)))
        .select((f::purpose, f::hour, f::expected))
        .order((f::hour, f::purpose))
        .load(c)?)
}

/// What is no longer foretold of the hours of `[from, until)`.
pub fn forget(c: &mut Conn, from: Instant, until: Instant) -> Result<()> {
    diesel::delete(f::table.filter(f::hour.ge(from).and(f::hour.lt(until)))).execute(c)?;
    Ok(())
}

/// Messages of a kind that were due at one time and stand alike: kind, time, state, reason, how many.
pub type Alike = (Purpose, Instant, MessageState, Option<String>, i64);

/// What became of what fell due in `[from, until)` and was there at most `grace_ms` later. What stands beside an occurrence, went by
/// another way after the first or once more, follows a call that nobody answered, was written by hand or as a test was never foretold.
pub fn became(c: &mut Conn, (from, until): (Instant, Instant), grace_ms: i64) -> Result<Vec<Alike>> {
    Ok(messages::table
        .filter(messages::due_at.ge(from).and(messages::due_at.lt(until)))
        .filter(messages::created_at.le(messages::due_at + grace_ms))
        .filter(messages::subject.ne_all([TEST, CALL_TASK]))
        .filter(messages::dedupe_key.not_like(format!("%{AGAIN}%")))
        .filter(messages::dedupe_key.not_like(format!("%{LEFT_OUT}")))
        .filter(messages::dedupe_key.not_like(format!("%{MISSED}")))
        .filter(messages::dedupe_key.not_like(format!("%{OTHER_WAY}")))
        .filter(messages::dedupe_key.not_like("%:desk-%"))
        .group_by((messages::purpose, messages::due_at, messages::state, messages::reason))
        .select((
            messages::purpose,
            messages::due_at,
            messages::state,
            messages::reason,
            count_star(),
        ))
        .load(c)?)
}

/// What fell due in `[from, until)`: kind, state, how many.
pub fn by_kind(c: &mut Conn, from: Instant, until: Instant) -> Result<Vec<(Purpose, MessageState, i64)>> {
    Ok(messages::table
        .filter(messages::due_at.ge(from).and(messages::due_at.lt(until)))
        .group_by((messages::purpose, messages::state))
        .select((messages::purpose, messages::state, count_star()))
        .load(c)?)
}
