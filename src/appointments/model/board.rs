//! The board of a day: columns of providers, cards in five-minute units, waiting times, what is late. Pure.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::free::{Span, sessions};
use super::stage::{Stage, stage_of};
use super::suggest::Candidate;
use super::{Appointment, AppointmentId, Status};
use crate::clinic::{Chair, Provider, Service, ServiceId};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::Instant;
use crate::staff::UserId;

/// Minutes of one unit of the board's grid.
pub const UNIT: i64 = 5;
/// Somebody who has not come this long after the start is late.
pub const LATE_AFTER_MINUTES: i64 = 5;
/// The board begins and ends at whole or half hours.
const HALF_HOUR: i64 = 30;
/// What the board shows when nobody works and nothing is booked, in minutes of the day.
const EMPTY_DAY: (i32, i32) = (8 * 60 + 30, 18 * 60 + 30);

/// What the board is made of.
pub struct Facts<'a> {
    /// The site's zone.
    pub zone: Tz,
    /// The day shown.
    pub day: NaiveDate,
    /// The present instant.
    pub now: Instant,
    /// Who works, in board order.
    pub providers: &'a [Provider],
    /// All chairs, for names.
    pub chairs: &'a [Chair],
    /// Who looks.
    pub reader: Option<UserId>,
    /// Their timetables, in the same order.
    pub timetables: &'a [Candidate],
    /// What is booked, by start.
    pub booked: &'a [(Appointment, Patient)],
    /// All services.
    pub services: &'a [Service],
    /// Patients who have been here before.
    pub seen: &'a BTreeSet<PatientId>,
}

/// The board.
#[derive(Debug, Default)]
pub struct Board {
    /// Minute of the day at the top; a whole or half hour.
    pub first_minute: i64,
    /// Units shown.
    pub units: i64,
    /// One column a provider.
    pub columns: Vec<Column>,
    /// Units from the top to now, when today is shown and now is on the board.
    pub now: Option<f64>,
}

/// One provider's day.
#[derive(Debug)]
pub struct Column {
    /// Whose.
    pub provider: Provider,
    /// The chair they work at.
    pub chair: Option<Chair>,
    /// The column of the person who looks.
    pub own: bool,
    /// Share of the sessions that is booked, in percent.
    pub load: i64,
    /// Times without a session, as (start, length) in units.
    pub closed: Vec<(i64, i64)>,
    /// Cards by start.
    pub cards: Vec<Card>,
}

/// One appointment on the board.
#[derive(Debug, Clone)]
pub struct Card {
    /// Which.
    pub id: AppointmentId,
    /// Of whom.
    pub patient: PatientId,
    /// Their name.
    pub name: String,
    /// Special-needs patient.
    pub vip: bool,
    /// What to heed before treatment; empty: nothing.
    pub alert: String,
    /// For what.
    pub service: ServiceId,
    /// Where it stands.
    pub status: Status,
    /// Version for the next step.
    pub version: i64,
    /// Start in units from the top.
    pub start: i64,
    /// Length in units.
    pub length: i64,
    /// The lane among cards at the same time, from 0.
    pub lane: i64,
    /// How many lanes there are at that time.
    pub lanes: i64,
    /// Begins.
    pub starts_at: Instant,
    /// Ends.
    pub ends_at: Instant,
    /// First visit.
    pub is_new: bool,
    /// Note for colleagues.
    pub note: String,
    /// What the clock says about it.
    pub timing: Timing,
}

/// What the clock says about an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// Nothing.
    Fine,
    /// Not here, minutes after the start.
    Late(i64),
    /// Here, waiting for so many minutes.
    Waiting(i64),
    /// In the chair, minutes over the planned end.
    Over(i64),
    /// Treated and still here, for so many minutes.
    Ready(i64),
}

impl Timing {
    /// Of an appointment at `now`.
    pub fn of(a: &Appointment, now: Instant) -> Timing {
        match a.status {
            Status::Booked | Status::Confirmed => {
                let late = now.minutes_since(a.starts_at);
                if late >= LATE_AFTER_MINUTES {
                    Timing::Late(late)
                } else {
                    Timing::Fine
                }
            }
            Status::Arrived => Timing::Waiting(a.arrived_at.map_or(0, |at| now.minutes_since(at))),
            Status::InChair => {
                let over = now.minutes_since(a.ends_at);
                if over > 0 { Timing::Over(over) } else { Timing::Fine }
            }
            _ => Timing::Fine,
        }
    }
}

