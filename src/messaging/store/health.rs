//! Addresses from which messages came back, and which mail belongs to which.

use diesel::prelude::*;

use super::super::model::{Carrier, Health, Message, MessageId, MessageState};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{address_health as h, messages};
use crate::platform::db::{Both, Conn, Prepared};
use crate::platform::error::Result;

/// What is known of an address; none: nothing has come back.
pub fn find_health(c: &mut Conn, channel: Carrier, address: &str) -> Result<Option<Health>> {
    type Row = (i32, Instant, Option<Instant>, Option<Instant>, String);
    let row: Option<Row> = h::table
        .filter(h::channel.eq(channel))
        .filter(h::address.eq(address.to_lowercase()))
        .select((h::bounces, h::last_at, h::previous_at, h::suppressed_at, h::status))
        .first(c)
        .optional()?;
    Ok(
        row.map(|(bounces, last_at, previous_at, suppressed_at, status)| Health {
            bounces,
            last_at,
            previous_at,
            suppressed_at,
            status,
        }),
    )
}

/// Keeps others from counting a bounce of this address until the transaction ends. SQLite has one writer anyway.
pub fn lock_health(c: &mut Conn, channel: Carrier, address: &str) -> Result<()> {
    if let Conn::Pg(c) = c {
        diesel::sql_query("SELECT id FROM address_health WHERE channel = $1 AND address = $2 FOR UPDATE")
            .bind::<diesel::sql_types::Text, _>(channel.as_str())
            .bind::<diesel::sql_types::Text, _>(address.to_lowercase())
            .execute(c)?;
    }
    Ok(())
}

/// Sets what is known of an address.
pub fn put_health(c: &mut Conn, channel: Carrier, address: &str, health: &Health) -> Result<()> {
    let known = (
        h::bounces.eq(health.bounces),
        h::last_at.eq(health.last_at),
        h::previous_at.eq(health.previous_at),
        h::suppressed_at.eq(health.suppressed_at),
        h::status.eq(&health.status),
    );
    let whose = (h::channel.eq(channel), h::address.eq(address.to_lowercase()));
    Both(
        diesel::insert_into(h::table)
            .values((whose, known))
            .on_conflict((h::channel, h::address))
            .do_update()
            .set(known),
    )
    .execute(c)?;
    Ok(())
}

/// Forgets what is known of an address; false when nothing was.
pub fn delete_health(c: &mut Conn, channel: Carrier, address: &str) -> Result<bool> {
    let row = h::table
        .filter(h::channel.eq(channel))
        .filter(h::address.eq(address.to_lowercase()));
    Ok(diesel::delete(row).execute(c)? > 0)
}

/// The first mail that went to the same address about the same matter, if it was not this one. Its row comes by the index on
/// the cause.
pub fn first_of_thread(c: &mut Conn, m: &Message, recipient: &str) -> Result<Option<MessageId>> {
    // What has no version is about no matter that goes on: a greeting, a test.
    let (Some(id), Some(_)) = (m.cause_id, m.cause_version) else {
        return Ok(None);
    };
    let sent = [
        MessageState::Sending,
        MessageState::Accepted,
        MessageState::Delivered,
        MessageState::Uncertain,
    ];
    let first = messages::table
        .filter(messages::subject.eq(&m.cause_kind))
        .filter(messages::subject_id.eq(id))
        .filter(messages::channel.eq(Carrier::Email))
        .filter(messages::recipient.eq(recipient))
        .filter(messages::state.eq_any(sent))
        .filter(messages::id.lt(m.id))
        .order(messages::id)
        .select(messages::id)
        .limit(1);
    Ok(Prepared(first).get_result(c).optional()?)
}
