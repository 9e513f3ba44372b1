//! What recalls are worked out of, for several patients at once, and writing what comes out.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::super::model::{Ended, Finished, Person, Recall, RecallState, RecallType, Risk, Target, calculate};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{patients, recall_risks, recalls, visits};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;
use crate::records::{VisitId, VisitStatus};

/// Patients looked at in one go.
pub const BATCH: usize = 200;

/// A recall as it should be, the row there is, and why it is not open.
#[derive(Debug, Clone)]
pub struct Step {
    /// Whose.
    pub patient: PatientId,
    /// As it should be. None: there should be none.
    pub target: Option<Target>,
    /// As it is. None: there is none yet.
    pub row: Option<Recall>,
    /// Why it is not open.
    pub ended: Option<Ended>,
}

impl Step {
    /// Whether the row is as it should be.
    pub fn is_done(&self) -> bool {
        match (&self.target, &self.row) {
            (Some(t), Some(r)) => {
                !t.anew
                    && (t.visit, t.calculated_on, t.edited_on) == (r.visit_id, r.calculated_on, r.edited_on)
                    && (t.due_on, t.state) == (r.due_on, r.state)
            }
            (None, None) => true,
            _ => false,
        }
    }
}

/// What the recalls of these patients (at most [`BATCH`]) should be, leaving out the visit `except`.
pub fn steps(
    c: &mut Conn,
    today: NaiveDate,
    types: &[RecallType],
    who: &[PatientId],
    except: Option<VisitId>,
) -> Result<Vec<Step>> {
    let people: Vec<(PatientId, Option<NaiveDate>, Option<Risk>)> = patients::table
        .left_join(recall_risks::table)
        .filter(patients::id.eq_any(who.to_vec()))
        .order(patients::id)
        .select((patients::id, patients::birth_date, recall_risks::risk.nullable()))
        .load(c)?;
    let mut finished: HashMap<PatientId, Vec<Finished>> = HashMap::new();
    for (patient, visit) in visits_of(c, who)? {
        if Some(visit.id) != except {
            finished.entry(patient).or_default().push(visit);
        }
    }
    let mut standing: HashMap<PatientId, Vec<Recall>> = HashMap::new();
    let rows: Vec<Recall> = recalls::table
        .filter(recalls::patient_id.eq_any(who.to_vec()))
        .order(recalls::id)
        .load(c)?;
    for row in rows {
        standing.entry(row.patient_id).or_default().push(row);
    }
    let mut steps = Vec::new();
    for (patient, born, risk) in people {
        let person = Person {
            born,
            risk: risk.unwrap_or(Risk::Normal),
        };
        let visits = finished.remove(&patient).unwrap_or_default();
        let mut rows = standing.remove(&patient).unwrap_or_default();
        for (target, ended) in calculate(types, person, today, &visits, &rows) {
            let at = rows.iter().position(|r| r.service_id == target.service);
            steps.push(Step {
                patient,
                row: at.map(|i| rows.swap_remove(i)),
                target: Some(target),
                ended,
            });
        }
        steps.extend(rows.into_iter().map(|row| Step {
            patient,
            target: None,
            row: Some(row),
            ended: None,
        }));
    }
    Ok(steps)
}

fn visits_of(c: &mut Conn, who: &[PatientId]) -> Result<Vec<(PatientId, Finished)>> {
    type Row = (PatientId, VisitId, Option<crate::clinic::ServiceId>, NaiveDate, Instant);
    let rows: Vec<Row> = visits::table
        .filter(visits::patient_id.eq_any(who.to_vec()))
        .filter(visits::status.eq(VisitStatus::Finished))
        .select((
            visits::patient_id,
            visits::id,
            visits::service_id,
            visits::day,
            visits::started_at,
        ))
        .load(c)?;
    let finished = rows.into_iter().filter_map(|(patient, id, service, day, started_at)| {
        let service = service?;
        Some((
            patient,
            Finished {
                id,
                service,
                day,
                started_at,
            },
        ))
    });
    Ok(finished.collect())
}

/// Makes a recall as it should be, unless somebody else has changed it since it was read: then false. Only one that counts
/// anew forgets what was tried.
pub fn take_unless_changed(c: &mut Conn, now: Instant, step: &Step) -> Result<bool> {
    if let Some(row) = &step.row {
        // Takes the row's lock, so that what follows is of one piece.
        let at = recalls::id.eq(row.id).and(recalls::version.eq(row.version));
        let own = diesel::update(recalls::table.filter(at)).set(recalls::version.eq(row.version));
        if own.execute(c)? == 0 {
            return Ok(false);
        }
    }
    take(c, now, step)?;
    Ok(true)
}

