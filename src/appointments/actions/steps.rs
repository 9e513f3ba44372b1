//! Confirm, arrive, seat, finish, leave, no-show.

use serde_json::json;

use super::super::model::{Action, Appointment, AppointmentId, Before, Status};
use super::super::store::{self, Event};
use super::super::waiting;
use super::correct::given_away;
use super::plan::plan_follows;
use super::stale::{as_of, store_change};
use super::today::{come_after_all, is_still_here, is_today};
use crate::clinic;
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
        click: None,
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
pub(super) fn begin(c: &mut Conn, step: Step) -> Result<Appointment> {
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

/// Doctors see patients in and out, and correct that; everything else is the desk's. A patient may what the patient's own page offers.
pub fn may(actor: &Actor, action: Action) -> Result<()> {
    let treats = actor.role == Some(Role::Doctor)
        && matches!(action, Action::Arrive | Action::Seat | Action::Finish | Action::Correct);
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

/// Finishes a visit of which nobody noted when it took place: what was not seen stays empty.
pub(in crate::appointments) fn finish_unseen(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    observers: &Observers,
    step: Step,
) -> Result<Appointment> {
    let mut a = as_of(c, step.id, step.version)?;
    let before = a.before();
    a.status = Status::Done;
    let a = finish_step(c, now, actor, a, step, &before)?;
    let visit = begin_record(c, now, actor, &a)?;
    records::finish_visit(c, now, actor, observers, visit)?;
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
        Action::Arrive if a.status == Status::NoShow => come_after_all(c, now, &a)?,
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
        Action::Book | Action::Cancel | Action::Move | Action::Resize | Action::Edit | Action::Correct => {
            return Err(Error::Internal(format!("{} is not a plain step", step.action)));
        }
    }
    finish_step(c, now, actor, a, step, &before).map_err(|e| match before.status {
        Status::NoShow => given_away(e),
        _ => e,
    })
}

pub(super) fn finish_step(
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
