//! Recalls: making and ending them, and what is written down of contacts. Their list is in `list`.

/// States of an appointment that makes a recall's work superfluous.
macro_rules! coming {
    () => {
        crate::platform::db::one_of!(
            appointments::status,
            Status::Booked,
            Status::Confirmed,
            Status::Arrived,
            Status::InChair
        )
    };
}

mod facts;
mod family;
mod list;
mod risk;
mod types;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::{Contact, Edit, Recall, RecallId, RecallState};
use crate::appointments::{AppointmentId, Status};
use crate::clinic::{ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointments, recalls, services, visits};
use crate::platform::error::{Error, Result};

pub use facts::{BATCH, Step, born_on, changed_after, next_patients, steps, take, take_unless_changed};
pub use family::{
    Member, Told, companions, due_at_numbers, family_of, forget_companions, leads_unsent, note_companions, told_along,
    told_together,
};
pub use list::{RecallRow, Resting, count_due, count_worked, list_due, list_resting, resting_since, rests_after_text};
pub use risk::{RiskSet, find_risk, set_risk};
pub use types::{Progress, get_type, list_types, progress, save_family_days, save_progress, save_type};

/// A recall that must be there.
pub fn get_recall(c: &mut Conn, id: RecallId) -> Result<Recall> {
    recalls::table
        .find(id)
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("recall"))
}
/// The recalls of a patient, latest due first.
pub fn of_patient(c: &mut Conn, patient: PatientId, limit: i64) -> Result<Vec<(Recall, String, String)>> {
    Ok(recalls::table
        .inner_join(services::table)
        .filter(recalls::patient_id.eq(patient))
        .order(recalls::due_on.desc())
        .limit(limit)
        .select((recalls::all_columns, services::name, services::name_en))
        .load(c)?)
}

/// The next visit of a patient for a service that starts after `after`.
pub fn visit_for(
    c: &mut Conn,
    patient: PatientId,
    service: ServiceId,
    after: Instant,
) -> Result<Option<AppointmentId>> {
    Ok(appointments::table
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::service_id.eq(service))
        .filter(appointments::starts_at.gt(after))
        .filter(coming!())
        .order((appointments::starts_at, appointments::id))
        .select(appointments::id)
        .first(c)
        .optional()?)
}

/// Whether a patient has a visit planned after `after` for a service.
pub fn is_booked(c: &mut Conn, patient: PatientId, service: ServiceId, after: Instant) -> Result<bool> {
    Ok(visit_for(c, patient, service, after)?.is_some())
}

/// Writes down a contact, if the recall still has `version`; false when somebody was faster.
pub fn note_contact(c: &mut Conn, now: Instant, recall: &Recall, contact: &Contact) -> Result<bool> {
    let n = diesel::update(recalls::table.filter(recalls::id.eq(recall.id).and(recalls::version.eq(recall.version))))
        .set((
            recalls::state.eq(contact.state),
            recalls::attempts.eq(recall.attempts + 1),
            recalls::hidden_until.eq(contact.back_on),
            recalls::last_result.eq(Some(contact.result)),
            recalls::version.eq(recall.version + 1),
            recalls::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(n == 1)
}

/// Takes back the contact that was noted last, if the recall still has its version; false when somebody was faster.
pub fn forget_contact(c: &mut Conn, now: Instant, recall: &Recall) -> Result<bool> {
    let n = diesel::update(recalls::table.filter(recalls::id.eq(recall.id).and(recalls::version.eq(recall.version))))
        .set((
            recalls::attempts.eq((recall.attempts - 1).max(0)),
            recalls::hidden_until.eq(None::<NaiveDate>),
            recalls::last_result.eq(None::<String>),
            recalls::version.eq(recall.version + 1),
            recalls::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(n == 1)
}

/// Writes what somebody has set, with the day and state that follow from it, if the recall still has `version`; false when
/// somebody was faster.
pub fn save_edit(c: &mut Conn, recall: &Recall, edit: &Edit, stands: (NaiveDate, RecallState)) -> Result<bool> {
    let at = recalls::id.eq(recall.id).and(recalls::version.eq(recall.version));
    let n = diesel::update(recalls::table.filter(at))
        .set((
            recalls::edited_on.eq(edit.due_on),
            recalls::own_months.eq(edit.months),
            recalls::own_days.eq(edit.days),
            recalls::paused_until.eq(edit.paused_until),
            recalls::due_on.eq(stands.0),
            recalls::state.eq(stands.1),
            recalls::reason.eq(edit.reason.clone()),
            recalls::note.eq(edit.note.clone()),
            recalls::version.eq(recall.version + 1),
        ))
        .execute(c)?;
    Ok(n == 1)
}

/// Keeps what an edit can be taken back to.
pub fn keep_undo(c: &mut Conn, id: RecallId, undo: Option<&str>) -> Result<()> {
    let undo = undo.map(str::to_owned);
    diesel::update(recalls::table.find(id))
        .set(recalls::undo.eq(undo))
        .execute(c)?;
    Ok(())
}

/// The day of the visit that a recall counts from.
pub fn counted_day(c: &mut Conn, recall: &Recall) -> Result<Option<NaiveDate>> {
    let Some(visit) = recall.visit_id else {
        return Ok(None);
    };
    Ok(visits::table.find(visit).select(visits::day).first(c).optional()?)
}

/// Who treated at the visit that a recall counts from.
pub fn counted_provider(c: &mut Conn, recall: &Recall) -> Result<Option<ProviderId>> {
    let Some(visit) = recall.visit_id else {
        return Ok(None);
    };
    let found: Option<Option<ProviderId>> = visits::table
        .find(visit)
        .select(visits::provider_id)
        .first(c)
        .optional()?;
    Ok(found.flatten())
}

/// All recalls of a patient, in the order they were made.
pub fn list_of(c: &mut Conn, patient: PatientId) -> Result<Vec<Recall>> {
    let of = recalls::table.filter(recalls::patient_id.eq(patient));
    Ok(of.order(recalls::id).load(c)?)
}
