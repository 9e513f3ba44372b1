//! Planning: each tick asks, by index, who became due since the last one, and queues their messages.
//!
//! Clocks may jump and processes may stop: the span asked about reaches back a little further than the last tick, and what
//! was queued already is known by its key (and, for reminders, by the placing of the visit it was for). After downtime
//! what is past its window is written down as missed and not sent.

mod candidates;
mod forecast;
mod undelivered;

use std::collections::{HashMap, HashSet};
use std::fmt;

pub use forecast::{Shortfall, foretell, shortfalls};

pub(super) use candidates::{Candidate, Exclusion, candidates, opted_out, unreachable_because};

use super::model::{Rule, RuleId, Span};
use super::store::{due, rules};
use crate::clinic;
use crate::messaging::{self, NewMessage, Purpose};
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant, MINUTE_MS};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;

/// How much of the time before the last tick is looked at again, at most: what is still within its rule's window may be new
/// after a clock was set back, or by a write that came in late. Longer windows are not looked at in full each minute.
const OVERLAP_MAX_MS: i64 = 6 * HOUR_MS;
/// Messages queued in one transaction, so that other writers are not kept waiting.
const BATCH: usize = 100;
/// How far back missed messages are still counted: further than a clock jumps that is wrong by a month.
const COUNT_MISSED_MS: i64 = 40 * DAY_MS;

/// What a round of planning did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanReport {
    /// Messages queued.
    pub queued: usize,
    /// Due since the last round, but past their window: not sent.
    pub missed: usize,
    /// Not queued for another reason.
    pub excluded: usize,
    /// Calls made because a message about a visit did not get through.
    pub calls: usize,
}

impl fmt::Display for PlanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} queued, {} missed, {} excluded, {} calls",
            self.queued, self.missed, self.excluded, self.calls
        )
    }
}

/// Queues what became due up to `now`. Safe to run at any time, any number of times, on any number of instances.
///
/// # Errors
/// Those of the database; what was queued until then stays, and the next round does the rest.
pub async fn plan(db: &Db, now: Instant) -> Result<PlanReport> {
    let (seen, found) = db.read(move |c| due_now(c, now)).await?;
    let mut report = PlanReport {
        calls: db.write(move |c| undelivered::look(c, now)).await?,
        ..PlanReport::default()
    };
    if seen.is_empty() {
        return Ok(report);
    }
    let (mut wanted, mut missed) = (Vec::new(), Vec::new());
    for (candidate, fresh) in found {
        match candidate.excluded {
            None => wanted.push(candidate.message),
            Some(Exclusion::Missed) if fresh => missed.push(candidate.message),
            Some(Exclusion::Already | Exclusion::Missed) => {}
            Some(_) => report.excluded += usize::from(fresh),
        }
    }
    for batch in wanted.chunks(BATCH) {
        let batch = batch.to_vec();
        report.queued += db.write(move |c| queue_all(c, now, &batch)).await?;
    }
    // What was missed is not sent, and the clerk can see that and why.
    for batch in missed.chunks(BATCH) {
        let batch = batch.to_vec();
        report.missed += db.write(move |c| note_missed(c, now, &batch)).await?;
    }
    db.write(move |c| rules::set_planned_until(c, &seen, now)).await?;
    if report.missed > 0 {
        tracing::warn!(
            outreach.missed = report.missed,
            "messages were past their window and are not sent"
        );
    }
    Ok(report)
}

fn queue_all(c: &mut Conn, now: Instant, batch: &[NewMessage]) -> Result<usize> {
    batch.iter().try_fold(0, |n, message| {
        Ok(n + usize::from(messaging::queue(c, now, message)?.is_some()))
    })
}

fn note_missed(c: &mut Conn, now: Instant, batch: &[NewMessage]) -> Result<usize> {
    batch.iter().try_fold(0, |n, message| {
        Ok(n + usize::from(messaging::note_missed(c, now, message)?.is_some()))
    })
}

/// The active rules, and everybody they are due for; true: it became due after the rule's last round.
type Due = (Vec<RuleId>, Vec<(Candidate, bool)>);

