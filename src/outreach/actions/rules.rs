//! How a rule is added, changed and removed.

use super::super::jobs;
use super::super::model::{Anchor, CatchUp, Channels, Effect, OccasionId, Rule, RuleAction, RuleId, Step};
use super::super::store::{arms, late, occasions, rules};
use super::check::check;
use super::seeds::seed;
use crate::clinic::{self, ServiceId};
use crate::messaging::{self, Purpose};
use crate::outreach::segments::{self, SegmentId};
use crate::patients::{DateKindId, dates};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::staff::{Actor, Changes, Subject, audit, stale};

/// How far back is counted what a rule brings.
const EFFECT_MS: i64 = 366 * DAY_MS;

/// What of a rule can be edited.
#[derive(Debug, Clone)]
pub struct RuleChange {
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// What its messages are for.
    pub purpose: Purpose,
    /// Only for this service.
    pub service_id: Option<ServiceId>,
    /// Only for who is in this segment.
    pub segment_id: Option<SegmentId>,
    /// Only after treatments described by one of these words.
    pub treatment: String,
    /// Which festival or day.
    pub occasion_id: Option<OccasionId>,
    /// Which date of the record.
    pub date_kind_id: Option<DateKindId>,
    /// Which way.
    pub channels: Channels,
    /// Stop conditions: a visit ahead, an answer, a confirmation.
    pub stops: Stops,
    /// After downtime.
    pub catch_up: CatchUp,
    /// Not within so many days after something of the kind.
    pub rest_days: i32,
    /// So many percent are left out.
    pub holdout_percent: i32,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// Of recalls that are late, so many each day.
    pub late_a_day: i32,
    /// 1 … 9.
    pub priority: i32,
    /// Whether it is planned.
    pub active: bool,
}

/// When a rule goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stops {
    /// At a visit ahead.
    pub booked: bool,
    /// At an answer.
    pub answered: bool,
    /// At a confirmation.
    pub confirmed: bool,
}

impl RuleChange {
    /// What such a rule usually has: where nothing else is said of a new one.
    pub fn usual(anchor: Anchor) -> RuleChange {
        let mut usual = RuleChange::of(&seed(Instant(0), "", ("", ""), anchor));
        usual.priority = anchor.usual_priority();
        usual
    }

    /// What a rule has now.
    pub fn of(rule: &Rule) -> RuleChange {
        RuleChange {
            name: rule.name.clone(),
            name_en: rule.name_en.clone(),
            purpose: rule.purpose,
            service_id: rule.service_id,
            segment_id: rule.segment_id,
            treatment: rule.treatment.clone(),
            occasion_id: rule.occasion_id,
            date_kind_id: rule.date_kind_id,
            channels: rule.channels,
            stops: Stops {
                booked: rule.stop_booked,
                answered: rule.stop_answered,
                confirmed: rule.stop_confirmed,
            },
            catch_up: rule.catch_up,
            rest_days: rule.rest_days,
            holdout_percent: rule.holdout_percent,
            steps: rule.steps.0.clone(),
            late_a_day: rule.late_a_day,
            priority: rule.priority,
            active: rule.active,
        }
    }

    /// Makes a rule what is wanted of it.
    fn apply(self, rule: &mut Rule) {
        rule.name = self.name.trim().to_owned();
        rule.name_en = self.name_en.trim().to_owned();
        rule.purpose = self.purpose;
        rule.service_id = self.service_id;
        rule.segment_id = self.segment_id;
        rule.treatment = segments::tidy_words(&self.treatment);
        rule.occasion_id = self.occasion_id;
        rule.date_kind_id = self.date_kind_id;
        rule.channels = self.channels;
        rule.stop_booked = self.stops.booked;
        rule.stop_answered = self.stops.answered;
        rule.stop_confirmed = self.stops.confirmed;
        rule.catch_up = self.catch_up;
        rule.rest_days = self.rest_days;
        rule.holdout_percent = self.holdout_percent;
        let steps = self.steps.into_iter().map(tidy).collect();
        let last = rule.last_step.max(rule.steps.last());
        rule.steps = rule.steps.replaced_by(steps, last);
        rule.last_step = last.max(rule.steps.last());
        rule.late_a_day = self.late_a_day;
        rule.priority = self.priority;
        rule.active = self.active;
    }
}

