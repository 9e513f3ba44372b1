//! Rows of the outbox that are no patient's: they go to an address that somebody gave.

use diesel::prelude::*;

use super::super::model::{Addressed, MessageId, MessageState, TEST};
use crate::platform::clock::Instant;
use crate::platform::db::schema::messages;
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// Adds a message to an address unless it is there already.
pub fn insert_addressed(c: &mut Conn, now: Instant, m: &Addressed) -> Result<Option<MessageId>> {
    let row = (
        messages::dedupe_key.eq(&m.dedupe_key),
        messages::patient_id.eq(m.patient),
        messages::subject.eq(&m.cause.kind),
        messages::subject_id.eq(m.cause.id),
        messages::subject_version.eq(m.cause.version),
        messages::purpose.eq(m.purpose),
        messages::template.eq(&m.template),
        messages::channel.eq(m.channel),
        messages::language.eq(m.language),
        messages::recipient.eq(&m.recipient),
        messages::state.eq(MessageState::Queued),
        messages::priority.eq(m.priority.clamp(1, super::PRIORITY_LAST)),
        messages::due_at.eq(m.due_at),
        messages::expires_at.eq(m.expires_at),
        messages::next_try_at.eq(m.due_at),
        messages::attempts.eq(0_i32),
        messages::variables.eq("{}"),
        messages::created_at.eq(now),
        messages::updated_at.eq(now),
    );
    Ok(Both(
        diesel::insert_into(messages::table)
            .values(row)
            .on_conflict_do_nothing()
            .returning(messages::id),
    )
    .get_result(c)
    .optional()?)
}

/// When an account has asked for tests since an instant, first to last.
pub fn tests_since(c: &mut Conn, user: i64, since: Instant) -> Result<Vec<Instant>> {
    Ok(messages::table
        .filter(messages::subject.eq(TEST))
        .filter(messages::subject_id.eq(user))
        .filter(messages::created_at.gt(since))
        .order(messages::created_at)
        .select(messages::created_at)
        .load(c)?)
}
