//! Confirm, arrive, seat, finish, no-show, cancel, move, and taking each back.

use serde_json::json;

use super::super::model::{Action, Appointment, AppointmentId, Before, Status, UNDO_GRACE_MS, UNDO_MS};
use super::super::store::{self, Event, Except};
use super::place::{Place, overlap_as_taken, with_next};
use super::{NOTE_MAX, notices};
use crate::clinic::{self, ProviderId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::records::{self, NewVisit, Observers, Visit, VisitObserver};
use crate::staff::{Actor, Subject, audit};

/// Writes the step and its audit row.
pub(super) fn note(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    a: &Appointment,
    action: Action,
    before: &Before,
) -> Result<()> {
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

/// Confirm, arrive, seat, finish, no-show: steps that need nothing but themselves. Seating begins the visit's record,
/// finishing ends it and makes the work of the next links of the chain.
pub async fn advance(db: &Db, now: Instant, actor: Actor, observers: Observers, step: Step) -> Result<Appointment> {
    db.write(move |c| {
        let a = advance_in(c, now, &actor, step)?;
        match step.action {
            Action::Seat => begin_record(c, now, &actor, &a).map(|_| ())?,
            Action::Finish => {
                let visit = begin_record(c, now, &actor, &a)?;
                records::finish_visit(c, now, &actor, &observers, visit)?;
            }
            _ => {}
        }
        Ok(a)
    })
    .await
}

/// Finishing the record of a visit ("save and finish") finishes the appointment, too.
pub struct DoneWithVisit;

impl VisitObserver for DoneWithVisit {
    fn finished(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()> {
        let Some(id) = visit.appointment_id.map(AppointmentId) else {
            return Ok(());
        };
        let a = store::get_appointment(c, id)?;
        if !a.status.allows(Action::Finish) {
            return Ok(());
        }
        let step = Step {
            id,
            version: a.version,
            action: Action::Finish,
        };
        advance_in(c, now, &Actor::system("visit record"), step).map(|_| ())
    }

    /// Undo restores the appointment itself.
    fn reopened(&self, _: &mut Conn, _: Instant, _: &Visit) -> Result<()> {
        Ok(())
    }
}

/// The visit of an appointment, begun if it has none.
pub fn begin_record(c: &mut Conn, now: Instant, actor: &Actor, a: &Appointment) -> Result<records::VisitId> {
    let site = clinic::get_site(c, a.site_id)?;
    let visit = NewVisit {
        appointment_id: a.id.0,
        patient_id: a.patient_id,
        provider_id: a.provider_id,
        service_id: a.service_id,
        day: a.starts_at.day(site.tz()),
        provider_name: clinic::get_provider(c, a.provider_id)?.name,
        service_name: clinic::get_service(c, a.service_id)?.name,
    };
    records::begin_visit(c, now, actor, visit)
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
    let step = Step {
        id,
        version,
        action: Action::Confirm,
    };
    db.write(move |c| advance_in(c, now, &actor, step)).await
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
        let a = finish_step(c, now, &actor, a, step, &before)?;
        tell_if_by_staff(c, now, &actor, &a, step.action)?;
        Ok(a)
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
    let other_time = visit.from.0 != before.times[0];
    let a = finish_step(c, now, actor, a, step, &before)?;
    if other_time {
        tell_if_by_staff(c, now, actor, &a, step.action)?;
    }
    Ok(a)
}

/// Patients know what they did themselves.
fn tell_if_by_staff(c: &mut Conn, now: Instant, actor: &Actor, a: &Appointment, action: Action) -> Result<()> {
    if actor.user.is_some() {
        notices::tell(c, now, a, action)
    } else {
        Ok(())
    }
}

/// Takes back the latest step, within [`UNDO_MS`], if nothing happened since.
pub async fn undo(db: &Db, now: Instant, actor: Actor, observers: Observers, id: AppointmentId) -> Result<Appointment> {
    db.write(move |c| undo_in(c, now, &actor, &observers, id)).await
}

fn undo_in(c: &mut Conn, now: Instant, actor: &Actor, observers: &Observers, id: AppointmentId) -> Result<Appointment> {
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
    take_back(c, now, actor, observers, (&a, &event))?;
    let subject = Subject::of_patient("appointments", a.id.0, a.patient_id.0);
    audit(c, now, actor, "undo", subject, event.action.as_str())?;
    Ok(a)
}

/// Takes back what an undone step had caused: the record's state, the next links' work, the message to the patient.
fn take_back(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    observers: &Observers,
    (a, event): (&Appointment, &Event),
) -> Result<()> {
    match event.action {
        Action::Seat => records::abandon_visit(c, now, actor, a.id.0)?,
        Action::Finish => {
            if let Some(visit) = records::find_by_appointment(c, a.id.0)? {
                records::reopen_visit(c, now, actor, observers, visit.id)?;
            }
            if a.seated_at.is_none() {
                records::abandon_visit(c, now, actor, a.id.0)?;
            }
        }
        Action::Book | Action::Move | Action::Cancel => notices::withdraw(c, now, a, event)?,
        Action::Confirm | Action::Arrive | Action::NoShow => {}
    }
    Ok(())
}
