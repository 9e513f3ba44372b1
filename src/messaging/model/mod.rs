//! A message and its rules. Pure.

mod bounce;
mod cared;
mod catalog;
mod diff;
mod faults;
mod limits;
mod lint;
mod manners;
#[cfg(test)]
mod manners_tests;
mod offers;
mod opt_out;
mod provider;
mod purpose;
mod quick;
mod quiet;
mod reason;
mod recalls;
mod reply;
mod state;
mod template;
mod variables;

pub use bounce::{Health, Severity};
pub use catalog::{Head, Templates, code_of, is_code};
pub use diff::{Piece, diff};
pub use faults::{check, fault, names_family, used};
pub use lint::{House, Lint, Written, beyond_gsm, extent, lint, plain, uneven};
pub use manners::{Caps, HOLIDAYS_AHEAD, Manners, OCCASION, Receiver, Sent, is_for_all, may_combine};
pub use opt_out::{OptOut, OptOutId, told};
pub use provider::ProviderEntry;
pub use purpose::Purpose;
pub use quiet::{Window, send_time};
pub use reason::Reason;
pub use reply::{Reply, Scope, international, read_reply, stopped_by};
pub use state::{MessageState, Stand};
pub use template::{Draft, Rendered, render, shipped, title_of};
pub use variables::{FAMILY, family_sample, sample, sample_of, variables_of};

use crate::patients::{Channel, Consents, Patient, PatientId};
use crate::platform::clock::{Instant, MINUTE_MS};
use crate::platform::db::{Conn, text_enum};
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ical::Event;
use crate::platform::ids::id_type;
use crate::platform::mail::Enclosure;

/// How long what a click sends is held, so that a slip can be taken back; whoever clicked may send it at once.
pub const HOLD_MS: i64 = 2 * MINUTE_MS;

text_enum! {
    /// What can be done with one message by hand.
    MessageStep {
        /// Once more, as a new message, when it did not (surely) arrive.
        SendAgain = "send-again",
        /// At once, instead of at the end of the two minutes.
        SendNow = "send-now",
        /// Not at all, if it is not on its way yet.
        Stop = "stop",
    }
}

id_type! {
    /// Row id of a message.
    MessageId
}

text_enum! {
    /// How a message travels.
    Carrier {
        /// Text message.
        Sms = "sms",
        /// Email.
        Email = "email",
    }
}

/// What a message is about: asked again before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `appointment`, `recall`, `patient`, `call-task`, …
    pub kind: String,
    /// Its row.
    pub id: Option<i64>,
    /// The version it had when the message was queued.
    pub version: Option<i64>,
}

/// The kind of the cause of a test: somebody wants to see a template on their own telephone. Its row is their account.
pub const TEST: &str = "test";
/// What stands in a key between that of the message that is repeated and its number.
pub const AGAIN: &str = ":again";

/// The kind of the cause of the text that confirms a stop of everything. It has no row.
pub const STOPPED: &str = "stopped";

/// A message to be queued.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Names the occurrence, e.g. `appointment:42:v3:reminder-day-before`. Queued twice, it is one message.
    pub dedupe_key: String,
    /// To whom.
    pub patient: PatientId,
    /// Why.
    pub cause: Cause,
    /// What for.
    pub purpose: Purpose,
    /// Code of the template.
    pub template: String,
    /// How. None: as the patient prefers (SMS when there is a mobile number, else email).
    pub carrier: Option<Carrier>,
    /// Not before.
    pub due_at: Instant,
    /// Not at or after: too late is not sent.
    pub expires_at: Instant,
    /// 1 = most urgent … 9.
    pub priority: i32,
}

/// A message to an address that somebody gave, who need not be a patient.
#[derive(Debug, Clone)]
pub struct Addressed {
    /// Names the occurrence. Queued twice, it is one message.
    pub dedupe_key: String,
    /// Whose record it belongs to, where that is known.
    pub patient: Option<PatientId>,
    /// Why.
    pub cause: Cause,
    /// What for.
    pub purpose: Purpose,
    /// Code of the template.
    pub template: String,
    /// How.
    pub channel: Carrier,
    /// In which language.
    pub language: Lang,
    /// To which number (E.164) or email address.
    pub recipient: String,
    /// Not before.
    pub due_at: Instant,
    /// Not at or after.
    pub expires_at: Instant,
    /// 1 = most urgent … 9.
    pub priority: i32,
}

