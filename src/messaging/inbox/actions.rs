//! Taking texts in, and seeing to them.

use super::super::actions::{queue_addressed, send_now, stop};
use super::super::model::{Addressed, Carrier, Cause, HOLD_MS, MessageId, Purpose};
use super::super::store as messages;
use super::cause::KIND;
use super::model::{
    AnswerId, AnswerReader, Conversation, ConversationId, HeldStep, ReadAs, Reading, Step, TextKind, Unread,
    WANTS_NOTHING, Work,
};
use super::store::{self, NewText};
use crate::clinic;
use crate::patients::PhoneNumber;
use crate::platform::clock::{HOUR_MS, Instant, day_bounds};
use crate::platform::db::Conn;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::sms::segments::measure;
use crate::staff::{self, Actor, Subject, UserId};

/// Longest text that is kept, in characters: what is longer is no text message.
const TEXT_MAX: usize = 2000;
/// Longest answer of the desk, in characters; the gateway's own limit counts, too.
const ANSWER_MAX: usize = 600;
/// For how long an answer may wait for the gateway.
const ANSWER_MS: i64 = 12 * HOUR_MS;
/// Answers go before everything that was planned.
const PRIORITY: i32 = 1;

/// What comes in.
pub struct Incoming<'a> {
    /// How.
    pub channel: Carrier,
    /// From where: E.164, or the gateway's words; an email address.
    pub address: &'a str,
    /// By which gateway.
    pub gateway: &'a str,
    /// Its name for it; empty: it gives none.
    pub gateway_id: &'a str,
    /// What it is.
    pub kind: TextKind,
    /// The words.
    pub body: &'a str,
}

impl Incoming<'_> {
    fn row(&self, read_as: ReadAs) -> NewText<'_> {
        NewText {
            gateway: self.gateway,
            gateway_id: Some(self.gateway_id).filter(|id| !id.is_empty()),
            kind: self.kind,
            body: self.body,
            reading: Reading {
                read_as,
                appointment: None,
            },
        }
    }
}

/// Keeps what came in, and has it read: `known` is what it says already, else `reader` says. None: it was here before.
pub fn receive(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    incoming: &Incoming<'_>,
    known: Option<ReadAs>,
    reader: &dyn AnswerReader,
) -> Result<Option<Reading>> {
    let body: String = incoming.body.chars().take(TEXT_MAX).collect();
    let incoming = Incoming {
        body: &body,
        ..*incoming
    };
    let conversation = store::conversation_with(c, now, incoming.channel, incoming.address)?;
    let row = incoming.row(known.unwrap_or(ReadAs::Words));
    let Some(id) = store::insert_text(c, now, conversation.id, &row)? else {
        return Ok(None);
    };
    store::touch(c, now, conversation.id)?;
    let mut reading = row.reading;
    if known.is_none() && conversation.can_be_answered() {
        let unread = Unread {
            id,
            channel: incoming.channel,
            address: incoming.address,
            body: incoming.body,
        };
        reading = reader.read(c, now, actor, unread)?;
        store::set_reading(c, id, reading)?;
    }
    if reading.read_as.waits() {
        take_out(c, now, &conversation)?;
    }
    Ok(Some(reading))
}

/// There is something new in it. Whoever is on it stays its owner.
fn take_out(c: &mut Conn, now: Instant, conversation: &Conversation) -> Result<()> {
    let owner = conversation.owner.filter(|_| conversation.work == Work::Taken);
    let current = store::get_conversation(c, conversation.id)?;
    store::set_work(c, now, &current, (Work::New, owner))?;
    Ok(())
}

/// Somebody asks on the page of their visit to be called: kept for the desk as what they said. Where it is there already and
/// the desk has put it away, it is taken out again.
pub fn wants_call(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (channel, address): (Carrier, &str),
    (visit, words): (i64, &str),
) -> Result<()> {
    let conversation = store::conversation_with(c, now, channel, address)?;
    let text = NewText {
        gateway: store::PAGE,
        gateway_id: Some(&call_of(c, now, visit)?),
        kind: TextKind::Text,
        body: words,
        reading: Reading {
            read_as: ReadAs::CallMe,
            appointment: Some(visit),
        },
    };
    let new = store::insert_text(c, now, conversation.id, &text)?.is_some();
    if new || conversation.work == Work::Done {
        store::touch(c, now, conversation.id)?;
        take_out(c, now, &conversation)?;
        note(c, now, actor, &conversation, "wants-call")?;
    }
    Ok(())
}

