//! Taking a step back.

use super::super::model::{Action, Appointment, AppointmentId, Before, UNDO_GRACE_MS, UNDO_MS};
use super::super::store::{self, Event};
use super::super::{reception, waiting};
use super::notices;
use super::plan::plan_follows;
use super::stale::{as_of, store_change};
use super::steps::may;
use crate::clinic;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::records::{self, Observers};
use crate::staff::{Actor, Subject, audit};

/// Takes back the latest step, within [`UNDO_MS`], if nothing happened since: `version` is the one that the step led to. A
/// step that was one of several of one click is taken back with all of them, or none is. Whoever may take a step may take it
/// back.
///
/// # Errors
/// `stale`, `nothing_to_undo`, `too_late`; `group_changed` when another visit of the same click has changed since.
pub async fn undo(
    db: &Db,
    now: Instant,
    actor: Actor,
    observers: Observers,
    (id, version): (AppointmentId, i64),
) -> Result<Appointment> {
    let limit = UNDO_MS + UNDO_GRACE_MS;
    db.write(move |c| {
        let (a, event) = latest(c, (id, version))?;
        let Some(click) = &event.click else {
            in_time(now, event.at, limit)?;
            lock(c, std::slice::from_ref(&(event.clone(), a.clone())))?;
            return undo_one(c, now, &actor, &observers, (a, event));
        };
        let all = store::events_of_click(c, click)?;
        in_time(now, all.iter().map(|(e, _)| e.at).max().unwrap_or(event.at), limit)?;
        lock(c, &all)?;
        let mut named = None;
        // The last one first: each finds the place that the next one gave it.
        for (e, was) in all.into_iter().rev() {
            let step = latest(c, (was.id, e.version)).map_err(|refused| changed_meanwhile(c, &was, refused))?;
            let back = undo_one(c, now, &actor, &observers, step)?;
            if back.id == id {
                named = Some(back);
            }
        }
        named.ok_or(Error::NotFound("appointment"))
    })
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
    let (a, event) = latest(c, step)?;
    in_time(now, event.at, limit)?;
    lock(c, std::slice::from_ref(&(event.clone(), a.clone())))?;
    undo_one(c, now, actor, &Observers::new(), (a, event))
}

/// The appointment, and the latest step that led to `version`.
fn latest(c: &mut Conn, (id, version): (AppointmentId, i64)) -> Result<(Appointment, Event)> {
    let a = as_of(c, id, version)?;
    let event = store::latest_event(c, id)?.filter(|e| e.version == a.version && e.can_be_undone());
    let nothing = || Error::conflict("nothing_to_undo", "没有可撤销的操作", "There is nothing to undo");
    Ok((a, event.ok_or_else(nothing)?))
}

fn in_time(now: Instant, at: Instant, limit: i64) -> Result<()> {
    if now - at <= limit {
        return Ok(());
    }
    Err(Error::conflict(
        "too_late",
        "已超过可撤销的 8 秒",
        "The 8 seconds for undoing are over",
    ))
}

/// The refusal to take back one click, of which this visit is not as that left it any more.
fn changed_meanwhile(c: &mut Conn, a: &Appointment, refused: Error) -> Error {
    let Ok(site) = clinic::get_site(c, a.site_id) else {
        return refused;
    };
    let at = |lang: Lang| lang.day_time(a.starts_at, site.tz());
    match refused {
        Error::Conflict { .. } => Error::conflict(
            "group_changed",
            format!("一起操作的预约中，{} 的已有变动，因此一个都没有撤销", at(Lang::Zh)),
            format!(
                "Of the visits changed together, that of {} has changed since: none was taken back",
                at(Lang::En)
            ),
        ),
        other => other,
    }
}

/// In one order over all of them, so that no two can wait for each other.
fn lock(c: &mut Conn, steps: &[(Event, Appointment)]) -> Result<()> {
    let (mut whom, mut seconds) = (Vec::new(), Vec::new());
    for (event, a) in steps {
        let before = read(event)?;
        whom.extend([(a.provider_id, a.chair_id), (before.provider_id, before.chair_id)]);
        seconds.extend([a.second_id, before.second_id].into_iter().flatten());
    }
    let patients: Vec<PatientId> = steps.iter().map(|(_, a)| a.patient_id).collect();
    store::take_turns(c, &whom, &seconds, &patients)
}

fn read(event: &Event) -> Result<Before> {
    serde_json::from_str(&event.before).map_err(|e| Error::Internal(e.to_string()))
}

fn undo_one(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    observers: &Observers,
    (mut a, event): (Appointment, Event),
) -> Result<Appointment> {
    may(actor, event.action)?;
    let (version, was, took) = (a.version, a.starts_at, a.takes());
    a.restore(&read(&event)?);
    if event.action == Action::Book {
        a.cancel_reason = Some("undo".into());
    }
    a.updated_at = now;
    store_change(c, &a, version)?;
    a.version = version + 1;
    store::mark_undone(c, event.id, now)?;
    take_back(c, now, actor, observers, (&a, &event))?;
    if a.status.occupies() && a.takes() != took {
        store::end_holds_over(c, &a)?;
    }
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
        Action::Move | Action::Cancel | Action::Resize | Action::Edit => {
            notices::withdraw(c, now, a, event)?;
            waiting::undone(c, now, a.id, event.version)?;
        }
        Action::Arrive => records::abandon_visit(c, now, actor, a.id.0)?,
        Action::Confirm | Action::Leave | Action::NoShow | Action::Correct => {}
    }
    Ok(())
}
