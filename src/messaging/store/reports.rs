//! What gateways report.

use diesel::prelude::*;

use super::super::model::{MessageId, MessageState};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{message_reports, messages};
use crate::platform::error::Result;

/// A report moves a message forward from one of `from`; false when it stands elsewhere.
pub fn report_state(
    c: &mut Conn,
    now: Instant,
    id: MessageId,
    from: &[MessageState],
    (to, reason): (MessageState, Option<&str>),
) -> Result<bool> {
    let row = messages::table
        .filter(messages::id.eq(id))
        .filter(messages::state.eq_any(from.to_vec()));
    let changed = diesel::update(row)
        .set((
            messages::state.eq(to),
            messages::reason.eq(reason),
            messages::lease.eq(None::<String>),
            messages::lease_until.eq(None::<Instant>),
            messages::updated_at.eq(now),
        ))
        .execute(c)?;
    super::outbox::followed(c, now, id, changed)
}

/// Keeps a report; false when the same has been told of the message before.
pub fn insert_report(c: &mut Conn, now: Instant, id: MessageId, status: &str, detail: &str) -> Result<bool> {
    let same = message_reports::table
        .filter(message_reports::message_id.eq(id))
        .filter(message_reports::status.eq(status))
        .filter(message_reports::detail.eq(detail));
    if diesel::select(diesel::dsl::exists(same)).get_result(c)? {
        return Ok(false);
    }
    diesel::insert_into(message_reports::table)
        .values((
            message_reports::message_id.eq(id),
            message_reports::at.eq(now),
            message_reports::status.eq(status),
            message_reports::detail.eq(detail),
        ))
        .execute(c)?;
    Ok(true)
}
