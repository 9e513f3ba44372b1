//! The first rules, and how one is changed.

use super::super::model::{Anchor, Rule, RuleAction, RuleId};
use super::super::store::rules;
use crate::clinic::{self, ServiceId};
use crate::messaging::{self, Templates};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::staff::{Actor, Changes, Subject, audit, stale};

/// Longest a rule may lie from its anchor, in days, and a message may be late, in minutes (the database's own limits).
const OFFSET_DAYS_MAX: i32 = 366;
const OFFSET_MINUTES_MAX: i32 = 1440;
const WINDOW_MINUTES_MAX: i32 = 43_200;
/// Longest name.
const NAME_MAX: usize = 60;

/// The rules a new installation begins with.
pub fn seed_rules(c: &mut Conn, now: Instant) -> Result<()> {
    if rules::any_rule(c)? {
        return Ok(());
    }
    seeds(now)
        .iter()
        .try_for_each(|rule| rules::insert_rule(c, rule).map(|_| ()))
}

/// A rule that is due on its anchor's day itself, until it is said otherwise.
fn seed(now: Instant, code: &str, (name, name_en): (&str, &str), anchor: Anchor) -> Rule {
    Rule {
        id: RuleId(0),
        code: code.into(),
        name: name.into(),
        name_en: name_en.into(),
        anchor,
        action: RuleAction::Message,
        service_id: None,
        offset_days: 0,
        offset_minutes: 0,
        at_minute: None,
        window_minutes: 60,
        template: code.into(),
        priority: 3,
        active: true,
        planned_until: now,
        version: 1,
        updated_at: now,
    }
}

fn seeds(now: Instant) -> Vec<Rule> {
    let hour = |h: i32| Some(h * 60);
    let before = ("前一天就诊提醒", "Visit reminder, day before");
    let same_day = ("当天就诊提醒", "Visit reminder, same day");
    let recall = |code: &str, names: (&str, &str), offset_days: i32| Rule {
        offset_days,
        at_minute: hour(10),
        window_minutes: 7 * 1440,
        template: "recall".into(),
        priority: 6,
        ..seed(now, code, names, Anchor::RecallDue)
    };
    vec![
        Rule {
            offset_days: -1,
            at_minute: hour(18),
            window_minutes: 120,
            ..seed(now, "reminder-day-before", before, Anchor::VisitStart)
        },
        Rule {
            offset_minutes: -120,
            template: "reminder-same-day".into(),
            priority: 2,
            ..seed(now, "reminder-2-hours", same_day, Anchor::VisitStart)
        },
        recall("recall-due", ("复诊提醒", "Recall"), 0),
        recall("recall-after", ("复诊再次提醒", "Recall, second time"), 30),
        Rule {
            at_minute: hour(9),
            window_minutes: 11 * 60,
            priority: 8,
            ..seed(now, "birthday", ("生日祝福", "Birthday greeting"), Anchor::Birthday)
        },
    ]
}

/// What of a rule can be edited.
#[derive(Debug, Clone)]
pub struct RuleChange {
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Only for this service.
    pub service_id: Option<ServiceId>,
    /// Calendar days from the anchor; negative: before.
    pub offset_days: i32,
    /// Minutes from the anchor, where no time of day is given.
    pub offset_minutes: i32,
    /// Minute of the day.
    pub at_minute: Option<i32>,
    /// How late it may go out.
    pub window_minutes: i32,
    /// Code of the template.
    pub template: String,
    /// 1 … 9.
    pub priority: i32,
    /// Whether it is planned.
    pub active: bool,
}

impl RuleChange {
    /// What a rule has now.
    pub fn of(rule: &Rule) -> RuleChange {
        RuleChange {
            name: rule.name.clone(),
            name_en: rule.name_en.clone(),
            service_id: rule.service_id,
            offset_days: rule.offset_days,
            offset_minutes: rule.offset_minutes,
            at_minute: rule.at_minute,
            window_minutes: rule.window_minutes,
            template: rule.template.clone(),
            priority: rule.priority,
            active: rule.active,
        }
    }

    /// Makes a rule what is wanted of it.
    fn apply(self, rule: &mut Rule) {
        rule.name = self.name.trim().to_owned();
        rule.name_en = self.name_en.trim().to_owned();
        rule.service_id = self.service_id;
        rule.offset_days = self.offset_days;
        rule.offset_minutes = if self.at_minute.is_some() {
            0
        } else {
            self.offset_minutes
        };
        rule.at_minute = self.at_minute;
        rule.window_minutes = self.window_minutes;
        rule.template = self.template;
        rule.priority = self.priority;
        rule.active = self.active;
    }

    /// Everything wrong with it for `anchor`.
    fn check(&self, anchor: Anchor, templates: &Templates, own: Option<&str>) -> Faults {
        let mut f = Faults::default();
        self.check_name(anchor, &mut f);
        self.check_time(anchor, &mut f);
        self.check_sending(anchor, (templates, own), &mut f);
        f
    }

    fn check_name(&self, anchor: Anchor, f: &mut Faults) {
        for (field, text) in [("name", &self.name), ("name_en", &self.name_en)] {
            if text.trim().is_empty() {
                f.require(field);
            } else if text.chars().count() > NAME_MAX {
                f.add(field, "too_long", "最多 60 个字符", "At most 60 characters");
            }
        }
        if self.service_id.is_some() && !anchor.has_service() {
            f.add(
                "service",
                "invalid",
                "生日祝福不分项目",
                "A birthday greeting is for no service",
            );
        }
    }

