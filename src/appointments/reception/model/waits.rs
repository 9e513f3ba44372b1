//! How long patients wait and stay (clinic.md R18). Pure.
//!
//! Four measures. *Arrival to chair* counts from the arrival, also of who came early: it is the wait as it was felt.
//! *Appointed time to chair* counts from the appointed time, or from the arrival of who came after it: neither coming early
//! nor coming late is the clinic's wait; who was seated before the time waited 0 minutes; walk-ins have no appointed time.
//! *Chair* is from being seated to the end of the treatment; *stay* from the arrival to the end, or to leaving where that was
//! noted.

use std::collections::BTreeMap;

use chrono::{Datelike, Timelike};
use chrono_tz::Tz;

use crate::clinic::ProviderId;
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;

/// A group of fewer than this says little: it is greyed.
pub const FEW: usize = 5;
/// The waits whose shares are told, in minutes.
pub const WITHIN: [i64; 2] = [10, 20];

text_enum! {
    /// What is measured.
    Measure {
        /// From arrival to chair.
        Wait = "arrival-to-chair",
        /// From the appointed time to chair.
        Delay = "appointed-to-chair",
        /// In the chair.
        Chair = "chair",
        /// In the clinic.
        Stay = "stay",
    }
}

impl Measure {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Measure::Wait => Text::new("到诊至就座", "Arrival to chair"),
            Measure::Delay => Text::new("预约时间至就座", "Appointed time to chair"),
            Measure::Chair => Text::new("就诊时长", "In the chair"),
            Measure::Stay => Text::new("在院时长", "Whole stay"),
        }
    }
}

/// The times of one visit.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Who treated.
    pub provider: ProviderId,
    /// The appointed time; walk-ins have none.
    pub appointed: Option<Instant>,
    /// When the patient came.
    pub arrived_at: Instant,
    /// When they were seated.
    pub seated_at: Instant,
    /// When the treatment was over.
    pub finished_at: Option<Instant>,
    /// When they left, if it was noted.
    pub left_at: Option<Instant>,
}

impl Times {
    /// Whole minutes of a measure, if this visit has it.
    pub fn minutes(&self, measure: Measure) -> Option<i64> {
        let (from, until) = match measure {
            Measure::Wait => (self.arrived_at, self.seated_at),
            Measure::Delay => (self.appointed?.max(self.arrived_at), self.seated_at),
            Measure::Chair => (self.seated_at, self.finished_at?),
            Measure::Stay => (self.arrived_at, self.left_at.or(self.finished_at)?),
        };
        Some(until.minutes_since(from).max(0))
    }
}

/// What a measure comes to in a group of visits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Visits that have it.
    pub n: usize,
    /// The middle one; of an even number the mean of the two in the middle, rounded up.
    pub median: i64,
    /// Nine of ten are at most this (nearest rank).
    pub p90: i64,
    /// Shares within [`WITHIN`] minutes, in percent.
    pub within: [usize; 2],
}

impl Summary {
    /// Whether there are too few to say much.
    pub fn is_few(&self) -> bool {
        self.n < FEW
    }
    /// Of minutes in any order.
    pub fn of(mut minutes: Vec<i64>) -> Summary {
        minutes.sort_unstable();
        let n = minutes.len();
        let at = |i: usize| minutes.get(i).copied().unwrap_or(0);
        if n == 0 {
            return Summary::default();
        }
        let median = if n % 2 == 1 {
            at(n / 2)
        } else {
            (at(n / 2 - 1) + at(n / 2) + 1) / 2
        };
        let share = |most: i64| (minutes.iter().filter(|m| **m <= most).count() * 100 + n / 2) / n;
        Summary {
            n,
            median,
            p90: at((n * 9).div_ceil(10) - 1),
            within: WITHIN.map(share),
        }
    }
}

/// All four measures of a group, in the order of [`Measure::ALL`].
pub type Summaries = [Summary; 4];

/// Sums up visits.
pub fn sum_up<'t>(visits: impl IntoIterator<Item = &'t Times>) -> Summaries {
    let visits: Vec<&Times> = visits.into_iter().collect();
    [Measure::Wait, Measure::Delay, Measure::Chair, Measure::Stay]
        .map(|m| Summary::of(visits.iter().filter_map(|t| t.minutes(m)).collect()))
}

/// How visits are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By who treated.
    Provider,
    /// By the weekday of the arrival, Monday first.
    Weekday,
    /// By the hour of the arrival.
    Hour,
}

impl By {
    /// For programs.
    pub fn code(self) -> &'static str {
        match self {
            By::Provider => "provider",
            By::Weekday => "weekday",
            By::Hour => "hour",
        }
    }
}

/// The groups of visits, by key: provider id, days from Monday, hour.
pub fn group(visits: &[Times], by: By, zone: Tz) -> Vec<(i64, Summaries)> {
    let mut groups: BTreeMap<i64, Vec<&Times>> = BTreeMap::new();
    for t in visits {
        let local = t.arrived_at.local(zone);
        let key = match by {
            By::Provider => t.provider.0,
            By::Weekday => i64::from(local.weekday().num_days_from_monday()),
            By::Hour => i64::from(local.hour()),
        };
        groups.entry(key).or_default().push(t);
    }
    groups.into_iter().map(|(key, list)| (key, sum_up(list))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(appointed: Option<i64>, arrived: i64, seated: i64, finished: Option<i64>, left: Option<i64>) -> Times {
        let at = |m: i64| Instant(m * 60_000);
        Times {
            provider: ProviderId(1),
            appointed: appointed.map(at),
            arrived_at: at(arrived),
            seated_at: at(seated),
            finished_at: finished.map(at),
            left_at: left.map(at),
        }
    }

    #[test]
    fn early_and_late_arrivals_are_no_wait_after_the_appointed_time() {
        let all = |t: Times| Measure::ALL.iter().map(|m| t.minutes(*m)).collect::<Vec<_>>();
        let early = visit(Some(60), 40, 65, Some(95), Some(105));
        assert_eq!(all(early), [Some(25), Some(5), Some(30), Some(65)]);
        let late = visit(Some(60), 70, 73, Some(90), None);
        assert_eq!(all(late), [Some(3), Some(3), Some(17), Some(20)]);
        let seated_before = visit(Some(60), 50, 55, None, None);
        assert_eq!(all(seated_before), [Some(5), Some(0), None, None]);
        let walk_in = visit(None, 50, 80, Some(90), None);
        assert_eq!(all(walk_in), [Some(30), None, Some(10), Some(40)]);
    }

    #[test]
    fn medians_and_percentiles() {
        let s = Summary::of((1..=10).collect());
        assert_eq!((s.n, s.median, s.p90, s.within), (10, 6, 9, [100, 100]));
        let s = Summary::of(vec![30, 5, 10]);
        assert_eq!((s.median, s.p90, s.within), (10, 30, [67, 67]));
        assert_eq!(Summary::of(Vec::new()), Summary::default());
    }

    proptest::proptest! {
        #[test]
        fn the_middle_lies_between_the_ends(minutes in proptest::collection::vec(0_i64..600, 1..60)) {
            let s = Summary::of(minutes.clone());
            let (least, most) = (minutes.iter().min().copied(), minutes.iter().max().copied());
            proptest::prop_assert!(least <= Some(s.median) && s.median <= s.p90.max(s.median) && Some(s.p90) <= most);
            proptest::prop_assert!(s.within[0] <= s.within[1] && s.within[1] <= 100);
        }
    }
}
