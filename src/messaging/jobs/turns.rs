//! Turns at a gateway. A claim takes as many from the gateway's row as it takes messages, so that the rate holds over all
//! instances; each message waits for the next of them. How many calls are under way at once is each instance's own.

use std::time::Duration;

use tokio::sync::SemaphorePermit;
use tokio::time::Instant as Moment;

use super::super::model::Carrier;
use super::super::store::{self, Ahead};
use super::Dispatcher;
use super::round::{Shared, locked};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::limit::Limit;

/// How far ahead turns are taken: what is more urgent and comes later waits no longer than about twice as long.
pub(super) const AHEAD: Duration = Duration::from_secs(5);
/// How long is waited when others have taken turns further ahead than that.
const CROWDED: Duration = Duration::from_secs(1);
/// How long a message that counts as being sent already waits for its turn at most.
const WAITS_BEGUN: Duration = Duration::from_secs(10);

/// Whose turn it is; the call may last as long as this is kept.
pub(super) struct Ticket<'a> {
    /// When the turn was.
    pub at: Moment,
    _slot: Option<SemaphorePermit<'a>>,
}

impl Dispatcher {
    /// How fast the gateway of this name may be used; none: as fast as it goes.
    pub(super) fn limit_of(&self, channel: Carrier, gateway: Option<&str>) -> Option<&Limit> {
        match channel {
            Carrier::Sms => self.known_gateway(gateway?)?.limit(),
            Carrier::Email => self.mail.as_ref().filter(|m| Some(m.name()) == gateway)?.limit(),
        }
    }

    /// Takes turns for so many messages. None: others have taken too many already.
    pub(super) fn take_turns(
        &self,
        c: &mut Conn,
        (channel, gateway): (Carrier, Option<&str>),
        count: usize,
    ) -> Result<Option<Vec<Moment>>> {
        let (Some(limit), Some(name), 1..) = (self.limit_of(channel, gateway), gateway, count) else {
            return Ok(Some(Vec::new()));
        };
        let row = match channel {
            Carrier::Sms => format!("sms:{name}"),
            Carrier::Email => "email".to_owned(),
        };
        let ahead = Ahead {
            most: AHEAD.max(limit.lasts(1)),
            // More than anybody takes at once.
            absurd: AHEAD.max(limit.lasts(1)) * 4 + limit.lasts(count),
        };
        let first = store::take_turns(c, &row, limit.lasts(count), ahead)?;
        let now = Moment::now();
        Ok(first.map(|first| (0..count).map(|nth| now + limit.wait(first, nth)).collect()))
    }

    /// Waits until a message may be handed to the gateway that will probably have it: for one of the turns that wait with the
    /// messages, or for one of its own. None: the gateway has no limit. The lease of a claim is long enough for what is claimed
    /// at once; what is not sent in time is claimed anew.
    pub(super) async fn turn_at<'s>(
        &'s self,
        (channel, gateway): (Carrier, Option<&str>),
        waiting: Option<&Shared>,
    ) -> Result<Option<Ticket<'s>>> {
        let Some(limit) = self.limit_of(channel, gateway) else {
            return Ok(None);
        };
        let slot = limit.slot().await;
        let waits = waiting.and_then(|waiting| locked(waiting).next_turn());
        let at = match waits {
            Some(at) => at,
            None => self.one_turn(channel, gateway).await?,
        };
        tokio::time::sleep_until(at).await;
        Ok(Some(Ticket { at, _slot: slot }))
    }

    /// The same for a message that counts as being sent already, at another gateway than was expected. It must not come to
    /// nothing: without the database, at the end of the process, or when its turn is far off, it goes at once.
    pub(super) async fn turn_of_begun<'s>(&'s self, of: (Carrier, Option<&str>)) -> Option<Ticket<'s>> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            turn = tokio::time::timeout(WAITS_BEGUN, self.turn_at(of, None)) => match turn {
                Ok(Ok(ticket)) => ticket,
                Ok(Err(e)) => {
                    tracing::warn!(error = %e, "a message goes to another gateway without waiting for its turn");
                    None
                }
                Err(_late) => None,
            },
        }
    }

    async fn one_turn(&self, channel: Carrier, gateway: Option<&str>) -> Result<Moment> {
        loop {
            let (this, name) = (self.clone(), gateway.map(str::to_owned));
            let taken = self
                .db
                .write(move |c| this.take_turns(c, (channel, name.as_deref()), 1))
                .await?;
            match taken {
                Some(turns) => return Ok(turns.first().copied().unwrap_or_else(Moment::now)),
                None => tokio::time::sleep(CROWDED).await,
            }
        }
    }
}
