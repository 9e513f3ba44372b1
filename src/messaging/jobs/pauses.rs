//! Pauses of gateways whose settings are wrong, that are silent, or that cannot be reached. They are rows, so that every
//! instance keeps them. A channel is paused when all its gateways are.

use serde::{Deserialize, Serialize};

use super::super::model::Carrier;
use super::super::store;
use super::Dispatcher;
use crate::platform::clock::{HOUR_MS, Instant, MINUTE_MS, SECOND_MS};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};

/// The first pause and the longest; each further one is twice as long.
pub(super) type Lengths = (i64, i64);
/// After a refusal that the settings caused, or when nothing is answered.
pub(super) const WRONG: Lengths = (5 * MINUTE_MS, HOUR_MS);
/// When it says that it takes nothing for now, and not for how long.
pub(super) const BUSY: Lengths = (5 * SECOND_MS, 5 * MINUTE_MS);
/// When there is no connection: what waits goes soon after it is there again.
pub(super) const AWAY: Lengths = (30 * SECOND_MS, 5 * MINUTE_MS);
/// Clocks of instances may differ by this much.
const TOLERANCE_MS: i64 = MINUTE_MS;

/// Why and until when nothing is sent by a gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pause {
    /// Until when; then one message tries.
    pub until: Instant,
    /// How long this pause is.
    pub length_ms: i64,
    /// When the first one began of those that followed each other with nothing got through in between.
    #[serde(default)]
    since: Option<Instant>,
    /// What the gateway said.
    pub said: String,
}

impl Pause {
    /// Since when nothing has got through.
    fn began(&self) -> Instant {
        self.since.unwrap_or(self.until + -self.length_ms)
    }
    /// Whether it is not over yet. One that ends later than it is long began before a clock was set back.
    pub(super) fn lasts(&self, now: Instant) -> bool {
        self.until > now && self.until - now <= self.length_ms + TOLERANCE_MS
    }
}

/// A gateway by which nothing gets through.
#[derive(Debug, Clone)]
pub struct Stuck {
    /// Its channel.
    pub channel: Carrier,
    /// Its name.
    pub gateway: String,
    /// Since when.
    pub since: Instant,
    /// What it said.
    pub said: String,
}

/// A gateway by its name. Email has one, whatever it is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lane<'a> {
    pub channel: Carrier,
    pub gateway: &'a str,
}

impl Lane<'_> {
    fn note(self) -> String {
        match self.channel {
            Carrier::Sms => format!("pause:sms:{}", self.gateway),
            Carrier::Email => "pause:email".to_owned(),
        }
    }

    /// Its last pause, over or not; none: a message has got through since.
    pub fn last_pause(self, c: &mut Conn) -> Result<Option<Pause>> {
        let Some(text) = store::find_note(c, &self.note())? else {
            return Ok(None);
        };
        Ok(serde_json::from_str(&text).ok())
    }

    /// Its pause, if there is one now.
    pub fn paused(self, c: &mut Conn, now: Instant) -> Result<Option<Pause>> {
        Ok(self.last_pause(c)?.filter(|p| p.lasts(now)))
    }

    /// Pauses it; one that is paused already stays as it is.
    pub fn pause(self, c: &mut Conn, now: Instant, said: &str, (first, most): Lengths) -> Result<Pause> {
        let before = self.last_pause(c)?;
        if let Some(pause) = before.clone().filter(|p| p.lasts(now)) {
            return Ok(pause);
        }
        let since = before.as_ref().map_or(now, |p| p.began().min(now));
        let length_ms = before.map_or(first, |p| (p.length_ms * 2).clamp(first, most));
        let pause = Pause {
            until: now + length_ms,
            length_ms,
            since: Some(since),
            said: said.to_owned(),
        };
        let text = serde_json::to_string(&pause).map_err(|e| Error::Internal(e.to_string()))?;
        store::put_note(c, &self.note(), &text)?;
        let (channel, gateway) = (self.channel.as_str(), self.gateway.to_owned());
        tracing::error!(channel, gateway, pause.until = %pause.until, "sending is paused: a setting is wrong, or the gateway is silent or away");
        metrics::counter!("chairside_gateway_pauses_total", "channel" => channel, "gateway" => gateway).increment(1);
        Ok(pause)
    }

    /// Pauses it for as long as it asks for.
    pub fn pause_for(self, c: &mut Conn, now: Instant, said: &str, wait_ms: i64) -> Result<Pause> {
        self.pause(c, now, said, (wait_ms, wait_ms))
    }

    /// A message got through: no pause, and the next one is short again.
    pub fn resume(self, c: &mut Conn) -> Result<()> {
        store::forget_note(c, &self.note())
    }
}

impl Dispatcher {
    /// The gateways of a channel in the order in which they are used.
    pub(super) fn lanes(&self, channel: Carrier) -> Vec<Lane<'_>> {
        let lane = |gateway| Lane { channel, gateway };
        match channel {
            Carrier::Sms => self.sms.iter().map(|s| lane(s.name())).collect(),
            Carrier::Email => self.mail.iter().map(|m| lane(m.name())).collect(),
        }
    }

    /// The names of all gateways.
    pub fn gateways(&self) -> Vec<String> {
        let lanes = Carrier::ALL.iter().flat_map(|channel| self.lanes(*channel));
        lanes.map(|lane| lane.gateway.to_owned()).collect()
    }

    /// The gateways that are paused now, each with its pause.
    pub fn pauses(&self, c: &mut Conn, now: Instant) -> Result<Vec<(Carrier, String, Pause)>> {
        let mut pauses = Vec::new();
        for channel in Carrier::ALL {
            for lane in self.lanes(*channel) {
                if let Some(pause) = lane.paused(c, now)? {
                    pauses.push((*channel, lane.gateway.to_owned(), pause));
                }
            }
        }
        Ok(pauses)
    }

    /// The gateways by which nothing has got through for longer than `patience` milliseconds, while something has waited for
    /// their channel as long. A probe puts off its message each time, so that none of them looks late.
    pub fn stuck(&self, c: &mut Conn, now: Instant, patience: i64) -> Result<Vec<Stuck>> {
        let mut stuck = Vec::new();
        for channel in Carrier::ALL {
            for lane in self.lanes(*channel) {
                let Some(pause) = lane.last_pause(c)? else {
                    continue;
                };
                let since = pause.began();
                if now - since >= patience && store::waits_for(c, *channel, now + -patience, pause.until.max(now))? {
                    stuck.push(Stuck {
                        channel: *channel,
                        gateway: lane.gateway.to_owned(),
                        since,
                        said: pause.said,
                    });
                }
            }
        }
        Ok(stuck)
    }

    /// The pause of a channel whose gateways are all paused now: the one that ends first.
    pub(super) fn pause_of(&self, c: &mut Conn, now: Instant, channel: Carrier) -> Result<Option<Pause>> {
        let mut first: Option<Pause> = None;
        for lane in self.lanes(channel) {
            let Some(pause) = lane.paused(c, now)? else {
                return Ok(None);
            };
            if first.as_ref().is_none_or(|f| pause.until < f.until) {
                first = Some(pause);
            }
        }
        Ok(first)
    }

    /// The gateway that a message will have, unless something changes before it is started.
    pub(super) fn probable(&self, c: &mut Conn, now: Instant, channel: Carrier) -> Result<Option<String>> {
        for lane in self.lanes(channel) {
            if lane.paused(c, now)?.is_none() {
                return Ok(Some(lane.gateway.to_owned()));
            }
        }
        Ok(None)
    }
}
