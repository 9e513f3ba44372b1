//! When a message may go out, and how many: sending hours where the patient is, public holidays, limits for a person and for
//! a family, and what keeps its distance from its like.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::Purpose;
use super::quiet::{Window, send_time};
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant, at_minute, next_day, plus_days};

/// How many messages at most; none: any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// In a day, of all kinds: what is part of the care counts, too, and is never held back.
    pub a_day: Option<i32>,
    /// Commercial ones in seven days.
    pub a_week: Option<i32>,
    /// Commercial ones in thirty days.
    pub a_month: Option<i32>,
}

/// What the clinic has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// Hours for what is part of the care.
    pub care: Window,
    /// Hours for everything else.
    pub other: Window,
    /// Whether commercial messages go out on public holidays, too.
    pub on_holidays: bool,
    /// For each patient.
    pub person: Caps,
    /// For all who share a number or an address.
    pub family: Caps,
    /// Days between two surveys of one patient.
    pub survey_days: i32,
    /// Hours between two greetings to one patient.
    pub greeting_hours: i32,
    /// Rises with every change; 0: as shipped.
    pub version: i64,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners {
            care: Window { from: 8, until: 21 },
            other: Window { from: 9, until: 20 },
            on_holidays: false,
            person: Caps {
                a_day: Some(1),
                a_week: Some(2),
                a_month: Some(4),
            },
            family: Caps {
                a_day: Some(2),
                a_week: Some(4),
                a_month: Some(8),
            },
            survey_days: 90,
            greeting_hours: 24,
            version: 0,
        }
    }
}

/// Days that the week's and the month's limits look back on.
const WEEK: i64 = 7;
const MONTH: i64 = 30;
/// Moves after which a message is given up: more than a limit, a holiday season and a night can ask for.
const MOVES_MAX: usize = 400;

/// A message that went out, or perhaps did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// When.
    pub at: Instant,
    /// What for.
    pub purpose: Purpose,
    /// Whether it said the same to all at one number ([`is_for_all`]).
    pub for_all: bool,
}

/// Whether a message with this cause says the same to whoever reads it at one number or address: nobody wants a festival's
/// greetings, or the question how it was, once for each child on the same day. Greetings on somebody's own day are theirs.
pub fn is_for_all(purpose: Purpose, cause: &str) -> bool {
    purpose.is_survey() || (purpose == Purpose::Greeting && cause == OCCASION)
}

/// The kind of cause of greetings on a day of the calendar.
pub const OCCASION: &str = "occasion";

/// What is known of the receiver.
#[derive(Debug, Clone, Copy)]
pub struct Receiver<'a> {
    /// Where their clocks are.
    pub zone: Tz,
    /// The clinic's public holidays.
    pub holidays: &'a BTreeSet<NaiveDate>,
    /// What they got.
    pub person: &'a [Sent],
    /// What all got who share their number or address.
    pub family: &'a [Sent],
    /// Whether what comes says the same to all of those ([`is_for_all`]).
    pub for_all: bool,
}

/// Why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// For the hour.
    Hours,
    /// For the end of a public holiday.
    Holiday,
    /// A person's limit of the day.
    PersonDay,
    /// Of the week.
    PersonWeek,
    /// Of the month.
    PersonMonth,
    /// A family's limit.
    Family,
    /// A survey came lately.
    Survey,
    /// A greeting came lately.
    Greeting,
    /// The same was sent to the family's number or address today.
    Household,
}

impl Wait {
    /// The reasons: for waiting, and for not going out at all.
    pub fn codes(self) -> (&'static str, &'static str) {
        match self {
            Wait::Hours => ("quiet-hours", "quiet-too-late"),
            Wait::Holiday => ("holiday", "holiday-too-late"),
            Wait::PersonDay => ("daily-cap", "capped"),
            Wait::PersonWeek => ("weekly-cap", "capped-week"),
            Wait::PersonMonth => ("monthly-cap", "capped-month"),
            Wait::Family => ("family-cap", "capped-family"),
            Wait::Survey => ("survey-lately", "capped-survey"),
            Wait::Greeting => ("greeted-lately", "capped-greeting"),
            Wait::Household => ("household-told", "capped-household"),
        }
    }
}

impl Manners {
    /// When messages for a purpose may go out, in wall-clock time.
    pub fn window(&self, purpose: Purpose) -> Window {
        match purpose {
            Purpose::Verification | Purpose::Answer | Purpose::Desk => Window { from: 0, until: 24 },
            _ if purpose.is_marketing() => self.other,
            _ => self.care,
        }
    }

    /// Since when messages count for a limit, seen from `now`.
    pub fn looks_back(&self, now: Instant) -> Instant {
        let days = MONTH.max(i64::from(self.survey_days)) + 1;
        now + -(days * DAY_MS)
    }

    /// When a message may go out that could at `now`, and why not before.
    pub fn when(&self, purpose: Purpose, who: &Receiver<'_>, now: Instant) -> (Instant, Option<Wait>) {
        let (mut at, mut why) = (now, None);
        for _ in 0..MOVES_MAX {
            let Some((later, wait)) = self.not_yet(purpose, who, at) else {
                break;
            };
            // Of several reasons the one that is not the night is told.
            if why.is_none() || wait != Wait::Hours {
                why = Some(wait);
            }
            at = later;
        }
        (at, why)
    }

