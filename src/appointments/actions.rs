//! What people do to appointments. Each is one write: the change, its step in the history, its audit row and its messages
//! commit together or not at all.

use serde_json::json;

use super::model::free::{Blocked, Wish, why_not};
use super::model::suggest::{Candidate, all_free};
use super::model::{Action, Appointment, AppointmentId, Before, Status, UNDO_GRACE_MS, UNDO_MS};
use super::store::{self, Event, Except};
use crate::clinic::{self, Provider, ProviderId, Service, ServiceId, Site};
use crate::patients::{self, PatientId};
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::staff::{Actor, Subject, audit};

/// How far ahead free times are looked for.
pub const HORIZON_DAYS: u32 = 90;
/// How many other times a "taken" answer offers.
const NEXT_OFFERED: usize = 6;
/// Shortest and longest visit, in minutes.
const MINUTES: std::ops::RangeInclusive<i32> = 5..=480;
/// Longest note or reason, in characters.
const NOTE_MAX: usize = 1000;

/// A booking that is wanted.
#[derive(Debug, Clone)]
pub struct Booking {
    /// Who comes.
    pub patient: PatientId,
    /// For what.
    pub service: ServiceId,
    /// To whom; none: whoever does the service and is free.
    pub provider: Option<ProviderId>,
    /// When.
    pub starts_at: Instant,
    /// How long; none: as the service says.
    pub minutes: Option<i32>,
    /// For colleagues.
    pub note: String,
    /// desk, api, …
    pub source: &'static str,
}

/// Everything a placing needs to know.
struct Place {
    site: Site,
    service: Service,
    providers: Vec<Provider>,
    wish: Wish,
}

