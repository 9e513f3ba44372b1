//! The form of a rule: what it shows of a stored one, and what is wanted by it. The fields of the first step have plain names,
//! those of the second end with `-2`.

use super::super::super::actions::{RuleChange, Stops, field_of, steps_of};
use super::super::super::model::{
    Anchor, Channels, OccasionId, Rule, RuleAction, STEPS_MAX, Side, Step, minute_text, parse_minute,
};
use crate::messaging::Purpose;
use crate::outreach::segments::SegmentId;
use crate::patients::DateKindId;
use crate::platform::error::Result;
use crate::platform::web::form::{Faults, Input};

/// The fields of a step.
const OF_STEP: [&str; 9] = [
    "id", "action", "days", "side", "at", "minutes", "window", "template", "way",
];

/// A usual rule of its kind.
pub(super) fn blank(anchor: Anchor) -> Input {
    let mut input = Input::from_pairs([
        ("kind", anchor.as_str()),
        ("steps", "1"),
        ("channels", Channels::Preferred.as_str()),
        ("catch_up", anchor.usual_catch_up().as_str()),
        ("rest_days", "0"),
        ("holdout", "0"),
        ("late_a_day", "0"),
        ("active", "1"),
    ]);
    input.set("priority", anchor.usual_priority().to_string());
    if let Some(purpose) = anchor.purposes().first() {
        input.set("purpose", purpose.as_str());
    }
    if anchor.ends_when_booked() {
        input.set("stop_booked", "1");
    }
    blank_step(&mut input, anchor, 0);
    input
}

fn blank_step(input: &mut Input, anchor: Anchor, n: usize) {
    let (days, side, at, window) = match anchor {
        Anchor::VisitStart => ("1", "before", "18:00", "120"),
        Anchor::VisitFinished => ("1", "after", "10:00", "480"),
        Anchor::VisitMissed | Anchor::Referral => ("1", "after", "10:00", "1440"),
        Anchor::RecallDue => ("14", "before", "10:00", "10080"),
        Anchor::PlanWaits => ("14", "after", "10:00", "10080"),
        Anchor::Birthday | Anchor::Occasion | Anchor::RecordDate => ("0", "before", "09:00", "600"),
    };
    let action = RuleAction::Message.as_str();
    for (field, value) in OF_STEP
        .into_iter()
        .zip(["0", action, days, side, at, "0", window, "", ""])
    {
        input.set(&field_of(field, n), value);
    }
}

/// The form with a step more, or without the one that is named.
pub(super) fn resized(mut input: Input, anchor: Anchor) -> Input {
    let count = steps_of(&input);
    match input.get("step").to_owned().as_str() {
        "add" if count < STEPS_MAX => {
            blank_step(&mut input, anchor, count);
            // Beside the one before it, a week later.
            for field in ["side", "at", "template", "window"] {
                let before = input.get(&field_of(field, count - 1)).to_owned();
                input.set(&field_of(field, count), &before);
            }
            input.set("steps", (count + 1).to_string());
        }
        text => {
            let gone = text.strip_prefix("remove-").and_then(|n| n.parse::<usize>().ok());
            if let Some(gone) = gone.filter(|n| (1..=count).contains(n) && count > 1) {
                for n in gone..count {
                    for field in OF_STEP {
                        let next = input.get(&field_of(field, n)).to_owned();
                        input.set(&field_of(field, n - 1), &next);
                    }
                }
                input.set("steps", (count - 1).to_string());
            }
        }
    }
    input
}

/// A stored rule as the form shows it.
pub(super) fn stored(rule: &Rule) -> Input {
    let mut input = Input::from_pairs([
        ("version", rule.version.to_string()),
        ("name", rule.name.clone()),
        ("name_en", rule.name_en.clone()),
        ("purpose", rule.purpose.to_string()),
        ("service", rule.service_id.map(|s| s.to_string()).unwrap_or_default()),
        ("segment", rule.segment_id.map(|s| s.to_string()).unwrap_or_default()),
        ("treatment", rule.treatment.clone()),
        ("occasion", rule.occasion_id.map(|s| s.to_string()).unwrap_or_default()),
        (
            "date_kind",
            rule.date_kind_id.map(|s| s.to_string()).unwrap_or_default(),
        ),
        ("channels", rule.channels.to_string()),
        ("catch_up", rule.catch_up.to_string()),
        ("rest_days", rule.rest_days.to_string()),
        ("holdout", rule.holdout_percent.to_string()),
        ("late_a_day", rule.late_a_day.to_string()),
        ("steps", rule.steps.0.len().to_string()),
        ("priority", rule.priority.to_string()),
    ]);
    for (n, step) in rule.steps.0.iter().enumerate() {
        let side = if step.offset_days > 0 || step.offset_minutes > 0 {
            "after"
        } else {
            "before"
        };
        let values = [
            step.id.to_string(),
            step.action.to_string(),
            step.offset_days.abs().to_string(),
            side.to_owned(),
            step.at_minute.map(minute_text).unwrap_or_default(),
            step.offset_minutes.abs().to_string(),
            step.window_minutes.to_string(),
            step.template.clone(),
            step.channels.map(|way| way.to_string()).unwrap_or_default(),
        ];
        for (field, value) in OF_STEP.into_iter().zip(values) {
            input.set(&field_of(field, n), &value);
        }
    }
    let ticks = [
        ("stop_booked", rule.stop_booked),
        ("stop_answered", rule.stop_answered),
        ("stop_confirmed", rule.stop_confirmed),
        ("active", rule.active),
    ];
    for (name, _) in ticks.into_iter().filter(|(_, on)| *on) {
        input.set(name, "1");
    }
    input
}

