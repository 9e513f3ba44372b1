//! How long after a visit a recall is due: calendar months and days together, so that "6 months and a day" can be said.

use chrono::NaiveDate;

use super::super::plus_months;
use crate::platform::clock::plus_days;
use crate::platform::i18n::{Lang, Text};

const WEEK: i32 = 7;

/// Calendar months, then days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Calendar months; the 31st becomes the last day of a shorter month.
    pub months: i32,
    /// Days after that; weeks are seven of them.
    pub days: i32,
}

impl Interval {
    /// Most months of one.
    pub const MONTHS_MAX: i32 = 120;
    /// Most weeks of one.
    pub const WEEKS_MAX: i32 = 260;
    /// Most days of one, beside its weeks.
    pub const DAYS_MAX: i32 = 366;

    /// Whole months.
    pub fn of_months(months: i32) -> Interval {
        Interval { months, days: 0 }
    }
    /// From two columns; none when neither is there.
    pub fn stored(months: Option<i32>, days: Option<i32>) -> Option<Interval> {
        (months.is_some() || days.is_some()).then(|| Interval {
            months: months.unwrap_or(0),
            days: days.unwrap_or(0),
        })
    }
    /// The day it ends.
    pub fn after(self, day: NaiveDate) -> NaiveDate {
        plus_days(plus_months(day, self.months), i64::from(self.days))
    }
    /// Months, whole weeks, days left.
    pub fn parts(self) -> (i32, i32, i32) {
        (self.months, self.days / WEEK, self.days % WEEK)
    }
    /// From months, weeks and days.
    pub fn of_parts(months: i32, weeks: i32, days: i32) -> Interval {
        Interval {
            months,
            days: weeks * WEEK + days,
        }
    }
    /// For people: `6 个月 1 天`.
    pub fn text(self) -> Text {
        let (months, weeks, days) = self.parts();
        let part = |lang: Lang, n: i32, (zh, en): (&str, &str)| match n {
            0 => None,
            1 => Some(lang.pick(format!("1 {zh}"), format!("1 {en}"))),
            n => Some(lang.pick(format!("{n} {zh}"), format!("{n} {en}s"))),
        };
        let all = |lang: Lang| {
            let parts = [
                part(lang, months, ("个月", "month")),
                part(lang, weeks, ("周", "week")),
                part(lang, days, ("天", "day")),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        Text::new(all(Lang::Zh), all(Lang::En))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_says_its_months_weeks_and_days() {
        let mixed = Interval::of_parts(6, 2, 1);
        assert_eq!((mixed.months, mixed.days), (6, 15));
        assert_eq!(mixed.text().en, "6 months 2 weeks 1 day");
        assert_eq!(mixed.text().zh, "6 个月 2 周 1 天");
        assert_eq!(mixed.parts(), (6, 2, 1));
        assert_eq!(Interval::stored(None, None), None);
        assert_eq!(Interval::stored(None, Some(10)), Some(Interval { months: 0, days: 10 }));
    }
}
