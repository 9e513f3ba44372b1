//! What became of a send, written down in one short transaction, fenced by the lease.

use super::super::actions::{note_refusal, opt_out_by_gateway};
use super::super::model::{Carrier, Message, MessageState, Reason};
use super::super::store::{self, Settled};
use super::pauses::{AWAY, BUSY, Lane, WRONG};
use super::start::Outgoing;
use super::{Dispatcher, End};
use crate::platform::clock::{HOUR_MS, Instant, MINUTE_MS, SECOND_MS};
use crate::platform::config::Dispatch;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::outcome::Outcome;
use crate::staff::Actor;

/// A gateway's Retry-After is believed up to here.
const RETRY_AFTER_MAX_MS: i64 = 6 * HOUR_MS;
/// So many sends in a row without an answer pause their gateway.
const SILENT_MAX: i64 = 3;

impl Dispatcher {
    /// Writes down how a send ended.
    pub(super) fn settle(&self, c: &mut Conn, now: Instant, o: &Outgoing, outcome: &Outcome) -> Result<End> {
        let id = o.message.id;
        store::finish_attempt(c, now, (id, o.number), outcome.code(), &outcome.detail())?;
        let to = self.next_state(c, now, o, outcome)?;
        if let Outcome::OptedOut { code, .. } = outcome {
            let gateway = o.route.gateway.as_str();
            opt_out_by_gateway(c, now, &Actor::system(gateway), &o.recipient, (gateway, code))?;
        }
        if let Outcome::Permanent { text, .. } | Outcome::Elsewhere { text, .. } = outcome {
            note_refusal(c, now, &o.message, &o.recipient, text)?;
        }
        if store::settle(c, now, &o.message, &o.lease, &to)? {
            return Ok(End::State(to.state));
        }
        // What is certain settles what the sweep had to leave at "perhaps". A "not now" does not: it would be sent again, and
        // somebody may have done that by hand meanwhile.
        let certain = match outcome {
            Outcome::Accepted { .. } => true,
            // Unless another try of it was perhaps sent, too.
            Outcome::Permanent { .. } | Outcome::OptedOut { .. } | Outcome::Elsewhere { .. } => {
                store::count_perhaps(c, id)? == 0
            }
            _ => false,
        };
        if certain && store::settle_late(c, now, id, &to)? {
            return Ok(End::State(to.state));
        }
        // A report was faster, or the lease is another's by now: what stands there is newer than what we know.
        tracing::info!(message.id = id.0, outcome = outcome.code(), "settled by somebody else");
        Ok(End::Lost)
    }

    fn next_state(&self, c: &mut Conn, now: Instant, o: &Outgoing, outcome: &Outcome) -> Result<Settled> {
        let (settings, message) = (&self.config.dispatch, &o.message);
        let lane = Lane {
            channel: message.channel,
            gateway: &o.route.gateway,
        };
        let tried = message.attempts + 1;
        Ok(match outcome {
            Outcome::Accepted { id } => {
                if o.route.rested {
                    lane.resume(c)?;
                }
                Settled {
                    state: MessageState::Accepted,
                    reason: None,
                    next_try_at: now,
                    attempts: tried,
                    gateway_id: id.clone(),
                }
            }
            Outcome::Permanent { .. } => ended(
                now,
                tried,
                MessageState::Failed,
                &Reason::said("refused", &outcome.detail()),
            ),
            Outcome::OptedOut { .. } => ended(
                now,
                tried,
                MessageState::Failed,
                &Reason::said("refused-opted-out", &outcome.detail()),
            ),
            Outcome::Elsewhere { .. } => self.elsewhere(c, now, message, &outcome.detail())?,
            Outcome::Passing { retry_after, text } => {
                let later = after_passing(settings, now, message, (*retry_after, text));
                self.or_by_another(c, now, message, later)?
            }
            // Nor here.
            Outcome::Busy { retry_after, text } => {
                match wait_asked(*retry_after) {
                    Some(wait) => lane.pause_for(c, now, text, wait)?,
                    None => lane.pause(c, now, text, BUSY)?,
                };
                self.untried(c, now, message, &Reason::said("retry", text))?
            }
            Outcome::Postponed { until, text } => postponed(now, message, (*until, text)),
            // No tries are burnt: an hour without a connection would use up those of the most urgent ones.
            Outcome::Unreachable(text) => {
                lane.pause(c, now, text, AWAY)?;
                self.untried(c, now, message, &Reason::said("retry", text))?
            }
            Outcome::Config(text) => {
                lane.pause(c, now, text, WRONG)?;
                self.untried(c, now, message, &Reason::said("settings", text))?
            }
            Outcome::Unknown(text) => {
                pause_if_silent(c, now, lane, text)?;
                let reason = Reason::code("no-answer");
                perhaps(c, settings, now, message, (tried, &reason))?
            }
        })
    }

