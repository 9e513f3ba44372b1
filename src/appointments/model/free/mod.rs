//! Free time: the one engine that finding, holding, booking, moving, the API and the patient's page all ask. Pure:
//! everything it needs comes in as values, and it can say why a time is not free.
//!
//! Hours are wall-clock rules in the site's zone and become instants day by day, so that a session "9:00 to 12:00" lasts
//! two hours on the day the clocks skip one of them. A start that a clock never shows is never offered; one that it shows
//! twice is offered once, at its first showing.

mod blocked;
mod chair;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::clinic::{Parts, ProviderId, Rota};
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS, at_minute, day_bounds, resolve};
use crate::platform::i18n::Text;

pub use blocked::Blocked;
pub use chair::ChairTime;

const MINUTES_A_DAY: i32 = 24 * 60;

/// A stretch of time, `[from, until)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Begins.
    pub from: Instant,
    /// Ends, exclusive.
    pub until: Instant,
}

impl Span {
    /// Whether the two have any time in common.
    pub fn overlaps(self, other: Span) -> bool {
        self.from < other.until && other.from < self.until
    }
    /// Whether `other` lies wholly inside.
    pub fn holds(self, other: Span) -> bool {
        self.from <= other.from && other.until <= self.until
    }
}

/// What is known of one provider in one chair over the days asked about.
#[derive(Debug, Clone, Default)]
pub struct Timetable {
    /// When the provider works.
    pub rota: Arc<Rota>,
    /// Leave of this provider.
    pub leave: Vec<Span>,
    /// Times kept for other services than the one asked for, with the name of what they are kept for.
    pub reserved: Vec<(Span, Text)>,
    /// Days on which the provider has as many of the service asked for as there may be.
    pub full: BTreeSet<NaiveDate>,
    /// Days on which the provider has as many visits as they take, whatever for.
    pub full_in_all: BTreeSet<NaiveDate>,
    /// Times in which the provider is needed elsewhere, by start.
    pub busy: Vec<Span>,
    /// When the chair can be used.
    pub chair: ChairTime,
    /// Times in which the chair is taken, buffers included, by start.
    pub chair_busy: Vec<Span>,
    /// Times in which somebody else is about to book the provider or the chair.
    pub held: Vec<Span>,
    /// Times in which the patient is elsewhere in the clinic.
    pub patient_busy: Vec<Span>,
    /// Those who can be the second person.
    pub seconds: Vec<Second>,
}

/// Somebody who can be the second person of a visit.
#[derive(Debug, Clone)]
pub struct Second {
    /// Who.
    pub provider: ProviderId,
    /// When they work.
    pub rota: Arc<Rota>,
    /// When they are away or needed elsewhere.
    pub busy: Vec<Span>,
}

impl Second {
    fn can(&self, zone: Tz, needed: &[Span]) -> bool {
        needed.iter().all(|n| {
            let day = n.from.day(zone);
            spans(self.rota.on(day), zone, day).iter().any(|s| s.holds(*n)) && !self.busy.iter().any(|b| b.overlaps(*n))
        })
    }
}

/// What is to be placed.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Minutes the patient is there.
    pub minutes: i32,
    /// Minutes the chair is taken before.
    pub before: i32,
    /// Minutes the chair is taken after.
    pub after: i32,
    /// Nothing starts before this …
    pub earliest: Instant,
    /// … nor at or after this.
    pub latest: Option<Instant>,
    /// Starts are offered on this grid of the wall clock, in minutes. Apart from it, a visit may have any length.
    pub grid: i32,
    /// When the provider is needed, in minutes from the start; none: as long as the chair is taken.
    pub parts: Parts,
    /// When a second person is needed, if one is; no parts: as long as the patient is there.
    pub second: Option<Parts>,
}

