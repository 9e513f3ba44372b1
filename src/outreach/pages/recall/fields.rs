//! Intervals and whole numbers as they are typed.

use std::ops::RangeInclusive;

use super::super::super::model::Interval;
use crate::platform::web::form::{Faults, Input};

/// A whole number within a range, which may be left out.
pub(super) fn number(input: &Input, name: &str, range: RangeInclusive<i32>, faults: &mut Faults) -> Option<i32> {
    let n: i32 = input.parse(name, faults)?;
    if range.contains(&n) {
        return Some(n);
    }
    let (from, to) = (range.start(), range.end());
    faults.add(
        name,
        "out_of_range",
        format!("应为 {from} 到 {to}"),
        format!("From {from} to {to}"),
    );
    None
}

/// An interval of the fields `NAME_months`, `NAME_weeks` and `NAME_days`; none when all are empty.
pub(super) fn interval(input: &Input, name: &str, faults: &mut Faults) -> Option<Interval> {
    let mut part = |unit: &str, most: i32| number(input, &format!("{name}_{unit}"), 0..=most, faults);
    let months = part("months", Interval::MONTHS_MAX);
    let weeks = part("weeks", Interval::WEEKS_MAX);
    let days = part("days", Interval::DAYS_MAX);
    let typed = months.is_some() || weeks.is_some() || days.is_some();
    typed.then(|| Interval::of_parts(months.unwrap_or(0), weeks.unwrap_or(0), days.unwrap_or(0)))
}

/// The fields of a stored interval.
pub(super) fn set_interval(input: &mut Input, name: &str, interval: Option<Interval>) {
    let Some(interval) = interval else { return };
    let (months, weeks, days) = interval.parts();
    for (unit, n) in [("months", months), ("weeks", weeks), ("days", days)] {
        if n > 0 {
            input.set(&format!("{name}_{unit}"), n.to_string());
        }
    }
}
