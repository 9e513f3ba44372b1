//! Who and what is taken when: SQL of the free-time engine.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::super::model::free::{ChairTime, Second, Span, Timetable};
use super::super::model::suggest::Candidate;
use super::super::model::{Appointment, AppointmentId, Status};
use super::holds::{Hold, HoldId, list_holds};
use crate::clinic::{ChairId, Leave, ProviderId, ServiceId, Snapshot, Whose};
use crate::patients::PatientId;
use crate::platform::clock::{HOUR_MS, Instant, day_bounds, next_day};
use crate::platform::db::schema::{appointments, provider_times};
use crate::platform::db::{Conn, Prepared};
use crate::platform::error::Result;
use crate::platform::i18n::Text;

/// The longest an appointment may occupy a provider; the overlap rules of the database look back as far.
const LONGEST_MS: i64 = 12 * HOUR_MS;
/// First keys of PostgreSQL's advisory locks, one for each kind of thing that can be in one place only.
const LOCK_PROVIDER: i32 = 1;
const LOCK_CHAIR: i32 = 2;
const LOCK_PATIENT: i32 = 3;

/// [`Status::occupies`], as the database asks it.
macro_rules! occupies {
    () => {
        appointments::status
            .ne(Status::NoShow)
            .and(appointments::status.ne(Status::Cancelled))
    };
}

/// Which patient's time to keep free, and what not to count.
#[derive(Debug, Clone, Copy, Default)]
pub struct Except {
    /// Whose other visits block.
    pub patient: Option<PatientId>,
    /// Does not block: the appointment that is being moved.
    pub appointment: Option<AppointmentId>,
    /// Does not block: one's own hold.
    pub hold: Option<HoldId>,
}

/// Over which days, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// The present instant: holds end and blockouts are given free by it.
    pub now: Instant,
    /// First day.
    pub first: NaiveDate,
    /// Last day, included.
    pub last: NaiveDate,
    /// What not to count.
    pub except: Except,
    /// For this service; none: for anything, and nothing is kept for anything.
    pub service: Option<ServiceId>,
}

/// The timetables of these providers in these chairs.
pub fn timetables(
    c: &mut Conn,
    clinic: &Snapshot,
    whom: &[(ProviderId, ChairId)],
    reach: &Reach,
) -> Result<Vec<Candidate>> {
    let zone = clinic.site.tz();
    let span = (day_bounds(zone, reach.first).0, day_bounds(zone, reach.last).1);
    let busy = taken_people(c, span, reach.except.appointment)?;
    let chairs = taken_chairs(c, span, reach.except.appointment)?;
    let mut holds = list_holds(c, reach.now, span)?;
    holds.retain(|h| Some(h.id) != reach.except.hold);
    let full = full_days(c, clinic, reach, span)?;
    let full_in_all = full_in_all(c, clinic, reach, span)?;
    // Whose time is kept by holds in which they would help.
    let mut helping = Spans::new();
    for h in &holds {
        if let Some(second) = h.second_id {
            helping.entry(second).or_default().extend(h.second_spans()?);
        }
    }
    let seconds = seconds(clinic, reach, span, (&busy, &holds, &helping));
    let none = Vec::new();
    let candidate = |(provider, chair): &(ProviderId, ChairId)| {
        let timetable = Timetable {
            rota: clinic.rota(*provider),
            leave: away(clinic, *provider, span).map(|l| l.0).collect(),
            chair: chair_time(clinic, *chair, span),
            reserved: reserved(clinic, (*provider, Some(*chair)), reach, zone),
            full: full.get(provider).cloned().unwrap_or_default(),
            full_in_all: full_in_all.get(provider).cloned().unwrap_or_default(),
            busy: busy.get(provider).unwrap_or(&none).clone(),
            chair_busy: chairs.iter().filter(|t| t.chair == *chair).map(|t| t.taken).collect(),
            held: holds
                .iter()
                .filter(|h| h.provider_id == *provider || h.chair_id == *chair)
                .map(|h| h.span())
                .chain(helping.get(provider).unwrap_or(&none).iter().copied())
                .collect(),
            patient_busy: chairs
                .iter()
                .filter(|t| Some(t.patient) == reach.except.patient)
                .map(|t| t.visit)
                .collect(),
            seconds: seconds.iter().filter(|s| s.provider != *provider).cloned().collect(),
        };
        Candidate {
            provider: *provider,
            chair: *chair,
            timetable,
        }
    };
    Ok(whom.iter().map(candidate).collect())
}

