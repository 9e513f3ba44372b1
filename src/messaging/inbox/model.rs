//! Conversations, and the texts in them. Pure.

use super::super::model::Carrier;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, text_enum};
use crate::platform::error::Result;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;
use crate::staff::{Actor, UserId};

/// What is said where the address wants no messages at all: an answer would not go out.
pub const WANTS_NOTHING: (&str, &str) = (
    "对方退订了所有消息，回复不会发出。请致电，或在患者要求后取消退订。",
    "They want no messages at all, so an answer would not go out. Please call, or lift the opt-out when they ask for it.",
);

id_type! {
    /// Row id of a conversation.
    ConversationId
}
id_type! {
    /// Row id of a text that came in.
    TextId
}

id_type! {
    /// Row id of what the desk wrote.
    AnswerId
}

text_enum! {
    /// How far somebody has got with a conversation.
    Work {
        /// Nobody has seen to what came in last.
        New = "new",
        /// Somebody is on it.
        Taken = "taken",
        /// Nothing is to be done.
        Done = "done",
    }
}

text_enum! {
    /// What came in.
    TextKind {
        /// Written words.
        Text = "text",
        /// A call that nobody took.
        MissedCall = "missed-call",
    }
}

text_enum! {
    /// What a text was read as.
    ReadAs {
        /// The visit is confirmed.
        Confirm = "confirm",
        /// The visit is cancelled.
        Cancel = "cancel",
        /// The patient wants another time, and got the link to choose one.
        Move = "move",
        /// The patient wants to be called.
        CallMe = "call-me",
        /// It answers a question that was asked about several visits: which one was asked back.
        Which = "which",
        /// Clear, but too late to be done without somebody.
        TooLate = "too-late",
        /// A mark for a visit that was asked about.
        Score = "score",
        /// No more messages.
        OptOut = "opt-out",
        /// Messages are welcome again.
        OptIn = "opt-in",
        /// Somebody has to read it.
        Words = "words",
        /// Nobody took the call.
        MissedCall = "missed-call",
    }
}

text_enum! {
    /// What somebody does with a conversation.
    Step {
        /// Sees to it.
        Take = "take",
        /// Gives it to somebody else, or back to all.
        Give = "give",
        /// Puts it away.
        Done = "done",
        /// Takes it out again.
        Reopen = "reopen",
    }
}

text_enum! {
    /// What is done with an answer of the desk that is held.
    HeldStep {
        /// It does not go.
        TakeBack = "take-back",
        /// It goes now.
        SendNow = "send-now",
    }
}

impl Work {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Work::New => Text::new("待处理", "New"),
            Work::Taken => Text::new("处理中", "Being handled"),
            Work::Done => Text::new("已处理", "Done"),
        }
    }
    /// Class of its chip.
    pub fn chip(self) -> &'static str {
        match self {
            Work::New => "warn",
            Work::Taken => "info",
            Work::Done => "ok",
        }
    }
    /// Icon of the sprite.
    pub fn icon(self) -> &'static str {
        match self {
            Work::New => "message-square-text",
            Work::Taken => "user-round",
            Work::Done => "check",
        }
    }
}

impl ReadAs {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            ReadAs::Confirm => Text::new("已确认就诊", "Visit confirmed"),
            ReadAs::Cancel => Text::new("已取消就诊", "Visit cancelled"),
            ReadAs::Move => Text::new("要求改期，已发改期链接", "Wants another time; the link was sent"),
            ReadAs::CallMe => Text::new("请求回电", "Asks to be called"),
            ReadAs::Which => Text::new("有几个预约，已询问是哪一个", "Several visits: asked which one"),
            ReadAs::TooLate => Text::new("已过自助时限，需人工处理", "Too late to be done without the desk"),
            ReadAs::Score => Text::new("满意度评分", "A mark for the visit"),
            ReadAs::OptOut => Text::new("退订", "Opted out"),
            ReadAs::OptIn => Text::new("重新订阅", "Opted in"),
            ReadAs::Words => Text::new("需人工阅读", "To be read"),
            ReadAs::MissedCall => Text::new("未接来电", "Missed call"),
        }
    }
    /// Whether somebody has to see to it.
    pub fn waits(self) -> bool {
        match self {
            ReadAs::Move | ReadAs::CallMe | ReadAs::TooLate | ReadAs::Words | ReadAs::MissedCall => true,
            ReadAs::Confirm | ReadAs::Cancel | ReadAs::Which | ReadAs::Score | ReadAs::OptOut | ReadAs::OptIn => false,
        }
    }
}

/// A conversation: all that is written with one number or address.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Conversation {
    /// Row id.
    pub id: ConversationId,
    /// How it travels.
    pub channel: Carrier,
    /// E.164, or what the gateway called the sender where that is no number to write to; an email address.
    pub address: String,
    /// Where it stands.
    pub work: Work,
    /// Whose it is.
    pub owner: Option<UserId>,
    /// When the last text came in.
    pub last_at: Instant,
    /// Rises with every change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Conversation {
    /// Whether an answer can be sent there: operators' short numbers take none.
    pub fn can_be_answered(&self) -> bool {
        match self.channel {
            Carrier::Sms => self.address.starts_with('+'),
            Carrier::Email => self.address.contains('@'),
        }
    }
}

/// A text that came in.
#[derive(Debug, Clone, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = crate::platform::db::schema::inbound_texts)]
pub struct InboundText {
    /// Row id.
    pub id: TextId,
    /// In which conversation.
    #[diesel(column_name = conversation_id)]
    pub conversation: ConversationId,
    /// What it is.
    pub kind: TextKind,
    /// Its words.
    pub body: String,
    /// What it was read as.
    pub reading: ReadAs,
    /// The visit it is about, where that was clear.
    #[diesel(column_name = appointment_id)]
    pub appointment: Option<i64>,
    /// When it came.
    pub at: Instant,
}

/// What a text was found to say, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// What it says.
    pub read_as: ReadAs,
    /// The visit it is about.
    pub appointment: Option<i64>,
}

/// A text to be read.
#[derive(Debug, Clone, Copy)]
pub struct Unread<'a> {
    /// Its row; names what is answered to it.
    pub id: TextId,
    /// How it came.
    pub channel: Carrier,
    /// From which number, E.164, or email address.
    pub address: &'a str,
    /// Its words.
    pub body: &'a str,
}

/// Knows what texts say and does it. Implemented above, registered in `app`.
pub trait AnswerReader: Send + Sync {
    /// Reads a text and does what it plainly says, in the transaction that keeps it.
    ///
    /// # Errors
    /// Those of the database: what somebody has to look at is a [`ReadAs`], not an error.
    fn read(&self, c: &mut Conn, now: Instant, actor: &Actor, text: Unread<'_>) -> Result<Reading>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_can_be_written_to_are_answered() {
        let conversation = |address: &str| Conversation {
            id: ConversationId(1),
            channel: Carrier::Sms,
            address: address.into(),
            work: Work::New,
            owner: None,
            last_at: Instant(0),
            version: 1,
            updated_at: Instant(0),
        };
        assert!(conversation("+8613800001234").can_be_answered());
        assert!(!conversation("10086").can_be_answered());
    }
}
