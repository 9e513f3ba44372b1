//! Reading the ledger.

use std::collections::BTreeMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::Serialize;

use super::super::model::{Carrier, Message, MessageId, MessageState};
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::schema::{message_attempts, message_reports, messages, patients};
use crate::platform::db::{Conn, one_of};
use crate::platform::error::{Error, Result};

/// How long before it is sent a message may have been made, for [`sent_to`].
const SENT_LATER_MS: i64 = 31 * DAY_MS;
/// Rows that [`sent_to`] gives at most.
const SENT_MAX: i64 = 50;
/// States that somebody has to look at.
const ATTENTION: [MessageState; 3] = [MessageState::Failed, MessageState::Uncertain, MessageState::Dead];

/// A message that may be gone.
pub fn find_message(c: &mut Conn, id: MessageId) -> Result<Option<Message>> {
    Ok(messages::table.find(id).first(c).optional()?)
}
/// A message that must be there.
pub fn get_message(c: &mut Conn, id: MessageId) -> Result<Message> {
    find_message(c, id)?.ok_or(Error::NotFound("message"))
}

/// Which lines of the ledger are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In this state.
    pub state: Option<MessageState>,
    /// By this channel.
    pub channel: Option<Carrier>,
    /// Only what needs attention.
    pub attention: bool,
    /// Patients found by this text, folded: name, initials, last digits of the phone, chart number.
    pub query: String,
    /// Only rows below this id (the next page).
    pub before: Option<i64>,
}

/// A line of the ledger: a message and whose it is.
#[derive(Debug, Clone, Queryable)]
pub struct Line {
    /// The message.
    pub message: Message,
    /// The patient's name; none: it went to an address that somebody gave.
    pub patient: Option<String>,
    /// Chart number.
    pub chart_no: Option<String>,
}

/// Lines, newest first.
pub fn list_lines(c: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    let mut query = messages::table
        .left_join(patients::table)
        .select((
            messages::all_columns,
            patients::name.nullable(),
            patients::chart_no.nullable(),
        ))
        .order(messages::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(messages::state.eq(state));
    }
    if filter.attention {
        query = query.filter(messages::state.eq_any(ATTENTION));
    }
    if let Some(channel) = filter.channel {
        query = query.filter(messages::channel.eq(channel));
    }
    if let Some(before) = filter.before {
        query = query.filter(messages::id.lt(before));
    }
    if !filter.query.is_empty() {
        let q = filter.query.replace(['%', '_', '\\'], "");
        query = query.filter(
            patients::search_name
                .like(format!("%{q}%"))
                .or(patients::initials.like(format!("{q}%")))
                .or(patients::phone_tail.eq(q.clone()))
                .or(patients::chart_no.eq(q)),
        );
    }
    Ok(query.load(c)?)
}

/// How many messages stand where, among those changed since `since`.
pub fn count_states(c: &mut Conn, since: Instant) -> Result<BTreeMap<MessageState, i64>> {
    let rows: Vec<(MessageState, i64)> = messages::table
        .filter(messages::created_at.ge(since))
        .group_by(messages::state)
        .select((messages::state, count_star()))
        .load(c)?;
    Ok(rows.into_iter().collect())
}

/// How many messages made since `since` wait for somebody's look.
pub fn count_attention(c: &mut Conn, since: Instant) -> Result<i64> {
    Ok(messages::table
        .filter(one_of!(
            messages::state,
            MessageState::Failed,
            MessageState::Uncertain,
            MessageState::Dead
        ))
        .filter(messages::created_at.ge(since))
        .count()
        .get_result(c)?)
}

/// A patient's messages, newest first.
pub fn messages_of_patient(c: &mut Conn, patient: PatientId, limit: i64) -> Result<Vec<Message>> {
    Ok(messages::table
        .filter(messages::patient_id.eq(patient))
        .order((messages::created_at.desc(), messages::id.desc()))
        .limit(limit)
        .load(c)?)
}

/// Messages in the order of their ids, from after `after` on.
pub fn list_messages(
    c: &mut Conn,
    state: Option<MessageState>,
    patient: Option<PatientId>,
    after: i64,
    limit: i64,
) -> Result<Vec<Message>> {
    let mut query = messages::table
        .filter(messages::id.gt(after))
        .order(messages::id)
        .limit(limit)
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(messages::state.eq(state));
    }
    if let Some(patient) = patient {
        query = query.filter(messages::patient_id.eq(patient));
    }
    Ok(query.load(c)?)
}

/// One try to send.
#[derive(Debug, Clone, Queryable, Serialize)]
pub struct AttemptRow {
    /// 1, 2, …
    pub number: i32,
    /// By which gateway.
    pub gateway: String,
    /// When begun.
    pub started_at: Instant,
    /// When it ended; none: it never did.
    pub finished_at: Option<Instant>,
    /// accepted, permanent, opted-out, passing, postponed, unreachable, config, unknown, crashed.
    pub outcome: Option<String>,
    /// What the gateway said.
    pub detail: Option<String>,
}

/// Tries of a message, in order.
pub fn attempts_of(c: &mut Conn, id: MessageId) -> Result<Vec<AttemptRow>> {
    Ok(message_attempts::table
        .filter(message_attempts::message_id.eq(id))
        .order(message_attempts::number)
        .select((
            message_attempts::number,
            message_attempts::gateway,
            message_attempts::started_at,
            message_attempts::finished_at,
            message_attempts::outcome,
            message_attempts::detail,
        ))
        .load(c)?)
}

/// What was reported about a message.
#[derive(Debug, Clone, Queryable, Serialize)]
pub struct ReportRow {
    /// When it came in.
    pub at: Instant,
    /// delivered, failed, buffered, accepted, rejected, expired, unknown.
    pub status: String,
    /// What the gateway said.
    pub detail: String,
}

/// Reports of a message, in order of arrival.
pub fn reports_of(c: &mut Conn, id: MessageId) -> Result<Vec<ReportRow>> {
    Ok(message_reports::table
        .filter(message_reports::message_id.eq(id))
        .order(message_reports::id)
        .select((message_reports::at, message_reports::status, message_reports::detail))
        .load(c)?)
}

/// What was sent, or perhaps sent, to an address since an instant about a thing of this kind, the latest first.
pub fn sent_to(c: &mut Conn, address: &str, kind: &str, since: Instant) -> Result<Vec<Message>> {
    let sent = [
        MessageState::Sending,
        MessageState::Accepted,
        MessageState::Delivered,
        MessageState::Uncertain,
    ];
    Ok(messages::table
        .filter(messages::recipient.eq(address))
        .filter(messages::created_at.ge(since + -SENT_LATER_MS))
        .filter(messages::updated_at.ge(since))
        .filter(messages::subject.eq(kind))
        .filter(messages::state.eq_any(sent))
        .order((messages::updated_at.desc(), messages::id.desc()))
        .limit(SENT_MAX)
        .load(c)?)
}

/// A message, or the one by which it was last sent again.
pub fn last_of(c: &mut Conn, id: MessageId) -> Result<Option<Message>> {
    let Some(first) = find_message(c, id)? else {
        return Ok(None);
    };
    let Some(cause) = first.cause_id else {
        return Ok(Some(first));
    };
    let mut same = messages::table
        .filter(messages::subject.eq(first.cause_kind.clone()))
        .filter(messages::subject_id.eq(cause))
        .order(messages::id.desc())
        .load::<Message>(c)?;
    let again = format!("{}:again", first.dedupe_key);
    same.retain(|m| m.dedupe_key.starts_with(&again));
    Ok(Some(same.into_iter().next().unwrap_or(first)))
}
