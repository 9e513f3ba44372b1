//! A note on a call that somebody else has logged.

use super::super::model::{Task, TaskId};
use super::super::store;
use super::{NOTE_MAX, visible_task};
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, FieldError, Result};
use crate::staff::{self, Actor, Subject};

/// Adds to the latest attempt's note what somebody else has to say of it, with name and time: of two nurses who had one
/// patient on the phone, the second loses nothing.
///
/// # Errors
/// `NotFound` for a task that is not this role's, `Invalid` for an empty or too long note, `wrong_state` when nobody has
/// called yet.
pub(in crate::callbacks) fn add_note(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    id: TaskId,
    note: &str,
) -> Result<Task> {
    if note.is_empty() {
        return Err(Error::Invalid(vec![FieldError::required("note")]));
    }
    if note.chars().count() > NOTE_MAX {
        return Err(Error::field(
            "note",
            "too_long",
            format!("备注最多 {NOTE_MAX} 个字"),
            format!("A note has at most {NOTE_MAX} characters"),
        ));
    }
    let task = visible_task(c, actor, id)?;
    let Some(last) = store::list_attempts(c, id)?.pop() else {
        return Err(Error::conflict(
            "wrong_state",
            "还没有人打过这个电话",
            "Nobody has made this call yet",
        ));
    };
    let time = now.local(clinic::the_site(c)?.tz()).format("%m-%d %H:%M");
    let signed = format!("{} {time}: {note}", actor.name);
    let whole = if last.note.is_empty() {
        signed
    } else {
        format!("{}\n{signed}", last.note)
    };
    store::replace_note(c, (&task, last.id), &whole)?;
    let subject = Subject::of_patient("call_tasks", id.0, task.patient_id.0);
    staff::audit(c, now, actor, "note", subject, note)?;
    store::get_task(c, id)
}
