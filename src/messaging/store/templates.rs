//! Templates.

use diesel::prelude::*;

use super::super::model::{Carrier, Draft, Head, Templates};
use super::heads::insert_version;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{template_heads, templates};
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
/// What a template says by one channel to somebody who reads `language`: in that one, or where it has no text in it, in the one
/// that stands in, which is the clinic's `usual` one unless the template names another. One without any text may be empty.
pub fn find_written(
    c: &mut Conn,
    (code, channel): (&str, Carrier),
    language: Lang,
    usual: Lang,
) -> Result<Option<Template>> {
    let rows: Vec<(Template, Option<Head>)> = templates::table
        .left_join(template_heads::table.on(template_heads::code.eq(templates::code)))
        .filter(templates::code.eq(code))
        .filter(templates::channel.eq(channel))
        .select((templates::all_columns, template_heads::all_columns.nullable()))
        .load(c)?;
    let with_text = rows.iter().filter(|(text, _)| !text.body.is_empty());
    let there = Templates {
        texts: with_text
            .map(|(text, _)| (code.to_owned(), channel, text.language))
            .collect(),
        heads: rows.first().and_then(|(_, head)| head.clone()).into_iter().collect(),
        usual,
    };
    let written = there.written(code, channel, language).unwrap_or(language);
    let mut texts = rows.into_iter().map(|(text, _)| text);
    Ok(texts.find(|text| text.language == written))
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
