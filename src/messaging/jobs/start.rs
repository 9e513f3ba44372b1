//! From claimed to being sent: one short transaction that asks the last questions and commits before the gateway is called.
//! What a cause cancels before that commit is not sent.

use super::super::model::{Carrier, Message, MessageId, MessageState, Reason, may_combine};
use super::super::store::{self, Sent, Taken};
use super::super::views::Letter;
use super::ask::{Answer, Ready, receiver};
use super::route::Route;
use super::{Dispatcher, End};
use crate::clinic;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::ical::Invitation;
use crate::platform::links;
use crate::platform::mail::{Enclosure, Thread, tag};

/// How long delivery reports are taken.
const REPORTS_MS: i64 = 7 * DAY_MS;
/// Purpose of the report URL's signature.
pub const REPORT_PURPOSE: &str = "sms-report";

/// A message that is to be handed to its gateway now.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The row as it was before.
    pub message: Message,
    /// The claim under which it is sent.
    pub lease: String,
    /// Address.
    pub recipient: String,
    /// Subject line.
    pub title: String,
    /// Text.
    pub body: String,
    /// The same as a letter, for an email.
    pub letter: Letter,
    /// What an email is shown under.
    pub thread: Option<Thread>,
    /// What goes with an email.
    pub invitation: Option<Invitation>,
    /// Files that go with an email.
    pub enclosures: Vec<Enclosure>,
    /// By which gateway.
    pub(super) route: Route,
    /// Our own name for it, signed.
    pub reference: String,
    /// Where its gateway reports.
    pub report_url: String,
    /// Number of the try.
    pub number: i32,
    /// When it was started.
    pub at: Instant,
}

pub(super) enum Started {
    Go(Box<Outgoing>),
    Done(End),
}

impl Dispatcher {
    /// Marks a claimed message as being sent, if it still may be.
    pub(super) fn start(&self, c: &mut Conn, now: Instant, taken: Taken, lease: &str) -> Result<Started> {
        let id = taken.id;
        if may_combine(taken.purpose) {
            self.lock_family(c, id)?;
        }
        let Some(message) = store::hold_claimed(c, now, id, lease)? else {
            return Ok(Started::Done(End::Lost));
        };
        let site = clinic::the_site(c)?;
        let patient = receiver(c, &message)?;
        match self.ask(c, now, &message, (&site, patient.as_ref()))? {
            Ok(go) => self.go(c, now, message, go).map(|o| Started::Go(Box::new(o))),
            Err(Answer::Skip(reason)) => end(c, now, id, MessageState::Skipped, &reason),
            Err(Answer::Fail(reason)) => end(c, now, id, MessageState::Failed, &reason),
            Err(Answer::Later(at, reason)) => {
                store::release(c, now, id, at, Some(&reason.stored()))?;
                Ok(Started::Done(End::Postponed))
            }
        }
    }

    /// Reminders to one number or address are started one after the other: two that take each other would both wait. Before the row is
    /// held.
    fn lock_family(&self, c: &mut Conn, id: MessageId) -> Result<()> {
        // SQLite has one writer anyway.
        if matches!(c, Conn::Sqlite(_)) {
            return Ok(());
        }
        let Some(message) = store::find_message(c, id)? else {
            return Ok(());
        };
        match receiver(c, &message)?
            .as_ref()
            .and_then(|p| message.channel.address_of(p))
        {
            Some(address) => store::lock_address(c, address),
            None => Ok(()),
        }
    }

    /// The letter that an email answers, else the first of ours about the same matter, if this is not it.
    fn thread(&self, c: &mut Conn, message: &Message, recipient: &str) -> Result<Option<Thread>> {
        if let Some(cause) = self.cause_of(message)
            && let Some(letter) = cause.answers(c, &message.cause())?
        {
            return Ok(Some(Thread::Theirs(letter)));
        }
        let first = store::first_of_thread(c, message, recipient)?;
        Ok(first.map(|id| Thread::Ours(tag::make(&self.keys, id.0))))
    }

    /// Keeps exactly what the patient will get, then lets it go.
    fn go(&self, c: &mut Conn, now: Instant, message: Message, ready: Ready) -> Result<Outgoing> {
        let is_sms = message.channel == Carrier::Sms;
        let variables = serde_json::to_string(&ready.variables).map_err(|e| Error::Internal(e.to_string()))?;
        let body = ready.letter.plain();
        let thread = match is_sms {
            true => None,
            false => self.thread(c, &message, &ready.recipient)?,
        };
        let sent = Sent {
            recipient: &ready.recipient,
            title: (!is_sms).then_some(ready.text.subject.as_str()),
            body: &body,
            segments: is_sms.then_some(ready.text.size.parts),
            calendar: ready.invitation.as_ref().map(|i| i.text.as_str()),
            variables: &variables,
            gateway: &ready.route.gateway,
            lease_until: self.lease_end(now),
            written: (
                Some(ready.version),
                (ready.language != message.language).then_some(ready.language),
            ),
        };
        let number = store::mark_sending(c, now, &message, &sent)?;
        store::put_files(c, &message, &ready.enclosures)?;
        if !ready.members.is_empty() {
            let members: Vec<MessageId> = ready.members.iter().map(|m| m.id).collect();
            store::go_along(c, now, message.id, &members, &sent)?;
        }
        let reference = links::make(&self.keys, REPORT_PURPOSE, message.id.0, now + REPORTS_MS);
        let path = format!("/gateway/{}/report/{reference}", ready.route.gateway);
        Ok(Outgoing {
            recipient: ready.recipient,
            title: ready.text.subject,
            body,
            letter: ready.letter,
            thread,
            invitation: ready.invitation,
            enclosures: ready.enclosures,
            lease: message.lease.clone().unwrap_or_default(),
            report_url: self.config.server.url(&path),
            reference,
            route: ready.route,
            number,
            at: now,
            message,
        })
    }
}

/// Ends a message unsent; one that was perhaps sent by an earlier try ends as that.
fn end(c: &mut Conn, now: Instant, id: MessageId, state: MessageState, reason: &Reason) -> Result<Started> {
    if store::count_perhaps(c, id)? > 0 {
        let perhaps = MessageState::Uncertain;
        store::end_unsent(c, now, id, perhaps, store::MAYBE_SENT)?;
        return Ok(Started::Done(End::State(perhaps)));
    }
    store::end_unsent(c, now, id, state, &reason.stored())?;
    metrics::counter!("chairside_messages_unsent_total", "reason" => reason.code.clone()).increment(1);
    Ok(Started::Done(End::State(state)))
}
