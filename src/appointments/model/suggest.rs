//! Which three free times to offer first, and why.

use std::collections::BTreeSet;

use chrono::{NaiveDate, Timelike};
use chrono_tz::Tz;

use super::free::{Span, Timetable, Wish, free_starts, gaps};
use crate::clinic::{ChairId, GRID_MINUTES, ProviderId};
use crate::platform::clock::{Instant, next_day};

/// How many times are offered.
pub const OFFERED: usize = 3;
/// Noon, in hours of the wall clock: what divides mornings from afternoons.
const NOON: u32 = 12;

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

/// What a patient usually chooses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Habit {
    /// Who treated them last.
    pub provider: Option<ProviderId>,
    /// When they mostly come.
    pub half: Option<Half>,
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
        }
    }
    /// Whether they come at such a time of day; who has no habit comes at any.
    fn comes_at(self, start: Instant, zone: Tz) -> bool {
        self.half.is_none_or(|half| Half::of(start, zone) == half)
    }
}

/// Why a time is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The time that was asked for.
    Asked,
    /// Nothing is sooner.
    Soonest,
    /// The patient's usual provider.
    Usual,
    /// Nothing is sooner, and it is the usual provider's.
    SoonestUsual,
    /// When the patient mostly comes.
    UsualTime,
    /// Fills a gap exactly, or sits at its edge.
    ClosesGap,
    /// In the morning, where what was offered before is not.
    Morning,
    /// In the afternoon, where what was offered before is not.
    Afternoon,
    /// Another day.
    OtherDay,
}

/// A time to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// When.
    pub start: Instant,
    /// By whom.
    pub provider: ProviderId,
    /// Why.
    pub why: Why,
}

/// A provider in a chair, with what is known of both.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who.
    pub provider: ProviderId,
    /// In which chair.
    pub chair: ChairId,
    /// When they could.
    pub timetable: Timetable,
}

/// A free start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free {
    /// When.
    pub start: Instant,
    /// With whom.
    pub provider: ProviderId,
    /// In which chair.
    pub chair: ChairId,
}

impl Free {
    fn offer(&self, why: Why) -> Offer {
        Offer {
            start: self.start,
            provider: self.provider,
            why,
        }
    }
}

/// Every free start of all candidates from `first` for `days` days, by time, then in the order of the candidates; a
/// provider who is free in several chairs is named once, with the first of them.
pub fn all_free(candidates: &[Candidate], wish: &Wish, zone: Tz, first: NaiveDate, days: u32) -> Vec<Free> {
    let mut found: Vec<Free> = Vec::new();
    let mut day = first;
    for _ in 0..days {
        for c in candidates {
            let starts = free_starts(&c.timetable, wish, zone, day);
            found.extend(starts.into_iter().map(|start| Free {
                start,
                provider: c.provider,
                chair: c.chair,
            }));
        }
        day = next_day(day);
    }
    let several = candidates
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.provider == b.provider));
    found.sort_by_key(|f| f.start);
    if several {
        let mut seen = BTreeSet::new();
        found.retain(|f| seen.insert((f.start, f.provider)));
    }
    found
}

/// The soonest, with the usual provider if they are free then, too.
fn soonest(free: &[Free], usual: Option<ProviderId>) -> Option<Offer> {
    let first = free.first()?;
    let by_usual = free
        .iter()
        .find(|f| f.start == first.start && Some(f.provider) == usual)
        .map(|f| f.provider);
    Some(Offer {
        start: first.start,
        provider: by_usual.unwrap_or(first.provider),
        why: if by_usual.is_some() {
            Why::SoonestUsual
        } else {
            Why::Soonest
        },
    })
}

/// Up to three offers out of `free` (sorted by time): the soonest; the usual provider's first, at the usual time of day if
/// there is one (or, failing that, one at the usual time of day, or one that closes a gap); and one on another day or half of
/// the day.
pub fn offers(free: &[Free], habit: Habit, tidy: impl Fn(&Free) -> bool, zone: Tz) -> Vec<Offer> {
    let Some(first) = soonest(free, habit.provider) else {
        return Vec::new();
    };
    let mut out = vec![first];
    out.extend(second(free, habit, &first, tidy, zone));
    let half = |s: Instant| (s.day(zone), Half::of(s, zone));
    let usual = |f: &Free| habit.provider.is_none_or(|u| u == f.provider);
    while out.len() < OFFERED {
        let is_new = |f: &Free| out.iter().all(|o| half(o.start) != half(f.start));
        let another = free
            .iter()
            .find(|f| is_new(f) && usual(f) && habit.comes_at(f.start, zone))
            .or_else(|| free.iter().find(|f| is_new(f) && usual(f)))
            .or_else(|| free.iter().find(|f| is_new(f)))
            .or_else(|| free.iter().find(|f| out.iter().all(|o| o.start != f.start)));
        let Some(another) = another else {
            break;
        };
        let same_day = out.iter().any(|o| o.start.day(zone) == another.start.day(zone));
        let why = match (same_day, Half::of(another.start, zone)) {
            (true, Half::Morning) => Why::Morning,
            (true, Half::Afternoon) => Why::Afternoon,
            (false, _) => Why::OtherDay,
        };
        out.push(another.offer(why));
    }
    out
}

