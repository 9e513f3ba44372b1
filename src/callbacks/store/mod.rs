//! All SQL of call tasks, attempts and scripts.

mod log;
mod page;

pub(super) use page::{Begin, Place, Which, list_page};

use std::collections::BTreeMap;

use diesel::prelude::*;

pub(super) use super::model::Attempt;
use super::model::{Alarm, AttemptId, CallResult, NewTask, Task, TaskId, TaskKind, TaskState, reason_json};
use super::script::{Script, Sheet, Words};
use crate::clinic::ProviderId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{call_attempts, call_tasks, patients, scripts, visits};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};
use crate::records::VisitId;
use crate::staff::{Actor, Role};
pub(super) use log::{Logged, list_calls_of, list_log, list_results, list_settled_along};

/// Most rows of a day's list.
const LIST_MAX: i64 = 500;

/// A task that may be gone.
pub fn find_task(c: &mut Conn, id: TaskId) -> Result<Option<Task>> {
    Ok(call_tasks::table.find(id).first(c).optional()?)
}
pub(super) fn get_task(c: &mut Conn, id: TaskId) -> Result<Task> {
    find_task(c, id)?.ok_or(Error::NotFound("call task"))
}
/// The attempts of a task, first to last.
pub fn list_attempts(c: &mut Conn, task: TaskId) -> Result<Vec<Attempt>> {
    Ok(call_attempts::table
        .filter(call_attempts::task_id.eq(task))
        .order(call_attempts::number)
        .load(c)?)
}
/// How many calls wait for `role`: patients with something due before `until` (the end of the clinic's day).
pub fn count_due(c: &mut Conn, until: Instant, role: Role) -> Result<i64> {
    Ok(call_tasks::table
        .filter(call_tasks::state.eq(TaskState::Open))
        .filter(call_tasks::due_at.lt(until))
        .filter(call_tasks::role.eq_any(super::model::roles_seen_by(role)))
        .select(diesel::dsl::count(call_tasks::patient_id).aggregate_distinct())
        .first(c)?)
}
/// Open tasks that `role` sees, due before `until`, the earliest first.
pub fn list_due(c: &mut Conn, until: Instant, role: Role) -> Result<Vec<Task>> {
    Ok(call_tasks::table
        .filter(call_tasks::state.eq(TaskState::Open))
        .filter(call_tasks::due_at.lt(until))
        .filter(call_tasks::role.eq_any(super::model::roles_seen_by(role)))
        .order((call_tasks::due_at, call_tasks::id))
        .load(c)?)
}
/// Open tasks of one patient due before `until`, the most urgent first.
pub fn list_open_of_patient(c: &mut Conn, patient: PatientId, until: Instant) -> Result<Vec<Task>> {
    Ok(call_tasks::table
        .filter(call_tasks::patient_id.eq(patient))
        .filter(call_tasks::state.eq(TaskState::Open))
        .filter(call_tasks::due_at.lt(until))
        .order((call_tasks::priority.desc(), call_tasks::due_at, call_tasks::id))
        .load(c)?)
}

/// A task in a list, with what the list shows of its patient.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Listed {
    pub task: Task,
    pub name: String,
    pub vip: bool,
    pub allergies: String,
}

/// Who treated in these visits.
pub(super) fn providers_of(c: &mut Conn, visits: &[VisitId]) -> Result<BTreeMap<VisitId, ProviderId>> {
    let rows: Vec<(VisitId, Option<ProviderId>)> = visits::table
        .filter(visits::id.eq_any(visits))
        .select((visits::id, visits::provider_id))
        .load(c)?;
    Ok(rows.into_iter().filter_map(|(v, p)| Some((v, p?))).collect())
}

