//! Everything wrong with a rule, at its fields. Steps count from 1: `days-2` is the days of the second.

use super::super::model::{Anchor, Rule, RuleAction, STEPS_MAX, Side, Step};
use super::RuleChange;
use crate::messaging::Templates;
use crate::outreach::segments::faulty_words;
use crate::platform::web::form::{Faults, Input};

/// Longest a step may lie from its anchor, in days, and a message may be late, in minutes.
const OFFSET_DAYS_MAX: i32 = 1000;
const OFFSET_MINUTES_MAX: i32 = 1440;
const WINDOW_MINUTES_MAX: i32 = 43_200;
/// Longest name.
const NAME_MAX: usize = 60;
/// Longest rest, in days, and largest part that is left out, in percent (the database's own limits).
const REST_MAX: i32 = 366;
const HOLDOUT_MAX: i32 = 50;
/// Most late recalls a day (the database's own limit).
const LATE_MAX: i32 = 1000;

/// Everything wrong with it for `anchor`. `old`: the rule as it is, which may keep the templates it has.
pub(super) fn check(change: &RuleChange, anchor: Anchor, (templates, old): (&Templates, Option<&Rule>)) -> Faults {
    let mut f = Faults::default();
    names(change, &mut f);
    who(change, anchor, &mut f);
    manners(change, anchor, &mut f);
    late(change, anchor, &mut f);
    if change.steps.is_empty() {
        f.add("steps", "required", "至少要有一步", "There must be a step");
    } else if change.steps.len() > STEPS_MAX {
        f.add("steps", "too_many", "最多 6 步", "At most 6 steps");
    }
    for (n, step) in change.steps.iter().enumerate() {
        let mut of = Faults::default();
        time(step, anchor, &mut of);
        sending(change, step, (templates, old), &mut of);
        for mut fault in of.0 {
            fault.field = field_of(&fault.field, n);
            f.0.push(fault);
        }
    }
    order(change, &mut f);
    f
}

/// A field of a step: the first step's have no number.
pub(in super::super) fn field_of(field: &str, step: usize) -> String {
    match step {
        0 => field.to_owned(),
        n => format!("{field}-{}", n + 1),
    }
}

/// How many steps a form has.
pub(in super::super) fn steps_of(input: &Input) -> usize {
    input.get("steps").parse().unwrap_or(1).clamp(1, STEPS_MAX)
}

fn names(change: &RuleChange, f: &mut Faults) {
    for (field, text) in [("name", &change.name), ("name_en", &change.name_en)] {
        if text.trim().is_empty() {
            f.require(field);
        } else if text.chars().count() > NAME_MAX {
            f.add(field, "too_long", "最多 60 个字符", "At most 60 characters");
        }
    }
}

fn who(change: &RuleChange, anchor: Anchor, f: &mut Faults) {
    if change.service_id.is_some() && !anchor.has_service() {
        f.add(
            "service",
            "invalid",
            "这种规则不分项目",
            "Such a rule is for no service",
        );
    }
    if !change.treatment.trim().is_empty() {
        if !anchor.has_treatment() {
            f.add(
                "treatment",
                "invalid",
                "这种规则不分治疗",
                "Such a rule is for no treatment",
            );
        } else if let Some(wrong) = faulty_words(&change.treatment) {
            f.add("treatment", "too_long", wrong.zh, wrong.en);
        }
    }
    if anchor == Anchor::Occasion && change.occasion_id.is_none() {
        f.require("occasion");
    }
    if anchor == Anchor::RecordDate && change.date_kind_id.is_none() {
        f.require("date_kind");
    }
    if !anchor.purposes().contains(&change.purpose) {
        f.add(
            "purpose",
            "unfit",
            "这种规则没有这个用途",
            "Such a rule has no such purpose",
        );
    }
}

fn manners(change: &RuleChange, anchor: Anchor, f: &mut Faults) {
    if !(1..=9).contains(&change.priority) {
        f.add("priority", "out_of_range", "应为 1 到 9", "From 1 to 9");
    }
    if !(0..=REST_MAX).contains(&change.rest_days) {
        f.add("rest_days", "out_of_range", "应为 0 到 366 天", "From 0 to 366 days");
    }
    if !(0..=HOLDOUT_MAX).contains(&change.holdout_percent) {
        f.add("holdout", "out_of_range", "应为 0 到 50", "From 0 to 50");
    } else if change.holdout_percent > 0 && !anchor.may_hold_out() {
        f.add(
            "holdout",
            "unfit",
            "就诊提醒必须人人都发",
            "Everybody relies on reminders of visits: none are left out",
        );
    }
}

