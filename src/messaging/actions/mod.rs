//! What is done with messages: queue and cancel them, send one again, stop one, take in reports and replies, edit templates.

mod address;
mod bounces;
mod compose;
mod inbound;
mod mailbox;
mod manners;
mod opt_out;
mod other_way;
mod schedule;
mod search;
mod templates;
mod unsubscribe;
mod wishes;

pub use address::read_address;
pub use bounces::{note_refusal, try_address_again};
pub use compose::{Composed, basic_variables, carrier_for, clinic_variables, compose};
pub use inbound::{Inbound, Report, take_reply, take_report};
pub use mailbox::{read_mailbox, take_mail};
pub use manners::save_manners;
pub use opt_out::{has_opted_out, opt_out_by_gateway, template_says};
pub use other_way::{OTHER_WAY, send_other_way};
pub use schedule::{Place, Schedule, ToCome};
pub use search::{FOUND_MAX, Search};
pub use templates::{
    Edit, HeadEdit, NewTemplate, TemplateUse, TemplateUses, Trial, Uses, add_template, archive_template,
    restore_template, restore_version, save_templates, seed_templates, send_test,
};
pub use unsubscribe::{
    Subscription, find_subscription, has_way_out, read_unsubscribe, subscribe_again, unsubscribe, unsubscribe_path,
};
pub use wishes::{Reach, lift_opt_out, note_opt_out, reach_of};

pub use super::store::find_opt_out;

use super::model::{
    AGAIN, Addressed, Carrier, HOLD_MS, Message, MessageId, MessageState, MessageStep, NewMessage, Purpose, Reason,
    choose_carrier, used,
};
use super::store::{self, Start};
use crate::patients::{self, Consents, Patient};
use crate::platform::clock::{HOUR_MS, Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::{self, Actor, Subject};

/// A message sent again by hand has at least this long to go out.
const AGAIN_AT_LEAST_MS: i64 = 10 * MINUTE_MS;
/// And gets this long when its own time is over.
const AGAIN_MS: i64 = 2 * HOUR_MS;

/// Why a message stays that somebody stopped.
const STOPPED_BY_STAFF: &str = "stopped";

/// How the key of an occurrence ends whose time had passed before anybody could queue it.
pub const MISSED: &str = ":missed";
/// And of one of whom its rule left out.
pub const LEFT_OUT: &str = ":left-out";

/// Queues a message in the transaction of its cause. None: one of this occurrence is there already.
///
/// Channel and language are fixed now, by the patient's preference. Where there is no way to send, the row is made all the
/// same, skipped, with the reason: the clerk sees why nothing went out.
pub fn queue(c: &mut Conn, now: Instant, message: &NewMessage) -> Result<Option<MessageId>> {
    let patient = patients::get_patient(c, message.patient)?;
    let language = patient.language;
    let said = agreed(c, &patient, message.purpose)?;
    let start = match choose_working(c, (&patient, said), message.carrier, &message.template)? {
        Ok(channel) => Start {
            channel,
            language,
            state: MessageState::Queued,
            reason: None,
        },
        Err((channel, reason)) => Start {
            channel,
            language,
            state: MessageState::Skipped,
            reason: Some(reason),
        },
    };
    let id = store::insert_message(c, now, message, &start)?;
    if id.is_some() {
        metrics::counter!("chairside_messages_queued_total", "channel" => start.channel.as_str()).increment(1);
    }
    Ok(id)
}

/// How many of a template's texts name a variable, and how many need it: those that do not ask whether it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Naming {
    /// Whether every text names it.
    pub all: bool,
    /// Whether some text cannot do without.
    pub needed: bool,
}

/// How the texts of a template name a variable.
pub fn template_names(c: &mut Conn, code: &str, variable: &str) -> Result<Naming> {
    let texts = store::templates_of(c, code)?;
    let bodies: Vec<&str> = texts
        .iter()
        .map(|t| t.body.as_str())
        .filter(|b| !b.is_empty())
        .collect();
    let names = |body: &&&str| used(body).iter().any(|name| name == variable);
    let asks = format!("{variable} is defined");
    Ok(Naming {
        all: bodies.iter().all(|body| names(&body)),
        needed: bodies.iter().filter(names).any(|body| !body.contains(&asks)),
    })
}

