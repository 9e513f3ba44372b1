//! A round: keeps the slots of each channel busy with what is due, the most urgent first.
//!
//! What is claimed waits here for a slot, a handful at a time and in the order of its urgency; what is more urgent is looked
//! for all the while, and takes the turns of what waits. So a campaign of many thousands never keeps a reminder waiting for longer
//! than a send takes, or, at a gateway that takes few a second, than the turns that other instances have taken; and a mail server
//! that is slow keeps no text waiting.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant as Moment;

use super::super::model::Carrier;
use super::super::store::{self, Claim, PRIORITY_LAST, Taken};
use super::turns::AHEAD;
use super::{Dispatcher, End, Report, Turn, sweep};
use crate::platform::clock::{Instant, SECOND_MS};
use crate::platform::error::Result;
use crate::platform::ids::random_token;
use crate::platform::limit::Limit;

/// How often something more urgent is looked for while what was claimed waits for a slot.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a round takes up new messages: then it ends, and the watch hears that sending goes on.
const ROUND_MAX: Duration = Duration::from_secs(120);
/// For how long turns that were not made use of are kept.
const BURST: Duration = Duration::from_secs(1);
/// How often a round that lasts puts right what others left behind.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// What is claimed and not begun, most urgent first; each with the name of its claim.
#[derive(Default)]
pub(super) struct Waiting {
    rows: BTreeMap<Taken, Arc<str>>,
    /// Turns that have begun and have not taken theirs yet.
    promised: usize,
    /// When the gateway takes the next ones; none: it has no limit.
    turns: VecDeque<Moment>,
    /// Those that have a turn at the gateway and have not taken their message yet.
    ready: usize,
}

impl Waiting {
    /// Whether there is one more for a turn.
    fn promise(&mut self) -> bool {
        let more = self.promised < self.rows.len();
        self.promised += usize::from(more);
        more
    }
    /// The most urgent one, for a turn that it was promised to.
    pub fn take(&mut self) -> Option<(Taken, Arc<str>)> {
        self.promised = self.promised.saturating_sub(1);
        self.ready = self.ready.saturating_sub(1);
        self.rows.pop_first()
    }
    /// A turn that takes none after all.
    pub fn forsake(&mut self) {
        self.promised = self.promised.saturating_sub(1);
        self.ready = self.ready.saturating_sub(1);
    }
    /// When the next one may go; none: it has to ask for a turn.
    pub fn next_turn(&mut self) -> Option<Moment> {
        self.ready += 1;
        self.turns.pop_front()
    }
    /// How many turns are there that no message waits for. What nobody made use of in time is of no use any more: a gateway that
    /// has rested takes no more than a second's worth at once.
    fn spare_turns(&mut self) -> usize {
        let needed = self.rows.len().saturating_sub(self.ready);
        while self.turns.len() > needed && self.turns.front().is_some_and(|at| at.elapsed() > BURST) {
            self.turns.pop_front();
        }
        self.turns.len().saturating_sub(needed)
    }
    /// A turn of which no use was made is for the next one.
    pub fn spare(&mut self, turn: Option<Moment>) {
        self.turns.extend(turn);
        self.turns.make_contiguous().sort_unstable();
    }
    fn most_urgent(&self) -> Option<i32> {
        self.rows.first_key_value().map(|(taken, _)| taken.priority)
    }
}

/// What a turn takes from.
pub(super) type Shared = Arc<Mutex<Waiting>>;

pub(super) fn locked(waiting: &Shared) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
struct Wish {
    /// Nothing less urgent than this.
    priority: i32,
    limit: usize,
    /// Turns at the gateway that are there for what is found.
    spare: usize,
}

/// What was found.
struct Found {
    wish: Wish,
    lease: Arc<str>,
    taken: Vec<Taken>,
    /// The gateway that a text will have, unless something changes before it is started.
    gateway: Option<String>,
    /// Its turns.
    turns: Vec<Moment>,
}

type Looking<'a> = Pin<Box<dyn Future<Output = Result<Found>> + Send + 'a>>;

/// A channel's part of a round.
struct Part {
    waiting: Shared,
    gateway: Option<String>,
    /// How many may still be claimed.
    left: usize,
    /// The last look for all that is due found less than it might have taken.
    drained: bool,
    looked: Option<Moment>,
}

impl Part {
    fn new(limit: usize) -> Part {
        Part {
            waiting: Shared::default(),
            gateway: None,
            left: limit,
            drained: false,
            looked: None,
        }
    }

