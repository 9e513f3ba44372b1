//! What gateways tell us: delivery reports, and texts that patients send.

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

/// Takes a text in: opts its number out or in when it says so; of anything else it is only noted that it came, not what it
/// said (the inbox is to come).
pub fn take_reply(c: &mut Conn, now: Instant, actor: &Actor, inbound: &Inbound) -> Result<()> {
    let country = clinic::the_site(c)?.country;
    let Some(number) = international(&inbound.from, &country) else {
        return Ok(());
    };
    let address = (Carrier::Sms, number.as_str());
    let what = match read_reply(&inbound.text) {
        Reply::OptOut(scope, word) => {
            let evidence = format!("{word} ({} {})", inbound.gateway, inbound.gateway_id);
            if !store::insert_opt_out(c, now, address, scope, &evidence)? {
                return Ok(());
            }
            format!("opt-out {scope}: {word}")
        }
        Reply::OptIn(word) => {
            if store::delete_opt_outs(c, address.0, address.1)? == 0 {
                return Ok(());
            }
            format!("opt-in: {word}")
        }
        Reply::Other => "text".to_owned(),
    };
    let of = store::patients_with_phone(c, &number)?;
    let subject = Subject {
        kind: "messages",
        id: None,
        // A number that a family shares names nobody.
        patient: match of.as_slice() {
            [one] => Some(one.0),
            _ => None,
        },
    };
    let detail = format!("{what} from {}", phone_masked(&number));
    staff::audit(c, now, actor, "inbound", subject, &detail)
}
