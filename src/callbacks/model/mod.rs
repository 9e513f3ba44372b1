//! Call tasks, attempts and what follows on what. Pure.

mod when;

use serde::Serialize;

pub use when::{ESCALATION_WITHIN_MS, OpenDays, TWICE_WITHIN_MS, after_no_answer, follow_up_day, open_day};

use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;
use crate::records::VisitId;
use crate::staff::{Role, UserId};

/// A call can be put off by so many days at most.
pub const LATER_DAYS_MAX: i64 = 30;
/// So long can a logged call be taken back …
pub const UNDO_MS: i64 = 8_000;
/// … and so much longer does the server still take it: the click was on its way.
pub const UNDO_GRACE_MS: i64 = 2_000;
/// A score up to this opens a task for the head nurse.
pub const LOW_SCORE: i32 = 2;
/// Days after a surgical visit that count as its first day.
const FIRST_DAY: i32 = 1;

/// Called first; a red dot.
pub const PRIORITY_HIGH: i32 = 2;
/// An amber dot.
pub const PRIORITY_MEDIUM: i32 = 1;
/// No dot.
pub const PRIORITY_NORMAL: i32 = 0;

id_type! {
    /// Row id of a call task.
    TaskId
}
id_type! {
    /// Row id of an attempt.
    AttemptId
}

text_enum! {
    /// Why somebody is to be called.
    TaskKind {
        /// A visit's service asks for it.
        FollowUp = "follow-up",
        /// Time for a check-up again.
        Recall = "recall",
        /// A bad mark: find out why and put it right.
        LowScore = "low-score",
        /// An alarming answer: the doctor calls.
        Escalation = "escalation",
        /// A message did not get through.
        Undelivered = "undelivered",
    }
}

text_enum! {
    /// Where a task stands.
    TaskState {
        /// To be called.
        Open = "open",
        /// Somebody spoke with the patient.
        Done = "done",
        /// Given up: no answer, wrong number, declined.
        Closed = "closed",
    }
}

text_enum! {
    /// How one attempt ended.
    CallResult {
        /// 已接通
        Reached = "reached",
        /// 未接
        NoAnswer = "no-answer",
        /// 稍后再打
        CallLater = "call-later",
        /// 转医生
        Escalated = "escalated",
        /// 错号
        WrongNumber = "wrong-number",
        /// 不愿回访
        Declined = "declined",
    }
}

text_enum! {
    /// How worrying the answers are.
    #[derive(Default)]
    Alarm {
        /// Nothing unusual.
        #[default]
        None = "none",
        /// Keep an eye on it.
        Watch = "watch",
        /// The doctor, within 24 hours.
        Red = "red",
    }
}

impl TaskKind {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            TaskKind::FollowUp => Text::new("术后回访", "Follow-up"),
            TaskKind::Recall => Text::new("复诊提醒", "Recall"),
            TaskKind::LowScore => Text::new("差评跟进", "Low rating"),
            TaskKind::Escalation => Text::new("转医生", "For the doctor"),
            TaskKind::Undelivered => Text::new("短信未送达", "Message undelivered"),
        }
    }
}

impl CallResult {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            CallResult::Reached => Text::new("已接通", "Reached"),
            CallResult::NoAnswer => Text::new("未接", "No answer"),
            CallResult::CallLater => Text::new("稍后再打", "Call later"),
            CallResult::Escalated => Text::new("已转医生", "Escalated"),
            CallResult::WrongNumber => Text::new("错号", "Wrong number"),
            CallResult::Declined => Text::new("不愿回访", "Declined"),
        }
    }
    /// Whether somebody answered the phone who is the patient or speaks for them.
    pub fn is_reached(self) -> bool {
        !matches!(self, CallResult::NoAnswer | CallResult::WrongNumber)
    }
}

impl Alarm {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Alarm::None => Text::new("正常", "Normal"),
            Alarm::Watch => Text::new("留意", "Watch"),
            Alarm::Red => Text::new("警报", "Alarm"),
        }
    }
}

/// A task's row.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Task {
    /// Row id.
    pub id: TaskId,
    /// What it is about, once: `visit:12:follow-up`.
    pub occurrence: String,
    /// Why.
    pub kind: TaskKind,
    /// Who is to be called.
    pub patient_id: PatientId,
    /// After which visit.
    pub visit_id: Option<VisitId>,
    /// About which appointment.
    pub appointment_id: Option<i64>,
    /// The task it came from.
    pub parent_id: Option<TaskId>,
    /// Code of its script; empty: none.
    pub script: String,
    /// Whose work it is.
    pub role: Role,
    /// Why, for people: see [`reason_in`].
    pub reason: String,
    /// 2 red, 1 amber, 0 none.
    pub priority: i32,
    /// When to call.
    pub due_at: Instant,
    /// Where it stands.
    pub state: TaskState,
    /// How it ended.
    pub result: Option<CallResult>,
    /// Calls so far.
    pub attempts: i32,
    /// Rises with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// One attempt's row.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Attempt {
    /// Row id.
    pub id: AttemptId,
    /// Of which task.
    pub task_id: TaskId,
    /// From 1.
    pub number: i32,
    /// When.
    pub at: Instant,
    /// Who called.
    pub user_id: Option<UserId>,
    /// Name of who called, as of then.
    pub actor: String,
    /// How it ended.
    pub result: CallResult,
    /// Answers as a JSON object: question → value; `null` where nothing was answered.
    pub answers: String,
    /// How worrying they are.
    pub alarm: Alarm,
    /// Satisfaction 1–5.
    pub score: Option<i32>,
    /// Free text.
    pub note: String,
    /// When the next try is due.
    pub next_try_at: Option<Instant>,
    /// When the task was due before this call: what an undo restores.
    pub due_before: Instant,
    /// The attempt that was the call itself, when this one is another task that the same call settled.
    pub with_id: Option<AttemptId>,
}

