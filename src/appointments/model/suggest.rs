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

/// Up to three offers out of `free` (sorted by time): the soonest; the usual provider's first (or, failing that, one that
/// closes a gap); and one on another day or half of the day.
pub fn offers(free: &[Free], usual: Option<ProviderId>, tidy: impl Fn(&Free) -> bool, zone: Tz) -> Vec<Offer> {
    let mut out: Vec<Offer> = Vec::with_capacity(OFFERED);
    let Some(Free {
        start: soonest,
        provider,
        ..
    }) = free.first().copied()
    else {
        return out;
    };
    let by_usual = free
        .iter()
        .find(|f| f.start == soonest && Some(f.provider) == usual)
        .map(|f| f.provider);
    out.push(Offer {
        start: soonest,
        provider: by_usual.unwrap_or(provider),
        why: if by_usual.is_some() {
            Why::SoonestUsual
        } else {
            Why::Soonest
        },
    });
    let half = |s: Instant| (s.day(zone), s.local(zone).hour() < NOON);
    let is_new = |out: &[Offer], s: Instant| out.iter().all(|o| half(o.start) != half(s));
    let second = free
        .iter()
        .find(|f| Some(f.provider) == usual && out.iter().all(|o| o.provider != f.provider) && is_new(&out, f.start))
        .map(|f| Offer {
            start: f.start,
            provider: f.provider,
            why: Why::Usual,
        })
        .or_else(|| {
            let tidy = free.iter().find(|f| is_new(&out, f.start) && tidy(f));
            tidy.map(|f| Offer {
                start: f.start,
                provider: f.provider,
                why: Why::ClosesGap,
            })
        });
    out.extend(second);
    while out.len() < OFFERED {
        let another = free
            .iter()
            .find(|f| is_new(&out, f.start) && usual.is_none_or(|u| u == f.provider));
        let another = another
            .or_else(|| free.iter().find(|f| is_new(&out, f.start)))
            .or_else(|| free.iter().find(|f| out.iter().all(|o| o.start != f.start)));
        let Some(Free { start, provider, .. }) = another else {
            break;
        };
        let why = match (out.iter().any(|o| o.start.day(zone) == start.day(zone)), half(*start).1) {
            (true, true) => Why::Morning,
            (true, false) => Why::Afternoon,
            (false, _) => Why::OtherDay,
        };
        out.push(Offer {
            start: *start,
            provider: *provider,
            why,
        });
    }
    out
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
        let got = offers(&free, Some(ProviderId(2)), |_| false, z);
        assert_eq!(got.len(), 3);
        assert_eq!(got[0].start, at(8));
        assert_eq!(got[1].why, Why::Usual);
        assert!(got[0].start != got[1].start && got[1].start != got[2].start && got[0].start != got[2].start);
        assert!(offers(&[], None, |_| false, z).is_empty());
    }
}
