//! Who did what, when, from where. Rows are only ever added: triggers in the database refuse anything else.

use diesel::prelude::*;

use super::model::{Actor, UserId};
use crate::platform::clock::Instant;
use crate::platform::db::schema::audit_log;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;

/// What an audited action was about.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// Table or thing: `patients`, `appointments`, `session`, …
    pub kind: &'static str,
    /// Its row.
    pub id: Option<i64>,
    /// The patient whose record it belongs to.
    pub patient: Option<i64>,
}

impl Subject {
    /// Something that belongs to no patient.
    pub fn of(kind: &'static str, id: i64) -> Subject {
        Subject {
            kind,
            id: Some(id),
            patient: None,
        }
    }
    /// Something of a patient's record.
    pub fn of_patient(kind: &'static str, id: i64, patient: i64) -> Subject {
        Subject {
            kind,
            id: Some(id),
            patient: Some(patient),
        }
    }
}

/// Adds a row, in the transaction of what it tells about. `detail` says what changed, never a secret.
pub fn audit(c: &mut Conn, now: Instant, actor: &Actor, action: &str, subject: Subject, detail: &str) -> Result<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::at.eq(now),
            audit_log::user_id.eq(actor.user),
            audit_log::actor.eq(&actor.name),
            audit_log::action.eq(action),
            audit_log::subject.eq(subject.kind),
            audit_log::subject_id.eq(subject.id),
            audit_log::patient_id.eq(subject.patient),
            audit_log::ip.eq(&actor.ip),
            audit_log::request_id.eq(&actor.request),
            audit_log::detail.eq(detail),
        ))
        .execute(c)?;
    Ok(())
}

/// Notes that somebody read a patient's record. Called before the record is shown: when the row cannot be written, the
/// record is not shown.
pub async fn read_of_record(db: &Db, now: Instant, actor: &Actor, kind: &'static str, patient: i64) -> Result<()> {
    let actor = actor.clone();
    db.write(move |c| audit(c, now, &actor, "read", Subject::of_patient(kind, patient, patient), ""))
        .await
}

/// A row of the audit.
#[derive(Debug, Clone, Queryable)]
pub struct AuditEntry {
    /// Row id, rising.
    pub id: i64,
    /// When.
    pub at: Instant,
    /// Account.
    pub user: Option<UserId>,
    /// Name at that time.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub subject: String,
    /// Its row.
    pub subject_id: Option<i64>,
    /// Whose record.
    pub patient: Option<i64>,
    /// From where.
    pub ip: String,
    /// In which request.
    pub request: String,
    /// What changed.
    pub detail: String,
}

/// The latest rows, newest first; those of one patient's record if asked. `before`: only ids below (for paging).
pub fn list_audit(c: &mut Conn, patient: Option<i64>, before: Option<i64>, limit: i64) -> Result<Vec<AuditEntry>> {
    let mut query = audit_log::table.order(audit_log::id.desc()).limit(limit).into_boxed();
    if let Some(patient) = patient {
        query = query.filter(audit_log::patient_id.eq(patient));
    }
    if let Some(before) = before {
        query = query.filter(audit_log::id.lt(before));
    }
    Ok(query.load(c)?)
}