/// Open tasks of these roles due before `until`, the most urgent first.
pub(super) fn list_open(c: &mut Conn, until: Instant, roles: &[Role]) -> Result<Vec<Listed>> {
    Ok(call_tasks::table
        .inner_join(patients::table)
        .filter(call_tasks::state.eq(TaskState::Open))
        .filter(call_tasks::due_at.lt(until))
        .filter(call_tasks::role.eq_any(roles))
        .order((call_tasks::priority.desc(), call_tasks::due_at, call_tasks::id))
        .select((
            call_tasks::all_columns,
            patients::name,
            patients::vip,
            patients::allergies,
        ))
        .limit(LIST_MAX)
        .load(c)?)
}
/// Tasks of these roles that ended since `since`, the latest first.
pub(super) fn list_ended(c: &mut Conn, since: Instant, roles: &[Role]) -> Result<Vec<Listed>> {
    Ok(call_tasks::table
        .inner_join(patients::table)
        .filter(call_tasks::updated_at.ge(since))
        .filter(call_tasks::state.ne(TaskState::Open))
        .filter(call_tasks::role.eq_any(roles))
        .order((call_tasks::updated_at.desc(), call_tasks::id.desc()))
        .select((
            call_tasks::all_columns,
            patients::name,
            patients::vip,
            patients::allergies,
        ))
        .limit(LIST_MAX)
        .load(c)?)
}
/// When the next open task of these roles falls due, at or after `from`.
pub(super) fn next_due(c: &mut Conn, from: Instant, roles: &[Role]) -> Result<Option<Instant>> {
    Ok(call_tasks::table
        .filter(call_tasks::state.eq(TaskState::Open))
        .filter(call_tasks::due_at.ge(from))
        .filter(call_tasks::role.eq_any(roles))
        .select(diesel::dsl::min(call_tasks::due_at))
        .first(c)?)
}
/// Adds a task unless there is one of its occurrence; `None` when there is.
pub(super) fn insert_task(c: &mut Conn, now: Instant, t: &NewTask) -> Result<Option<TaskId>> {
    let added = Both(
        diesel::insert_into(call_tasks::table)
            .values((
                call_tasks::occurrence.eq(&t.occurrence),
                call_tasks::kind.eq(t.kind),
                call_tasks::patient_id.eq(t.patient),
                call_tasks::visit_id.eq(t.visit),
                call_tasks::appointment_id.eq(t.appointment),
                call_tasks::parent_id.eq(t.parent),
                call_tasks::script.eq(&t.script),
                call_tasks::role.eq(t.role),
                call_tasks::reason.eq(reason_json(&t.reason)),
                call_tasks::priority.eq(t.priority),
                call_tasks::due_at.eq(t.due_at),
                call_tasks::state.eq(TaskState::Open),
                call_tasks::attempts.eq(0_i32),
                call_tasks::version.eq(1_i64),
                call_tasks::created_at.eq(now),
                call_tasks::updated_at.eq(now),
            ))
            .on_conflict(call_tasks::occurrence)
            .do_nothing(),
    )
    .execute(c)?;
    if added == 0 {
        return Ok(None);
    }
    let id = call_tasks::table
        .filter(call_tasks::occurrence.eq(&t.occurrence))
        .select(call_tasks::id)
        .first(c)?;
    Ok(Some(id))
}
/// Open tasks of a kind that nobody has worked on.
pub fn list_untouched(c: &mut Conn, kind: TaskKind) -> Result<Vec<Task>> {
    Ok(call_tasks::table
        .filter(call_tasks::state.eq(TaskState::Open))
        .filter(call_tasks::kind.eq(kind))
        .filter(call_tasks::attempts.eq(0_i32))
        .load(c)?)
}
/// Removes an open task that nobody has worked on; its occurrence is free again.
pub(super) fn delete_untouched(c: &mut Conn, occurrence: &str) -> Result<bool> {
    let gone = diesel::delete(
        call_tasks::table.filter(
            call_tasks::occurrence
                .eq(occurrence)
                .and(call_tasks::state.eq(TaskState::Open))
                .and(call_tasks::attempts.eq(0_i32)),
        ),
    )
    .execute(c)?;
    Ok(gone == 1)
}

/// The tasks of these occurrences.
pub(super) fn list_of_occurrences(c: &mut Conn, occurrences: &[String]) -> Result<Vec<Task>> {
    Ok(call_tasks::table
        .filter(call_tasks::occurrence.eq_any(occurrences))
        .order(call_tasks::id)
        .load(c)?)
}

/// What an attempt does to its task.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub state: TaskState,
    pub result: Option<CallResult>,
    pub due_at: Instant,
}
/// Changes an open task on the version that was read; false when somebody was faster.
pub(super) fn turn_task(c: &mut Conn, now: Instant, task: &Task, turn: Turn) -> Result<bool> {
    let changed = diesel::update(
        call_tasks::table.filter(
            call_tasks::id
                .eq(task.id)
                .and(call_tasks::version.eq(task.version))
                .and(call_tasks::state.eq(TaskState::Open)),
        ),
    )
    .set((
        call_tasks::state.eq(turn.state),
        call_tasks::result.eq(turn.result),
        call_tasks::due_at.eq(turn.due_at),
        call_tasks::attempts.eq(task.attempts + 1),
        call_tasks::version.eq(task.version + 1),
        call_tasks::updated_at.eq(now),
    ))
    .execute(c)?;
    Ok(changed == 1)
}

/// Opens a task again as it was before its latest attempt; false when somebody was faster.
pub(super) fn untake_turn(c: &mut Conn, now: Instant, task: &Task, due_at: Instant) -> Result<bool> {
    let changed =
        diesel::update(call_tasks::table.filter(call_tasks::id.eq(task.id).and(call_tasks::version.eq(task.version))))
            .set((
                call_tasks::state.eq(TaskState::Open),
                call_tasks::result.eq(None::<CallResult>),
                call_tasks::due_at.eq(due_at),
                call_tasks::attempts.eq(task.attempts - 1),
                call_tasks::version.eq(task.version + 1),
                call_tasks::updated_at.eq(now),
            ))
            .execute(c)?;
    Ok(changed == 1)
}

