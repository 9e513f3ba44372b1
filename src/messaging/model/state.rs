//! Where a message stands. Pure.

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