impl Wish {
    /// A visit of so many minutes on a grid, by anyone, at any time.
    pub fn plain(minutes: i32, grid: i32) -> Wish {
        Wish {
            minutes,
            before: 0,
            after: 0,
            earliest: Instant(i64::MIN / 2),
            latest: None,
            grid,
            parts: Parts::default(),
            second: None,
        }
    }
    /// The patient's time when starting at `start`.
    pub fn visit(&self, start: Instant) -> Span {
        Span {
            from: start,
            until: start.plus_minutes(i64::from(self.minutes)),
        }
    }
    /// The chair's time when starting at `start`.
    pub fn taken(&self, start: Instant) -> Span {
        let visit = self.visit(start);
        Span {
            from: visit.from.plus_minutes(-i64::from(self.before)),
            until: visit.until.plus_minutes(i64::from(self.after)),
        }
    }
    /// The provider's times.
    pub fn needed(&self, start: Instant) -> Vec<Span> {
        parts_from(&self.parts, start, self.taken(start))
    }
    /// The second person's parts, those of the whole visit written out; empty when none is needed.
    pub fn second_parts(&self) -> String {
        match &self.second {
            Some(parts) if parts.0.is_empty() => format!("0-{}", self.minutes),
            Some(parts) => parts.show(),
            None => String::new(),
        }
    }
    /// The second person's times; none when none is needed.
    pub fn second_needed(&self, start: Instant) -> Vec<Span> {
        match &self.second {
            Some(parts) => parts_from(parts, start, self.visit(start)),
            None => Vec::new(),
        }
    }
}

/// The stretches of `parts` in a visit that starts at `start`; without parts all of `whole`.
pub fn parts_from(parts: &Parts, start: Instant, whole: Span) -> Vec<Span> {
    if parts.0.is_empty() {
        return vec![whole];
    }
    let span = |from: i32, until: i32| Span {
        from: start.plus_minutes(i64::from(from)),
        until: start.plus_minutes(i64::from(until)),
    };
    parts.0.iter().map(|p| span(p.from, p.until)).collect()
}

/// The provider's sessions on a day, before leave and appointments; empty when the site is closed.
pub fn sessions(t: &Timetable, zone: Tz, day: NaiveDate) -> Vec<Span> {
    spans(t.rota.on(day), zone, day)
}

fn spans(sessions: &[crate::clinic::Session], zone: Tz, day: NaiveDate) -> Vec<Span> {
    let mut spans: Vec<Span> = sessions
        .iter()
        .map(|s| Span {
            from: at_minute(zone, day, s.start),
            until: at_minute(zone, day, s.end),
        })
        .filter(|s| s.from < s.until)
        .collect();
    spans.sort();
    merge(spans)
}

/// Joins spans that touch or overlap. Expects them sorted.
pub fn merge(spans: Vec<Span>) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for s in spans {
        match out.last_mut() {
            Some(last) if s.from <= last.until => last.until = last.until.max(s.until),
            _ => out.push(s),
        }
    }
    out
}

/// What is left of `spans` without `taken`. Both sorted by start.
pub fn without(spans: &[Span], taken: &[Span]) -> Vec<Span> {
    let mut out = Vec::new();
    for s in spans {
        let mut from = s.from;
        for t in taken.iter().filter(|t| t.overlaps(*s)) {
            if from < t.from {
                out.push(Span { from, until: t.from });
            }
            from = from.max(t.until);
        }
        if from < s.until {
            out.push(Span { from, until: s.until });
        }
    }
    out
}

/// The gaps of a day in which something could be placed that needs the provider all the time.
pub fn gaps(t: &Timetable, zone: Tz, day: NaiveDate) -> Vec<Span> {
    gaps_without(t, zone, day, &t.busy)
}

fn gaps_without(t: &Timetable, zone: Tz, day: NaiveDate, busy: &[Span]) -> Vec<Span> {
    let reserved = t.reserved.iter().map(|(span, _)| span);
    let closed = t.chair.closed.iter().map(|(span, _)| span);
    let blocked = t.leave.iter().chain(reserved).chain(&t.chair_busy).chain(&t.held);
    let mut taken: Vec<Span> = blocked.chain(closed).chain(busy).copied().collect();
    taken.extend(t.chair.shut(zone, day));
    taken.sort();
    without(&sessions(t, zone, day), &taken)
}

/// How long the provider is needed on a day already, in milliseconds.
pub fn booked(t: &Timetable, zone: Tz, day: NaiveDate) -> i64 {
    let (midnight, next) = day_bounds(zone, day);
    let first = t.busy.partition_point(|b| b.from + DAY_MS < midnight);
    let later = t.busy.iter().skip(first).take_while(|b| b.from < next);
    later.map(|b| (b.until.min(next) - b.from.max(midnight)).max(0)).sum()
}

