//! What a message is for, and what follows from it.

use crate::platform::db::text_enum;
use crate::platform::i18n::Text;

text_enum! {
    /// What a message is for; decides consent, quiet hours and priority (messaging.md 3.4).
    Purpose {
        /// Visit reminder: part of the care.
        Reminder = "reminder",
        /// Booking confirmed: part of the care.
        Confirmation = "confirmation",
        /// Visit moved or cancelled: part of the care.
        Change = "change",
        /// Time for a check-up again.
        Recall = "recall",
        /// How are you after the treatment?
        FollowUp = "follow-up",
        /// A time that got free, for somebody who waits for one: part of the care.
        Offer = "offer",
        /// Is this number or address really theirs? Asked for by who reads it, now.
        Verification = "verification",
        /// What a text about a visit is answered with by itself: part of the care.
        Answer = "answer",
        /// What the desk writes to somebody who wrote or called.
        Desk = "desk",
        /// Birthday greeting: marketing.
        Birthday = "birthday",
        /// A visit was missed: part of the care.
        Missed = "missed",
        /// A treatment has a next step without a date.
        Plan = "plan",
        /// How was the visit?
        Survey = "survey",
        /// Thanks for having sent somebody: marketing.
        Thanks = "thanks",
        /// A festival or another day of the year: marketing.
        Greeting = "greeting",
        /// The same news to many: marketing.
        Campaign = "campaign",
        /// A leaflet, a result, a report that somebody sends to one patient: part of the care.
        Documents = "documents",
    }
}

impl Purpose {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Purpose::Reminder => Text::new("就诊提醒", "Visit reminder"),
            Purpose::Confirmation => Text::new("预约确认", "Booking confirmed"),
            Purpose::Change => Text::new("预约变更", "Visit changed"),
            Purpose::Recall => Text::new("复诊提醒", "Recall"),
            Purpose::FollowUp => Text::new("术后随访", "Follow-up"),
            Purpose::Offer => Text::new("空档通知", "Free time offered"),
            Purpose::Verification => Text::new("预约核实", "Booking to be confirmed"),
            Purpose::Answer => Text::new("自动答复", "Automatic answer"),
            Purpose::Desk => Text::new("前台回复", "Answer of the desk"),
            Purpose::Birthday => Text::new("生日祝福", "Birthday"),
            Purpose::Missed => Text::new("爽约联系", "Missed visit"),
            Purpose::Plan => Text::new("治疗未完成", "Treatment not finished"),
            Purpose::Survey => Text::new("满意度调查", "Survey"),
            Purpose::Thanks => Text::new("感谢介绍", "Thanks"),
            Purpose::Greeting => Text::new("节日祝福", "Greeting"),
            Purpose::Campaign => Text::new("群发", "Campaign"),
            Purpose::Documents => Text::new("资料", "Documents"),
        }
    }
    /// Needs the patient's consent to marketing, and is capped. Birthday greetings and recalls are: what is not strictly part
    /// of a care under way counts as commercial where the rules are strictest (messaging.md 3.4). A follow-up after a
    /// treatment is part of that treatment.
    pub fn is_marketing(self) -> bool {
        matches!(
            self,
            Purpose::Recall
                | Purpose::Birthday
                | Purpose::Plan
                | Purpose::Thanks
                | Purpose::Greeting
                | Purpose::Campaign
        )
    }
    /// Whether the clinic plans such messages by rules and campaigns, with templates of its own; the others the program sends
    /// by itself.
    pub fn is_planned(self) -> bool {
        !matches!(
            self,
            Purpose::Confirmation
                | Purpose::Change
                | Purpose::Offer
                | Purpose::Verification
                | Purpose::Answer
                | Purpose::Desk
                | Purpose::Documents
        )
    }
    /// Goes to whoever has just written or called, at that number, whatever the record says.
    pub fn answers(self) -> bool {
        matches!(self, Purpose::Answer | Purpose::Desk)
    }
    /// What is about a day: a birthday, a festival.
    pub fn is_greeting(self) -> bool {
        matches!(self.as_str(), "birthday" | "greeting")
    }
    /// Asks what somebody thinks of the clinic.
    pub fn is_survey(self) -> bool {
        self.as_str() == "survey"
    }
    /// Answers what somebody has written, or asks back: no limit counts it.
    pub fn is_conversation(self) -> bool {
        self.answers() || self == Purpose::Verification
    }
    /// Whether what was sent before may hold it back.
    pub fn is_limited(self) -> bool {
        self.is_marketing() || self.is_greeting() || self.is_survey()
    }
}
