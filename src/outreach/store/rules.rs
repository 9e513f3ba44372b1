//! Rules.

use diesel::prelude::*;

use super::super::model::{Anchor, CatchUp, Channels, OccasionId, Rule, RuleId};
use crate::clinic::ServiceId;
use crate::messaging::Purpose;
use crate::outreach::segments::SegmentId;
use crate::patients::DateKindId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::rules;
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};

/// What can be edited, as it is stored.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = rules, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Editable {
    name: String,
    name_en: String,
    purpose: Purpose,
    service_id: Option<ServiceId>,
    occasion_id: Option<OccasionId>,
    date_kind_id: Option<DateKindId>,
    channels: Channels,
    stop_booked: bool,
    stop_answered: bool,
    stop_confirmed: bool,
    catch_up: CatchUp,
    rest_days: i32,
    holdout_percent: i32,
    steps: String,
    segment_id: Option<SegmentId>,
    treatment: String,
    priority: i32,
    active: bool,
    last_step: i64,
    late_a_day: i32,
}

fn editable(r: &Rule) -> Result<Editable> {
    Ok(Editable {
        name: r.name.clone(),
        name_en: r.name_en.clone(),
        purpose: r.purpose,
        service_id: r.service_id,
        occasion_id: r.occasion_id,
        date_kind_id: r.date_kind_id,
        channels: r.channels,
        stop_booked: r.stop_booked,
        stop_answered: r.stop_answered,
        stop_confirmed: r.stop_confirmed,
        catch_up: r.catch_up,
        rest_days: r.rest_days,
        holdout_percent: r.holdout_percent,
        steps: serde_json::to_string(&r.steps.0).map_err(|e| Error::Internal(e.to_string()))?,
        segment_id: r.segment_id,
        treatment: r.treatment.clone(),
        priority: r.priority,
        active: r.active,
        last_step: r.last_step,
        late_a_day: r.late_a_day,
    })
}

/// All rules: by what they count from, then by time.
pub fn list_rules(c: &mut Conn) -> Result<Vec<Rule>> {
    let mut list: Vec<Rule> = rules::table.load(c)?;
    list.sort_by_key(|r| {
        let first = r.steps.0.first().map(|s| (s.offset_days, s.offset_minutes));
        (r.anchor, first, r.id)
    });
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
/// The rule with this code.
pub fn find_by_code(c: &mut Conn, code: &str) -> Result<Option<Rule>> {
    Ok(rules::table.filter(rules::code.eq(code)).first(c).optional()?)
}
/// Whether there is any rule.
pub fn any_rule(c: &mut Conn) -> Result<bool> {
    Ok(rules::table.select(rules::id).first::<RuleId>(c).optional()?.is_some())
}
/// Adds a rule unless its code is there already; `id` of the value is ignored.
pub fn insert_rule(c: &mut Conn, r: &Rule) -> Result<Option<RuleId>> {
    let insert = diesel::insert_into(rules::table)
        .values((
            (rules::code.eq(&r.code), rules::anchor.eq::<Anchor>(r.anchor)),
            editable(r)?,
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
/// Writes what can be edited, if the row still has `version`; false when somebody was faster. The version rises.
pub fn update_rule(c: &mut Conn, r: &Rule, version: i64) -> Result<bool> {
    // No row has the last version there is: it is stale as any other wrong one.
    let values = (editable(r)?, rules::version.eq(version.saturating_add(1)));
    let row = rules::table.filter(rules::id.eq(r.id).and(rules::version.eq(version)));
    Ok(diesel::update(row).set(values).execute(c)? == 1)
}
/// Takes a rule as made anew: it never fires for what was due before.
pub fn begin_anew(c: &mut Conn, id: RuleId, now: Instant) -> Result<()> {
    diesel::update(rules::table.find(id))
        .set((rules::planned_until.eq(now), rules::updated_at.eq(now)))
        .execute(c)?;
    Ok(())
}
/// Notes up to when rules were planned.
pub fn set_planned_until(c: &mut Conn, ids: &[RuleId], until: Instant) -> Result<()> {
    diesel::update(rules::table.filter(rules::id.eq_any(ids.to_vec())))
        .set(rules::planned_until.eq(until))
        .execute(c)?;
    Ok(())
}
/// The rules that use a template.
pub fn rules_with_template(c: &mut Conn, code: &str) -> Result<Vec<Rule>> {
    let mut all = list_rules(c)?;
    all.retain(|r| r.templates().any(|t| t == code));
    Ok(all)
}
