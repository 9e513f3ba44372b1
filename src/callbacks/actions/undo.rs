//! Taking back a call that was just logged.

use super::super::model::{Attempt, Task, TaskId, TaskState, UNDO_GRACE_MS, UNDO_MS};
use super::super::store;
use super::follow_up::occurrences_of;
use super::visible_task;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::{self, Actor, Subject};

/// The attempt that ended or put off `task` last, if this person can still take it back.
pub(in crate::callbacks) fn saved_attempt(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    task: TaskId,
) -> Result<Option<Attempt>> {
    let last = store::list_attempts(c, task)?.pop();
    Ok(last.filter(|a| is_own(a, actor) && now - a.at <= UNDO_MS))
}
fn is_own(a: &Attempt, actor: &Actor) -> bool {
    a.user_id.is_some() && a.user_id == actor.user && a.with_id.is_none()
}

/// Takes back a logged call, within [`UNDO_MS`], by who logged it, while nothing else has happened to its task, to the
/// tasks it settled along and to those it made. All is as it was before: the tasks are open again and due when they were,
/// what was made is gone. The attempt's row is gone, too, so that no figure counts it; the audit keeps what it said.
///
/// # Errors
/// `NotFound` for a task that is not this role's; `nothing_to_undo`, `too_late`, `stale`.
pub(in crate::callbacks) fn undo(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (id, version): (TaskId, i64),
) -> Result<Task> {
    let task = visible_task(c, actor, id)?;
    let attempt = store::list_attempts(c, id)?
        .pop()
        .filter(|a| is_own(a, actor))
        .ok_or_else(|| Error::conflict("nothing_to_undo", "没有可撤销的操作", "There is nothing to undo"))?;
    if now - attempt.at > UNDO_MS + UNDO_GRACE_MS {
        return Err(Error::conflict(
            "too_late",
            "已超过可撤销的 8 秒",
            "The 8 seconds for undoing are over",
        ));
    }
    if task.version != version {
        return Err(Error::stale());
    }
    unmake(c, &attempt)?;
    for along in store::list_along(c, attempt.id)? {
        let other = store::get_task(c, along.task_id)?;
        take_back(c, now, &other, &along)?;
    }
    take_back(c, now, &task, &attempt)?;
    let detail = format!(
        "{}, alarm {}, score {:?}, note “{}”",
        attempt.result, attempt.alarm, attempt.score, attempt.note
    );
    let subject = Subject::of_patient("call_tasks", id.0, task.patient_id.0);
    staff::audit(c, now, actor, "undo", subject, &detail)?;
    store::get_task(c, id)
}

/// Removes the tasks that the attempt made.
fn unmake(c: &mut Conn, attempt: &Attempt) -> Result<()> {
    let occurrences = occurrences_of(attempt.id);
    for made in store::list_of_occurrences(c, &occurrences)? {
        if made.state != TaskState::Open || !store::delete_untouched(c, &made.occurrence)? {
            return Err(Error::conflict(
                "worked_on",
                "已经有人在处理这次回访转出的任务，不能撤销",
                "Somebody is working on what came of this call, so it cannot be undone",
            ));
        }
    }
    Ok(())
}

/// Removes the attempt and opens its task again.
fn take_back(c: &mut Conn, now: Instant, task: &Task, attempt: &Attempt) -> Result<()> {
    if task.attempts != attempt.number || !store::untake_turn(c, now, task, attempt.due_before)? {
        return Err(Error::stale());
    }
    store::delete_attempt(c, attempt.id)
}
