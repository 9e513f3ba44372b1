//! Whom a freed time would suit: asked of the same engine as every booking.

use std::sync::Arc;

use chrono_tz::Tz;

use super::super::model::{Entry, Slot, SlotId, Source, Urgency, rank, starts_in, useless_rest};
use super::super::store;
use crate::appointments::actions::Place;
use crate::appointments::model::free::{Span, gaps, why_not};
use crate::appointments::store::{Except, Reach, find_hold, timetables};
use crate::appointments::{Appointment, AppointmentId, find_appointment};
use crate::clinic::{self, Provider, ServiceId, Snapshot};
use crate::patients::{self, Channel, Consents, Patient};
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS, at_minute, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;

/// So many of each source are shown.
const SHOWN: usize = 30;
/// So many of each source are asked about.
const LOOKED_AT: usize = 120;
/// A cancelled or missed visit is remembered for so many days.
const LOST_DAYS: i64 = 180;
/// Recalls due within so many days suit.
const DUE_WITHIN_DAYS: i64 = 14;
/// Whoever does not want to be asked is left alone for so many days.
const LEFT_ALONE_DAYS: i64 = 180;
/// Nothing is offered at odd minutes.
const STEP_MS: i64 = 5 * MINUTE_MS;
/// Those who do not wait for a call need so many minutes to get here.
const NOTICE_MINUTES: i32 = 60;

/// Somebody whom the time would suit.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Why them.
    pub source: Source,
    /// The entry, the lost visit, or the recall.
    pub source_id: i64,
    /// Who.
    pub patient: Patient,
    /// What they agreed to and refused.
    pub said: Consents,
    /// For what.
    pub service: ServiceId,
    /// How long.
    pub minutes: i32,
    /// When it would start.
    pub starts_at: Instant,
    /// So many minutes they need to get here.
    pub notice_minutes: i32,
    /// Their visit that would be moved here.
    pub appointment: Option<AppointmentId>,
    /// How urgent.
    pub urgency: Urgency,
    /// Since when they wait, or were due.
    pub since: Instant,
    /// Useless minutes that would be left.
    pub rest: i64,
    /// What their entry says.
    pub note: String,
}

impl Candidate {
    /// Names it in a form.
    pub fn key(&self) -> String {
        format!("{}:{}", self.source, self.source_id)
    }
    /// Why a message would not reach them.
    pub fn unreachable(&self) -> Option<Text> {
        let texts = self.patient.phone.is_some() && !self.said.refuses_sms();
        let mail = self.patient.email.is_some() && !self.said.refuses_email();
        match self.patient.channel {
            Channel::None => Some(Text::new("不希望被联系", "wants no contact")),
            Channel::Phone => Some(Text::new("请打电话", "wants to be called")),
            Channel::Sms | Channel::Email if self.patient.phone.is_none() && self.patient.email.is_none() => {
                Some(Text::new("没有号码和邮箱", "has no number and no email"))
            }
            Channel::Sms | Channel::Email if !texts && !mail => {
                Some(Text::new("不同意接收消息", "has refused messages"))
            }
            Channel::Sms | Channel::Email => None,
        }
    }
}

/// A freed time, and whom it would suit.
pub struct Filling {
    /// The time.
    pub slot: Slot,
    /// The clinic.
    pub clinic: Arc<Snapshot>,
    /// What is free around it now; none: it is taken.
    pub gap: Option<Span>,
    /// Whom it would suit, best first.
    pub candidates: Vec<Candidate>,
}

/// Somebody who might want it.
struct Wanting {
    source: Source,
    source_id: i64,
    patient: Patient,
    service: ServiceId,
    minutes: Option<i32>,
    notice_minutes: i32,
    urgency: Urgency,
    since: Instant,
    note: String,
    entry: Option<Entry>,
}

/// Looks for whom a freed time would suit.
pub fn filling(c: &mut Conn, now: Instant, id: SlotId) -> Result<Filling> {
    let slot = store::get_slot(c, id)?;
    let clinic = clinic::snapshot(c)?;
    let gap = free_around(c, now, &clinic, &slot)?;
    let mut found = Filling {
        slot,
        clinic,
        gap,
        candidates: Vec::new(),
    };
    let (Some(gap), Some(provider)) = (gap, found.clinic.find_provider(found.slot.provider_id).cloned()) else {
        return Ok(found);
    };
    let wanting = wanting(c, now, &found, &provider)?;
    for w in wanting {
        let of_source = found.candidates.iter().filter(|x| x.source == w.source).count();
        if of_source < SHOWN && !found.candidates.iter().any(|x| x.patient.id == w.patient.id) {
            found.candidates.extend(suits(c, now, (&found.slot, gap), w)?);
        }
    }
    found
        .candidates
        .sort_by_cached_key(|x| rank(now, x.source, x.urgency, x.since, x.rest));
    Ok(found)
}

/// What is free around the slot at this moment, its own hold not counted.
fn free_around(c: &mut Conn, now: Instant, clinic: &Snapshot, slot: &Slot) -> Result<Option<Span>> {
    let zone = clinic.site.tz();
    let day = slot.starts_at.day(zone);
    let reach = Reach {
        now,
        first: day,
        last: day,
        except: except(c, now, slot)?,
        service: None,
    };
    let found = timetables(c, clinic, &[(slot.provider_id, slot.chair_id)], &reach)?;
    let all = found.first().map(|x| gaps(&x.timetable, zone, day)).unwrap_or_default();
    let soonest = Instant(now.0.div_euclid(STEP_MS) * STEP_MS + STEP_MS);
    let ahead = all.into_iter().map(|g| Span {
        from: g.from.max(soonest),
        until: g.until,
    });
    Ok(ahead.filter(|g| g.overlaps(slot.span())).max_by_key(|g| {
        let both = g.until.min(slot.ends_at) - g.from.max(slot.starts_at);
        (both, std::cmp::Reverse(g.from))
    }))
}

