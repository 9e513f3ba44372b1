//! Confirm, arrive, seat, finish, leave, no-show, cancel, move.

use serde_json::json;

use super::super::model::{Action, Appointment, AppointmentId, Before, Status};
use super::super::store::{self, Event, Except};
use super::super::waiting;
use super::place::{Place, with_next};
use super::plan::plan_follows;
use super::stale::{as_of, store_change};
use super::today::{is_still_here, is_today};
use super::{NOTE_MAX, notices};
use crate::clinic::{self, ChairId, ProviderId};
use crate::messaging::{Carrier, carrier_for};
use crate::patients;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::records::{self, NewVisit, Observers};
use crate::staff::{Actor, DESK, Role, Subject, audit};

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
    let a = as_of(c, step.id, step.version)?;
    if a.allows(step.action) {
        return Ok(a);
    }
    Err(wrong_state(&a))
}

/// The refusal of a step that its state does not allow.
pub(in crate::appointments) fn wrong_state(a: &Appointment) -> Error {
    let now_is = a.status.name();
    Error::Conflict {
        code: "wrong_state",
        text: Text::new(
            format!("当前状态为“{}”，不能这样操作", now_is.zh),
            format!("This cannot be done: the appointment is “{}”", now_is.en),
        ),
        extra: json!({ "appointment_status": a.status, "version": a.version }),
    }
}

/// Doctors see patients in and out; everything else is the desk's. A patient may what the patient's own page offers.
pub fn may(actor: &Actor, action: Action) -> Result<()> {
    let treats = actor.role == Some(Role::Doctor) && matches!(action, Action::Arrive | Action::Seat | Action::Finish);
    if treats || actor.is(DESK) {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

/// Confirm, arrive, seat, finish, leave, no-show: steps that need nothing but themselves. Seating begins the visit's record,
/// finishing ends it and makes the work of the next links of the chain.
pub async fn advance(db: &Db, now: Instant, actor: Actor, observers: Observers, step: Step) -> Result<Appointment> {
    db.write(move |c| advance_with_record(c, now, &actor, &observers, step))
        .await
}

/// [`advance`] inside a transaction.
pub(in crate::appointments) fn advance_with_record(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    observers: &Observers,
    step: Step,
) -> Result<Appointment> {
    let a = advance_in(c, now, actor, step)?;
    match step.action {
        Action::Seat => begin_record(c, now, actor, &a).map(|_| ())?,
        Action::Finish => {
            let visit = begin_record(c, now, actor, &a)?;
            records::finish_visit(c, now, actor, observers, visit)?;
        }
        _ => {}
    }
    Ok(a)
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

/// [`advance`] inside a transaction, for a step whose record is in order.
pub fn advance_in(c: &mut Conn, now: Instant, actor: &Actor, step: Step) -> Result<Appointment> {
    let mut a = begin(c, step)?;
    let before = a.before();
    match step.action {
        Action::Arrive | Action::Seat | Action::Finish => is_today(c, now, &a)?,
        Action::Leave => is_still_here(c, now, &a)?,
        _ => {}
    }
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
            a.end_early(now);
        }
        Action::Leave => a.left_at = Some(now),
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
        Action::Book | Action::Cancel | Action::Move | Action::Resize => {
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
    store_change(c, &a, step.version)?;
    a.version = step.version + 1;
    note(c, now, actor, &a, step.action, before)?;
    waiting::after_step(c, now, &a, step.action, before)?;
    plan_follows(c, now, actor, &a, Instant(before.times[0]))?;
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

/// Notes that the patient is here; what the patient's link and the clinic's own screen do.
pub async fn arrive(db: &Db, now: Instant, actor: Actor, id: AppointmentId, version: i64) -> Result<Appointment> {
    let step = Step {
        id,
        version,
        action: Action::Arrive,
    };
    db.write(move |c| advance_in(c, now, &actor, step)).await
}

/// A visit that does not take place has no record; one that is being written says that it does.
fn drop_empty_record(c: &mut Conn, now: Instant, actor: &Actor, a: &Appointment) -> Result<()> {
    records::abandon_visit(c, now, actor, a.id.0)?;
    if records::find_by_appointment(c, a.id.0)?.is_none() {
        return Ok(());
    }
    Err(Error::conflict(
        "record_begun",
        "病历已经开始写，不能取消",
        "The visit's record has been begun: it cannot be cancelled",
    ))
}

/// Cancels, with a reason for the desk's lists.
pub async fn cancel(
    db: &Db,
    now: Instant,
    actor: Actor,
    step: (AppointmentId, i64),
    reason: &str,
) -> Result<Appointment> {
    let reason = reason.to_owned();
    db.write(move |c| cancel_in(c, now, &actor, step, &reason)).await
}

/// [`cancel`] inside a transaction.
pub fn cancel_in(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    step: (AppointmentId, i64),
    reason: &str,
) -> Result<Appointment> {
    let reason = reason.trim().to_owned();
    if reason.chars().count() > NOTE_MAX {
        return Err(Error::field("reason", "too_long", "原因太长", "The reason is too long"));
    }
    // A patient need not say why; the desk's lists are worth what staff say.
    if reason.is_empty() && actor.user.is_some() {
        return Err(Error::field(
            "reason",
            "required",
            "请填写取消原因",
            "Say why it is cancelled",
        ));
    }
    let step = Step {
        id: step.0,
        version: step.1,
        action: Action::Cancel,
    };
    let mut a = begin(c, step)?;
    let before = a.before();
    drop_empty_record(c, now, actor, &a)?;
    a.status = Status::Cancelled;
    a.cancel_reason = Some(reason);
    let a = finish_step(c, now, actor, a, step, &before)?;
    tell_unless_known(c, now, actor, &a, step.action)?;
    Ok(a)
}

/// Where an appointment is to be moved.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// New start.
    pub starts_at: Instant,
    /// New provider; none: the same.
    pub provider: Option<ProviderId>,
    /// In which chair; none: in any that fits.
    pub chair: Option<ChairId>,
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
        )?
        .in_chair(to.chair)?;
        Ok((
            place,
            Except {
                patient: Some(a.patient_id),
                appointment: Some(a.id),
                hold: None,
            },
        ))
    })
    .await
}

