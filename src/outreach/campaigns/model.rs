//! Campaigns and their pace. Pure.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::super::jobs::Exclusion;
use super::super::segments::SegmentId;
use crate::documents::DocumentId;
use crate::platform::clock::{Instant, next_day};
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;

id_type! {
    /// Row id of a campaign.
    CampaignId
}

text_enum! {
    /// Where a campaign stands.
    State {
        /// Being prepared; nothing goes out.
        Draft = "draft",
        /// Going out.
        Running = "running",
        /// Nothing more goes out until it is resumed.
        Paused = "paused",
        /// Ended by somebody; what was queued was withdrawn.
        Stopped = "stopped",
        /// Everybody's turn has been.
        Done = "done",
    }
}

text_enum! {
    /// Whether somebody's turn has been.
    Turn {
        /// It is still to come.
        Waiting = "waiting",
        /// Their message was handed over.
        Queued = "queued",
        /// They got none, and why.
        Excluded = "excluded",
    }
}

impl State {
    /// Whether it may still send.
    pub fn is_open(self) -> bool {
        matches!(self, State::Draft | State::Running | State::Paused)
    }
    /// For people.
    pub fn name(self) -> Text {
        match self {
            State::Draft => Text::new("草稿", "Draft"),
            State::Running => Text::new("发送中", "Running"),
            State::Paused => Text::new("已暂停", "Paused"),
            State::Stopped => Text::new("已停止", "Stopped"),
            State::Done => Text::new("已结束", "Done"),
        }
    }
    /// Class of its chip.
    pub fn chip(self) -> &'static str {
        match self {
            State::Running => "info",
            State::Paused => "warn",
            State::Done => "ok",
            State::Draft | State::Stopped => "",
        }
    }
    /// Icon of the sprite.
    pub fn icon(self) -> &'static str {
        match self {
            State::Draft => "pencil",
            State::Running => "send",
            State::Paused => "clock",
            State::Stopped => "ban",
            State::Done => "check-check",
        }
    }
}

/// How a campaign is spread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Messages a day.
    pub per_day: i32,
    /// Days of the week, 1 is Monday.
    pub weekdays: Vec<u32>,
    /// From this minute of the day …
    pub from: i32,
    /// … until this one.
    pub until: i32,
    /// Not before this day.
    pub first_day: NaiveDate,
}

impl Pace {
    /// Whether something goes out on a day.
    pub fn has(&self, day: NaiveDate) -> bool {
        day >= self.first_day && self.weekdays.contains(&day.weekday().number_from_monday())
    }
    /// How many of a day's messages should have been handed over by now: evenly between its times.
    pub fn due_by(&self, now: NaiveDateTime) -> i32 {
        let minute = i32::try_from(now.hour() * 60 + now.minute()).unwrap_or(0);
        if !self.has(now.date()) || minute < self.from || minute >= self.until {
            return 0;
        }
        let share = i64::from(self.per_day) * i64::from(minute - self.from) / i64::from(self.until - self.from);
        i32::try_from(share + 1).unwrap_or(i32::MAX).min(self.per_day)
    }
    /// How many of a day's messages should have been handed over before a time of the clinic's, on its day.
    pub fn over_by(&self, at: NaiveDateTime) -> i64 {
        let minute = i32::try_from(at.hour() * 60 + at.minute()).unwrap_or(0);
        match self.has(at.date()) && minute >= self.until {
            true => i64::from(self.per_day),
            false => i64::from(self.due_by(at)),
        }
    }
    /// How many more go out on a day, of which so many did already.
    pub fn left_on(&self, day: NaiveDate, now: NaiveDateTime, already: i64) -> i64 {
        let minute = i32::try_from(now.hour() * 60 + now.minute()).unwrap_or(0);
        let over = day == now.date() && minute >= self.until;
        if self.has(day) && !over {
            (i64::from(self.per_day) - already).max(0)
        } else {
            0
        }
    }
    /// The day on which the last of so many goes out, of which some went out today already. None: that is years ahead.
    pub fn last_day(&self, now: NaiveDateTime, left: i64, today: i64) -> Option<NaiveDate> {
        const YEARS: usize = 3700;
        let mut left = left;
        let mut day = now.date();
        for _ in 0..YEARS {
            if left <= 0 {
                return Some(day);
            }
            let already = if day == now.date() { today } else { 0 };
            left -= self.left_on(day, now, already);
            if left <= 0 {
                return Some(day);
            }
            day = next_day(day);
        }
        None
    }
    /// The weekdays as they are stored.
    pub fn digits(&self) -> String {
        (1..=7)
            .filter(|d| self.weekdays.contains(d))
            .map(|d| d.to_string())
            .collect()
    }
    /// Reads them.
    pub fn days_of(digits: &str) -> Vec<u32> {
        digits
            .chars()
            .filter_map(|c| c.to_digit(10))
            .filter(|d| (1..=7).contains(d))
            .collect()
    }
}

/// Why somebody gets nothing of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Barrier {
    /// Has died.
    Deceased,
    /// Under age.
    Minor,
    /// Has not agreed to offers.
    NoMarketing,
    /// Wants no messages.
    WantsNothing,
    /// Wants to be called.
    PrefersCall,
    /// Nowhere to write to.
    NoAddress,
    /// Has refused texts or mail, and there is no other way.
    RefusesWay,
    /// Has opted out.
    OptedOut,
    /// Is not in the segment any more.
    Left,
    /// Has a visit ahead.
    Booked,
    /// Got another campaign's message lately.
    Recently,
    /// Has been sent the same document before.
    HasIt,
}

