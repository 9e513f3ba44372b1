//! Pauses of gateways whose settings are wrong, that are silent, or that cannot be reached. They are rows, so that every
//! instance keeps them. A channel is paused when all its gateways are.

use serde::{Deserialize, Serialize};

use super::super::model::Carrier;
use super::super::store;
use super::Dispatcher;
use crate::platform::clock::{HOUR_MS, Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};

/// The first pause after a refusal that the settings caused; each further one is twice as long.
const PAUSE_FIRST_MS: i64 = 5 * MINUTE_MS;
/// The longest.
const PAUSE_MAX_MS: i64 = HOUR_MS;

/// Why and until when nothing is sent by a gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pause {
    /// Until when; then one message tries.
    pub until: Instant,
    /// How long this pause is.
    pub length_ms: i64,
    /// What the gateway said.
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

    fn stored(self, c: &mut Conn) -> Result<Option<Pause>> {
        let Some(text) = store::find_note(c, &self.note())? else {
            return Ok(None);
        };
        Ok(serde_json::from_str(&text).ok())
    }

    /// Its pause, if there is one now.
    pub fn paused(self, c: &mut Conn, now: Instant) -> Result<Option<Pause>> {
        Ok(self.stored(c)?.filter(|p| p.until > now))
    }

    /// Pauses it; one that is paused already stays as it is.
    pub fn pause(self, c: &mut Conn, now: Instant, said: &str) -> Result<Pause> {
        let before = self.stored(c)?;
        if let Some(pause) = before.clone().filter(|p| p.until > now) {
            return Ok(pause);
        }
        let length_ms = before.map_or(PAUSE_FIRST_MS, |p| (p.length_ms * 2).min(PAUSE_MAX_MS));
        let pause = Pause {
            until: now + length_ms,
            length_ms,
            said: said.to_owned(),
        };
        let text = serde_json::to_string(&pause).map_err(|e| Error::Internal(e.to_string()))?;
        store::put_note(c, &self.note(), &text)?;
        let (channel, gateway) = (self.channel.as_str(), self.gateway.to_owned());
        tracing::error!(channel, gateway, pause.until = %pause.until, "sending is paused: a setting is wrong, or the gateway is silent or away");
        metrics::counter!("chairside_gateway_pauses_total", "channel" => channel, "gateway" => gateway).increment(1);
        Ok(pause)
    }

    /// A message got through: no pause, and the next one is short again.
    pub fn resume(self, c: &mut Conn) -> Result<()> {
        if self.stored(c)?.is_some() {
            store::forget_note(c, &self.note())?;
        }
        Ok(())
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

    /// The channels that are paused now.
    pub(super) fn paused_channels(&self, c: &mut Conn, now: Instant) -> Result<Vec<Carrier>> {
        let mut paused = Vec::new();
        for channel in Carrier::ALL {
            if self.pause_of(c, now, *channel)?.is_some() {
                paused.push(*channel);
            }
        }
        Ok(paused)
    }

    /// Whether another gateway of the channel could be used now.
    pub(super) fn has_other(&self, c: &mut Conn, now: Instant, than: Lane<'_>) -> Result<bool> {
        for lane in self.lanes(than.channel) {
            if lane.gateway != than.gateway && lane.paused(c, now)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
