//! A text instead of one more call.

use super::super::model::{Task, TaskId, may_text};
use super::super::store;
use super::{taken, visible_task};
use crate::callbacks::cause::{CALL_TASK, text_cause};
use crate::messaging::{self, HOLD_MS, Message, NewMessage, Purpose};
use crate::patients;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::{self, Actor, Subject};

/// For how long it may wait for the gateway or the end of quiet hours.
const WINDOW_MS: i64 = DAY_MS;
/// Template of the message.
const TEMPLATE: &str = "call-missed";
/// Its urgency.
const PRIORITY: i32 = 4;
/// Messages of the patient looked through for the one of a task.
const LOOKED_AT: i64 = 50;

/// The text that was queued about a task, the latest.
pub(in crate::callbacks) fn text_of(c: &mut Conn, task: &Task) -> Result<Option<Message>> {
    let of_task = |m: &Message| m.cause_kind == CALL_TASK && m.cause_id == Some(task.id.0);
    let messages = messaging::messages_of_patient(c, task.patient_id, LOOKED_AT)?;
    Ok(messages.into_iter().filter(of_task).max_by_key(|m| m.id))
}

/// Queues a text that asks the patient to call back; held for two minutes.
///
/// # Errors
/// `NotFound` for a task that is not this role's; `stale`; `wrong_state` when the patient was not missed twice or was
/// written to already; `not_reachable` without a mobile number or address.
pub(in crate::callbacks) fn text_instead(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (id, version): (TaskId, i64),
) -> Result<()> {
    let task = visible_task(c, actor, id)?;
    if task.version != version {
        return Err(taken(c, &task)?);
    }
    let attempts = store::list_attempts(c, id)?;
    if !may_text(&task, &attempts) || text_of(c, &task)?.is_some() {
        return Err(Error::conflict(
            "wrong_state",
            "现在不需要为这次回访发短信",
            "No text is to be sent about this call now",
        ));
    }
    let patient = patients::get_patient(c, task.patient_id)?;
    if patient.phone.is_none() && patient.email.is_none() {
        return Err(Error::conflict(
            "not_reachable",
            "患者没有手机号，也没有邮箱",
            "The patient has neither a mobile number nor an email address",
        ));
    }
    let message = NewMessage {
        dedupe_key: format!("{CALL_TASK}:{id}:missed-{}", task.attempts),
        patient: task.patient_id,
        cause: text_cause(&task),
        purpose: Purpose::FollowUp,
        template: TEMPLATE.into(),
        carrier: None,
        due_at: now + HOLD_MS,
        expires_at: now + HOLD_MS + WINDOW_MS,
        priority: PRIORITY,
    };
    messaging::queue(c, now, &message)?;
    let subject = Subject::of_patient("call_tasks", id.0, task.patient_id.0);
    staff::audit(c, now, actor, "text", subject, TEMPLATE)
}