/// Why nobody can write to this patient at all, by the way that is wished for.
pub fn unreachable(c: &mut Conn, patient: &Patient, wish: Option<Carrier>) -> Result<Option<Reason>> {
    let chosen = choose_carrier(patient, patients::consents(c, patient.id)?, wish);
    Ok(chosen.err().map(|(_, code)| Reason::code(code)))
}

/// What a patient has agreed to and refused, as far as it concerns messages for a purpose: what they asked for this moment
/// comes whatever they said before.
pub fn agreed(c: &mut Conn, patient: &Patient, purpose: Purpose) -> Result<Consents> {
    if purpose.is_conversation() {
        return Ok(Consents::default());
    }
    patients::consents(c, patient.id)
}

/// How a message to this patient travels, or why it cannot: by text, where mail to them comes back and nobody insists on it;
/// by the other way, where the template has a text for that one only.
fn choose_working(
    c: &mut Conn,
    (patient, said): (&Patient, Consents),
    wish: Option<Carrier>,
    template: &str,
) -> Result<Result<Carrier, (Carrier, &'static str)>> {
    let chosen = choose_carrier(patient, said, wish);
    if let (Ok(carrier), None) = (&chosen, wish) {
        let (carrier, other) = (*carrier, carrier.other());
        if other.address_of(patient).is_some() && !other.refused(said) {
            let there = store::one_template(c, template)?;
            if !there.carries(template, carrier) && there.carries(template, other) {
                return Ok(Ok(other));
            }
        }
    }
    let texted = Carrier::Sms.address_of(patient).is_some() && !said.refuses_sms();
    if let (Ok(Carrier::Email), None, true) = (&chosen, wish, texted)
        && let Some(address) = Carrier::Email.address_of(patient)
        && store::find_health(c, Carrier::Email, address)?.is_some_and(|h| h.suppressed_at.is_some())
    {
        return Ok(Ok(Carrier::Sms));
    }
    Ok(chosen)
}

/// Queues a message to an address that somebody gave. None: one of this occurrence is there already.
pub fn queue_addressed(c: &mut Conn, now: Instant, message: &Addressed) -> Result<Option<MessageId>> {
    let id = store::insert_addressed(c, now, message)?;
    if id.is_some() {
        metrics::counter!("chairside_messages_queued_total", "channel" => message.channel.as_str()).increment(1);
    }
    Ok(id)
}

