//! A template's saved text to whoever asks for it.

use super::super::super::model::{Addressed, Cause, Message, MessageId, TEST};
use super::super::super::store;
use super::super::inbound::masked;
use super::super::read_address;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS, SECOND_MS};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::staff::{self, Actor, Subject};

/// So many tests of one account …
const TESTS_AT_ONCE: usize = 5;
/// … within this time …
const TESTS_WINDOW_MS: i64 = 10 * MINUTE_MS;
/// … and so many in a day.
const TESTS_A_DAY: usize = 30;

/// What somebody wants to see on their own telephone or in their own mailbox.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Code of the template.
    pub code: String,
    /// The number or address, as it was typed.
    pub to: String,
    /// In which of the template's languages.
    pub language: Lang,
}

/// Queues a template's saved text to whoever asked for it, marked as a test and with sample values: nothing of a patient goes to
/// a number that was typed. It goes the way of every message, through the real gateway and into the ledger, but at once: its
/// reader waits for it.
///
/// # Errors
/// `Invalid` on the field `to`; `TooMany` when somebody has asked for too many.
pub fn send_test(c: &mut Conn, now: Instant, actor: &Actor, trial: &Trial) -> Result<MessageId> {
    let there = store::one_template(c, &trial.code)?;
    let purpose = there.purpose_of(&trial.code).ok_or(Error::NotFound("template"))?;
    let (channel, recipient) = read_address(c, &trial.to, "to")?;
    not_too_many(c, now, actor)?;
    let user = account(actor);
    let test = Addressed {
        dedupe_key: format!("test:{}:{channel}:{}:{user}:{}", trial.code, trial.language, now.0),
        patient: None,
        cause: Cause {
            kind: TEST.into(),
            id: Some(user),
            version: None,
        },
        purpose,
        template: trial.code.clone(),
        channel,
        language: trial.language,
        recipient: recipient.clone(),
        due_at: now,
        expires_at: now + DAY_MS,
        priority: 1,
    };
    let id = store::insert_addressed(c, now, &test)?.ok_or_else(Error::stale)?;
    let detail = format!("{} {} to {}", trial.code, trial.language, masked((channel, &recipient)));
    staff::audit(c, now, actor, "test", Subject::of("messages", id.0), &detail)?;
    Ok(id)
}

/// Sends what went to an address that somebody gave, and did not arrive, once more.
pub(in crate::messaging::actions) fn addressed_again(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (old, dedupe_key): (&Message, String),
    (due_at, expires_at): (Instant, Instant),
) -> Result<MessageId> {
    let mut cause = old.cause();
    if old.is_test() {
        not_too_many(c, now, actor)?;
        cause.id = Some(account(actor));
    }
    let again = Addressed {
        dedupe_key,
        patient: old.patient_id,
        cause,
        purpose: old.purpose,
        template: old.template.clone(),
        channel: old.channel,
        language: old.language,
        recipient: old.recipient.clone().unwrap_or_default(),
        due_at,
        expires_at,
        priority: 1,
    };
    let made = store::insert_addressed(c, now, &again)?.ok_or_else(super::super::sent_again)?;
    let detail = format!("of message {}", old.id);
    staff::audit(c, now, actor, "send-again", Subject::of("messages", made.0), &detail)?;
    Ok(made)
}

fn account(actor: &Actor) -> i64 {
    actor.user.map_or(0, |u| u.0)
}

/// Whoever has an administrator's session could else write to strangers in the clinic's name, and at its cost.
fn not_too_many(c: &mut Conn, now: Instant, actor: &Actor) -> Result<()> {
    let sent = store::tests_since(c, account(actor), now + -DAY_MS)?;
    let over = |most: usize, within: i64| {
        let first = sent.len().checked_sub(most).and_then(|i| sent.get(i))?;
        let left = within - (now - *first);
        (left > 0).then_some(left / SECOND_MS + 1)
    };
    match over(TESTS_A_DAY, DAY_MS).or_else(|| over(TESTS_AT_ONCE, TESTS_WINDOW_MS)) {
        Some(retry_after_seconds) => Err(Error::TooMany { retry_after_seconds }),
        None => Ok(()),
    }
}