/// All active rules, and everybody they are due for up to `now`.
fn due_now(c: &mut Conn, now: Instant) -> Result<Due> {
    let zone = clinic::the_site(c)?.tz();
    let active: Vec<Rule> = rules::list_rules(c)?.into_iter().filter(|r| r.active).collect();
    let mut found = Vec::new();
    for rule in &active {
        let last = rule.planned_until.min(now);
        // Never what was due before the rule was made, changed or switched on. What seems to have been done later than now was
        // done by a clock that was wrong.
        let overlap = (i64::from(rule.window_minutes) * MINUTE_MS).min(OVERLAP_MAX_MS);
        let changed_at = Some(rule.updated_at).filter(|at| *at <= now).unwrap_or(last + -overlap);
        let after = (last + -overlap).max(changed_at).max(now + -COUNT_MISSED_MS);
        let span = Span { after, until: now };
        for mut candidate in candidates(c, rule, span, zone, now)? {
            if candidate.excluded.is_none() && candidate.message.expires_at <= now {
                candidate.excluded = Some(Exclusion::Missed);
            }
            let fresh = candidate.message.due_at > last;
            found.push((candidate, fresh));
        }
    }
    keep_newest_reminders(&mut found);
    mark_known(c, &mut found)?;
    Ok((active.iter().map(|r| r.id).collect(), found))
}

/// Of several reminders of one visit in one round only the newest goes out.
fn keep_newest_reminders(found: &mut [(Candidate, bool)]) {
    let mut newest: HashMap<i64, Instant> = HashMap::new();
    for (candidate, _) in found.iter().filter(|(x, _)| is_open_reminder(x)) {
        if let Some(id) = candidate.message.cause.id {
            let at = newest.entry(id).or_insert(candidate.message.due_at);
            *at = (*at).max(candidate.message.due_at);
        }
    }
    for (candidate, _) in found.iter_mut().filter(|(x, _)| is_open_reminder(x)) {
        let latest = candidate.message.cause.id.and_then(|id| newest.get(&id));
        if latest.is_some_and(|at| *at > candidate.message.due_at) {
            candidate.excluded = Some(Exclusion::Superseded);
        }
    }
}

fn is_open_reminder(candidate: &Candidate) -> bool {
    candidate.excluded.is_none() && candidate.message.purpose == Purpose::Reminder
}

fn mark_known(c: &mut Conn, found: &mut [(Candidate, bool)]) -> Result<()> {
    let open = |x: &Candidate| matches!(x.excluded, None | Some(Exclusion::Missed));
    let keys: Vec<String> = found
        .iter()
        .filter(|(x, _)| open(x))
        .map(|(x, _)| x.message.dedupe_key.clone())
        .collect();
    let known: HashSet<String> = due::known_keys(c, &keys)?.into_iter().collect();
    for (candidate, _) in found.iter_mut() {
        if open(candidate) && known.contains(&candidate.message.dedupe_key) {
            candidate.excluded = Some(Exclusion::Already);
        }
    }
    Ok(())
}

/// Everybody the active rules are due for within the `span` ahead, by time: what would be sent, and what not and why.
pub(super) fn preview(c: &mut Conn, span: Span, now: Instant) -> Result<Vec<Candidate>> {
    let zone = clinic::the_site(c)?.tz();
    let active: Vec<Rule> = rules::list_rules(c)?.into_iter().filter(|r| r.active).collect();
    let mut found = Vec::new();
    for rule in &active {
        found.extend(candidates(c, rule, span, zone, now)?);
    }
    tell_ahead(&mut found);
    Ok(found)
}

/// Everybody a rule would be due for within `span`, were it this one and active: what would be sent, and what not and why.
pub(super) fn preview_rule(c: &mut Conn, rule: &Rule, span: Span, now: Instant) -> Result<Vec<Candidate>> {
    let zone = clinic::the_site(c)?.tz();
    let mut found = candidates(c, rule, span, zone, now)?;
    tell_ahead(&mut found);
    Ok(found)
}

/// Reminders are queued whoever it is, so that the desk sees in the log who was not reached; here it is told ahead.
fn tell_ahead(found: &mut [Candidate]) {
    for candidate in found.iter_mut().filter(|x| x.excluded.is_none()) {
        candidate.excluded = unreachable_because(&candidate.who, &HashSet::new());
    }
    found.sort_by_key(|x| (x.message.due_at, x.message.patient));
}
