//! What callbacks answer when messaging asks, just before a text is sent, whether it is still wanted.

use serde_json::Map;

use super::model::{CallResult, Task, TaskId, TaskState};
use super::store;
use crate::clinic;
use crate::messaging::{Cause, MessageCause, Purpose, Verdict};
use crate::patients;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};

/// Kind of the cause.
pub const CALL_TASK: &str = "call-task";

/// The cause of a text about a task; its version is the number of calls made so far.
pub(super) fn text_cause(task: &Task) -> Cause {
    Cause {
        kind: CALL_TASK.into(),
        id: Some(task.id.0),
        version: Some(i64::from(task.attempts)),
    }
}

/// Texts that ask a patient who was not reached to call back.
pub struct CallCause;

impl MessageCause for CallCause {
    fn kind(&self) -> &'static str {
        CALL_TASK
    }

    fn verdict(&self, c: &mut Conn, _now: Instant, cause: &Cause, _purpose: Purpose, lang: Lang) -> Result<Verdict> {
        let skip = |code, zh: &str, en: &str| Ok(Verdict::Skip(code, Text::new(zh, en)));
        let Some(task) = store::find_task(c, TaskId(cause.id.unwrap_or(0)))? else {
            return skip("call-gone", "回访任务已不存在", "The call is gone");
        };
        if cause.version.is_some_and(|v| i64::from(task.attempts) < v) {
            return skip("call-undone", "未接记录已撤销", "The unanswered call was taken back");
        }
        if task.state != TaskState::Open && task.result != Some(CallResult::NoAnswer) {
            return skip("call-done", "患者已经接通", "The patient has been spoken with");
        }
        let (site, patient) = (clinic::the_site(c)?, patients::get_patient(c, task.patient_id)?);
        if patient.deceased {
            return skip("patient-deceased", "患者已故", "The patient has died");
        }
        let mut map = Map::new();
        map.insert("name".into(), patient.name.into());
        map.insert("clinic".into(), site.name_in(lang).into());
        map.insert("phone".into(), site.phone.clone().into());
        Ok(Verdict::Send(map))
    }
}
