//! The board: columns of providers on a day, or of days of a provider; cards in five-minute units, waiting times, what is
//! late. Pure.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::free::Span;
use super::lanes::lanes;
use super::marks::{Held, Kept, Mark, marks};
use super::stage::{Stage, stage_of};
use super::{Appointment, AppointmentId, Status};
use crate::clinic::{Chair, Holiday, Provider, ProviderId, ServiceId, Snapshot};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::i18n::Text;
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
    /// The present instant.
    pub now: Instant,
    /// What the columns are, in board order.
    pub strips: &'a [Strip<'a>],
    /// Chairs, providers and the rules of services.
    pub clinic: &'a Snapshot,
    /// Who looks.
    pub reader: Option<UserId>,
    /// Days on which the site is closed.
    pub holidays: &'a [Holiday],
    /// What is booked, by start.
    pub booked: &'a [(Appointment, Patient)],
    /// Time kept for some services.
    pub kept: &'a [Kept],
    /// What is being booked by others, or was offered.
    pub held: &'a [Held],
    /// Patients who have been here before.
    pub seen: &'a BTreeSet<PatientId>,
}

/// Whose column it is.
#[derive(Clone, Copy)]
pub enum Of<'a> {
    /// Of a provider.
    Provider(&'a Provider),
    /// Of a chair.
    Chair(&'a Chair),
}

impl Of<'_> {
    /// Whether a visit is in this column.
    fn has(self, a: &Appointment) -> bool {
        match self {
            Of::Provider(p) => a.provider_id == p.id,
            Of::Chair(chair) => a.chair_id == chair.id,
        }
    }
}

/// One provider, or one chair, on one day.
#[derive(Clone)]
pub struct Strip<'a> {
    /// Whose.
    pub of: Of<'a>,
    /// When they work; at a chair: when it is open and anybody works.
    pub sessions: Vec<Span>,
    /// When they are away, and what is to be said of it.
    pub leave: Vec<(Span, Text)>,
    /// The day.
    pub day: NaiveDate,
}

/// The board.
#[derive(Debug, Default)]
pub struct Board {
    /// Minute of the day at the top; a whole or half hour.
    pub first_minute: i64,
    /// Units shown.
    pub units: i64,
    /// One column a strip.
    pub columns: Vec<Column>,
    /// Units from the top to now, when today is shown and now is on the board.
    pub now: Option<f64>,
}

/// The day of one provider, or of one chair.
#[derive(Debug)]
pub struct Column {
    /// Whose; none: the chair's.
    pub provider: Option<Provider>,
    /// The day.
    pub day: NaiveDate,
    /// Whether it is today.
    pub today: bool,
    /// The chair they work at, or the chair itself.
    pub chair: Option<Chair>,
    /// The column of the person who looks.
    pub own: bool,
    /// Share of the sessions that is booked, in percent.
    pub load: i64,
    /// Times without a session, as (start, length) in units.
    pub closed: Vec<(i64, i64)>,
    /// Times on leave or out of service, as (start, length) in units, with what is to be said of each.
    pub leave: Vec<((i64, i64), Text)>,
    /// What else takes their time, by start.
    pub marks: Vec<Mark>,
    /// Why the site is closed that day.
    pub holiday: Option<Holiday>,
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
    /// With whom.
    pub provider: ProviderId,
    /// Minutes of the grid on which its service begins.
    pub grid: i32,
    /// What its column does not say: another chair than the provider's own, or the provider; and who helps.
    pub also: Vec<Text>,
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
    let (first, units) = height(f);
    let columns: Vec<Column> = f.strips.iter().map(|strip| column(f, strip, (first, units))).collect();
    let now = columns.iter().any(|c| c.today).then(|| {
        let today = f.now.day(f.zone);
        wall_minute(f.zone, today, f.now) - first
    });
    let now = now
        .filter(|m| (0..=units * UNIT).contains(m))
        .and_then(|m| i32::try_from(m).ok())
        .map(|m| f64::from(m) / 5.0);
    Board {
        first_minute: first,
        units,
        columns,
        now,
    }
}