/// Makes a recall as it should be, whatever it is by now.
pub fn take(c: &mut Conn, now: Instant, step: &Step) -> Result<()> {
    match (&step.target, &step.row) {
        (Some(target), Some(row)) => update(c, now, target, row),
        (Some(target), None) => insert(c, now, step.patient, target),
        (None, Some(row)) => {
            diesel::delete(recalls::table.find(row.id)).execute(c)?;
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

fn update(c: &mut Conn, now: Instant, t: &Target, row: &Recall) -> Result<()> {
    let forgotten = t.anew.then_some((
        recalls::attempts.eq(0),
        recalls::hidden_until.eq(None::<NaiveDate>),
        recalls::last_result.eq(None::<String>),
        recalls::updated_at.eq(now),
    ));
    diesel::update(recalls::table.find(row.id))
        .set((
            recalls::visit_id.eq(t.visit),
            recalls::calculated_on.eq(t.calculated_on),
            recalls::edited_on.eq(t.edited_on),
            recalls::due_on.eq(t.due_on),
            recalls::state.eq(t.state),
            recalls::version.eq(recalls::version + 1),
        ))
        .execute(c)?;
    if let Some(forgotten) = forgotten {
        diesel::update(recalls::table.find(row.id)).set(forgotten).execute(c)?;
    }
    Ok(())
}

fn insert(c: &mut Conn, now: Instant, patient: PatientId, t: &Target) -> Result<()> {
    let insert = diesel::insert_into(recalls::table)
        .values((
            recalls::patient_id.eq(patient),
            recalls::service_id.eq(t.service),
            recalls::visit_id.eq(t.visit),
            recalls::calculated_on.eq(t.calculated_on),
            recalls::due_on.eq(t.due_on),
            recalls::state.eq(RecallState::Due),
            recalls::reason.eq(""),
            recalls::note.eq(""),
            recalls::attempts.eq(0),
            recalls::version.eq(1_i64),
            recalls::created_at.eq(now),
            recalls::updated_at.eq(now),
        ))
        .on_conflict_do_nothing();
    Both(insert).execute(c)?;
    Ok(())
}

/// The next patients after `after` who have a finished visit or a recall, at most [`BATCH`].
pub fn next_patients(c: &mut Conn, after: PatientId) -> Result<Vec<PatientId>> {
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let mut found: Vec<PatientId> = visits::table
        .filter(visits::patient_id.gt(after))
        .filter(visits::status.eq(VisitStatus::Finished))
        .group_by(visits::patient_id)
        .order(visits::patient_id)
        .limit(limit)
        .select(visits::patient_id)
        .load(c)?;
    let recalled: Vec<PatientId> = recalls::table
        .filter(recalls::patient_id.gt(after))
        .group_by(recalls::patient_id)
        .order(recalls::patient_id)
        .limit(limit)
        .select(recalls::patient_id)
        .load(c)?;
    found.extend(recalled);
    found.sort();
    found.dedup();
    found.truncate(BATCH);
    Ok(found)
}

/// Patients with their day of birth whose birthday is one of these `MMDD`.
pub fn born_on(c: &mut Conn, month_days: &[i32]) -> Result<Vec<(PatientId, Option<NaiveDate>)>> {
    Ok(patients::table
        .filter(patients::birth_month_day.eq_any(month_days.to_vec()))
        .order(patients::id)
        .select((patients::id, patients::birth_date))
        .load(c)?)
}

/// Patients changed after `since`, the longest ago first: [`BATCH`] or so, all of an instant together; and until when.
pub fn changed_after(c: &mut Conn, since: Instant) -> Result<Option<(Vec<PatientId>, Instant)>> {
    let of = || patients::table.filter(patients::updated_at.gt(since));
    let first: Vec<Instant> = of()
        .order(patients::updated_at)
        .limit(i64::try_from(BATCH).unwrap_or(i64::MAX))
        .select(patients::updated_at)
        .load(c)?;
    let Some(until) = first.last().copied() else {
        return Ok(None);
    };
    let who = of().filter(patients::updated_at.le(until)).select(patients::id);
    Ok(Some((who.load(c)?, until)))
}
