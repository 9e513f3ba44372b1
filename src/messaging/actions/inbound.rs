//! What gateways tell us: delivery reports, and texts that patients send.

use super::super::inbox::{self, AnswerReader, Incoming, ReadAs, TextKind};
use super::super::model::{Carrier, MessageId, MessageState, Reason, Reply, international, read_reply};
use super::super::store;
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::phone_masked;
use crate::staff::{self, Actor, Subject};

/// The gateway that brings texts.
const GATEWAY: &str = "kannel";
/// Kannel's bits of a report (messaging.md 1.1).
const DELIVERED: i64 = 1;
const FAILED: i64 = 2;
const BUFFERED: i64 = 4;
const TAKEN: i64 = 8;
const REFUSED: i64 = 16;
const EXPIRED: i64 = 32;
/// How much of a gateway's words is kept.
const SAID_MAX: usize = 200;

/// A delivery report.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which message.
    pub message: MessageId,
    /// Kannel's `%d`: bits.
    pub kind: i64,
    /// What the network said.
    pub said: String,
}

impl Report {
    fn status(&self) -> &'static str {
        if self.kind & DELIVERED != 0 {
            "delivered"
        } else if self.kind & FAILED != 0 && self.kind & EXPIRED != 0 {
            "expired"
        } else if self.kind & FAILED != 0 {
            "failed"
        } else if self.kind & REFUSED != 0 {
            "rejected"
        } else if self.kind & TAKEN != 0 {
            "accepted"
        } else if self.kind & BUFFERED != 0 {
            "buffered"
        } else {
            "unknown"
        }
    }
}

/// Takes a report in. It is always kept; the message's state only moves forward, in whatever order reports come: what was
/// delivered stays delivered, and a late "taken by the network" settles only what was not known.
pub fn take_report(c: &mut Conn, now: Instant, report: &Report) -> Result<()> {
    use MessageState as S;
    store::get_message(c, report.message)?;
    let said: String = report.said.chars().take(SAID_MAX).collect();
    let status = report.status();
    store::insert_report(c, now, report.message, status, &said)?;
    let id = report.message;
    match status {
        "delivered" => {
            // A telephone has it, whatever we thought: also a queued second try is not needed any more.
            let from = [S::Queued, S::Claimed, S::Sending, S::Accepted, S::Uncertain, S::Dead];
            store::report_state(c, now, id, &from, (S::Delivered, None))?;
        }
        "failed" | "rejected" | "expired" => {
            let code = if status == "expired" {
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
        "accepted" | "buffered" => {
            store::report_state(c, now, id, &[S::Sending, S::Uncertain], (S::Accepted, None))?;
        }
        _ => {}
    }
    metrics::counter!("chairside_message_reports_total", "status" => status).increment(1);
    Ok(())
}

/// A text that a patient sent.
#[derive(Debug, Clone)]
pub struct Inbound {
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
        gateway: GATEWAY,
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
    let evidence = &inbound.gateway_id;
    let address = (Carrier::Sms, incoming.address);
    let what = match reply {
        Reply::OptOut(scope, word) => {
            store::insert_opt_out(c, now, address, scope, &format!("{word} ({GATEWAY} {evidence})"))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_reports() {
        for (kind, status) in [
            (1, "delivered"),
            (2, "failed"),
            (34, "expired"),
            (66, "failed"),
            (16, "rejected"),
            (8, "accepted"),
            (4, "buffered"),
            (0, "unknown"),
        ] {
            let report = Report {
                message: MessageId(1),
                kind,
                said: String::new(),
            };
            assert_eq!(report.status(), status, "{kind}");
        }
    }
}
