//! Typed text into values, with the fault at the field.

use chrono::NaiveDate;

use crate::clinic::actions::NAME_MAX;
use crate::platform::clock::{is_in_calendar, plus_days};
use crate::platform::web::form::{Faults, Input};

/// Longest address, speciality, reason.
const LINE_MAX: usize = 200;

fn limited(input: &Input, name: &str, max: usize, faults: &mut Faults) -> String {
    let text = input.get(name);
    if text.chars().count() > max {
        faults.add(
            name,
            "too_long",
            format!("最多 {max} 个字符"),
            format!("At most {max} characters"),
        );
    } else if text.contains(char::is_control) {
        faults.add(
            name,
            "invalid",
            "只能填一行，不能有换行或控制字符",
            "One line only, without line ends or control characters",
        );
    }
    text.to_owned()
}

/// A name: needed, not too long.
pub(super) fn name(input: &Input, field: &str, faults: &mut Faults) -> String {
    if input.get(field).is_empty() {
        faults.require(field);
    }
    limited(input, field, NAME_MAX, faults)
}

/// A chair's kind, which may be empty.
pub(super) fn chair_kind(input: &Input, field: &str, faults: &mut Faults) -> String {
    limited(input, field, NAME_MAX, faults)
}

/// Names in both languages, from the fields `name` and `name_en`.
pub(super) fn names(input: &Input, faults: &mut Faults) -> (String, String) {
    (name(input, "name", faults), name(input, "name_en", faults))
}

/// A line that may be empty.
pub(super) fn line(input: &Input, field: &str, faults: &mut Faults) -> String {
    limited(input, field, LINE_MAX, faults)
}

/// A whole number within limits; `None` when empty or wrong.
pub(super) fn number(
    input: &Input,
    field: &str,
    range: std::ops::RangeInclusive<i32>,
    faults: &mut Faults,
) -> Option<i32> {
    let text = input.get(field);
    if text.is_empty() {
        return None;
    }
    let value = text.parse().ok().filter(|n| range.contains(n));
    if value.is_none() {
        let (low, high) = (range.start(), range.end());
        faults.add(
            field,
            "out_of_range",
            format!("请填 {low} 到 {high} 之间的整数"),
            format!("A whole number from {low} to {high}"),
        );
    }
    value
}

/// [`number`], and a fault when empty.
pub(super) fn needed_number(
    input: &Input,
    field: &str,
    range: std::ops::RangeInclusive<i32>,
    faults: &mut Faults,
) -> i32 {
    if input.get(field).is_empty() {
        faults.require(field);
    }
    number(input, field, range, faults).unwrap_or(0)
}

/// How far ahead of today days are set, in days.
const AHEAD_DAYS: i64 = 3 * 366;

/// A day that is needed, from `since` to some years ahead.
pub(super) fn day(input: &Input, field: &str, since: NaiveDate, faults: &mut Faults) -> Option<NaiveDate> {
    let day: Option<NaiveDate> = input.need(field, faults);
    let near = day.filter(|d| (since..=plus_days(since, AHEAD_DAYS)).contains(d));
    if day != near {
        faults.add(
            field,
            "out_of_range",
            "日期太早或太晚",
            "This day is too long ago or too far ahead",
        );
    }
    near
}

/// A day that may be left out.
pub(super) fn any_day(input: &Input, field: &str, faults: &mut Faults) -> Option<NaiveDate> {
    let day: Option<NaiveDate> = input.parse(field, faults);
    if day.is_some_and(|d| !is_in_calendar(d)) {
        faults.add(
            field,
            "out_of_range",
            "日期太早或太晚",
            "This day is too long ago or too far ahead",
        );
    }
    day
}

/// The first day and the last, which is the first when left out; at most `most` days.
pub(super) fn days(
    input: &Input,
    (first, last): (&str, &str),
    (since, most): (NaiveDate, i64),
    faults: &mut Faults,
) -> Option<(NaiveDate, NaiveDate)> {
    let begin = day(input, first, since, faults);
    let end = match input.get(last) {
        "" => begin,
        _ => input.parse(last, faults),
    };
    let (begin, end) = (begin?, end?);
    if end < begin {
        faults.add(last, "invalid", "不能早于第一天", "It cannot be before the first day");
    } else if (end - begin).num_days() >= most {
        faults.add(
            last,
            "too_long",
            format!("最多 {most} 天"),
            format!("At most {most} days"),
        );
    }
    Some((begin, end))
}
