//! Messages about visits that did not get through.

use diesel::prelude::*;

use crate::messaging::{Message, MessageState, Purpose};
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::db::schema::messages;
use crate::platform::error::Result;

/// How far back failures are looked at: by then they have been.
const BACK_MS: i64 = 3 * DAY_MS;
/// For so long a message that was perhaps sent may still be reported.
const PERHAPS_MS: i64 = 30 * MINUTE_MS;
/// Rows a round.
const ROUND: i64 = 200;

/// What patients should know about a visit and were not (surely) told lately, the latest first.
pub fn failed_lately(c: &mut Conn, now: Instant) -> Result<Vec<Message>> {
    let gone = messages::state.eq_any([MessageState::Failed, MessageState::Dead]);
    let perhaps = messages::state
        .eq(MessageState::Uncertain)
        .and(messages::updated_at.le(now + -PERHAPS_MS));
    // Mail to an address that sends it back is not even tried.
    let no_way = messages::state
        .eq(MessageState::Skipped)
        .and(messages::reason.eq("address-bounces").assume_not_null());
    Ok(messages::table
        .filter(gone.or(perhaps).or(no_way))
        .filter(messages::next_try_at.ge(now + -BACK_MS))
        .filter(messages::subject.eq("appointment"))
        .filter(messages::purpose.eq_any([Purpose::Reminder, Purpose::Confirmation, Purpose::Change]))
        .order(messages::id.desc())
        .limit(ROUND)
        .load(c)?)
}

/// Whether something newer about the same visit got through, or is on its way.
pub fn told_since(c: &mut Conn, message: &Message) -> Result<bool> {
    let newer = messages::table
        .filter(messages::subject.eq(&message.cause_kind))
        .filter(messages::subject_id.eq(message.cause_id))
        .filter(messages::id.gt(message.id))
        .filter(messages::state.eq_any([
            MessageState::Queued,
            MessageState::Claimed,
            MessageState::Sending,
            MessageState::Accepted,
            MessageState::Delivered,
        ]));
    Ok(diesel::select(diesel::dsl::exists(newer)).get_result(c)?)
}
