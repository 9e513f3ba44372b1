//! Walk-ins: into the queue, to a provider, or away unseen.

use super::super::model::walk_in::{Suggestion, Urgency, WALK_IN, WalkIn, WalkInId, WalkInState};
use super::super::store;
use crate::appointments;
use crate::appointments::Except;
use crate::appointments::actions::{Booking, Place, book_here, with_next};
use crate::appointments::model::free::{free_starts, gaps, why_not};
use crate::appointments::model::suggest::Candidate;
use crate::appointments::{Appointment, Status};
use crate::clinic::{self, ProviderId, ServiceId};
use crate::patients::{self, PatientId};
use crate::platform::clock::{Instant, MINUTE_MS, day_bounds};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::web::form::Faults;
use crate::staff::{Actor, Subject, audit};

/// Longest complaint or reason, in characters.
const TEXT_MAX: usize = 300;

/// Somebody who came without an appointment.
#[derive(Debug, Clone)]
pub struct NewWalkIn {
    /// For what, most likely.
    pub service: ServiceId,
    /// In the patient's words.
    pub complaint: String,
    /// How soon.
    pub urgency: Urgency,
}

fn subject(w: &WalkIn) -> Subject {
    Subject::of_patient("walk_ins", w.id.0, w.patient_id.0)
}

fn checked(field: &str, text: &str, required: bool) -> Result<String> {
    let text = text.trim();
    let mut faults = Faults::default();
    if required && text.is_empty() {
        faults.require(field);
    } else if text.chars().count() > TEXT_MAX {
        faults.add(field, "too_long", "最多 300 字", "At most 300 characters");
    }
    faults.finish().map(|()| text.to_owned())
}

/// Puts the patient whom `patient` finds or makes into today's queue.
///
/// # Errors
/// `already_waiting` when they are in it; faults of fields.
pub async fn add_walk_in<F>(db: &Db, now: Instant, actor: Actor, new: NewWalkIn, patient: F) -> Result<WalkIn>
where
    F: FnOnce(&mut Conn) -> Result<PatientId> + Send + 'static,
{
    let complaint = checked("complaint", &new.complaint, false)?;
    db.write(move |c| {
        let clinic = clinic::snapshot(c)?;
        let day = now.day(clinic.site.tz());
        if clinic.find_service(new.service).is_none_or(|s| !s.active) {
            return Err(no_such_service());
        }
        let patient = patient(c)?;
        let known = patients::find_patient(c, patient)?;
        let known =
            known.ok_or_else(|| Error::field("patient_id", "unknown", "没有这位患者", "There is no such patient"))?;
        let number = store::next_number(c, clinic.site.id, day)?;
        if store::waits_already(c, known.id, day)? {
            return Err(Error::conflict(
                "already_waiting",
                "该患者已在候诊队列中",
                "This patient is in the queue already",
            ));
        }
        let mut w = WalkIn {
            id: WalkInId(0),
            site_id: clinic.site.id,
            day,
            number,
            patient_id: known.id,
            service_id: new.service,
            complaint,
            urgency: new.urgency,
            arrived_at: now,
            state: WalkInState::Waiting,
            appointment_id: None,
            closed_at: None,
            left_reason: String::new(),
            version: 1,
            created_by: actor.user,
        };
        w.id = store::insert_walk_in(c, &w)?;
        audit(c, now, &actor, "create", subject(&w), w.urgency.as_str())?;
        Ok(w)
    })
    .await
}

/// The walk-in as the person saw it, still waiting.
fn waiting(c: &mut Conn, id: WalkInId, version: i64) -> Result<WalkIn> {
    let w = store::get_walk_in(c, id)?;
    if w.version != version || w.state != WalkInState::Waiting {
        return Err(Error::stale());
    }
    Ok(w)
}

/// Who is to see a walk-in.
#[derive(Debug, Clone)]
pub struct Placing {
    /// Whom.
    pub id: WalkInId,
    /// The version that was seen.
    pub version: i64,
    /// By whom.
    pub provider: ProviderId,
    /// From when on; none, or a time that has passed: now.
    pub starts_at: Option<Instant>,
    /// Why it is put over whatever is in the way; none: it is not.
    pub overbook: Option<String>,
}

/// Gives a walk-in an appointment of today, as arrived since they came.
///
/// # Errors
/// Those of a booking: `slot_taken` with the next free times, or a fault at a field.
pub async fn place_walk_in(db: &Db, now: Instant, actor: Actor, p: Placing) -> Result<Appointment> {
    let (id, provider) = (p.id, p.provider);
    let placed = db.write(move |c| place_in(c, now, &actor, &p)).await;
    with_next(db, now, placed, move |c| {
        let w = store::get_walk_in(c, id)?;
        let place = Place::load(c, now, w.service_id, Some(provider), None)?;
        Ok((place, of_patient(w.patient_id)))
    })
    .await
}

fn of_patient(patient: PatientId) -> Except {
    Except {
        patient: Some(patient),
        ..Except::default()
    }
}

fn place_in(c: &mut Conn, now: Instant, actor: &Actor, p: &Placing) -> Result<Appointment> {
    let w = waiting(c, p.id, p.version)?;
    let starts_at = p.starts_at.unwrap_or(now).max(whole_minute(now));
    let zone = clinic::the_site(c)?.tz();
    if starts_at.day(zone) != w.day {
        return Err(Error::field(
            "starts_at",
            "not_today",
            "现场患者只能安排在今天",
            "Who is here now is seen today",
        ));
    }
    let booking = Booking {
        patient: w.patient_id,
        service: w.service_id,
        provider: Some(p.provider),
        chair: None,
        starts_at,
        minutes: None,
        note: w.complaint.clone(),
        source: WALK_IN,
        tell: false,
        hold: None,
        overbook: p.overbook.clone(),
    };
    let a = book_here(c, now, actor, &booking, w.arrived_at)?;
    let placed = WalkIn {
        state: WalkInState::Placed,
        appointment_id: Some(a.id),
        closed_at: Some(now),
        ..w
    };
    store::update_walk_in(c, &placed, p.version)?;
    audit(c, now, actor, "place", subject(&placed), "")?;
    Ok(a)
}

