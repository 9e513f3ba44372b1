//! Templates: those that are shipped, and changing them.

use super::super::model::{
    Carrier, Cause, DEFAULTS, Draft, MessageId, NewMessage, Purpose, TEST, check, international, purpose_of,
};
use super::super::store;
use super::queue;
use crate::clinic;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Subject};

/// How long a test is held, as every message that a click causes.
const TEST_HOLD_MS: i64 = 2 * MINUTE_MS;

/// Puts the shipped templates into an installation that has none, and those that came with a later version into one that
/// has the others; what was changed stays as it is.
pub fn seed_templates(c: &mut Conn, now: Instant) -> Result<()> {
    let there: Vec<String> = store::list_templates(c)?.into_iter().map(|t| t.code).collect();
    for t in DEFAULTS.iter().filter(|t| !there.iter().any(|code| code == t.code)) {
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
    for edit in edits {
        if let Some(row) = rows.iter().find(|r| r.id == edit.id) {
            check(row.channel, purpose_of(code), &edit.draft, &edit.prefix, &mut faults);
        }
    }
    faults.finish()?;
    let mut changed = false;
    for edit in edits {
        let Some(row) = rows.iter().find(|r| r.id == edit.id) else {
            return Err(Error::NotFound("template"));
        };
        let same = row.subject == edit.draft.subject && row.body == edit.draft.body;
        if same && row.version == edit.version {
            continue;
        }
        if !store::update_template(c, now, edit.id, edit.version, &edit.draft)? {
            return Err(Error::stale());
        }
        let detail = format!("{code} {} {} version {}", row.channel, row.language, row.version + 1);
        staff::audit(c, now, actor, "update", Subject::of("templates", edit.id), &detail)?;
        changed = true;
    }
    Ok(changed)
}

/// Queues a template's text, with sample values and marked as a test, to somebody's own number or address. It goes the way of
/// every message: held for two minutes, seen in the ledger. The outbox knows only patients, so whoever tests is registered.
pub fn send_test(c: &mut Conn, now: Instant, actor: &Actor, code: &str, to: &str) -> Result<MessageId> {
    if store::templates_of(c, code)?.is_empty() {
        return Err(Error::NotFound("template"));
    }
    if to.is_empty() {
        return Err(Error::Invalid(vec![FieldError::required("to")]));
    }
    let (carrier, found) = if to.contains('@') {
        (Carrier::Email, store::patients_with_email(c, to)?)
    } else {
        let number = international(to, &clinic::the_site(c)?.country);
        let found = number.map_or(Ok(Vec::new()), |n| store::patients_with_phone(c, &n))?;
        (Carrier::Sms, found)
    };
    let Some(patient) = found.first().copied() else {
        return Err(Error::field(
            "to",
            "unknown",
            "没有患者登记了这个号码或邮箱。请先把自己登记为患者，再用自己的号码试发",
            "No patient is registered with it. Register yourself as a patient, then test with your own number",
        ));
    };
    let message = NewMessage {
        dedupe_key: format!("test:{code}:{carrier}:{patient}:{}", now.0),
        patient,
        cause: Cause {
            kind: TEST.into(),
            id: None,
            version: None,
        },
        purpose: purpose_of(code).unwrap_or(Purpose::Confirmation),
        template: code.to_owned(),
        carrier: Some(carrier),
        due_at: now + TEST_HOLD_MS,
        expires_at: now + DAY_MS,
        priority: 1,
    };
    let id = queue(c, now, &message)?.ok_or_else(Error::stale)?;
    let subject = Subject::of_patient("messages", id.0, patient.0);
    staff::audit(c, now, actor, "test", subject, code)?;
    Ok(id)
}
