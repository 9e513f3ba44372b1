//! Reading the ledger.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::Serialize;

use super::super::model::{AGAIN, Carrier, Message, MessageId, MessageState, Purpose, Stand};
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::schema::{message_attempts, message_reports, messages, patients};
use crate::platform::db::{Conn, MultiBackend, one_of};
use crate::platform::error::{Error, Result};

/// How long before it is sent a message may have been made, for [`sent_to`].
const SENT_LATER_MS: i64 = 31 * DAY_MS;
/// Rows that [`sent_to`] gives at most.
const SENT_MAX: i64 = 50;

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
    /// Standing there.
    pub state: Option<Stand>,
    /// By this channel.
    pub channel: Option<Carrier>,
    /// For this.
    pub purpose: Option<Purpose>,
    /// With this reason, by its code.
    pub reason: Option<String>,
    /// Tried by this gateway.
    pub gateway: Option<String>,
    /// Due in `[from, until)`.
    pub due: Option<(Instant, Instant)>,
    /// To this patient …
    pub patient: Option<PatientId>,
    /// … and to one of these.
    pub to: Option<Receivers>,
}

/// To whom messages went.
#[derive(Debug, Clone, Default)]
pub struct Receivers {
    /// These patients …
    pub patients: Vec<PatientId>,
    /// … or these addresses.
    pub addresses: Vec<String>,
}

/// A line's place in the ledger: when it was due, and its row. With days the ledger is in the order of both, by their index;
/// else of rows alone.
pub type Place = (Instant, MessageId);

type Asked = Box<dyn BoxableExpression<messages::table, MultiBackend, SqlType = Bool>>;

impl Filter {
    fn asked(&self) -> Asked {
        let mut asked = self.asked_by_index();
        if let Some(stand) = self.state {
            asked = match self.due {
                // With nothing added, a planner takes the index of states, and reads all that ever stood so.
                Some(_) => Box::new(asked.and(messages::state.concat("").eq_any(stand.states()))),
                None => Box::new(asked.and(messages::state.eq_any(stand.states()))),
            };
        }
        if let Some(channel) = self.channel {
            asked = Box::new(asked.and(messages::channel.eq(channel)));
        }
        if let Some(purpose) = self.purpose {
            asked = Box::new(asked.and(messages::purpose.eq(purpose)));
        }
        if let Some(code) = &self.reason {
            let reason = messages::reason.assume_not_null();
            let with_words = reason.like(format!("{code}|%"));
            asked = Box::new(asked.and(reason.eq(code.clone()).or(with_words)));
        }
        if let Some(gateway) = &self.gateway {
            let tried = message_attempts::table
                .filter(message_attempts::message_id.eq(messages::id))
                .filter(message_attempts::gateway.eq(gateway.clone()));
            asked = Box::new(asked.and(exists(tried)));
        }
        asked
    }
    fn asked_by_index(&self) -> Asked {
        let mut asked: Asked = Box::new(true.into_sql::<Bool>());
        if let Some((from, until)) = self.due {
            asked = Box::new(asked.and(messages::due_at.ge(from)).and(messages::due_at.lt(until)));
        }
        if let Some(patient) = self.patient {
            asked = Box::new(asked.and(messages::patient_id.assume_not_null().eq(patient)));
        }
        if let Some(to) = &self.to {
            let whose = messages::patient_id.assume_not_null().eq_any(to.patients.clone());
            let where_to = messages::recipient.assume_not_null().eq_any(to.addresses.clone());
            asked = Box::new(asked.and(whose.or(where_to)));
        }
        asked
    }
}

/// A line of the ledger: a message and whose it is.
#[derive(Debug, Clone)]
pub struct Line {
    /// The message.
    pub message: Message,
    /// The patient's name; none: it went to an address that somebody gave.
    pub patient: Option<String>,
    /// Chart number.
    pub chart_no: Option<String>,
}

/// Lines, newest first, from below a place on.
pub fn list_lines(c: &mut Conn, filter: &Filter, before: Option<Place>, limit: i64) -> Result<Vec<Line>> {
    let mut query = messages::table.filter(filter.asked()).limit(limit).into_boxed();
    query = match (filter.due, before) {
        (None, before) => {
            if let Some((_, id)) = before {
                query = query.filter(messages::id.lt(id));
            }
            query.order(messages::id.desc())
        }
        (Some(_), before) => {
            if let Some((due, id)) = before {
                let same = messages::due_at.eq(due).and(messages::id.lt(id));
                query = query.filter(messages::due_at.le(due).and(messages::due_at.lt(due).or(same)));
            }
            query.order((messages::due_at.desc(), messages::id.desc()))
        }
    };
    let found: Vec<Message> = query.load(c)?;
    whose(c, found)
}