/// Whether somebody asked today on the page of a visit to be called, and the desk has not put that away.
pub fn awaits_call(c: &mut Conn, now: Instant, visit: i64) -> Result<bool> {
    let name = call_of(c, now, visit)?;
    store::is_open(c, store::PAGE, &name)
}

/// The name of what is asked on the page of a visit, once a day.
fn call_of(c: &mut Conn, now: Instant, visit: i64) -> Result<String> {
    let day = now.day(clinic::the_site(c)?.tz());
    Ok(format!("call:{visit}:{day}"))
}

fn stale_unless(done: bool) -> Result<()> {
    if done { Ok(()) } else { Err(Error::stale()) }
}

fn note(c: &mut Conn, now: Instant, actor: &Actor, of: &Conversation, what: &str) -> Result<()> {
    let people = store::people_of(c, std::slice::from_ref(&of.address))?;
    let subject = Subject {
        kind: "conversations",
        id: Some(of.id.0),
        // A number that a family shares names nobody.
        patient: match people.as_slice() {
            [one] => Some(one.id.0),
            _ => None,
        },
    };
    staff::audit(c, now, actor, what, subject, "")
}

/// Takes, gives, puts away or takes out a conversation that still has `version`. `to`: whom it is given to; none: to all.
pub fn step(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (id, version): (ConversationId, i64),
    (step, to): (Step, Option<UserId>),
) -> Result<()> {
    let conversation = store::get_conversation(c, id)?;
    stale_unless(conversation.version == version)?;
    let target = match step {
        Step::Take => (Work::Taken, actor.user),
        Step::Give => {
            if let Some(user) = to {
                check_colleague(c, user)?;
            }
            (if to.is_some() { Work::Taken } else { Work::New }, to)
        }
        Step::Done => (Work::Done, conversation.owner.or(actor.user)),
        Step::Reopen => (Work::New, None),
    };
    stale_unless(store::set_work(c, now, &conversation, target)?)?;
    note(c, now, actor, &conversation, step.as_str())
}

fn check_colleague(c: &mut Conn, user: UserId) -> Result<()> {
    match staff::find_user(c, user)? {
        Some(u) if u.active && staff::DESK.contains(&u.role) => Ok(()),
        _ => Err(Error::field(
            "owner",
            "unknown",
            "请选择能处理消息的同事",
            "Choose a colleague who works the inbox",
        )),
    }
}

/// Whether the address of a conversation wants no messages at all.
pub fn wants_nothing(c: &mut Conn, of: &Conversation) -> Result<bool> {
    messages::is_opted_out(c, (of.channel, &of.address), (Purpose::Desk, ""))
}

/// Sends what somebody wrote, two minutes later, and puts the conversation away as theirs: the next text takes it out again.
pub fn answer(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (id, version): (ConversationId, i64),
    text: &str,
    parts_max: i32,
) -> Result<MessageId> {
    let conversation = store::get_conversation(c, id)?;
    stale_unless(conversation.version == version)?;
    let text = checked(&conversation, text, parts_max)?;
    if wants_nothing(c, &conversation)? {
        let (zh, en) = WANTS_NOTHING;
        return Err(Error::field("text", "opted_out", zh, en));
    }
    let row = store::insert_answer(c, now, id, actor.user, text)?;
    let message = queued(c, now, &conversation, Some(row), "desk-answer")?;
    stale_unless(store::set_work(c, now, &conversation, (Work::Done, actor.user))?)?;
    note(c, now, actor, &conversation, "answer")?;
    message.ok_or_else(Error::stale)
}

