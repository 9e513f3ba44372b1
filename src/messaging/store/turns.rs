//! When a gateway's next message may go, over all instances: one row a gateway, moved by whoever claims messages for it.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::platform::db::{Conn, Prepared};
use crate::platform::error::Result;

/// How far ahead turns may lie, in all.
#[derive(Debug, Clone, Copy)]
pub struct Ahead {
    /// None are given that begin later than this from now.
    pub most: Duration,
    /// What is further ahead than this was written by a clock that was put back since, and holds nothing up.
    pub absurd: Duration,
}

#[derive(QueryableByName)]
struct Ends {
    #[diesel(sql_type = BigInt)]
    ends_in: i64,
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// Takes as many turns of a gateway as `last` that long: gives how far ahead the first of them is; none: too far. One statement,
/// by the database's own clock. Whoever asks meanwhile waits until this transaction ends.
pub fn take_turns(c: &mut Conn, gateway: &str, lasts: Duration, ahead: Ahead) -> Result<Option<Duration>> {
    let clock = match c {
        Conn::Pg(_) => "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
        Conn::Sqlite(_) => "CAST(unixepoch('subsec') * 1000 AS INTEGER) * 1000",
    };
    let free = format!(
        "CASE WHEN gateway_turns.free_us < excluded.asked_us OR gateway_turns.free_us > excluded.asked_us + {} \
         THEN excluded.asked_us ELSE gateway_turns.free_us END",
        micros(ahead.absurd)
    );
    let sql = format!(
        "INSERT INTO gateway_turns (gateway, free_us, asked_us) SELECT $1, t.at + $2, t.at FROM (SELECT {clock} AS at) AS t \
         WHERE true ON CONFLICT (gateway) DO UPDATE SET free_us = {free} + excluded.free_us - excluded.asked_us, \
         asked_us = excluded.asked_us WHERE {free} <= excluded.asked_us + {} RETURNING free_us - asked_us AS ends_in",
        micros(ahead.most)
    );
    let lasts = micros(lasts);
    let asked = diesel::sql_query(sql).bind::<Text, _>(gateway).bind::<BigInt, _>(lasts);
    let found: Vec<Ends> = Prepared(asked).load(c)?;
    let first = |ends: Ends| Duration::from_micros(u64::try_from(ends.ends_in - lasts).unwrap_or(0));
    Ok(found.into_iter().next().map(first))
}
