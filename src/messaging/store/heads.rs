//! What templates are called and are for, where they have a text, and how their texts were before.

use diesel::prelude::*;

use super::super::model::{Carrier, Draft, Head, Purpose, Templates};
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{template_heads, template_versions, templates};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// The templates as they stand.
pub fn all_templates(c: &mut Conn) -> Result<Templates> {
    Ok(Templates {
        heads: template_heads::table.order(template_heads::id).load(c)?,
        texts: templates::table
            .filter(templates::body.ne(""))
            .select((templates::code, templates::channel, templates::language))
            .load(c)?,
        usual: clinic::the_site(c)?.language,
    })
}

/// The same of one alone.
pub fn one_template(c: &mut Conn, code: &str) -> Result<Templates> {
    let texts: Vec<(Carrier, Lang)> = templates::table
        .filter(templates::code.eq(code))
        .filter(templates::body.ne(""))
        .select((templates::channel, templates::language))
        .load(c)?;
    Ok(Templates {
        heads: template_heads::table.filter(template_heads::code.eq(code)).load(c)?,
        texts: texts.into_iter().map(|(by, l)| (code.to_owned(), by, l)).collect(),
        usual: clinic::the_site(c)?.language,
    })
}

/// What a new template is called and is for.
pub struct NewHead<'a> {
    /// Its code.
    pub code: &'a str,
    /// Chinese name, English name.
    pub names: (&'a str, &'a str),
    /// What it is for.
    pub purpose: Purpose,
    /// Which language stands in for one that is missing.
    pub fallback: Option<Lang>,
    /// Made here.
    pub own: bool,
}

/// Adds one unless there is one; false when there is.
pub fn insert_head(c: &mut Conn, now: Instant, head: &NewHead<'_>) -> Result<bool> {
    let row = (
        template_heads::code.eq(head.code),
        template_heads::name.eq(head.names.0),
        template_heads::name_en.eq(head.names.1),
        template_heads::purpose.eq(head.purpose),
        template_heads::fallback.eq(head.fallback),
        template_heads::own.eq(head.own),
        template_heads::version.eq(1_i64),
        template_heads::updated_at.eq(now),
    );
    let added = Both(
        diesel::insert_into(template_heads::table)
            .values(row)
            .on_conflict_do_nothing(),
    )
    .execute(c)?;
    Ok(added == 1)
}

/// Changes one that still has its `version`; false when somebody was faster.
pub fn update_head(c: &mut Conn, now: Instant, head: &Head) -> Result<bool> {
    let row = template_heads::table
        .filter(template_heads::id.eq(head.id))
        .filter(template_heads::version.eq(head.version));
    let changed = diesel::update(row)
        .set((
            template_heads::name.eq(&head.name),
            template_heads::name_en.eq(&head.name_en),
            template_heads::fallback.eq(head.fallback),
            template_heads::archived_at.eq(head.archived_at),
            template_heads::version.eq(head.version.saturating_add(1)),
            template_heads::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}

/// A text as it was saved.
#[derive(Debug, Clone, Queryable)]
pub struct Version {
    /// 1, 2, …
    pub version: i64,
    /// Subject line; empty for text messages.
    pub subject: String,
    /// The text.
    pub body: String,
    /// When it was saved.
    pub at: Instant,
    /// By whom; empty: it came with the program.
    pub actor: String,
}

const AS_SAVED: (
    template_versions::version,
    template_versions::subject,
    template_versions::body,
    template_versions::at,
    template_versions::actor,
) = (
    template_versions::version,
    template_versions::subject,
    template_versions::body,
    template_versions::at,
    template_versions::actor,
);

/// Keeps a text as it is saved.
pub fn insert_version(
    c: &mut Conn,
    now: Instant,
    (template_id, version): (i64, i64),
    draft: &Draft,
    actor: &str,
) -> Result<()> {
    diesel::insert_into(template_versions::table)
        .values((
            template_versions::template_id.eq(template_id),
            template_versions::version.eq(version),
            template_versions::subject.eq(&draft.subject),
            template_versions::body.eq(&draft.body),
            template_versions::at.eq(now),
            template_versions::actor.eq(actor),
        ))
        .execute(c)?;
    Ok(())
}

/// How a text was, the latest first.
pub fn versions_of(c: &mut Conn, template_id: i64, limit: i64) -> Result<Vec<Version>> {
    Ok(template_versions::table
        .filter(template_versions::template_id.eq(template_id))
        .order(template_versions::version.desc())
        .select(AS_SAVED)
        .limit(limit)
        .load(c)?)
}

/// How it was in one version.
pub fn find_version(c: &mut Conn, template_id: i64, version: i64) -> Result<Option<Version>> {
    Ok(template_versions::table
        .find((template_id, version))
        .select(AS_SAVED)
        .first(c)
        .optional()?)
}
