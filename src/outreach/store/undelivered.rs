//! Messages about visits that did not get through.

use diesel::prelude::*;

use crate::messaging::{Message, MessageState, OTHER_WAY, Purpose};
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::db::schema::messages;
use crate::platform::error::Result;

/// How far back failures are looked at: by then they have been.
const BACK_MS: i64 = 3 * DAY_MS;
/// For so long a message that was perhaps sent may still be reported.
const PERHAPS_MS: i64 = 30 * MINUTE_MS;
/// Why a reminder did not go out of which its patient should be told by a call. Who wants no contact at all is left alone.
const UNTOLD: [&str; 11] = [
    "wants-calls",
    "no-phone",
    "no-email",
    "refuses-sms",
    "refuses-email",
    "opted-out",
    "missed",
    "too-late",
    "quiet-too-late",
    "gateway-too-late",
    "channel-off",
];
/// How far back it is looked for what goes by another way: what is older was looked at.
const OTHER_WAY_BACK_MS: i64 = 6 * HOUR_MS;
/// What is worth another way: what a rule or a change of a visit tells one patient. Campaigns are not, and what answers or
/// offers a time has its own clock.
const OTHER_WAY_FOR: [Purpose; 12] = [
    Purpose::Reminder,
    Purpose::Confirmation,
    Purpose::Change,
    Purpose::Recall,
    Purpose::FollowUp,
    Purpose::Missed,
    Purpose::Plan,
    Purpose::Survey,
    Purpose::Documents,
    Purpose::Birthday,
    Purpose::Thanks,
    Purpose::Greeting,
];
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
    let untold = messages::state
        .eq(MessageState::Skipped)
        .and(messages::purpose.eq(Purpose::Reminder))
        .and(messages::reason.eq_any(UNTOLD).assume_not_null());
    Ok(messages::table
        .filter(gone.or(perhaps).or(no_way).or(untold))
        .filter(messages::next_try_at.ge(now + -BACK_MS))
        .filter(messages::subject.eq("appointment"))
        .filter(messages::purpose.eq_any([Purpose::Reminder, Purpose::Confirmation, Purpose::Change]))
        .order(messages::id.desc())
        .limit(ROUND)
        .load(c)?)
}

/// What surely did not arrive lately and is still in time, the latest first.
pub fn refused_lately(c: &mut Conn, now: Instant) -> Result<Vec<Message>> {
    let gone = messages::state.eq_any([MessageState::Failed, MessageState::Dead]);
    let no_way = messages::state
        .eq(MessageState::Skipped)
        .and(messages::reason.eq("address-bounces").assume_not_null());
    Ok(messages::table
        .filter(gone.or(no_way))
        .filter(messages::next_try_at.ge(now + -BACK_MS))
        .filter(messages::updated_at.ge(now + -OTHER_WAY_BACK_MS))
        .filter(messages::expires_at.gt(now))
        .filter(messages::purpose.eq_any(OTHER_WAY_FOR))
        .filter(messages::dedupe_key.not_like(format!("%{OTHER_WAY}")))
        .order(messages::id.desc())
        .limit(ROUND)
        .load(c)?)
}

/// Whether something newer about the same visit got through, or is on its way.
pub fn told_since(c: &mut Conn, message: &Message) -> Result<bool> {
    let newer = messages::table
        .filter(messages::subject.eq(&message.cause_kind))
        .filter(messages::subject_id.eq(message.cause_id))
        .filter(messages::id.gt(message.id).or(messages::due_at.gt(message.due_at)))
        .filter(messages::state.eq_any([
            MessageState::Queued,
            MessageState::Claimed,
            MessageState::Sending,
            MessageState::Accepted,
            MessageState::Delivered,
        ]));
    Ok(diesel::select(diesel::dsl::exists(newer)).get_result(c)?)
}
