//! Where a message stands. Pure.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::platform::db::text_enum;
use crate::platform::i18n::Text;

text_enum! {
    /// Where a message stands. Only ever moves forward.
    MessageState {
        /// Waiting for its time.
        Queued = "queued",
        /// A dispatcher has it under lease; nothing sent yet.
        Claimed = "claimed",
        /// Handed to the gateway; the answer is not known yet.
        Sending = "sending",
        /// The gateway took it.
        Accepted = "accepted",
        /// It reached the patient.
        Delivered = "delivered",
        /// The gateway or network refused it for good.
        Failed = "failed",
        /// Perhaps sent: a crash or time-out came between send and answer.
        Uncertain = "uncertain",
        /// Not sent, on purpose; the reason says why.
        Skipped = "skipped",
        /// Given up after all tries.
        Dead = "dead",
    }
}

impl MessageState {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            MessageState::Queued => Text::new("待发送", "Queued"),
            MessageState::Claimed => Text::new("准备发送", "About to be sent"),
            MessageState::Sending => Text::new("发送中", "Sending"),
            MessageState::Accepted => Text::new("已发出", "Sent"),
            MessageState::Delivered => Text::new("已送达", "Delivered"),
            MessageState::Failed => Text::new("发送失败", "Failed"),
            MessageState::Uncertain => Text::new("不确定", "Perhaps sent"),
            MessageState::Skipped => Text::new("未发送", "Not sent"),
            MessageState::Dead => Text::new("已放弃", "Given up"),
        }
    }
    /// Somebody at the desk has to look at it.
    pub fn needs_attention(self) -> bool {
        matches!(
            self,
            MessageState::Failed | MessageState::Uncertain | MessageState::Dead
        )
    }
    /// Class of its chip.
    pub fn chip(self) -> &'static str {
        match self {
            MessageState::Queued | MessageState::Claimed | MessageState::Sending => "info",
            MessageState::Accepted | MessageState::Delivered => "ok",
            MessageState::Uncertain => "warn",
            MessageState::Failed | MessageState::Dead => "bad",
            MessageState::Skipped => "",
        }
    }
    /// Icon of the sprite; a state is never told by colour alone.
    pub fn icon(self) -> &'static str {
        match self {
            MessageState::Queued => "clock",
            MessageState::Claimed | MessageState::Sending => "send",
            MessageState::Accepted => "check",
            MessageState::Delivered => "check-check",
            MessageState::Uncertain => "circle-help",
            MessageState::Failed | MessageState::Dead => "circle-x",
            MessageState::Skipped => "ban",
        }
    }
}

/// Where the messages stand that somebody looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// In this state.
    One(MessageState),
    /// Not sent, whatever the reason; what still waits is among them.
    Unsent,
    /// Somebody has to look at them.
    Attention,
}

impl Stand {
    /// What is more than one state.
    pub const GROUPS: [Stand; 2] = [Stand::Unsent, Stand::Attention];

    /// In queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Stand::One(state) => state.as_str(),
            Stand::Unsent => "unsent",
            Stand::Attention => "attention",
        }
    }
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Stand::One(state) => state.name(),
            Stand::Unsent => Text::new("没有发出（含等待中）", "Not sent, or not yet"),
            Stand::Attention => Text::new("需要处理", "Needs a look"),
        }
    }
    /// Whether a state is meant.
    pub fn holds(self, state: MessageState) -> bool {
        match self {
            Stand::One(one) => one == state,
            Stand::Unsent => matches!(
                state,
                MessageState::Queued
                    | MessageState::Claimed
                    | MessageState::Failed
                    | MessageState::Skipped
                    | MessageState::Dead
            ),
            Stand::Attention => state.needs_attention(),
        }
    }
    /// The states that are meant.
    pub fn states(self) -> Vec<MessageState> {
        let all = MessageState::ALL.iter().copied();
        all.filter(|state| self.holds(*state)).collect()
    }
}

impl fmt::Display for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl FromStr for Stand {
    type Err = String;
    fn from_str(text: &str) -> Result<Stand, String> {
        match Stand::GROUPS.into_iter().find(|g| g.as_str() == text) {
            Some(group) => Ok(group),
            None => text.parse().map(Stand::One),
        }
    }
}
impl<'de> Deserialize<'de> for Stand {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Stand, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
impl utoipa::PartialSchema for Stand {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let all = MessageState::ALL.iter().map(|state| state.as_str());
        utoipa::openapi::schema::Object::builder()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(all.chain(Stand::GROUPS.map(Stand::as_str))))
            .into()
    }
}
impl utoipa::ToSchema for Stand {}
