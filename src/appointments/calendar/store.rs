//! All SQL of the feeds.

use diesel::prelude::*;

use super::model::Feed;
use crate::appointments::{Appointment, Status};
use crate::clinic::ProviderId;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::schema::{appointments as a, calendar_feeds as f, patients};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// A provider's feed.
pub fn find_feed(c: &mut Conn, provider: ProviderId) -> Result<Option<Feed>> {
    Ok(f::table.find(provider).first(c).optional()?)
}
/// All of them, by provider.
pub fn list_feeds(c: &mut Conn) -> Result<Vec<Feed>> {
    Ok(f::table.order(f::provider_id).load(c)?)
}
/// The feed that a secret opens.
pub fn find_by_hash(c: &mut Conn, hash: &str) -> Result<Option<Feed>> {
    Ok(f::table.filter(f::token_hash.eq(hash)).first(c).optional()?)
}
/// Stores a provider's feed in the place of the one there was.
pub fn put_feed(c: &mut Conn, feed: &Feed) -> Result<()> {
    let values = (
        f::token_hash.eq(&feed.token_hash),
        f::user_id.eq(feed.user),
        f::actor.eq(&feed.actor),
        f::created_at.eq(feed.created_at),
        f::last_read_at.eq(feed.last_read_at),
    );
    let upsert = diesel::insert_into(f::table).values((f::provider_id.eq(feed.provider), values));
    Both(upsert.on_conflict(f::provider_id).do_update().set(values)).execute(c)?;
    Ok(())
}
/// Ends a provider's feed; whether there was one.
pub fn delete_feed(c: &mut Conn, provider: ProviderId) -> Result<bool> {
    Ok(diesel::delete(f::table.find(provider)).execute(c)? > 0)
}
/// Notes that a feed was read, if its address is still this one.
pub fn note_read(c: &mut Conn, now: Instant, feed: &Feed) -> Result<()> {
    diesel::update(f::table.find(feed.provider).filter(f::token_hash.eq(&feed.token_hash)))
        .set(f::last_read_at.eq(now))
        .execute(c)?;
    Ok(())
}

/// Visits with their patients' names that a provider treats or helps in, that begin in `[from, until)` and take place, by time.
pub fn list_visits(
    c: &mut Conn,
    provider: ProviderId,
    (from, until): (Instant, Instant),
) -> Result<Vec<(Appointment, String)>> {
    // Preparing takes less than a day: for the index on what a provider does when.
    let treats = a::provider_id
        .eq(provider)
        .and(a::busy_from.ge(from + -DAY_MS).and(a::busy_from.lt(until)));
    Ok(a::table
        .inner_join(patients::table)
        .filter(treats.or(a::second_id.eq(provider)))
        .filter(a::starts_at.ge(from).and(a::starts_at.lt(until)))
        .filter(a::status.ne(Status::Cancelled).and(a::status.ne(Status::NoShow)))
        .order((a::starts_at, a::id))
        .select((a::all_columns, patients::name))
        .load(c)?)
}