/// What is wanted of a rule of this kind. Lines that a form does not have stay as they were.
pub(super) fn read(input: &Input, old: Option<&Rule>, anchor: Anchor) -> Result<RuleChange> {
    let mut f = Faults::default();
    let text = |field: &str, was: Option<&String>| match was {
        Some(was) if !input.ticked(field) => was.clone(),
        _ => input.get(field).to_owned(),
    };
    let usual = anchor.purposes().first().copied().unwrap_or(Purpose::Reminder);
    let change = RuleChange {
        name: text("name", old.map(|r| &r.name)),
        name_en: text("name_en", old.map(|r| &r.name_en)),
        purpose: choice(input, "purpose", old.map_or(usual, |r| r.purpose), &mut f),
        service_id: match input.ticked("service") {
            true => input.parse("service", &mut f),
            false => old.and_then(|r| r.service_id),
        },
        segment_id: match input.ticked("segment") {
            true => input.parse("segment", &mut f).map(SegmentId),
            false => old.and_then(|r| r.segment_id),
        },
        treatment: text("treatment", old.map(|r| &r.treatment)),
        occasion_id: input.parse("occasion", &mut f).map(OccasionId),
        date_kind_id: input.parse("date_kind", &mut f).map(DateKindId),
        channels: choice(
            input,
            "channels",
            old.map_or(Channels::Preferred, |r| r.channels),
            &mut f,
        ),
        stops: Stops {
            booked: input.ticked("stop_booked"),
            answered: input.ticked("stop_answered"),
            confirmed: input.ticked("stop_confirmed"),
        },
        catch_up: choice(
            input,
            "catch_up",
            old.map_or(anchor.usual_catch_up(), |r| r.catch_up),
            &mut f,
        ),
        rest_days: input.parse("rest_days", &mut f).unwrap_or(0),
        holdout_percent: input.parse("holdout", &mut f).unwrap_or(0),
        late_a_day: match input.ticked("late_a_day") {
            true => input.parse("late_a_day", &mut f).unwrap_or(0),
            false => old.map_or(0, |r| r.late_a_day),
        },
        steps: (0..steps_of(input)).map(|n| step(input, n, anchor, &mut f)).collect(),
        priority: input.need("priority", &mut f).unwrap_or(0),
        active: input.ticked("active"),
    };
    f.finish()?;
    Ok(change)
}

/// One of a few values; `usual` where the form does not have the field.
fn choice<T: std::str::FromStr>(input: &Input, field: &str, usual: T, f: &mut Faults) -> T {
    match input.get(field) {
        "" => usual,
        text => match text.parse() {
            Ok(value) => value,
            Err(_) => {
                f.add(field, "invalid", "没有这个选项", "There is no such choice");
                usual
            }
        },
    }
}

fn step(input: &Input, n: usize, anchor: Anchor, f: &mut Faults) -> Step {
    let name = |field: &str| field_of(field, n);
    let days: i32 = input.parse(&name("days"), f).unwrap_or(0);
    let minutes: i32 = input.parse(&name("minutes"), f).unwrap_or(0);
    for (field, value) in [("days", days), ("minutes", minutes)] {
        if value < 0 {
            f.add(&name(field), "out_of_range", "请填 0 或更大的数", "0 or more");
        }
    }
    let at_minute = match input.get(&name("at")) {
        "" => None,
        text => parse_minute(text).or_else(|| {
            f.add(&name("at"), "invalid", "时间格式为 18:00", "A time looks like 18:00");
            None
        }),
    };
    let after = match anchor.side() {
        Side::Before => false,
        Side::After => true,
        Side::Either => input.get(&name("side")) == "after",
    };
    let sign = if after { 1 } else { -1 };
    Step {
        id: input.parse(&name("id"), f).unwrap_or(0),
        action: choice(input, &name("action"), RuleAction::Message, f),
        offset_days: days.saturating_mul(sign),
        offset_minutes: minutes.saturating_mul(sign),
        at_minute,
        window_minutes: input.need(&name("window"), f).unwrap_or(0),
        template: input.get(&name("template")).to_owned(),
        channels: match input.get(&name("way")) {
            "" => None,
            _ => Some(choice(input, &name("way"), Channels::Preferred, f)),
        },
    }
}
