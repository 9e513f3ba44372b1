//! What people do with a visit: begin, write, finish, reopen. Each runs inside its caller's transaction.

use std::sync::Arc;

use super::model::{NewVisit, Notes, Visit, VisitId, VisitObserver, VisitStatus};
use super::store;
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::{self, Actor, Subject};

/// Begins the record of a visit as its patient is seated. Asked twice for one appointment, it answers with the same visit.
pub fn begin_visit(c: &mut Conn, now: Instant, actor: &Actor, visit: NewVisit) -> Result<VisitId> {
    let added = store::insert_draft(c, now, actor.user, &visit)?;
    let found = store::find_by_appointment(c, visit.appointment_id)?.ok_or(Error::NotFound("visit"))?;
    if added {
        staff::audit(c, now, actor, "create", subject(&found), "draft")?;
    }
    Ok(found.id)
}

/// Takes back a [`begin_visit`] (the patient was seated by mistake): removes the draft if nobody has written in it.
pub fn abandon_visit(c: &mut Conn, now: Instant, actor: &Actor, appointment: i64) -> Result<()> {
    let Some(found) = store::find_by_appointment(c, appointment)? else {
        return Ok(());
    };
    if store::delete_untouched_draft(c, appointment)? {
        staff::audit(c, now, actor, "delete", subject(&found), "untouched draft")?;
    }
    Ok(())
}

/// Draft → finished, and every observer makes the next link of the chain. A finished visit stays as it is.
///
/// # Errors
/// `wrong_state` for an imported visit that did not take place; those of the observers.
pub fn finish_visit(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    observers: &[Arc<dyn VisitObserver>],
    id: VisitId,
) -> Result<Visit> {
    let Some(visit) = turn(c, now, actor, (VisitStatus::Draft, VisitStatus::Finished), id)? else {
        return store::get_visit(c, id);
    };
    for observer in observers {
        observer.finished(c, now, &visit)?;
    }
    Ok(visit)
}

/// [`finish_visit`] by who writes the record: something has to be written. The desk may finish without; the visit is then
/// on the list of records to be written.
///
/// # Errors
/// `Invalid` when nothing is written; those of [`finish_visit`].
pub(super) fn finish_written(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    observers: &[Arc<dyn VisitObserver>],
    id: VisitId,
) -> Result<Visit> {
    let visit = store::get_visit(c, id)?;
    if !Notes::of(&visit, store::list_treatments(c, id)?).is_written() {
        return Err(Error::field(
            "complaint",
            "required",
            "还没有写病历：请至少填写主诉、诊断或一项治疗，再完成",
            "Nothing is written yet: give a complaint, a diagnosis or one treatment before finishing",
        ));
    }
    finish_visit(c, now, actor, observers, id)
}

/// Finished → draft: takes back a [`finish_visit`], and the observers take back what nobody has worked on.
///
/// # Errors
/// `wrong_state` for an imported visit that did not take place; those of the observers.
pub fn reopen_visit(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    observers: &[Arc<dyn VisitObserver>],
    id: VisitId,
) -> Result<Visit> {
    let Some(visit) = turn(c, now, actor, (VisitStatus::Finished, VisitStatus::Draft), id)? else {
        return store::get_visit(c, id);
    };
    for observer in observers {
        observer.reopened(c, now, &visit)?;
    }
    Ok(visit)
}

/// The visit after the change; `None` when it was there already.
fn turn(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    change: (VisitStatus, VisitStatus),
    id: VisitId,
) -> Result<Option<Visit>> {
    if store::update_status(c, now, id, change)? {
        let visit = store::get_visit(c, id)?;
        let action = if change.1 == VisitStatus::Finished {
            "finish"
        } else {
            "reopen"
        };
        staff::audit(c, now, actor, action, subject(&visit), "")?;
        return Ok(Some(visit));
    }
    match store::get_visit(c, id)?.status {
        status if status == change.1 => Ok(None),
        _ => Err(Error::conflict(
            "wrong_state",
            "这次就诊没有发生，不能这样操作",
            "This visit did not take place; that is not possible",
        )),
    }
}

/// Writes a visit's notes on the version that was read. A finished visit can be corrected; the audit keeps what changed.
///
/// # Errors
/// `stale` when somebody else changed it since, with who and when.
pub fn save_notes(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (id, version): (VisitId, i64),
    notes: &Notes,
) -> Result<Visit> {
    notes.check().finish()?;
    let visit = store::get_visit(c, id)?;
    let before = Notes::of(&visit, store::list_treatments(c, id)?);
    let zone = clinic::the_site(c)?.tz();
    if visit.version != version {
        return Err(staff::stale(c, zone, subject(&visit))?);
    }
    if before == *notes {
        // Nothing changes, but the whole record is given.
        staff::audit(c, now, actor, "read", subject(&visit), "")?;
        return Ok(visit);
    }
    let today = now.day(zone);
    notes.check_next(&before, visit.day, today).finish()?;
    if !store::update_notes(c, now, id, version, notes)? {
        return Err(staff::stale(c, zone, subject(&visit))?);
    }
    if before.treatments != notes.treatments {
        store::replace_treatments(c, id, &notes.treatments)?;
    }
    let finished = visit.status == VisitStatus::Finished;
    let action = if finished { "correct" } else { "update" };
    staff::audit(c, now, actor, action, subject(&visit), &before.changes(notes, finished))?;
    store::get_visit(c, id)
}

/// The visit of an appointment, begun now if the patient is here and nobody has.
///
/// # Errors
/// `wrong_state` when the patient has not come.
pub(super) fn open_for_appointment(c: &mut Conn, now: Instant, actor: &Actor, appointment: i64) -> Result<VisitId> {
    if let Some(visit) = store::find_by_appointment(c, appointment)? {
        return Ok(visit.id);
    }
    let booked = store::find_booked(c, appointment)?.ok_or(Error::NotFound("appointment"))?;
    if !["arrived", "in-chair", "done"].contains(&booked.status.as_str()) {
        return Err(Error::conflict(
            "wrong_state",
            "患者还没有到，不能写病历",
            "The patient has not come yet, so there is nothing to record",
        ));
    }
    let zone = clinic::the_site(c)?.tz();
    let visit = NewVisit {
        appointment_id: appointment,
        patient_id: booked.patient_id,
        provider_id: booked.provider_id,
        service_id: booked.service_id,
        day: booked.starts_at.day(zone),
        provider_name: booked.provider_name,
        service_name: booked.service_name,
    };
    begin_visit(c, now, actor, visit)
}

fn subject(visit: &Visit) -> Subject {
    Subject::of_patient("visits", visit.id.0, visit.patient_id.0)
}
