//! The Chinese lunar calendar (农历), by GB/T 33661-2017 as the Unicode project computes it.

use chrono::{Datelike, NaiveDate};
use icu_calendar::cal::ChineseTraditional;
use icu_calendar::options::{DateFromFieldsOptions, Overflow};
use icu_calendar::types::{DateFields, LeapStatus, Month};
use icu_calendar::{Date, Iso};

/// Nobody alive was born longer ago.
const LIFETIME: i32 = 120;
/// The longest month.
const LONG: u8 = 30;

/// A day of the lunar calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LunarDay {
    /// The common year in which the lunar year begins.
    pub year: i32,
    /// 1 … 12.
    pub month: u8,
    /// Whether it lies in a leap month (闰月), which comes after the month of its number.
    pub leap: bool,
    /// 1 … 30.
    pub day: u8,
    /// Whether it is its month's last.
    pub last: bool,
}

impl LunarDay {
    /// The lunar day of a civil one; none: far outside the years that are computed.
    pub fn of(day: NaiveDate) -> Option<LunarDay> {
        let iso = Date::try_new_iso(day.year(), small(day.month()), small(day.day())).ok()?;
        let lunar = iso.to_calendar(ChineseTraditional::new());
        let month = lunar.month();
        Some(LunarDay {
            year: lunar.year().era_year_or_related_iso(),
            month: month.number(),
            leap: month.leap_status() == LeapStatus::Leap,
            day: lunar.day_of_month().0,
            last: lunar.day_of_month().0 == lunar.days_in_month(),
        })
    }

    /// Whether the yearly day `month`/`day` is kept on this one: never in a leap month, and the 30th on the 29th of a month
    /// that has no 30th.
    pub fn keeps(self, month: u8, day: u8) -> bool {
        !self.leap && self.month == month && (self.day == day || (day == LONG && self.last && self.day < LONG))
    }
}

fn small(n: u32) -> u8 {
    u8::try_from(n).unwrap_or(0)
}

/// The civil days of birth whose lunar birthday is kept on `day`. Who was born in a leap month keeps it in the month of the same
/// number, and who was born on a 30th keeps it on the 29th where the month is short.
pub fn births_kept_on(day: NaiveDate) -> Vec<NaiveDate> {
    let Some(today) = LunarDay::of(day).filter(|d| !d.leap) else {
        return Vec::new();
    };
    let mut days = vec![today.day];
    if today.last && today.day < LONG {
        days.push(LONG);
    }
    let mut births = Vec::new();
    for year in today.year - LIFETIME..=today.year {
        for month in [Month::new(today.month), Month::leap(today.month)] {
            births.extend(
                days.iter()
                    .filter_map(|d| civil(year, month, *d))
                    .filter(|born| *born <= day),
            );
        }
    }
    births
}

/// The civil day of a lunar one; none: that year has no such month or day.
fn civil(year: i32, month: Month, day: u8) -> Option<NaiveDate> {
    let mut fields = DateFields::default();
    fields.extended_year = Some(year);
    fields.month = Some(month);
    fields.day = Some(day);
    let mut options = DateFromFieldsOptions::default();
    options.overflow = Some(Overflow::Reject);
    let lunar = Date::try_from_fields(fields, options, ChineseTraditional::new()).ok()?;
    let iso = lunar.to_calendar(Iso);
    NaiveDate::from_ymd_opt(
        iso.year().era_year_or_related_iso(),
        u32::from(iso.month().ordinal),
        u32::from(iso.day_of_month().0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("date")
    }

    /// Published by the Hong Kong Observatory (conversion tables, 2024 to 2030).
    #[test]
    fn festivals_as_published() {
        for (on, month, of_month) in [
            (day(2024, 2, 10), 1, 1),
            (day(2025, 1, 29), 1, 1),
            (day(2026, 2, 17), 1, 1),
            (day(2027, 2, 6), 1, 1),
            (day(2030, 2, 3), 1, 1),
            (day(2026, 9, 25), 8, 15),
            (day(2027, 9, 15), 8, 15),
            (day(2026, 6, 19), 5, 5),
            (day(2026, 10, 18), 9, 9),
        ] {
            let lunar = LunarDay::of(on).expect("in range");
            assert!(lunar.keeps(month, of_month), "{on} {lunar:?}");
        }
        // The eve of the New Year is the 12th month's last day, whichever that is.
        for eve in [day(2025, 1, 28), day(2026, 2, 16), day(2027, 2, 5)] {
            assert!(LunarDay::of(eve).expect("in range").keeps(12, 30), "{eve}");
        }
        // 2025 had a leap sixth month: its festival was in the first of the two.
        assert!(LunarDay::of(day(2025, 7, 25)).expect("in range").leap);
    }

    #[test]
    fn who_is_greeted() {
        // The 15th of the 8th month.
        let born = births_kept_on(day(2026, 9, 25));
        assert!(born.contains(&day(1995, 9, 9)), "{born:?}");
        // The leap 8th month of 1995, its 15th.
        assert!(born.contains(&day(1995, 10, 9)));
        assert!(!born.contains(&day(1995, 9, 10)));
    }

    proptest::proptest! {
        /// Whoever has a birthday keeps it once in every lunar year of their life.
        #[test]
        fn every_birthday_comes_once_a_lunar_year(n in 0_i64..40_000, age in 1_i32..70) {
            let born = day(1905, 1, 1) + chrono::TimeDelta::days(n);
            let year = LunarDay::of(born).expect("in range").year + age;
            // A lunar year has at most 384 days and begins in January or February.
            let kept: Vec<NaiveDate> = day(year, 1, 20)
                .iter_days()
                .take(420)
                .filter(|d| LunarDay::of(*d).is_some_and(|l| l.year == year))
                .filter(|d| births_kept_on(*d).contains(&born))
                .collect();
            proptest::prop_assert_eq!(kept.len(), 1, "{} {:?}", born, kept);
        }
    }
}
