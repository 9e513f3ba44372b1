//! Placing: who does a service, when they are free, and what to answer when a time is taken.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::json;

use super::super::model::Appointment;
use super::super::model::free::{Blocked, Wish, second, why_not};
use super::super::model::suggest::{Candidate, Free, all_free, by_load, closes_gap, spread};
use super::super::store::{self, Except, Reach};
use crate::clinic::{self, BookingRules, ChairId, Provider, ProviderId, Service, ServiceId, Snapshot};
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS, plus_days};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;

/// How far ahead free times are looked for.
pub const HORIZON_DAYS: u32 = 90;
/// How many other times a "taken" answer offers.
const NEXT_OFFERED: usize = 6;
/// How far ahead a visit may be booked.
const BOOKABLE_DAYS: i64 = 2 * 366;
/// Shortest and longest visit, in minutes.
pub const MINUTES: std::ops::RangeInclusive<i32> = 5..=480;

/// Everything a placing needs to know.
pub(in crate::appointments) struct Place {
    pub now: Instant,
    pub clinic: Arc<Snapshot>,
    pub service: Service,
    pub providers: Vec<Provider>,
    /// Only in this chair; none: in any that fits.
    pub chair: Option<ChairId>,
    pub wish: Wish,
}

/// Who takes a visit, and where.
#[derive(Debug, Clone, Copy)]
pub(in crate::appointments) struct Choice {
    pub provider: ProviderId,
    pub chair: ChairId,
    pub second: Option<ProviderId>,
}

impl Place {
    pub(in crate::appointments) fn load(
        c: &mut Conn,
        now: Instant,
        service: ServiceId,
        provider: Option<ProviderId>,
        minutes: Option<i32>,
    ) -> Result<Place> {
        let clinic = clinic::snapshot(c)?;
        let service = clinic
            .find_service(service)
            .filter(|s| s.active)
            .cloned()
            .ok_or_else(|| Error::field("service_id", "unknown", "没有这个项目", "There is no such service"))?;
        let providers = who_does(&clinic, &service, provider)?;
        let minutes = minutes.unwrap_or(service.minutes);
        if !MINUTES.contains(&minutes) {
            return Err(Error::field(
                "minutes",
                "out_of_range",
                "时长应为 5 到 480 分钟",
                "A visit has 5 to 480 minutes",
            ));
        }
        let wish = wish(&service, clinic.rules(service.id), minutes, now);
        Ok(Place {
            now,
            clinic,
            service,
            providers,
            chair: None,
            wish,
        })
    }

    pub(in crate::appointments) fn zone(&self) -> Tz {
        self.clinic.site.tz()
    }

    /// The same for patients, who book neither at short notice nor too far ahead.
    pub(in crate::appointments) fn for_patients(mut self) -> Place {
        let rules = self.clinic.rules(self.service.id);
        self.wish.earliest = self.now.plus_minutes(i64::from(rules.notice_minutes));
        self.wish.latest = Some(self.now + i64::from(rules.horizon_days) * DAY_MS);
        self
    }

    /// The providers, each in each chair where they give the service.
    pub(in crate::appointments) fn whom(&self) -> Vec<(ProviderId, ChairId)> {
        let each = |p: &Provider| {
            let mut chairs = self.clinic.chairs_for(p, self.service.id);
            chairs.retain(|chair| self.chair.is_none_or(|only| only == *chair));
            chairs.into_iter().map(|chair| (p.id, chair)).collect::<Vec<_>>()
        };
        self.providers.iter().flat_map(each).collect()
    }

    /// Lets bookings of the same people and things wait for this one.
    pub(in crate::appointments) fn take_turns(&self, c: &mut Conn, patient: Option<PatientId>) -> Result<()> {
        let kind = self.clinic.rules(self.service.id).second_kind;
        let able = self.clinic.providers.iter().filter(|p| Some(p.kind) == kind);
        let seconds: Vec<ProviderId> = able.map(|p| p.id).collect();
        store::take_turns(c, &self.whom(), &seconds, patient.as_slice())
    }

    /// Whether `start` is a time that people make appointments for: a whole minute, and not years away.
    pub(super) fn check_start(&self, now: Instant, start: Instant) -> Result<()> {
        if start.0 % MINUTE_MS != 0 {
            return Err(Error::field(
                "starts_at",
                "invalid",
                "开始时间应为整分钟",
                "A visit starts at a whole minute",
            ));
        }
        if start - now > BOOKABLE_DAYS * DAY_MS {
            return Err(Error::field(
                "starts_at",
                "too_far",
                "最多可预约两年之内",
                "At most two years ahead",
            ));
        }
        Ok(())
    }

