//! Email: what a mailer must do, and the mailers there are.

mod compose;
mod dkim;
mod letter;
mod mailbox;
pub mod report;
mod smtp;
pub mod tag;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use super::clock::Instant;
use super::config::{Mail as Settings, MailTransport};
use super::ical::Invitation;
use super::limit::Limit;
use super::outcome::{Outcome, Sending};

pub use dkim::Signer;
pub use letter::Letter;
pub use mailbox::{MAIL_BYTES_MAX, Mailbox};
pub use smtp::Smtp;

/// A file that goes with an email.
#[derive(Debug, Clone)]
pub struct Enclosure {
    /// File name.
    pub name: String,
    /// Media type, such as `application/pdf`.
    pub media_type: &'static str,
    /// Its bytes.
    pub content: Arc<[u8]>,
}

/// The mail under which readers show another one.
#[derive(Debug, Clone)]
pub enum Thread {
    /// The first of ours about the same matter, by its name ([`tag`]).
    Ours(String),
    /// The letter that is answered, by its `Message-ID` without brackets, as it was written there.
    Theirs(String),
}

/// An email to be handed over.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Names the message ([`tag`]): the same for every try, so that a mail sent twice is one to the receiver, and a bounce
    /// finds it.
    pub tag: String,
    /// What readers show it under.
    pub thread: Option<Thread>,
    /// Where its reader wants no more of this kind, with one click (RFC 8058).
    pub unsubscribe: Option<String>,
    /// Address.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// For the others.
    pub html: String,
    /// What it is about, for the receiver's calendar.
    pub invitation: Option<Invitation>,
    /// Files that go with it.
    pub enclosures: Vec<Enclosure>,
    /// The `Date` it bears.
    pub at: Instant,
}

/// A way to send email.
pub trait Mailer: Send + Sync {
    /// Its name in attempts and logs.
    fn name(&self) -> &'static str;
    /// Hands a mail over; gives up after `limit`.
    fn send<'a>(&'a self, mail: &'a Mail, limit: Duration) -> Sending<'a>;
    /// How fast it may be used.
    fn limit(&self) -> Option<&Limit> {
        None
    }
}

/// Keeps mails in the ledger and sends them nowhere.
pub struct Capture;

impl Mailer for Capture {
    fn name(&self) -> &'static str {
        "capture"
    }
    fn send<'a>(&'a self, _: &'a Mail, _: Duration) -> Sending<'a> {
        Box::pin(std::future::ready(Outcome::Accepted { id: None }))
    }
}

/// The mailer that the settings name; none when mail is off.
///
/// # Errors
/// A text for the operator.
pub fn mailer(settings: &Settings) -> Result<Option<Arc<dyn Mailer>>, String> {
    Ok(match settings.transport {
        MailTransport::Off => None,
        MailTransport::Capture => Some(Arc::new(Capture)),
        MailTransport::Smtp => Some(Arc::new(Smtp::new(settings)?)),
    })
}