/// A task to be made.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// What it is about; a second task of the same occurrence is not made.
    pub occurrence: String,
    /// Why.
    pub kind: TaskKind,
    /// Who is to be called.
    pub patient: PatientId,
    /// After which visit.
    pub visit: Option<VisitId>,
    /// About which appointment.
    pub appointment: Option<i64>,
    /// The task it comes from.
    pub parent: Option<TaskId>,
    /// Code of the script (`extraction`, `root-canal`, `general`, `recall`, `low-score`); empty: none.
    pub script: String,
    /// Whose work: nurse, doctor or manager. What is the front desk's shows on the nurses' list.
    pub role: Role,
    /// Why, for people.
    pub reason: Text,
    /// [`PRIORITY_HIGH`], [`PRIORITY_MEDIUM`], [`PRIORITY_NORMAL`].
    pub priority: i32,
    /// When to call.
    pub due_at: Instant,
}

/// Whose tasks a role sees and works on.
pub fn roles_seen_by(role: Role) -> &'static [Role] {
    match role {
        Role::Nurse => &[Role::Nurse, Role::FrontDesk],
        Role::Doctor => &[Role::Doctor],
        Role::Manager => &[Role::Manager, Role::Nurse, Role::FrontDesk],
        Role::Administrator => Role::ALL,
        Role::FrontDesk => &[],
    }
}

/// How urgent a follow-up is: a surgical visit's first day comes first (README 4.5 of the UI reference).
pub fn follow_up_priority(script: &str, days: i32) -> i32 {
    match script {
        "extraction" if days <= FIRST_DAY => PRIORITY_HIGH,
        "extraction" | "root-canal" => PRIORITY_MEDIUM,
        _ => PRIORITY_NORMAL,
    }
}

/// So many unanswered calls, and a text may ask to be called back.
const TEXT_AFTER: usize = 2;
/// How many of these calls nobody answered.
pub(super) fn unanswered(attempts: &[Attempt]) -> usize {
    attempts.iter().filter(|a| a.result == CallResult::NoAnswer).count()
}
/// Whether a text may ask to be called back: nobody answered twice, and nobody was spoken with since.
pub(super) fn may_text(task: &Task, attempts: &[Attempt]) -> bool {
    let given_up = task.state == TaskState::Open || task.result == Some(CallResult::NoAnswer);
    given_up && unanswered(attempts) >= TEXT_AFTER
}

/// The occurrence of a task that an attempt makes: `attempt:12:escalation`.
pub(super) fn made_by(attempt: AttemptId, what: &str) -> String {
    format!("attempt:{attempt}:{what}")
}
/// The attempt that made the task of this occurrence.
pub(super) fn attempt_of(occurrence: &str) -> Option<AttemptId> {
    let (id, _) = occurrence.strip_prefix("attempt:")?.split_once(':')?;
    id.parse().ok()
}

/// A reason's stored form, read in the reader's language. Text that is not ours is shown as it is.
pub fn reason_in(stored: &str, lang: crate::platform::i18n::Lang) -> String {
    let value: serde_json::Value = serde_json::from_str(stored).unwrap_or_default();
    match value.get(lang.as_str()).and_then(serde_json::Value::as_str) {
        Some(text) => text.to_owned(),
        None => stored.to_owned(),
    }
}
/// A reason's stored form.
pub(super) fn reason_json(reason: &Text) -> String {
    serde_json::json!({ "zh": reason.zh, "en": reason.en }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surgery_comes_first() {
        assert_eq!(follow_up_priority("extraction", 1), PRIORITY_HIGH);
        assert_eq!(follow_up_priority("extraction", 3), PRIORITY_MEDIUM);
        assert_eq!(follow_up_priority("general", 1), PRIORITY_NORMAL);
    }
    #[test]
    fn an_occurrence_names_its_attempt() {
        assert_eq!(attempt_of("attempt:12:escalation"), Some(AttemptId(12)));
        assert_eq!(attempt_of("visit:12:follow-up"), None);
        assert_eq!(attempt_of(&made_by(AttemptId(7), "low-score")), Some(AttemptId(7)));
    }
}
