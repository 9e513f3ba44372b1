//! Taking a step back.

use super::super::model::{Action, Appointment, AppointmentId, Before, UNDO_GRACE_MS, UNDO_MS};
use super::super::store::{self, Event};
use super::super::{reception, waiting};
use super::notices;
use super::plan::plan_follows;
use super::stale::{as_of, store_change};
use super::steps::may;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::records::{self, Observers};
use crate::staff::{Actor, Subject, audit};

/// Takes back the latest step, within [`UNDO_MS`], if nothing happened since: `version` is the one that the step led to.
/// Whoever may take a step may take it back.
pub async fn undo(
    db: &Db,
    now: Instant,
    actor: Actor,
    observers: Observers,
    (id, version): (AppointmentId, i64),
) -> Result<Appointment> {
    let limit = UNDO_MS + UNDO_GRACE_MS;
    db.write(move |c| undo_in(c, now, &actor, &observers, ((id, version), limit)))
        .await
}

/// Takes back a booking, a move or a cancellation that is at most `limit` old, inside a transaction.
pub(in crate::appointments) fn undo_within(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    step: (AppointmentId, i64),
    limit: i64,
) -> Result<Appointment> {
    undo_in(c, now, actor, &Observers::new(), (step, limit))
}

fn undo_in(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    observers: &Observers,
    ((id, version), limit): ((AppointmentId, i64), i64),
) -> Result<Appointment> {
    let mut a = as_of(c, id, version)?;
    let event = store::latest_event(c, id)?
        .filter(|e| e.version == a.version && e.undone_at.is_none())
        .ok_or_else(|| Error::conflict("nothing_to_undo", "没有可撤销的操作", "There is nothing to undo"))?;
    may(actor, event.action)?;
    if now - event.at > limit {
        return Err(Error::conflict(
            "too_late",
            "已超过可撤销的 8 秒",
            "The 8 seconds for undoing are over",
        ));
    }
    let before: Before = serde_json::from_str(&event.before).map_err(|e| Error::Internal(e.to_string()))?;
    let whom = [(a.provider_id, a.chair_id), (before.provider_id, before.chair_id)];
    let seconds: Vec<_> = [a.second_id, before.second_id].into_iter().flatten().collect();
    store::take_turns(c, &whom, &seconds, &[a.patient_id])?;
    let was = a.starts_at;
    a.restore(&before);
    if event.action == Action::Book {
        a.cancel_reason = Some("undo".into());
    }
    a.updated_at = now;
    store_change(c, &a, version)?;
    a.version = version + 1;
    store::mark_undone(c, event.id, now)?;
    take_back(c, now, actor, observers, (&a, &event))?;
    plan_follows(c, now, actor, &a, was)?;
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
        Action::Book => {
            notices::withdraw(c, now, a, event)?;
            reception::requeue(c, a.id)?;
        }
        Action::Move | Action::Cancel => {
            notices::withdraw(c, now, a, event)?;
            waiting::undone(c, now, a.id, event.version)?;
        }
        Action::Arrive => records::abandon_visit(c, now, actor, a.id.0)?,
        Action::Confirm | Action::Leave | Action::NoShow | Action::Resize => {}
    }
    Ok(())
}
