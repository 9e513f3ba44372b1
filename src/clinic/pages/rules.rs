//! How a service is booked: a part of its form.

use super::super::model::{BookingRules, GRIDS, Parts};
use super::typed;
use crate::platform::web::form::{Faults, Input};

/// The fields of this part.
pub(in crate::clinic) const RULE_FIELDS: [&str; 10] = [
    "grid",
    "chair_kind",
    "provider_parts",
    "second_kind",
    "second_parts",
    "per_day_max",
    "online",
    "notice",
    "notice_unit",
    "horizon_days",
];

/// Units of the notice that patients have to give, in minutes.
const UNITS: [(&str, i32); 2] = [("hours", 60), ("minutes", 1)];
/// The longest notice: 30 days.
const NOTICE_MAX: i32 = 30 * 24 * 60;

/// The rules as they are typed.
pub(in crate::clinic) fn pairs_of_rules(rules: &BookingRules) -> Vec<(&'static str, String)> {
    let unit = UNITS.iter().find(|(_, minutes)| rules.notice_minutes % minutes == 0);
    let (unit, minutes) = unit.copied().unwrap_or(("minutes", 1));
    let optional = |text: Option<String>| text.unwrap_or_default();
    let mut pairs = vec![
        ("grid", rules.grid_minutes.to_string()),
        ("chair_kind", rules.chair_kind.clone()),
        ("provider_parts", rules.provider_parts.show()),
        ("second_kind", optional(rules.second_kind.map(|k| k.to_string()))),
        ("second_parts", rules.second_parts.show()),
        ("per_day_max", optional(rules.per_day_max.map(|n| n.to_string()))),
        ("notice", (rules.notice_minutes / minutes).to_string()),
        ("notice_unit", unit.to_owned()),
        ("horizon_days", rules.horizon_days.to_string()),
    ];
    if rules.online {
        pairs.push(("online", "1".to_owned()));
    }
    pairs
}

/// What was typed for a service of so many minutes. A program that sends no grid leaves the rules as they are.
pub(in crate::clinic) fn read_rules(
    input: &Input,
    before: &BookingRules,
    minutes: i32,
    faults: &mut Faults,
) -> BookingRules {
    if !input.ticked("grid") {
        return before.clone();
    }
    let grid = input.need("grid", faults).filter(|g| GRIDS.contains(g));
    if grid.is_none() && faults.of("grid").is_none() {
        faults.add("grid", "invalid", "请从列表中选择", "Choose one of the list");
    }
    let second_kind = input.parse("second_kind", faults);
    let second_parts = parts(input, "second_parts", minutes, faults);
    if second_kind.is_none() && !second_parts.0.is_empty() && faults.of("second_kind").is_none() {
        faults.add(
            "second_kind",
            "required",
            "填了配合时段，请选择需要谁",
            "Parts are given for them: choose who is needed",
        );
    }
    BookingRules {
        grid_minutes: grid.unwrap_or(before.grid_minutes),
        chair_kind: typed::chair_kind(input, "chair_kind", faults),
        provider_parts: parts(input, "provider_parts", minutes, faults),
        second_kind,
        second_parts,
        per_day_max: typed::number(input, "per_day_max", 1..=100, faults),
        online: input.ticked("online"),
        notice_minutes: notice(input, faults),
        horizon_days: typed::needed_number(input, "horizon_days", 1..=732, faults),
    }
}

/// Parts of a visit, which lie within it.
fn parts(input: &Input, field: &str, minutes: i32, faults: &mut Faults) -> Parts {
    let parts = Parts::parse(input.get(field)).unwrap_or_else(|text| {
        faults.add(field, "invalid", text.zh, text.en);
        Parts::default()
    });
    if minutes > 0 && parts.end() > minutes {
        faults.add(
            field,
            "out_of_range",
            format!("超出了时长：这个项目只有 {minutes} 分钟"),
            format!("Longer than the visit, which has {minutes} minutes"),
        );
    }
    parts
}

fn notice(input: &Input, faults: &mut Faults) -> i32 {
    let unit = UNITS.iter().find(|(code, _)| *code == input.get("notice_unit"));
    let Some((_, minutes)) = unit else {
        faults.add("notice_unit", "invalid", "请从列表中选择", "Choose one of the list");
        return 0;
    };
    typed::needed_number(input, "notice", 0..=NOTICE_MAX / minutes, faults) * minutes
}
