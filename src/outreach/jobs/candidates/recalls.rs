//! Recalls whose day has come.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::super::super::causes::recall_cause;
use super::super::super::model::RecallId;
use super::super::super::store::due::{Addressee, DueRecall};
use super::super::super::store::{due, known, late};
use super::super::late::days_of;
use super::{Exclusion, Found, Turn};
use crate::platform::clock::plus_days;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Who is due for a recall that the step counts from.
pub(super) fn due(c: &mut Conn, turn: &Turn<'_>) -> Result<Vec<Found>> {
    let found = by_day(c, turn)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let who: Vec<_> = found.iter().map(|(.., p)| p.id).collect();
    let booked: HashSet<_> = known::planned_services(c, &who, turn.now)?.into_iter().collect();
    Ok(found
        .into_iter()
        .map(|(recall, counts_from, who)| {
            let due_at = turn.step.due_for_day(counts_from, turn.zone);
            let excluded = if booked.contains(&(who.id, recall.service)) {
                Some(Exclusion::Booked)
            } else if recall.hidden_until.is_some_and(|until| until > due_at.day(turn.zone)) {
                Some(Exclusion::Contacted)
            } else {
                None
            };
            Found {
                occurrence: format!("recall:{}:{}", recall.id, recall.due_on),
                cause: recall_cause(recall.id, recall.due_on),
                due_at,
                begun_at: turn.begun_on(counts_from),
                visit_start: None,
                excluded,
                who,
            }
        })
        .collect())
}

/// Recalls with the day from which the steps count: the day they are due, or, of those that are late, so that the first step
/// after it is on the day on which they begin.
fn by_day(c: &mut Conn, turn: &Turn<'_>) -> Result<Vec<(DueRecall, NaiveDate, Addressee)>> {
    let days = turn.step.days_due(turn.span, turn.zone);
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let found = due::recalls_due_on(c, &days, turn.rule.service_id)?;
    let ids: Vec<RecallId> = found.iter().map(|(r, _)| r.id).collect();
    let are_late: HashSet<(RecallId, NaiveDate)> = late::late_of(c, turn.rule.id, &ids)?.into_iter().collect();
    let in_time = found.into_iter().filter(|(r, _)| !are_late.contains(&(r.id, r.due_on)));
    let mut all: Vec<_> = in_time.map(|(r, who)| (r.clone(), r.due_on, who)).collect();
    let first = turn.rule.late_step().and_then(|n| turn.rule.steps.0.get(n));
    let before = first.map_or(0, |s| i64::from(s.offset_days));
    let starts = days_of(turn.rule, turn.number, &days);
    if !starts.is_empty() {
        for (recall, starts_on, who) in late::starting_on(c, turn.rule.id, &starts)? {
            all.extend(starts_on.map(|day| (recall, plus_days(day, -before), who)));
        }
    }
    Ok(all)
}
