//! The rows of keys.

use diesel::prelude::*;

use super::super::super::clock::{DAY_MS, Instant, MINUTE_MS};
use super::super::super::db::schema::idempotency_keys as t;
use super::super::super::db::{Both, Conn};
use super::super::super::error::Result;
use super::super::super::ids::random_token;
use super::super::reply::Reply;

/// For how long an answer is kept.
const KEEP_MS: i64 = DAY_MS;
/// For how long a run has its key to itself: longer than any request takes (a statement ends after 15 s).
const LEASE_MS: i64 = MINUTE_MS;

/// A run that has a key to itself.
#[derive(Debug, Clone)]
pub(in super::super) struct Claim {
    account: i64,
    key: String,
    /// Told apart from whoever had the key before, or takes it over.
    run: String,
}

/// What is asked for.
pub(super) struct Wanted {
    pub account: i64,
    pub key: String,
    pub fingerprint: String,
}

/// What there is of a key.
pub(super) enum Found {
    /// Nothing yet: do it.
    Mine(Claim),
    /// The first answer.
    Answered(Reply),
    /// The first is at work.
    Running,
    /// The key was used for another request.
    Other,
}

macro_rules! row {
    ($account:expr, $key:expr) => {
        t::table.filter(t::user_id.eq($account).and(t::key.eq($key)))
    };
}

/// Takes a key, or says what became of it. What is a day old is nothing; a run whose lease is over has done nothing.
pub(super) fn claim(c: &mut Conn, now: Instant, wanted: &Wanted) -> Result<Found> {
    let (account, key) = (wanted.account, &wanted.key);
    let over = t::created_at
        .le((now + -KEEP_MS).0)
        .or(t::status.is_null().and(t::lease_until.le(now.0)));
    diesel::delete(row!(account, key).filter(over)).execute(c)?;
    let run = random_token();
    let claimed = Both(
        diesel::insert_into(t::table)
            .values((
                t::user_id.eq(account),
                t::key.eq(key),
                t::fingerprint.eq(&wanted.fingerprint),
                t::claim.eq(&run),
                t::created_at.eq(now.0),
                t::lease_until.eq((now + LEASE_MS).0),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(c)?;
    if claimed == 1 {
        let key = key.clone();
        return Ok(Found::Mine(Claim { account, key, run }));
    }
    type Row = (String, Option<i32>, Option<String>, Option<String>, Option<String>);
    let found: Option<Row> = row!(account, key)
        .select((t::fingerprint, t::status, t::location, t::etag, t::body))
        .first(c)
        .optional()?;
    Ok(match found {
        Some((fingerprint, ..)) if fingerprint != wanted.fingerprint => Found::Other,
        Some((_, Some(status), location, etag, body)) => Found::Answered(super::kept(status, location, etag, body)?),
        // Gone again: the first has failed in this very moment.
        Some((_, None, ..)) | None => Found::Running,
    })
}

/// Keeps the answer of a run.
///
/// # Errors
/// `in_progress` when another run has the key by now: what this one did must not stand.
pub(in super::super) fn keep(c: &mut Conn, claim: &Claim, reply: &Reply) -> Result<()> {
    let mine = row!(claim.account, &claim.key).filter(t::claim.eq(&claim.run).and(t::status.is_null()));
    let kept = diesel::update(mine)
        .set((
            t::status.eq(i32::from(reply.status.as_u16())),
            t::location.eq(&reply.location),
            t::etag.eq(&reply.etag),
            t::body.eq(&reply.body),
        ))
        .execute(c)?;
    if kept == 1 { Ok(()) } else { Err(super::in_progress()) }
}

/// Gives a key back: nothing was done, nothing is kept.
pub(super) fn release(c: &mut Conn, claim: &Claim) -> Result<()> {
    let mine = row!(claim.account, &claim.key).filter(t::claim.eq(&claim.run).and(t::status.is_null()));
    diesel::delete(mine).execute(c)?;
    Ok(())
}

/// Forgets what is a day old; gives how many.
///
/// # Errors
/// Those of the database.
pub fn forget_old(c: &mut Conn, now: Instant) -> Result<usize> {
    Ok(diesel::delete(t::table.filter(t::created_at.le((now + -KEEP_MS).0))).execute(c)?)
}