    fn check_time(&self, anchor: Anchor, f: &mut Faults) {
        if !(-OFFSET_DAYS_MAX..=OFFSET_DAYS_MAX).contains(&self.offset_days) {
            f.add("days", "out_of_range", "最多 366 天", "At most 366 days");
        }
        if !(-OFFSET_MINUTES_MAX..=OFFSET_MINUTES_MAX).contains(&self.offset_minutes) {
            f.add("minutes", "out_of_range", "最多 1440 分钟", "At most 1440 minutes");
        }
        if self.at_minute.is_some_and(|m| !(0..1440).contains(&m)) {
            f.add(
                "at",
                "out_of_range",
                "时间应为 00:00 到 23:59",
                "A time is from 00:00 to 23:59",
            );
        }
        if anchor == Anchor::VisitStart {
            let minutes = i64::from(self.offset_days) * 1440 + i64::from(self.offset_minutes);
            if self.at_minute.is_none() && minutes >= 0 {
                f.add(
                    "minutes",
                    "not_before",
                    "提醒必须早于就诊时间",
                    "A reminder must come before the visit",
                );
            }
            if self.at_minute.is_some() && self.offset_days > 0 {
                f.add(
                    "days",
                    "not_before",
                    "提醒必须早于就诊时间",
                    "A reminder must come before the visit",
                );
            }
        } else if self.at_minute.is_none() {
            f.require("at");
        }
        if anchor == Anchor::VisitFinished && self.offset_days < 0 {
            f.add(
                "days",
                "not_after",
                "随访消息在就诊之后发出",
                "It goes out after the visit",
            );
        }
    }

    fn check_sending(&self, anchor: Anchor, (templates, own): (&Templates, Option<&str>), f: &mut Faults) {
        if !(1..=WINDOW_MINUTES_MAX).contains(&self.window_minutes) {
            f.add(
                "window",
                "out_of_range",
                "应为 1 到 43200 分钟",
                "From 1 to 43200 minutes",
            );
        }
        if !(1..=9).contains(&self.priority) {
            f.add("priority", "out_of_range", "应为 1 到 9", "From 1 to 9");
        }
        if self.template.is_empty() {
            f.require("template");
        } else if own == Some(self.template.as_str()) {
            // What a rule has it may keep.
        } else if templates.find(&self.template).is_none() {
            f.add("template", "unknown", "没有这个模板", "There is no such template");
        } else if !templates.fits(anchor.purpose(), &self.template) {
            f.add(
                "template",
                "unfit",
                "这个模板不适合此规则：用途不同，会缺少变量",
                "This template does not fit the rule: it is for something else and would lack variables",
            );
        }
    }
}

/// Changes a rule that still has `version`. It never fires for what was due before the change.
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
        let own = Some(rule.template.as_str());
        change.check(rule.anchor, &templates, own).finish()?;
        check_service(c, change.service_id)?;
        change.apply(&mut rule);
        if !rules::update_rule(c, &rule, version, now)? {
            return Err(stale(c, zone, subject)?);
        }
        let mut changes = Changes::default();
        changes.note("name", &before.name, &rule.name);
        changes.note("name_en", &before.name_en, &rule.name_en);
        changes.note_option("service", before.service_id, rule.service_id);
        changes.note("when", before.when().en, rule.when().en);
        changes.note("window", before.patience().en, rule.patience().en);
        changes.note("template", &before.template, &rule.template);
        changes.note("priority", before.priority, rule.priority);
        changes.note("active", before.active, rule.active);
        let detail = format!("{}; {changes}", rule.name);
        audit(c, now, &actor, "update", subject, &detail)?;
        rules::get_rule(c, id)
    })
    .await
}

fn check_service(c: &mut Conn, service: Option<ServiceId>) -> Result<()> {
    match service {
        Some(id) if clinic::find_service(c, id)?.is_none() => Err(Error::field(
            "service",
            "unknown",
            "没有这个项目",
            "There is no such service",
        )),
        _ => Ok(()),
    }
}

/// What a rule would be, were it saved; nothing is.
///
/// # Errors
/// What is wrong with it, at its fields.
pub fn draft_rule(c: &mut Conn, now: Instant, old: Option<Rule>, anchor: Anchor, change: RuleChange) -> Result<Rule> {
    let templates = messaging::templates(c)?;
    let own = old.as_ref().map(|r| r.template.as_str());
    change.check(anchor, &templates, own).finish()?;
    check_service(c, change.service_id)?;
    let mut rule = old.unwrap_or_else(|| seed(now, "new", ("", ""), anchor));
    change.apply(&mut rule);
    Ok(rule)
}

/// Adds a rule. It never fires for what was due before it was there.
pub async fn add_rule(db: &Db, now: Instant, actor: Actor, anchor: Anchor, change: RuleChange) -> Result<RuleId> {
    db.write(move |c| {
        let templates = messaging::templates(c)?;
        change.check(anchor, &templates, None).finish()?;
        check_service(c, change.service_id)?;
        let mut rule = seed(now, &free_code(&rules::list_rules(c)?, anchor), ("", ""), anchor);
        change.apply(&mut rule);
        let id = rules::insert_rule(c, &rule)?.ok_or_else(Error::stale)?;
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
        let rule = rules::get_rule(c, id)?;
        if rules::list_rules(c)?.len() == 1 {
            return Err(Error::conflict(
                "last_rule",
                "这是最后一条规则，请停用而不是删除",
                "This is the last rule: switch it off instead",
            ));
        }
        if !rules::delete_rule(c, id, version)? {
            return Err(Error::stale());
        }
        audit(c, now, &actor, "delete", Subject::of("rules", id.0), &rule.name)
    })
    .await
}