/// The minute at the top and the number of units: all sessions and visits of all columns are on the board.
fn height(f: &Facts<'_>) -> (i64, i64) {
    let of_sessions = f.strips.iter().flat_map(|strip| {
        strip.sessions.iter().map(|s| {
            let minute = |i| wall_minute(f.zone, strip.day, i);
            (minute(s.from), minute(s.until))
        })
    });
    let of_visits = f
        .booked
        .iter()
        .filter(|(a, _)| a.status != Status::Cancelled)
        .map(|(a, _)| {
            let minute = |i| wall_minute(f.zone, a.starts_at.day(f.zone), i);
            (minute(a.starts_at), minute(a.ends_at))
        });
    let range = of_sessions
        .chain(of_visits)
        .reduce(|(from, until), (start, end)| (from.min(start), until.max(end)));
    let (first, last) = range.unwrap_or((i64::from(EMPTY_DAY.0), i64::from(EMPTY_DAY.1)));
    let first = first.div_euclid(HALF_HOUR) * HALF_HOUR;
    let last = last + HALF_HOUR - 1;
    (first, (last.div_euclid(HALF_HOUR) * HALF_HOUR - first).max(60) / UNIT)
}

/// Minutes on the wall clock since the day's midnight.
fn wall_minute(zone: Tz, day: NaiveDate, i: Instant) -> i64 {
    (i.local(zone) - day.and_time(chrono::NaiveTime::MIN)).num_minutes()
}

fn column(f: &Facts<'_>, strip: &Strip<'_>, (first, total): (i64, i64)) -> Column {
    let (of, day, sessions) = (strip.of, strip.day, &strip.sessions);
    let unit = |i: Instant| (wall_minute(f.zone, day, i) - first).div_euclid(UNIT);
    let here: Vec<&(Appointment, Patient)> = f
        .booked
        .iter()
        .filter(|(a, _)| of.has(a) && a.starts_at.day(f.zone) == day)
        .collect();
    let mut cards: Vec<Card> = here
        .iter()
        .filter(|(a, _)| a.status != Status::Cancelled)
        .map(|(a, p)| {
            // By the time that passes, not by the wall clock: across a summer-time change the two differ.
            let length = (a.minutes() + UNIT - 1).div_euclid(UNIT);
            card(f, of, (a, p), (unit(a.starts_at), length.max(1)))
        })
        .collect();
    lanes(&mut cards);
    let working: i64 = sessions.iter().map(|s| s.until - s.from).sum();
    let booked: i64 = here
        .iter()
        .filter(|(a, _)| a.status.occupies())
        .map(|(a, _)| a.ends_at - a.starts_at)
        .sum();
    let load = if working > 0 {
        (booked * 100 / working).min(100)
    } else {
        0
    };
    let inside = |s: &Span| (unit(s.from).clamp(0, total), unit(s.until).clamp(0, total));
    let leave = strip.leave.iter().map(|(span, why)| (inside(span), why.clone()));
    let (provider, chair) = match of {
        Of::Provider(p) => (Some(p), f.clinic.find_chair(p.chair_id)),
        Of::Chair(chair) => (None, Some(chair)),
    };
    Column {
        provider: provider.cloned(),
        day,
        today: f.now.day(f.zone) == day,
        chair: chair.cloned(),
        own: provider.is_some_and(|p| p.user_id.is_some() && p.user_id == f.reader),
        load,
        closed: between(sessions.iter().map(inside), total),
        leave: leave
            .filter(|((from, until), _)| from < until)
            .map(|((from, until), why)| ((from, until - from), why))
            .collect(),
        marks: marks(f, strip, &inside),
        holiday: f.holidays.iter().find(|h| h.day == day).cloned(),
        cards,
    }
}

/// What lies between the sessions, as (start, length).
fn between(sessions: impl Iterator<Item = (i64, i64)>, total: i64) -> Vec<(i64, i64)> {
    let mut closed = Vec::new();
    let mut from = 0;
    for (start, end) in sessions.chain([(total, total)]) {
        if from < start {
            closed.push((from, start - from));
        }
        from = end;
    }
    closed
}

/// What a visit's column does not say of it.
fn also(clinic: &Snapshot, of: Of<'_>, a: &Appointment) -> Vec<Text> {
    let provider = |id| {
        clinic
            .find_provider(id)
            .map(|p| Text::new(p.name.clone(), p.name_en.clone()))
    };
    let other = match of {
        Of::Provider(p) if p.chair_id == a.chair_id => None,
        Of::Provider(_) => clinic
            .find_chair(a.chair_id)
            .map(|ch| Text::new(ch.name.clone(), ch.name_en.clone())),
        Of::Chair(_) => provider(a.provider_id),
    };
    let second = a.second_id.and_then(provider);
    let helps = |who: Text| Text::new(format!("配合：{}", who.zh), format!("with {}", who.en));
    other.into_iter().chain(second.map(helps)).collect()
}

fn card(f: &Facts<'_>, of: Of<'_>, (a, p): (&Appointment, &Patient), (start, length): (i64, i64)) -> Card {
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
        provider: a.provider_id,
        grid: f.clinic.rules(a.service_id).grid_minutes,
        also: also(f.clinic, of, a),
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
