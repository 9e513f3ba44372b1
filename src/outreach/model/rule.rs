//! Rules: who is due for what, counted from what, in which steps. Pure.

use super::OccasionId;
use super::step::{Step, Steps};
use crate::clinic::ServiceId;
use crate::messaging::{OTHER_WAY, Purpose};
use crate::outreach::segments::SegmentId;
use crate::patients::{Channel, DateKindId};
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
        /// The day of a visit to which the patient did not come.
        VisitMissed = "visit-missed",
        /// The day a recall is due.
        RecallDue = "recall-due",
        /// The day on which a treatment plan came to rest with a step that has no date.
        PlanWaits = "plan-waits",
        /// The patient's birthday, in the calendar in which they keep it.
        Birthday = "birthday",
        /// A festival, or a day of the clinic's own.
        Occasion = "occasion",
        /// A date on the patient's record.
        RecordDate = "record-date",
        /// The day on which somebody whom the patient sent was registered.
        Referral = "referral",
    }
}

text_enum! {
    /// What a step does.
    RuleAction {
        /// Queues a message.
        Message = "message",
        /// Makes a call task.
        Call = "call",
    }
}

text_enum! {
    /// Which way the messages of a rule go.
    Channels {
        /// As the patient prefers.
        Preferred = "preferred",
        /// By text message; by email to who has no mobile number.
        SmsFirst = "sms-first",
        /// By email; by text message to who has no address.
        EmailFirst = "email-first",
        /// By text message or not at all.
        Sms = "sms",
        /// By email or not at all.
        Email = "email",
    }
}

text_enum! {
    /// What becomes of what fell due while nothing ran.
    CatchUp {
        /// It goes out if its window is still open.
        Send = "send",
        /// Of several about the same only the newest goes out, if its window is still open.
        Newest = "newest",
        /// It does not go out.
        Skip = "skip",
    }
}

/// A rule's row.
#[derive(Debug, Clone, diesel::Queryable)]
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
    /// What its messages are for.
    pub purpose: Purpose,
    /// Only for this service; none: all.
    pub service_id: Option<ServiceId>,
    /// Which festival or day, for [`Anchor::Occasion`].
    pub occasion_id: Option<OccasionId>,
    /// Which date, for [`Anchor::RecordDate`].
    pub date_kind_id: Option<DateKindId>,
    /// Which way.
    pub channels: Channels,
    /// Nobody hears of it who has a visit ahead.
    pub stop_booked: bool,
    /// No further step for who has answered or was spoken with since the first.
    pub stop_answered: bool,
    /// No further step for who has confirmed the visit.
    pub stop_confirmed: bool,
    /// After downtime.
    pub catch_up: CatchUp,
    /// Not within so many days after something else for the same purpose; 0: whenever.
    pub rest_days: i32,
    /// Of so many percent nothing is sent, to see what the rule brings.
    pub holdout_percent: i32,
    /// What happens, in order.
    #[diesel(deserialize_as = String)]
    pub steps: Steps,
    /// 1 = most urgent … 9.
    pub priority: i32,
    /// Whether it is planned.
    pub active: bool,
    /// Up to when it was planned last.
    pub planned_until: Instant,
    /// Rises with every change.
    pub version: i64,
    /// When it was last changed as to whom it is due for, and when: it never fires for what was due before.
    pub updated_at: Instant,
    /// Only for who is in this segment when it is due; none: for everybody.
    pub segment_id: Option<SegmentId>,
    /// Only after a treatment that the record describes by one of these words, with commas between them; empty: after any.
    pub treatment: String,
    /// The highest id that a step of it has had.
    pub last_step: i64,
    /// Of recalls that are overdue for so long that no step of the rule comes to them, so many are taken up each day; 0: none.
    pub late_a_day: i32,
}

