//! Templates.

use diesel::prelude::*;

use super::super::model::{Carrier, Draft};
use super::heads::insert_version;
use crate::platform::clock::Instant;
use crate::platform::db::schema::templates;
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// A template's row.
#[derive(Debug, Clone, Queryable)]
pub struct Template {
    /// Row id.
    pub id: i64,
    /// What it is for.
    pub code: String,
    /// By which channel.
    pub channel: Carrier,
    /// In which language.
    pub language: Lang,
    /// Subject line; empty for text messages.
    pub subject: String,
    /// The text.
    pub body: String,
    /// When last changed.
    pub updated_at: Instant,
    /// Rises with every change.
    pub version: i64,
}

/// All, by code, channel and language.
pub fn list_templates(c: &mut Conn) -> Result<Vec<Template>> {
    Ok(templates::table
        .order((templates::code, templates::channel, templates::language))
        .load(c)?)
}
/// Those of one code.
pub fn templates_of(c: &mut Conn, code: &str) -> Result<Vec<Template>> {
    Ok(templates::table
        .filter(templates::code.eq(code))
        .order((templates::channel, templates::language))
        .load(c)?)
}
/// The one a message needs.
pub fn find_template(c: &mut Conn, code: &str, channel: Carrier, language: Lang) -> Result<Option<Template>> {
    Ok(templates::table
        .filter(templates::code.eq(code))
        .filter(templates::channel.eq(channel))
        .filter(templates::language.eq(language))
        .first(c)
        .optional()?)
}
/// Adds one unless there is one, with its first version.
pub fn insert_template(
    c: &mut Conn,
    now: Instant,
    code: &str,
    (channel, language): (Carrier, Lang),
    (draft, actor): (&Draft, &str),
) -> Result<()> {
    let row = (
        templates::code.eq(code),
        templates::channel.eq(channel),
        templates::language.eq(language),
        templates::subject.eq(&draft.subject),
        templates::body.eq(&draft.body),
        templates::updated_at.eq(now),
        templates::version.eq(1_i64),
    );
    let id: Option<i64> = Both(
        diesel::insert_into(templates::table)
            .values(row)
            .on_conflict_do_nothing()
            .returning(templates::id),
    )
    .get_result(c)
    .optional()?;
    match id {
        Some(id) => insert_version(c, now, (id, 1), draft, actor),
        None => Ok(()),
    }
}
/// Changes one that still has `version`; false when somebody was faster.
pub fn update_template(c: &mut Conn, now: Instant, id: i64, version: i64, draft: &Draft) -> Result<bool> {
    let row = templates::table.filter(templates::id.eq(id).and(templates::version.eq(version)));
    let changed = diesel::update(row)
        .set((
            templates::subject.eq(&draft.subject),
            templates::body.eq(&draft.body),
            templates::updated_at.eq(now),
            // No row has the last version there is: it is stale as any other wrong one.
            templates::version.eq(version.saturating_add(1)),
        ))
        .execute(c)?;
    Ok(changed == 1)
}
