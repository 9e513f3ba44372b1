//! Rows of the inbox.

use diesel::dsl::{exists, max};
use diesel::prelude::*;

use super::super::model::{Carrier, Message};
use super::model::{AnswerId, Conversation, ConversationId, InboundText, Reading, TextId, TextKind, Work};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{conversations, desk_answers, inbound_texts, messages, patients, staff_users};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::staff::UserId;

/// What stands for the gateway of what was asked on the page of a visit.
pub const PAGE: &str = "page";

/// A text as a gateway brings it.
pub struct NewText<'a> {
    /// Which gateway, or what else told us.
    pub gateway: &'a str,
    /// Its name for the text.
    pub gateway_id: Option<&'a str>,
    /// What it is.
    pub kind: TextKind,
    /// Its words.
    pub body: &'a str,
    /// What it is read as, before it has been read.
    pub reading: Reading,
}

/// The conversation with an address; made when there is none.
pub fn conversation_with(c: &mut Conn, now: Instant, channel: Carrier, address: &str) -> Result<Conversation> {
    let row = (
        conversations::channel.eq(channel),
        conversations::address.eq(address),
        conversations::state.eq(Work::Done),
        conversations::last_at.eq(now),
        conversations::version.eq(1_i64),
        conversations::updated_at.eq(now),
    );
    Both(
        diesel::insert_into(conversations::table)
            .values(row)
            .on_conflict_do_nothing(),
    )
    .execute(c)?;
    Ok(conversations::table
        .filter(
            conversations::channel
                .eq(channel)
                .and(conversations::address.eq(address)),
        )
        .first(c)?)
}

/// Something came in: the conversation is the latest, and whatever else comes in meanwhile is read after it.
pub fn touch(c: &mut Conn, now: Instant, id: ConversationId) -> Result<()> {
    diesel::update(conversations::table.find(id))
        .set(conversations::last_at.eq(now))
        .execute(c)?;
    Ok(())
}

/// Keeps a text; none: the gateway has brought it before.
pub fn insert_text(c: &mut Conn, now: Instant, of: ConversationId, text: &NewText<'_>) -> Result<Option<TextId>> {
    let row = (
        inbound_texts::conversation_id.eq(of),
        inbound_texts::gateway.eq(text.gateway),
        inbound_texts::gateway_id.eq(text.gateway_id),
        inbound_texts::kind.eq(text.kind),
        inbound_texts::body.eq(text.body),
        inbound_texts::reading.eq(text.reading.read_as),
        inbound_texts::appointment_id.eq(text.reading.appointment),
        inbound_texts::at.eq(now),
    );
    Ok(Both(
        diesel::insert_into(inbound_texts::table)
            .values(row)
            .on_conflict_do_nothing()
            .returning(inbound_texts::id),
    )
    .get_result(c)
    .optional()?)
}

/// Whether a text that a gateway has brought waits in its conversation.
pub fn is_open(c: &mut Conn, gateway: &str, gateway_id: &str) -> Result<bool> {
    let rows = inbound_texts::table
        .inner_join(conversations::table)
        .filter(
            inbound_texts::gateway
                .eq(gateway)
                .and(inbound_texts::gateway_id.eq(gateway_id)),
        )
        .filter(conversations::state.ne(Work::Done));
    Ok(diesel::select(exists(rows)).get_result(c)?)
}

/// What a text has been read as.
pub fn set_reading(c: &mut Conn, id: TextId, reading: Reading) -> Result<()> {
    diesel::update(inbound_texts::table.find(id))
        .set((
            inbound_texts::reading.eq(reading.read_as),
            inbound_texts::appointment_id.eq(reading.appointment),
        ))
        .execute(c)?;
    Ok(())
}

/// A conversation that must be there.
pub fn get_conversation(c: &mut Conn, id: ConversationId) -> Result<Conversation> {
    let found = conversations::table.find(id).first(c).optional()?;
    found.ok_or(Error::NotFound("conversation"))
}