/// A step with a time of day counts days; a call has no template.
fn tidy(mut step: Step) -> Step {
    if step.at_minute.is_some() {
        step.offset_minutes = 0;
    }
    if step.action == RuleAction::Call {
        step.channels = None;
        step.template.clear();
    }
    step
}

/// Changes a rule that still has `version`. What was due before a change of its people or times is done as the rule was, and it
/// never fires for it afterwards.
pub async fn change_rule(db: &Db, now: Instant, actor: Actor, step: (RuleId, i64), change: RuleChange) -> Result<Rule> {
    db.write(move |c| {
        let (id, version) = step;
        let mut rule = rules::get_rule(c, id)?;
        let before = rule.clone();
        let (zone, subject) = (clinic::the_site(c)?.tz(), Subject::of("rules", id.0));
        if rule.version != version {
            return Err(stale(c, zone, subject)?);
        }
        let templates = messaging::templates(c)?;
        check(&change, rule.anchor, (&templates, Some(&rule))).finish()?;
        check_rows(c, rule.anchor, &change)?;
        change.apply(&mut rule);
        if !rules::update_rule(c, &rule, version)? {
            return Err(stale(c, zone, subject)?);
        }
        if !rule.is_due_as(&before) {
            if before.active && rule.active {
                jobs::catch_up(c, now, &before)?;
            }
            rules::begin_anew(c, id, now)?;
        }
        jobs::forget_begun(c, now)?;
        if rule.late_a_day != before.late_a_day || !rule.is_due_as(&before) {
            late::forget_waiting(c, id)?;
        }
        let changes = differences(&before, &rule);
        let detail = format!("{}; {changes}", rule.name);
        audit(c, now, &actor, "update", subject, &detail)?;
        rules::get_rule(c, id)
    })
    .await
}

