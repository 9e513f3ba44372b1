//! Templates: those that are shipped, and changing them.

use super::super::model::{
    Addressed, Carrier, Cause, Draft, Message, MessageId, ProviderEntry, Purpose, TEST, check, purpose_of, shipped,
};
use super::super::store;
use super::read_address;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS, SECOND_MS};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Subject};

/// So many tests of one account …
const TESTS_AT_ONCE: usize = 5;
/// … within this time …
const TESTS_WINDOW_MS: i64 = 10 * MINUTE_MS;
/// … and so many in a day.
const TESTS_A_DAY: usize = 30;

/// Puts the shipped templates into an installation that has none, and those that came with a later version into one that
/// has the others; what was changed stays as it is.
pub fn seed_templates(c: &mut Conn, now: Instant) -> Result<()> {
    let there: Vec<String> = store::list_templates(c)?.into_iter().map(|t| t.code).collect();
    for t in shipped().filter(|t| !there.iter().any(|code| code == t.code)) {
        for lang in [Lang::Zh, Lang::En] {
            let sms = Draft {
                subject: String::new(),
                body: lang.pick(t.sms.0, t.sms.1).to_owned(),
            };
            let email = Draft {
                subject: lang.pick(t.subject.0, t.subject.1).to_owned(),
                body: lang.pick(t.email.0, t.email.1).to_owned(),
            };
            store::insert_template(c, now, t.code, (Carrier::Sms, lang), &sms)?;
            store::insert_template(c, now, t.code, (Carrier::Email, lang), &email)?;
        }
    }
    Ok(())
}

/// A changed text of one row.
#[derive(Debug, Clone)]
pub struct Edit {
    /// Its row.
    pub id: i64,
    /// The version it was made on.
    pub version: i64,
    /// What it is to be.
    pub draft: Draft,
    /// Which approved templates of gateways stand for it, as typed: kind of gateway and entry. What is not named stays.
    pub providers: Vec<(&'static str, String)>,
    /// Prefix of its fields in the form.
    pub prefix: String,
}

/// Changes the texts of one template, all or none; those that are the same keep their version. Gives
/// whether any was changed.
pub fn save_templates(c: &mut Conn, now: Instant, actor: &Actor, code: &str, edits: &[Edit]) -> Result<bool> {
    let rows = store::templates_of(c, code)?;
    if rows.is_empty() {
        return Err(Error::NotFound("template"));
    }
    let mut faults = Faults::default();
    let mut entries = Vec::new();
    for edit in edits {
        if let Some(row) = rows.iter().find(|r| r.id == edit.id) {
            check(row.channel, purpose_of(code), &edit.draft, &edit.prefix, &mut faults);
        }
        entries.push(read_providers(code, edit, &mut faults));
    }
    faults.finish()?;
    let mut changed = false;
    for (edit, entries) in edits.iter().zip(entries) {
        let Some(row) = rows.iter().find(|r| r.id == edit.id) else {
            return Err(Error::NotFound("template"));
        };
        let before = store::providers_of(c, row.id)?;
        let entered = |kind: &str| before.iter().find(|(of, _)| of == kind).map_or("", |(_, e)| e.as_str());
        let same = row.subject == edit.draft.subject
            && row.body == edit.draft.body
            && entries.iter().all(|(kind, entry)| entered(kind) == entry);
        if same && row.version == edit.version {
            continue;
        }
        if !store::update_template(c, now, edit.id, edit.version, &edit.draft)? {
            return Err(Error::stale());
        }
        for (kind, entry) in &entries {
            store::put_provider(c, row.id, kind, entry)?;
        }
        let detail = format!("{code} {} {} version {}", row.channel, row.language, row.version + 1);
        staff::audit(c, now, actor, "update", Subject::of("templates", edit.id), &detail)?;
        changed = true;
    }
    Ok(changed)
}

/// Entries as they are stored; faults are of `{prefix}{kind}`.
fn read_providers(code: &str, edit: &Edit, faults: &mut Faults) -> Vec<(&'static str, String)> {
    let mut entries = Vec::new();
    for (kind, typed) in &edit.providers {
        if typed.trim().is_empty() {
            entries.push((*kind, String::new()));
            continue;
        }
        match ProviderEntry::read(typed, purpose_of(code)) {
            Ok(entry) => entries.push((*kind, entry.to_string())),
            Err(why) => faults.add(&format!("{}{kind}", edit.prefix), "invalid", why.zh, why.en),
        }
    }
    entries
}

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
    if store::templates_of(c, &trial.code)?.is_empty() {
        return Err(Error::NotFound("template"));
    }
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
        purpose: purpose_of(&trial.code).unwrap_or(Purpose::Confirmation),
        template: trial.code.clone(),
        channel,
        language: trial.language,
        recipient: recipient.clone(),
        due_at: now,
        expires_at: now + DAY_MS,
        priority: 1,
    };
    let id = store::insert_addressed(c, now, &test)?.ok_or_else(Error::stale)?;
    let detail = format!("{} {} to {}", trial.code, trial.language, masked(channel, &recipient));
    staff::audit(c, now, actor, "test", Subject::of("messages", id.0), &detail)?;
    Ok(id)
}

/// Sends what went to an address that somebody gave, and did not arrive, once more.
pub(super) fn addressed_again(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (old, dedupe_key): (&Message, String),
    expires_at: Instant,
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
        due_at: now,
        expires_at,
        priority: 1,
    };
    let made = store::insert_addressed(c, now, &again)?.ok_or_else(super::sent_again)?;
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

/// For the audit: who may read it need not know the whole address.
fn masked(channel: Carrier, recipient: &str) -> String {
    match (channel, recipient.split_once('@')) {
        (Carrier::Email, Some((name, domain))) => {
            format!("{}***@{domain}", name.chars().take(1).collect::<String>())
        }
        _ => phone_masked(recipient),
    }
}
