//! Booking over whatever is in the way, on purpose.

use super::super::model::free::{Blocked, Span, second, why_not};
use super::super::model::suggest::Candidate;
use super::super::store::Except;
use super::place::{Choice, Place};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;

impl Place {
    /// Who takes a visit at `start` although a rule or another visit is in the way: the provider asked for, or of several the
    /// one against whom least speaks. And whether something was in the way.
    pub(super) fn place_over(&self, c: &mut Conn, start: Instant, except: Except) -> Result<(Choice, bool)> {
        let day = start.day(self.zone());
        let candidates = self.candidates(c, (day, day), except)?;
        self.choose_over(&candidates, start)
            .map_err(|blocked| self.refused(&blocked))
    }

    /// The same of these candidates. Nobody turns back the clock, no patient is in two places, and what has been promised to
    /// somebody is theirs: that is refused, whatever else is in the way. A second person who is needed comes along if one is
    /// free.
    pub(super) fn choose_over(&self, candidates: &[Candidate], start: Instant) -> Result<(Choice, bool), Blocked> {
        let blocked = match self.choose(candidates, start) {
            Ok(choice) => return Ok((choice, false)),
            Err(blocked) => blocked,
        };
        if start < self.wish.earliest {
            return Err(Blocked::TooEarly);
        }
        let (visit, taken) = (self.wish.visit(start), self.wish.taken(start));
        let mut elsewhere = candidates.iter().flat_map(|c| &c.timetable.patient_busy);
        if let Some(other) = elsewhere.find(|b| b.overlaps(visit)) {
            return Err(Blocked::PatientElsewhere(*other));
        }
        let mut promised = None;
        let mut best: Option<((u8, i64), &Candidate)> = None;
        for c in candidates {
            if let Some(held) = c.timetable.held.iter().find(|h| h.overlaps(taken)) {
                promised = promised.or(Some(Blocked::Held(*held)));
                continue;
            }
            let against = why_not(&c.timetable, &self.wish, self.zone(), start);
            if against.as_ref().is_some_and(|b| !b.may_be_overruled()) {
                continue;
            }
            let weight = (against.as_ref().map_or(0, weight), shared(c, taken));
            if best.as_ref().is_none_or(|(least, _)| weight < *least) {
                best = Some((weight, c));
            }
        }
        let Some((_, c)) = best else {
            return Err(promised.unwrap_or(blocked));
        };
        let choice = Choice {
            provider: c.provider,
            chair: c.chair,
            second: second(&c.timetable, &self.wish, self.zone(), start).ok().flatten(),
        };
        Ok((choice, true))
    }
}

/// How much speaks against booking over it: who is at work and has somebody can see one more; who is away cannot.
fn weight(blocked: &Blocked) -> u8 {
    match blocked {
        Blocked::NoSecond => 0,
        Blocked::Taken(_) | Blocked::ChairTaken(_) => 1,
        Blocked::DayFull | Blocked::ProviderFull => 2,
        Blocked::Reserved(..) => 3,
        Blocked::OutsideHours | Blocked::ChairShut(_) => 4,
        Blocked::OnLeave => 5,
        Blocked::ChairClosed(..) => 6,
        _ => 7,
    }
}

/// The milliseconds of `taken` that the provider and the chair are needed in twice.
fn shared(c: &Candidate, taken: Span) -> i64 {
    let both = c.timetable.busy.iter().chain(&c.timetable.chair_busy);
    both.map(|b| (b.until.min(taken.until) - b.from.max(taken.from)).max(0))
        .sum()
}
