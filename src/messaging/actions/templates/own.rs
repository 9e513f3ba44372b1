//! Templates that the clinic makes itself: added, copied, archived, and texts put back as they were.

use std::sync::Arc;

use super::super::super::model::{Carrier, Draft, Head, House, Purpose, check, code_of, is_code, shipped};
use super::super::super::store::{self, NewHead};
use super::{check_names, put_text, written};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, Text};
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Subject};

/// What uses a template: a rule, a campaign.
#[derive(Debug, Clone)]
pub struct TemplateUse {
    /// What it is called.
    pub name: Text,
    /// Its page.
    pub href: String,
}

/// A feature whose things name templates. Implemented above, registered in `app`.
pub trait TemplateUses: Send + Sync {
    /// What of it uses a template.
    fn uses(&self, c: &mut Conn, code: &str) -> Result<Vec<TemplateUse>>;
}

/// All of them.
pub type Uses = Vec<Arc<dyn TemplateUses>>;

/// A template to be made.
#[derive(Debug, Clone)]
pub struct NewTemplate {
    /// Its code; empty: made of its name.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// What it is for. A copy is for what the other is.
    pub purpose: Option<Purpose>,
    /// Code of the one that is copied; empty: none.
    pub from: String,
}

/// Adds a template. It begins with the texts of the one that is copied, else with those that are shipped for its purpose.
/// Gives its code.
pub fn add_template(c: &mut Conn, now: Instant, actor: &Actor, new: &NewTemplate) -> Result<String> {
    let there = store::all_templates(c)?;
    let mut faults = Faults::default();
    check_names(&new.name, &new.name_en, &mut faults);
    let taken: Vec<&str> = there.heads.iter().map(|h| h.code.as_str()).collect();
    let code = match new.code.as_str() {
        "" => code_of(&new.name_en, &taken),
        code => code.to_owned(),
    };
    if !is_code(&code) {
        faults.add(
            "code",
            "invalid",
            "只能用小写字母、数字和“-”，最多 40 个",
            "Small letters, digits and \"-\" only, at most 40",
        );
    } else if taken.contains(&code.as_str()) {
        faults.add("code", "taken", "这个代码已被使用", "This code is taken");
    }
    let copied = match new.from.as_str() {
        "" => None,
        from => Some(there.find(from).ok_or(Error::NotFound("template"))?),
    };
    let purpose = copied.map(|h| h.purpose).or(new.purpose).filter(|p| p.is_planned());
    let Some(purpose) = purpose else {
        faults.require("purpose");
        return faults.finish().map(|()| code);
    };
    faults.finish()?;
    let head = NewHead {
        code: &code,
        names: (&new.name, &new.name_en),
        purpose,
        fallback: copied.and_then(|h| h.fallback),
        own: true,
    };
    if !store::insert_head(c, now, &head)? {
        return Err(Error::field("code", "taken", "这个代码已被使用", "This code is taken"));
    }
    for (channel, language, draft) in beginning(c, copied, purpose)? {
        store::insert_template(c, now, &code, (channel, language), (&draft, &actor.name))?;
    }
    let made = store::one_template(c, &code)?;
    let id = made.find(&code).map_or(0, |h| h.id);
    let detail = match copied {
        Some(of) => format!("{code} {purpose}, copied from {}", of.code),
        None => format!("{code} {purpose}"),
    };
    staff::audit(c, now, actor, "create", Subject::of("template_heads", id), &detail)?;
    Ok(code)
}

/// The texts that a new template begins with: all four, some of them perhaps empty.
fn beginning(c: &mut Conn, copied: Option<&Head>, purpose: Purpose) -> Result<Vec<(Carrier, Lang, Draft)>> {
    let source = match copied {
        Some(head) => Some(head.code.as_str()),
        None => shipped().find(|t| t.purpose == purpose).map(|t| t.code),
    };
    let rows = match source {
        Some(code) => store::templates_of(c, code)?,
        None => Vec::new(),
    };
    let mut texts = Vec::new();
    for carrier in Carrier::ALL {
        for language in Lang::ALL {
            let row = rows.iter().find(|r| r.channel == *carrier && r.language == *language);
            let (subject, body) = row.map_or_else(Default::default, |r| (r.subject.clone(), r.body.clone()));
            texts.push((*carrier, *language, Draft { subject, body }));
        }
    }
    Ok(texts)
}

/// Takes a template of the clinic's own out of what is offered, unless something uses it.
pub fn archive_template(
    c: &mut Conn,
    now: Instant,
    (actor, uses): (&Actor, &Uses),
    (code, version): (&str, i64),
) -> Result<()> {
    let head = own(c, code)?;
    let mut names = Vec::new();
    for feature in uses {
        names.extend(feature.uses(c, code)?.into_iter().map(|u| u.name));
    }
    if !names.is_empty() {
        let list = |lang: Lang, between: &str| names.iter().map(|n| n.get(lang)).collect::<Vec<_>>().join(between);
        return Err(Error::conflict(
            "in_use",
            format!("还在使用，不能归档：{}", list(Lang::Zh, "、")),
            format!("It is in use and cannot be archived: {}", list(Lang::En, ", ")),
        ));
    }
    set_archived(c, now, actor, (head, version), Some(now))
}

/// Offers it again.
pub fn restore_template(c: &mut Conn, now: Instant, actor: &Actor, (code, version): (&str, i64)) -> Result<()> {
    let head = own(c, code)?;
    set_archived(c, now, actor, (head, version), None)
}

/// One that the clinic made; the others belong to the program.
fn own(c: &mut Conn, code: &str) -> Result<Head> {
    let there = store::one_template(c, code)?;
    let head = there.find(code).filter(|h| h.own);
    head.cloned().ok_or(Error::NotFound("template"))
}

fn set_archived(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (head, version): (Head, i64),
    archived_at: Option<Instant>,
) -> Result<()> {
    let (id, code) = (head.id, head.code.clone());
    let head = Head {
        archived_at,
        version,
        ..head
    };
    if !store::update_head(c, now, &head)? {
        return Err(Error::stale());
    }
    let what = if archived_at.is_some() { "archive" } else { "restore" };
    staff::audit(c, now, actor, what, Subject::of("template_heads", id), &code)
}

/// Puts a text back as it was in an earlier version. It has to stand what is asked of texts today.
pub fn restore_version(
    c: &mut Conn,
    now: Instant,
    (actor, house): (&Actor, &House),
    code: &str,
    (text, version, back_to): (i64, i64, i64),
) -> Result<()> {
    let there = store::one_template(c, code)?;
    let head = there.find(code).ok_or(Error::NotFound("template"))?;
    let rows = store::templates_of(c, code)?;
    let row = rows.iter().find(|r| r.id == text).ok_or(Error::NotFound("template"))?;
    let old = store::find_version(c, text, back_to)?.ok_or(Error::NotFound("template"))?;
    let draft = Draft {
        subject: old.subject,
        body: old.body,
    };
    let mut faults = Faults::default();
    check(house, &written(row, head, &draft), "", &mut faults);
    if let Some(fault) = faults.0.first() {
        return Err(Error::conflict(
            "not_allowed",
            format!("不能恢复这个版本：{}", fault.text.zh),
            format!("This version cannot be put back: {}", fault.text.en),
        ));
    }
    put_text(c, now, actor, (row, version), &draft)
}
