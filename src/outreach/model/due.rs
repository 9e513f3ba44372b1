//! When a rule is due: wall-clock days in the site's zone, calendar months, birthdays.

use chrono::{Datelike, Months, NaiveDate};
use chrono_tz::Tz;

use super::Step;
use crate::patients::month_day;
use crate::platform::clock::{HOUR_MS, Instant, at_minute, day_bounds, plus_days, resolve};

/// Time of day of rules that count in days and name none.
const DEFAULT_MINUTE: i32 = 9 * 60;
/// How far a zone can shift a wall-clock computation at most.
const ZONE_SLACK_MS: i64 = 26 * HOUR_MS;
/// Longest span whose days are walked through.
const SPAN_MAX_DAYS: i64 = 400;

/// The time `(after, until]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Exclusive.
    pub after: Instant,
    /// Inclusive.
    pub until: Instant,
}

impl Span {
    /// Whether `at` lies in it.
    pub fn holds(self, at: Instant) -> bool {
        self.after < at && at <= self.until
    }
}

impl Step {
    /// When it is due for a visit that starts at `starts_at`.
    pub fn due_for_visit(&self, starts_at: Instant, zone: Tz) -> Instant {
        if self.at_minute.is_some() {
            return self.due_for_day(starts_at.day(zone), zone);
        }
        let shifted = match self.offset_days {
            0 => starts_at,
            days => {
                let local = starts_at.local(zone);
                resolve(zone, plus_days(local.date(), i64::from(days)).and_time(local.time()))
            }
        };
        shifted.plus_minutes(i64::from(self.offset_minutes))
    }

    /// When it is due for something of calendar day `day` (a recall's due day, a birthday).
    pub fn due_for_day(&self, day: NaiveDate, zone: Tz) -> Instant {
        let minute = self.at_minute.unwrap_or(DEFAULT_MINUTE);
        at_minute(zone, plus_days(day, i64::from(self.offset_days)), minute)
    }

    /// Until when a message due at `due` may go out. A visit reminder is senseless once the visit has begun.
    pub fn expires_at(&self, due: Instant, visit_start: Option<Instant>) -> Instant {
        let window = due.plus_minutes(i64::from(self.window_minutes));
        visit_start.map_or(window, |start| window.min(start))
    }

    /// The calendar days for which it is due within `span`; usually none, so that a tick at which nothing is due asks the
    /// database nothing.
    pub fn days_due(&self, span: Span, zone: Tz) -> Vec<NaiveDate> {
        if span.until <= span.after {
            return Vec::new();
        }
        let offset = i64::from(self.offset_days);
        let first = plus_days(span.after.day(zone), -1 - offset);
        let last = plus_days(span.until.day(zone), 1 - offset);
        first
            .iter_days()
            .take(usize::try_from(SPAN_MAX_DAYS).unwrap_or(0))
            .take_while(|day| *day <= last)
            .filter(|day| span.holds(self.due_for_day(*day, zone)))
            .collect()
    }

    /// The starts `[from, until)` of visits for which it may be due within `span`; [`Step::due_for_visit`] decides.
    pub fn visits_due(&self, span: Span, zone: Tz) -> Vec<(Instant, Instant)> {
        if span.until <= span.after {
            return Vec::new();
        }
        if self.at_minute.is_some() {
            return self
                .days_due(span, zone)
                .into_iter()
                .map(|d| day_bounds(zone, d))
                .collect();
        }
        let slack = if self.offset_days == 0 { 0 } else { ZONE_SLACK_MS };
        let shift = i64::from(self.offset_days) * 24 * 60 + i64::from(self.offset_minutes);
        let from = span.after.plus_minutes(-shift) + (1 - slack);
        let until = span.until.plus_minutes(-shift) + (1 + slack);
        vec![(from, until)]
    }
}

/// From this birthday on somebody is of age.
const OF_AGE: i32 = 18;

/// The `MMDD` of the birthdays that are greeted on `day`: in common years 29 February is greeted on the 28th.
pub fn birthdays_on(day: NaiveDate) -> Vec<i32> {
    let mut found = vec![month_day(day)];
    if found == [228] && !day.leap_year() {
        found.push(229);
    }
    found
}

