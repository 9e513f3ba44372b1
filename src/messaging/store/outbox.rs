//! The outbox: queue, claim, start, settle, sweep. Every step is fenced by state and lease, so that of two that race one
//! finds no row.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::super::model::{Carrier, Message, MessageId, MessageState, NewMessage, may_combine};
use crate::platform::clock::Instant;
use crate::platform::db::schema::messages;
use crate::platform::db::{Both, Conn, Prepared};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// The reason of a mail that waits to go out once more because the first may or may not have.
pub const MAYBE_SENT: &str = "maybe-sent";

/// How many messages are due and not taken yet, and since when the oldest of them is.
pub fn waiting(c: &mut Conn, now: Instant) -> Result<(i64, Option<Instant>)> {
    use diesel::dsl::{count_star, min};
    Ok(messages::table
        .filter(messages::state.eq(MessageState::Queued))
        .filter(messages::next_try_at.le(now))
        .select((count_star(), min(messages::next_try_at)))
        .first(c)?)
}

/// Since when the oldest message waits that has been due for longer than `patience` milliseconds; none: none has.
pub fn late_since(c: &mut Conn, now: Instant, patience: i64) -> Result<Option<Instant>> {
    Ok(messages::table
        .filter(messages::state.eq(MessageState::Queued))
        .filter(messages::next_try_at.le(now + -patience))
        // One that was late already when it was made has not waited yet.
        .filter(messages::created_at.le(now + -patience))
        .order(messages::next_try_at)
        .select(messages::next_try_at)
        .first(c)
        .optional()?)
}

/// Whether a message by this channel waits since `since` or longer and is to be taken up by `until`.
pub fn waits_for(c: &mut Conn, channel: Carrier, since: Instant, until: Instant) -> Result<bool> {
    let waiting = messages::table
        .filter(messages::state.eq(MessageState::Queued))
        .filter(messages::channel.eq(channel))
        .filter(messages::next_try_at.le(until))
        .filter(messages::due_at.le(since))
        .filter(messages::created_at.le(since))
        .select(messages::id)
        .limit(1);
    Ok(waiting.first::<MessageId>(c).optional()?.is_some())
}

/// Where a new row begins.
pub struct Start<'a> {
    /// How.
    pub channel: Carrier,
    /// In which language.
    pub language: Lang,
    /// `Queued`, or `Skipped` with a reason.
    pub state: MessageState,
    /// Why it is skipped.
    pub reason: Option<&'a str>,
}

