//! Planning: each tick asks, by index, who became due since the last one, and queues their messages.
//!
//! Clocks may jump and processes may stop: the span asked about reaches back a little further than the last tick, and what
//! was queued already is known by its key (and, for reminders, by the placing of the visit it was for). After downtime
//! what is past its window is written down as missed and not sent.

mod calls;
mod candidates;
mod forecast;
mod late;
mod preview;
mod reach;
mod trial;
mod undelivered;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use chrono_tz::Tz;

pub(super) use forecast::forget_begun;
pub use forecast::{deviations, foretell};

pub(super) use candidates::{Candidate, Exclusion, Wishes};
use candidates::{candidates, noted_late, unreachable_because, ways};
pub(super) use preview::preview;
pub(super) use trial::{Trial, try_out};

use super::actions;
use super::model::{Anchor, CatchUp, RecallId, Rule, RuleAction, RuleId, Span, Step};
use super::store::{arms, known, rules};
use crate::clinic;
use crate::messaging::{self, MessageState, NewMessage, Purpose};
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant, MINUTE_MS};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;

/// How much of the time before the last tick is looked at again, at most: what is still within its rule's window may be new
/// after a clock was set back, or by a write that came in late. Longer windows are looked at in full each hour, not each minute.
const OVERLAP_MAX_MS: i64 = 6 * HOUR_MS;
/// The same for what is everybody's.
const OVERLAP_OF_ALL_MS: i64 = 10 * MINUTE_MS;
/// What was due longer ago than this is late.
const LATE_MS: i64 = 15 * MINUTE_MS;
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
    /// Calls made: steps of rules, and because a message about a visit did not get through.
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

/// Does what became due up to `now`. Safe to run at any time, any number of times, on any number of instances. What was perhaps
/// sent longer ago than `perhaps_ms` did not arrive, as far as anybody knows.
///
/// # Errors
/// Those of the database; what was queued until then stays, and the next round does the rest.
pub async fn plan(db: &Db, now: Instant, perhaps_ms: i64) -> Result<PlanReport> {
    let (active, found) = db.read(move |c| due_now(c, now)).await?;
    let mut report = PlanReport {
        calls: db.write(move |c| undelivered::look(c, now, perhaps_ms)).await?,
        ..PlanReport::default()
    };
    if active.is_empty() {
        return Ok(report);
    }
    let rules: Arc<HashMap<RuleId, Rule>> = Arc::new(active.into_iter().map(|r| (r.id, r)).collect());
    let Sorted {
        wanted,
        unsent,
        excluded,
    } = sorted(found);
    report.excluded += excluded;
    for batch in wanted.chunks(BATCH) {
        let (batch, rules) = (batch.to_vec(), Arc::clone(&rules));
        let done = db.write(move |c| act_on_all(c, now, &rules, &batch)).await?;
        report.queued += done.queued;
        report.calls += done.calls;
        report.excluded += done.excluded;
    }
    // What was missed or left out is not sent, and the clerk can see that and why.
    for batch in unsent.chunks(BATCH) {
        let batch = batch.to_vec();
        report.missed += db.write(move |c| note_beside(c, now, &batch)).await?;
    }
    // After what the steps came to by themselves.
    report.excluded += late::look(db, now, rules.values()).await?;
    let (seen, all) = (rules.keys().copied().collect::<Vec<_>>(), Arc::clone(&rules));
    db.write(move |c| {
        calls::withdraw_senseless(c, now, &all)?;
        rules::set_planned_until(c, &seen, now)
    })
    .await?;
    if report.missed > 0 {
        tracing::warn!(
            outreach.missed = report.missed,
            "messages were past their window and are not sent"
        );
    }
    Ok(report)
}

/// What is to be done with those who were found due.
#[derive(Default)]
struct Sorted {
    /// Something happens.
    wanted: Vec<Candidate>,
    /// What does not go out, and is written down.
    unsent: Vec<(NewMessage, Exclusion)>,
    /// How many were left out for the first time, but for what was missed.
    excluded: usize,
}

fn sorted(found: Vec<(Candidate, bool)>) -> Sorted {
    let mut sorted = Sorted::default();
    for (candidate, fresh) in found {
        match candidate.excluded {
            None | Some(Exclusion::HeldOut) => sorted.wanted.push(candidate),
            Some(Exclusion::Already) => {}
            Some(why) if fresh => {
                sorted.excluded += usize::from(!is_missed(why));
                if is_missed(why) || (why.is_told() && candidate.action == RuleAction::Message) {
                    sorted.unsent.push((candidate.message, why));
                }
            }
            Some(_) => {}
        }
    }
    sorted
}