/// Whether whoever has a birthday on `day` is under age on it. Years are compared, because a birthday of 29 February may be
/// greeted a day before.
pub fn is_minor(born: Option<NaiveDate>, day: NaiveDate) -> bool {
    born.is_some_and(|b| day.year() - b.year() < OF_AGE)
}

/// `day` plus calendar months; the 31st becomes the last day of a shorter month.
pub fn plus_months(day: NaiveDate, months: i32) -> NaiveDate {
    u32::try_from(months)
        .ok()
        .and_then(|m| day.checked_add_months(Months::new(m)))
        .unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::super::RuleAction;
    use super::*;

    fn zone(name: &str) -> Tz {
        name.parse().expect("zone")
    }
    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("date")
    }
    fn at(text: &str) -> Instant {
        Instant::parse_rfc3339(text).expect("time")
    }
    fn step(days: i32, minutes: i32, at_minute: Option<i32>) -> Step {
        Step {
            id: 0,
            action: RuleAction::Message,
            offset_days: days,
            offset_minutes: minutes,
            at_minute,
            window_minutes: 120,
            template: "t".into(),
            channels: None,
        }
    }

    #[test]
    fn a_day_before_is_a_calendar_day_and_not_24_hours() {
        let z = zone("America/New_York");
        let r = step(-1, 0, Some(1080));
        // The clocks went back in the night: 18:00 the day before is 16 hours and not 15 before 09:00.
        let due = r.due_for_visit(at("2027-11-07T09:00:00-05:00"), z);
        assert_eq!(due, at("2027-11-06T18:00:00-04:00"));
        let same_hour = step(-1, 0, None);
        assert_eq!(
            same_hour.due_for_visit(at("2027-11-07T09:00:00-05:00"), z),
            at("2027-11-06T09:00:00-04:00")
        );
    }
    #[test]
    fn a_time_in_the_gap_is_due_when_the_gap_ends() {
        let z = zone("America/New_York");
        let r = step(0, 0, Some(150));
        assert_eq!(r.due_for_day(day(2027, 3, 14), z), at("2027-03-14T03:30:00-04:00"));
    }
    #[test]
    fn leap_birthdays_and_month_ends() {
        assert_eq!(birthdays_on(day(2027, 2, 28)), [228, 229]);
        assert_eq!(birthdays_on(day(2028, 2, 28)), [228]);
        assert_eq!(birthdays_on(day(2028, 2, 29)), [229]);
        assert_eq!(plus_months(day(2026, 8, 31), 6), day(2027, 2, 28));
        assert_eq!(plus_months(day(2027, 8, 31), 6), day(2028, 2, 29));
    }
    #[test]
    fn a_reminder_ends_with_the_start_of_the_visit() {
        let r = step(0, -60, None);
        let start = at("2026-11-24T10:00:00+08:00");
        assert_eq!(r.expires_at(start.plus_minutes(-60), Some(start)), start);
    }

    proptest::proptest! {
        /// However the spans are cut, each visit and each day falls into exactly one of them.
        #[test]
        fn spans_that_meet_find_each_visit_once(
            which in 0_usize..600, start in 0_i64..(366 * 24 * 60), offset in -3_i32..0, minutes in -180_i32..0,
            minute in proptest::option::of(0_i32..1440), cuts in proptest::collection::vec(1_i64..2_000, 1..60),
        ) {
            let zones = chrono_tz::TZ_VARIANTS;
            let z = zones[which % zones.len()];
            let starts_at = at("2027-01-10T00:00:00Z").plus_minutes(start);
            let r = step(offset, minutes, minute);
            let due = r.due_for_visit(starts_at, z);
            let mut from = due.plus_minutes(-1 - cuts.iter().sum::<i64>() / 2);
            let mut seen = 0;
            for cut in cuts {
                let span = Span { after: from, until: from.plus_minutes(cut) };
                let asked = r.visits_due(span, z).iter().any(|(a, b)| *a <= starts_at && starts_at < *b);
                if span.holds(due) {
                    proptest::prop_assert!(asked, "{z} {starts_at} {due}");
                    seen += 1;
                }
                from = span.until;
            }
            proptest::prop_assert_eq!(seen, i32::from(due <= from));
        }
    }
}
