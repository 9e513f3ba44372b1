//! Claims: who sends what, and until when. Each is fenced by state and lease, so that of two that race one finds no row.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::super::model::{Carrier, Message, MessageId, MessageState, Purpose};
use crate::platform::clock::Instant;
use crate::platform::db::schema::messages;
use crate::platform::db::{Conn, Prepared};
use crate::platform::error::Result;

/// The least urgent priority; 1 is the most urgent.
pub const PRIORITY_LAST: i32 = 9;

/// What a claim has taken, in the order in which it is to go: most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub struct Taken {
    /// Its priority.
    #[diesel(sql_type = Integer)]
    pub priority: i32,
    /// Since when it is due.
    #[diesel(sql_type = BigInt)]
    pub next_try_at: Instant,
    /// Which.
    #[diesel(sql_type = BigInt)]
    pub id: MessageId,
    /// What it is for.
    #[diesel(sql_type = Text)]
    pub purpose: Purpose,
}

/// A claim: whose, until when, and of what.
pub struct Claim<'a> {
    /// Names this claim and no other.
    pub lease: &'a str,
    /// When it ends.
    pub until: Instant,
    /// How it travels.
    pub channel: Carrier,
    /// Nothing less urgent than this.
    pub priority: i32,
    /// At most so many.
    pub limit: i64,
}

/// Takes what is due of a channel, most urgent first. What it costs follows what it takes, however much waits.
pub fn claim_due(c: &mut Conn, now: Instant, claim: &Claim<'_>) -> Result<Vec<Taken>> {
    // Each priority is a range of its own in the index. On PostgreSQL the inner query is fenced off as MATERIALIZED: a planner
    // may otherwise run it several times and take more than the limit. SQLite has one writer, so that nobody can come between;
    // its planner would take the index of states, and sort all that is due.
    let priorities: Vec<String> = (1..=claim.priority).map(|p| p.to_string()).collect();
    let taking = "UPDATE messages SET state = 'claimed', lease = $1, lease_until = $2, updated_at = $3";
    let sql = match c {
        Conn::Pg(_) => format!(
            "WITH due AS MATERIALIZED (SELECT turn.id FROM generate_series(1, {}) AS level CROSS JOIN LATERAL \
             (SELECT id FROM messages WHERE state = 'queued' AND channel = $4 AND priority = level AND next_try_at <= $5 \
             ORDER BY next_try_at, id LIMIT $6 FOR UPDATE SKIP LOCKED) AS turn LIMIT $6) {taking} FROM due \
             WHERE messages.id = due.id RETURNING messages.priority, messages.next_try_at, messages.id, messages.purpose",
            claim.priority
        ),
        Conn::Sqlite(_) => format!(
            "{taking} WHERE id IN (SELECT id FROM messages INDEXED BY messages_turn WHERE state = 'queued' AND channel = $4 \
             AND priority IN ({}) AND next_try_at <= $5 ORDER BY priority, next_try_at, id LIMIT $6) \
             RETURNING priority, next_try_at, id, purpose",
            priorities.join(", ")
        ),
    };
    let taking = diesel::sql_query(sql)
        .bind::<Text, _>(claim.lease)
        .bind::<BigInt, _>(claim.until)
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(claim.channel.as_str())
        .bind::<BigInt, _>(now)
        .bind::<BigInt, _>(claim.limit);
    let mut taken: Vec<Taken> = Prepared(taking).load(c)?;
    taken.sort_unstable();
    Ok(taken)
}

/// The row if the claim still holds; nobody else changes it until the transaction ends.
pub fn hold_claimed(c: &mut Conn, now: Instant, id: MessageId, lease: &str) -> Result<Option<Message>> {
    let row = messages::table
        .filter(messages::id.eq(id))
        .filter(messages::lease.eq(lease))
        .filter(messages::state.eq(MessageState::Claimed))
        .filter(messages::lease_until.gt(now))
        .select(messages::all_columns);
    Ok(match c {
        Conn::Pg(c) => row.for_update().get_result(c).optional()?,
        Conn::Sqlite(c) => row.get_result(c).optional()?,
    })
}

/// What a claim has taken and not begun → queued. Gives how many.
pub fn unclaim(c: &mut Conn, now: Instant, lease: &str) -> Result<usize> {
    let rows = messages::table
        .filter(messages::lease.eq(lease))
        .filter(messages::state.eq(MessageState::Claimed));
    Ok(diesel::update(rows)
        .set((
            messages::state.eq(MessageState::Queued),
            messages::lease.eq(None::<String>),
            messages::lease_until.eq(None::<Instant>),
            messages::updated_at.eq(now),
        ))
        .execute(c)?)
}

/// Claims that ran out before anything was sent → queued; those that end after `latest` were made by a clock that was wrong.
/// Gives how many.
pub fn requeue_lost_claims(c: &mut Conn, now: Instant, latest: Instant) -> Result<usize> {
    let rows = messages::table
        .filter(messages::state.eq(MessageState::Claimed))
        .filter(messages::lease_until.le(now).or(messages::lease_until.gt(latest)));
    Ok(diesel::update(rows)
        .set((
            messages::state.eq(MessageState::Queued),
            messages::lease.eq(None::<String>),
            messages::lease_until.eq(None::<Instant>),
            messages::updated_at.eq(now),
        ))
        .execute(c)?)
}