/// Draws the board's geometry.
pub fn board(f: &Facts<'_>) -> Board {
    let sessions_of: Vec<Vec<Span>> = f
        .timetables
        .iter()
        .map(|c| sessions(&c.timetable, f.zone, f.day))
        .collect();
    let shown: Vec<&(Appointment, Patient)> = f.booked.iter().filter(|(a, _)| a.status != Status::Cancelled).collect();
    let minute = |i: Instant| wall_minute(f.zone, f.day, i);
    let starts = sessions_of
        .iter()
        .flatten()
        .map(|s| minute(s.from))
        .chain(shown.iter().map(|(a, _)| minute(a.starts_at)));
    let ends = sessions_of
        .iter()
        .flatten()
        .map(|s| minute(s.until))
        .chain(shown.iter().map(|(a, _)| minute(a.ends_at)));
    let first = starts.min().unwrap_or(i64::from(EMPTY_DAY.0)).div_euclid(HALF_HOUR) * HALF_HOUR;
    let last = ends.max().unwrap_or(i64::from(EMPTY_DAY.1)) + HALF_HOUR - 1;
    let units = (last.div_euclid(HALF_HOUR) * HALF_HOUR - first).max(60) / UNIT;
    let columns = f
        .providers
        .iter()
        .zip(&sessions_of)
        .map(|(p, sessions)| column(f, p, sessions, (first, units)))
        .collect();
    let now = (f.now.day(f.zone) == f.day).then(|| (minute(f.now) - first, units * UNIT));
    let now = now
        .filter(|(m, n)| (0..=*n).contains(m))
        .and_then(|(m, _)| i32::try_from(m).ok())
        .map(|m| f64::from(m) / 5.0);
    Board {
        first_minute: first,
        units,
        columns,
        now,
    }
}

/// Minutes on the wall clock since the day's midnight.
fn wall_minute(zone: Tz, day: NaiveDate, i: Instant) -> i64 {
    (i.local(zone) - day.and_time(chrono::NaiveTime::MIN)).num_minutes()
}

fn column(f: &Facts<'_>, provider: &Provider, sessions: &[Span], (first, total): (i64, i64)) -> Column {
    let unit = |minute: i64| (minute - first).div_euclid(UNIT);
    let minute = |i: Instant| wall_minute(f.zone, f.day, i);
    let mut cards: Vec<Card> = f
        .booked
        .iter()
        .filter(|(a, _)| a.provider_id == provider.id && a.status != Status::Cancelled)
        .map(|(a, p)| {
            // By the time that passes, not by the wall clock: across a summer-time change the two differ.
            let length = (a.minutes() + UNIT - 1).div_euclid(UNIT);
            card(f, a, p, (unit(minute(a.starts_at)), length.max(1)))
        })
        .collect();
    lanes(&mut cards);
    let working: i64 = sessions.iter().map(|s| s.until - s.from).sum();
    let booked: i64 = f
        .booked
        .iter()
        .filter(|(a, _)| a.provider_id == provider.id && a.status.occupies())
        .map(|(a, _)| a.ends_at - a.starts_at)
        .sum();
    let mut closed = Vec::new();
    let mut from = 0;
    for s in sessions {
        let (start, end) = (unit(minute(s.from)), unit(minute(s.until)));
        if from < start {
            closed.push((from, start - from));
        }
        from = end;
    }
    if from < total {
        closed.push((from, total - from));
    }
    let load = if working > 0 {
        (booked * 100 / working).min(100)
    } else {
        0
    };
    Column {
        provider: provider.clone(),
        chair: f.chairs.iter().find(|c| c.id == provider.chair_id).cloned(),
        own: provider.user_id.is_some() && provider.user_id == f.reader,
        load,
        closed,
        cards,
    }
}

