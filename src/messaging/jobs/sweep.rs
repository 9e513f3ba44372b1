//! What a round does before it claims: leases that ran out, messages that became too late. And the pauses of channels whose
//! settings are wrong; they are rows, so that every instance keeps them.

use serde::{Deserialize, Serialize};

use super::super::model::{Carrier, Reason};
use super::super::store;
use super::settle::perhaps;
use crate::platform::clock::{HOUR_MS, Instant, MINUTE_MS};
use crate::platform::config::Dispatch;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};

/// The first pause after a refusal that the settings caused; each further one is twice as long.
const PAUSE_FIRST_MS: i64 = 5 * MINUTE_MS;
/// The longest.
const PAUSE_MAX_MS: i64 = HOUR_MS;

/// Puts right what crashed dispatchers left, and ends what is too late. Gives how many leases had run out.
pub(super) fn sweep(c: &mut Conn, now: Instant, settings: &Dispatch) -> Result<usize> {
    let mut reaped = store::requeue_lost_claims(c, now)?;
    for message in store::lost_sends(c, now)? {
        // Of two sweeps, the one that ends the open try goes on.
        if !store::finish_open_attempt(c, now, message.id)? {
            continue;
        }
        let crashed = Reason::code("crashed");
        let to = perhaps(c, settings, now, &message, (message.attempts, &crashed))?;
        let lease = message.lease.clone().unwrap_or_default();
        if store::settle(c, now, message.id, &lease, &to)? {
            reaped += 1;
        }
    }
    store::skip_expired(c, now, &Reason::code("too-late").stored())?;
    if reaped > 0 {
        tracing::warn!(reaped, "messages of a dispatcher that stopped");
        metrics::counter!("chairside_message_leases_lost_total").increment(u64::try_from(reaped).unwrap_or(0));
    }
    Ok(reaped)
}

/// Why and until when nothing is sent by a channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pause {
    /// Until when; then one message tries.
    pub until: Instant,
    /// How long this pause is.
    pub length_ms: i64,
    /// What the gateway said.
    pub said: String,
}

fn name(channel: Carrier) -> String {
    format!("pause:{channel}")
}

fn stored(c: &mut Conn, channel: Carrier) -> Result<Option<Pause>> {
    let Some(text) = store::find_note(c, &name(channel))? else {
        return Ok(None);
    };
    Ok(serde_json::from_str(&text).ok())
}

/// The pause of a channel, if there is one now.
pub fn pause_of(c: &mut Conn, now: Instant, channel: Carrier) -> Result<Option<Pause>> {
    Ok(stored(c, channel)?.filter(|p| p.until > now))
}

/// The channels that are paused now.
pub(super) fn paused_channels(c: &mut Conn, now: Instant) -> Result<Vec<Carrier>> {
    let mut paused = Vec::new();
    for channel in Carrier::ALL {
        if pause_of(c, now, *channel)?.is_some() {
            paused.push(*channel);
        }
    }
    Ok(paused)
}

/// Pauses a channel; one that is paused already stays as it is.
pub(super) fn pause_channel(c: &mut Conn, now: Instant, channel: Carrier, said: &str) -> Result<Pause> {
    let before = stored(c, channel)?;
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
    store::put_note(c, &name(channel), &text)?;
    tracing::error!(channel = channel.as_str(), pause.until = %pause.until, "sending is paused: a setting is wrong, or the gateway is silent");
    metrics::counter!("chairside_channel_pauses_total", "channel" => channel.as_str()).increment(1);
    Ok(pause)
}

/// A message got through: no pause, and the next one is short again.
pub(super) fn resume_channel(c: &mut Conn, channel: Carrier) -> Result<()> {
    if stored(c, channel)?.is_some() {
        store::delete_note(c, &name(channel))?;
    }
    Ok(())
}
