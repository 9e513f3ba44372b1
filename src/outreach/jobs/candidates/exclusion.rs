//! Why somebody who is due gets no message.

use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::i18n::Text;

/// Why somebody who is due gets no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Exclusion {
    /// The patient has died.
    Deceased,
    /// The patient wants nothing that is not part of the care.
    NoMarketing,
    /// Under age: there is no guardian in the record to write to.
    Minor,
    /// Neither a mobile number nor an email address.
    NoAddress,
    /// The patient wants to be called instead.
    PrefersCall,
    /// The patient wants no messages.
    WantsNothing,
    /// The patient has refused texts or mail, and there is no other way.
    RefusesWay,
    /// The address has opted out.
    OptedOut,
    /// An appointment for the service is there.
    Booked,
    /// The desk has just been in touch.
    Contacted,
    /// The visit was booked or moved after this reminder's time.
    BookedLate,
    /// A later reminder of the same visit is due, too.
    Superseded,
    /// It was queued before.
    Already,
    /// Its window is over.
    Missed,
    /// Answered, or was spoken with, since the first step.
    Answered,
    /// Has confirmed the visit.
    Confirmed,
    /// Something else for the same purpose went out lately.
    Rests,
    /// One of those that the rule leaves out to see what it brings.
    HeldOut,
    /// No number to call.
    NoPhone,
    /// Its rule was switched off.
    RuleOff,
    /// Its step was taken out of the rule.
    StepGone,
    /// Not in the segment for which the rule is.
    OutsideSegment,
    /// The record does not tell of the treatment for which the rule is.
    NotTreated,
    /// The visit was closed so late that its window was over.
    ClosedLate,
    /// Mail to the address comes back.
    ComesBack,
    /// Sending hours, holidays or limits hold it back until it is too late.
    HeldBack,
}

impl Exclusion {
    /// Whether the log tells of each who was left out for it: somebody may ask why they heard nothing. What a newer message, a
    /// move or a death made senseless nobody waits for.
    pub fn is_told(self) -> bool {
        use Exclusion as E;
        matches!(
            self,
            E::NoMarketing
                | E::Minor
                | E::NoAddress
                | E::PrefersCall
                | E::WantsNothing
                | E::OptedOut
                | E::RefusesWay
                | E::Booked
                | E::Contacted
                | E::Answered
                | E::Confirmed
                | E::Rests
        )
    }
    /// Its code among the reasons of messages.
    pub fn code(self) -> &'static str {
        match self {
            Exclusion::Deceased => "deceased",
            Exclusion::NoMarketing => "no-consent",
            Exclusion::Minor => "minor",
            Exclusion::NoAddress => "no-address",
            Exclusion::PrefersCall => "wants-calls",
            Exclusion::WantsNothing => "wants-none",
            Exclusion::OptedOut => "opted-out",
            Exclusion::Booked => "booked-again",
            Exclusion::Contacted => "contacted",
            Exclusion::BookedLate => "booked-late",
            Exclusion::Superseded => "superseded",
            Exclusion::Already => "already",
            Exclusion::Missed => "missed",
            Exclusion::Answered => "answered",
            Exclusion::Confirmed => "confirmed",
            Exclusion::Rests => "rests",
            Exclusion::HeldOut => "held-out",
            Exclusion::NoPhone => "no-phone",
            Exclusion::RuleOff => "rule-off",
            Exclusion::StepGone => "step-gone",
            Exclusion::OutsideSegment => "outside-segment",
            Exclusion::NotTreated => "not-treated",
            Exclusion::ClosedLate => "closed-late",
            Exclusion::ComesBack => "address-bounces",
            Exclusion::RefusesWay => "refuses-sms",
            Exclusion::HeldBack => "capped",
        }
    }
    /// For people.
    pub fn text(self) -> Text {
        match self {
            Exclusion::Deceased => Text::new("患者已故", "The patient has died"),
            Exclusion::NoMarketing => Text::new("未同意接收祝福和推广", "Has not agreed to messages beyond the care"),
            Exclusion::Minor => Text::new("未成年，没有登记监护人", "Under age, and no guardian is on record"),
            Exclusion::NoAddress => Text::new("没有手机号和邮箱", "No mobile number and no email"),
            Exclusion::PrefersCall => Text::new("希望电话联系", "Wants to be called instead"),
            Exclusion::WantsNothing => Text::new("不接收消息", "Wants no messages"),
            Exclusion::RefusesWay => Text::new(
                "不同意接收短信或邮件，没有别的方式",
                "Has refused texts or email, and there is no other way",
            ),
            Exclusion::OptedOut => Text::new("已退订", "Opted out"),
            Exclusion::Booked => Text::new("已有预约", "Already booked"),
            Exclusion::Contacted => Text::new("近期已联系", "Contacted recently"),
            Exclusion::BookedLate => Text::new("预约晚于提醒时间", "Booked after the reminder's time"),
            Exclusion::Superseded => Text::new("有更近的提醒", "A later reminder replaces it"),
            Exclusion::Already => Text::new("已排入发送", "Queued already"),
            Exclusion::Missed => Text::new("已过发送时限", "Too late to send"),
            Exclusion::Answered => Text::new("已答复或已联系上", "Has answered or was reached"),
            Exclusion::Confirmed => Text::new("已确认就诊", "Has confirmed the visit"),
            Exclusion::Rests => Text::new("近期已收到同类消息", "Had something of the kind lately"),
            Exclusion::HeldOut => Text::new("留作对照，不发送", "Left out for comparison"),
            Exclusion::NoPhone => Text::new("没有电话号码", "No telephone number"),
            Exclusion::RuleOff => Text::new("规则已停用", "The rule was switched off"),
            Exclusion::StepGone => Text::new("规则已不再有这一步", "The rule has no such step any more"),
            Exclusion::OutsideSegment => Text::new("不在规则的人群中", "Not in the rule's segment"),
            Exclusion::NotTreated => Text::new(
                "病历中没有规则所说的治疗",
                "The record does not tell of the rule’s treatment",
            ),
            Exclusion::ClosedLate => Text::new("就诊登记太晚，已过发送时限", "The visit was closed too late for it"),
            Exclusion::HeldBack => Text::new(
                "受时段、节假日或条数上限所限，能发时已过期",
                "Hours, holidays or limits hold it back until it is too late",
            ),
            Exclusion::ComesBack => Text::new("寄往邮箱的邮件被退回", "Mail to the address comes back"),
        }
    }
}