    /// What is to be looked for now: the next handful before the last has gone; else what is more urgent than what waits.
    fn wish(&self, batch: usize) -> Option<Wish> {
        let mut waiting = locked(&self.waiting);
        let (count, most) = (waiting.rows.len(), batch.min(self.left));
        let spare = waiting.spare_turns();
        let long_ago = self.looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY);
        let wish = if count <= batch / 2 && (!self.drained || long_ago) {
            Wish {
                priority: PRIORITY_LAST,
                limit: most.min(batch - count),
                spare,
            }
        } else {
            Wish {
                priority: waiting.most_urgent().filter(|_| long_ago)? - 1,
                limit: most,
                // It goes in the turns of what waits, which asks for new ones.
                spare: spare + count,
            }
        };
        (wish.limit > 0 && wish.priority > 0).then_some(wish)
    }

    fn add(&mut self, found: Found) {
        self.left -= found.taken.len().min(self.left);
        if found.wish.priority == PRIORITY_LAST {
            self.drained = found.taken.len() < found.wish.limit;
        }
        self.looked = Some(Moment::now());
        let mut waiting = locked(&self.waiting);
        if self.gateway != found.gateway {
            // Turns at another gateway are of no use here: who has none takes one.
            waiting.turns.clear();
            self.gateway = found.gateway;
        }
        waiting.turns.extend(found.turns);
        let taken = found.taken.into_iter();
        waiting.rows.extend(taken.map(|t| (t, Arc::clone(&found.lease))));
    }

    fn next_look(&self) -> Moment {
        self.looked.map_or_else(Moment::now, |at| at + LOOK_EVERY)
    }
}

impl Dispatcher {
    /// Sends what is due: at most `limit` messages of each channel; none: those that are due now.
    pub(super) async fn round(&self, limit: Option<usize>) -> Result<Report> {
        let (mut reaped, due) = self.sweep().await?;
        let limit = limit.unwrap_or(due);
        let carrying = async { tokio::join!(self.carry(Carrier::Sms, limit), self.carry(Carrier::Email, limit)) };
        tokio::pin!(carrying);
        let (texts, mails) = loop {
            tokio::select! {
                both = &mut carrying => break both,
                () = tokio::time::sleep(SWEEP_EVERY) => match self.sweep().await {
                    Ok((more, _)) => reaped += more,
                    Err(e) => tracing::error!(error = %e, "a sweep failed; tried again with the next"),
                }
            }
        };
        let mut report = Report {
            reaped,
            ..Report::default()
        };
        report.add(&texts?);
        report.add(&mails?);
        Ok(report)
    }

    /// Puts right what was left behind. Gives how many leases had run out, and how much is due.
    async fn sweep(&self) -> Result<(usize, usize)> {
        let (this, now) = (self.clone(), self.clock.now());
        self.db
            .write(move |c| {
                let reaped = sweep::sweep(c, now, &this.config.dispatch)?;
                let (due, oldest) = store::waiting(c, now)?;
                measure_queue(now, (due, oldest));
                Ok((reaped, usize::try_from(due).unwrap_or(0)))
            })
            .await
    }

    /// A channel's part of a round. When it is over, or the process is to stop, what has not been begun goes back.
    async fn carry(&self, channel: Carrier, limit: usize) -> Result<Report> {
        let (slots, batch) = (self.config.dispatch.concurrency.max(1), self.batch(channel));
        let (mut part, mut report) = (Part::new(limit), Report::default());
        // What has been sent gives its slot to the next while it is written down.
        let (mut turns, mut settling) = (JoinSet::new(), JoinSet::new());
        let mut looking: Option<Looking<'_>> = None;
        let (end, mut failed) = (Moment::now() + ROUND_MAX, None);
        // What is claimed by then goes out before the end: no turns are thrown away.
        let last_look = end - AHEAD * 2;
        while !self.stop.is_cancelled() && failed.is_none() {
            while turns.len() < slots && settling.len() < slots && locked(&part.waiting).promise() {
                let (this, waiting, gateway) = (self.clone(), Arc::clone(&part.waiting), part.gateway.clone());
                turns.spawn(async move { this.turn(channel, gateway.as_deref(), &waiting).await });
            }
            if looking.is_none() {
                let busy = !turns.is_empty() || !settling.is_empty();
                let over = Moment::now() >= last_look;
                if !busy && (part.drained || part.left == 0 || over) {
                    break;
                }
                looking = part.wish(batch).filter(|_| !over).map(|wish| self.look(channel, wish));
            }
            let next = part.next_look();
            let waits = looking.is_none() && part.left > 0 && next > Moment::now() && next < last_look;
            tokio::select! {
                Some(turn) = turns.join_next() => self.turned(turn, &mut settling, &mut report),
                Some(end) = settling.join_next() => report.count(ended(end)),
                found = wait_for(&mut looking), if looking.is_some() => match found {
                    Ok(found) => {
                        report.claimed += found.taken.len();
                        part.add(found);
                    }
                    Err(e) => failed = Some(e),
                },
                () = tokio::time::sleep_until(next), if waits => {}
                () = tokio::time::sleep_until(end) => break,
                () = self.stop.cancelled() => {}
            }
        }
        if let Some(looking) = looking
            && let Ok(found) = looking.await
        {
            part.add(found);
        }
        let given_back = self.give_back(&part.waiting).await;
        while let Some(turn) = turns.join_next().await {
            self.turned(turn, &mut settling, &mut report);
        }
        while let Some(end) = settling.join_next().await {
            report.count(ended(end));
        }
        given_back?;
        failed.map_or(Ok(report), Err)
    }

