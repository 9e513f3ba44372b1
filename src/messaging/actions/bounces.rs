//! Mail that came back: its message has failed, and an address that does not work is left alone until somebody says
//! otherwise.

use super::super::model::{Carrier, Health, Message, MessageId, MessageState, Reason, Severity};
use super::super::store;
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::mail::report::DeliveryReport;
use crate::staff::{self, Actor, Subject};

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was about no message of ours that was sent by email.
    Unknown,
    /// It was known already.
    Known,
    /// Kept with its message.
    Kept(MessageId, Severity),
}

/// Takes in what a mail server says of a mail of ours. It is kept with the message; only what is final moves its state, and
/// only the first of several such reports counts against the address.
pub(super) fn take_bounce(c: &mut Conn, now: Instant, report: &DeliveryReport) -> Result<Taken> {
    use MessageState as S;
    let id = MessageId(report.message);
    let Some(message) = store::find_message(c, id)? else {
        return Ok(Taken::Unknown);
    };
    let (Carrier::Email, Some(address)) = (message.channel, message.recipient.clone()) else {
        return Ok(Taken::Unknown);
    };
    let severity = Severity::of(&report.action, &report.status, &report.said);
    let said = said(report);
    metrics::counter!("chairside_message_reports_total", "status" => severity.code()).increment(1);
    if severity == Severity::Open {
        store::insert_report(c, now, id, severity.code(), &said)?;
        return Ok(Taken::Kept(id, severity));
    }
    // A try of it came back, whether or not it waits to go out once more.
    let from = [
        S::Queued,
        S::Claimed,
        S::Sending,
        S::Accepted,
        S::Delivered,
        S::Uncertain,
    ];
    let reason = Reason::said("bounced", &said).stored();
    if !store::report_state(c, now, id, &from, (S::Failed, Some(&reason)))? {
        return Ok(Taken::Known);
    }
    store::insert_report(c, now, id, severity.code(), &said)?;
    note_bounce(c, now, &address, severity, &said)?;
    Ok(Taken::Kept(id, severity))
}

/// `5.1.1 550 no such user`, with the code once.
fn said(report: &DeliveryReport) -> String {
    let code = Some(report.status.as_str()).filter(|status| !report.said.contains(status));
    let words = [code.unwrap_or_default(), &report.said];
    words.join(" ").trim().to_owned()
}

/// The server refused a receiver at once. What that says of the address counts as if the mail had come back.
pub fn note_refusal(c: &mut Conn, now: Instant, message: &Message, address: &str, said: &str) -> Result<()> {
    let severity = Severity::of("failed", "", said);
    // A refusal with no code of its own may be one of anything.
    if message.channel == Carrier::Email && severity == Severity::Hard {
        note_bounce(c, now, address, severity, said)?;
    }
    Ok(())
}

fn note_bounce(c: &mut Conn, now: Instant, address: &str, severity: Severity, said: &str) -> Result<()> {
    store::lock_health(c, Carrier::Email, address)?;
    let before = store::find_health(c, Carrier::Email, address)?;
    if let Some(after) = Health::after(before.as_ref(), severity, now, said) {
        store::put_health(c, Carrier::Email, address, &after)?;
    }
    Ok(())
}

/// Mail to a patient's address is tried again: somebody has made sure that it works.
pub fn try_address_again(c: &mut Conn, now: Instant, actor: &Actor, id: PatientId) -> Result<()> {
    let patient = patients::get_patient(c, id)?;
    let Some(address) = Carrier::Email.address_of(&patient) else {
        return Ok(());
    };
    if store::delete_health(c, Carrier::Email, address)? {
        staff::audit(
            c,
            now,
            actor,
            "try-address",
            Subject::of_patient("patients", id.0, id.0),
            "",
        )?;
    }
    Ok(())
}