/// When somebody is on leave or a chair out of service, and why.
fn away(
    clinic: &Snapshot,
    whose: impl Into<Whose>,
    (from, until): (Instant, Instant),
) -> impl Iterator<Item = (Span, &str)> {
    let whose = whose.into();
    let touches = move |l: &&Leave| l.is_of(whose) && l.ends_at > from && l.starts_at < until;
    clinic.leaves.iter().filter(touches).map(|l| {
        let (from, until) = (l.starts_at, l.ends_at);
        (Span { from, until }, l.reason.as_str())
    })
}

/// When a chair can be used.
pub fn chair_time(clinic: &Snapshot, chair: ChairId, span: (Instant, Instant)) -> ChairTime {
    let rota = clinic.rota(chair);
    ChairTime {
        name: clinic
            .name_of(Whose::Chair(chair))
            .unwrap_or_else(|_| Text::new("", "")),
        // A chair that nobody has set hours for needs no look at them.
        rota: Some(rota).filter(|rota| !rota.is_blank()),
        closed: away(clinic, chair, span)
            .map(|(span, why)| (span, why.to_owned()))
            .collect(),
    }
}

/// What is kept for other services, day by day.
fn reserved(clinic: &Snapshot, whose: (ProviderId, Option<ChairId>), reach: &Reach, zone: Tz) -> Vec<(Span, Text)> {
    let Some(service) = reach.service.filter(|_| !clinic.blockouts.is_empty()) else {
        return Vec::new();
    };
    let today = reach.now.day(zone);
    let mut kept = Vec::new();
    let mut day = reach.first;
    while day <= reach.last {
        for b in clinic.blockouts.iter().filter(|b| b.keeps(whose, day, today)) {
            if !clinic.may_use(b.id, service) {
                let (from, until) = b.span(zone, day);
                kept.push((Span { from, until }, Text::new(b.name.clone(), b.name_en.clone())));
            }
        }
        day = next_day(day);
    }
    kept
}

/// Somebody's times.
type Spans = BTreeMap<ProviderId, Vec<Span>>;

/// Who can be the second person of the service asked for.
fn seconds(
    clinic: &Snapshot,
    reach: &Reach,
    span: (Instant, Instant),
    (busy, holds, helping): (&Spans, &[Hold], &Spans),
) -> Vec<Second> {
    let Some(kind) = reach.service.and_then(|s| clinic.rules(s).second_kind) else {
        return Vec::new();
    };
    let able = clinic.providers.iter().filter(|p| p.active && p.kind == kind);
    able.map(|p| {
        let mut away: Vec<Span> = away(clinic, p.id, span).map(|l| l.0).collect();
        away.extend(busy.get(&p.id).into_iter().flatten());
        away.extend(helping.get(&p.id).into_iter().flatten());
        away.extend(holds.iter().filter(|h| h.provider_id == p.id).map(Hold::span));
        away.extend(
            reserved(clinic, (p.id, None), reach, clinic.site.tz())
                .into_iter()
                .map(|(span, _)| span),
        );
        Second {
            provider: p.id,
            rota: clinic.rota(p.id),
            busy: away,
        }
    })
    .collect()
}

/// The days on which each provider has as many visits as there may be.
type Full = BTreeMap<ProviderId, BTreeSet<NaiveDate>>;