/// An attempt by its row id; it may be gone.
pub(super) fn find_attempt(c: &mut Conn, id: AttemptId) -> Result<Option<Attempt>> {
    Ok(call_attempts::table.find(id).first(c).optional()?)
}
/// What the call of an attempt settled along.
pub(super) fn list_along(c: &mut Conn, id: AttemptId) -> Result<Vec<Attempt>> {
    Ok(call_attempts::table
        .filter(call_attempts::with_id.eq(id))
        .order(call_attempts::id)
        .load(c)?)
}
/// Removes an attempt that was taken back.
pub(super) fn delete_attempt(c: &mut Conn, id: AttemptId) -> Result<()> {
    diesel::delete(call_attempts::table.find(id)).execute(c)?;
    Ok(())
}
/// Replaces the note of an attempt; the task's version rises, so that nobody takes the attempt back unknowing.
pub(super) fn replace_note(c: &mut Conn, (task, attempt): (&Task, AttemptId), note: &str) -> Result<()> {
    diesel::update(call_tasks::table.find(task.id))
        .set(call_tasks::version.eq(call_tasks::version + 1_i64))
        .execute(c)?;
    diesel::update(call_attempts::table.find(attempt))
        .set(call_attempts::note.eq(note))
        .execute(c)?;
    Ok(())
}

/// An attempt to be logged.
pub(super) struct NewAttempt<'a> {
    pub task: &'a Task,
    pub result: CallResult,
    pub answers: String,
    pub alarm: Alarm,
    pub score: Option<i32>,
    pub note: &'a str,
    pub next_try_at: Option<Instant>,
    /// The call that settled this task along.
    pub with: Option<AttemptId>,
}
pub(super) fn insert_attempt(c: &mut Conn, now: Instant, actor: &Actor, a: &NewAttempt<'_>) -> Result<AttemptId> {
    Ok(diesel::insert_into(call_attempts::table)
        .values((
            call_attempts::task_id.eq(a.task.id),
            call_attempts::number.eq(a.task.attempts + 1),
            call_attempts::at.eq(now),
            call_attempts::user_id.eq(actor.user),
            call_attempts::actor.eq(&actor.name),
            call_attempts::result.eq(a.result),
            call_attempts::answers.eq(&a.answers),
            call_attempts::alarm.eq(a.alarm),
            call_attempts::score.eq(a.score),
            call_attempts::note.eq(a.note),
            call_attempts::next_try_at.eq(a.next_try_at),
            call_attempts::due_before.eq(a.task.due_at),
            call_attempts::with_id.eq(a.with),
        ))
        .returning(call_attempts::id)
        .get_result(c)?)
}

/// A script by its code.
pub(super) fn find_script(c: &mut Conn, code: &str) -> Result<Option<Script>> {
    type Row = (String, (String, String), (String, String), (String, String), String);
    let row: Option<Row> = scripts::table
        .filter(scripts::code.eq(code))
        .select((
            scripts::code,
            (scripts::name, scripts::name_en),
            (scripts::opening, scripts::opening_en),
            (scripts::closing, scripts::closing_en),
            scripts::questions,
        ))
        .first(c)
        .optional()?;
    let words = |(zh, en)| Words { zh, en };
    row.map(|(code, name, opening, closing, sheet)| {
        let sheet: Sheet = serde_json::from_str(&sheet).map_err(|e| Error::Internal(format!("script {code}: {e}")))?;
        Ok(Script {
            code,
            name: words(name),
            opening: words(opening),
            closing: words(closing),
            sheet,
        })
    })
    .transpose()
}
pub(super) fn count_scripts(c: &mut Conn) -> Result<i64> {
    Ok(scripts::table.count().get_result(c)?)
}
/// Adds a script unless its code is taken.
pub(super) fn insert_script(c: &mut Conn, now: Instant, s: &Script) -> Result<()> {
    let sheet = serde_json::to_string(&s.sheet).map_err(|e| Error::Internal(format!("script {}: {e}", s.code)))?;
    Both(
        diesel::insert_into(scripts::table)
            .values((
                scripts::code.eq(&s.code),
                scripts::name.eq(&s.name.zh),
                scripts::name_en.eq(&s.name.en),
                scripts::opening.eq(&s.opening.zh),
                scripts::opening_en.eq(&s.opening.en),
                scripts::questions.eq(sheet),
                scripts::closing.eq(&s.closing.zh),
                scripts::closing_en.eq(&s.closing.en),
                scripts::updated_at.eq(now),
            ))
            .on_conflict(scripts::code)
            .do_nothing(),
    )
    .execute(c)?;
    Ok(())
}