impl Anchor {
    /// What such a rule is, for people.
    pub fn name(self) -> Text {
        match self {
            Anchor::VisitStart => Text::new("就诊前提醒", "Reminder before a visit"),
            Anchor::VisitFinished => Text::new("就诊后消息", "Message after a visit"),
            Anchor::VisitMissed => Text::new("爽约后联系", "Message after a missed visit"),
            Anchor::RecallDue => Text::new("复诊提醒", "Recall"),
            Anchor::PlanWaits => Text::new("治疗未完成", "Treatment not finished"),
            Anchor::Birthday => Text::new("生日祝福", "Birthday greeting"),
            Anchor::Occasion => Text::new("节日祝福", "Greeting on a day"),
            Anchor::RecordDate => Text::new("档案日期", "Date on the record"),
            Anchor::Referral => Text::new("感谢介绍", "Thank-you for a referral"),
        }
    }
    /// Whether it can be for one service only.
    pub fn has_service(self) -> bool {
        use Anchor::{PlanWaits, RecallDue, VisitFinished, VisitMissed, VisitStart};
        matches!(self, VisitStart | VisitFinished | VisitMissed | RecallDue | PlanWaits)
    }
    /// Whether it can be for some treatments only.
    pub fn has_treatment(self) -> bool {
        self == Anchor::VisitFinished
    }
    /// Whether a step can be counted in hours and minutes, without a time of day.
    pub fn has_clock(self) -> bool {
        matches!(self, Anchor::VisitStart | Anchor::VisitFinished | Anchor::VisitMissed)
    }
    /// Whether steps lie before it, after it, or on either side.
    pub fn side(self) -> Side {
        match self {
            Anchor::VisitStart => Side::Before,
            Anchor::VisitFinished | Anchor::VisitMissed | Anchor::PlanWaits | Anchor::Referral => Side::After,
            Anchor::RecallDue | Anchor::Birthday | Anchor::Occasion | Anchor::RecordDate => Side::Either,
        }
    }
    /// What the messages of rules that count from it can be for, the usual one first.
    pub fn purposes(self) -> &'static [Purpose] {
        match self {
            Anchor::VisitStart => &[Purpose::Reminder],
            Anchor::VisitFinished => &[Purpose::FollowUp, Purpose::Survey],
            Anchor::VisitMissed => &[Purpose::Missed],
            Anchor::RecallDue => &[Purpose::Recall],
            Anchor::PlanWaits => &[Purpose::Plan],
            Anchor::Birthday => &[Purpose::Birthday],
            Anchor::Occasion | Anchor::RecordDate => &[Purpose::Greeting],
            Anchor::Referral => &[Purpose::Thanks],
        }
    }
    /// Whether a visit ahead can end it. A recall's own service decides there, and always does.
    pub fn ends_when_booked(self) -> bool {
        matches!(
            self,
            Anchor::VisitMissed | Anchor::PlanWaits | Anchor::RecallDue | Anchor::RecordDate
        )
    }
    /// What usually becomes of what fell due while nothing ran.
    pub fn usual_catch_up(self) -> CatchUp {
        match self {
            Anchor::VisitStart | Anchor::RecallDue => CatchUp::Newest,
            _ => CatchUp::Send,
        }
    }
    /// How urgent such rules usually are, 1 to 9.
    pub fn usual_priority(self) -> i32 {
        match self {
            Anchor::VisitStart => 3,
            Anchor::VisitFinished | Anchor::VisitMissed => 5,
            Anchor::RecallDue | Anchor::PlanWaits => 6,
            Anchor::Referral => 7,
            Anchor::Birthday | Anchor::Occasion | Anchor::RecordDate => 8,
        }
    }
    /// Whether some may be left out to see what it brings: never of what somebody relies on.
    pub fn may_hold_out(self) -> bool {
        self != Anchor::VisitStart
    }
}

/// On which side of its anchor a step may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before it.
    Before,
    /// On its day or after it.
    After,
    /// Before or after it.
    Either,
}

impl Channels {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Channels::Preferred => Text::new("按患者偏好", "As the patient prefers"),
            Channels::SmsFirst => Text::new("短信优先，其次邮件", "Text message, else email"),
            Channels::EmailFirst => Text::new("邮件优先，其次短信", "Email, else text message"),
            Channels::Sms => Text::new("只发短信", "Text message only"),
            Channels::Email => Text::new("只发邮件", "Email only"),
        }
    }

    /// The channel on which a message insists for somebody with these addresses. Who wants calls or nothing is not asked
    /// here: that stays theirs to say.
    pub fn wish(self, prefers: Channel, has_phone: bool, has_email: bool) -> Option<crate::messaging::Carrier> {
        use crate::messaging::Carrier::{Email, Sms};
        if !matches!(prefers, Channel::Sms | Channel::Email) {
            return None;
        }
        match self {
            Channels::Preferred => None,
            Channels::Sms => Some(Sms),
            Channels::Email => Some(Email),
            Channels::SmsFirst => Some(if has_phone || !has_email { Sms } else { Email }),
            Channels::EmailFirst => Some(if has_email || !has_phone { Email } else { Sms }),
        }
    }
}

impl CatchUp {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            CatchUp::Send => Text::new("在时限内都补发", "Send what is still in time"),
            CatchUp::Newest => Text::new("在时限内只补发最近一条", "Send only the newest that is still in time"),
            CatchUp::Skip => Text::new("不补发", "Send nothing late"),
        }
    }
}

impl RuleAction {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            RuleAction::Message => Text::new("发消息", "Message"),
            RuleAction::Call => Text::new("电话任务", "Call"),
        }
    }
}

/// The code of the rule and the id of the step of which a message has this key; of one that no rule planned, or that somebody
/// sent again by hand, the end of its key is no rule's code.
pub fn rule_in_key(key: &str) -> Option<(&str, i64)> {
    let first = key.strip_suffix(OTHER_WAY).unwrap_or(key);
    let (_, last) = first.rsplit_once(':')?;
    match last.split_once('/') {
        None => Some((last, 1)),
        Some((code, step)) => Some((code, step.parse().ok()?)),
    }
}

impl Rule {
    /// With which step who is late begins, from 0: the first on the day or after it; none: it has none, and takes up nobody.
    pub fn late_step(&self) -> Option<usize> {
        self.steps.0.iter().position(|s| s.offset_days >= 0)
    }
    /// Which way a step's messages go.
    pub fn channels_of(&self, step: &Step) -> Channels {
        step.channels.unwrap_or(self.channels)
    }
    /// How the keys of a step's messages end.
    pub fn step_code(&self, step: &Step) -> String {
        match step.id {
            ..=1 => self.code.clone(),
            id => format!("{}/{id}", self.code),
        }
    }
    /// Whether it is due for the same people at the same times as another.
    pub fn is_due_as(&self, other: &Rule) -> bool {
        let when = |r: &Rule| -> Vec<_> {
            let steps = r.steps.0.iter();
            steps
                .map(|s| (s.id, s.action, s.offset_days, s.offset_minutes, s.at_minute))
                .collect()
        };
        let who = |r: &Rule| (r.service_id, r.occasion_id, r.date_kind_id, r.segment_id);
        self.active == other.active
            && when(self) == when(other)
            && who(self) == who(other)
            && self.treatment == other.treatment
    }
    /// Codes of the templates of its messages.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.steps
            .0
            .iter()
            .map(|s| s.template.as_str())
            .filter(|t| !t.is_empty())
    }
}