    /// What a turn leaves to be done.
    fn turned(&self, turn: Joined<Turn>, settling: &mut JoinSet<Result<End>>, report: &mut Report) {
        let turn = match turn {
            Ok(Ok(Turn::Sent(outgoing, outcome))) => {
                let this = self.clone();
                settling.spawn(async move { this.settle_surely(*outgoing, outcome).await });
                return;
            }
            Ok(Ok(Turn::Over(end))) => Ok(Ok(end)),
            Ok(Err(e)) => Ok(Err(e)),
            Err(e) => Err(e),
        };
        report.count(ended(turn));
    }

    /// What was claimed and not begun goes back to the queue.
    async fn give_back(&self, waiting: &Shared) -> Result<()> {
        let rows = std::mem::take(&mut locked(waiting).rows);
        let mut leases: Vec<Arc<str>> = rows.into_values().collect();
        leases.dedup();
        if leases.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let claims = move |c: &mut _| {
            leases
                .iter()
                .try_fold(0, |n, lease| Ok(n + store::unclaim(c, now, lease)?))
        };
        let back = self.db.write(claims).await?;
        tracing::info!(messages = back, "not begun, back to the queue");
        Ok(())
    }

    /// Looks for what is due and claims it.
    fn look(&self, channel: Carrier, wish: Wish) -> Looking<'_> {
        let (this, now, lease) = (self.clone(), self.clock.now(), Arc::<str>::from(random_token()));
        Box::pin(self.db.write(move |c| {
            let mut found = Found {
                wish,
                taken: Vec::new(),
                gateway: None,
                turns: Vec::new(),
                lease,
            };
            if this.pause_of(c, now, channel)?.is_some() {
                return Ok(found);
            }
            found.gateway = this.probable(c, now, channel)?;
            let claim = Claim {
                lease: &found.lease,
                until: now + this.config.dispatch.lease_seconds * SECOND_MS,
                channel,
                priority: wish.priority,
                limit: i64::try_from(wish.limit).unwrap_or(1),
            };
            found.taken = store::claim_due(c, now, &claim)?;
            if found.taken.is_empty() {
                return Ok(found);
            }
            let new = found.taken.len().saturating_sub(wish.spare);
            match this.take_turns(c, (channel, found.gateway.as_deref()), new)? {
                Some(turns) => found.turns = turns,
                None => {
                    store::unclaim(c, now, &found.lease)?;
                    found.taken.clear();
                }
            }
            Ok(found)
        }))
    }

    /// How many messages are claimed at once: no more than go out, at the gateways' rates, in the time for which turns are taken.
    fn batch(&self, channel: Carrier) -> usize {
        let d = &self.config.dispatch;
        let limits = self
            .lanes(channel)
            .into_iter()
            .filter_map(|lane| self.limit_of(channel, Some(lane.gateway)));
        let slowest = limits.map(Limit::rate).fold(f64::INFINITY, f64::min);
        let most = slowest * AHEAD.as_secs_f64();
        let enough = |n: &i64| i32::try_from(*n).map_or(f64::INFINITY, f64::from) >= most;
        let batch = (1..d.batch).find(enough).unwrap_or(d.batch);
        usize::try_from(batch).unwrap_or(1)
    }
}

async fn wait_for(looking: &mut Option<Looking<'_>>) -> Result<Found> {
    let found = match looking {
        Some(looking) => looking.await,
        None => std::future::pending().await,
    };
    *looking = None;
    found
}

/// What a task gave.
type Joined<T> = Result<Result<T>, tokio::task::JoinError>;

/// How a turn ended. After one that failed the lease runs out, and the sweep takes it from there.
fn ended(end: Joined<End>) -> End {
    match end {
        Ok(Ok(end)) => end,
        Ok(Err(e)) => {
            tracing::error!(error = %e, "a message's turn failed");
            End::Lost
        }
        Err(e) => {
            tracing::error!(error = %e, "a message's turn broke off");
            End::Lost
        }
    }
}

/// What is due, for `/metrics`: an alarm on it tells that messages are late.
fn measure_queue(now: Instant, (count, oldest): (i64, Option<Instant>)) {
    let seconds = oldest.map_or(0, |at| (now - at) / SECOND_MS);
    let gauge = |n: i64| f64::from(i32::try_from(n).unwrap_or(i32::MAX));
    metrics::gauge!("chairside_messages_waiting").set(gauge(count));
    metrics::gauge!("chairside_messages_oldest_waiting_seconds").set(gauge(seconds));
}
