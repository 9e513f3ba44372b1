//! Rules.

use diesel::prelude::*;

use super::super::model::{Anchor, Rule, RuleAction, RuleId};
use crate::platform::clock::Instant;
use crate::platform::db::schema::rules;
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};

/// All rules: by what they count from, then by time.
pub fn list_rules(c: &mut Conn) -> Result<Vec<Rule>> {
    let mut list: Vec<Rule> = rules::table.load(c)?;
    list.sort_by_key(|r| (r.anchor, r.offset_days, r.offset_minutes, r.id));
    Ok(list)
}
/// A rule that must be there.
pub fn get_rule(c: &mut Conn, id: RuleId) -> Result<Rule> {
    rules::table
        .find(id)
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("rule"))
}
/// Whether there is any rule.
pub fn any_rule(c: &mut Conn) -> Result<bool> {
    Ok(rules::table.select(rules::id).first::<RuleId>(c).optional()?.is_some())
}
/// Adds a rule unless its code is there already; `id` of the value is ignored.
pub fn insert_rule(c: &mut Conn, r: &Rule) -> Result<Option<RuleId>> {
    let insert = diesel::insert_into(rules::table)
        .values((
            rules::code.eq(&r.code),
            rules::name.eq(&r.name),
            rules::name_en.eq(&r.name_en),
            rules::anchor.eq::<Anchor>(r.anchor),
            rules::action.eq::<RuleAction>(r.action),
            rules::service_id.eq(r.service_id),
            rules::offset_days.eq(r.offset_days),
            rules::offset_minutes.eq(r.offset_minutes),
            rules::at_minute.eq(r.at_minute),
            rules::window_minutes.eq(r.window_minutes),
            rules::template.eq(&r.template),
            rules::priority.eq(r.priority),
            rules::active.eq(r.active),
            rules::planned_until.eq(r.planned_until),
            rules::version.eq(r.version),
            rules::updated_at.eq(r.updated_at),
        ))
        .on_conflict_do_nothing()
        .returning(rules::id);
    Ok(Both(insert).get_result(c).optional()?)
}
/// Removes a rule that still has `version`; false when somebody was faster.
pub fn delete_rule(c: &mut Conn, id: RuleId, version: i64) -> Result<bool> {
    let row = rules::table.filter(rules::id.eq(id).and(rules::version.eq(version)));
    Ok(diesel::delete(row).execute(c)? == 1)
}
/// Writes what can be edited, if the row still has `version`; false when somebody was faster. The version rises, and
/// the rule is taken as planned until now.
pub fn update_rule(c: &mut Conn, r: &Rule, version: i64, now: Instant) -> Result<bool> {
    let n = diesel::update(rules::table.filter(rules::id.eq(r.id).and(rules::version.eq(version))))
        .set((
            rules::name.eq(&r.name),
            rules::name_en.eq(&r.name_en),
            rules::service_id.eq(r.service_id),
            rules::offset_days.eq(r.offset_days),
            rules::offset_minutes.eq(r.offset_minutes),
            rules::at_minute.eq(r.at_minute),
            rules::window_minutes.eq(r.window_minutes),
            rules::template.eq(&r.template),
            rules::priority.eq(r.priority),
            rules::active.eq(r.active),
            rules::planned_until.eq(now),
            // No row has the last version there is: it is stale as any other wrong one.
            rules::version.eq(version.saturating_add(1)),
            rules::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(n == 1)
}
/// Notes up to when rules were planned.
pub fn set_planned_until(c: &mut Conn, ids: &[RuleId], until: Instant) -> Result<()> {
    diesel::update(rules::table.filter(rules::id.eq_any(ids.to_vec())))
        .set(rules::planned_until.eq(until))
        .execute(c)?;
    Ok(())
}
/// The rules that use a template: row, Chinese name, English name.
pub fn rules_with_template(c: &mut Conn, code: &str) -> Result<Vec<(RuleId, String, String)>> {
    Ok(rules::table
        .filter(rules::template.eq(code))
        .order(rules::id)
        .select((rules::id, rules::name, rules::name_en))
        .load(c)?)
}
