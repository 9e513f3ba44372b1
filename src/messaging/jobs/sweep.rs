//! What a round does before it claims: leases that ran out, messages that became too late.

use super::super::model::Reason;
use super::super::store;
use super::settle::perhaps;
use crate::platform::clock::{Instant, SECOND_MS};
use crate::platform::config::Dispatch;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Puts right what crashed dispatchers left, and ends what is too late. Gives how many leases had run out.
pub(super) fn sweep(c: &mut Conn, now: Instant, settings: &Dispatch) -> Result<usize> {
    // No lease lasts longer, whatever the clocks of two instances differ by: it was taken before a clock was set back.
    let latest = now + 2 * settings.lease_seconds * SECOND_MS;
    let mut reaped = store::requeue_lost_claims(c, now, latest)?;
    for message in store::lost_sends(c, now, latest)? {
        // Of two sweeps, the one that ends the open try goes on.
        if !store::finish_open_attempt(c, now, message.id)? {
            continue;
        }
        let crashed = Reason::code("crashed");
        let to = perhaps(c, settings, now, &message, (message.attempts, &crashed))?;
        let lease = message.lease.clone().unwrap_or_default();
        if store::settle(c, now, &message, &lease, &to)? {
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