/// What of a rule is another than it was.
fn differences(before: &Rule, rule: &Rule) -> Changes {
    let mut changes = Changes::default();
    changes.note("name", &before.name, &rule.name);
    changes.note("name_en", &before.name_en, &rule.name_en);
    changes.note_option("service", before.service_id, rule.service_id);
    changes.note_option("segment", before.segment_id, rule.segment_id);
    changes.note("treatment", &before.treatment, &rule.treatment);
    changes.note_option("occasion", before.occasion_id, rule.occasion_id);
    changes.note_option("date_kind", before.date_kind_id, rule.date_kind_id);
    changes.note("purpose", before.purpose, rule.purpose);
    changes.note("channels", before.channels, rule.channels);
    changes.note("stop_booked", before.stop_booked, rule.stop_booked);
    changes.note("stop_answered", before.stop_answered, rule.stop_answered);
    changes.note("stop_confirmed", before.stop_confirmed, rule.stop_confirmed);
    changes.note("catch_up", before.catch_up, rule.catch_up);
    changes.note("rest_days", before.rest_days, rule.rest_days);
    changes.note("holdout", before.holdout_percent, rule.holdout_percent);
    changes.note("when", before.when().en, rule.when().en);
    changes.note("window", before.patience().en, rule.patience().en);
    let templates = |r: &Rule| r.templates().collect::<Vec<_>>().join(", ");
    changes.note("template", templates(before), templates(rule));
    let ways = |r: &Rule| {
        r.steps
            .0
            .iter()
            .map(|s| r.channels_of(s).to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    changes.note("channels_of_steps", ways(before), ways(rule));
    changes.note("late_a_day", before.late_a_day, rule.late_a_day);
    changes.note("priority", before.priority, rule.priority);
    changes.note("active", before.active, rule.active);
    changes
}

/// That what it names is there.
fn check_rows(c: &mut Conn, anchor: Anchor, change: &RuleChange) -> Result<()> {
    let unknown = |field, zh: &str, en: &str| Err(Error::field(field, "unknown", zh, en));
    if let Some(id) = change.service_id
        && clinic::find_service(c, id)?.is_none()
    {
        return unknown("service", "没有这个项目", "There is no such service");
    }
    if let Some(id) = change.segment_id
        && !segments::find_segment(c, id)?.is_some_and(|s| s.is_offered())
    {
        return unknown(
            "segment",
            "没有这个分组，或已归档",
            "There is no such segment, or it is in the archive",
        );
    }
    let occasion = change.occasion_id.filter(|_| anchor == Anchor::Occasion);
    if let Some(id) = occasion
        && occasions::find(c, id)?.is_none()
    {
        return unknown("occasion", "没有这个节日", "There is no such day");
    }
    let kind = change.date_kind_id.filter(|_| anchor == Anchor::RecordDate);
    if let Some(id) = kind
        && dates::find_kind(c, id)?.is_none()
    {
        return unknown("date_kind", "没有这种日期", "There is no such kind of date");
    }
    Ok(())
}

/// What a rule would be, were it saved; nothing is.
///
/// # Errors
/// What is wrong with it, at its fields.
pub fn draft_rule(c: &mut Conn, now: Instant, old: Option<Rule>, anchor: Anchor, change: RuleChange) -> Result<Rule> {
    let templates = messaging::templates(c)?;
    check(&change, anchor, (&templates, old.as_ref())).finish()?;
    check_rows(c, anchor, &change)?;
    let mut rule = old.unwrap_or_else(|| seed(now, "new", ("", ""), anchor));
    change.apply(&mut rule);
    Ok(rule)
}

/// Adds a rule. It never fires for what was due before it was there.
pub async fn add_rule(db: &Db, now: Instant, actor: Actor, anchor: Anchor, change: RuleChange) -> Result<RuleId> {
    db.write(move |c| {
        let templates = messaging::templates(c)?;
        check(&change, anchor, (&templates, None)).finish()?;
        check_rows(c, anchor, &change)?;
        let mut rule = seed(now, &free_code(&rules::list_rules(c)?, anchor), ("", ""), anchor);
        change.apply(&mut rule);
        let id = rules::insert_rule(c, &rule)?.ok_or_else(Error::stale)?;
        jobs::forget_begun(c, now)?;
        let detail = format!("{}, {}", rule.name, rule.when().en);
        audit(c, now, &actor, "create", Subject::of("rules", id.0), &detail)?;
        Ok(id)
    })
    .await
}

/// A code that no rule has: codes end the keys of messages, and tell one rule's from another's.
fn free_code(list: &[Rule], anchor: Anchor) -> String {
    let last = list.iter().map(|r| r.id.0).max().unwrap_or(0);
    format!("{anchor}-rule-{}", last + 1)
}

/// Removes a rule that still has `version`. What it has queued already stays; the last rule stays, too, so that an
/// installation without rules is a new one and nothing else.
pub async fn remove_rule(db: &Db, now: Instant, actor: Actor, (id, version): (RuleId, i64)) -> Result<()> {
    db.write(move |c| {
        let (rule, subject) = (rules::get_rule(c, id)?, Subject::of("rules", id.0));
        if rules::list_rules(c)?.len() == 1 {
            return Err(Error::conflict(
                "last_rule",
                "这是最后一条规则，请停用而不是删除",
                "This is the last rule: switch it off instead",
            ));
        }
        if !rules::delete_rule(c, id, version)? {
            let zone = clinic::the_site(c)?.tz();
            return Err(stale(c, zone, subject)?);
        }
        jobs::forget_begun(c, now)?;
        audit(c, now, &actor, "delete", subject, &rule.name)
    })
    .await
}

/// What a rule has brought in the last year: those written to, against those left out for comparison.
pub fn effect(c: &mut Conn, now: Instant, id: RuleId) -> Result<Effect> {
    rules::get_rule(c, id)?;
    arms::effect(c, id, now + -EFFECT_MS, now)
}