/// The days on which a provider has as many of the service asked for as there may be.
fn full_days(c: &mut Conn, clinic: &Snapshot, reach: &Reach, span: (Instant, Instant)) -> Result<Full> {
    match reach.service.and_then(|s| Some((s, clinic.rules(s).per_day_max?))) {
        Some((service, most)) => full_of(c, clinic, reach, (span, Some(service)), |_| Some(most)),
        None => Ok(Full::new()),
    }
}

/// The days on which a provider has as many visits as they take, whatever for. Who only looks, asks for no service.
fn full_in_all(c: &mut Conn, clinic: &Snapshot, reach: &Reach, span: (Instant, Instant)) -> Result<Full> {
    if reach.service.is_none() || clinic.providers.iter().all(|p| p.day_max.is_none()) {
        return Ok(Full::new());
    }
    let most = |id| clinic.find_provider(id).and_then(|p| p.day_max);
    full_of(c, clinic, reach, (span, None), most)
}

/// The days on which providers have their most of a service, or of all.
fn full_of(
    c: &mut Conn,
    clinic: &Snapshot,
    reach: &Reach,
    ((from, until), service): ((Instant, Instant), Option<ServiceId>),
    most: impl Fn(ProviderId) -> Option<i32>,
) -> Result<Full> {
    let mut query = appointments::table
        .filter(appointments::starts_at.ge(from).and(appointments::starts_at.lt(until)))
        .filter(occupies!())
        .select((appointments::id, appointments::provider_id, appointments::starts_at))
        .into_boxed();
    if let Some(service) = service {
        query = query.filter(appointments::service_id.eq(service));
    }
    let rows: Vec<(AppointmentId, ProviderId, Instant)> = query.load(c)?;
    let zone = clinic.site.tz();
    let mut counts: BTreeMap<(ProviderId, NaiveDate), i32> = BTreeMap::new();
    for (_, provider, start) in rows.iter().filter(|(id, _, _)| Some(*id) != reach.except.appointment) {
        *counts.entry((*provider, start.day(zone))).or_default() += 1;
    }
    let mut full = Full::new();
    for ((provider, day), n) in counts {
        if most(provider).is_some_and(|most| n >= most) {
            full.entry(provider).or_default().insert(day);
        }
    }
    Ok(full)
}

/// Whose time is taken when, by start.
fn taken_people(
    c: &mut Conn,
    (from, until): (Instant, Instant),
    except: Option<AppointmentId>,
) -> Result<BTreeMap<ProviderId, Vec<Span>>> {
    let rows: Vec<(AppointmentId, ProviderId, Instant, Instant)> = provider_times::table
        .filter(
            provider_times::busy_from
                .gt(from + -LONGEST_MS)
                .and(provider_times::busy_from.lt(until)),
        )
        .filter(provider_times::busy_until.gt(from).and(provider_times::active.eq(true)))
        .order(provider_times::busy_from)
        .select((
            provider_times::appointment_id,
            provider_times::provider_id,
            provider_times::busy_from,
            provider_times::busy_until,
        ))
        .load(c)?;
    let mut busy: BTreeMap<ProviderId, Vec<Span>> = BTreeMap::new();
    for (_, provider, from, until) in rows.into_iter().filter(|r| Some(r.0) != except) {
        busy.entry(provider).or_default().push(Span { from, until });
    }
    Ok(busy)
}

struct Taken {
    chair: ChairId,
    patient: PatientId,
    taken: Span,
    visit: Span,
}

/// Id, chair, patient; the chair's time, the patient's time.
type Row = (
    AppointmentId,
    ChairId,
    PatientId,
    (Instant, Instant),
    (Instant, Instant),
);