    pub(in crate::appointments) fn candidates(
        &self,
        c: &mut Conn,
        (first, last): (NaiveDate, NaiveDate),
        except: Except,
    ) -> Result<Vec<Candidate>> {
        let reach = Reach {
            now: self.now,
            first,
            last,
            except,
            service: Some(self.service.id),
        };
        store::timetables(c, &self.clinic, &self.whom(), &reach)
    }

    /// Who takes a visit at `start`; `slot_taken` or a fault at `starts_at` when nobody can.
    pub(in crate::appointments) fn place(&self, c: &mut Conn, start: Instant, except: Except) -> Result<Choice> {
        let day = start.day(self.zone());
        let candidates = self.candidates(c, (day, day), except)?;
        self.choose(&candidates, start)
            .map_err(|blocked| self.refused(&blocked))
    }

    /// Of the providers who are free at `start` the one with least to do that day, or why none is.
    pub(super) fn choose(&self, candidates: &[Candidate], start: Instant) -> Result<Choice, Blocked> {
        let why = |c: &Candidate| why_not(&c.timetable, &self.wish, self.zone(), start);
        let able = by_load(candidates, self.zone(), start.day(self.zone()));
        if let Some(c) = able.into_iter().find(|c| why(c).is_none()) {
            return Ok(Choice {
                provider: c.provider,
                chair: c.chair,
                second: second(&c.timetable, &self.wish, self.zone(), start)?,
            });
        }
        let mut reason = Blocked::OutsideHours;
        for b in candidates.iter().filter_map(why) {
            if b.is_taken() || !reason.is_taken() {
                reason = b;
            }
        }
        Err(reason)
    }

    pub(super) fn refused(&self, blocked: &Blocked) -> Error {
        let text = blocked.text(self.zone());
        if blocked.is_taken() {
            taken(text)
        } else {
            Error::field("starts_at", "not_available", text.zh, text.en)
        }
    }

    /// What an appointment is to say of a visit of this kind: when provider and second person are needed.
    pub(super) fn staff(&self, a: &mut Appointment, choice: Choice) {
        let shown = |parts: Option<&clinic::Parts>| parts.map(clinic::Parts::show).unwrap_or_default();
        a.provider_id = choice.provider;
        a.chair_id = choice.chair;
        a.provider_parts = shown(Some(&self.wish.parts));
        a.second_id = choice.second;
        a.second_parts = shown(self.wish.second.as_ref());
    }
}

/// What is looked for when a service is to be booked for so many minutes.
fn wish(service: &Service, rules: &BookingRules, minutes: i32, now: Instant) -> Wish {
    Wish {
        minutes,
        before: service.buffer_before,
        after: service.buffer_after,
        earliest: now,
        latest: None,
        grid: rules.grid_minutes,
        parts: rules.provider_parts.fitted(service.minutes, minutes),
        second: rules
            .second_kind
            .map(|_| rules.second_parts.fitted(service.minutes, minutes)),
    }
}

pub(super) fn taken(text: Text) -> Error {
    Error::Conflict {
        code: "slot_taken",
        text,
        extra: serde_json::Value::Null,
    }
}

/// The active providers of a service; the one asked for must be among them.
pub(super) fn who_does(clinic: &Snapshot, service: &Service, provider: Option<ProviderId>) -> Result<Vec<Provider>> {
    let mut found: Vec<Provider> = clinic.who_does(service.id).into_iter().cloned().collect();
    if let Some(id) = provider {
        found.retain(|p| p.id == id);
        if found.is_empty() {
            return Err(Error::field(
                "provider_id",
                "does_not_do_this",
                format!("该医生不做“{}”", service.name),
                format!("This provider does not do “{}”", service.name_en),
            ));
        }
    }
    Ok(found)
}

pub(super) fn overlap_as_taken(e: Error) -> Error {
    if store::is_overlap(&e) {
        taken(Text::new("该时段刚被占用", "This time has just been taken"))
    } else {
        e
    }
}

