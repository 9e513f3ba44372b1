//! Who did what, when, from where. Rows are only ever added: triggers in the database refuse anything else.

use std::fmt::Display;

use diesel::prelude::*;

use super::model::{Actor, UserId};
use crate::platform::clock::Instant;
use crate::platform::db::schema::audit_log;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;

/// Characters of a search that are noted.
const QUERY_NOTED: usize = 60;

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

/// Notes that somebody took a list that names patients, and how many rows it has. Called before the list is given: when the
/// row cannot be written, it is not.
pub async fn read_of_list(db: &Db, now: Instant, actor: &Actor, kind: &'static str, rows: usize) -> Result<()> {
    let (actor, detail) = (actor.clone(), format!("list of {rows}"));
    let subject = Subject {
        kind,
        id: None,
        patient: None,
    };
    db.write(move |c| audit(c, now, &actor, "read", subject, &detail)).await
}

/// Notes which names somebody was shown while they typed `text`, in a list of patients. Called before the names are given:
/// when the row cannot be written, they are not. A search box asks with every letter, and the names get fewer; what matters
/// is who was shown to whom. So a row is written when a name is among them that this account was not shown within the last
/// minute, and none for the same names once more.
///
/// # Errors
/// Those of the database.
pub async fn names_were_shown(ctx: &Ctx, actor: &Actor, text: &str, patients: &[i64]) -> Result<()> {
    let (now, account) = (ctx.now(), actor.user.map_or(0, |u| u.0));
    if !ctx.shown.is_news(account, now, patients) {
        return Ok(());
    }
    let asked: String = text.chars().take(QUERY_NOTED).collect();
    let (by, detail) = (actor.clone(), format!("{} patients of q={asked}", patients.len()));
    let subject = Subject {
        kind: "patients",
        id: None,
        patient: None,
    };
    ctx.db
        .write(move |c| audit(c, now, &by, "read", subject, &detail))
        .await?;
    ctx.shown.remember(account, now, patients);
    Ok(())
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

/// Which rows of the audit are wanted. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this account.
    pub user: Option<UserId>,
    /// With this action.
    pub action: Option<String>,
    /// Of these patients' records; none: of everybody's and of nobody's.
    pub patients: Option<Vec<i64>>,
    /// Not before.
    pub from: Option<Instant>,
    /// Before.
    pub until: Option<Instant>,
    /// Only ids below (for paging).
    pub before: Option<i64>,
}

/// A patient as the log names them.
#[derive(Debug, Clone)]
pub struct PatientName {
    /// Row id.
    pub id: i64,
    /// Full name.
    pub name: String,
    /// Chart number.
    pub chart_no: String,
}

/// Who the patients of the log are. Accounts lie below the patients: implemented and registered in `app`.
pub trait PatientNames: Send + Sync {
    /// Those of these row ids that are there.
    fn named(&self, c: &mut Conn, ids: &[i64]) -> Result<Vec<PatientName>>;
    /// Those that a search finds (name, initials, chart number, phone), best first.
    fn found(&self, c: &mut Conn, text: &str, limit: i64) -> Result<Vec<PatientName>>;
}

/// The latest rows that fit, newest first.
pub fn search_audit(c: &mut Conn, wanted: &AuditFilter, limit: i64) -> Result<Vec<AuditEntry>> {
    let mut query = audit_log::table.order(audit_log::id.desc()).limit(limit).into_boxed();
    if let Some(user) = wanted.user {
        query = query.filter(audit_log::user_id.eq(user));
    }
    if let Some(action) = &wanted.action {
        query = query.filter(audit_log::action.eq(action.clone()));
    }
    if let Some(patients) = &wanted.patients {
        query = query.filter(audit_log::patient_id.eq_any(patients.iter().copied().map(Some).collect::<Vec<_>>()));
    }
    if let Some(from) = wanted.from {
        query = query.filter(audit_log::at.ge(from));
    }
    if let Some(until) = wanted.until {
        query = query.filter(audit_log::at.lt(until));
    }
    if let Some(before) = wanted.before {
        query = query.filter(audit_log::id.lt(before));
    }
    Ok(query.load(c)?)
}

