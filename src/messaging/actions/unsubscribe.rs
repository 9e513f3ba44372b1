//! The way out of mail that is not about a visit: a link in each, signed for its message (RFC 8058).

use super::super::model::{Carrier, Message, MessageId, Scope};
use super::super::store;
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::links;
use crate::staff::{self, Actor, Subject};

/// What its links are signed for.
const PURPOSE: &str = "unsubscribe";
/// A mail may be found again in a mailbox after years.
const OPEN_MS: i64 = 3650 * DAY_MS;

/// Whether a message has a link by which its receiver wants no more of its kind.
pub fn has_way_out(message: &Message) -> bool {
    message.channel == Carrier::Email && message.purpose.is_refusable()
}

/// The path of the link in a message: the same for every try.
pub fn unsubscribe_path(keys: &Keys, message: &Message) -> String {
    let ends_at = message.created_at + OPEN_MS;
    format!("/u/{}", links::make(keys, PURPOSE, message.id.0, ends_at))
}

/// The message whose link `token` is.
pub fn read_unsubscribe(keys: &Keys, token: &str, now: Instant) -> Option<MessageId> {
    links::open(keys, PURPOSE, token, now).ok().map(MessageId)
}

/// Whether an address gets mail that is not about a visit.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The mail by whose link it is asked.
    pub message: MessageId,
    /// Whose address it is; none: a test's.
    pub patient: Option<PatientId>,
    /// The address.
    pub address: String,
    /// In which language the mail was.
    pub language: Lang,
    /// Whether it has been refused.
    pub refused: bool,
}

/// What is so for the receiver of a mail; none when it was never sent.
pub fn find_subscription(c: &mut Conn, id: MessageId) -> Result<Option<Subscription>> {
    let Some(message) = store::find_message(c, id)? else {
        return Ok(None);
    };
    let (true, Some(address)) = (has_way_out(&message), message.recipient) else {
        return Ok(None);
    };
    Ok(Some(Subscription {
        refused: store::is_opted_out(c, (Carrier::Email, &address), (message.purpose, ""))?,
        message: id,
        patient: message.patient_id,
        language: message.language,
        address,
    }))
}

/// The receiver of a mail wants no more of its kind. Said twice, it is said once.
pub fn unsubscribe(c: &mut Conn, now: Instant, actor: &Actor, s: &Subscription) -> Result<()> {
    let evidence = format!("link in message {}, from {}", s.message, actor.ip);
    if store::insert_opt_out(c, now, (Carrier::Email, &s.address), Scope::Marketing, &evidence)? {
        note(c, now, actor, s, "unsubscribe")?;
    }
    Ok(())
}

/// They want it again after all.
pub fn subscribe_again(c: &mut Conn, now: Instant, actor: &Actor, s: &Subscription) -> Result<()> {
    if store::delete_opt_out(c, Carrier::Email, &s.address, Scope::Marketing)? > 0 {
        note(c, now, actor, s, "subscribe")?;
    }
    Ok(())
}

/// Rows of the audit are only ever added: here stands who refused what when, also after they have thought better of it.
fn note(c: &mut Conn, now: Instant, actor: &Actor, s: &Subscription, what: &str) -> Result<()> {
    let subject = Subject {
        kind: "messages",
        id: Some(s.message.0),
        patient: s.patient.map(|p| p.0),
    };
    staff::audit(c, now, actor, what, subject, "email marketing")
}
