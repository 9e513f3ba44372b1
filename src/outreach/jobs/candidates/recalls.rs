//! Recalls whose day has come.

use std::collections::HashSet;

use super::super::super::causes::recall_cause;
use super::super::super::store::{due, known};
use super::{Exclusion, Found, Turn};
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Who is due for a recall that the step counts from.
pub(super) fn due(c: &mut Conn, turn: &Turn<'_>) -> Result<Vec<Found>> {
    let days = turn.step.days_due(turn.span, turn.zone);
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let found = due::recalls_due_on(c, &days, turn.rule.service_id)?;
    let who: Vec<_> = found.iter().map(|(_, p)| p.id).collect();
    let booked: HashSet<_> = known::planned_services(c, &who, turn.now)?.into_iter().collect();
    Ok(found
        .into_iter()
        .map(|(recall, who)| {
            let due_at = turn.step.due_for_day(recall.due_on, turn.zone);
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
                begun_at: turn.begun_on(recall.due_on),
                visit_start: None,
                excluded,
                who,
            }
        })
        .collect())
}