/// What goes best beside the soonest: on another half day, what the patient is used to, or else what closes a gap.
fn second(free: &[Free], habit: Habit, first: &Offer, tidy: impl Fn(&Free) -> bool, zone: Tz) -> Option<Offer> {
    let half = |s: Instant| (s.day(zone), Half::of(s, zone));
    let others: Vec<&Free> = free.iter().filter(|f| half(f.start) != half(first.start)).collect();
    let find = |wanted: &dyn Fn(&Free) -> bool| others.iter().find(|f| wanted(f)).copied();
    let theirs = |f: &Free| Some(f.provider) == habit.provider && f.provider != first.provider;
    let usual = find(&|f| theirs(f) && habit.comes_at(f.start, zone)).or_else(|| find(&theirs));
    if let Some(usual) = usual {
        return Some(usual.offer(Why::Usual));
    }
    if habit.half.is_some() && !habit.comes_at(first.start, zone) {
        let at = |f: &Free| habit.comes_at(f.start, zone);
        let own = find(&|f| at(f) && habit.provider.is_none_or(|u| u == f.provider));
        if let Some(found) = own.or_else(|| find(&at)) {
            return Some(found.offer(Why::UsualTime));
        }
    }
    find(&tidy).map(|f| f.offer(Why::ClosesGap))
}

/// The next gaps of a day from `now` on, each from a start on the grid and long enough for the shortest visit: at most
/// `limit`, by time.
pub fn openings(
    candidates: &[Candidate],
    zone: Tz,
    day: NaiveDate,
    now: Instant,
    limit: usize,
) -> Vec<(ProviderId, Span)> {
    let shortest = Wish {
        earliest: now,
        ..Wish::plain(GRID_MINUTES, GRID_MINUTES)
    };
    let mut found: Vec<(ProviderId, Span)> = Vec::new();
    for Candidate {
        provider, timetable, ..
    } in candidates
    {
        let starts = free_starts(timetable, &shortest, zone, day);
        for gap in gaps(timetable, zone, day) {
            if let Some(first) = starts.iter().find(|s| gap.holds(shortest.visit(**s))) {
                let until = gap.until;
                found.push((*provider, Span { from: *first, until }));
            }
        }
    }
    found.sort_by_key(|(_, gap)| gap.from);
    found.truncate(limit);
    found
}

/// Up to `limit` of `free` (sorted by time) that give a choice: the first of each half day, then the second of each, and
/// so on; by time.
pub fn spread(free: &[Instant], zone: Tz, limit: usize) -> Vec<Instant> {
    let half = |s: Instant| (s.day(zone), s.local(zone).hour() < NOON);
    let mut ranked: Vec<(usize, Instant)> = Vec::with_capacity(free.len());
    let (mut last, mut nth) = (None, 0);
    for start in free {
        nth = if last == Some(half(*start)) { nth + 1 } else { 0 };
        last = Some(half(*start));
        ranked.push((nth, *start));
    }
    ranked.sort();
    let mut chosen: Vec<Instant> = ranked.into_iter().take(limit).map(|(_, s)| s).collect();
    chosen.sort();
    chosen
}

/// Whether a visit at `start` sits at an edge of the free gap it lies in, so that no useless rest is left on one side.
pub fn sits_at_an_edge(timetable: &Timetable, wish: &Wish, zone: Tz, start: Instant) -> bool {
    let taken: Span = wish.taken(start);
    gaps(timetable, zone, start.day(zone))
        .iter()
        .any(|g| g.holds(taken) && (g.from == taken.from || g.until == taken.until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_times_give_a_choice_of_half_days() {
        let at = |day: i64, h: i64| Instant((day * 24 + h) * 3_600_000);
        let free: Vec<_> = (0..3).flat_map(|d| (9..17).map(move |h| at(d, h))).collect();
        let got = spread(&free, Tz::UTC, 6);
        let first_of_each: Vec<_> = (0..3).flat_map(|d| [at(d, 9), at(d, 12)]).collect();
        assert_eq!(got, first_of_each);
        assert_eq!(spread(&free, Tz::UTC, 8), {
            let mut more = first_of_each;
            more.extend([at(0, 10), at(0, 13)]);
            more.sort();
            more
        });
        assert_eq!(spread(&free[..2], Tz::UTC, 6), free[..2]);
    }

    #[test]
    fn the_first_offer_is_the_soonest_and_all_differ() {
        let z = Tz::UTC;
        let at = |h: i64| Instant(h * 3_600_000);
        let free: Vec<_> = (8..60)
            .map(|h| Free {
                start: at(h),
                provider: ProviderId(1 + h % 2),
                chair: ChairId(1),
            })
            .collect();
        let habit = |provider, half| Habit { provider, half };
        let got = offers(&free, habit(Some(ProviderId(2)), None), |_| false, z);
        assert_eq!(got.len(), 3);
        assert_eq!(got[0].start, at(8));
        assert_eq!(got[1].why, Why::Usual);
        assert!(got[0].start != got[1].start && got[1].start != got[2].start && got[0].start != got[2].start);
        assert!(offers(&[], Habit::default(), |_| false, z).is_empty());
        // Who mostly comes in the afternoon is offered one; the soonest stays what it is.
        let got = offers(&free, habit(None, Some(Half::Afternoon)), |_| true, z);
        assert_eq!((got[0].start, got[0].why), (at(8), Why::Soonest));
        assert_eq!((got[1].start, got[1].why), (at(12), Why::UsualTime));
        let got = offers(&free, habit(Some(ProviderId(2)), Some(Half::Afternoon)), |_| false, z);
        assert_eq!(
            (got[1].start, got[1].why),
            (at(13), Why::Usual),
            "the usual provider, in the afternoon"
        );
    }

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
