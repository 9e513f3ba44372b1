//! Tests of templates: rows of the outbox that are no patient's.

use diesel::prelude::*;

use super::super::model::{Carrier, MessageId, MessageState, Purpose, TEST};
use crate::platform::clock::Instant;
use crate::platform::db::schema::messages;
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// A test of a template, to be queued.
pub struct NewTest<'a> {
    /// Names it and no other.
    pub dedupe_key: &'a str,
    /// The account of who asked for it; 0: a token.
    pub user: i64,
    /// What messages of its template are for.
    pub purpose: Purpose,
    /// Code of the template.
    pub template: &'a str,
    /// How.
    pub channel: Carrier,
    /// In which language.
    pub language: Lang,
    /// To which number or address.
    pub recipient: &'a str,
    /// Not before.
    pub due_at: Instant,
    /// Not at or after.
    pub expires_at: Instant,
    /// 1 = most urgent … 9.
    pub priority: i32,
}

/// Adds a test unless it is there already.
pub fn insert_test(c: &mut Conn, now: Instant, t: &NewTest<'_>) -> Result<Option<MessageId>> {
    let row = (
        messages::dedupe_key.eq(t.dedupe_key),
        messages::subject.eq(TEST),
        messages::subject_id.eq(t.user),
        messages::purpose.eq(t.purpose),
        messages::template.eq(t.template),
        messages::channel.eq(t.channel),
        messages::language.eq(t.language),
        messages::recipient.eq(t.recipient),
        messages::state.eq(MessageState::Queued),
        messages::priority.eq(t.priority),
        messages::due_at.eq(t.due_at),
        messages::expires_at.eq(t.expires_at),
        messages::next_try_at.eq(t.due_at),
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
