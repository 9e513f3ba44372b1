//! Placing: who does a service, when they are free, and what to answer when a time is taken.

use serde_json::json;

use super::super::model::Appointment;
use super::super::model::free::{Blocked, Wish, why_not};
use super::super::model::suggest::{Candidate, all_free, spread};
use super::super::store::{self, Except};
use crate::clinic::{self, Provider, ProviderId, Service, ServiceId, Site};
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
const MINUTES: std::ops::RangeInclusive<i32> = 5..=480;

/// Everything a placing needs to know.
pub(super) struct Place {
    pub site: Site,
    pub service: Service,
    pub providers: Vec<Provider>,
    pub wish: Wish,
}

impl Place {
    pub(super) fn load(
        c: &mut Conn,
        now: Instant,
        service: ServiceId,
        provider: Option<ProviderId>,
        minutes: Option<i32>,
    ) -> Result<Place> {
        let site = clinic::the_site(c)?;
        let service = clinic::find_service(c, service)?
            .filter(|s| s.active)
            .ok_or_else(|| Error::field("service_id", "unknown", "没有这个项目", "There is no such service"))?;
        let providers = who_does(c, &service, provider)?;
        let minutes = minutes.unwrap_or(service.minutes);
        if !MINUTES.contains(&minutes) {
            return Err(Error::field(
                "minutes",
                "out_of_range",
                "时长应为 5 到 480 分钟",
                "A visit has 5 to 480 minutes",
            ));
        }
        let wish = Wish {
            minutes,
            before: service.buffer_before,
            after: service.buffer_after,
            earliest: now,
        };
        Ok(Place {
            site,
            service,
            providers,
            wish,
        })
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

    pub(super) fn candidates(&self, c: &mut Conn, start: Instant, except: Except) -> Result<Vec<Candidate>> {
        let day = start.day(self.site.tz());
        store::timetables(c, self.site.tz(), &self.providers, (day, day), except)
    }

    /// The first provider who is free at `start`, or why none is.
    pub(super) fn choose(&self, candidates: &[Candidate], start: Instant) -> Result<&Provider, Blocked> {
        let mut reason = Blocked::OutsideHours;
        for (id, timetable) in candidates {
            match why_not(timetable, &self.wish, self.site.tz(), start) {
                None => {
                    if let Some(p) = self.providers.iter().find(|p| p.id == *id) {
                        return Ok(p);
                    }
                }
                Some(b @ (Blocked::Taken(_) | Blocked::PatientElsewhere(_))) => reason = b,
                Some(b) if !matches!(reason, Blocked::Taken(_) | Blocked::PatientElsewhere(_)) => reason = b,
                Some(_) => {}
            }
        }
        Err(reason)
    }

    pub(super) fn refused(&self, blocked: Blocked) -> Error {
        let text = blocked.text(self.site.tz());
        match blocked {
            Blocked::Taken(_) | Blocked::PatientElsewhere(_) => taken(text),
            _ => Error::field("starts_at", "not_available", text.zh, text.en),
        }
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
pub(super) fn who_does(c: &mut Conn, service: &Service, provider: Option<ProviderId>) -> Result<Vec<Provider>> {
    let links = clinic::list_service_providers(c)?;
    let does = |p: &Provider| links.contains(&(service.id, p.id));
    let mut found: Vec<Provider> = clinic::list_providers(c, false)?.into_iter().filter(does).collect();
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
pub(super) async fn with_next<F>(db: &Db, now: Instant, result: Result<Appointment>, load: F) -> Result<Appointment>
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
            let found = search(c, &place, now.day(place.site.tz()), 14, except)?;
            let slots: Vec<_> = found
                .into_iter()
                .take(NEXT_OFFERED)
                .map(|(start, p)| slot_json(&place, start, p))
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

pub(super) fn slot_json(place: &Place, start: Instant, provider: ProviderId) -> serde_json::Value {
    let chair = place.providers.iter().find(|p| p.id == provider).map(|p| p.chair_id);
    json!({ "starts_at": start.rfc3339_in(place.site.tz()), "provider_id": provider, "chair_id": chair })
}

pub(super) fn search(
    c: &mut Conn,
    place: &Place,
    first: chrono::NaiveDate,
    days: u32,
    except: Except,
) -> Result<Vec<(Instant, ProviderId)>> {
    let zone = place.site.tz();
    let last = plus_days(first, i64::from(days.max(1)) - 1);
    let candidates = store::timetables(c, zone, &place.providers, (first, last), except)?;
    Ok(all_free(&candidates, &place.wish, zone, first, days))
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
    pub first: chrono::NaiveDate,
    /// … for so many days.
    pub days: u32,
    /// Whose other visits, and which appointment, to heed or not.
    pub except: Except,
}

/// What a search found.
pub struct Found {
    /// The site, for its zone.
    pub site: Site,
    /// The service.
    pub service: Service,
    /// Who does it.
    pub providers: Vec<Provider>,
    /// Their timetables.
    pub candidates: Vec<Candidate>,
    /// What was to be placed.
    pub wish: Wish,
    /// Free starts, by time.
    pub free: Vec<(Instant, ProviderId)>,
}

/// Free times, by the same engine that booking asks.
pub fn find_free(c: &mut Conn, now: Instant, s: &Search) -> Result<Found> {
    let place = Place::load(c, now, s.service, s.provider, s.minutes)?;
    let zone = place.site.tz();
    let days = s.days.clamp(1, HORIZON_DAYS);
    let last = plus_days(s.first, i64::from(days) - 1);
    let candidates = store::timetables(c, zone, &place.providers, (s.first, last), s.except)?;
    let free = all_free(&candidates, &place.wish, zone, s.first, days);
    Ok(Found {
        site: place.site,
        service: place.service,
        providers: place.providers,
        candidates,
        wish: place.wish,
        free,
    })
}

/// Every free start of the next weeks for an appointment's service, with the same provider and length.
pub fn free_for(c: &mut Conn, now: Instant, a: &Appointment) -> Result<Vec<Instant>> {
    const DAYS: u32 = 30;
    let minutes = i32::try_from(a.minutes()).ok();
    let place = Place::load(c, now, a.service_id, Some(a.provider_id), minutes)?;
    let except = Except {
        patient: Some(a.patient_id),
        appointment: Some(a.id),
    };
    let found = search(c, &place, now.day(place.site.tz()), DAYS, except)?;
    Ok(found
        .into_iter()
        .map(|(start, _)| start)
        .filter(|s| *s != a.starts_at)
        .collect())
}

/// Some of [`free_for`] that give a choice of days and of mornings and afternoons.
pub fn next_free(c: &mut Conn, now: Instant, a: &Appointment, limit: usize) -> Result<Vec<Instant>> {
    let zone = clinic::get_site(c, a.site_id)?.tz();
    Ok(spread(&free_for(c, now, a)?, zone, limit))
}
