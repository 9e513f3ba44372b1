//! Treatment plans that came to rest, and patients who were sent by others.

use super::super::super::store::due;
use super::{Found, Turn, cause};
use crate::platform::clock::day_bounds;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Whose plan waits since a day that the step counts from.
pub(super) fn resting(c: &mut Conn, turn: &Turn<'_>) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for day in turn.step.days_due(turn.span, turn.zone) {
        for (version, who) in due::plans_resting(c, day_bounds(turn.zone, day), turn.rule.service_id)? {
            found.push(Found {
                occurrence: format!("plan:{}:v{version}", who.id),
                cause: cause("plan", who.id.0, Some(version)),
                due_at: turn.step.due_for_day(day, turn.zone),
                begun_at: turn.begun_on(day),
                visit_start: None,
                excluded: None,
                who,
            });
        }
    }
    Ok(found)
}

/// Who sent somebody on a day that the step counts from.
pub(super) fn referrals(c: &mut Conn, turn: &Turn<'_>) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for day in turn.step.days_due(turn.span, turn.zone) {
        for (sent, who) in due::referrals_between(c, day_bounds(turn.zone, day))? {
            found.push(Found {
                occurrence: format!("referral:{sent}"),
                cause: cause("patient", who.id.0, None),
                due_at: turn.step.due_for_day(day, turn.zone),
                begun_at: turn.begun_on(day),
                visit_start: None,
                excluded: None,
                who,
            });
        }
    }
    Ok(found)
}
