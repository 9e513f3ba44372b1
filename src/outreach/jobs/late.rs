//! Recalls that were long overdue when they were first known (of patients who were taken over, of types that are new): no step of
//! a rule finds them by their day any more. The rule takes up so many each day, the latest due first, from its first step after the day on;
//! who is overdue for too long, and all where it takes up none, stay on the recall list, and the ledger says so.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::super::causes::recall_cause;
use super::super::model::{Anchor, Rule, RuleAction, Step};
use super::super::segments;
use super::super::store::known;
use super::super::store::late::{self, Late, OVERDUE};
use crate::clinic;
use crate::messaging::{self, NewMessage};
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant, next_day, plus_days};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;

/// Who has been overdue for longer is not written to by itself.
const OVERDUE_MAX_DAYS: i64 = 730;
/// Written down in one transaction.
const BATCH: usize = 100;

/// Looks for them once an hour. Gives how many stay on the list.
///
/// # Errors
/// Those of the database; what was noted until then stays, and the next round does the rest.
pub(super) async fn look(db: &Db, now: Instant, rules: impl Iterator<Item = &Rule>) -> Result<usize> {
    let mut listed = 0;
    for rule in rules.filter(|r| r.anchor == Anchor::RecallDue && is_new_hour(r, now)) {
        let of = rule.clone();
        let all = db.read(move |c| untold(c, now, &of)).await?;
        for batch in all.chunks(BATCH) {
            let (rule, batch) = (rule.clone(), batch.to_vec());
            listed += db.write(move |c| note(c, now, &rule, &batch)).await?;
        }
    }
    Ok(listed)
}

fn is_new_hour(rule: &Rule, now: Instant) -> bool {
    rule.planned_until.0.div_euclid(HOUR_MS) != now.0.div_euclid(HOUR_MS)
}

/// Whom the rule is meant for, and no step of it has come to.
fn untold(c: &mut Conn, now: Instant, rule: &Rule) -> Result<Vec<Late>> {
    let today = now.day(clinic::the_site(c)?.tz());
    // Up to here a step of the rule comes to them by itself, or its window is still open.
    let by_itself = |s: &Step| i64::from(s.offset_days) + i64::from(s.window_minutes / (24 * 60));
    let Some(days) = rule.steps.0.iter().map(by_itself).max() else {
        return Ok(Vec::new());
    };
    let before = plus_days(today, -days.max(0) - 2);
    let mut all = late::untold(c, (rule.id, rule.service_id), before, today)?;
    let who: Vec<_> = all.iter().map(|l| l.patient_id).collect();
    let booked: HashSet<_> = known::planned_services(c, &who, now)?.into_iter().collect();
    all.retain(|l| !booked.contains(&(l.patient_id, l.service_id)));
    if let Some(segment) = rule.segment_id {
        let meant = segments::those_in(c, segment, now, &who)?;
        all.retain(|l| meant.contains(&l.patient_id));
    }
    Ok(all)
}

fn note(c: &mut Conn, now: Instant, rule: &Rule, batch: &[Late]) -> Result<usize> {
    let zone = clinic::the_site(c)?.tz();
    let today = now.day(zone);
    let takes_up = rule.late_step().and_then(|n| rule.steps.0.get(n));
    let takes_up = takes_up.filter(|_| rule.late_a_day > 0);
    let first = match takes_up {
        Some(step) if starts_at(step, today, zone) > now => today,
        _ => next_day(today),
    };
    let mut places = late::places(c, rule.id, first)?;
    let mut listed = 0;
    for recall in batch {
        let too_long = (today - recall.due_on).num_days() > OVERDUE_MAX_DAYS;
        let starts_on = takes_up
            .filter(|_| !too_long)
            .map(|_| free_day(&mut places, first, i64::from(rule.late_a_day)));
        if !late::note(c, now, rule.id, recall, starts_on)? || starts_on.is_some() {
            continue;
        }
        if let Some(message) = listed_as(now, rule, recall) {
            let noted = messaging::note_beside(c, now, &message, (messaging::LEFT_OUT, OVERDUE))?;
            listed += usize::from(noted.is_some());
        }
    }
    Ok(listed)
}

/// When a step happens to who begins on `day`.
fn starts_at(step: &Step, day: NaiveDate, zone: Tz) -> Instant {
    step.due_for_day(plus_days(day, -i64::from(step.offset_days)), zone)
}

/// The first day from `first` on that has room; its room becomes less.
fn free_day(places: &mut BTreeMap<NaiveDate, i64>, first: NaiveDate, most: i64) -> NaiveDate {
    let mut day = first;
    while places.get(&day).is_some_and(|n| *n >= most) {
        day = next_day(day);
    }
    *places.entry(day).or_default() += 1;
    day
}

/// What the ledger has of one that stays on the list; none: the rule only calls.
fn listed_as(now: Instant, rule: &Rule, recall: &Late) -> Option<NewMessage> {
    let step = rule.steps.0.iter().find(|s| s.action == RuleAction::Message)?;
    Some(NewMessage {
        dedupe_key: format!("recall:{}:{}:{}", recall.id, recall.due_on, rule.step_code(step)),
        patient: recall.patient_id,
        cause: recall_cause(recall.id, recall.due_on),
        purpose: rule.purpose,
        template: step.template.clone(),
        carrier: None,
        due_at: now,
        expires_at: now + DAY_MS,
        priority: rule.priority,
    })
}

/// The days on which those begin for whom a step is due that is due for what is of `days`.
pub(super) fn days_of(rule: &Rule, number: usize, days: &[NaiveDate]) -> Vec<NaiveDate> {
    // What lies before the day has no sense for them.
    let Some(first) = rule.late_step().filter(|first| number >= *first) else {
        return Vec::new();
    };
    let after = rule.steps.0.get(first).map_or(0, |s| i64::from(s.offset_days));
    days.iter().map(|day| plus_days(*day, after)).collect()
}
