//! What people set of a recall: its day, an interval of the patient's own, a pause, off; and how much at risk the patient is.

use chrono::NaiveDate;

use super::super::model::{Edit, Interval, REASON_MAX, Recall, RecallId, RecallState, Risk, Undo, due_on};
use super::super::store::recalls;
use super::recalculate::one_patient;
use crate::clinic;
use crate::patients::PatientId;
use crate::platform::clock::{Instant, is_in_calendar};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Changes, Subject, audit};

/// A pause ends at most so many days ahead.
const PAUSE_MAX_DAYS: i64 = 3 * 366;
/// Longest note, in characters.
const NOTE_MAX: usize = 1000;

fn subject(recall: &Recall) -> Subject {
    Subject::of_patient("recalls", recall.id.0, recall.patient_id.0)
}

fn current(c: &mut Conn, (id, version): (RecallId, i64)) -> Result<Recall> {
    let recall = recalls::get_recall(c, id)?;
    if recall.version == version {
        return Ok(recall);
    }
    let zone = clinic::the_site(c)?.tz();
    Err(staff::stale(c, zone, subject(&recall))?)
}

/// Sets what people set of a recall, on the version that was read. The day of the recall follows, and those of its group.
///
/// # Errors
/// Faults at `due_on`, `own`, `paused_until`, `reason`, `note`; `stale`.
pub async fn edit(db: &Db, now: Instant, actor: Actor, step: (RecallId, i64), wanted: Edit) -> Result<Recall> {
    db.write(move |c| {
        let recall = current(c, step)?;
        let (before, today) = (Edit::of(&recall), now.day(clinic::the_site(c)?.tz()));
        let mut edit = wanted;
        check(&before, &edit, today).finish()?;
        // The day that is worked out anyway is no edit: due goes on to follow.
        let calculated = worked_out(c, &recall, edit.own())?;
        edit.due_on = edit.due_on.filter(|day| *day != calculated);
        if edit == before {
            return Ok(recall);
        }
        let state = match recall.state {
            _ if edit.off => RecallState::Off,
            _ if edit.declined => RecallState::Declined,
            RecallState::Off | RecallState::Declined => RecallState::Due,
            state => state,
        };
        let undo = (recall.state, before.clone());
        let recall = write(c, now, &recall, (&edit, state), Some(undo))?;
        audit(
            c,
            now,
            &actor,
            "update",
            subject(&recall),
            &differences(&before, &edit).to_string(),
        )?;
        Ok(recall)
    })
    .await
}

/// What would be worked out with this interval of the patient's own, or without one.
fn worked_out(c: &mut Conn, recall: &Recall, own: Option<Interval>) -> Result<NaiveDate> {
    let risk = recalls::find_risk(c, recall.patient_id)?.map_or(Risk::Normal, |r| r.risk);
    let interval = own.or(recalls::get_type(c, recall.service_id)?.interval(risk));
    let day = recalls::counted_day(c, recall)?;
    Ok(day.zip(interval).map_or(recall.calculated_on, |(day, i)| i.after(day)))
}

fn write(
    c: &mut Conn,
    now: Instant,
    recall: &Recall,
    (edit, state): (&Edit, RecallState),
    undo: Option<(RecallState, Edit)>,
) -> Result<Recall> {
    let due = due_on(recall.calculated_on, edit.due_on, edit.paused_until);
    if !recalls::save_edit(c, recall, edit, (due, state))? {
        return Err(Error::stale());
    }
    one_patient(c, now, recall.patient_id, None)?;
    let mut after = recalls::get_recall(c, recall.id)?;
    let undo = undo.map(|(state, edit)| Undo {
        version: after.version,
        state,
        edit,
    });
    let text = undo.map(|u| serde_json::to_string(&u)).transpose();
    after.undo = text.map_err(|e| Error::Internal(e.to_string()))?;
    recalls::keep_undo(c, recall.id, after.undo.as_deref())?;
    Ok(after)
}

