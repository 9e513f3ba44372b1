//! Text messages: what a gateway must do, and the gateways there are.

mod kannel;
pub mod segments;

use std::sync::Arc;
use std::time::Duration;

use super::config::{Sms as Settings, SmsTransport};
use super::outcome::{Outcome, Sending};

pub use kannel::Kannel;

/// A text message to be handed over.
#[derive(Debug, Clone)]
pub struct Text {
    /// E.164.
    pub to: String,
    /// What the patient reads.
    pub body: String,
    /// Where the gateway reports what became of it.
    pub report_url: String,
}

/// A way to send text messages.
pub trait SmsSender: Send + Sync {
    /// Its name in attempts and logs.
    fn name(&self) -> &'static str;
    /// Hands a text over; gives up after `limit`.
    fn send<'a>(&'a self, text: &'a Text, limit: Duration) -> Sending<'a>;
}

/// Keeps texts in the ledger and sends them nowhere.
pub struct Capture;

impl SmsSender for Capture {
    fn name(&self) -> &'static str {
        "capture"
    }
    fn send<'a>(&'a self, _: &'a Text, _: Duration) -> Sending<'a> {
        Box::pin(std::future::ready(Outcome::Accepted { id: None }))
    }
}

/// The sender that the settings name; none when text messages are off.
///
/// # Errors
/// A text for the operator.
pub fn sender(settings: &Settings) -> Result<Option<Arc<dyn SmsSender>>, String> {
    Ok(match settings.transport {
        SmsTransport::Off => None,
        SmsTransport::Capture => Some(Arc::new(Capture)),
        SmsTransport::Kannel => Some(Arc::new(Kannel::new(settings)?)),
    })
}