/// Adds a message unless one of its occurrence is there already.
pub fn insert_message(c: &mut Conn, now: Instant, m: &NewMessage, start: &Start<'_>) -> Result<Option<MessageId>> {
    let row = (
        messages::dedupe_key.eq(&m.dedupe_key),
        messages::patient_id.eq(m.patient),
        messages::subject.eq(&m.cause.kind),
        messages::subject_id.eq(m.cause.id),
        messages::subject_version.eq(m.cause.version),
        messages::purpose.eq(m.purpose),
        messages::template.eq(&m.template),
        messages::channel.eq(start.channel),
        messages::language.eq(start.language),
        messages::state.eq(start.state),
        messages::reason.eq(start.reason),
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

/// What was queued for a cause and is not on its way yet → skipped. Gives how many.
pub fn skip_of_cause(c: &mut Conn, now: Instant, kind: &str, id: i64, reason: &str) -> Result<usize> {
    let rows = messages::table
        .filter(messages::subject.eq(kind))
        .filter(messages::subject_id.eq(id))
        .filter(messages::state.eq_any([MessageState::Queued, MessageState::Claimed]));
    skip_rows(c, now, rows, reason)
}

/// One message that is not on its way yet → skipped; false when it is, or is over.
pub fn skip_message(c: &mut Conn, now: Instant, id: MessageId, reason: &str) -> Result<bool> {
    let rows = messages::table
        .filter(messages::id.eq(id))
        .filter(messages::state.eq_any([MessageState::Queued, MessageState::Claimed]));
    Ok(skip_rows(c, now, rows, reason)? == 1)
}

/// The message of one occurrence, if it is not on its way yet → skipped.
pub fn skip_of_key(c: &mut Conn, now: Instant, dedupe_key: &str, reason: &str) -> Result<usize> {
    let rows = messages::table
        .filter(messages::dedupe_key.eq(dedupe_key))
        .filter(messages::state.eq_any([MessageState::Queued, MessageState::Claimed]));
    skip_rows(c, now, rows, reason)
}

/// The message of one occurrence, if it waits, is tried next and of use until other times.
pub fn put_off(
    c: &mut Conn,
    now: Instant,
    dedupe_key: &str,
    (next, expires, reason): (Instant, Instant, Option<&str>),
) -> Result<()> {
    let row = messages::table
        .filter(messages::dedupe_key.eq(dedupe_key))
        .filter(messages::state.eq(MessageState::Queued));
    let put_off = diesel::update(row).set((
        messages::next_try_at.eq(next),
        messages::expires_at.eq(expires),
        messages::reason.eq(reason),
        messages::updated_at.eq(now),
    ));
    put_off.execute(c)?;
    Ok(())
}

/// What waits and has become too late → skipped; what a gateway kept from going out meanwhile → dead, with its words.
pub fn skip_expired(c: &mut Conn, now: Instant, reason: &str) -> Result<usize> {
    let expired = || {
        messages::table
            .filter(messages::state.eq(MessageState::Queued))
            .filter(messages::expires_at.le(now))
    };
    let tried = expired().filter(messages::reason.like("settings%").or(messages::reason.like("retry%")));
    let dead = diesel::update(tried)
        .set((messages::state.eq(MessageState::Dead), messages::updated_at.eq(now)))
        .execute(c)?;
    Ok(dead + skip_rows(c, now, expired(), reason)?)
}

/// Ends rows as skipped; those of which a try was perhaps sent end as that.
fn skip_rows<Q>(c: &mut Conn, now: Instant, rows: Q, reason: &str) -> Result<usize>
where
    Q: diesel::query_builder::IntoUpdateTarget<Table = messages::table>,
    Q::WhereClause:
        diesel::query_builder::QueryFragment<crate::platform::db::MultiBackend> + diesel::query_builder::QueryId,
{
    use diesel::dsl::case_when;
    use diesel::sql_types::Nullable;
    let perhaps = || messages::reason.is_not_null().and(messages::reason.eq(MAYBE_SENT));
    let state = case_when(perhaps(), MessageState::Uncertain.into_sql::<Text>())
        .otherwise(MessageState::Skipped.into_sql::<Text>());
    let told = case_when(perhaps(), MAYBE_SENT.into_sql::<Nullable<Text>>())
        .otherwise(reason.to_owned().into_sql::<Nullable<Text>>());
    Ok(diesel::update(rows)
        .set((
            messages::state.eq(state),
            messages::reason.eq(told),
            messages::lease.eq(None::<String>),
            messages::lease_until.eq(None::<Instant>),
            messages::updated_at.eq(now),
        ))
        .execute(c)?)
}

/// Back to the queue without a try having been made.
pub fn release(c: &mut Conn, now: Instant, id: MessageId, next: Instant, reason: Option<&str>) -> Result<()> {
    let released = diesel::update(messages::table.find(id)).set((
        messages::state.eq(MessageState::Queued),
        messages::next_try_at.eq(next),
        messages::reason.eq(reason),
        messages::lease.eq(None::<String>),
        messages::lease_until.eq(None::<Instant>),
        messages::updated_at.eq(now),
    ));
    Prepared(released).execute(c)?;
    Ok(())
}

/// What is held goes now; false: it is not held any more.
pub fn hurry(c: &mut Conn, now: Instant, id: MessageId) -> Result<bool> {
    let held = messages::table
        .filter(messages::id.eq(id))
        .filter(messages::state.eq(MessageState::Queued).and(messages::attempts.eq(0)));
    let hurried = diesel::update(held)
        .set((
            messages::due_at.eq(now),
            messages::next_try_at.eq(now),
            messages::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(hurried == 1)
}

/// A message that ends before it was sent.
pub fn end_unsent(c: &mut Conn, now: Instant, id: MessageId, state: MessageState, reason: &str) -> Result<()> {
    let ended = diesel::update(messages::table.find(id)).set((
        messages::state.eq(state),
        messages::reason.eq(reason),
        messages::lease.eq(None::<String>),
        messages::lease_until.eq(None::<Instant>),
        messages::updated_at.eq(now),
    ));
    Prepared(ended).execute(c)?;
    Ok(())
}

/// What is about to be sent, as it will be kept.
pub struct Sent<'a> {
    /// Address.
    pub recipient: &'a str,
    /// Subject line.
    pub title: Option<&'a str>,
    /// Text.
    pub body: &'a str,
    /// Parts.
    pub segments: Option<i32>,
    /// The invitation with it.
    pub calendar: Option<&'a str>,
    /// Variables as JSON.
    pub variables: &'a str,
    /// By which gateway.
    pub gateway: &'a str,
    /// When the lease ends.
    pub lease_until: Instant,
    /// Version of the template's text, and its language where that is not the message's.
    pub written: (Option<i64>, Option<Lang>),
}

/// Claimed → sending, with what is sent and a new try. Gives the try's number.
pub fn mark_sending(c: &mut Conn, now: Instant, m: &Message, sent: &Sent<'_>) -> Result<i32> {
    let sending = diesel::update(messages::table.find(m.id)).set((
        messages::state.eq(MessageState::Sending),
        messages::reason.eq(None::<String>),
        messages::recipient.eq(sent.recipient),
        messages::title.eq(sent.title),
        messages::body.eq(sent.body),
        messages::segments.eq(sent.segments),
        messages::calendar.eq(sent.calendar),
        messages::variables.eq(sent.variables),
        messages::attempts.eq(m.attempts + 1),
        messages::template_version.eq(sent.written.0),
        messages::text_language.eq(sent.written.1),
        messages::lease_until.eq(sent.lease_until),
        messages::updated_at.eq(now),
    ));
    Prepared(sending).execute(c)?;
    let attempt = diesel::sql_query(
        "INSERT INTO message_attempts (message_id, number, gateway, started_at) \
         SELECT $1, coalesce(max(number), 0) + 1, $2, $3 FROM message_attempts WHERE message_id = $4 RETURNING number",
    )
    .bind::<BigInt, _>(m.id)
    .bind::<Text, _>(sent.gateway)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(m.id);
    let made: Number = Prepared(attempt).get_result(c)?;
    Ok(made.number)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    number: i32,
}

/// Where a send leaves its message.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Its state.
    pub state: MessageState,
    /// Why.
    pub reason: Option<String>,
    /// When it is taken up again, if queued.
    pub next_try_at: Instant,
    /// Tries that count.
    pub attempts: i32,
    /// The gateway's name for it.
    pub gateway_id: Option<String>,
}

/// Perhaps sent → surely accepted, or surely refused: the answer came to light after the sweep had given the send up. A mail
/// that waits to go out once more for that reason need not any more.
pub fn settle_late(c: &mut Conn, now: Instant, id: MessageId, to: &Settled) -> Result<bool> {
    let again = messages::state
        .eq(MessageState::Queued)
        .and(messages::reason.is_not_null())
        .and(messages::reason.assume_not_null().eq(MAYBE_SENT));
    let row = messages::table
        .filter(messages::id.eq(id))
        .filter(messages::state.eq(MessageState::Uncertain).or(again));
    let changed = diesel::update(row)
        .set((
            messages::state.eq(to.state),
            messages::reason.eq(to.reason.clone()),
            messages::gateway_id.eq(to.gateway_id.clone()),
            messages::updated_at.eq(now),
        ))
        .execute(c)?;
    followed(c, now, id, changed)
}

/// Sending → what became of it; false when the lease was lost or a report came first.
pub fn settle(c: &mut Conn, now: Instant, m: &Message, lease: &str, to: &Settled) -> Result<bool> {
    let row = messages::table
        .filter(messages::id.eq(m.id))
        .filter(messages::lease.eq(lease))
        .filter(messages::state.eq(MessageState::Sending));
    let settled = diesel::update(row).set((
        messages::state.eq(to.state),
        messages::reason.eq(to.reason.clone()),
        messages::next_try_at.eq(to.next_try_at),
        messages::attempts.eq(to.attempts),
        messages::gateway_id.eq(to.gateway_id.clone()),
        messages::lease.eq(None::<String>),
        messages::lease_until.eq(None::<Instant>),
        messages::updated_at.eq(now),
    ));
    let changed = Prepared(settled).execute(c)?;
    if !may_combine(m.purpose) {
        return Ok(changed == 1);
    }
    followed(c, now, m.id, changed)
}

/// Those that went with a message follow it, if it was changed.
pub(super) fn followed(c: &mut Conn, now: Instant, id: MessageId, changed: usize) -> Result<bool> {
    if changed == 1 {
        super::families::follow(c, now, id)?;
    }
    Ok(changed == 1)
}

/// Sends whose lease ran out, or ends after `latest` by a clock that was wrong: nobody knows what became of them.
pub fn lost_sends(c: &mut Conn, now: Instant, latest: Instant) -> Result<Vec<Message>> {
    Ok(messages::table
        .filter(messages::state.eq(MessageState::Sending))
        .filter(messages::lease_until.le(now).or(messages::lease_until.gt(latest)))
        .order(messages::id)
        .load(c)?)
}