    /// Not by this gateway, but perhaps by another.
    fn elsewhere(&self, c: &mut Conn, now: Instant, message: &Message, said: &str) -> Result<Settled> {
        let refused = refused_by(c, message)?;
        let others = self.lanes(message.channel);
        if others
            .iter()
            .all(|lane| refused.iter().any(|name| name == lane.gateway))
        {
            let reason = Reason::said("refused", said);
            return Ok(ended(now, message.attempts + 1, MessageState::Failed, &reason));
        }
        Ok(Settled {
            state: MessageState::Queued,
            reason: Some(Reason::said("retry", said).stored()),
            next_try_at: now,
            attempts: message.attempts + 1,
            gateway_id: None,
        })
    }

    /// What is to be tried again later goes at once where another gateway is there that has not been asked yet.
    fn or_by_another(&self, c: &mut Conn, now: Instant, message: &Message, later: Settled) -> Result<Settled> {
        let lanes = self.lanes(message.channel);
        if later.state != MessageState::Queued || lanes.len() < 2 {
            return Ok(later);
        }
        let mut asked = refused_by(c, message)?;
        asked.extend(declined_by(c, message)?);
        for lane in lanes {
            if !asked.iter().any(|name| name == lane.gateway) && lane.paused(c, now)?.is_none() {
                return Ok(Settled {
                    next_try_at: now,
                    ..later
                });
            }
        }
        Ok(later)
    }

    /// Back to the queue until its channel is used again: at once, if another gateway may have it. It was not the message's
    /// fault, and the try does not count.
    fn untried(&self, c: &mut Conn, now: Instant, message: &Message, reason: &Reason) -> Result<Settled> {
        let next = self.pause_of(c, now, message.channel)?.map_or(now, |p| p.until);
        Ok(untried(message, next, reason))
    }
}

/// The gateways that never take a message.
pub(super) fn refused_by(c: &mut Conn, message: &Message) -> Result<Vec<String>> {
    store::gateways_where(c, message.id, &["elsewhere"])
}

/// The gateways that have said "not now" to a message.
pub(super) fn declined_by(c: &mut Conn, message: &Message) -> Result<Vec<String>> {
    store::gateways_where(c, message.id, &["passing"])
}

/// A gateway that takes messages and says nothing would make each of them "perhaps sent": after some in a row it is paused.
fn pause_if_silent(c: &mut Conn, now: Instant, lane: Lane<'_>, said: &str) -> Result<()> {
    let last = store::last_outcomes(c, lane.gateway, SILENT_MAX)?;
    let silent = i64::try_from(last.len()).is_ok_and(|n| n == SILENT_MAX) && last.iter().all(|o| o == "unknown");
    if silent {
        lane.pause(c, now, said, WRONG)?;
    }
    Ok(())
}

/// Back to the queue; it was not the message's fault, and the try does not count.
fn untried(message: &Message, next: Instant, reason: &Reason) -> Settled {
    Settled {
        state: MessageState::Queued,
        reason: Some(reason.stored()),
        next_try_at: next,
        attempts: message.attempts,
        gateway_id: None,
    }
}

/// Not before the gateway's rules let it: if that is too late, not at all.
fn postponed(now: Instant, message: &Message, (until, said): (Instant, &str)) -> Settled {
    if until >= message.expires_at {
        return ended(
            now,
            message.attempts + 1,
            MessageState::Dead,
            &Reason::said("gateway-too-late", said),
        );
    }
    untried(
        message,
        until.max(now + SECOND_MS),
        &Reason::said("gateway-hours", said),
    )
}

