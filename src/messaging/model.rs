//! A message and its rules. Pure.

use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, text_enum};
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;

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

text_enum! {
    /// What a message is for; decides consent, quiet hours and priority (messaging.md 3.4).
    Purpose {
        /// Visit reminder: part of the care.
        Reminder = "reminder",
        /// Booking confirmed: part of the care.
        Confirmation = "confirmation",
        /// Visit moved or cancelled: part of the care.
        Change = "change",
        /// Time for a check-up again.
        Recall = "recall",
        /// How are you after the treatment?
        FollowUp = "follow-up",
        /// Birthday greeting: marketing.
        Birthday = "birthday",
    }
}

text_enum! {
    /// Where a message stands. Only ever moves forward.
    MessageState {
        /// Waiting for its time.
        Queued = "queued",
        /// A dispatcher has it under lease; nothing sent yet.
        Claimed = "claimed",
        /// Handed to the gateway; the answer is not known yet.
        Sending = "sending",
        /// The gateway took it.
        Accepted = "accepted",
        /// It reached the patient.
        Delivered = "delivered",
        /// The gateway or network refused it for good.
        Failed = "failed",
        /// Perhaps sent: a crash or time-out came between send and answer.
        Uncertain = "uncertain",
        /// Not sent, on purpose; the reason says why.
        Skipped = "skipped",
        /// Given up after all tries.
        Dead = "dead",
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

/// What a cause answers when asked whether a message is still wanted.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Yes; these are the template's variables, fresh.
    Send(serde_json::Map<String, serde_json::Value>),
    /// No, and why: a code (`appointment-cancelled`, `appointment-moved`, …) and a text for the clerk.
    Skip(&'static str, Text),
}

/// A feature that causes messages. Implemented above, registered in `app` by the kind of its causes.
pub trait MessageCause: Send + Sync {
    /// The kind in [`Cause::kind`].
    fn kind(&self) -> &'static str;
    /// Asked in the transaction that marks the message as being sent.
    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, purpose: Purpose, lang: Lang) -> Result<Verdict>;
}