    /// Why not at `at`, and when to ask again, which is always later.
    fn not_yet(&self, purpose: Purpose, who: &Receiver<'_>, at: Instant) -> Option<(Instant, Wait)> {
        let window = self.window(purpose);
        let open = send_time(window, who.zone, at);
        if open > at {
            return Some((open, Wait::Hours));
        }
        let apart = [
            (purpose.is_survey(), i64::from(self.survey_days) * DAY_MS, Wait::Survey),
            (
                purpose.is_greeting(),
                i64::from(self.greeting_hours) * HOUR_MS,
                Wait::Greeting,
            ),
        ];
        for (asked, distance, wait) in apart {
            let like = |s: &&Sent| match wait {
                Wait::Survey => s.purpose.is_survey(),
                _ => s.purpose.is_greeting(),
            };
            let last = who.person.iter().filter(like).map(|s| s.at).max();
            if let Some(free) = last.map(|l| l + distance).filter(|free| asked && *free > at) {
                return Some((free, wait));
            }
        }
        let today = at.day(who.zone);
        let opening = |day| at_minute(who.zone, day, i32::try_from(window.from * 60).unwrap_or(0));
        let told = |s: &Sent| who.for_all && s.for_all && s.purpose == purpose && s.at.day(who.zone) == today;
        if who.family.iter().any(told) {
            return Some((opening(next_day(today)), Wait::Household));
        }
        if !purpose.is_marketing() {
            return None;
        }
        // What is about a day goes out on that day.
        if !self.on_holidays && !purpose.is_greeting() && who.holidays.contains(&today) {
            return Some((opening(next_day(today)), Wait::Holiday));
        }
        let limits = [
            (who.person, self.person.a_day, 1, Wait::PersonDay),
            (who.person, self.person.a_week, WEEK, Wait::PersonWeek),
            (who.person, self.person.a_month, MONTH, Wait::PersonMonth),
            (who.family, self.family.a_day, 1, Wait::Family),
            (who.family, self.family.a_week, WEEK, Wait::Family),
            (who.family, self.family.a_month, MONTH, Wait::Family),
        ];
        for (sent, most, days, wait) in limits {
            let counted: Vec<NaiveDate> = sent
                .iter()
                .filter(|s| days == 1 || s.purpose.is_marketing())
                .map(|s| s.at.day(who.zone))
                .collect();
            if let Some(day) = most.and_then(|most| free_day(counted, most, days, today)) {
                return Some((opening(day), wait));
            }
        }
        None
    }
}

/// The first day after `today` on which fewer than `most` lie within `days` days; none: today is one.
fn free_day(mut sent: Vec<NaiveDate>, most: i32, days: i64, today: NaiveDate) -> Option<NaiveDate> {
    let begins = plus_days(today, 1 - days);
    sent.retain(|d| (begins..=today).contains(d));
    sent.sort_unstable();
    let most = usize::try_from(most).unwrap_or(0).max(1);
    // When so many of the oldest lie too far back, there is room for one.
    let over = sent.len().checked_sub(most)?;
    sent.get(over).map(|d| plus_days(*d, days))
}

