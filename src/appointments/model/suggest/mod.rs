//! Which three free times to offer first, and why.

mod habit;
#[cfg(test)]
mod tests;

pub use habit::{Habit, Half, Said};

use std::collections::BTreeSet;

use chrono::{NaiveDate, Timelike};
use chrono_tz::Tz;

use super::free::{Span, Timetable, Wish, booked, free_starts, gaps};
use crate::clinic::{ChairId, GRID_MINUTES, ProviderId};
use crate::platform::clock::{Instant, next_day};
use crate::platform::i18n::Text;

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
    /// What the patient has said they prefer.
    Preferred,
    /// Nothing is sooner, and it is what the patient prefers.
    SoonestPreferred,
    /// The patient's usual provider.
    Usual,
    /// Nothing is sooner, and it is the usual provider's.
    SoonestUsual,
    /// When the patient mostly comes.
    UsualTime,
    /// Lies at the edge of a gap, and leaves nothing of it that is of no use.
    ClosesGap,
    /// In the morning, where what was offered before is not.
    Morning,
    /// In the afternoon, where what was offered before is not.
    Afternoon,
    /// Another day.
    OtherDay,
}

impl Why {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Why::Asked => Text::new("所选", "Chosen"),
            Why::Soonest => Text::new("最早", "Soonest"),
            Why::SoonestUsual => Text::new("最早 · 常约医生", "Soonest, usual provider"),
            Why::Preferred => Text::new("患者偏好", "Preferred"),
            Why::SoonestPreferred => Text::new("最早 · 患者偏好", "Soonest, preferred"),
            Why::Usual => Text::new("常约医生", "Usual provider"),
            Why::UsualTime => Text::new("常约时段", "Usual time of day"),
            Why::ClosesGap => Text::new("填补空档", "Closes a gap"),
            Why::Morning => Text::new("上午", "Morning"),
            Why::Afternoon => Text::new("下午", "Afternoon"),
            Why::OtherDay => Text::new("另一天", "Another day"),
        }
    }
    /// For programs.
    pub fn code(self) -> &'static str {
        match self {
            Why::Asked => "asked",
            Why::Soonest => "soonest",
            Why::Preferred => "preferred",
            Why::SoonestPreferred => "soonest-preferred",
            Why::Usual => "usual-provider",
            Why::SoonestUsual => "soonest-usual-provider",
            Why::UsualTime => "usual-time",
            Why::ClosesGap => "closes-gap",
            Why::Morning => "morning",
            Why::Afternoon => "afternoon",
            Why::OtherDay => "other-day",
        }
    }
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

/// Candidates of a day in the order in which "anyone" is given: who has least to do that day first, so that the work is shared;
/// those who have as much in their own order. The chairs of one provider stay in theirs.
pub fn by_load(candidates: &[Candidate], zone: Tz, day: NaiveDate) -> Vec<&Candidate> {
    let mut order: Vec<&Candidate> = candidates.iter().collect();
    order.sort_by_cached_key(|c| booked(&c.timetable, zone, day));
    order
}

/// Every free start of all candidates from `first` for `days` days, by time, then by [`by_load`]; a provider who is free in
/// several chairs is named once, with the first of them.
pub fn all_free(candidates: &[Candidate], wish: &Wish, zone: Tz, first: NaiveDate, days: u32) -> Vec<Free> {
    let mut found: Vec<Free> = Vec::new();
    let mut day = first;
    for _ in 0..days {
        for c in by_load(candidates, zone, day) {
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

/// The soonest, with the preferred or usual provider if they are free then, too.
fn soonest(free: &[Free], habit: Habit, zone: Tz) -> Option<Offer> {
    let first = free.first()?;
    let now = || free.iter().take_while(|f| f.start == first.start);
    if let Some(wanted) = now().find(|f| habit.said_so(f.provider, f.start, zone)) {
        return Some(wanted.offer(Why::SoonestPreferred));
    }
    if let Some(usual) = now().find(|f| Some(f.provider) == habit.provider) {
        return Some(usual.offer(Why::SoonestUsual));
    }
    Some(first.offer(Why::Soonest))
}

/// Up to three offers out of `free` (sorted by time): the soonest; what the patient prefers, else the usual provider's first, at
/// the usual time of day if there is one (or, failing that, one at the usual time of day); the first that leaves no useless gap
/// (`tidy`), if none of those does; and one on another day or half of the day.
pub fn offers(free: &[Free], habit: Habit, tidy: impl Fn(&Free) -> bool, zone: Tz) -> Vec<Offer> {
    let Some(first) = soonest(free, habit, zone) else {
        return Vec::new();
    };
    let mut out = vec![first];
    out.extend(second(free, habit, &first, &tidy, zone));
    let is_tidy = |o: &Offer| {
        let same = |f: &&Free| (f.start, f.provider) == (o.start, o.provider);
        free.iter().find(same).is_some_and(&tidy)
    };
    if out.len() < OFFERED && !out.iter().any(is_tidy) {
        let other = |f: &&Free| out.iter().all(|o| o.start != f.start) && tidy(f);
        let found = free.iter().find(other).map(|f| f.offer(Why::ClosesGap));
        out.extend(found);
    }
    fill_up(out, free, habit, zone)
}

/// Other days and halves of the day, until there are three.
fn fill_up(mut out: Vec<Offer>, free: &[Free], habit: Habit, zone: Tz) -> Vec<Offer> {
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

/// What goes best beside the soonest: what the patient has said; on another half day, what they are used to, or else what
/// closes a gap.
fn second(free: &[Free], habit: Habit, first: &Offer, tidy: &impl Fn(&Free) -> bool, zone: Tz) -> Option<Offer> {
    if habit.said.is_some() && first.why != Why::SoonestPreferred {
        let wanted = free.iter().find(|f| habit.said_so(f.provider, f.start, zone));
        if let Some(wanted) = wanted {
            return Some(wanted.offer(Why::Preferred));
        }
    }
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
    // The first that leaves no useless gap, if the soonest does; else one of those on another half day.
    let soonest = free
        .iter()
        .find(|f| (f.start, f.provider) == (first.start, first.provider));
    let closes = match soonest.is_some_and(tidy) {
        true => find(tidy),
        false => free.iter().find(|f| f.start != first.start && tidy(f)),
    };
    closes.map(|f| f.offer(Why::ClosesGap))
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

/// Pieces of free time shorter than this are of no use to anybody, in minutes.
pub const USEFUL_MINUTES: i64 = GRID_MINUTES as i64;

/// Minutes that a visit at `start` leaves on either side of it in a gap, too few to be of use.
pub fn useless_rest(gap: Span, wish: &Wish, start: Instant) -> i64 {
    let taken = wish.taken(start);
    let sides = [taken.from.minutes_since(gap.from), gap.until.minutes_since(taken.until)];
    sides.into_iter().filter(|m| (1..USEFUL_MINUTES).contains(m)).sum()
}

/// Whether a visit at `start` lies at an edge of its free gap, and leaves nothing at the other that is of no use.
pub fn closes_gap(timetable: &Timetable, wish: &Wish, zone: Tz, start: Instant) -> bool {
    let taken: Span = wish.taken(start);
    gaps(timetable, zone, start.day(zone)).iter().any(|g| {
        let at_an_edge = g.from == taken.from || g.until == taken.until;
        g.holds(taken) && at_an_edge && useless_rest(*g, wish, start) == 0
    })
}
