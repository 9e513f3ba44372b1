//! Recalls that are overdue for so long that no step of a rule comes to them: which they are, and from when on its steps count for
//! them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable};

use super::super::model::{RecallId, RecallState, RuleId};
use super::due::{Addressee, DueRecall, addressee};
use crate::clinic::ServiceId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{late_recalls as l, patients, recalls};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// A recall that no step of a rule has come to.
#[derive(Debug, Clone, QueryableByName)]
pub struct Late {
    /// Row id.
    #[diesel(sql_type = BigInt)]
    pub id: RecallId,
    /// Whose.
    #[diesel(sql_type = BigInt)]
    pub patient_id: PatientId,
    /// For what.
    #[diesel(sql_type = BigInt)]
    pub service_id: ServiceId,
    /// When it was due.
    #[diesel(sql_type = Date)]
    pub due_on: NaiveDate,
}

/// Whether a message or a call of a rule has come to the recall `r`, as it is due.
fn is_told(c: &Conn) -> String {
    // A message's version of its cause is the due day, as days of the common era.
    let version = match c {
        Conn::Pg(_) => "(r.due_on - DATE '0001-01-01') + 1",
        Conn::Sqlite(_) => "CAST(julianday(r.due_on) - julianday('0001-01-01') AS INTEGER) + 1",
    };
    format!(
        "(EXISTS (SELECT 1 FROM messages m WHERE m.subject = 'recall' AND m.subject_id = r.id \
         AND m.subject_version = {version} AND (m.reason IS NULL OR m.reason <> '{OVERDUE}')) \
         OR EXISTS (SELECT 1 FROM call_tasks t WHERE t.patient_id = r.patient_id \
         AND t.occurrence LIKE 'recall:' || r.id || ':' || CAST(r.due_on AS TEXT) || ':%'))"
    )
}

/// Open recalls that were due on `before` or earlier and of which nobody was told anything yet, in whatever way, nor was it noted
/// that they are late; the latest due first. The index of open recalls gives those that are overdue.
pub fn untold(
    c: &mut Conn,
    (rule, service): (RuleId, Option<ServiceId>),
    before: NaiveDate,
    today: NaiveDate,
) -> Result<Vec<Late>> {
    let sql = format!(
        "SELECT r.id, r.patient_id, r.service_id, r.due_on FROM recalls r JOIN patients p ON p.id = r.patient_id \
         WHERE r.state = 'due' AND r.due_on <= $1 AND r.attempts = 0 AND (r.hidden_until IS NULL OR r.hidden_until <= $2) \
         AND NOT p.deceased AND ($3 IS NULL OR r.service_id = $4) \
         AND NOT EXISTS (SELECT 1 FROM late_recalls l WHERE l.rule_id = $5 AND l.recall_id = r.id AND l.due_on = r.due_on) \
         AND NOT {} ORDER BY r.due_on DESC, r.id",
        is_told(c)
    );
    let query = diesel::sql_query(sql)
        .bind::<Date, _>(before)
        .bind::<Date, _>(today)
        .bind::<Nullable<BigInt>, _>(service)
        .bind::<Nullable<BigInt>, _>(service)
        .bind::<BigInt, _>(rule);
    Ok(match c {
        Conn::Pg(c) => query.load(c)?,
        Conn::Sqlite(c) => query.load(c)?,
    })
}

/// The reason of the row in the ledger that says that a recall stays on the list.
pub const OVERDUE: &str = "overdue";

/// Writes down that a recall is late; false: it is known already.
pub fn note(c: &mut Conn, now: Instant, rule: RuleId, late: &Late, starts_on: Option<NaiveDate>) -> Result<bool> {
    let row = (
        l::rule_id.eq(rule),
        l::recall_id.eq(late.id),
        l::due_on.eq(late.due_on),
        l::starts_on.eq(starts_on),
        l::noted_at.eq(now),
    );
    Ok(Both(diesel::insert_into(l::table).values(row).on_conflict_do_nothing()).execute(c)? == 1)
}

/// How many begin on each day from `first` on.
pub fn places(c: &mut Conn, rule: RuleId, first: NaiveDate) -> Result<BTreeMap<NaiveDate, i64>> {
    let rows: Vec<(Option<NaiveDate>, i64)> = l::table
        .filter(l::rule_id.eq(rule).and(l::starts_on.ge(first)))
        .group_by(l::starts_on)
        .select((l::starts_on, count_star()))
        .load(c)?;
    Ok(rows.into_iter().filter_map(|(day, n)| Some((day?, n))).collect())
}

/// Forgets those that stay on the list and those to whom no step of the rule has come yet: they are looked at anew, by what the
/// rule says now.
pub fn forget_waiting(c: &mut Conn, rule: RuleId) -> Result<()> {
    let sql = format!(
        "DELETE FROM late_recalls WHERE rule_id = $1 AND (starts_on IS NULL OR NOT EXISTS \
         (SELECT 1 FROM recalls r WHERE r.id = late_recalls.recall_id AND {}))",
        is_told(c)
    );
    let query = diesel::sql_query(sql).bind::<BigInt, _>(rule);
    match c {
        Conn::Pg(c) => query.execute(c)?,
        Conn::Sqlite(c) => query.execute(c)?,
    };
    Ok(())
}

/// Those that begin on one of `days`, each with its day.
pub fn starting_on(
    c: &mut Conn,
    rule: RuleId,
    days: &[NaiveDate],
) -> Result<Vec<(DueRecall, Option<NaiveDate>, Addressee)>> {
    Ok(l::table
        .inner_join(recalls::table.inner_join(patients::table))
        .filter(l::rule_id.eq(rule).and(l::starts_on.eq_any(days.to_vec())))
        .filter(recalls::state.eq(RecallState::Due).and(recalls::due_on.eq(l::due_on)))
        .order((l::starts_on, recalls::due_on.desc(), recalls::id))
        .select((
            (recalls::id, recalls::service_id, recalls::due_on, recalls::hidden_until),
            l::starts_on,
            addressee(),
        ))
        .load(c)?)
}

/// Which of these recalls, as they are due, a rule takes up on another day than theirs.
pub fn late_of(c: &mut Conn, rule: RuleId, ids: &[RecallId]) -> Result<Vec<(RecallId, NaiveDate)>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let some = l::table
            .filter(l::rule_id.eq(rule).and(l::recall_id.eq_any(chunk.to_vec())))
            .filter(l::starts_on.is_not_null());
        found.extend(
            some.select((l::recall_id, l::due_on))
                .load::<(RecallId, NaiveDate)>(c)?,
        );
    }
    Ok(found)
}