fn check(before: &Edit, edit: &Edit, today: NaiveDate) -> Faults {
    let mut faults = Faults::default();
    let odd = |day: Option<NaiveDate>| day.is_some_and(|d| !is_in_calendar(d));
    if odd(edit.due_on) {
        faults.add("due_on", "out_of_range", "这个日期太远", "That day is too far away");
    }
    if edit.own().is_some_and(|i| i.months == 0 && i.days == 0) {
        faults.add("own_months", "out_of_range", "间隔至少 1 天", "At least one day");
    }
    let pause = edit.paused_until.filter(|_| edit.paused_until != before.paused_until);
    if pause.is_some_and(|day| day <= today || (day - today).num_days() > PAUSE_MAX_DAYS) {
        faults.add(
            "paused_until",
            "out_of_range",
            "应为明天到三年内的日期",
            "A day from tomorrow to three years ahead",
        );
    }
    if edit.off && edit.reason.is_empty() {
        faults.add("reason", "required", "停用时请填写原因", "Say why it is switched off");
    }
    for (field, text, most) in [("reason", &edit.reason, REASON_MAX), ("note", &edit.note, NOTE_MAX)] {
        if text.chars().count() > most {
            let (zh, en) = (format!("最多 {most} 个字"), format!("At most {most} characters"));
            faults.add(field, "too_long", zh, en);
        }
    }
    faults
}

fn differences(before: &Edit, after: &Edit) -> Changes {
    let mut changes = Changes::default();
    changes.note_option("due_on", before.due_on, after.due_on);
    let own = |e: &Edit| e.own().map(|i| i.text().en);
    changes.note_option("own_interval", own(before), own(after));
    changes.note_option("paused_until", before.paused_until, after.paused_until);
    changes.note("off", before.off, after.off);
    changes.note("declined", before.declined, after.declined);
    changes.note("reason", &before.reason, &after.reason);
    changes.note("note", &before.note, &after.note);
    changes
}

/// Takes the last edit back, if nothing has changed since.
///
/// # Errors
/// `stale`; `nothing_to_undo`.
pub async fn undo_edit(db: &Db, now: Instant, actor: Actor, step: (RecallId, i64)) -> Result<Recall> {
    db.write(move |c| {
        let recall = current(c, step)?;
        let Some(undo) = Undo::of(&recall) else {
            return Err(Error::conflict(
                "nothing_to_undo",
                "已不能撤销",
                "This cannot be undone any more",
            ));
        };
        let before = Edit::of(&recall);
        let recall = write(c, now, &recall, (&undo.edit, undo.state), None)?;
        let detail = differences(&before, &undo.edit).to_string();
        audit(c, now, &actor, "undo", subject(&recall), &detail)?;
        Ok(recall)
    })
    .await
}

/// Sets how much at risk a patient is, on the version that was read (0: none was set); the recalls follow.
///
/// # Errors
/// `stale`.
pub async fn set_risk(db: &Db, now: Instant, actor: Actor, step: (PatientId, i64), risk: Risk) -> Result<()> {
    db.write(move |c| {
        let (patient, version) = step;
        let before = recalls::find_risk(c, patient)?;
        let was = before.as_ref().map_or(Risk::Normal, |r| r.risk);
        let subject = || Subject::of_patient("recall_risks", patient.0, patient.0);
        if before.as_ref().map_or(0, |r| r.version) != version {
            let zone = clinic::the_site(c)?.tz();
            return Err(staff::stale(c, zone, subject())?);
        }
        if was == risk {
            return Ok(());
        }
        if !recalls::set_risk(c, step, (risk, &actor.name, now))? {
            return Err(Error::stale());
        }
        let mut changes = Changes::default();
        changes.note("risk", was, risk);
        audit(c, now, &actor, "update", subject(), &changes.to_string())?;
        one_patient(c, now, patient, None)
    })
    .await
}
