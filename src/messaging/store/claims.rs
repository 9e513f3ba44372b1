//! Claims: who sends what, and until when. Each is fenced by state and lease, so that of two that race one finds no row.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::model::{Carrier, Message, MessageId, MessageState};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::messages;
use crate::platform::error::Result;

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// A claim: whose, until when, and what not to take.
pub struct Claim<'a> {
    /// Names this claim and no other.
    pub lease: &'a str,
    /// When it ends.
    pub until: Instant,
    /// Channels that are paused.
    pub paused: &'a [Carrier],
    /// At most so many.
    pub limit: i64,
}

/// Takes what is due, most urgent first. Gives the ids in that order, and how each travels.
pub fn claim_due(c: &mut Conn, now: Instant, claim: &Claim<'_>) -> Result<Vec<(MessageId, Carrier)>> {
    // Up to two channels: a name that no channel has stands for "none paused".
    let mut paused = claim.paused.iter().map(|p| p.as_str()).chain(std::iter::repeat("-"));
    // On PostgreSQL the inner query is fenced off as MATERIALIZED: a planner may otherwise run it several times and take more
    // than the limit. SQLite has one writer, so that nobody can come between.
    let sql = match c {
        Conn::Pg(_) => {
            "WITH due AS MATERIALIZED (SELECT id FROM messages WHERE state = 'queued' AND next_try_at <= $1 AND channel <> $2 \
             AND channel <> $3 ORDER BY priority, next_try_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) \
             UPDATE messages SET state = 'claimed', lease = $5, lease_until = $6, updated_at = $7 FROM due \
             WHERE messages.id = due.id RETURNING messages.id AS id"
        }
        Conn::Sqlite(_) => {
            "UPDATE messages SET state = 'claimed', lease = $5, lease_until = $6, updated_at = $7 WHERE id IN \
             (SELECT id FROM messages WHERE state = 'queued' AND next_try_at <= $1 AND channel <> $2 AND channel <> $3 \
             ORDER BY priority, next_try_at, id LIMIT $4) RETURNING id"
        }
    };
    let query = diesel::sql_query(sql);
    // SQLite numbers `$n` by first appearance, PostgreSQL by `n`.
    let rows: Vec<Claimed> = match c {
        Conn::Pg(c) => query
            .bind::<BigInt, _>(now.0)
            .bind::<Text, _>(paused.next().unwrap_or("-"))
            .bind::<Text, _>(paused.next().unwrap_or("-"))
            .bind::<BigInt, _>(claim.limit)
            .bind::<Text, _>(claim.lease)
            .bind::<BigInt, _>(claim.until.0)
            .bind::<BigInt, _>(now.0)
            .load(c)?,
        Conn::Sqlite(c) => query
            .bind::<Text, _>(claim.lease)
            .bind::<BigInt, _>(claim.until.0)
            .bind::<BigInt, _>(now.0)
            .bind::<BigInt, _>(now.0)
            .bind::<Text, _>(paused.next().unwrap_or("-"))
            .bind::<Text, _>(paused.next().unwrap_or("-"))
            .bind::<BigInt, _>(claim.limit)
            .load(c)?,
    };
    let ids: Vec<i64> = rows.into_iter().map(|r| r.id).collect();
    Ok(messages::table
        .filter(messages::id.eq_any(ids))
        .order((messages::priority, messages::due_at, messages::id))
        .select((messages::id, messages::channel))
        .load(c)?)
}

/// The row if the claim still holds; the row is then locked until the transaction ends.
pub fn hold_claimed(c: &mut Conn, now: Instant, id: MessageId, lease: &str) -> Result<Option<Message>> {
    let row = messages::table
        .filter(messages::id.eq(id))
        .filter(messages::lease.eq(lease))
        .filter(messages::state.eq(MessageState::Claimed))
        .filter(messages::lease_until.gt(now));
    Ok(diesel::update(row)
        .set(messages::updated_at.eq(now))
        .returning(messages::all_columns)
        .get_result(c)
        .optional()?)
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

/// Claims that ran out before anything was sent → queued. Gives how many.
pub fn requeue_lost_claims(c: &mut Conn, now: Instant) -> Result<usize> {
    let rows = messages::table
        .filter(messages::state.eq(MessageState::Claimed))
        .filter(messages::lease_until.le(now));
    Ok(diesel::update(rows)
        .set((
            messages::state.eq(MessageState::Queued),
            messages::lease.eq(None::<String>),
            messages::lease_until.eq(None::<Instant>),
            messages::updated_at.eq(now),
        ))
        .execute(c)?)
}