/// Every free start of a day, in order.
pub fn free_starts(t: &Timetable, wish: &Wish, zone: Tz, day: NaiveDate) -> Vec<Instant> {
    if t.full.contains(&day) || t.full_in_all.contains(&day) {
        return Vec::new();
    }
    // Who is needed in parts only may be elsewhere in between.
    let whole = wish.parts.0.is_empty();
    let gaps = gaps_without(t, zone, day, if whole { &t.busy } else { &[] });
    if gaps.is_empty() {
        return Vec::new();
    }
    let fits = |start: Instant| {
        let taken = wish.taken(start);
        start >= wish.earliest
            && wish.latest.is_none_or(|latest| start < latest)
            && gaps.iter().any(|g| g.holds(taken))
            && (whole || !wish.needed(start).iter().any(|n| t.busy.iter().any(|b| b.overlaps(*n))))
            && second(t, wish, zone, start).is_ok()
            && !t.patient_busy.iter().any(|p| p.overlaps(wish.visit(start)))
    };
    grid(wish.grid, zone, day).filter(|start| fits(*start)).collect()
}

/// The second person for a start: `None` when none is needed.
///
/// # Errors
/// [`Blocked::NoSecond`]
pub fn second(t: &Timetable, wish: &Wish, zone: Tz, start: Instant) -> Result<Option<ProviderId>, Blocked> {
    let needed = wish.second_needed(start);
    if needed.is_empty() {
        return Ok(None);
    }
    let free = t.seconds.iter().find(|s| s.can(zone, &needed));
    free.map(|s| Some(s.provider)).ok_or(Blocked::NoSecond)
}

/// The starts that a clock on the wall shows on a day, on the grid.
fn grid(minutes: i32, zone: Tz, day: NaiveDate) -> impl Iterator<Item = Instant> {
    let (midnight, next) = day_bounds(zone, day);
    let plain = next - midnight == DAY_MS;
    (0..MINUTES_A_DAY)
        .step_by(usize::try_from(minutes).unwrap_or(15).max(1))
        .filter_map(move |minute| {
            if plain {
                return Some(midnight + i64::from(minute) * MINUTE_MS);
            }
            let wanted = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute));
            let start = resolve(zone, wanted);
            (start.local(zone) == wanted).then_some(start)
        })
}

/// Why `start` is not free; `None` if it is. Starts off the grid are judged like all others: the grid is for offering.
pub fn why_not(t: &Timetable, wish: &Wish, zone: Tz, start: Instant) -> Option<Blocked> {
    let (taken, needed) = (wish.taken(start), wish.needed(start));
    let day = start.day(zone);
    if start < wish.earliest {
        return Some(Blocked::TooEarly);
    }
    if wish.latest.is_some_and(|latest| start >= latest) {
        return Some(Blocked::TooLate);
    }
    if t.rota.is_closed(day) {
        return Some(Blocked::Closed);
    }
    if !sessions(t, zone, day).iter().any(|s| s.holds(taken)) {
        return Some(Blocked::OutsideHours);
    }
    if t.leave.iter().any(|l| l.overlaps(taken)) {
        return Some(Blocked::OnLeave);
    }
    if let Some(blocked) = t.chair.blocked(zone, taken) {
        return Some(blocked);
    }
    if let Some((span, name)) = t.reserved.iter().find(|(r, _)| r.overlaps(taken)) {
        return Some(Blocked::Reserved(*span, name.clone()));
    }
    if t.full.contains(&day) {
        return Some(Blocked::DayFull);
    }
    if t.full_in_all.contains(&day) {
        return Some(Blocked::ProviderFull);
    }
    clash(t, wish, start, &needed).or_else(|| second(t, wish, zone, start).err())
}

/// Whoever is there already.
fn clash(t: &Timetable, wish: &Wish, start: Instant, needed: &[Span]) -> Option<Blocked> {
    let (taken, visit) = (wish.taken(start), wish.visit(start));
    let first = |list: &[Span], with: Span| list.iter().find(|b| b.overlaps(with)).copied();
    needed
        .iter()
        .find_map(|n| first(&t.busy, *n))
        .map(Blocked::Taken)
        .or_else(|| first(&t.chair_busy, taken).map(Blocked::ChairTaken))
        .or_else(|| first(&t.held, taken).map(Blocked::Held))
        .or_else(|| first(&t.patient_busy, visit).map(Blocked::PatientElsewhere))
}
