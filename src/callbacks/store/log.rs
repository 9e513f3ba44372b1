//! The log: calls as they were made. What one call settled along is a row, too, and no call of its own.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::super::model::{Attempt, AttemptId, CallResult, Task};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{call_attempts, call_tasks, patients};
use crate::platform::error::Result;
use crate::staff::Role;

/// Results of the calls since `since` on tasks of these roles. What a call settled along is no call of its own.
pub(in crate::callbacks) fn list_results(c: &mut Conn, since: Instant, roles: &[Role]) -> Result<Vec<CallResult>> {
    Ok(call_attempts::table
        .inner_join(call_tasks::table)
        .filter(call_attempts::with_id.is_null())
        .filter(call_attempts::at.ge(since))
        .filter(call_tasks::role.eq_any(roles))
        .select(call_attempts::result)
        .load(c)?)
}

/// A row of the log: attempt, why it was made, patient.
pub(in crate::callbacks) type Logged = (Attempt, Task, String);
/// The calls of a time, the latest first; each once, whatever it settled along.
pub(in crate::callbacks) fn list_log(
    c: &mut Conn,
    (from, until): (Instant, Instant),
    result: Option<CallResult>,
    score_up_to: Option<i32>,
    limit: i64,
) -> Result<Vec<Logged>> {
    let mut query = call_attempts::table
        .inner_join(call_tasks::table.inner_join(patients::table))
        .filter(call_attempts::with_id.is_null())
        .filter(call_attempts::at.ge(from))
        .filter(call_attempts::at.lt(until))
        .order((call_attempts::at.desc(), call_attempts::id.desc()))
        .select((call_attempts::all_columns, call_tasks::all_columns, patients::name))
        .limit(limit)
        .into_boxed();
    if let Some(result) = result {
        query = query.filter(call_attempts::result.eq(result));
    }
    if let Some(score) = score_up_to {
        query = query.filter(call_attempts::score.le(score));
    }
    Ok(query.load(c)?)
}
/// What the calls of a time settled along, by the call.
pub(in crate::callbacks) fn list_settled_along(
    c: &mut Conn,
    (from, until): (Instant, Instant),
) -> Result<BTreeMap<AttemptId, Vec<Task>>> {
    let rows: Vec<(AttemptId, Task)> = call_attempts::table
        .inner_join(call_tasks::table)
        .filter(call_attempts::with_id.is_not_null())
        .filter(call_attempts::at.ge(from))
        .filter(call_attempts::at.lt(until))
        .order(call_attempts::id)
        .select((call_attempts::with_id.assume_not_null(), call_tasks::all_columns))
        .load(c)?;
    let mut along: BTreeMap<AttemptId, Vec<Task>> = BTreeMap::new();
    for (call, task) in rows {
        along.entry(call).or_default().push(task);
    }
    Ok(along)
}
/// The latest calls of a patient, newest first.
pub(in crate::callbacks) fn list_calls_of(
    c: &mut Conn,
    patient: PatientId,
    limit: i64,
) -> Result<Vec<(Attempt, Task)>> {
    Ok(call_attempts::table
        .inner_join(call_tasks::table)
        .filter(call_tasks::patient_id.eq(patient))
        .order((call_attempts::at.desc(), call_attempts::id.desc()))
        .select((call_attempts::all_columns, call_tasks::all_columns))
        .limit(limit)
        .load(c)?)
}