fn card(f: &Facts<'_>, a: &Appointment, p: &Patient, (start, length): (i64, i64)) -> Card {
    Card {
        id: a.id,
        patient: p.id,
        name: p.name.clone(),
        vip: p.vip,
        alert: if p.has_alert() {
            p.allergies.clone()
        } else {
            String::new()
        },
        service: a.service_id,
        status: a.status,
        version: a.version,
        start,
        length,
        lane: 0,
        lanes: 1,
        starts_at: a.starts_at,
        ends_at: a.ends_at,
        is_new: !f.seen.contains(&p.id),
        note: a.note.clone(),
        timing: match stage_of(a, f.now, f.zone) {
            Some((Stage::Ready, since)) => Timing::Ready(f.now.minutes_since(since)),
            _ => Timing::of(a, f.now),
        },
    }
}

/// Puts cards that overlap (a no-show and who took the time) side by side.
fn lanes(cards: &mut [Card]) {
    cards.sort_by_key(|c| (c.start, c.id));
    let mut from = 0;
    while from < cards.len() {
        let mut until = from;
        let mut end = i64::MIN;
        while let Some(c) = cards.get(until).filter(|c| until == from || c.start < end) {
            end = end.max(c.start + c.length);
            until += 1;
        }
        if let Some(group) = cards.get_mut(from..until) {
            lanes_of_group(group);
        }
        from = until;
    }
}

fn lanes_of_group(group: &mut [Card]) {
    let mut ends: Vec<i64> = Vec::new();
    for card in group.iter_mut() {
        let free = ends.iter().position(|end| *end <= card.start);
        let lane = free.unwrap_or(ends.len());
        match ends.get_mut(lane) {
            Some(end) => *end = card.start + card.length,
            None => ends.push(card.start + card.length),
        }
        card.lane = i64::try_from(lane).unwrap_or(0);
    }
    for card in group {
        card.lanes = i64::try_from(ends.len()).unwrap_or(1);
    }
}

/// Who waits, the longest first.
pub fn waiting(booked: &[(Appointment, Patient)]) -> Vec<&(Appointment, Patient)> {
    let mut found: Vec<_> = booked.iter().filter(|(a, _)| a.status == Status::Arrived).collect();
    found.sort_by_key(|(a, _)| a.arrived_at);
    found
}

/// Appointments of each state, and how many are late.
pub fn counts(booked: &[(Appointment, Patient)], now: Instant) -> (Vec<(Status, usize)>, usize) {
    let of = |s: Status| booked.iter().filter(|(a, _)| a.status == s).count();
    let late = booked
        .iter()
        .filter(|(a, _)| matches!(Timing::of(a, now), Timing::Late(_)))
        .count();
    (Status::ALL.iter().map(|s| (*s, of(*s))).collect(), late)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card_at(id: i64, start: i64, length: i64) -> Card {
        Card {
            id: AppointmentId(id),
            patient: PatientId(id),
            name: String::new(),
            vip: false,
            alert: String::new(),
            service: ServiceId(1),
            status: Status::Booked,
            version: 1,
            start,
            length,
            lane: 0,
            lanes: 1,
            starts_at: Instant(0),
            ends_at: Instant(0),
            is_new: false,
            note: String::new(),
            timing: Timing::Fine,
        }
    }

    #[test]
    fn overlapping_cards_stand_side_by_side() {
        let mut cards = vec![card_at(1, 0, 6), card_at(2, 3, 6), card_at(3, 6, 3), card_at(4, 20, 3)];
        lanes(&mut cards);
        let got: Vec<_> = cards.iter().map(|c| (c.lane, c.lanes)).collect();
        assert_eq!(got, [(0, 2), (1, 2), (0, 2), (0, 1)]);
    }

    proptest::proptest! {
        #[test]
        fn no_two_cards_of_a_lane_overlap(spans in proptest::collection::vec((0_i64..120, 1_i64..24), 0..30)) {
            let mut cards: Vec<_> = spans.iter().zip(1..).map(|((s, d), id)| card_at(id, *s, *d)).collect();
            lanes(&mut cards);
            for (i, a) in cards.iter().enumerate() {
                proptest::prop_assert!(a.lane < a.lanes);
                for b in cards.iter().skip(i + 1) {
                    proptest::prop_assert!(a.lane != b.lane || a.start + a.length <= b.start || b.start + b.length <= a.start);
                }
            }
        }
    }
}