impl Place {
    fn load(
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

    fn candidates(&self, c: &mut Conn, start: Instant, except: Except) -> Result<Vec<Candidate>> {
        let day = start.day(self.site.tz());
        store::timetables(c, self.site.tz(), &self.providers, (day, day), except)
    }

    /// The first provider who is free at `start`, or why none is.
    fn choose(&self, candidates: &[Candidate], start: Instant) -> Result<&Provider, Blocked> {
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

    fn refused(&self, blocked: Blocked) -> Error {
        let text = blocked.text(self.site.tz());
        match blocked {
            Blocked::Taken(_) | Blocked::PatientElsewhere(_) => taken(text),
            _ => Error::field("starts_at", "not_available", text.zh, text.en),
        }
    }
}

fn taken(text: Text) -> Error {
    Error::Conflict {
        code: "slot_taken",
        text,
        extra: serde_json::Value::Null,
    }
}

/// The active providers of a service; the one asked for must be among them.
fn who_does(c: &mut Conn, service: &Service, provider: Option<ProviderId>) -> Result<Vec<Provider>> {
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

/// Books. Of any number of simultaneous bookings for one time exactly one succeeds; the others get `slot_taken` (409) with
/// the next free times in `next`.
pub async fn book(db: &Db, now: Instant, actor: Actor, booking: Booking) -> Result<Appointment> {
    let wanted = booking.clone();
    let booked = db.write(move |c| book_in(c, now, &actor, &booking)).await;
    let except = Except {
        patient: Some(wanted.patient),
        appointment: None,
    };
    with_next(db, now, booked, move |c| {
        let place = Place::load(c, now, wanted.service, wanted.provider, wanted.minutes)?;
        Ok((place, except))
    })
    .await
}

/// [`book`] inside a transaction, for callers that make the patient in the same one.
pub fn book_in(c: &mut Conn, now: Instant, actor: &Actor, b: &Booking) -> Result<Appointment> {
    if b.note.chars().count() > NOTE_MAX {
        return Err(Error::field("note", "too_long", "备注太长", "The note is too long"));
    }
    let patient = patients::find_patient(c, b.patient)?
        .ok_or_else(|| Error::field("patient_id", "unknown", "没有这位患者", "There is no such patient"))?;
    let place = Place::load(c, now, b.service, b.provider, b.minutes)?;
    store::take_turns(c, &place.providers, patient.id)?;
    let candidates = place.candidates(
        c,
        b.starts_at,
        Except {
            patient: Some(patient.id),
            appointment: None,
        },
    )?;
    let provider = place
        .choose(&candidates, b.starts_at)
        .map_err(|blocked| place.refused(blocked))?;
    let (visit, busy) = (place.wish.visit(b.starts_at), place.wish.taken(b.starts_at));
    let mut a = Appointment {
        id: AppointmentId(0),
        site_id: place.site.id,
        patient_id: patient.id,
        provider_id: provider.id,
        chair_id: provider.chair_id,
        service_id: place.service.id,
        starts_at: visit.from,
        ends_at: visit.until,
        busy_from: busy.from,
        busy_until: busy.until,
        status: Status::Booked,
        note: b.note.trim().to_owned(),
        cancel_reason: None,
        source: b.source.to_owned(),
        version: 1,
        arrived_at: None,
        seated_at: None,
        finished_at: None,
        created_by: actor.user,
        created_at: now,
        updated_at: now,
    };
    a.id = store::insert_appointment(c, &a).map_err(overlap_as_taken)?;
    let before = Before {
        status: Status::Cancelled,
        ..a.before()
    };
    note(c, now, actor, &a, Action::Book, &before)?;
    Ok(a)
}

fn overlap_as_taken(e: Error) -> Error {
    if store::is_overlap(&e) {
        taken(Text::new("该时段刚被占用", "This time has just been taken"))
    } else {
        e
    }
}

/// Writes the step and its audit row.
fn note(c: &mut Conn, now: Instant, actor: &Actor, a: &Appointment, action: Action, before: &Before) -> Result<()> {
    let event = Event {
        id: 0,
        appointment: a.id,
        at: now,
        user: actor.user,
        actor: actor.name.clone(),
        action,
        version: a.version,
        before: serde_json::to_string(before).map_err(|e| Error::Internal(e.to_string()))?,
        undone_at: None,
    };
    store::insert_event(c, &event)?;
    let subject = Subject::of_patient("appointments", a.id.0, a.patient_id.0);
    audit(
        c,
        now,
        actor,
        action.as_str(),
        subject,
        &format!("{} at {}", a.status, a.starts_at),
    )
}

/// Adds the next free times to a "taken" answer.
async fn with_next<F>(db: &Db, now: Instant, result: Result<Appointment>, load: F) -> Result<Appointment>
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

fn slot_json(place: &Place, start: Instant, provider: ProviderId) -> serde_json::Value {
    let chair = place.providers.iter().find(|p| p.id == provider).map(|p| p.chair_id);
    json!({ "starts_at": start.rfc3339_in(place.site.tz()), "provider_id": provider, "chair_id": chair })
}

fn search(
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

/// The next free starts for an appointment's service with the same provider and length.
pub fn next_free(c: &mut Conn, now: Instant, a: &Appointment, limit: usize) -> Result<Vec<Instant>> {
    let minutes = i32::try_from(a.minutes()).ok();
    let place = Place::load(c, now, a.service_id, Some(a.provider_id), minutes)?;
    let except = Except {
        patient: Some(a.patient_id),
        appointment: Some(a.id),
    };
    let found = search(c, &place, now.day(place.site.tz()), 30, except)?;
    Ok(found
        .into_iter()
        .map(|(start, _)| start)
        .filter(|s| *s != a.starts_at)
        .take(limit)
        .collect())
}

/// A step to be taken: which appointment, as of which version, and what.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Which.
    pub id: AppointmentId,
    /// The version the person saw.
    pub version: i64,
    /// What.
    pub action: Action,
}

/// Reads the appointment as the person saw it, and checks that the step may be taken.
fn begin(c: &mut Conn, step: Step) -> Result<Appointment> {
    let a = store::get_appointment(c, step.id)?;
    if a.version != step.version {
        let who = store::latest_event(c, step.id)?;
        let site = clinic::the_site(c)?;
        let (by, at) = who.map_or((String::new(), String::new()), |e| {
            (e.actor, e.at.local(site.tz()).format("%H:%M").to_string())
        });
        return Err(Error::Conflict {
            code: "stale",
            text: Text::new(
                format!("此预约已于 {at} 由 {by} 修改，请查看最新状态"),
                format!("{by} changed this appointment at {at}. Look at its present state"),
            ),
            extra: json!({ "changed_by": by, "version": a.version, "status": a.status }),
        });
    }
    if a.status.allows(step.action) {
        return Ok(a);
    }
    let now_is = a.status.name();
    Err(Error::Conflict {
        code: "wrong_state",
        text: Text::new(
            format!("当前状态为“{}”，不能这样操作", now_is.zh),
            format!("This cannot be done: the appointment is “{}”", now_is.en),
        ),
        extra: json!({ "status": a.status, "version": a.version }),
    })
}

/// Confirm, arrive, seat, finish, no-show: steps that need nothing but themselves.
pub async fn advance(db: &Db, now: Instant, actor: Actor, step: Step) -> Result<Appointment> {
    db.write(move |c| advance_in(c, now, &actor, step)).await
}

fn advance_in(c: &mut Conn, now: Instant, actor: &Actor, step: Step) -> Result<Appointment> {
    let mut a = begin(c, step)?;
    let before = a.before();
    match step.action {
        Action::Confirm => a.status = Status::Confirmed,
        Action::Arrive => {
            a.status = Status::Arrived;
            a.arrived_at = Some(now);
        }
        Action::Seat => {
            a.status = Status::InChair;
            a.arrived_at = a.arrived_at.or(Some(now));
            a.seated_at = Some(now);
        }
        Action::Finish => {
            a.status = Status::Done;
            a.finished_at = Some(now);
        }
        Action::NoShow => {
            if a.starts_at > now {
                return Err(Error::conflict(
                    "too_early",
                    "预约时间还没到，不能记爽约",
                    "The appointment has not begun yet",
                ));
            }
            a.status = Status::NoShow;
        }
        Action::Book | Action::Cancel | Action::Move => {
            return Err(Error::Internal(format!("{} is not a plain step", step.action)));
        }
    }
    finish_step(c, now, actor, a, step, &before)
}

fn finish_step(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    mut a: Appointment,
    step: Step,
    before: &Before,
) -> Result<Appointment> {
    a.updated_at = now;
    store::update_appointment(c, &a, step.version).map_err(overlap_as_taken)?;
    a.version = step.version + 1;
    note(c, now, actor, &a, step.action, before)?;
    Ok(a)
}

/// Confirms; what the patient's link does.
pub async fn confirm(db: &Db, now: Instant, actor: Actor, id: AppointmentId, version: i64) -> Result<Appointment> {
    advance(
        db,
        now,
        actor,
        Step {
            id,
            version,
            action: Action::Confirm,
        },
    )
    .await
}

/// Cancels, with a reason for the desk's lists.
pub async fn cancel(
    db: &Db,
    now: Instant,
    actor: Actor,
    step: (AppointmentId, i64),
    reason: &str,
) -> Result<Appointment> {
    let reason = reason.trim().to_owned();
    if reason.chars().count() > NOTE_MAX {
        return Err(Error::field("reason", "too_long", "原因太长", "The reason is too long"));
    }
    let step = Step {
        id: step.0,
        version: step.1,
        action: Action::Cancel,
    };
    db.write(move |c| {
        let mut a = begin(c, step)?;
        let before = a.before();
        a.status = Status::Cancelled;
        a.cancel_reason = Some(reason);
        finish_step(c, now, &actor, a, step, &before)
    })
    .await
}

/// Where an appointment is to be moved.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// New start.
    pub starts_at: Instant,
    /// New provider; none: the same.
    pub provider: Option<ProviderId>,
    /// New length; none: the same.
    pub minutes: Option<i32>,
}

/// Moves or resizes. A patient who had confirmed the old time has not confirmed the new one.
pub async fn reschedule(
    db: &Db,
    now: Instant,
    actor: Actor,
    step: (AppointmentId, i64),
    to: Target,
) -> Result<Appointment> {
    let step = Step {
        id: step.0,
        version: step.1,
        action: Action::Move,
    };
    let moved = db.write(move |c| move_in(c, now, &actor, step, to)).await;
    with_next(db, now, moved, move |c| {
        let a = store::get_appointment(c, step.id)?;
        let minutes = to.minutes.or_else(|| i32::try_from(a.minutes()).ok());
        let place = Place::load(
            c,
            now,
            a.service_id,
            Some(to.provider.unwrap_or(a.provider_id)),
            minutes,
        )?;
        Ok((
            place,
            Except {
                patient: Some(a.patient_id),
                appointment: Some(a.id),
            },
        ))
    })
    .await
}

fn move_in(c: &mut Conn, now: Instant, actor: &Actor, step: Step, to: Target) -> Result<Appointment> {
    let mut a = begin(c, step)?;
    let before = a.before();
    let minutes = to.minutes.or_else(|| i32::try_from(a.minutes()).ok());
    let place = Place::load(
        c,
        now,
        a.service_id,
        Some(to.provider.unwrap_or(a.provider_id)),
        minutes,
    )?;
    store::take_turns(c, &place.providers, a.patient_id)?;
    let except = Except {
        patient: Some(a.patient_id),
        appointment: Some(a.id),
    };
    let candidates = place.candidates(c, to.starts_at, except)?;
    let provider = place
        .choose(&candidates, to.starts_at)
        .map_err(|blocked| place.refused(blocked))?;
    let (visit, busy) = (place.wish.visit(to.starts_at), place.wish.taken(to.starts_at));
    if visit.from != a.starts_at {
        a.status = Status::Booked;
    }
    a.provider_id = provider.id;
    a.chair_id = provider.chair_id;
    (a.starts_at, a.ends_at, a.busy_from, a.busy_until) = (visit.from, visit.until, busy.from, busy.until);
    finish_step(c, now, actor, a, step, &before)
}

/// Takes back the latest step, within [`UNDO_MS`], if nothing happened since.
pub async fn undo(db: &Db, now: Instant, actor: Actor, id: AppointmentId) -> Result<Appointment> {
    db.write(move |c| undo_in(c, now, &actor, id)).await
}

fn undo_in(c: &mut Conn, now: Instant, actor: &Actor, id: AppointmentId) -> Result<Appointment> {
    let mut a = store::get_appointment(c, id)?;
    let event = store::latest_event(c, id)?
        .filter(|e| e.version == a.version && e.undone_at.is_none())
        .ok_or_else(|| Error::conflict("nothing_to_undo", "没有可撤销的操作", "There is nothing to undo"))?;
    if now - event.at > UNDO_MS + UNDO_GRACE_MS {
        return Err(Error::conflict(
            "too_late",
            "已超过可撤销的 8 秒",
            "The 8 seconds for undoing are over",
        ));
    }
    let before: Before = serde_json::from_str(&event.before).map_err(|e| Error::Internal(e.to_string()))?;
    let version = a.version;
    a.restore(&before);
    if event.action == Action::Book {
        a.cancel_reason = Some("undo".into());
    }
    a.updated_at = now;
    store::update_appointment(c, &a, version).map_err(overlap_as_taken)?;
    a.version = version + 1;
    store::mark_undone(c, event.id, now)?;
    let subject = Subject::of_patient("appointments", a.id.0, a.patient_id.0);
    audit(c, now, actor, "undo", subject, event.action.as_str())?;
    Ok(a)
}
