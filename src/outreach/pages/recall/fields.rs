//! Intervals as they are typed.

use super::super::super::actions::UNITS;
use super::super::super::model::Interval;
use crate::platform::web::form::{Faults, Input};

/// What is typed of an interval, in the fields `NAME_months`, `NAME_weeks` and `NAME_days`.
pub(super) fn parts(input: &Input, name: &str, faults: &mut Faults) -> [Option<i32>; 3] {
    UNITS.map(|unit| input.parse(&format!("{name}_{unit}"), faults))
}

/// The fields of a stored interval.
pub(super) fn set_interval(input: &mut Input, name: &str, interval: Option<Interval>) {
    let Some(interval) = interval else { return };
    let (months, weeks, days) = interval.parts();
    for (unit, n) in UNITS.into_iter().zip([months, weeks, days]) {
        if n > 0 {
            input.set(&format!("{name}_{unit}"), n.to_string());
        }
    }
}
