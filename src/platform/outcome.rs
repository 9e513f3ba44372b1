//! What handing a message to a gateway came to, in the terms by which the dispatcher decides (messaging.md 1).

use super::clock::Instant;

/// How a send ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The gateway took it.
    Accepted {
        /// The gateway's own name for it, if it gives one.
        id: Option<String>,
    },
    /// It will never go: a bad address, a refused text.
    Permanent {
        /// The gateway's code.
        code: String,
        /// What it said.
        text: String,
    },
    /// It will never go, because its receiver has told the gateway that nothing more is wanted.
    OptedOut {
        /// The gateway's code.
        code: String,
        /// What it said.
        text: String,
    },
    /// Certainly not sent, and never will be by this gateway, whose own rules are in the way. Another one may have it.
    Elsewhere {
        /// The gateway's code.
        code: String,
        /// What it said.
        text: String,
    },
    /// Certainly not sent, and may work later. It is about this message or its receiver: others may go meanwhile.
    Passing {
        /// Seconds the gateway asks to wait.
        retry_after: Option<i64>,
        /// What it said.
        text: String,
    },
    /// Certainly not sent: the gateway takes nothing from anybody for now (too many, overloaded, going down). Another one may
    /// have it.
    Busy {
        /// Seconds the gateway asks to wait.
        retry_after: Option<i64>,
        /// What it said.
        text: String,
    },
    /// Certainly not sent, and not before a time that the gateway's rules tell: the next day, the next hours for marketing.
    Postponed {
        /// When it may go.
        until: Instant,
        /// What the gateway said.
        text: String,
    },
    /// Certainly not sent: there was no connection to the gateway. Another one may have it.
    Unreachable(String),
    /// Certainly not sent, and no message will go until somebody changes the settings: wrong password, no TLS, …
    Config(String),
    /// Perhaps sent: the text was handed over and no answer came.
    Unknown(String),
}

impl Outcome {
    /// For the attempt's row and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Permanent { .. } => "permanent",
            Outcome::OptedOut { .. } => "opted-out",
            Outcome::Elsewhere { .. } => "elsewhere",
            Outcome::Passing { .. } => "passing",
            Outcome::Busy { .. } => "busy",
            Outcome::Postponed { .. } => "postponed",
            Outcome::Unreachable(_) => "unreachable",
            Outcome::Config(_) => "config",
            Outcome::Unknown(_) => "unknown",
        }
    }
    /// What the gateway said.
    pub fn detail(&self) -> String {
        match self {
            Outcome::Accepted { id } => id.clone().unwrap_or_default(),
            Outcome::Permanent { code, text }
            | Outcome::OptedOut { code, text }
            | Outcome::Elsewhere { code, text } => {
                format!("{code} {text}")
            }
            Outcome::Passing { text, .. }
            | Outcome::Busy { text, .. }
            | Outcome::Postponed { text, .. }
            | Outcome::Unreachable(text)
            | Outcome::Config(text)
            | Outcome::Unknown(text) => text.clone(),
        }
    }
}

/// A send under way.
pub type Sending<'a> = std::pin::Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
