//! What a patient is used to, and what they have said they prefer.

use chrono::Timelike;
use chrono_tz::Tz;

use super::super::together::Filter;
use super::NOON;
use crate::clinic::ProviderId;
use crate::platform::clock::Instant;

/// A half of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Before noon.
    Morning,
    /// From noon on.
    Afternoon,
}

impl Half {
    /// The half of a start.
    pub fn of(start: Instant, zone: Tz) -> Half {
        match start.local(zone).hour() < NOON {
            true => Half::Morning,
            false => Half::Afternoon,
        }
    }
}

/// What a patient has said they prefer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Whom; none: anyone.
    provider: Option<ProviderId>,
    /// When a visit should start.
    starts: Filter,
}

/// What a patient usually chooses, and before that what they have said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Habit {
    /// Whom they prefer, else who treated them last.
    pub provider: Option<ProviderId>,
    /// When they mostly come; none where they have said when.
    pub half: Option<Half>,
    /// What they have said.
    pub said: Option<Said>,
}

/// So many visits make a habit …
const HABIT_VISITS: usize = 3;
/// … when three in so many quarters are in the same half of the day.
const HABIT_QUARTERS: usize = 4;

impl Habit {
    /// From visits that took place, the latest first.
    pub fn of(visits: &[(ProviderId, Instant)], zone: Tz) -> Habit {
        let mornings = visits
            .iter()
            .filter(|(_, s)| Half::of(*s, zone) == Half::Morning)
            .count();
        let mostly = |n: usize| visits.len() >= HABIT_VISITS && n * HABIT_QUARTERS >= visits.len() * 3;
        let half = match (mostly(mornings), mostly(visits.len() - mornings)) {
            (true, _) => Some(Half::Morning),
            (_, true) => Some(Half::Afternoon),
            _ => None,
        };
        Habit {
            provider: visits.first().map(|(p, _)| *p),
            half,
            said: None,
        }
    }
    /// With what they have said of visits of so many minutes: nothing, when it is anyone at any time.
    #[must_use]
    pub fn preferring(self, provider: Option<ProviderId>, filter: Filter, minutes: i32) -> Habit {
        let narrow = filter != Filter::default();
        if provider.is_none() && !narrow {
            return self;
        }
        let starts = Filter {
            until: filter.until.map(|until| until - minutes),
            ..filter
        };
        Habit {
            provider: provider.or(self.provider),
            half: self.half.filter(|_| !narrow),
            said: Some(Said { provider, starts }),
        }
    }
    /// Whether it is what they have said.
    pub fn said_so(self, provider: ProviderId, start: Instant, zone: Tz) -> bool {
        self.said
            .is_some_and(|s| s.provider.is_none_or(|p| p == provider) && s.starts.lets(zone, start, 0))
    }
    /// Whether they come at such a time; who has no habit comes at any.
    pub(super) fn comes_at(self, start: Instant, zone: Tz) -> bool {
        let said = self.said.is_none_or(|s| s.starts.lets(zone, start, 0));
        said && self.half.is_none_or(|half| Half::of(start, zone) == half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_habit_is_three_of_four_visits() {
        let at = |h: i64| (ProviderId(1), Instant(h * 3_600_000));
        let of = |hours: &[i64]| Habit::of(&hours.iter().map(|h| at(*h)).collect::<Vec<_>>(), Tz::UTC).half;
        assert_eq!(of(&[9, 10]), None, "too few");
        assert_eq!(of(&[9, 10, 11]), Some(Half::Morning));
        assert_eq!(of(&[9, 10, 11, 15]), Some(Half::Morning));
        assert_eq!(of(&[9, 10, 14, 15]), None);
        assert_eq!(of(&[14, 15, 16, 9, 17]), Some(Half::Afternoon));
        assert_eq!(Habit::of(&[], Tz::UTC), Habit::default());
    }
}
