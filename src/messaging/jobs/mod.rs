//! The dispatcher: claims what is due under a lease, asks once more whether it is wanted, sends with no transaction open, and
//! settles in a short write. Any number of them may run on one database.

mod ask;
mod family;
mod foresee;
mod house;
mod inquire;
mod pauses;
mod round;
mod route;
mod settle;
mod start;
mod sweep;
mod timing;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::actions::Uses;
use super::model::{Carrier, MessageCause, MessageRules, MessageState};
use crate::platform::clock::{Clock, Instant, SECOND_MS};
use crate::platform::config::Config;
use crate::platform::crypto::Keys;
use crate::platform::db::Db;
use crate::platform::error::Result;
use crate::platform::mail::{Mail, Mailer, mailer, tag};
use crate::platform::outcome::Outcome;
use crate::platform::sms::{self, Senders, senders};

pub use foresee::{Example, Foresight};
pub(super) use inquire::take_told_of;
pub use pauses::Stuck;
use round::{Shared, locked};
pub(super) use start::REPORT_PURPOSE;
use start::{Outgoing, Started};

/// Added to the senders' own limit before a send is given up from outside.
const GRACE: Duration = Duration::from_secs(2);
/// Share of the time to stop in which an answer is still waited for.
const WAIT_WHEN_STOPPED: f32 = 0.7;
/// How often, and after what wait each, an answer is tried to be written down.
const SETTLE_TRIES: usize = 10;
const SETTLE_WAIT: Duration = Duration::from_secs(3);

/// What sends messages. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher {
    /// The database.
    pub db: Db,
    /// Where "now" comes from.
    pub clock: Clock,
    /// Settings.
    pub config: Arc<Config>,
    /// Keys that sign report URLs.
    pub keys: Keys,
    /// Send text messages, in the order in which they are used; none: switched off.
    pub sms: Senders,
    /// Gateways that are configured and not in use: what they have sent is still reported.
    pub resting: Senders,
    /// Sends email; none: switched off.
    pub mail: Option<Arc<dyn Mailer>>,
    /// Asked whether a message is still wanted, by the kind of its cause.
    pub causes: Vec<Arc<dyn MessageCause>>,
    /// Asked whether a message's rule still wants it.
    pub rules: Option<Arc<dyn MessageRules>>,
    /// Asked what uses a template.
    pub uses: Uses,
    /// Told when nothing more is to be sent: the process is stopping.
    pub stop: CancellationToken,
}

/// What a round came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows taken.
    pub claimed: usize,
    /// Sent and taken by a gateway.
    pub accepted: usize,
    /// Not sent, on purpose.
    pub skipped: usize,
    /// Moved to a later time: quiet hours, the daily cap, a paused channel.
    pub postponed: usize,
    /// To be tried again.
    pub retried: usize,
    /// Perhaps sent.
    pub uncertain: usize,
    /// Failed or given up.
    pub failed: usize,
    /// Claims that had been lost when their turn came.
    pub lost: usize,
    /// Leases of others that had run out.
    pub reaped: usize,
}

impl Report {
    fn add(&mut self, other: &Report) {
        self.claimed += other.claimed;
        self.accepted += other.accepted;
        self.skipped += other.skipped;
        self.postponed += other.postponed;
        self.retried += other.retried;
        self.uncertain += other.uncertain;
        self.failed += other.failed;
        self.lost += other.lost;
        self.reaped += other.reaped;
    }
    fn count(&mut self, end: End) {
        match end {
            End::State(MessageState::Skipped) => self.skipped += 1,
            End::State(MessageState::Accepted | MessageState::Delivered) => self.accepted += 1,
            End::State(MessageState::Uncertain) => self.uncertain += 1,
            End::State(MessageState::Queued) => self.retried += 1,
            End::State(_) => self.failed += 1,
            End::Postponed => self.postponed += 1,
            End::Lost => self.lost += 1,
        }
    }
}

/// For the job's record.
impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} claimed: {} sent, {} skipped, {} postponed, {} to be tried again, {} perhaps, {} failed",
            self.claimed, self.accepted, self.skipped, self.postponed, self.retried, self.uncertain, self.failed
        )
    }
}

/// How one message's turn ended.
#[derive(Debug, Clone, Copy)]
enum End {
    State(MessageState),
    Postponed,
    Lost,
}

/// How far a turn came.
enum Turn {
    Over(End),
    /// To be settled.
    Sent(Box<Outgoing>, Outcome),
}