pub(in crate::appointments) fn move_in(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    step: Step,
    to: Target,
) -> Result<Appointment> {
    let mut a = begin(c, step)?;
    let before = a.before();
    let minutes = to.minutes.or_else(|| i32::try_from(a.minutes()).ok());
    let mut place = Place::load(
        c,
        now,
        a.service_id,
        Some(to.provider.unwrap_or(a.provider_id)),
        minutes,
    )?
    .in_chair(to.chair)?;
    if to.starts_at == a.starts_at {
        // A visit that should have begun by now can still be made longer, or given to another provider.
        place.wish.earliest = place.wish.earliest.min(a.starts_at);
    }
    place.check_start(now, to.starts_at)?;
    place.take_turns(c, Some(a.patient_id))?;
    let except = Except {
        patient: Some(a.patient_id),
        appointment: Some(a.id),
        hold: None,
    };
    let choice = place.place(c, to.starts_at, except)?;
    let (visit, busy) = (place.wish.visit(to.starts_at), place.wish.taken(to.starts_at));
    // What the patient agreed to, and is told of, is when and with whom; not for how long.
    let other = visit.from != a.starts_at || choice.provider != a.provider_id;
    if other {
        a.status = Status::Booked;
    }
    place.staff(&mut a, choice);
    a.overbooked = None;
    (a.starts_at, a.ends_at, a.busy_from, a.busy_until) = (visit.from, visit.until, busy.from, busy.until);
    let action = if other { Action::Move } else { Action::Resize };
    let a = finish_step(c, now, actor, a, Step { action, ..step }, &before)?;
    if other {
        tell_unless_known(c, now, actor, &a, step.action)?;
    }
    Ok(a)
}

/// Patients know what they did themselves; but the calendar of who is written to by email hears of it by the next mail only.
fn tell_unless_known(c: &mut Conn, now: Instant, actor: &Actor, a: &Appointment, action: Action) -> Result<()> {
    if actor.user.is_none() {
        let said = patients::consents(c, a.patient_id)?;
        if carrier_for(&patients::get_patient(c, a.patient_id)?, said) != Carrier::Email {
            return Ok(());
        }
    }
    notices::tell(c, now, a, action)
}
