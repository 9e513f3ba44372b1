//! What is possible of the numbers of recalls and their types, however they come in.

use std::ops::RangeInclusive;

use super::super::model::Interval;
use crate::platform::web::form::Faults;

/// The parts of an interval, as their fields are called.
pub const UNITS: [&str; 3] = ["months", "weeks", "days"];

/// A number that may be left out; beyond its range it is a fault of `field`.
pub fn within(field: &str, n: Option<i32>, range: RangeInclusive<i32>, faults: &mut Faults) -> Option<i32> {
    if n.is_none_or(|n| range.contains(&n)) {
        return n;
    }
    let (from, to) = (range.start(), range.end());
    faults.add(
        field,
        "out_of_range",
        format!("应为 {from} 到 {to}"),
        format!("From {from} to {to}"),
    );
    None
}

/// An interval of its parts, in the order of [`UNITS`]; none when nothing is given. The fields are `NAME_months`, …
pub fn interval(name: &str, parts: [Option<i32>; 3], faults: &mut Faults) -> Option<Interval> {
    let most = [Interval::MONTHS_MAX, Interval::WEEKS_MAX, Interval::DAYS_MAX];
    let mut checked = [None; 3];
    for (((slot, unit), part), most) in checked.iter_mut().zip(UNITS).zip(parts).zip(most) {
        *slot = within(&format!("{name}_{unit}"), part, 0..=most, faults);
    }
    let [months, weeks, days] = checked.map(Option::unwrap_or_default);
    parts
        .iter()
        .any(Option::is_some)
        .then(|| Interval::of_parts(months, weeks, days))
}
