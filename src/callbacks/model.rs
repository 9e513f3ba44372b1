//! Call tasks, attempts and what follows on what. Pure.

use chrono_tz::Tz;
use serde::Serialize;

use crate::patients::PatientId;
use crate::platform::clock::{HOUR_MS, Instant, at_minute, next_day};
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;
use crate::records::VisitId;
use crate::staff::{Role, UserId};

/// After the first unanswered call: try again after so long, if that is still within calling hours.
pub const RETRY_AFTER_MS: i64 = 3 * HOUR_MS;
/// Nobody is called before this minute of the clinic's day (9:00) …
pub const CALL_FROM_MINUTE: i32 = 9 * 60;
/// … nor after this one (20:00).
pub const CALL_UNTIL_MINUTE: i32 = 20 * 60;
/// Otherwise: at this minute of the next day (10:00).
pub const NEXT_DAY_MINUTE: i32 = 10 * 60;
/// So many unanswered calls close a task.
pub const MAX_ATTEMPTS: i32 = 3;
/// A call can be put off by so many days at most.
pub const LATER_DAYS_MAX: i64 = 30;
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

/// When an unanswered call is tried again; `None`: no more. `attempts` counts this one. The first retry comes three hours
/// later if that is within calling hours, else and after the second the next day at ten: another day, another time of day.
pub fn after_no_answer(attempts: i32, now: Instant, zone: Tz) -> Option<Instant> {
    if attempts >= MAX_ATTEMPTS {
        return None;
    }
    let today = now.day(zone);
    let (from, until) = (
        at_minute(zone, today, CALL_FROM_MINUTE),
        at_minute(zone, today, CALL_UNTIL_MINUTE),
    );
    let soon = now + RETRY_AFTER_MS;
    if attempts == 1 && (from..=until).contains(&soon) {
        return Some(soon);
    }
    Some(at_minute(zone, next_day(today), NEXT_DAY_MINUTE))
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

    const SHANGHAI: Tz = chrono_tz::Asia::Shanghai;

    fn at(text: &str) -> Instant {
        Instant::parse_rfc3339(text).expect("time")
    }
    #[test]
    fn no_answer_is_tried_again_by_rule() {
        let next = |n, t: &str| after_no_answer(n, at(t), SHANGHAI).map(|t| t.rfc3339_in(SHANGHAI));
        assert_eq!(
            next(1, "2026-11-23T10:42:00+08:00").as_deref(),
            Some("2026-11-23T13:42:00+08:00")
        );
        assert_eq!(
            next(1, "2026-11-23T17:00:00+08:00").as_deref(),
            Some("2026-11-23T20:00:00+08:00")
        );
        assert_eq!(
            next(1, "2026-11-23T17:00:01+08:00").as_deref(),
            Some("2026-11-24T10:00:00+08:00")
        );
        assert_eq!(
            next(1, "2026-11-23T05:00:00+08:00").as_deref(),
            Some("2026-11-24T10:00:00+08:00")
        );
        assert_eq!(
            next(2, "2026-11-23T13:42:00+08:00").as_deref(),
            Some("2026-11-24T10:00:00+08:00")
        );
        assert_eq!(next(3, "2026-11-24T10:00:00+08:00"), None);
    }
    #[test]
    fn surgery_comes_first() {
        assert_eq!(follow_up_priority("extraction", 1), PRIORITY_HIGH);
        assert_eq!(follow_up_priority("extraction", 3), PRIORITY_MEDIUM);
        assert_eq!(follow_up_priority("general", 1), PRIORITY_NORMAL);
    }

    proptest::proptest! {
        #[test]
        fn a_retry_is_later_and_in_calling_hours(ms in 0_i64..4_000_000_000_000, attempts in 1_i32..5, which in 0_usize..600) {
            let zone = chrono_tz::TZ_VARIANTS[which % chrono_tz::TZ_VARIANTS.len()];
            match after_no_answer(attempts, Instant(ms), zone) {
                None => proptest::prop_assert!(attempts >= MAX_ATTEMPTS),
                Some(next) => {
                    proptest::prop_assert!(next > Instant(ms));
                    let wall = next.local(zone).time();
                    proptest::prop_assert!((9..=20).contains(&chrono::Timelike::hour(&wall)), "{zone} {wall}");
                }
            }
        }
    }
}