/// Changes where a conversation stands, if it still has `version`.
pub fn set_work(c: &mut Conn, now: Instant, of: &Conversation, to: (Work, Option<UserId>)) -> Result<bool> {
    let row = conversations::table.filter(conversations::id.eq(of.id).and(conversations::version.eq(of.version)));
    let changed = diesel::update(row)
        .set((
            conversations::state.eq(to.0),
            conversations::owner_id.eq(to.1),
            conversations::version.eq(of.version + 1),
            conversations::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}

/// Which conversations are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// In one of these states; none: in any.
    pub work: Option<&'static [Work]>,
    /// In this state only.
    pub only: Option<Work>,
    /// Whose.
    pub owner: Option<UserId>,
    /// Those that follow this one.
    pub after: Option<(Instant, ConversationId)>,
}

/// Conversations with their owner's name, the latest first.
pub fn list(c: &mut Conn, wanted: Wanted, limit: i64) -> Result<Vec<(Conversation, Option<String>)>> {
    let mut query = conversations::table
        .left_join(staff_users::table)
        .select((conversations::all_columns, staff_users::name.nullable()))
        .order((conversations::last_at.desc(), conversations::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(states) = wanted.work {
        query = query.filter(conversations::state.eq_any(states));
    }
    if let Some(state) = wanted.only {
        query = query.filter(conversations::state.eq(state));
    }
    if let Some(owner) = wanted.owner {
        query = query.filter(conversations::owner_id.eq(owner));
    }
    if let Some((at, id)) = wanted.after {
        let older = conversations::last_at.lt(at);
        query = query.filter(older.or(conversations::last_at.eq(at).and(conversations::id.lt(id))));
    }
    Ok(query.load(c)?)
}

/// Conversations that wait for somebody.
pub fn count_waiting(c: &mut Conn) -> Result<i64> {
    Ok(conversations::table
        .filter(conversations::state.eq(Work::New))
        .count()
        .get_result(c)?)
}

/// The last text of each of these conversations.
pub fn last_texts(c: &mut Conn, of: &[ConversationId]) -> Result<Vec<InboundText>> {
    let newest: Vec<Option<TextId>> = inbound_texts::table
        .filter(inbound_texts::conversation_id.eq_any(of))
        .group_by(inbound_texts::conversation_id)
        .select(max(inbound_texts::id))
        .load(c)?;
    let newest: Vec<TextId> = newest.into_iter().flatten().collect();
    Ok(inbound_texts::table
        .filter(inbound_texts::id.eq_any(newest))
        .select(InboundText::as_select())
        .load(c)?)
}

/// The texts of a conversation, the latest first.
pub fn texts_in(c: &mut Conn, of: ConversationId, limit: i64) -> Result<Vec<InboundText>> {
    Ok(inbound_texts::table
        .filter(inbound_texts::conversation_id.eq(of))
        .order(inbound_texts::id.desc())
        .limit(limit)
        .select(InboundText::as_select())
        .load(c)?)
}

/// What came in from an address, the latest first.
pub fn texts_of(c: &mut Conn, addresses: &[String], limit: i64) -> Result<Vec<InboundText>> {
    Ok(inbound_texts::table
        .inner_join(conversations::table)
        .filter(conversations::address.eq_any(addresses))
        .order(inbound_texts::id.desc())
        .limit(limit)
        .select(InboundText::as_select())
        .load(c)?)
}

/// Calls in vain from an address since an instant.
pub fn count_missed(c: &mut Conn, of: ConversationId, since: Instant) -> Result<i64> {
    Ok(inbound_texts::table
        .filter(inbound_texts::conversation_id.eq(of))
        .filter(inbound_texts::kind.eq(TextKind::MissedCall))
        .filter(inbound_texts::at.ge(since))
        .count()
        .get_result(c)?)
}

/// Messages that were made for an address, the latest first.
pub fn messages_to(c: &mut Conn, address: &str, limit: i64) -> Result<Vec<Message>> {
    Ok(messages::table
        .filter(messages::recipient.eq(address))
        .order((messages::created_at.desc(), messages::id.desc()))
        .limit(limit)
        .load(c)?)
}

/// Keeps what the desk writes.
pub fn insert_answer(
    c: &mut Conn,
    now: Instant,
    of: ConversationId,
    by: Option<UserId>,
    body: &str,
) -> Result<AnswerId> {
    let row = (
        desk_answers::conversation_id.eq(of),
        desk_answers::user_id.eq(by),
        desk_answers::body.eq(body),
        desk_answers::at.eq(now),
    );
    Ok(Both(
        diesel::insert_into(desk_answers::table)
            .values(row)
            .returning(desk_answers::id),
    )
    .get_result(c)?)
}

/// What the desk wrote.
pub fn find_answer(c: &mut Conn, id: AnswerId) -> Result<Option<String>> {
    Ok(desk_answers::table
        .find(id)
        .select(desk_answers::body)
        .first(c)
        .optional()?)
}

/// What the desk wrote in a conversation.
pub fn answer_in(c: &mut Conn, of: ConversationId, id: AnswerId) -> Result<Option<String>> {
    Ok(desk_answers::table
        .find(id)
        .filter(desk_answers::conversation_id.eq(of))
        .select(desk_answers::body)
        .first(c)
        .optional()?)
}

/// The gateway's name for what came last before an answer of the desk, a letter's `Message-ID`; none: it has none.
pub fn last_before(c: &mut Conn, answer: AnswerId) -> Result<Option<String>> {
    Ok(inbound_texts::table
        .inner_join(desk_answers::table.on(desk_answers::conversation_id.eq(inbound_texts::conversation_id)))
        .filter(desk_answers::id.eq(answer))
        .filter(inbound_texts::at.le(desk_answers::at))
        .filter(inbound_texts::gateway.ne(PAGE))
        .order(inbound_texts::id.desc())
        .select(inbound_texts::gateway_id)
        .first::<Option<String>>(c)
        .optional()?
        .flatten())
}

/// An answer of the desk.
#[derive(Debug, Clone, Queryable)]
pub struct Written {
    /// Row id.
    pub id: AnswerId,
    /// Who wrote it.
    pub by: Option<String>,
    /// The words.
    pub body: String,
}

/// The desk's answers in a conversation.
pub fn written(c: &mut Conn, of: ConversationId) -> Result<Vec<Written>> {
    Ok(desk_answers::table
        .left_join(staff_users::table)
        .filter(desk_answers::conversation_id.eq(of))
        .select((desk_answers::id, staff_users::name.nullable(), desk_answers::body))
        .load(c)?)
}

/// A patient at an address.
#[derive(Debug, Clone, Queryable)]
pub struct Person {
    /// Row id.
    pub id: PatientId,
    /// Full name.
    pub name: String,
    /// The number or email address asked about.
    pub address: String,
    /// What they read.
    pub language: Lang,
}

/// The living patients at some numbers or email addresses.
pub fn people_of(c: &mut Conn, addresses: &[String]) -> Result<Vec<Person>> {
    let living = patients::table.filter(patients::deceased.eq(false)).order(patients::id);
    let (mails, numbers): (Vec<&String>, Vec<&String>) = addresses.iter().partition(|a| a.contains('@'));
    let mut found: Vec<Person> = living
        .filter(patients::phone.eq_any(numbers))
        .select((
            patients::id,
            patients::name,
            patients::phone.assume_not_null(),
            patients::language,
        ))
        .load(c)?;
    if !mails.is_empty() {
        let more: Vec<Person> = living
            .filter(patients::email.eq_any(mails))
            .select((
                patients::id,
                patients::name,
                patients::email.assume_not_null(),
                patients::language,
            ))
            .load(c)?;
        found.extend(more);
    }
    Ok(found)
}

/// Who sent a text.
pub fn sender_of(c: &mut Conn, id: TextId) -> Result<Option<String>> {
    Ok(inbound_texts::table
        .inner_join(conversations::table)
        .filter(inbound_texts::id.eq(id))
        .select(conversations::address)
        .first(c)
        .optional()?)
}

/// The text that came before another one in the same conversation: its row and its words.
pub fn text_before(c: &mut Conn, id: TextId) -> Result<Option<(TextId, String)>> {
    let within = inbound_texts::table
        .filter(inbound_texts::id.eq(id))
        .select(inbound_texts::conversation_id);
    let Some(conversation) = within.first::<ConversationId>(c).optional()? else {
        return Ok(None);
    };
    Ok(inbound_texts::table
        .filter(inbound_texts::conversation_id.eq(conversation))
        .filter(inbound_texts::id.lt(id))
        .order(inbound_texts::id.desc())
        .select((inbound_texts::id, inbound_texts::body))
        .first(c)
        .optional()?)
}
