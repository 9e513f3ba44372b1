//! Which messages gateways speak of, and which they have not spoken of yet.

use diesel::prelude::*;

use super::super::model::{Carrier, Message, MessageId, MessageState};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{message_attempts, messages};
use crate::platform::error::Result;

/// The message that a gateway took under this name of its own.
pub fn find_by_gateway_id(c: &mut Conn, gateway: &str, id: &str) -> Result<Option<MessageId>> {
    let taken = message_attempts::table
        .filter(message_attempts::message_id.eq(messages::id))
        .filter(message_attempts::gateway.eq(gateway));
    Ok(messages::table
        .filter(messages::gateway_id.eq(id))
        .filter(diesel::dsl::exists(taken))
        .order(messages::id.desc())
        .select(messages::id)
        .first(c)
        .optional()?)
}

/// Whether a gateway was tried for a message.
pub fn went_by(c: &mut Conn, id: MessageId, gateway: &str) -> Result<bool> {
    let tries = message_attempts::table
        .filter(message_attempts::message_id.eq(id))
        .filter(message_attempts::gateway.eq(gateway));
    Ok(diesel::select(diesel::dsl::exists(tries)).get_result(c)?)
}

/// A text that was handed over, and of which nothing final is known.
#[derive(Debug, Clone)]
pub struct Open {
    /// The message.
    pub message: Message,
    /// When it was handed over.
    pub at: Instant,
}

/// Texts that a gateway has taken, perhaps, at `from` or later and before `until`, with ids after `after`; in the order of
/// their ids.
pub fn open_texts(
    c: &mut Conn,
    gateway: &str,
    (from, until): (Instant, Instant),
    after: MessageId,
    limit: i64,
) -> Result<Vec<Open>> {
    let rows: Vec<(Message, Instant)> = messages::table
        .inner_join(message_attempts::table)
        .filter(messages::channel.eq(Carrier::Sms))
        .filter(messages::state.eq_any([MessageState::Accepted, MessageState::Uncertain]))
        .filter(messages::next_try_at.ge(from))
        .filter(messages::id.gt(after))
        .filter(message_attempts::gateway.eq(gateway))
        .filter(message_attempts::outcome.eq_any(["accepted", "unknown", "crashed"]))
        .filter(message_attempts::started_at.ge(from))
        .filter(message_attempts::started_at.lt(until))
        .order((messages::id, message_attempts::number.desc()))
        .select((messages::all_columns, message_attempts::started_at))
        .limit(limit)
        .load(c)?;
    let mut open: Vec<Open> = rows.into_iter().map(|(message, at)| Open { message, at }).collect();
    // Of several tries, the last.
    open.dedup_by_key(|o| o.message.id);
    Ok(open)
}