/// What a cause answers when asked whether a message is still wanted.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Yes; these are the template's variables, fresh.
    Send(serde_json::Map<String, serde_json::Value>),
    /// No, and why: a code (`appointment-cancelled`, `appointment-moved`, …) and a text for the clerk.
    Skip(&'static str, Text),
    /// Not now, and why: it is asked again.
    Wait(&'static str, Text),
}

/// A feature that causes messages. Implemented above, registered in `app` by the kind of its causes.
pub trait MessageCause: Send + Sync {
    /// The kind in [`Cause::kind`].
    fn kind(&self) -> &'static str;
    /// Asked in the transaction that marks the message as being sent.
    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, purpose: Purpose, lang: Lang) -> Result<Verdict>;
    /// What a message that is wanted is about, for the receiver's calendar; none: it is about no time. Asked in the same
    /// transaction.
    fn events(&self, _c: &mut Conn, _now: Instant, _cause: &Cause, _words: (Purpose, Lang)) -> Result<Vec<Event>> {
        Ok(Vec::new())
    }
    /// What goes with an email beside the text. Asked in the same transaction.
    fn files(&self, _c: &mut Conn, _cause: &Cause, _lang: Lang) -> Result<Vec<Enclosure>> {
        Ok(Vec::new())
    }
    /// The `Message-ID` of the letter that a mail answers, as it was written there; none: it answers none. Asked in the same
    /// transaction.
    fn answers(&self, _c: &mut Conn, _cause: &Cause) -> Result<Option<String>> {
        Ok(None)
    }
    /// What a message for this purpose to this patient would be about now, to preview a template with; none: there is nothing.
    fn example(&self, _c: &mut Conn, _now: Instant, _patient: PatientId, _purpose: Purpose) -> Result<Option<Cause>> {
        Ok(None)
    }
}

/// What plans messages by rules.
pub trait MessageRules: Send + Sync {
    /// Why a message's rule does not want it any more, as a code and for people: it may have waited since it was planned. None:
    /// it does, or no rule planned it. Asked in the transaction that marks it as being sent.
    fn objection(&self, c: &mut Conn, now: Instant, message: &Message) -> Result<Option<(&'static str, Text)>>;
}

impl Carrier {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Carrier::Sms => Text::new("短信", "SMS"),
            Carrier::Email => Text::new("邮件", "Email"),
        }
    }
    /// The other one.
    pub fn other(self) -> Carrier {
        match self {
            Carrier::Sms => Carrier::Email,
            Carrier::Email => Carrier::Sms,
        }
    }
    /// Icon of the sprite.
    pub fn icon(self) -> &'static str {
        match self {
            Carrier::Sms => "message-square-text",
            Carrier::Email => "mail",
        }
    }
    /// Where it reaches a patient.
    pub fn address_of(self, patient: &Patient) -> Option<&str> {
        match self {
            Carrier::Sms => patient.phone.as_deref(),
            Carrier::Email => patient.email.as_deref(),
        }
        .filter(|a| !a.is_empty())
    }
    /// Whether a patient who said this wants nothing that travels so.
    pub fn refused(self, said: Consents) -> bool {
        match self {
            Carrier::Sms => said.refuses_sms(),
            Carrier::Email => said.refuses_email(),
        }
    }
}

/// How a message to this patient travels, or why it cannot. `said`: what they agreed to and refused. `wish`: the cause insists
/// on a channel.
pub fn choose_carrier(
    patient: &Patient,
    said: Consents,
    wish: Option<Carrier>,
) -> Result<Carrier, (Carrier, &'static str)> {
    let preferred = match patient.channel {
        Channel::Email => Carrier::Email,
        Channel::Sms | Channel::Phone | Channel::None => Carrier::Sms,
    };
    let first = wish.unwrap_or(preferred);
    if patient.deceased {
        return Err((first, "deceased"));
    }
    match patient.channel {
        Channel::None => return Err((first, "wants-none")),
        Channel::Phone if wish.is_none() => return Err((first, "wants-calls")),
        _ => {}
    }
    let other = first.other();
    match (no_way(patient, said, first), wish) {
        (None, _) => Ok(first),
        (Some(_), None) if no_way(patient, said, other).is_none() => Ok(other),
        (Some(why), _) => Err((first, why)),
    }
}