/// Who waits no longer and was not seen: why is worth knowing.
pub async fn leave_unseen(
    db: &Db,
    now: Instant,
    actor: Actor,
    (id, version): (WalkInId, i64),
    reason: &str,
) -> Result<WalkIn> {
    let reason = checked("reason", reason, true)?;
    db.write(move |c| {
        let w = waiting(c, id, version)?;
        let left = WalkIn {
            state: WalkInState::Left,
            closed_at: Some(now),
            left_reason: reason,
            ..w
        };
        store::update_walk_in(c, &left, version)?;
        audit(c, now, &actor, "leave-unseen", subject(&left), &left.left_reason)?;
        Ok(WalkIn {
            version: version + 1,
            ..left
        })
    })
    .await
}

/// What is changed of a walk-in who waits; none: stays as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Retriage {
    /// How soon: pain comes and goes.
    pub urgency: Option<Urgency>,
    /// For what.
    pub service: Option<ServiceId>,
}

/// Triage again.
pub async fn retriage(
    db: &Db,
    now: Instant,
    actor: Actor,
    (id, version): (WalkInId, i64),
    change: Retriage,
) -> Result<WalkIn> {
    db.write(move |c| {
        let w = waiting(c, id, version)?;
        let clinic = clinic::snapshot(c)?;
        let known = |s: ServiceId| clinic.find_service(s).is_some_and(|s| s.active);
        if change.service.is_some_and(|s| !known(s)) {
            return Err(no_such_service());
        }
        let changed = WalkIn {
            urgency: change.urgency.unwrap_or(w.urgency),
            service_id: change.service.unwrap_or(w.service_id),
            ..w
        };
        store::update_walk_in(c, &changed, version)?;
        audit(c, now, &actor, "update", subject(&changed), changed.urgency.as_str())?;
        Ok(WalkIn {
            version: version + 1,
            ..changed
        })
    })
    .await
}

fn no_such_service() -> Error {
    Error::field("service_id", "unknown", "没有这个项目", "There is no such service")
}

fn whole_minute(now: Instant) -> Instant {
    Instant((now.0 + MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS)
}

/// Who could see a walk-in today, the soonest first; of those at the same time, whom the patient knows, then board order.
pub fn suggest(c: &mut Conn, now: Instant, w: &WalkIn) -> Result<Vec<Suggestion>> {
    let place = Place::load(c, now, w.service_id, None, None)?;
    let zone = place.zone();
    let today = now.day(zone);
    let usual = appointments::store::usual_of_patient(c, w.patient_id)?.map(|(p, _)| p);
    let (from, until) = day_bounds(zone, today);
    let day = appointments::store::list_between(c, place.clinic.site.id, from, until)?;
    let over: Vec<(ProviderId, i64)> = day
        .iter()
        .filter(|(a, _)| a.status == Status::InChair && a.busy_until <= now)
        .map(|(a, _)| (a.provider_id, now.minutes_since(a.ends_at)))
        .collect();
    let mut found: Vec<Suggestion> = Vec::new();
    for candidate in place.candidates(c, (today, today), of_patient(w.patient_id))? {
        let late = over.iter().find(|(p, _)| *p == candidate.provider).map(|(_, m)| *m);
        if found
            .iter()
            .any(|s| s.provider == candidate.provider && s.why_later.is_none())
        {
            continue;
        }
        found.extend(soonest(&place, &candidate, late));
    }
    found.sort_by_key(|s| (s.start, Some(s.provider) != usual));
    // Of several chairs of one provider, the one that is free first.
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|s| seen.insert(s.provider));
    Ok(found)
}

/// From when on one provider in one chair is free today. `late`: minutes by which a patient in the chair is over time.
fn soonest(place: &Place, candidate: &Candidate, late: Option<i64>) -> Option<Suggestion> {
    let (zone, wish, table) = (place.zone(), &place.wish, &candidate.timetable);
    let now = whole_minute(place.now);
    let today = now.day(zone);
    let reason = |start: Instant| why_not(table, wish, zone, start);
    let why_later = match late {
        Some(m) => Some(Text::new(
            format!("前一位超时 {m} 分钟"),
            format!("the patient before is {m} min over"),
        )),
        None => reason(now).map(|b| b.text(zone)),
    };
    let gaps = gaps(table, zone, today);
    let open = gaps.iter().map(|g| g.from.plus_minutes(i64::from(wish.before)));
    let mut starts: Vec<Instant> = free_starts(table, wish, zone, today);
    starts.extend(open.chain([now]));
    // Whoever is over time is not free at once, whatever the plan says.
    let earliest = if late.is_some() { now.plus_minutes(1) } else { now };
    let start = starts
        .into_iter()
        .filter(|s| *s >= earliest && reason(*s).is_none())
        .min()?;
    let taken = wish.taken(start);
    let gap = gaps.iter().find(|g| g.holds(taken)).map_or(taken.until, |g| g.until);
    Some(Suggestion {
        provider: candidate.provider,
        chair: candidate.chair,
        start,
        until: gap,
        why_later: why_later.filter(|_| start > now),
    })
}
