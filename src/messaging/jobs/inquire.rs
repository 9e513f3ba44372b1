//! Asking gateways what became of texts that they have not reported: for clinics that cannot be called from outside, and for
//! what was perhaps sent.

use std::sync::Arc;
use std::time::Duration;

use super::super::actions::{Report, opt_out_by_gateway, take_report};
use super::super::model::{Carrier, MessageId, MessageState};
use super::super::store::{self, Open};
use super::{Dispatcher, REPORT_PURPOSE};
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};
use crate::platform::error::Result;
use crate::platform::links;
use crate::platform::sms::{Asks, Sent, SmsSender, Status, Told, Which};
use crate::staff::Actor;

/// A text is asked about when it was handed over this long ago …
const ASK_AFTER_MS: i64 = 2 * MINUTE_MS;
/// … until it was this long ago.
const ASK_UNTIL_MS: i64 = 3 * DAY_MS;
/// Texts of one gateway that one round asks about.
const ASK_MAX: i64 = 100;

impl Dispatcher {
    /// Asks every gateway that can be asked. Gives how much was asked and learned, for the job's record.
    pub async fn ask_gateways(&self) -> Result<String> {
        let (mut asked, mut learned) = (0, 0);
        for gateway in self.sms.iter().chain(&self.resting) {
            let (a, l) = match gateway.asks() {
                Asks::Nothing => (0, 0),
                Asks::All => self.ask_for_all(gateway).await?,
                Asks::Each => self.ask_about_each(gateway).await?,
            };
            asked += a;
            learned += l;
        }
        Ok(format!("{asked} asked, {learned} learned"))
    }

    async fn ask_for_all(&self, gateway: &Arc<dyn SmsSender>) -> Result<(usize, usize)> {
        let told = match gateway.ask(None, self.clock.now(), self.patience()).await {
            Ok(told) => told,
            Err(why) => {
                tracing::warn!(gateway = gateway.name(), why, "a gateway was asked in vain");
                return Ok((1, 0));
            }
        };
        Ok((1, self.take_told(gateway.name(), None, told).await?))
    }

    /// Goes on where the last round ended, and begins again after the last one.
    async fn ask_about_each(&self, gateway: &Arc<dyn SmsSender>) -> Result<(usize, usize)> {
        let (now, name) = (self.clock.now(), gateway.name().to_owned());
        let note = format!("asked:{name}");
        let open = self
            .db
            .write(move |c| {
                let after = store::find_note(c, &note)?.and_then(|n| n.parse().ok()).unwrap_or(0);
                let handed_over = (now + -ASK_UNTIL_MS, now + -ASK_AFTER_MS);
                let open = store::open_texts(c, &name, handed_over, MessageId(after), ASK_MAX)?;
                let full = i64::try_from(open.len()).unwrap_or(0) == ASK_MAX;
                let last = open.last().filter(|_| full).map_or(0, |o| o.message.id.0);
                store::put_note(c, &note, &last.to_string())?;
                Ok(open)
            })
            .await?;
        let (mut asked, mut learned) = (0, 0);
        for one in open {
            if self.stop.is_cancelled() {
                break;
            }
            let sent = Sent {
                id: one.message.gateway_id.clone(),
                to: one.message.recipient.clone().unwrap_or_default(),
                body: one.message.body.clone().unwrap_or_default(),
                at: one.at,
            };
            asked += 1;
            let _turn = self.turn_at((Carrier::Sms, Some(gateway.name())), None).await?;
            match gateway.ask(Some(&sent), self.clock.now(), self.patience()).await {
                Ok(told) => learned += self.take_told(gateway.name(), Some(&one), told).await?,
                Err(why) => {
                    tracing::warn!(gateway = gateway.name(), why, "a gateway was asked in vain");
                    break;
                }
            }
        }
        Ok((asked, learned))
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.config.dispatch.send_timeout_seconds)
    }

    /// What was told settles its messages. That one is on its way is news only of what was perhaps not sent.
    async fn take_told(&self, gateway: &str, about: Option<&Open>, told: Vec<Told>) -> Result<usize> {
        let (keys, now, gateway) = (self.keys.clone(), self.clock.now(), gateway.to_owned());
        let about = about.map(|o| (o.message.id, o.message.state));
        self.db
            .write(move |c| {
                let mut learned = 0;
                for one in &told {
                    let id = match &one.which {
                        Which::Asked => about.map(|(id, _)| id),
                        Which::Reference(token) => links::open(&keys, REPORT_PURPOSE, token, now).ok().map(MessageId),
                        Which::Id(id) => store::find_by_gateway_id(c, &gateway, id)?,
                        Which::Address => None,
                    };
                    // Among a number's texts there may be others; each is asked about for itself.
                    let Some(id) = id.filter(|id| about.is_none_or(|(asked, _)| asked == *id)) else {
                        continue;
                    };
                    let unsure = about.is_none_or(|(_, state)| state == MessageState::Uncertain);
                    if one.status.is_final() || (unsure && one.status == Status::Accepted) {
                        take_told_of(c, now, &gateway, (id, one))?;
                        learned += 1;
                    }
                }
                Ok(learned)
            })
            .await
    }
}

/// Takes in what a gateway told of a message, in a report or when it was asked.
pub(in crate::messaging) fn take_told_of(
    c: &mut crate::platform::db::Conn,
    now: Instant,
    gateway: &str,
    (message, told): (MessageId, &Told),
) -> Result<()> {
    let report = Report {
        message,
        status: told.status,
        said: told.said.clone(),
    };
    take_report(c, now, &report)?;
    let to = store::get_message(c, message)?.recipient;
    if let Some(to) = to.filter(|_| told.opted_out) {
        opt_out_by_gateway(c, now, &Actor::system(gateway), &to, (gateway, &told.said))?;
    }
    Ok(())
}
