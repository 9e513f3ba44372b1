//! Mail that comes in: what it is decides who takes it.

use std::sync::Arc;

use super::super::inbox::AnswerReader;
use super::bounces::{Taken, take_bounce};
use super::inbound::take_letter;
use crate::platform::clock::Instant;
use crate::platform::crypto::Keys;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};
use crate::platform::mail::Mailbox;
use crate::platform::mail::report::{self, Incoming};

const NOT_OURS: &str = "ignored: a report about no mail of ours";

/// Takes in a raw mail that came to the address for bounces, or for answers. Gives what it was, for the operator who tries it.
pub async fn take_mail(
    db: &Db,
    now: Instant,
    keys: &Keys,
    reader: &Arc<dyn AnswerReader>,
    raw: &[u8],
) -> Result<&'static str> {
    let said = match report::read(keys, raw) {
        Incoming::Report(report) => match db.write(move |c| take_bounce(c, now, &report)).await? {
            Taken::Unknown => NOT_OURS,
            Taken::Known => "ignored: known already",
            Taken::Kept(id, severity) => {
                tracing::info!(message.id = id.0, bounce = severity.code(), "a mail server reported");
                severity.code()
            }
        },
        Incoming::Foreign => NOT_OURS,
        Incoming::Automatic => "ignored: written by a program",
        Incoming::Letter(letter) => {
            let reader = Arc::clone(reader);
            match db.write(move |c| take_letter(c, now, &letter, reader.as_ref())).await? {
                true => "letter",
                false => "ignored: known already",
            }
        }
    };
    metrics::counter!("chairside_inbound_mails_total", "kind" => said).increment(1);
    Ok(said)
}

/// Reads the mailbox of bounces and answers. Gives what was done, for the job's record.
pub async fn read_mailbox(
    db: &Db,
    now: Instant,
    keys: &Keys,
    reader: &Arc<dyn AnswerReader>,
    mailbox: &Mailbox,
) -> Result<String> {
    let take = |raw: Vec<u8>| async move { take_mail(db, now, keys, reader, &raw).await.map(drop) };
    let count = mailbox.read(take).await.map_err(Error::Internal)?;
    Ok(format!("{count} mails read"))
}
