//! When somebody is called. Pure.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Task, TaskKind, TaskState};
use crate::clinic::Rota;
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant, MINUTE_MS, at_minute, next_day, plus_days};

/// After the first unanswered call: try again after so long, if that is still within calling hours.
pub const RETRY_AFTER_MS: i64 = 3 * HOUR_MS;
/// Nobody is called before this minute of the clinic's day (9:00) …
pub const CALL_FROM_MINUTE: i32 = 9 * 60;
/// … nor after this one (20:00).
pub const CALL_UNTIL_MINUTE: i32 = 20 * 60;
/// Otherwise: at this minute of the next open day (10:00).
pub const NEXT_DAY_MINUTE: i32 = 10 * 60;
/// So many unanswered calls close a task.
pub const MAX_ATTEMPTS: i32 = 3;
/// A second attempt by the same person within so long is a key pressed twice.
pub const TWICE_WITHIN_MS: i64 = MINUTE_MS;
/// An escalation is the doctor's within so long.
pub const ESCALATION_WITHIN_MS: i64 = DAY_MS;
/// An open day is looked for so far ahead.
pub const OPEN_DAY_WITHIN: i64 = 62;

/// The days on which somebody is at the clinic to call: those on which any of these people works.
#[derive(Debug, Clone, Default)]
pub struct OpenDays(pub Vec<Arc<Rota>>);

impl OpenDays {
    /// Whether the clinic is open. A clinic whose hours nobody has set is taken to be open every day.
    pub fn is_open(&self, day: NaiveDate) -> bool {
        self.0.iter().all(|r| r.is_blank()) || self.0.iter().any(|r| !r.on(day).is_empty())
    }
}

/// `day` if the clinic is open then, else the next day on which it is. Calls are never moved earlier, not even the one on
/// the first day after surgery: what it asks about has not happened yet, and who is in pain before it calls the clinic or
/// the emergency service. A clinic closed for two months on end keeps the day.
pub fn open_day(day: NaiveDate, is_open: impl Fn(NaiveDate) -> bool) -> NaiveDate {
    (0..OPEN_DAY_WITHIN)
        .map(|n| plus_days(day, n))
        .find(|d| is_open(*d))
        .unwrap_or(day)
}

/// The day of a follow-up call: so many days after the visit, or the next day after that on which the clinic is open.
pub fn follow_up_day(visit: NaiveDate, days: i32, is_open: impl Fn(NaiveDate) -> bool) -> NaiveDate {
    open_day(plus_days(visit, i64::from(days)), is_open)
}

/// When an unanswered call is tried again; `None`: no more. `attempts` counts this one. The first retry comes three hours
/// later if that is within calling hours (whoever calls now is there), else and after the second the next open day at ten:
/// another day, another time of day.
pub fn after_no_answer(attempts: i32, now: Instant, zone: Tz, is_open: impl Fn(NaiveDate) -> bool) -> Option<Instant> {
    if attempts >= MAX_ATTEMPTS {
        return None;
    }
    let today = now.day(zone);
    let (from, until) = (
        at_minute(zone, today, CALL_FROM_MINUTE),
        at_minute(zone, today, CALL_UNTIL_MINUTE),
    );
    let soon = now + RETRY_AFTER_MS;
    if attempts == 1 && (from..=until).contains(&soon) {
        return Some(soon);
    }
    Some(at_minute(zone, open_day(next_day(today), is_open), NEXT_DAY_MINUTE))
}

