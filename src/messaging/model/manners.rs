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
/// How many days of public holidays are looked at: a message that has to wait longer is too late anyway.
pub const HOLIDAYS_AHEAD: i64 = 120;
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