fn ended(now: Instant, attempts: i32, state: MessageState, reason: &Reason) -> Settled {
    Settled {
        state,
        reason: Some(reason.stored()),
        next_try_at: now,
        attempts,
        gateway_id: None,
    }
}

/// How long a gateway asks to wait, as far as it is believed.
fn wait_asked(retry_after: Option<i64>) -> Option<i64> {
    retry_after.map(|s| s.saturating_mul(SECOND_MS).clamp(SECOND_MS, RETRY_AFTER_MAX_MS))
}

/// Certainly not sent: again by the schedule, unless tries or time are used up.
fn after_passing(
    settings: &Dispatch,
    now: Instant,
    message: &Message,
    (retry_after, said): (Option<i64>, &str),
) -> Settled {
    let tried = message.attempts + 1;
    let wait = wait_asked(retry_after)
        .or_else(|| wait_ms(settings, tried, chance()).map(|wait| wait.max(shortest_ms(message.channel))));
    let Some(wait) = wait.filter(|_| within(settings, tried)) else {
        return ended(now, tried, MessageState::Dead, &Reason::said("gave-up", said));
    };
    let next = now + wait;
    if next >= message.expires_at {
        return ended(now, tried, MessageState::Dead, &Reason::said("gave-up", said));
    }
    Settled {
        state: MessageState::Queued,
        reason: Some(Reason::said("retry", said).stored()),
        next_try_at: next,
        attempts: tried,
        gateway_id: None,
    }
}

/// A mail server that says "not now" is left alone for this long at least (messaging.md 3.6).
fn shortest_ms(channel: Carrier) -> i64 {
    match channel {
        Carrier::Email => MINUTE_MS,
        Carrier::Sms => 0,
    }
}

fn within(settings: &Dispatch, tried: i32) -> bool {
    usize::try_from(tried).unwrap_or(usize::MAX) <= settings.retry_seconds.len()
}

/// A thousand of these is certainty.
const CHANCE_MAX: i32 = 1000;

fn chance() -> i32 {
    rand::random_range(0..=CHANCE_MAX)
}

/// The wait after the `tried`-th try, shortened by up to half by `chance` (0 to [`CHANCE_MAX`]): many that failed together do not come
/// back together.
fn wait_ms(settings: &Dispatch, tried: i32, chance: i32) -> Option<i64> {
    let index = usize::try_from(tried).ok()?.checked_sub(1)?;
    let seconds = *settings.retry_seconds.get(index)?;
    let full = seconds * SECOND_MS;
    let shortened = full / 2;
    let thousandths = i64::from(chance.clamp(0, CHANCE_MAX));
    Some(shortened + (full - shortened) * thousandths / i64::from(CHANCE_MAX))
}

/// Perhaps sent. A mail goes out once more under the same Message-ID, so that its receiver has it once; a text waits for a
/// report and is shown to the desk, since sending it twice would be seen.
pub(super) fn perhaps(
    c: &mut Conn,
    settings: &Dispatch,
    now: Instant,
    message: &Message,
    (tried, reason): (i32, &Reason),
) -> Result<Settled> {
    let first = store::count_perhaps(c, message.id)? <= 1;
    let next = now + wait_ms(settings, 1, chance()).unwrap_or(SECOND_MS);
    if message.channel == Carrier::Email && first && next < message.expires_at {
        return Ok(Settled {
            state: MessageState::Queued,
            reason: Some(Reason::code(store::MAYBE_SENT).stored()),
            next_try_at: next,
            attempts: tried,
            gateway_id: None,
        });
    }
    Ok(ended(now, tried, MessageState::Uncertain, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Dispatch {
        crate::platform::config::Config::defaults().expect("defaults").dispatch
    }

    proptest::proptest! {
        #[test]
        fn a_wait_is_half_to_all_of_the_schedules(tried in 1_i32..=5, chance in 0_i32..=1000) {
            let s = settings();
            let full = s.retry_seconds[usize::try_from(tried - 1).unwrap()] * SECOND_MS;
            let wait = wait_ms(&s, tried, chance).unwrap();
            proptest::prop_assert!(wait >= full / 2 && wait <= full, "{wait} of {full}");
        }
    }

    #[test]
    fn the_schedule_ends() {
        assert_eq!(wait_ms(&settings(), 6, 500), None);
        assert!(within(&settings(), 5) && !within(&settings(), 6));
    }
}