impl Dispatcher {
    /// With the senders that the settings name, and no causes yet.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn new(db: Db, clock: Clock, config: Arc<Config>, keys: Keys) -> Result<Dispatcher, String> {
        let (sms, resting) = senders(&config.sms)?;
        Ok(Dispatcher {
            sms,
            resting,
            mail: mailer(&config.mail)?,
            db,
            clock,
            config,
            keys,
            causes: Vec::new(),
            rules: None,
            uses: Vec::new(),
            stop: CancellationToken::new(),
        })
    }

    /// The same with one more cause; it takes the place of an earlier one of its kind.
    #[must_use]
    pub fn with_cause(mut self, cause: Arc<dyn MessageCause>) -> Dispatcher {
        self.causes.push(cause);
        self
    }

    /// The same with what plans messages by rules.
    #[must_use]
    pub fn with_rules(mut self, rules: Arc<dyn MessageRules>) -> Dispatcher {
        self.rules = Some(rules);
        self
    }

    /// Sends until nothing more is due, or until it is time to tell how it goes.
    pub async fn dispatch(&self) -> Result<Report> {
        self.round(Some(usize::MAX)).await
    }

    /// Sends what is due now, and not what becomes due meanwhile.
    pub async fn dispatch_once(&self) -> Result<Report> {
        self.round(None).await
    }

    /// One message: started and sent. What came of it is written down by [`Dispatcher::settle_surely`].
    async fn turn(&self, channel: Carrier, probable: Option<&str>, waiting: &Shared) -> Result<Turn> {
        // Before it counts as being sent: a crash while it waits for its turn leaves no doubt.
        let ticket = tokio::select! {
            biased;
            ticket = self.turn_at((channel, probable), Some(waiting)) => ticket,
            () = self.stop.cancelled() => return Ok(Turn::Over(End::Lost)),
        };
        let ticket = ticket.inspect_err(|_| locked(waiting).forsake())?;
        let Some((taken, lease)) = locked(waiting).take() else {
            locked(waiting).spare(ticket.map(|t| t.at));
            return Ok(Turn::Over(End::Lost));
        };
        let this = self.clone();
        let started = self
            .db
            .write(move |c| this.start(c, this.clock.now(), taken, &lease))
            .await?;
        let outgoing = match started {
            Started::Go(outgoing) => outgoing,
            Started::Done(end) => {
                locked(waiting).spare(ticket.map(|t| t.at));
                return Ok(Turn::Over(end));
            }
        };
        let gateway = outgoing.route.gateway.as_str();
        let other = match probable == Some(gateway) {
            true => None,
            false => self.turn_of_begun((channel, Some(gateway))).await,
        };
        let outcome = self.send(&outgoing).await;
        drop((ticket, other));
        metrics::counter!("chairside_message_sends_total", "channel" => channel.as_str(), "outcome" => outcome.code())
            .increment(1);
        Ok(Turn::Sent(outgoing, outcome))
    }

    /// What a gateway answered must not be forgotten: while the database cannot be reached it is tried again.
    async fn settle_surely(&self, outgoing: Outgoing, outcome: Outcome) -> Result<End> {
        let facts = Arc::new((outgoing, outcome));
        for _ in 1..SETTLE_TRIES {
            let (this, now, known) = (self.clone(), self.clock.now(), Arc::clone(&facts));
            match self.db.write(move |c| this.settle(c, now, &known.0, &known.1)).await {
                Err(e) => {
                    tracing::error!(error = %e, "an answer could not be written down; tried again");
                    metrics::counter!("chairside_message_settle_retries_total").increment(1);
                }
                settled => return settled,
            }
            tokio::time::sleep(SETTLE_WAIT).await;
        }
        let (this, now) = (self.clone(), self.clock.now());
        self.db.write(move |c| this.settle(c, now, &facts.0, &facts.1)).await
    }

    /// Hands it to the gateway. No transaction is open.
    async fn send(&self, o: &Outgoing) -> Outcome {
        let limit = Duration::from_secs(self.config.dispatch.send_timeout_seconds);
        let sending = async {
            match (o.message.channel, self.gateway(&o.route.gateway), &self.mail) {
                (Carrier::Sms, Some(gateway), _) => {
                    let text = sms::Text {
                        to: o.recipient.clone(),
                        body: o.body.clone(),
                        reference: o.reference.clone(),
                        report_url: o.report_url.clone(),
                        template: o.route.template.clone(),
                        at: o.at,
                        expires_at: o.message.expires_at,
                    };
                    gateway.send(&text, limit).await
                }
                (Carrier::Email, _, Some(gateway)) => {
                    let mail = self.mail_of(o);
                    gateway.send(&mail, limit).await
                }
                _ => Outcome::Config("this way of sending is switched off".into()),
            }
        };
        tokio::select! {
            answer = tokio::time::timeout(limit + GRACE, sending) => {
                answer.unwrap_or_else(|_late| Outcome::Unknown("no answer in time".into()))
            }
            () = self.stopped_for_long() => Outcome::Unknown("the program was stopped before an answer came".into()),
        }
    }

    fn mail_of(&self, o: &Outgoing) -> Mail {
        Mail {
            tag: tag::make(&self.keys, o.message.id.0),
            thread: o.thread.clone(),
            unsubscribe: o.letter.unsubscribe.clone(),
            to: o.recipient.clone(),
            subject: o.title.clone(),
            text: o.body.clone(),
            html: o.letter.html(),
            invitation: o.invitation.clone(),
            enclosures: o.enclosures.clone(),
            at: o.at,
        }
    }

    /// Ends when the process has been told to stop and most of its time to do so is over: the rest is for writing down that
    /// what is under way was perhaps sent. Nobody has to wait for its lease then.
    async fn stopped_for_long(&self) {
        self.stop.cancelled().await;
        let patience = Duration::from_secs(self.config.server.shutdown_seconds);
        tokio::time::sleep(patience.mul_f32(WAIT_WHEN_STOPPED)).await;
    }

    /// When a lease taken now ends.
    fn lease_end(&self, now: Instant) -> Instant {
        now + self.config.dispatch.lease_seconds * SECOND_MS
    }
}