impl Barrier {
    /// For machines.
    pub fn code(self) -> &'static str {
        match self {
            Barrier::Deceased => "deceased",
            Barrier::Minor => "minor",
            Barrier::NoMarketing => "no-consent",
            Barrier::WantsNothing => "wants-none",
            Barrier::PrefersCall => "wants-calls",
            Barrier::NoAddress => "no-address",
            Barrier::RefusesWay => "refuses-way",
            Barrier::OptedOut => "opted-out",
            Barrier::Left => "left-segment",
            Barrier::Booked => "campaign-booked",
            Barrier::Recently => "campaign-recently",
            Barrier::HasIt => "has-document",
        }
    }
    /// For people.
    pub fn text(self) -> Text {
        match self {
            Barrier::Deceased => Exclusion::Deceased.text(),
            Barrier::Minor => Exclusion::Minor.text(),
            Barrier::NoMarketing => Exclusion::NoMarketing.text(),
            Barrier::WantsNothing => Exclusion::WantsNothing.text(),
            Barrier::PrefersCall => Exclusion::PrefersCall.text(),
            Barrier::NoAddress => Exclusion::NoAddress.text(),
            Barrier::RefusesWay => Exclusion::RefusesWay.text(),
            Barrier::OptedOut => Exclusion::OptedOut.text(),
            Barrier::Left => Text::new("已不符合分组条件", "Is not in the segment any more"),
            Barrier::Booked => Text::new("已有未来预约", "Has a visit ahead"),
            Barrier::Recently => Text::new("近期已收到其他群发", "Got another campaign lately"),
            Barrier::HasIt => Text::new("已发过这份资料", "Has been sent this document before"),
        }
    }
    /// The barrier that outreach knows by its own name.
    pub fn of(exclusion: Exclusion) -> Barrier {
        match exclusion {
            Exclusion::Deceased => Barrier::Deceased,
            Exclusion::Minor => Barrier::Minor,
            Exclusion::NoMarketing => Barrier::NoMarketing,
            Exclusion::PrefersCall => Barrier::PrefersCall,
            Exclusion::NoAddress => Barrier::NoAddress,
            Exclusion::RefusesWay => Barrier::RefusesWay,
            Exclusion::OptedOut => Barrier::OptedOut,
            Exclusion::Booked => Barrier::Booked,
            _ => Barrier::WantsNothing,
        }
    }
}

/// A campaign.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Row id.
    pub id: CampaignId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// To whom; none: to a picked list.
    pub segment: Option<SegmentId>,
    /// Code of the template.
    pub template: String,
    /// What goes with it.
    pub document: Option<DocumentId>,
    /// Where it stands.
    pub state: State,
    /// How it is spread.
    pub pace: Pace,
    /// Whether whoever has a visit ahead is left out.
    pub skip_booked: bool,
    /// Whoever got a campaign's message within so many days is left out.
    pub rest_days: i32,
    /// Nothing goes out before.
    pub held_until: Option<Instant>,
    /// When it was started.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Whether everybody of the segment has been written down.
    pub gathered: bool,
    /// Up to whom, by id.
    pub gathered_after: i64,
    /// Rises with every change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Campaign {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
    /// Whether a start can still be taken back.
    pub fn is_held(&self, now: Instant) -> bool {
        self.state == State::Running && self.held_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace() -> Pace {
        Pace {
            per_day: 10,
            weekdays: vec![1, 3],
            from: 540,
            until: 640,
            first_day: NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day"),
        }
    }

    fn at(day: u32, hour: u32, minute: u32) -> NaiveDateTime {
        let day = NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
        day.and_hms_opt(hour, minute, 0).expect("a time")
    }

    #[test]
    fn a_day_is_spread_evenly_between_its_times() {
        let p = pace();
        for (hour, minute, due) in [(8, 59, 0), (9, 0, 1), (9, 9, 1), (9, 10, 2), (10, 39, 10), (10, 40, 0)] {
            assert_eq!(p.due_by(at(23, hour, minute)), due, "{hour}:{minute}");
        }
        assert_eq!(p.due_by(at(24, 9, 30)), 0, "a Tuesday");
        assert_eq!(p.due_by(at(18, 9, 30)), 0, "before it begins");
        assert_eq!(p.due_by(at(25, 9, 10)), 2);
    }

    #[test]
    fn the_last_day_follows_from_the_pace() {
        let p = pace();
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d);
        assert_eq!(p.last_day(at(23, 9, 0), 10, 0), day(23));
        assert_eq!(p.last_day(at(23, 9, 0), 11, 0), day(25));
        assert_eq!(p.last_day(at(23, 9, 30), 10, 4), day(25), "four have gone today");
        assert_eq!(p.last_day(at(23, 12, 0), 10, 0), day(25), "today is over");
        assert_eq!(p.last_day(at(23, 9, 0), 1_000_000, 0), None);
    }

    proptest::proptest! {
        #[test]
        fn never_more_than_the_days_number(minute in 0_u32..1440, n in 1_i32..500, from in 0_i32..1439, length in 1_i32..700) {
            let p = Pace { per_day: n, from, until: (from + length).min(1440), ..pace() };
            let due = |m: u32| p.due_by(at(23, m / 60, m % 60));
            proptest::prop_assert!(due(minute) <= n);
            let end = u32::try_from(p.until).expect("a minute");
            let (a, b) = (due(minute), due((minute + 1).min(end - 1)));
            proptest::prop_assert!(a <= b || minute + 1 >= end, "{a} {b}");
        }
    }
}