/// Writes down that a message might have gone out and does not: its time had passed ([`MISSED`]), or its rule leaves its
/// patient out ([`LEFT_OUT`]). The row stands beside the occurrence, not for it: where a clock is put right, or what stood
/// against it is gone, the message may still go out.
pub fn note_beside(
    c: &mut Conn,
    now: Instant,
    message: &NewMessage,
    (ending, why): (&str, &'static str),
) -> Result<Option<MessageId>> {
    let beside = NewMessage {
        dedupe_key: format!("{}{ending}", message.dedupe_key),
        ..message.clone()
    };
    note_unsent(c, now, &beside, why)
}

/// Writes down that a message is not sent, and why, instead of queueing it; a better reason is that it could not be.
pub fn note_unsent(c: &mut Conn, now: Instant, message: &NewMessage, why: &'static str) -> Result<Option<MessageId>> {
    let patient = patients::get_patient(c, message.patient)?;
    let said = agreed(c, &patient, message.purpose)?;
    let (channel, reason) = match choose_carrier(&patient, said, message.carrier) {
        Ok(channel) => (channel, why),
        Err(cannot) => cannot,
    };
    let start = Start {
        channel,
        language: patient.language,
        state: MessageState::Skipped,
        reason: Some(reason),
    };
    store::insert_message(c, now, message, &start)
}

/// What was queued for a cause is not wanted any more: skipped, unless it is on its way. `reason`: a code, or a whole
/// [`Reason`] in its stored form. Gives how many.
pub fn cancel_for(c: &mut Conn, now: Instant, kind: &str, id: i64, reason: &str) -> Result<usize> {
    store::skip_of_cause(c, now, kind, id, reason)
}

/// Takes back the message of one occurrence, if it is not on its way yet: an undone step tells nobody.
pub fn withdraw(c: &mut Conn, now: Instant, dedupe_key: &str, reason: &str) -> Result<usize> {
    store::skip_of_key(c, now, dedupe_key, reason)
}

/// Sends a message once more, as a new row, when the old one did not (surely) arrive; held as all that a click sends, but for
/// the test of a template.
pub fn send_again(c: &mut Conn, now: Instant, actor: &Actor, id: MessageId) -> Result<MessageId> {
    let old = store::get_message(c, id)?;
    if !can_send_again(&old) {
        return Err(Error::conflict(
            "wrong_state",
            "这条消息不需要重发",
            "This message does not need to be sent again",
        ));
    }
    let due_at = if old.is_test() { now } else { now + HOLD_MS };
    let expires_at = if old.expires_at - due_at > AGAIN_AT_LEAST_MS {
        old.expires_at
    } else {
        due_at + AGAIN_MS
    };
    let key = free_key(c, &old)?;
    let Some(patient) = old.patient_id.filter(|_| !old.purpose.answers()) else {
        return templates::addressed_again(c, now, actor, (&old, key), (due_at, expires_at));
    };
    let new = NewMessage {
        dedupe_key: key,
        patient,
        cause: old.cause(),
        purpose: old.purpose,
        template: old.template.clone(),
        carrier: Some(old.channel),
        due_at,
        expires_at,
        priority: 1,
    };
    let made = queue(c, now, &new)?.ok_or_else(sent_again)?;
    let subject = Subject::of_patient("messages", made.0, patient.0);
    staff::audit(c, now, actor, "send-again", subject, &format!("of message {id}"))?;
    Ok(made)
}

fn sent_again() -> Error {
    Error::conflict(
        "sent_again",
        "这条消息已经重发过，请看新的那条",
        "This message has been sent again already: look at the new one",
    )
}

/// Whether a message may be sent again by hand.
pub fn can_send_again(message: &Message) -> bool {
    message.state.needs_attention()
}

/// `key` and the row it repeats: the same row is repeated once, its repetition once again.
fn again_key(key: &str, id: MessageId) -> String {
    let first = key.split(AGAIN).next().unwrap_or(key);
    format!("{first}{AGAIN}{id}")
}

/// The key of the next repetition of a row: one that was stopped while it was held leaves its place to another.
fn free_key(c: &mut Conn, old: &Message) -> Result<String> {
    let mut key = again_key(&old.dedupe_key, old.id);
    while let Some(taken) = store::find_by_key(c, &key)?
        && taken.state == MessageState::Skipped
        && taken.why().is_some_and(|why| why.code == STOPPED_BY_STAFF)
    {
        key = again_key(&old.dedupe_key, taken.id);
    }
    Ok(key)
}

/// Sends what is held for two minutes at once.
pub fn send_now(c: &mut Conn, now: Instant, actor: &Actor, id: MessageId) -> Result<()> {
    let message = store::get_message(c, id)?;
    if !message.is_held(now) || !store::hurry(c, now, id)? {
        return Err(Error::conflict(
            "wrong_state",
            "已经发出，或不是等待撤回的消息",
            "It is on its way already, or is not held",
        ));
    }
    staff::audit(c, now, actor, "send-now", subject(&message), "")
}

/// Stops a message that is not on its way yet.
pub fn stop(c: &mut Conn, now: Instant, actor: &Actor, id: MessageId) -> Result<()> {
    let message = store::get_message(c, id)?;
    if !store::skip_message(c, now, id, &Reason::code(STOPPED_BY_STAFF).stored())? {
        return Err(Error::conflict(
            "wrong_state",
            "已经发出，来不及停止了",
            "It is on its way already and cannot be stopped",
        ));
    }
    staff::audit(c, now, actor, "stop", subject(&message), "")
}

fn subject(message: &Message) -> Subject {
    Subject {
        kind: "messages",
        id: Some(message.id.0),
        patient: message.patient_id.map(|p| p.0),
    }
}

/// Does one of these with a message. Gives the message to look at then: the new one, where it was sent again.
pub fn step(c: &mut Conn, now: Instant, actor: &Actor, (id, step): (MessageId, MessageStep)) -> Result<MessageId> {
    match step {
        MessageStep::SendAgain => return send_again(c, now, actor, id),
        MessageStep::SendNow => send_now(c, now, actor, id)?,
        MessageStep::Stop => stop(c, now, actor, id)?,
    }
    Ok(id)
}
