//! Rules, recalls and what they mean. Pure.

mod due;
mod recall;
mod words;

pub use due::{Span, birthdays_on, is_minor, plus_months};
pub use recall::{
    AFTER_TEXT_DAYS, CallResult, Contact, Edit, Ended, Finished, Interval, Person, REASON_MAX, Recall, RecallFilter,
    RecallId, RecallState, RecallType, Risk, Target, Undo, after_call, after_text, age, calculate, due_on,
};
pub use words::{minute_text, parse_minute};

use serde::Serialize;

use crate::clinic::ServiceId;
use crate::messaging::Purpose;
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;

id_type! {
    /// Row id of a rule.
    RuleId
}

text_enum! {
    /// What a rule counts from.
    Anchor {
        /// The start of a planned visit.
        VisitStart = "visit-start",
        /// The day of a visit that is finished. Follow-up calls belong to the services (`services.follow_up_*`).
        VisitFinished = "visit-finished",
        /// The day a recall is due.
        RecallDue = "recall-due",
        /// The patient's birthday.
        Birthday = "birthday",
    }
}

text_enum! {
    /// What a rule does.
    RuleAction {
        /// Queues a message.
        Message = "message",
        /// Makes a call task.
        Call = "call",
    }
}

/// A rule's row: who is due for which message, and when.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Rule {
    /// Row id.
    pub id: RuleId,
    /// Stable short name; part of the dedupe keys.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// What it counts from.
    pub anchor: Anchor,
    /// What it does.
    pub action: RuleAction,
    /// Only for this service; none: all.
    pub service_id: Option<ServiceId>,
    /// Calendar days from the anchor's day in the site's zone; negative: before.
    pub offset_days: i32,
    /// Minutes of elapsed time from the anchor, where no time of day is given; negative: before.
    pub offset_minutes: i32,
    /// Wall-clock minute of the day in the site's zone.
    pub at_minute: Option<i32>,
    /// How long after it was due a message may still go out, in minutes.
    pub window_minutes: i32,
    /// Code of the template.
    pub template: String,
    /// 1 = most urgent … 9.
    pub priority: i32,
    /// Whether it is planned.
    pub active: bool,
    /// Up to when it was planned last.
    pub planned_until: Instant,
    /// Rises with every change.
    pub version: i64,
    /// When it last changed: it never fires for what was due before.
    pub updated_at: Instant,
}

impl Anchor {
    /// What such a rule is, for people.
    pub fn name(self) -> Text {
        match self {
            Anchor::VisitStart => Text::new("就诊前提醒", "Reminder before a visit"),
            Anchor::VisitFinished => Text::new("就诊后随访消息", "Message after a visit"),
            Anchor::RecallDue => Text::new("复诊提醒", "Recall"),
            Anchor::Birthday => Text::new("生日祝福", "Birthday greeting"),
        }
    }
    /// Whether it can be for one service only.
    pub fn has_service(self) -> bool {
        self != Anchor::Birthday
    }
    /// What the messages of rules that count from it are for.
    pub fn purpose(self) -> Purpose {
        match self {
            Anchor::VisitStart => Purpose::Reminder,
            Anchor::VisitFinished => Purpose::FollowUp,
            Anchor::RecallDue => Purpose::Recall,
            Anchor::Birthday => Purpose::Birthday,
        }
    }
}

impl Rule {
    /// What its messages are for.
    pub fn purpose(&self) -> Purpose {
        self.anchor.purpose()
    }
}