fn whose(c: &mut Conn, found: Vec<Message>) -> Result<Vec<Line>> {
    let ids: BTreeSet<PatientId> = found.iter().filter_map(|m| m.patient_id).collect();
    let ids: Vec<PatientId> = ids.into_iter().collect();
    let rows: Vec<(PatientId, String, String)> = patients::table
        .filter(patients::id.eq_any(ids))
        .select((patients::id, patients::name, patients::chart_no))
        .load(c)?;
    let mut known: HashMap<PatientId, (String, String)> = HashMap::new();
    known.extend(rows.into_iter().map(|(id, name, chart_no)| (id, (name, chart_no))));
    let line = |message: Message| {
        let who = message.patient_id.and_then(|id| known.get(&id)).cloned();
        let (patient, chart_no) = who.unzip();
        Line {
            message,
            patient,
            chart_no,
        }
    };
    Ok(found.into_iter().map(line).collect())
}

/// How many lines there are; no more than `most` are counted.
pub fn count_lines(c: &mut Conn, filter: &Filter, most: i64) -> Result<i64> {
    let ids: Vec<MessageId> = messages::table
        .filter(filter.asked())
        .select(messages::id)
        .limit(most)
        .load(c)?;
    Ok(i64::try_from(ids.len()).unwrap_or(most))
}

/// Messages that have state, purpose and reason in common.
#[derive(Debug, Clone, Queryable)]
pub struct Alike {
    /// Where they stand.
    pub state: MessageState,
    /// What for.
    pub purpose: Purpose,
    /// Why, as stored.
    pub reason: Option<String>,
    /// How many.
    pub count: i64,
}

/// How many messages of those wanted have what in common; without days, of those made since `since`.
pub fn count_alike(c: &mut Conn, filter: &Filter, since: Instant) -> Result<Vec<Alike>> {
    let asked: Asked = match filter.due {
        Some(_) => filter.asked(),
        None => Box::new(filter.asked().and(messages::created_at.ge(since))),
    };
    Ok(messages::table
        .filter(asked)
        // In an order that no index has: one would be read whole.
        .group_by((messages::purpose, messages::state, messages::reason))
        .select((messages::state, messages::purpose, messages::reason, count_star()))
        .load(c)?)
}

/// The last try of each of these: when it began, and by which gateway.
pub fn last_tries(c: &mut Conn, ids: &[MessageId]) -> Result<HashMap<MessageId, (Instant, String)>> {
    let rows: Vec<(MessageId, Instant, String)> = message_attempts::table
        .filter(message_attempts::message_id.eq_any(ids.to_vec()))
        .order((message_attempts::message_id, message_attempts::number))
        .select((
            message_attempts::message_id,
            message_attempts::started_at,
            message_attempts::gateway,
        ))
        .load(c)?;
    Ok(rows.into_iter().map(|(id, at, gateway)| (id, (at, gateway))).collect())
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

/// Messages, oldest first, from above a place on.
pub fn list_messages(c: &mut Conn, filter: &Filter, after: Place, limit: i64) -> Result<Vec<Message>> {
    let query = messages::table.filter(filter.asked()).limit(limit);
    let (due, id) = after;
    if filter.due.is_none() {
        return Ok(query.filter(messages::id.gt(id)).order(messages::id).load(c)?);
    }
    let same = messages::due_at.eq(due).and(messages::id.gt(id));
    Ok(query
        .filter(messages::due_at.ge(due).and(messages::due_at.gt(due).or(same)))
        .order((messages::due_at, messages::id))
        .load(c)?)
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

/// The message of an occurrence.
pub fn find_by_key(c: &mut Conn, key: &str) -> Result<Option<Message>> {
    Ok(messages::table
        .filter(messages::dedupe_key.eq(key))
        .first(c)
        .optional()?)
}

/// Whether a message about a thing of this kind was made out to an address since an instant.
pub fn is_noted_since(c: &mut Conn, address: &str, kind: &str, since: Instant) -> Result<bool> {
    let rows = messages::table
        .filter(messages::recipient.eq(address))
        .filter(messages::created_at.ge(since))
        .filter(messages::subject.eq(kind));
    Ok(diesel::select(diesel::dsl::exists(rows)).get_result(c)?)
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
    let again = format!("{}{AGAIN}", first.dedupe_key);
    same.retain(|m| m.dedupe_key.starts_with(&again));
    Ok(Some(same.into_iter().next().unwrap_or(first)))
}