/// Adds the next free times to a "taken" answer.
pub(in crate::appointments) async fn with_next<T, F>(db: &Db, now: Instant, result: Result<T>, load: F) -> Result<T>
where
    F: FnOnce(&mut Conn) -> Result<(Place, Except)> + Send + 'static,
{
    let Err(Error::Conflict {
        code: "slot_taken",
        text,
        ..
    }) = result
    else {
        return result;
    };
    let next = db
        .read(move |c| {
            let (place, except) = load(c)?;
            let found = search(c, &place, now.day(place.zone()), 14, except)?;
            let slots: Vec<_> = found
                .iter()
                .take(NEXT_OFFERED)
                .map(|free| slot_json(&place, free))
                .collect();
            Ok(slots)
        })
        .await?;
    Err(Error::Conflict {
        code: "slot_taken",
        text,
        extra: json!({ "next": next }),
    })
}

pub(super) fn slot_json(place: &Place, free: &Free) -> serde_json::Value {
    let starts_at = free.start.rfc3339_in(place.zone());
    json!({ "starts_at": starts_at, "provider_id": free.provider, "chair_id": free.chair })
}

pub(super) fn search(c: &mut Conn, place: &Place, first: NaiveDate, days: u32, except: Except) -> Result<Vec<Free>> {
    let last = plus_days(first, i64::from(days.max(1)) - 1);
    let candidates = place.candidates(c, (first, last), except)?;
    Ok(all_free(&candidates, &place.wish, place.zone(), first, days))
}

/// A search for free times.
#[derive(Debug, Clone)]
pub struct Search {
    /// For what.
    pub service: ServiceId,
    /// By whom; none: anyone who does it.
    pub provider: Option<ProviderId>,
    /// How long; none: as the service says.
    pub minutes: Option<i32>,
    /// From this day on …
    pub first: NaiveDate,
    /// … for so many days.
    pub days: u32,
    /// Whose other visits, and which appointment, to heed or not.
    pub except: Except,
    /// Whether a patient asks: then the service's notice and horizon hold.
    pub online: bool,
}

/// What a search found.
pub struct Found {
    /// The clinic.
    pub clinic: Arc<Snapshot>,
    /// The service.
    pub service: Service,
    /// Who does it, and where, with their timetables.
    pub candidates: Vec<Candidate>,
    /// What was to be placed.
    pub wish: Wish,
    /// Free starts, by time.
    pub free: Vec<Free>,
}

impl Found {
    /// Whether a free time closes the gap that it lies in, and leaves nothing of no use.
    pub fn is_tidy(&self, free: &Free) -> bool {
        let mut all = self.candidates.iter();
        let candidate = all.find(|c| (c.provider, c.chair) == (free.provider, free.chair));
        let zone = self.clinic.site.tz();
        candidate.is_some_and(|c| closes_gap(&c.timetable, &self.wish, zone, free.start))
    }
}

/// Free times, by the same engine that booking asks.
pub fn find_free(c: &mut Conn, now: Instant, s: &Search) -> Result<Found> {
    let mut place = Place::load(c, now, s.service, s.provider, s.minutes)?;
    if s.online {
        place = place.for_patients();
    }
    let days = s.days.clamp(1, HORIZON_DAYS);
    let last = plus_days(s.first, i64::from(days) - 1);
    let candidates = place.candidates(c, (s.first, last), s.except)?;
    let free = all_free(&candidates, &place.wish, place.zone(), s.first, days);
    Ok(Found {
        clinic: place.clinic,
        service: place.service,
        candidates,
        wish: place.wish,
        free,
    })
}

/// Every free start of the next weeks for an appointment's service, with the same provider and length; `online`: for its
/// patient, whom the service's notice and horizon hold.
pub fn free_for(c: &mut Conn, now: Instant, a: &Appointment, online: bool) -> Result<Vec<Instant>> {
    const DAYS: u32 = 30;
    let minutes = i32::try_from(a.minutes()).ok();
    let mut place = Place::load(c, now, a.service_id, Some(a.provider_id), minutes)?;
    if online {
        place = place.for_patients();
    }
    let except = Except {
        patient: Some(a.patient_id),
        appointment: Some(a.id),
        hold: None,
    };
    let found = search(c, &place, now.day(place.zone()), DAYS, except)?;
    Ok(found
        .into_iter()
        .map(|free| free.start)
        .filter(|s| *s != a.starts_at)
        .collect())
}

/// Some of [`free_for`] that give a choice of days and of mornings and afternoons.
pub fn next_free(c: &mut Conn, now: Instant, a: &Appointment, online: bool, limit: usize) -> Result<Vec<Instant>> {
    let zone = clinic::get_site(c, a.site_id)?.tz();
    Ok(spread(&free_for(c, now, a, online)?, zone, limit))
}