/// The latest rows, newest first; those of one patient's record if asked. `before`: only ids below (for paging).
pub fn list_audit(c: &mut Conn, patient: Option<i64>, before: Option<i64>, limit: i64) -> Result<Vec<AuditEntry>> {
    let wanted = AuditFilter {
        patients: patient.map(|id| vec![id]),
        before,
        ..AuditFilter::default()
    };
    search_audit(c, &wanted, limit)
}

/// The last change of something that belongs to no patient (settings, accounts): of one row, or of any of its kind.
pub fn last_change(c: &mut Conn, kind: &str, id: Option<i64>) -> Result<Option<AuditEntry>> {
    let mut query = audit_log::table
        .filter(audit_log::subject.eq(kind.to_owned()))
        .filter(audit_log::patient_id.is_null())
        .filter(audit_log::action.ne("read"))
        .order(audit_log::id.desc())
        .into_boxed();
    if let Some(id) = id {
        query = query.filter(audit_log::subject_id.eq(id));
    }
    Ok(query.first(c).optional()?)
}

/// The version of something that belongs to no patient and has none of its own: the number of its last change, 0 when there
/// was none. A change that names it is checked by [`check_seen`].
pub fn version_of(c: &mut Conn, kind: &str, id: Option<i64>) -> Result<i64> {
    Ok(last_change(c, kind, id)?.map_or(0, |last| last.id))
}

/// The last change of something in a patient's record, undoing included.
pub fn last_change_of(c: &mut Conn, subject: Subject) -> Result<Option<AuditEntry>> {
    Ok(audit_log::table
        .filter(audit_log::patient_id.eq(subject.patient))
        .filter(
            audit_log::subject
                .eq(subject.kind)
                .and(audit_log::subject_id.eq(subject.id)),
        )
        .filter(audit_log::action.ne("read"))
        .order((audit_log::at.desc(), audit_log::id.desc()))
        .first(c)
        .optional()?)
}

/// The refusal of a change made on a version that is no longer the newest: who changed it since, and when.
pub fn stale(c: &mut Conn, zone: chrono_tz::Tz, subject: Subject) -> Result<Error> {
    let last = match subject.patient {
        Some(_) => last_change_of(c, subject)?,
        None => last_change(c, subject.kind, subject.id)?,
    };
    Ok(last.map_or_else(Error::stale, |last| Error::stale_since(&last.actor, last.at, zone)))
}

/// Refuses a change of something that belongs to no patient (settings, accounts) when somebody else has changed it since the
/// form was opened. `seen`: the id of the last change that the form was drawn with ([`Section::seen`](super::Section::seen)), 0
/// when there was none; nothing when it was made without a form. Called in the change's transaction, after its rows were
/// written: whoever writes the same rows has waited by then.
///
/// # Errors
/// [`stale`], which says who changed it, and when.
pub fn check_seen(c: &mut Conn, seen: Option<i64>, subject: Subject) -> Result<()> {
    let Some(seen) = seen else { return Ok(()) };
    let last = last_change(c, subject.kind, subject.id)?;
    if last.map_or(0, |last| last.id) == seen {
        return Ok(());
    }
    let zone = super::store::zone(c)?;
    Err(stale(c, zone, subject)?)
}

/// What a change changed, as the audit keeps it: `minutes: 30 -> 45; active: true -> false`.
#[derive(Debug, Clone, Default)]
pub struct Changes(Vec<String>);

impl Changes {
    /// Notes a value if it changed.
    pub fn note<A: Display, B: Display>(&mut self, what: &str, before: A, after: B) {
        let (before, after) = (before.to_string(), after.to_string());
        if before != after {
            self.0.push(format!("{what}: {before} -> {after}"));
        }
    }
    /// Notes a value that may be missing, if it changed.
    pub fn note_option<T: Display>(&mut self, what: &str, before: Option<T>, after: Option<T>) {
        let show = |v: Option<T>| v.map_or_else(|| "-".to_owned(), |v| v.to_string());
        self.note(what, show(before), show(after));
    }
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Display for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}
