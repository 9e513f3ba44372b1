//! Which three free times to offer first, and why.

use chrono::{NaiveDate, Timelike};
use chrono_tz::Tz;

use super::free::{GRID_MINUTES, Span, Timetable, Wish, free_starts, gaps};
use crate::clinic::ProviderId;
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
    /// Fills a gap exactly, or sits at its edge.
    ClosesGap,
    /// Another day or half of the day.
    Other,
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

/// One provider's timetable.
pub type Candidate = (ProviderId, Timetable);

/// Every free start of all candidates from `first` for `days` days, by time, then in the order of the candidates.
pub fn all_free(
    candidates: &[Candidate],
    wish: &Wish,
    zone: Tz,
    first: NaiveDate,
    days: u32,
) -> Vec<(Instant, ProviderId)> {
    let mut found = Vec::new();
    let mut day = first;
    for _ in 0..days {
        for (provider, timetable) in candidates {
            found.extend(
                free_starts(timetable, wish, zone, day)
                    .into_iter()
                    .map(|s| (s, *provider)),
            );
        }
        day = next_day(day);
    }
    found.sort_by_key(|(start, _)| *start);
    found
}

/// Up to three offers out of `free` (sorted by time): the soonest; the usual provider's first (or, failing that, one that
/// closes a gap); and one on another day or half of the day.
pub fn offers(
    free: &[(Instant, ProviderId)],
    usual: Option<ProviderId>,
    tidy: impl Fn(Instant, ProviderId) -> bool,
    zone: Tz,
) -> Vec<Offer> {
    let mut out: Vec<Offer> = Vec::with_capacity(OFFERED);
    let Some((soonest, provider)) = free.first().copied() else {
        return out;
    };
    let by_usual = free
        .iter()
        .find(|(s, p)| *s == soonest && Some(*p) == usual)
        .map(|(_, p)| *p);
    out.push(Offer {
        start: soonest,
        provider: by_usual.unwrap_or(provider),
        why: Why::Soonest,
    });
    let half = |s: Instant| (s.day(zone), s.local(zone).hour() < NOON);
    let is_new = |out: &[Offer], s: Instant| out.iter().all(|o| half(o.start) != half(s));
    let second = free
        .iter()
        .find(|(s, p)| Some(*p) == usual && out.iter().all(|o| o.provider != *p) && is_new(&out, *s))
        .map(|(s, p)| Offer {
            start: *s,
            provider: *p,
            why: Why::Usual,
        })
        .or_else(|| {
            let tidy = free.iter().find(|(s, p)| is_new(&out, *s) && tidy(*s, *p));
            tidy.map(|(s, p)| Offer {
                start: *s,
                provider: *p,
                why: Why::ClosesGap,
            })
        });
    out.extend(second);
    while out.len() < OFFERED {
        let another = free
            .iter()
            .find(|(s, p)| is_new(&out, *s) && usual.is_none_or(|u| u == *p));
        let another = another
            .or_else(|| free.iter().find(|(s, _)| is_new(&out, *s)))
            .or_else(|| free.iter().find(|(s, _)| out.iter().all(|o| o.start != *s)));
        let Some((start, provider)) = another else { break };
        out.push(Offer {
            start: *start,
            provider: *provider,
            why: Why::Other,
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
        minutes: GRID_MINUTES,
        before: 0,
        after: 0,
        earliest: now,
    };
    let mut found: Vec<(ProviderId, Span)> = Vec::new();
    for (provider, timetable) in candidates {
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
        let free: Vec<_> = (8..60).map(|h| (at(h), ProviderId(1 + h % 2))).collect();
        let got = offers(&free, Some(ProviderId(2)), |_, _| false, z);
        assert_eq!(got.len(), 3);
        assert_eq!(got[0].start, at(8));
        assert_eq!(got[1].why, Why::Usual);
        assert!(got[0].start != got[1].start && got[1].start != got[2].start && got[0].start != got[2].start);
        assert!(offers(&[], None, |_, _| false, z).is_empty());
    }
}
