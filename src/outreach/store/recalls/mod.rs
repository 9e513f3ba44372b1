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

mod list;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::{Contact, Recall, RecallId, RecallState};
use crate::appointments::Status;
use crate::clinic::ServiceId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{appointments, recalls, services, visits};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};
use crate::records::{VisitId, VisitStatus};

pub use list::{RecallRow, Resting, count_due, count_worked, list_due, list_resting, resting_since, rests_after_text};

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

/// Whether a patient has a visit planned after `after` for a service.
pub fn is_booked(c: &mut Conn, patient: PatientId, service: ServiceId, after: Instant) -> Result<bool> {
    let found: Option<i64> = appointments::table
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::service_id.eq(service))
        .filter(appointments::starts_at.gt(after))
        .filter(coming!())
        .select(appointments::id)
        .first(c)
        .optional()?;
    Ok(found.is_some())
}

/// Makes a recall due, or due anew: what was tried for the last one is forgotten.
pub fn make_due(c: &mut Conn, now: Instant, key: (PatientId, ServiceId), visit: (VisitId, NaiveDate)) -> Result<()> {
    let (visit_id, due_on) = visit;
    let changed =
        diesel::update(recalls::table.filter(recalls::patient_id.eq(key.0).and(recalls::service_id.eq(key.1))))
            .set((
                recalls::visit_id.eq(Some(visit_id)),
                recalls::due_on.eq(due_on),
                recalls::state.eq(RecallState::Due),
                recalls::attempts.eq(0),
                recalls::hidden_until.eq(None::<NaiveDate>),
                recalls::last_result.eq(None::<String>),
                recalls::version.eq(recalls::version + 1),
                recalls::updated_at.eq(now),
            ))
            .execute(c)?;
    if changed > 0 {
        return Ok(());
    }
    let insert = diesel::insert_into(recalls::table)
        .values((
            recalls::patient_id.eq(key.0),
            recalls::service_id.eq(key.1),
            recalls::visit_id.eq(Some(visit_id)),
            recalls::due_on.eq(due_on),
            recalls::state.eq(RecallState::Due),
            recalls::attempts.eq(0),
            recalls::version.eq(1_i64),
            recalls::created_at.eq(now),
            recalls::updated_at.eq(now),
        ))
        .on_conflict_do_nothing();
    Both(insert).execute(c)?;
    Ok(())
}

/// Forgets a recall.
pub fn delete(c: &mut Conn, patient: PatientId, service: ServiceId) -> Result<()> {
    diesel::delete(recalls::table.filter(recalls::patient_id.eq(patient).and(recalls::service_id.eq(service))))
        .execute(c)?;
    Ok(())
}

/// The latest finished visit of a patient for a service, other than `except`, at most as late as it.
pub fn previous_visit(
    c: &mut Conn,
    patient: PatientId,
    service: ServiceId,
    except: VisitId,
) -> Result<Option<(VisitId, NaiveDate)>> {
    Ok(visits::table
        .filter(visits::patient_id.eq(patient))
        .filter(visits::service_id.eq::<Option<ServiceId>>(Some(service)))
        .filter(visits::status.eq(VisitStatus::Finished))
        .filter(visits::id.ne(except))
        .order((visits::started_at.desc(), visits::id.desc()))
        .select((visits::id, visits::day))
        .first(c)
        .optional()?)
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

/// Makes recalls from the latest finished visit of each patient and service with a recall rule, in one statement. A recall
/// that counts from an earlier day is brought up to date; others stay as they are. Gives how many rows changed.
pub fn derive_from_visits(c: &mut Conn, now: Instant) -> Result<usize> {
    use diesel::sql_types::BigInt;
    // Month arithmetic is the one part that differs; both cut to the end of a shorter month.
    const SQLITE: &str = "INSERT INTO recalls (patient_id, service_id, visit_id, due_on, state, attempts, version, created_at, updated_at) \
         SELECT l.patient_id, l.service_id, l.id, date(l.day, '+' || s.recall_months || ' months', 'floor'), 'due', 0, 1, $1, $1 \
         FROM (SELECT v.id, v.patient_id, v.service_id, v.day, \
                      ROW_NUMBER() OVER (PARTITION BY v.patient_id, v.service_id ORDER BY v.started_at DESC, v.id DESC) AS place \
               FROM visits v WHERE v.status = 'finished' AND v.service_id IS NOT NULL) l \
         JOIN services s ON s.id = l.service_id \
         WHERE l.place = 1 AND s.recall_months IS NOT NULL \
         ON CONFLICT (patient_id, service_id) DO UPDATE SET visit_id = excluded.visit_id, due_on = excluded.due_on, \
             state = 'due', attempts = 0, hidden_until = NULL, last_result = NULL, version = recalls.version + 1, \
             updated_at = excluded.updated_at \
         WHERE recalls.due_on < excluded.due_on";
    const PG: &str = "INSERT INTO recalls (patient_id, service_id, visit_id, due_on, state, attempts, version, created_at, updated_at) \
         SELECT l.patient_id, l.service_id, l.id, (l.day + make_interval(months => s.recall_months))::date, 'due', 0, 1, $1, $1 \
         FROM (SELECT v.id, v.patient_id, v.service_id, v.day, \
                      ROW_NUMBER() OVER (PARTITION BY v.patient_id, v.service_id ORDER BY v.started_at DESC, v.id DESC) AS place \
               FROM visits v WHERE v.status = 'finished' AND v.service_id IS NOT NULL) l \
         JOIN services s ON s.id = l.service_id \
         WHERE l.place = 1 AND s.recall_months IS NOT NULL \
         ON CONFLICT (patient_id, service_id) DO UPDATE SET visit_id = excluded.visit_id, due_on = excluded.due_on, \
             state = 'due', attempts = 0, hidden_until = NULL, last_result = NULL, version = recalls.version + 1, \
             updated_at = excluded.updated_at \
         WHERE recalls.due_on < excluded.due_on";
    Ok(match c {
        Conn::Sqlite(c) => diesel::sql_query(SQLITE).bind::<BigInt, _>(now.0).execute(c)?,
        Conn::Pg(c) => diesel::sql_query(PG).bind::<BigInt, _>(now.0).execute(c)?,
    })
}
