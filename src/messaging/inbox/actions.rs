//! Taking texts in, and seeing to them.

use super::super::actions::queue_addressed;
use super::super::model::{Addressed, Carrier, Cause, MessageId, Purpose};
use super::cause::KIND;
use super::model::{AnswerReader, Conversation, ConversationId, ReadAs, Reading, Step, TextKind, Unread, Work};
use super::store::{self, NewText};
use crate::clinic;
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
    /// From where: E.164, or the gateway's words.
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
            address: incoming.address,
            body: incoming.body,
        };
        reading = reader.read(c, now, actor, unread)?;
        store::set_reading(c, id, reading)?;
    }
    if reading.read_as.waits() {
        // Whoever is on it stays its owner, and sees that there is something new.
        let owner = conversation.owner.filter(|_| conversation.work == Work::Taken);
        let current = store::get_conversation(c, conversation.id)?;
        store::set_work(c, now, &current, (Work::New, owner))?;
    }
    Ok(Some(reading))
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

/// Sends what somebody wrote, and puts the conversation away as theirs: the next text takes it out again.
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
    let row = store::insert_answer(c, now, id, actor.user, text)?;
    let message = queued(c, now, &conversation, Some(row), "desk-answer")?;
    stale_unless(store::set_work(c, now, &conversation, (Work::Done, actor.user))?)?;
    note(c, now, actor, &conversation, "answer")?;
    message.ok_or_else(Error::stale)
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
    row: Option<i64>,
    template: &str,
) -> Result<Option<MessageId>> {
    let key = match row {
        Some(row) => format!("desk-answer:{row}"),
        None => format!("missed-call:{}:{}", to.id, now.day(clinic::the_site(c)?.tz())),
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
            id: row,
            version: None,
        },
        purpose: Purpose::Desk,
        template: template.into(),
        channel: to.channel,
        language,
        recipient: to.address.clone(),
        due_at: now,
        expires_at: now + ANSWER_MS,
        priority: PRIORITY,
    };
    queue_addressed(c, now, &message)
}

/// A call that nobody took, from a number in E.164: kept for the desk, and answered by a text, once a day. Gives whether a
/// text was queued.
pub fn missed_call(c: &mut Conn, now: Instant, actor: &Actor, number: &str, mobile: bool) -> Result<bool> {
    let conversation = store::conversation_with(c, now, Carrier::Sms, number)?;
    let zone = clinic::the_site(c)?.tz();
    let (morning, _) = day_bounds(zone, now.day(zone));
    let first = store::count_missed(c, conversation.id, morning)? == 0;
    let incoming = Incoming {
        channel: Carrier::Sms,
        address: number,
        gateway: "telephone",
        gateway_id: "",
        kind: TextKind::MissedCall,
        body: "",
    };
    store::insert_text(c, now, conversation.id, &incoming.row(ReadAs::MissedCall))?;
    store::touch(c, now, conversation.id)?;
    store::set_work(c, now, &conversation, (Work::New, conversation.owner))?;
    note(c, now, actor, &conversation, "missed-call")?;
    if !first || !mobile {
        return Ok(false);
    }
    Ok(queued(c, now, &conversation, None, "missed-call")?.is_some())
}
