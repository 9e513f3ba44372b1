//! Tries of messages: how they ended, and by which gateways.

use diesel::prelude::*;

use super::super::model::MessageId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::message_attempts;
use crate::platform::db::{Conn, Prepared};
use crate::platform::error::Result;

/// Ends a try.
pub fn finish_attempt(
    c: &mut Conn,
    now: Instant,
    (id, number): (MessageId, i32),
    outcome: &str,
    detail: &str,
) -> Result<()> {
    let row = message_attempts::table
        .filter(message_attempts::message_id.eq(id))
        .filter(message_attempts::number.eq(number));
    let ended = diesel::update(row).set((
        message_attempts::finished_at.eq(now),
        message_attempts::outcome.eq(outcome),
        message_attempts::detail.eq(detail),
    ));
    Prepared(ended).execute(c)?;
    Ok(())
}

/// How many tries of a message ended in "perhaps".
pub fn count_perhaps(c: &mut Conn, id: MessageId) -> Result<i64> {
    Ok(message_attempts::table
        .filter(message_attempts::message_id.eq(id))
        .filter(message_attempts::outcome.eq_any(["unknown", "crashed"]))
        .count()
        .get_result(c)?)
}

/// By which gateways tries of a message ended in one of these ways.
pub fn gateways_where(c: &mut Conn, id: MessageId, outcomes: &[&str]) -> Result<Vec<String>> {
    Ok(message_attempts::table
        .filter(message_attempts::message_id.eq(id))
        .filter(message_attempts::outcome.eq_any(outcomes))
        .select(message_attempts::gateway)
        .distinct()
        .load(c)?)
}

/// How the last `n` tries that ended by a gateway ended, latest first.
pub fn last_outcomes(c: &mut Conn, gateway: &str, n: i64) -> Result<Vec<String>> {
    Ok(message_attempts::table
        .filter(message_attempts::gateway.eq(gateway))
        .filter(message_attempts::outcome.is_not_null())
        .order(message_attempts::id.desc())
        .select(message_attempts::outcome.assume_not_null())
        .limit(n)
        .load(c)?)
}

/// Ends the open try of a lost send; false when somebody else has.
pub fn finish_open_attempt(c: &mut Conn, now: Instant, id: MessageId) -> Result<bool> {
    let row = message_attempts::table
        .filter(message_attempts::message_id.eq(id))
        .filter(message_attempts::finished_at.is_null());
    let changed = diesel::update(row)
        .set((
            message_attempts::finished_at.eq(now),
            message_attempts::outcome.eq("crashed"),
            message_attempts::detail.eq("the program stopped while sending"),
        ))
        .execute(c)?;
    Ok(changed > 0)
}