/// Recalls that are late are taken up by rules of recalls alone, and not without end.
fn late(change: &RuleChange, anchor: Anchor, f: &mut Faults) {
    if !(0..=LATE_MAX).contains(&change.late_a_day) {
        f.add("late_a_day", "out_of_range", "应为 0 到 1000", "From 0 to 1000");
    } else if change.late_a_day > 0 && anchor != Anchor::RecallDue {
        f.add(
            "late_a_day",
            "unfit",
            "只有复诊提醒有逾期的复诊",
            "Only rules of recalls have late ones",
        );
    }
}

fn time(step: &Step, anchor: Anchor, f: &mut Faults) {
    if !(-OFFSET_DAYS_MAX..=OFFSET_DAYS_MAX).contains(&step.offset_days) {
        f.add("days", "out_of_range", "最多 1000 天", "At most 1000 days");
    }
    if !(-OFFSET_MINUTES_MAX..=OFFSET_MINUTES_MAX).contains(&step.offset_minutes) {
        f.add("minutes", "out_of_range", "最多 1440 分钟", "At most 1440 minutes");
    }
    if step.at_minute.is_some_and(|m| !(0..1440).contains(&m)) {
        f.add(
            "at",
            "out_of_range",
            "时间应为 00:00 到 23:59",
            "A time is from 00:00 to 23:59",
        );
    }
    if !(1..=WINDOW_MINUTES_MAX).contains(&step.window_minutes) {
        f.add(
            "window",
            "out_of_range",
            "应为 1 到 43200 分钟",
            "From 1 to 43200 minutes",
        );
    }
    if step.at_minute.is_none() && !anchor.has_clock() {
        f.require("at");
    }
    side(step, anchor, f);
}

fn side(step: &Step, anchor: Anchor, f: &mut Faults) {
    let minutes = i64::from(step.offset_days) * 1440 + i64::from(step.offset_minutes);
    let (field, wrong) = match (anchor.side(), step.at_minute) {
        (Side::Before, None) => ("minutes", minutes >= 0),
        (Side::Before, Some(_)) => ("days", step.offset_days > 0),
        (Side::After, None) => ("minutes", minutes <= 0),
        (Side::After, Some(_)) => ("days", step.offset_days < 0),
        (Side::Either, _) => ("days", false),
    };
    if wrong && anchor.side() == Side::Before {
        f.add(
            field,
            "not_before",
            "提醒必须早于就诊时间",
            "A reminder must come before the visit",
        );
    } else if wrong {
        f.add(field, "not_after", "必须在那之后", "It comes after it");
    }
}

fn sending(change: &RuleChange, step: &Step, (templates, old): (&Templates, Option<&Rule>), f: &mut Faults) {
    if step.action == RuleAction::Call {
        return;
    }
    if step.template.is_empty() {
        f.require("template");
    } else if old.is_some_and(|r| r.purpose == change.purpose && r.templates().any(|t| t == step.template)) {
        // What a rule has it may keep.
    } else if templates.find(&step.template).is_none() {
        f.add("template", "unknown", "没有这个模板", "There is no such template");
    } else if !templates.fits(change.purpose, &step.template) {
        f.add(
            "template",
            "unfit",
            "这个模板不适合此规则：用途不同，会缺少变量",
            "This template does not fit the rule: it is for something else and would lack variables",
        );
    }
}

/// A ladder goes one way: each step after the one before it.
fn order(change: &RuleChange, f: &mut Faults) {
    let at = |s: &Step| {
        let of_day = s.at_minute.unwrap_or(s.offset_minutes);
        i64::from(s.offset_days) * 1440 + i64::from(of_day)
    };
    for (n, pair) in change.steps.windows(2).enumerate() {
        if let [a, b] = pair
            && at(b) <= at(a)
        {
            f.add(
                &field_of("days", n + 1),
                "not_later",
                "每一步都要晚于前一步",
                "Each step comes after the one before it",
            );
        }
    }
}