/// Takes an answer back that is held, or sends it at once. Gives its words.
///
/// # Errors
/// `NotFound`; `wrong_state` when it is on its way already.
pub fn held_step(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (id, answer): (ConversationId, AnswerId),
    step: HeldStep,
) -> Result<String> {
    let conversation = store::get_conversation(c, id)?;
    let text = store::answer_in(c, id, answer)?.ok_or(Error::NotFound("answer"))?;
    let first = messages::find_by_key(c, &answer_key(answer))?.ok_or(Error::NotFound("answer"))?;
    let message = messages::last_of(c, first.id)?.unwrap_or(first);
    match step {
        // Whoever takes it back goes on with it.
        HeldStep::TakeBack => {
            stop(c, now, actor, message.id)?;
            store::set_work(c, now, &conversation, (Work::Taken, actor.user))?;
        }
        HeldStep::SendNow => send_now(c, now, actor, message.id)?,
    }
    note(c, now, actor, &conversation, step.as_str())?;
    Ok(text)
}

fn answer_key(answer: AnswerId) -> String {
    format!("desk-answer:{answer}")
}

fn checked<'t>(to: &Conversation, text: &'t str, parts_max: i32) -> Result<&'t str> {
    let text = text.trim();
    let wrong = |code, zh: &str, en: &str| Err(Error::field("text", code, zh, en));
    if !to.can_be_answered() {
        return wrong("no_address", "这个号码不能回复", "This number takes no answers");
    }
    if text.is_empty() {
        return Err(Error::Invalid(vec![FieldError::required("text")]));
    }
    if text.chars().count() > ANSWER_MAX || (to.channel == Carrier::Sms && measure(text).parts > parts_max) {
        return wrong("too_long", "太长了，请缩短", "Too long: please shorten it");
    }
    Ok(text)
}

fn queued(
    c: &mut Conn,
    now: Instant,
    to: &Conversation,
    row: Option<AnswerId>,
    template: &str,
) -> Result<Option<MessageId>> {
    let (key, due_at) = match row {
        Some(row) => (answer_key(row), now + HOLD_MS),
        None => {
            let day = now.day(clinic::the_site(c)?.tz());
            (format!("missed-call:{}:{day}", to.id), now)
        }
    };
    let people = store::people_of(c, std::slice::from_ref(&to.address))?;
    // In their own language, where those at the number agree.
    let first = people.first().map(|p| p.language);
    let agreed = first.filter(|lang| people.iter().all(|p| p.language == *lang));
    let language = match agreed {
        Some(lang) => lang,
        None => clinic::the_site(c)?.language,
    };
    let message = Addressed {
        dedupe_key: key,
        patient: match people.as_slice() {
            [one] => Some(one.id),
            _ => None,
        },
        cause: Cause {
            kind: KIND.into(),
            id: row.map(|r| r.0),
            version: None,
        },
        purpose: Purpose::Desk,
        template: template.into(),
        channel: to.channel,
        language,
        recipient: to.address.clone(),
        due_at,
        expires_at: due_at + ANSWER_MS,
        priority: PRIORITY,
    };
    queue_addressed(c, now, &message)
}

/// A call that nobody took, from a number as somebody types it: kept for the desk, and answered by a text, once a day. Gives
/// its conversation and whether a text was queued.
///
/// # Errors
/// `Invalid` at `number`: there is no such number.
pub fn missed_call(c: &mut Conn, now: Instant, actor: &Actor, typed: &str) -> Result<(ConversationId, bool)> {
    let site = clinic::the_site(c)?;
    let number = PhoneNumber::parse(typed, &site.country)
        .map_err(|_no_number| Error::field("number", "invalid", "没有这样的号码", "There is no such number"))?;
    let conversation = store::conversation_with(c, now, Carrier::Sms, number.as_str())?;
    let zone = site.tz();
    let (morning, _) = day_bounds(zone, now.day(zone));
    let first = store::count_missed(c, conversation.id, morning)? == 0;
    let incoming = Incoming {
        channel: Carrier::Sms,
        address: number.as_str(),
        gateway: "telephone",
        gateway_id: "",
        kind: TextKind::MissedCall,
        body: "",
    };
    store::insert_text(c, now, conversation.id, &incoming.row(ReadAs::MissedCall))?;
    store::touch(c, now, conversation.id)?;
    store::set_work(c, now, &conversation, (Work::New, conversation.owner))?;
    note(c, now, actor, &conversation, "missed-call")?;
    let texted = first && number.is_mobile() && queued(c, now, &conversation, None, "missed-call")?.is_some();
    Ok((conversation.id, texted))
}