/// Does what a rule has been due for up to `now`, before it is changed: a change loses nothing that no round has come to yet.
pub(super) fn catch_up(c: &mut Conn, now: Instant, rule: &Rule) -> Result<()> {
    let zone = clinic::the_site(c)?.tz();
    let mut found = due_by(c, now, zone, rule)?;
    keep_newest(&mut found);
    mark_known(c, &mut found)?;
    let Sorted { wanted, unsent, .. } = sorted(found);
    act_on_all(c, now, &HashMap::from([(rule.id, rule.clone())]), &wanted)?;
    note_beside(c, now, &unsent)?;
    Ok(())
}

fn act_on_all(c: &mut Conn, now: Instant, rules: &HashMap<RuleId, Rule>, batch: &[Candidate]) -> Result<PlanReport> {
    let mut report = PlanReport::default();
    for candidate in batch {
        let Some(rule) = rules.get(&candidate.rule) else {
            continue;
        };
        let held = candidate.excluded.is_some();
        if rule.holdout_percent > 0 {
            arms::note(c, candidate, held)?;
        }
        match (held, candidate.action) {
            (true, RuleAction::Call) => report.excluded += 1,
            (true, RuleAction::Message) => {
                let noted = messaging::note_unsent(c, now, &candidate.message, "held-out")?;
                report.excluded += usize::from(noted.is_some());
            }
            (false, RuleAction::Call) => report.calls += usize::from(calls::make(c, now, rule, candidate)?),
            (false, RuleAction::Message) => match queue(c, now, &candidate.message)? {
                true => report.queued += 1,
                false => report.excluded += 1,
            },
        }
    }
    Ok(report)
}

/// Queues a message; false: it is there already, or one to the family speaks for it.
fn queue(c: &mut Conn, now: Instant, message: &NewMessage) -> Result<bool> {
    let recall = message
        .cause
        .id
        .filter(|_| message.cause.kind == "recall")
        .map(RecallId);
    if let Some(id) = recall
        && actions::is_spoken_for(c, now, id)?
    {
        return Ok(false);
    }
    let Some(queued) = messaging::queue(c, now, message)? else {
        return Ok(false);
    };
    if let Some(id) = recall {
        let text = messaging::get_message(c, queued)?;
        // What is not sent tells nobody.
        if text.state == MessageState::Queued {
            actions::speak_for_family(c, now, id, text.channel)?;
        }
    }
    Ok(true)
}

/// Whether its time had passed.
fn is_missed(why: Exclusion) -> bool {
    matches!(why, Exclusion::Missed | Exclusion::ClosedLate)
}

/// Writes down what is not sent, and why. Gives how many of it were missed.
fn note_beside(c: &mut Conn, now: Instant, batch: &[(NewMessage, Exclusion)]) -> Result<usize> {
    batch.iter().try_fold(0, |n, (message, why)| {
        let ending = if is_missed(*why) {
            messaging::MISSED
        } else {
            messaging::LEFT_OUT
        };
        let noted = messaging::note_beside(c, now, message, (ending, why.code()))?;
        Ok(n + usize::from(noted.is_some() && is_missed(*why)))
    })
}

/// The active rules, and everybody they are due for; true: it became due after the rule's last round.
type Due = (Vec<Rule>, Vec<(Candidate, bool)>);

/// All active rules, and everybody they are due for up to `now`.
fn due_now(c: &mut Conn, now: Instant) -> Result<Due> {
    let zone = clinic::the_site(c)?.tz();
    let active: Vec<Rule> = rules::list_rules(c)?.into_iter().filter(|r| r.active).collect();
    let mut found = Vec::new();
    for rule in &active {
        found.extend(due_by(c, now, zone, rule)?);
    }
    keep_newest(&mut found);
    mark_known(c, &mut found)?;
    Ok((active, found))
}