/// Which chair is taken when, and which patient is where, by start.
fn taken_chairs(c: &mut Conn, (from, until): (Instant, Instant), except: Option<AppointmentId>) -> Result<Vec<Taken>> {
    let rows: Vec<Row> = appointments::table
        .filter(
            appointments::starts_at
                .gt(from + -LONGEST_MS)
                .and(appointments::starts_at.lt(until + LONGEST_MS)),
        )
        .filter(appointments::busy_until.gt(from).and(appointments::busy_from.lt(until)))
        .filter(occupies!())
        .order(appointments::busy_from)
        .select((
            appointments::id,
            appointments::chair_id,
            appointments::patient_id,
            (appointments::busy_from, appointments::busy_until),
            (appointments::starts_at, appointments::ends_at),
        ))
        .load(c)?;
    let span = |(from, until)| Span { from, until };
    Ok(rows
        .into_iter()
        .filter(|r| Some(r.0) != except)
        .map(|(_, chair, patient, taken, visit)| Taken {
            chair,
            patient,
            taken: span(taken),
            visit: span(visit),
        })
        .collect())
}

/// Writes whose time a new appointment takes.
pub(super) fn insert_times(c: &mut Conn, id: AppointmentId, a: &Appointment) -> Result<()> {
    for (provider, span) in a.provider_times()? {
        diesel::insert_into(provider_times::table)
            .values((
                provider_times::appointment_id.eq(id),
                provider_times::provider_id.eq(provider),
                provider_times::busy_from.eq(span.from),
                provider_times::busy_until.eq(span.until),
                provider_times::active.eq(a.status.occupies()),
                provider_times::shared.eq(a.overbooked.is_some()),
            ))
            .execute(c)?;
    }
    Ok(())
}

/// Writes whose time a changed appointment takes, where that has changed.
pub(super) fn update_times(c: &mut Conn, a: &Appointment) -> Result<()> {
    let of = provider_times::appointment_id.eq(a.id);
    let stored: Vec<(ProviderId, Instant, Instant, bool, bool)> = provider_times::table
        .filter(of)
        .order(provider_times::id)
        .select((
            provider_times::provider_id,
            provider_times::busy_from,
            provider_times::busy_until,
            provider_times::active,
            provider_times::shared,
        ))
        .load(c)?;
    let (active, shared) = (a.status.occupies(), a.overbooked.is_some());
    let wanted = a.provider_times()?.into_iter();
    let wanted: Vec<_> = wanted.map(|(p, s)| (p, s.from, s.until, active, shared)).collect();
    if stored == wanted {
        return Ok(());
    }
    diesel::delete(provider_times::table.filter(of)).execute(c)?;
    insert_times(c, a.id, a)
}

/// On PostgreSQL, makes bookings of the same provider, chair or patient wait for each other, so that the second sees the
/// first instead of meeting the exclusion constraint (or, worse, a deadlock between two of them). SQLite has one writer.
pub fn take_turns(
    c: &mut Conn,
    whom: &[(ProviderId, ChairId)],
    seconds: &[ProviderId],
    patients: &[PatientId],
) -> Result<()> {
    if matches!(c, Conn::Sqlite(_)) {
        return Ok(());
    }
    let mut keys: Vec<(i32, i64)> = whom
        .iter()
        .flat_map(|(p, chair)| [(LOCK_PROVIDER, p.0), (LOCK_CHAIR, chair.0)])
        .chain(seconds.iter().map(|p| (LOCK_PROVIDER, p.0)))
        .chain(patients.iter().map(|p| (LOCK_PATIENT, p.0)))
        .collect();
    // Always in the same order: no two can wait for each other.
    keys.sort_unstable();
    keys.dedup();
    for (kind, id) in keys {
        let lock = diesel::sql_query("SELECT pg_advisory_xact_lock($1, $2)")
            .bind::<diesel::sql_types::Integer, _>(kind)
            .bind::<diesel::sql_types::Integer, _>(i32::try_from(id & 0x7fff_ffff).unwrap_or(0));
        Prepared(lock).execute(c)?;
    }
    Ok(())
}
