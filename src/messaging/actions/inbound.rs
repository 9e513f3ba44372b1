//! What gateways tell us: delivery reports, and what patients write.

use super::super::inbox::{self, AnswerReader, Incoming, ReadAs, TextKind};
use super::super::model::{Carrier, MessageId, MessageState, Reason, Reply, international, read_reply};
use super::super::store;
use super::opt_out::confirm_stop;
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, storable};
use crate::platform::error::Result;
use crate::platform::i18n::phone_masked;
use crate::platform::mail::Letter;
use crate::platform::sms::Status;
use crate::staff::{self, Actor, Subject};

/// How much of a gateway's words is kept.
const SAID_MAX: usize = 200;

/// A delivery report.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which message.
    pub message: MessageId,
    /// What became of it.
    pub status: Status,
    /// The gateway's code and words.
    pub said: String,
}

/// Takes a report in; told once more in the same words, it changes nothing. It is always kept; the message's state only moves forward, in whatever order reports come: what was
/// delivered stays delivered, and a late "taken by the network" settles only what was not known.
pub fn take_report(c: &mut Conn, now: Instant, report: &Report) -> Result<()> {
    use MessageState as S;
    store::get_message(c, report.message)?;
    let said: String = storable(&report.said).chars().take(SAID_MAX).collect();
    let status = report.status.as_str();
    if !store::insert_report(c, now, report.message, status, &said)? {
        return Ok(());
    }
    let id = report.message;
    match report.status {
        Status::Delivered => {
            // A telephone has it, whatever we thought: also a queued second try is not needed any more.
            let from = [S::Queued, S::Claimed, S::Sending, S::Accepted, S::Uncertain, S::Dead];
            store::report_state(c, now, id, &from, (S::Delivered, None))?;
        }
        Status::Failed | Status::Rejected | Status::Expired => {
            let code = if report.status == Status::Expired {
                "undelivered-expired"
            } else {
                "not-delivered"
            };
            let reason = if said.is_empty() {
                Reason::code(code)
            } else {
                Reason::said(code, &said)
            };
            let from = [S::Sending, S::Accepted, S::Uncertain];
            store::report_state(c, now, id, &from, (S::Failed, Some(&reason.stored())))?;
        }
        Status::Accepted | Status::Buffered => {
            store::report_state(c, now, id, &[S::Sending, S::Uncertain], (S::Accepted, None))?;
        }
        Status::Unknown => {}
    }
    metrics::counter!("chairside_message_reports_total", "status" => status).increment(1);
    Ok(())
}

/// A text that a patient sent.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// By which gateway.
    pub gateway: String,
    /// From which number, as the gateway writes it.
    pub from: String,
    /// What it says.
    pub text: String,
    /// The gateway's name for it.
    pub gateway_id: String,
    /// Whether the gateway itself tells who stops everything that it is done.
    pub confirms_stop: bool,
}

/// The longest sender that is kept where it is no number.
const SENDER_MAX: usize = 40;

/// Takes a text in, once: it goes into the inbox, opts its number out or in when it says so, and is else read by `reader`.
pub fn take_reply(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    inbound: &Inbound,
    reader: &dyn AnswerReader,
) -> Result<()> {
    let country = clinic::the_site(c)?.country;
    let number = international(&inbound.from, &country);
    let sender: String = inbound.from.trim().chars().take(SENDER_MAX).collect();
    let incoming = Incoming {
        channel: Carrier::Sms,
        address: number.as_deref().unwrap_or(&sender),
        gateway: &inbound.gateway,
        gateway_id: &inbound.gateway_id,
        kind: TextKind::Text,
        body: &inbound.text,
    };
    let stopped = take_in(c, now, actor, (&incoming, number.is_some()), reader)?.is_some_and(|r| r.stops());
    match number.filter(|_| stopped && !inbound.confirms_stop) {
        Some(number) => confirm_stop(c, now, &number),
        None => Ok(()),
    }
}

/// Where letters come from, as the inbox calls it.
const MAILBOX: &str = "email";

/// Takes a letter in, once; false: it was here before. What it says is done where it answers a mail of ours to that very
/// address: anybody may write any sender into a letter. Of all others somebody decides.
pub fn take_letter(c: &mut Conn, now: Instant, letter: &Letter, reader: &dyn AnswerReader) -> Result<bool> {
    let answered = match letter.answers {
        Some(id) => store::find_message(c, MessageId(id))?.and_then(|m| m.recipient),
        None => None,
    };
    let to = answered.filter(|to| to.eq_ignore_ascii_case(&letter.from));
    let mut body = letter.text.clone();
    if letter.files > 0 {
        let n = letter.files;
        body = format!("{body}\n\n[{n} 个附件在邮箱里 / {n} files in the mailbox]")
            .trim()
            .to_owned();
    }
    let incoming = Incoming {
        channel: Carrier::Email,
        address: to.as_deref().unwrap_or(&letter.from),
        gateway: MAILBOX,
        gateway_id: &letter.id,
        kind: TextKind::Text,
        body: &body,
    };
    let actor = Actor::system(MAILBOX);
    Ok(take_in(c, now, &actor, (&incoming, to.is_some()), reader)?.is_some())
}

/// What came in goes into the inbox. Where its sender is `certain`, it opts that address out or in when it says so, and is else
/// read by `reader`. Gives what it asks for; none: it was here before.
fn take_in(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (incoming, certain): (&Incoming<'_>, bool),
    reader: &dyn AnswerReader,
) -> Result<Option<Reply>> {
    let reply = if certain {
        read_reply(incoming.body)
    } else {
        Reply::Other
    };
    let known = match reply {
        Reply::OptOut(..) => Some(ReadAs::OptOut),
        Reply::OptIn(_) => Some(ReadAs::OptIn),
        Reply::Other => (!certain).then_some(ReadAs::Words),
    };
    let Some(reading) = inbox::receive(c, now, actor, incoming, known, reader)? else {
        return Ok(None);
    };
    let address = (incoming.channel, incoming.address);
    let what = match &reply {
        Reply::OptOut(scope, word) => {
            let evidence = format!("{word} ({} {})", incoming.gateway, incoming.gateway_id);
            store::insert_opt_out(c, now, address, *scope, &evidence)?;
            format!("opt-out {scope}: {word}")
        }
        Reply::OptIn(word) => {
            store::delete_opt_outs(c, address.0, address.1)?;
            format!("opt-in: {word}")
        }
        Reply::Other => format!("text: {}", reading.read_as),
    };
    let of = store::patients_at(c, address)?;
    let subject = Subject {
        kind: "messages",
        id: None,
        // An address that a family shares names nobody.
        patient: match of.as_slice() {
            [one] => Some(one.0),
            _ => None,
        },
    };
    let detail = format!("{what} from {}", masked(address));
    staff::audit(c, now, actor, "inbound", subject, &detail)?;
    Ok(Some(reply))
}

/// An address for the audit: who may read that need not know the whole.
pub(super) fn masked((channel, address): (Carrier, &str)) -> String {
    match (channel, address.split_once('@')) {
        (Carrier::Email, Some((name, domain))) => {
            format!("{}***@{domain}", name.chars().take(1).collect::<String>())
        }
        _ => phone_masked(address),
    }
}
