//! Templates: those that are shipped, and changing them.

use super::super::model::{Carrier, DEFAULTS, Draft, check, purpose_of};
use super::super::store;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Subject};

/// Puts the shipped templates into an installation that has none.
pub fn seed_templates(c: &mut Conn, now: Instant) -> Result<()> {
    if store::count_templates(c)? > 0 {
        return Ok(());
    }
    for t in DEFAULTS {
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
