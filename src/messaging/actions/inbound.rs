//! What gateways tell us: delivery reports, and texts that patients send.

use super::super::inbox::{self, AnswerReader, Incoming, ReadAs, TextKind};
use super::super::model::{Carrier, MessageId, MessageState, Reason, Reply, international, read_reply};
use super::super::store;
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::phone_masked;
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
    let said: String = report.said.chars().take(SAID_MAX).collect();
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
    let reply = number.as_ref().map_or(Reply::Other, |_| read_reply(&inbound.text));
    let incoming = Incoming {
        channel: Carrier::Sms,
        address: number.as_deref().unwrap_or(&sender),
        gateway: &inbound.gateway,
        gateway_id: &inbound.gateway_id,
        kind: TextKind::Text,
        body: &inbound.text,
    };
    let known = match reply {
        Reply::OptOut(..) => Some(ReadAs::OptOut),
        Reply::OptIn(_) => Some(ReadAs::OptIn),
        Reply::Other => None,
    };
    let Some(reading) = inbox::receive(c, now, actor, &incoming, known, reader)? else {
        return Ok(());
    };
    let address = (Carrier::Sms, incoming.address);
    let what = match reply {
        Reply::OptOut(scope, word) => {
            let evidence = format!("{word} ({} {})", inbound.gateway, inbound.gateway_id);
            store::insert_opt_out(c, now, address, scope, &evidence)?;
            format!("opt-out {scope}: {word}")
        }
        Reply::OptIn(word) => {
            store::delete_opt_outs(c, address.0, address.1)?;
            format!("opt-in: {word}")
        }
        Reply::Other => format!("text: {}", reading.read_as),
    };
    let of = store::patients_with_phone(c, incoming.address)?;
    let subject = Subject {
        kind: "messages",
        id: None,
        // A number that a family shares names nobody.
        patient: match of.as_slice() {
            [one] => Some(one.0),
            _ => None,
        },
    };
    let detail = format!("{what} from {}", phone_masked(incoming.address));
    staff::audit(c, now, actor, "inbound", subject, &detail)
}
