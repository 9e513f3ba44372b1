//! Messages about visits that did not get through.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::messaging::{Message, MessageId, MessageState, OTHER_WAY, Purpose};
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::db::schema::messages;
use crate::platform::error::Result;

/// How far back failures are looked at: by then they have been.
const BACK_MS: i64 = 3 * DAY_MS;
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

/// What is to be told of a message about a visit: the visit is ahead, its patient has not confirmed it (or may not know of its
/// change), nobody has died, nobody has been asked to call, and nothing newer about it got through or is on its way. Asked by the database, so
/// that what is settled does not stand before what is not. Its one value is now.
const BEFORE_NOW: &str =
    "EXISTS (SELECT 1 FROM appointments AS visit WHERE visit.id = messages.subject_id AND visit.starts_at > ";
/// The rest of it, after the value.
const AFTER_NOW: &str = " AND (visit.status = 'booked' OR (messages.purpose = 'change' AND visit.status IN ('confirmed', 'cancelled')))) \
    AND NOT EXISTS (SELECT 1 FROM patients AS p WHERE p.id = messages.patient_id AND p.deceased) \
    AND NOT EXISTS (SELECT 1 FROM call_tasks AS task WHERE task.occurrence = 'undelivered:' || messages.subject_id || ':v' \
    || coalesce(messages.subject_version, 0) || CASE WHEN messages.purpose = 'change' THEN ':change' ELSE '' END) \
    AND NOT EXISTS (SELECT 1 FROM messages AS newer WHERE newer.subject = messages.subject \
    AND newer.subject_id = messages.subject_id AND (newer.id > messages.id OR newer.due_at > messages.due_at) \
    AND newer.state IN ('queued', 'claimed', 'sending', 'accepted', 'delivered'))";

/// What patients should know about a visit and were not (surely) told lately, the latest first. What was perhaps sent may still
/// be reported for `perhaps_ms`.
pub fn failed_lately(c: &mut Conn, now: Instant, perhaps_ms: i64) -> Result<Vec<Message>> {
    let gone = messages::state.eq_any([MessageState::Failed, MessageState::Dead]);
    let perhaps = messages::state
        .eq(MessageState::Uncertain)
        .and(messages::updated_at.le(now + -perhaps_ms));
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
        .filter(sql::<Bool>(BEFORE_NOW).bind::<BigInt, _>(now).sql(AFTER_NOW))
        .order(messages::id.desc())
        .limit(ROUND)
        .load(c)?)
}

/// What surely did not arrive lately, is still in time and has not gone by another way; those before `before`, the latest
/// first, as many as one page has.
pub fn refused_lately(c: &mut Conn, now: Instant, before: MessageId) -> Result<Vec<Message>> {
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
        .filter(
            sql::<Bool>("NOT EXISTS (SELECT 1 FROM messages AS other WHERE other.dedupe_key = messages.dedupe_key || ")
                .bind::<Text, _>(OTHER_WAY)
                .sql(")"),
        )
        .filter(messages::id.lt(before))
        .order(messages::id.desc())
        .limit(ROUND)
        .load(c)?)
}