/// Why nothing goes to this patient by a channel.
fn no_way(patient: &Patient, said: Consents, carrier: Carrier) -> Option<&'static str> {
    match carrier.address_of(patient) {
        None => Some(no_address(carrier)),
        Some(_) => carrier.refused(said).then(|| refusal(carrier)),
    }
}

/// The reason when the patient has said no to a channel.
pub fn refusal(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Sms => "refuses-sms",
        Carrier::Email => "refuses-email",
    }
}

/// The reason when the address is missing.
pub fn no_address(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Sms => "no-phone",
        Carrier::Email => "no-email",
    }
}

/// A message's row.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Message {
    /// Row id.
    pub id: MessageId,
    /// Names the occurrence.
    pub dedupe_key: String,
    /// To whom; none: it goes to an address that somebody gave ([`Addressed`]).
    pub patient_id: Option<PatientId>,
    /// Kind of the cause.
    pub cause_kind: String,
    /// Row of the cause.
    pub cause_id: Option<i64>,
    /// Version of the cause when queued.
    pub cause_version: Option<i64>,
    /// What for.
    pub purpose: Purpose,
    /// Code of the template.
    pub template: String,
    /// How.
    pub channel: Carrier,
    /// In which language.
    pub language: Lang,
    /// Address it was sent to; none before the first try, but for one whose address was given.
    pub recipient: Option<String>,
    /// Subject line of an email, as sent.
    pub title: Option<String>,
    /// Text as sent.
    pub body: Option<String>,
    /// Parts of a text message.
    pub segments: Option<i32>,
    /// Where it stands.
    pub state: MessageState,
    /// Why, as [`Reason`] writes it.
    pub reason: Option<String>,
    /// 1 = most urgent … 9.
    pub priority: i32,
    /// Not before.
    pub due_at: Instant,
    /// Not at or after.
    pub expires_at: Instant,
    /// When it is taken up (again).
    pub next_try_at: Instant,
    /// Tries so far; refusals that were the settings' fault do not count.
    pub attempts: i32,
    /// Who holds it.
    pub lease: Option<String>,
    /// Until when.
    pub lease_until: Option<Instant>,
    /// The gateway's name for it.
    pub gateway_id: Option<String>,
    /// The template's variables, as JSON.
    pub variables: String,
    /// When queued.
    pub created_at: Instant,
    /// When last changed.
    pub updated_at: Instant,
    /// The invitation that went with an email, as sent.
    pub calendar: Option<String>,
    /// Version of the template's text with which it was written.
    pub template_version: Option<i64>,
    /// The language it was written in, where that is not the patient's: the template has no text in theirs.
    pub text_language: Option<Lang>,
    /// The message with which it went: a family's reminders are one.
    pub with_id: Option<MessageId>,
}

impl Message {
    /// Whether somebody's click made it and it is held, so that a slip can be taken back ([`HOLD_MS`]).
    pub fn is_held(&self, now: Instant) -> bool {
        let clicked = self.due_at - self.created_at == HOLD_MS;
        clicked && self.state == MessageState::Queued && self.attempts == 0 && self.due_at > now
    }
    /// The language in which it is written.
    pub fn written_in(&self) -> Lang {
        self.text_language.unwrap_or(self.language)
    }
    /// What it is about.
    pub fn cause(&self) -> Cause {
        Cause {
            kind: self.cause_kind.clone(),
            id: self.cause_id,
            version: self.cause_version,
        }
    }
    /// Whether it is a test of its template.
    pub fn is_test(&self) -> bool {
        self.cause_kind == TEST
    }
    /// Whether it confirms that nothing more comes.
    pub fn confirms_stop(&self) -> bool {
        self.cause_kind == STOPPED
    }
    /// Why it stands where it stands.
    pub fn why(&self) -> Option<Reason> {
        self.reason.as_deref().map(Reason::read)
    }
}
