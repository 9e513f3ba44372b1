//! Text messages: what a gateway must do, and the gateways there are (messaging.md 1).

mod aliyun;
mod call;
mod callback;
mod codes;
mod http;
mod kannel;
pub mod segments;
mod tencent;
mod twilio;

use std::sync::Arc;
use std::time::Duration;

use super::clock::{Instant, SECOND_MS};
use super::config::Sms as Settings;
use super::config::gateways::{Gateway, Kind};
use super::outcome::{Outcome, Sending};

pub use super::limit::Limit;
pub use callback::{Ack, Call, Heard, Proof, Refusal, Status, Told, Which};
pub use http::check_description;

/// A text message to be handed over.
#[derive(Debug, Clone)]
pub struct Text {
    /// E.164.
    pub to: String,
    /// What the patient reads.
    pub body: String,
    /// Our own name for it, which nobody can make up. Gateways that keep such a name tell it with their reports.
    pub reference: String,
    /// Where the gateway reports what became of it; ends in the reference.
    pub report_url: String,
    /// For gateways that send approved templates: which, and with what in it.
    pub template: Option<Provided>,
    /// Now: some gateways want it signed.
    pub at: Instant,
    /// Until when it is of use: a gateway that still has it then is to drop it.
    pub expires_at: Instant,
}

impl Text {
    /// How long a gateway may keep it, in seconds; rounded up, and one at least.
    fn seconds_of_use(&self) -> i64 {
        let left = (self.expires_at - self.at).max(1);
        left / SECOND_MS + i64::from(left % SECOND_MS > 0)
    }
    /// The same in minutes.
    fn minutes_of_use(&self) -> i64 {
        let seconds = self.seconds_of_use();
        seconds / 60 + i64::from(seconds % 60 > 0)
    }
}

/// A template as a gateway knows it, filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provided {
    /// The gateway's name for the template.
    pub code: String,
    /// Its parameters in their order: name and value.
    pub parameters: Vec<(String, String)>,
}

/// A text that was handed over, to be asked about.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The gateway's own name for it, if it gave one.
    pub id: Option<String>,
    /// E.164.
    pub to: String,
    /// What the patient reads.
    pub body: String,
    /// When it was handed over.
    pub at: Instant,
}

/// How a gateway can be asked what became of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// It cannot.
    Nothing,
    /// About one text at a time.
    Each,
    /// For all that it has to tell; each is told once.
    All,
}

/// A question under way: what the gateway tells, or why it does not.
pub type Asked<'a> = std::pin::Pin<Box<dyn Future<Output = Result<Vec<Told>, String>> + Send + 'a>>;

/// A way to send text messages.
pub trait SmsSender: Send + Sync {
    /// Its name in the settings, in attempts and logs.
    fn name(&self) -> &str;
    /// Hands a text over; gives up after `limit`.
    fn send<'a>(&'a self, text: &'a Text, limit: Duration) -> Sending<'a>;
    /// Whose templates it sends, if it sends no texts: the kind under which they are entered.
    fn provider(&self) -> Option<&'static str> {
        None
    }
    /// How fast it may be used.
    fn limit(&self) -> Option<&Limit> {
        None
    }
    /// What shows that a call comes from it.
    fn proof(&self) -> Proof {
        Proof::Nothing
    }
    /// Reads a call that reports what became of texts.
    ///
    /// # Errors
    /// Why it is not believed.
    fn report(&self, _call: &Call<'_>) -> Result<Vec<Told>, Refusal> {
        Err(Refusal::None)
    }
    /// Reads a call with texts of patients.
    ///
    /// # Errors
    /// Why it is not believed.
    fn inbound(&self, _call: &Call<'_>) -> Result<Vec<Heard>, Refusal> {
        Err(Refusal::None)
    }
    /// Whether it tells who stops all texts that it is done, and takes no further text for them.
    fn confirms_stop(&self) -> bool {
        false
    }
    /// What it wants to read after a call: with reports, or with texts.
    fn ack(&self, _report: bool) -> Ack {
        Ack::text("")
    }
    /// How it can be asked.
    fn asks(&self) -> Asks {
        Asks::Nothing
    }
    /// Asks about a text ([`Asks::Each`]) or for all there is to tell ([`Asks::All`]); gives up after `limit`.
    fn ask<'a>(&'a self, _about: Option<&'a Sent>, _now: Instant, _limit: Duration) -> Asked<'a> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

/// Keeps texts in the ledger and sends them nowhere.
pub struct Capture(String);

impl SmsSender for Capture {
    fn name(&self) -> &str {
        &self.0
    }
    fn send<'a>(&'a self, _: &'a Text, _: Duration) -> Sending<'a> {
        Box::pin(std::future::ready(Outcome::Accepted { id: None }))
    }
}

/// Gateways, each of which may be running several calls at once.
pub type Senders = Vec<Arc<dyn SmsSender>>;

/// The gateways that are in use, in their order, and the others, whose reports and texts are still taken.
///
/// # Errors
/// A text for the operator.
pub fn senders(settings: &Settings) -> Result<(Senders, Senders), String> {
    let used = settings.used().map(|(name, gateway)| sender(name, gateway));
    let others = settings
        .gateways
        .iter()
        .filter(|(name, _)| !settings.order.contains(name));
    let resting = others.map(|(name, gateway)| sender(name, gateway));
    Ok((used.collect::<Result<_, _>>()?, resting.collect::<Result<_, _>>()?))
}

fn sender(name: &str, gateway: &Gateway) -> Result<Arc<dyn SmsSender>, String> {
    let own = (name, Limit::new(gateway.rate_per_second, gateway.concurrency));
    Ok(match &gateway.kind {
        Kind::Capture => Arc::new(Capture(name.to_owned())),
        Kind::Kannel(k) => Arc::new(kannel::Kannel::new(own, k)?),
        Kind::Twilio(t) => Arc::new(twilio::Twilio::new(own, t)?),
        Kind::Aliyun(a) => Arc::new(aliyun::Aliyun::new(own, a)?),
        Kind::Tencent(t) => Arc::new(tencent::Tencent::new(own, t)?),
        Kind::Http(h) => Arc::new(http::Described::new(own, h)?),
    })
}

/// The kinds of gateways whose templates are entered with ours: as stored, and for people.
pub const PROVIDERS: [(&str, (&str, &str)); 3] = [
    ("aliyun", ("阿里云", "Aliyun")),
    ("tencent", ("腾讯云", "Tencent Cloud")),
    ("http", ("其他网关", "another gateway")),
];