/// Everybody whom one rule is due for up to `now`.
fn due_by(c: &mut Conn, now: Instant, zone: Tz, rule: &Rule) -> Result<Vec<(Candidate, bool)>> {
    let mut found = Vec::new();
    let last = rule.planned_until.min(now);
    for (number, step) in rule.steps.0.iter().enumerate() {
        // Never what was due before the rule was made, changed or switched on. What seems to have been done later than now
        // was done by a clock that was wrong.
        let again = last + -overlap(rule, step, now);
        let changed_at = Some(rule.updated_at).filter(|at| *at <= now).unwrap_or(again);
        let after = again.max(changed_at).max(now + -COUNT_MISSED_MS);
        let span = Span { after, until: now };
        for mut candidate in candidates(c, rule, number, (span, zone), now)? {
            let fresh = candidate.message.due_at > last;
            if is_too_late(&candidate, now) {
                candidate.excluded = Some(Exclusion::Missed);
            }
            found.push((candidate, fresh));
        }
        let lately = (last + -OVERLAP_OF_ALL_MS).max(now + -COUNT_MISSED_MS);
        for mut candidate in noted_late(c, rule, number, (span, lately, zone))? {
            if candidate.excluded.is_none() && candidate.message.expires_at <= now {
                candidate.excluded = Some(Exclusion::ClosedLate);
            }
            found.push((candidate, true));
        }
    }
    Ok(found)
}

/// How much of the time before the last round is looked at again: once an hour all that a step's window leaves open. A festival
/// is everybody's: it is read once.
fn overlap(rule: &Rule, step: &Step, now: Instant) -> i64 {
    let most = match rule.anchor {
        Anchor::Occasion => OVERLAP_OF_ALL_MS,
        _ if rule.planned_until.0.div_euclid(HOUR_MS) == now.0.div_euclid(HOUR_MS) => OVERLAP_MAX_MS,
        _ => COUNT_MISSED_MS,
    };
    (i64::from(step.window_minutes) * MINUTE_MS).min(most)
}

/// Whether its window is over, or it is late and its rule sends nothing late.
fn is_too_late(candidate: &Candidate, now: Instant) -> bool {
    let m = &candidate.message;
    let late = candidate.catch_up == CatchUp::Skip && m.due_at + LATE_MS < now;
    matches!(candidate.excluded, None | Some(Exclusion::HeldOut)) && (m.expires_at <= now || late)
}

/// Of several steps about the same in one round only the newest happens, where the rule says so. Reminders of a visit are the
/// same whatever rule they come from.
fn keep_newest(found: &mut [(Candidate, bool)]) {
    let mut newest: HashMap<String, Instant> = HashMap::new();
    for (candidate, _) in found.iter() {
        if let Some(same) = superseded_by(candidate) {
            let at = newest.entry(same).or_insert(candidate.message.due_at);
            *at = (*at).max(candidate.message.due_at);
        }
    }
    for (candidate, _) in found.iter_mut() {
        let latest = superseded_by(candidate).and_then(|same| newest.get(&same).copied());
        if latest.is_some_and(|at| at > candidate.message.due_at) {
            candidate.excluded = Some(Exclusion::Superseded);
        }
    }
}

/// What a newer one must be about to take a candidate's place; none: each happens.
fn superseded_by(candidate: &Candidate) -> Option<String> {
    let m = &candidate.message;
    let open = candidate.excluded.is_none() && candidate.catch_up == CatchUp::Newest;
    let rule = match m.purpose {
        Purpose::Reminder => 0,
        _ => candidate.rule.0,
    };
    let id = m.cause.id.filter(|_| open)?;
    Some(format!("{rule}/{}/{id}", m.cause.kind))
}

fn mark_known(c: &mut Conn, found: &mut [(Candidate, bool)]) -> Result<()> {
    let open = |x: &Candidate| x.excluded.is_none_or(|why| is_missed(why) || why == Exclusion::HeldOut);
    let keys = |action: RuleAction, found: &[(Candidate, bool)]| -> Vec<String> {
        let theirs = found.iter().filter(|(x, _)| open(x) && x.action == action);
        theirs.map(|(x, _)| x.message.dedupe_key.clone()).collect()
    };
    let mut known: HashSet<String> = known::known_keys(c, &keys(RuleAction::Message, found))?
        .into_iter()
        .collect();
    known.extend(known::known_tasks(c, &keys(RuleAction::Call, found))?);
    for (candidate, _) in found.iter_mut() {
        if open(candidate) && known.contains(&candidate.message.dedupe_key) {
            candidate.excluded = Some(Exclusion::Already);
        }
    }
    Ok(())
}
