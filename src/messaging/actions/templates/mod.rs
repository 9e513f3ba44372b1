//! Templates: those that are shipped, and changing them.

mod own;
mod trial;

pub use own::{
    NewTemplate, TemplateUse, TemplateUses, Uses, add_template, archive_template, restore_template, restore_version,
};
pub(super) use trial::addressed_again;
pub use trial::{Trial, send_test};

use super::super::model::{Carrier, Draft, Head, House, ProviderEntry, Written, check, shipped};
use super::super::store::{self, NewHead, Template};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Changes, Subject};

/// Longest name of a template, in characters.
const NAME_MAX: usize = 60;

/// Puts the shipped templates into an installation that has none, and those that came with a later version into one that
/// has the others; what was changed stays as it is.
pub fn seed_templates(c: &mut Conn, now: Instant) -> Result<()> {
    let there = store::all_templates(c)?;
    let written: Vec<String> = store::list_templates(c)?.into_iter().map(|t| t.code).collect();
    for t in shipped() {
        if there.find(t.code).is_none() {
            let head = NewHead {
                code: t.code,
                names: t.name,
                purpose: t.purpose,
                fallback: None,
                own: false,
            };
            store::insert_head(c, now, &head)?;
        }
        if written.iter().any(|code| code == t.code) {
            continue;
        }
        for lang in [Lang::Zh, Lang::En] {
            let sms = Draft {
                subject: String::new(),
                body: lang.pick(t.sms.0, t.sms.1).to_owned(),
            };
            let email = Draft {
                subject: lang.pick(t.subject.0, t.subject.1).to_owned(),
                body: lang.pick(t.email.0, t.email.1).to_owned(),
            };
            store::insert_template(c, now, t.code, (Carrier::Sms, lang), (&sms, ""))?;
            store::insert_template(c, now, t.code, (Carrier::Email, lang), (&email, ""))?;
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

/// What a template is to be called, and which language is to stand in.
#[derive(Debug, Clone)]
pub struct HeadEdit {
    /// The version it was made on.
    pub version: i64,
    /// Chinese name, English name; none: they stay.
    pub names: Option<(String, String)>,
    /// Which language stands in for one that is missing; none: the clinic's.
    pub fallback: Option<Lang>,
}

/// Changes one template, all of it or nothing; texts that are the same keep their version. Gives whether anything was
/// changed.
pub fn save_templates(
    c: &mut Conn,
    now: Instant,
    (actor, house): (&Actor, &House),
    code: &str,
    (head, edits): (Option<&HeadEdit>, &[Edit]),
) -> Result<bool> {
    let rows = store::templates_of(c, code)?;
    let there = store::one_template(c, code)?;
    let was = there.find(code).ok_or(Error::NotFound("template"))?;
    let mut faults = Faults::default();
    if let Some((name, name_en)) = head.and_then(|h| h.names.as_ref()) {
        check_names(name, name_en, &mut faults);
    }
    let mut entries = Vec::new();
    for edit in edits {
        if let Some(row) = rows.iter().find(|r| r.id == edit.id) {
            check(house, &written(row, was, &edit.draft), &edit.prefix, &mut faults);
        }
        entries.push(read_providers(was, edit, &mut faults));
    }
    something_left(&rows, edits, &mut faults);
    faults.finish()?;
    let mut changed = match head {
        Some(head) => save_head(c, now, actor, (was, head))?,
        None => false,
    };
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
        put_text(c, now, actor, (row, edit.version), &edit.draft)?;
        for (kind, entry) in &entries {
            store::put_provider(c, row.id, kind, entry)?;
        }
        changed = true;
    }
    Ok(changed)
}

/// A text that is to be looked at; what is entered for gateways is asked elsewhere.
fn written<'a>(row: &Template, head: &Head, draft: &'a Draft) -> Written<'a> {
    Written {
        carrier: row.channel,
        language: row.language,
        purpose: Some(head.purpose),
        draft,
        entered: &[],
    }
}

/// A template with no text at all says nothing to anybody.
fn something_left(rows: &[Template], edits: &[Edit], faults: &mut Faults) {
    let stays = |r: &&Template| !r.body.is_empty() && !edits.iter().any(|e| e.id == r.id);
    if rows.iter().any(|r| stays(&r)) || edits.iter().any(|e| !e.draft.is_empty()) {
        return;
    }
    if let Some(first) = edits.first() {
        faults.require(&format!("{}body", first.prefix));
    }
}

/// Puts a text in the place of one that still has `version`, and keeps it.
fn put_text(c: &mut Conn, now: Instant, actor: &Actor, (row, version): (&Template, i64), draft: &Draft) -> Result<()> {
    if !store::update_template(c, now, row.id, version, draft)? {
        return Err(Error::stale());
    }
    store::insert_version(c, now, (row.id, version + 1), draft, &actor.name)?;
    let detail = format!("{} {} {} version {}", row.code, row.channel, row.language, version + 1);
    staff::audit(c, now, actor, "update", Subject::of("templates", row.id), &detail)
}

fn save_head(c: &mut Conn, now: Instant, actor: &Actor, (was, edit): (&Head, &HeadEdit)) -> Result<bool> {
    let mut head = was.clone();
    head.version = edit.version;
    head.fallback = edit.fallback;
    if let Some((name, name_en)) = &edit.names {
        (head.name, head.name_en) = (name.clone(), name_en.clone());
    }
    let mut changes = Changes::default();
    changes.note("name", &was.name, &head.name);
    changes.note("name_en", &was.name_en, &head.name_en);
    changes.note_option("fallback", was.fallback, head.fallback);
    if changes.is_empty() && was.version == edit.version {
        return Ok(false);
    }
    if !store::update_head(c, now, &head)? {
        return Err(Error::stale());
    }
    let detail = format!("{} {changes}", was.code);
    staff::audit(c, now, actor, "update", Subject::of("template_heads", was.id), &detail)?;
    Ok(true)
}

fn check_names(name: &str, name_en: &str, faults: &mut Faults) {
    for (field, text) in [("name", name), ("name_en", name_en)] {
        if text.is_empty() {
            faults.require(field);
        } else if text.chars().count() > NAME_MAX {
            faults.add(
                field,
                "too_long",
                format!("最多 {NAME_MAX} 个字"),
                format!("At most {NAME_MAX} characters"),
            );
        }
    }
}

/// Entries as they are stored; faults are of `{prefix}{kind}`.
fn read_providers(head: &Head, edit: &Edit, faults: &mut Faults) -> Vec<(&'static str, String)> {
    let mut entries = Vec::new();
    for (kind, typed) in &edit.providers {
        if typed.trim().is_empty() {
            entries.push((*kind, String::new()));
            continue;
        }
        match ProviderEntry::read(typed, Some(head.purpose)) {
            Ok(entry) => entries.push((*kind, entry.to_string())),
            Err(why) => faults.add(&format!("{}{kind}", edit.prefix), "invalid", why.zh, why.en),
        }
    }
    entries
}