/// What may be told in one message to a number or an address that several share.
pub fn may_combine(purpose: Purpose) -> bool {
    purpose == Purpose::Reminder
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse_rfc3339(text).expect("time")
    }

    fn sent(purpose: Purpose, text: &str) -> Sent {
        Sent {
            at: at(text),
            purpose,
            for_all: is_for_all(purpose, OCCASION),
        }
    }

    fn ask(purpose: Purpose, person: &[Sent], family: &[Sent], now: &str) -> (Instant, Option<Wait>) {
        let holidays = BTreeSet::from([NaiveDate::from_ymd_opt(2026, 12, 1).expect("day")]);
        let who = Receiver {
            zone: chrono_tz::Asia::Shanghai,
            holidays: &holidays,
            person,
            family,
            for_all: is_for_all(purpose, OCCASION),
        };
        Manners::default().when(purpose, &who, at(now))
    }

    #[test]
    fn what_was_sent_today_of_whatever_kind_moves_what_is_commercial_and_never_the_care() {
        let today = [sent(Purpose::Reminder, "2026-11-24T08:30:00+08:00")];
        let now = "2026-11-24T10:00:00+08:00";
        assert_eq!(
            ask(Purpose::Recall, &today, &[], now),
            (at("2026-11-25T09:00:00+08:00"), Some(Wait::PersonDay))
        );
        assert_eq!(ask(Purpose::Reminder, &today, &today, now), (at(now), None));
        let family = [today[0], sent(Purpose::Change, "2026-11-24T09:30:00+08:00")];
        assert_eq!(
            ask(Purpose::Recall, &[], &family, now),
            (at("2026-11-25T09:00:00+08:00"), Some(Wait::Family))
        );
        assert_eq!(ask(Purpose::Recall, &[], &today, now), (at(now), None));
    }

    #[test]
    fn the_week_and_the_month_have_limits_of_their_own() {
        let week = [
            sent(Purpose::Recall, "2026-11-19T10:00:00+08:00"),
            sent(Purpose::Birthday, "2026-11-22T10:00:00+08:00"),
        ];
        let now = "2026-11-24T10:00:00+08:00";
        assert_eq!(
            ask(Purpose::Recall, &week, &[], now),
            (at("2026-11-26T09:00:00+08:00"), Some(Wait::PersonWeek))
        );
        // Four in a month: the next when the first of them is a month ago. That day's night and holiday count, too.
        let month = ["01", "02", "12", "13"].map(|d| sent(Purpose::Recall, &format!("2026-11-{d}T10:00:00+08:00")));
        assert_eq!(
            ask(Purpose::Recall, &month, &[], now),
            (at("2026-12-02T09:00:00+08:00"), Some(Wait::Holiday)),
            "1 December is free again, but a holiday"
        );
    }

    #[test]
    fn a_holiday_moves_a_recall_and_no_greeting() {
        let now = "2026-12-01T10:00:00+08:00";
        assert_eq!(
            ask(Purpose::Recall, &[], &[], now),
            (at("2026-12-02T09:00:00+08:00"), Some(Wait::Holiday))
        );
        for purpose in [Purpose::Birthday, Purpose::Reminder, Purpose::FollowUp] {
            assert_eq!(ask(purpose, &[], &[], now), (at(now), None), "{purpose}");
        }
    }

    #[test]
    fn two_greetings_keep_a_day_between_them() {
        let before = [sent(Purpose::Birthday, "2026-11-23T19:00:00+08:00")];
        assert_eq!(
            ask(Purpose::Birthday, &before, &[], "2026-11-24T10:00:00+08:00"),
            (at("2026-11-24T19:00:00+08:00"), Some(Wait::Greeting))
        );
    }

    #[test]
    fn a_festival_is_greeted_once_a_day_at_a_number_and_a_birthday_is_not_of_it() {
        let family = [
            sent(Purpose::Greeting, "2026-11-24T09:05:00+08:00"),
            sent(Purpose::Survey, "2026-11-24T09:30:00+08:00"),
        ];
        let now = "2026-11-24T10:00:00+08:00";
        for (purpose, hour) in [(Purpose::Greeting, "09"), (Purpose::Survey, "08")] {
            let morning = at(&format!("2026-11-25T{hour}:00:00+08:00"));
            assert_eq!(ask(purpose, &[], &family, now), (morning, Some(Wait::Household)));
        }
        assert_eq!(ask(Purpose::Birthday, &[], &family[..1], now), (at(now), None));
        assert!(
            !is_for_all(Purpose::Greeting, "patient-date"),
            "one's own day is one's own"
        );
        assert_eq!(ask(Purpose::FollowUp, &[], &family, now), (at(now), None));
    }

    #[test]
    fn the_night_is_where_the_patient_is() {
        let holidays = BTreeSet::new();
        let who = Receiver {
            zone: chrono_tz::America::New_York,
            holidays: &holidays,
            person: &[],
            family: &[],
            for_all: false,
        };
        let (then, why) = Manners::default().when(Purpose::Reminder, &who, at("2026-11-24T10:00:00+08:00"));
        assert_eq!((then, why), (at("2026-11-24T08:00:00-05:00"), Some(Wait::Hours)));
    }

    proptest::proptest! {
        #[test]
        fn the_time_given_is_allowed_and_no_earlier_one_was(
            minutes in 0_i64..60_000,
            sent in proptest::collection::vec((0_i64..60_000, 0_usize..4), 0..12),
            free in proptest::collection::btree_set(0_u32..28, 0..10),
            zone in 0_usize..600,
        ) {
            let begin = at("2026-01-01T00:00:00Z");
            let purposes = [Purpose::Recall, Purpose::Birthday, Purpose::Reminder, Purpose::FollowUp];
            let sent: Vec<Sent> = sent.iter().map(|(m, p)| Sent { at: begin.plus_minutes(*m), purpose: purposes[*p], for_all: false }).collect();
            let holidays: BTreeSet<NaiveDate> = free.iter().filter_map(|d| NaiveDate::from_ymd_opt(2026, 1, d + 1)).collect();
            let zone = chrono_tz::TZ_VARIANTS[zone % chrono_tz::TZ_VARIANTS.len()];
            let who = Receiver { zone, holidays: &holidays, person: &sent, family: &sent, for_all: false };
            let manners = Manners::default();
            let now = begin.plus_minutes(minutes);
            for purpose in purposes {
                let (then, why) = manners.when(purpose, &who, now);
                proptest::prop_assert!(then >= now);
                proptest::prop_assert_eq!(why.is_none(), then == now);
                proptest::prop_assert_eq!(manners.when(purpose, &who, then), (then, None), "{} {}", purpose, then);
                if purpose == Purpose::Recall && then > now {
                    let before = then.plus_minutes(-1).max(now);
                    proptest::prop_assert!(manners.when(purpose, &who, before).0 > before || before == then);
                }
            }
        }
    }
}