impl Task {
    /// Until when it has to be done; none: on its day. What is alarming has 24 hours, however often nobody answers.
    pub fn deadline(&self) -> Option<Instant> {
        (self.kind == TaskKind::Escalation).then(|| self.created_at + ESCALATION_WITHIN_MS)
    }
    /// Whether it should have been done: past its deadline, or on an earlier day.
    pub fn is_overdue(&self, now: Instant, zone: Tz) -> bool {
        let late = match self.deadline() {
            Some(deadline) => now > deadline,
            None => self.due_at.day(zone) < now.day(zone),
        };
        self.state == TaskState::Open && late
    }
    /// Whether its time has come.
    pub fn is_due(&self, now: Instant) -> bool {
        self.due_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinic::{Session, SiteDays, Week};

    const SHANGHAI: Tz = chrono_tz::Asia::Shanghai;

    fn at(text: &str) -> Instant {
        Instant::parse_rfc3339(text).expect("time")
    }
    fn day(text: &str) -> NaiveDate {
        text.parse().expect("day")
    }
    /// Somebody who works from nine to five on these weekdays (1 = Monday), on a site closed on these days.
    fn open(weekdays: &[usize], closed: &[&str]) -> OpenDays {
        let mut week = Week::default();
        for weekday in weekdays {
            week.0[weekday - 1].push(Session { start: 540, end: 1020 });
        }
        let site = SiteDays {
            closed: closed.iter().map(|d| day(d)).collect(),
            ..SiteDays::default()
        };
        OpenDays(vec![Rota::weekly(week).at(site.into()).into()])
    }
    /// Monday to Saturday; the Monday and Tuesday of 30 November are holidays.
    fn six_days() -> OpenDays {
        open(&[1, 2, 3, 4, 5, 6], &["2026-11-30", "2026-12-01"])
    }

    #[test]
    fn no_answer_is_tried_again_by_rule() {
        let next = |n, t: &str| after_no_answer(n, at(t), SHANGHAI, |_| true).map(|t| t.rfc3339_in(SHANGHAI));
        assert_eq!(
            next(1, "2026-11-23T10:42:00+08:00").as_deref(),
            Some("2026-11-23T13:42:00+08:00")
        );
        assert_eq!(
            next(1, "2026-11-23T17:00:00+08:00").as_deref(),
            Some("2026-11-23T20:00:00+08:00")
        );
        assert_eq!(
            next(1, "2026-11-23T17:00:01+08:00").as_deref(),
            Some("2026-11-24T10:00:00+08:00")
        );
        assert_eq!(
            next(1, "2026-11-23T05:00:00+08:00").as_deref(),
            Some("2026-11-24T10:00:00+08:00")
        );
        assert_eq!(
            next(2, "2026-11-23T13:42:00+08:00").as_deref(),
            Some("2026-11-24T10:00:00+08:00")
        );
        assert_eq!(next(3, "2026-11-24T10:00:00+08:00"), None);
    }
    #[test]
    fn nobody_is_called_on_a_closed_day() {
        let days = six_days();
        let open = |d| days.is_open(d);
        // Friday + 1 = Saturday, open; Saturday + 1 = Sunday, closed, then two holidays.
        assert_eq!(follow_up_day(day("2026-11-27"), 1, open), day("2026-11-28"));
        assert_eq!(follow_up_day(day("2026-11-28"), 1, open), day("2026-12-02"));
        assert_eq!(follow_up_day(day("2026-11-21"), 1, open), day("2026-11-23"));
        let next = after_no_answer(2, at("2026-11-28T11:00:00+08:00"), SHANGHAI, open);
        assert_eq!(next, Some(at("2026-12-02T10:00:00+08:00")));
        assert!(OpenDays::default().is_open(day("2026-11-22")), "no hours set");
        assert_eq!(open_day(day("2026-11-22"), |_| false), day("2026-11-22"));
    }

    proptest::proptest! {
        #[test]
        fn a_retry_is_later_and_in_calling_hours(ms in 0_i64..4_000_000_000_000, attempts in 1_i32..5, which in 0_usize..600) {
            let zone = chrono_tz::TZ_VARIANTS[which % chrono_tz::TZ_VARIANTS.len()];
            let days = open(&[1, 2, 4, 5], &[]);
            match after_no_answer(attempts, Instant(ms), zone, |d| days.is_open(d)) {
                None => proptest::prop_assert!(attempts >= MAX_ATTEMPTS),
                Some(next) => {
                    proptest::prop_assert!(next > Instant(ms));
                    let wall = next.local(zone);
                    proptest::prop_assert!((9..=20).contains(&chrono::Timelike::hour(&wall)), "{zone} {wall}");
                    proptest::prop_assert!(wall.date() == Instant(ms).day(zone) || days.is_open(wall.date()));
                }
            }
        }
    }
}
