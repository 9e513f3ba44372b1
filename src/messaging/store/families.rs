//! Messages that go out as one: which may, and what becomes of those that went with another.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::model::{Carrier, Message, MessageId, MessageState};
use super::Sent;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::messages;
use crate::platform::error::{Error, Result};

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Reminders like `lead` to the same number or address that were due on the same day, `[from, until)`, and may go out now. To
/// `take` them, they are locked in the order of their ids, after whoever claims or changes one of them just now. Nobody waits
/// in a circle: whoever claims waits for nobody, and two dispatchers start the family's messages one after the other, by a
/// lock of the number or address that is taken before any row.
pub fn relatives(
    c: &mut Conn,
    now: Instant,
    (lead, address): (&Message, &str),
    (from, until): (Instant, Instant),
    (most, take): (i64, bool),
) -> Result<Vec<Message>> {
    let theirs = match lead.channel {
        Carrier::Sms => "p.phone",
        Carrier::Email => "p.email",
    };
    let sql = format!(
        "SELECT m.id AS id FROM messages m JOIN patients p ON p.id = m.patient_id WHERE {theirs} = $1 AND m.template = $2 \
         AND m.purpose = 'reminder' AND m.channel = '{}' AND m.state IN ('queued', 'claimed') AND m.due_at >= $3 \
         AND m.due_at < $4 AND m.next_try_at <= $5 AND m.expires_at > $6 AND m.id <> $7 ORDER BY m.id LIMIT $8",
        lead.channel
    );
    let locked = format!("{sql} FOR UPDATE OF m");
    let query = match c {
        Conn::Pg(_) if take => diesel::sql_query(locked),
        _ => diesel::sql_query(sql),
    };
    let query = query
        .bind::<Text, _>(address)
        .bind::<Text, _>(&lead.template)
        .bind::<BigInt, _>(from.0)
        .bind::<BigInt, _>(until.0)
        .bind::<BigInt, _>(now.0)
        .bind::<BigInt, _>(now.0)
        .bind::<BigInt, _>(lead.id.0)
        .bind::<BigInt, _>(most);
    let rows: Vec<Found> = match c {
        Conn::Pg(c) => query.load(c)?,
        Conn::Sqlite(c) => query.load(c)?,
    };
    let ids: Vec<i64> = rows.into_iter().map(|r| r.id).collect();
    Ok(messages::table
        .filter(messages::id.eq_any(ids))
        .order(messages::id)
        .load(c)?)
}

/// Queued or claimed → being sent with `lead`, with what it says. Whoever had claimed them finds that they have lost them.
pub fn go_along(c: &mut Conn, now: Instant, lead: MessageId, members: &[MessageId], sent: &Sent<'_>) -> Result<()> {
    let rows = messages::table
        .filter(messages::id.eq_any(members.to_vec()))
        .filter(messages::state.eq_any([MessageState::Queued, MessageState::Claimed]));
    let taken = diesel::update(rows)
        .set((
            messages::state.eq(MessageState::Sending),
            messages::with_id.eq(lead),
            messages::reason.eq(None::<String>),
            messages::recipient.eq(sent.recipient),
            messages::body.eq(sent.body),
            messages::variables.eq(sent.variables),
            messages::attempts.eq(messages::attempts + 1),
            messages::template_version.eq(sent.written.0),
            messages::lease.eq(None::<String>),
            messages::lease_until.eq(None::<Instant>),
            messages::updated_at.eq(now),
        ))
        .execute(c)?;
    if taken == members.len() {
        Ok(())
    } else {
        Err(Error::Internal("a message that was locked is gone".into()))
    }
}

/// What became of a message becomes of those that went with it. When it is to be tried again, they are free: they go with
/// whichever of them is sent first, or by themselves.
pub(super) fn follow(c: &mut Conn, now: Instant, lead: MessageId) -> Result<()> {
    let of_lead = messages::table.filter(messages::with_id.eq(lead));
    if !diesel::select(diesel::dsl::exists(of_lead)).get_result::<bool>(c)? {
        return Ok(());
    }
    let m: Message = messages::table.find(lead).first(c)?;
    if m.state == MessageState::Queued {
        diesel::update(of_lead)
            .set((
                messages::state.eq(MessageState::Queued),
                messages::with_id.eq(None::<MessageId>),
                messages::reason.eq(&m.reason),
                messages::next_try_at.eq(m.next_try_at),
                messages::attempts.eq(m.attempts),
                messages::updated_at.eq(now),
            ))
            .execute(c)?;
        return Ok(());
    }
    diesel::update(of_lead)
        .set((
            messages::state.eq(m.state),
            messages::reason.eq(&m.reason),
            messages::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(())
}

/// Those that went with a message.
pub fn went_along(c: &mut Conn, lead: MessageId) -> Result<Vec<Message>> {
    Ok(messages::table
        .filter(messages::with_id.eq(lead))
        .order(messages::id)
        .load(c)?)
}
