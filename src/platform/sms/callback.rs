//! What gateways call us with, in terms that are no gateway's own.

use subtle::ConstantTimeEq;

use super::super::config::Secret;

/// A call, as far as its gateway may have to know it.
pub struct Call<'a> {
    /// Its address as the gateway knows it: ours to the outside, with the query.
    pub url: &'a str,
    /// The last part of its path: our reference or a secret; may be empty.
    pub tail: &'a str,
    /// Parameters of the query.
    pub query: Vec<(String, String)>,
    /// What it carries.
    pub body: &'a [u8],
    /// A header by its name.
    pub header: &'a dyn Fn(&str) -> Option<String>,
}

impl Call<'_> {
    /// Fields of a body that is a form.
    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.body).into_owned().collect()
    }
    /// Whether it was called with this secret. With an empty one nobody is let in.
    pub fn knows(&self, secret: &Secret) -> bool {
        !secret.0.is_empty() && bool::from(self.tail.as_bytes().ct_eq(secret.0.as_bytes()))
    }
}

/// The value of a field.
pub(super) fn field<'f>(fields: &'f [(String, String)], name: &str) -> &'f str {
    let found = fields.iter().find(|(n, _)| n == name);
    found.map_or("", |(_, value)| value.as_str())
}

/// What shows that a call comes from its gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It is signed.
    Signature,
    /// It knows a secret.
    Secret,
    /// Nothing; a report knows our reference, a text only comes from where it may.
    Nothing,
}

/// Why a call is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its signature or secret is wrong.
    Forbidden,
    /// It cannot be read.
    Unreadable,
    /// This gateway does not call.
    None,
}

/// What became of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A telephone has it.
    Delivered,
    /// It will not arrive.
    Failed,
    /// It was not delivered in time.
    Expired,
    /// The network refused it.
    Rejected,
    /// The network has it.
    Accepted,
    /// It waits for the network.
    Buffered,
    /// The gateway said something else.
    Unknown,
}

impl Status {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Delivered => "delivered",
            Status::Failed => "failed",
            Status::Expired => "expired",
            Status::Rejected => "rejected",
            Status::Accepted => "accepted",
            Status::Buffered => "buffered",
            Status::Unknown => "unknown",
        }
    }
    /// Nothing more is to be told.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Status::Delivered | Status::Failed | Status::Expired | Status::Rejected
        )
    }
}

/// Which text a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one whose reference the address ends in.
    Address,
    /// The one with this reference.
    Reference(String),
    /// The one to which the gateway gave this name.
    Id(String),
    /// The one that was asked about.
    Asked,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Of which text.
    pub which: Which,
    /// What became of it.
    pub status: Status,
    /// The gateway's code and words.
    pub said: String,
    /// Its receiver has told the gateway that nothing more is wanted.
    pub opted_out: bool,
}

/// A text that a patient sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// From which number, as the gateway writes it.
    pub from: String,
    /// What it says.
    pub text: String,
    /// The gateway's name for it; empty: it gives none.
    pub id: String,
    /// The gateway has read it as "nothing more" and sends nothing more to the number.
    pub opted_out: bool,
}

/// What a gateway wants to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// Its content type.
    pub content_type: &'static str,
    /// The text.
    pub body: String,
}

impl Ack {
    /// Plain text.
    pub fn text(body: impl Into<String>) -> Ack {
        Ack {
            content_type: "text/plain; charset=utf-8",
            body: body.into(),
        }
    }
    /// JSON.
    pub fn json(body: impl Into<String>) -> Ack {
        Ack {
            content_type: "application/json; charset=utf-8",
            body: body.into(),
        }
    }
}