fn except(c: &mut Conn, now: Instant, slot: &Slot) -> Result<Except> {
    let hold = match &slot.hold_token {
        Some(token) => find_hold(c, now, token)?.map(|h| h.id),
        None => None,
    };
    Ok(Except {
        hold,
        ..Except::default()
    })
}

/// Everybody who might want it, those of a source by how long they wait.
fn wanting(c: &mut Conn, now: Instant, f: &Filling, provider: &Provider) -> Result<Vec<Wanting>> {
    let zone = f.clinic.site.tz();
    let day = f.slot.starts_at.day(zone);
    let services: Vec<ServiceId> = f.clinic.services_of(provider.id).collect();
    let asked: Vec<_> = store::offers_of(c, f.slot.id)?.iter().map(|o| o.patient_id).collect();
    let alone = store::opted_out(c, now + -LEFT_ALONE_DAYS * DAY_MS)?;
    let mut list: Vec<Wanting> = Vec::new();
    let entries = store::list_waiting(c, provider.id, day)?;
    list.extend(entries.into_iter().take(LOOKED_AT).map(|(e, p)| of_entry(e, p)));
    let since = now + -LOST_DAYS * DAY_MS;
    let lost = store::not_booked_anew(c, (since, now), Some(&services), LOOKED_AT)?;
    list.extend(lost.into_iter().map(|(a, p)| of_lost(&a, p)));
    let due = plus_days(now.day(zone), DUE_WITHIN_DAYS);
    let limit = i64::try_from(LOOKED_AT).unwrap_or(0);
    for (id, patient, service, due_on) in store::due_recalls(c, (now, due), &services, limit)? {
        list.push(of_recall(id, patient, service, at_minute(zone, due_on, 0)));
    }
    list.retain(|w| {
        let out = (w.patient.id, w.source, w.service);
        let left_alone = w.source != Source::Waiting && alone.contains(&out);
        services.contains(&w.service) && !asked.contains(&w.patient.id) && !left_alone && !w.patient.deceased
    });
    Ok(list)
}

fn of_entry(e: Entry, patient: Patient) -> Wanting {
    Wanting {
        source: Source::Waiting,
        source_id: e.id.0,
        patient,
        service: e.service_id,
        minutes: Some(e.minutes),
        notice_minutes: e.notice_minutes,
        urgency: e.urgency,
        since: e.created_at,
        note: e.note.clone(),
        entry: Some(e),
    }
}

fn of_lost(a: &Appointment, patient: Patient) -> Wanting {
    Wanting {
        source: Source::Unscheduled,
        source_id: a.id.0,
        patient,
        service: a.service_id,
        minutes: i32::try_from(a.minutes()).ok(),
        notice_minutes: NOTICE_MINUTES,
        urgency: Urgency::Normal,
        since: a.starts_at,
        note: a.cancel_reason.clone().unwrap_or_default(),
        entry: None,
    }
}

fn of_recall(id: i64, patient: Patient, service: ServiceId, since: Instant) -> Wanting {
    Wanting {
        source: Source::Recall,
        source_id: id,
        patient,
        service,
        minutes: None,
        notice_minutes: NOTICE_MINUTES,
        urgency: Urgency::Normal,
        since,
        note: String::new(),
        entry: None,
    }
}

/// When in the gap it suits them, if it does.
fn suits(c: &mut Conn, now: Instant, (slot, gap): (&Slot, Span), w: Wanting) -> Result<Option<Candidate>> {
    let place = Place::load(c, now, w.service, Some(slot.provider_id), w.minutes)?;
    let zone: Tz = place.zone();
    let visit = match w.entry.as_ref().and_then(|e| e.appointment_id) {
        Some(id) => find_appointment(c, id)?.filter(|a| a.status.is_planned()),
        None => None,
    };
    let earlier_than = visit.as_ref().map(|a| a.starts_at);
    let wanted = slot.starts_at.plus_minutes(i64::from(place.wish.before));
    let mut starts = starts_in(gap, &place.wish);
    if gap.holds(place.wish.taken(wanted)) {
        starts.push(wanted);
    }
    starts.sort_by_key(|s| (useless_rest(gap, &place.wish, *s), (*s - wanted).abs()));
    // Nobody comes before they can, and the freed time itself is what is to be filled.
    starts.retain(|s| *s > now.plus_minutes(i64::from(w.notice_minutes)) && place.wish.taken(*s).overlaps(slot.span()));
    starts.retain(|s| w.entry.as_ref().is_none_or(|e| e.lets(zone, *s, earlier_than)));
    if starts.is_empty() {
        return Ok(None);
    }
    let reach = Except {
        patient: Some(w.patient.id),
        appointment: visit.as_ref().map(|a| a.id),
        ..except(c, now, slot)?
    };
    let day = slot.starts_at.day(zone);
    let candidates = place.candidates(c, (day, day), reach)?;
    let free = |s: &Instant| {
        let mut chairs = candidates.iter();
        chairs.any(|x| why_not(&x.timetable, &place.wish, zone, *s).is_none())
    };
    let Some(starts_at) = starts.into_iter().find(free) else {
        return Ok(None);
    };
    Ok(Some(Candidate {
        source: w.source,
        source_id: w.source_id,
        rest: useless_rest(gap, &place.wish, starts_at),
        said: patients::consents(c, w.patient.id)?,
        patient: w.patient,
        service: w.service,
        minutes: place.wish.minutes,
        starts_at,
        notice_minutes: w.notice_minutes,
        appointment: visit.map(|a| a.id),
        urgency: w.urgency,
        since: w.since,
        note: w.note,
    }))
}
