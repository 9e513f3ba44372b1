//! Visits that are ahead, and visits that have been or were missed.

use std::collections::{HashMap, HashSet};

use super::super::super::model::Anchor;
use super::super::super::store::due::{self, PlannedVisit};
use super::super::super::store::known;
use super::{Exclusion, Found, Turn, cause};
use crate::appointments::{Action, AppointmentId, Status};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Since when each visit stands where it stands: version and instant of its last move.
type Placings = HashMap<AppointmentId, (i64, Instant)>;

/// Who has a visit ahead that the step counts from.
pub(super) fn ahead(c: &mut Conn, turn: &Turn<'_>) -> Result<Vec<Found>> {
    let mut visits = found(c, turn, &[Status::Booked, Status::Confirmed])?;
    // What seems to have been booked or moved later than now was booked by a clock that was wrong.
    for (visit, _) in visits.iter_mut().filter(|(v, _)| v.created_at > turn.now) {
        visit.created_at = turn.span.after;
    }
    let ids: Vec<AppointmentId> = visits.iter().map(|(v, _)| v.id).collect();
    let mut placings = Placings::new();
    for (id, version, at) in known::moves_of(c, &ids)? {
        let at = if at > turn.now { turn.span.after } else { at };
        let last = placings.entry(id).or_insert((version, at));
        *last = (last.0.max(version), last.1.max(at));
    }
    let sent = known::reminders_of(c, &ids)?;
    Ok(visits
        .into_iter()
        .map(|(visit, who)| {
            let due_at = turn.step.due_for_visit(visit.starts_at, turn.zone);
            let confirmed = turn.rule.stop_confirmed && visit.status == Status::Confirmed;
            let excluded = known(turn, &visit, due_at, placings.get(&visit.id), &sent);
            Found {
                occurrence: format!("appointment:{}:v{}", visit.id, visit.version),
                cause: cause("appointment", visit.id.0, Some(visit.version)),
                due_at,
                begun_at: turn.begun_for(visit.starts_at),
                visit_start: Some(visit.starts_at),
                excluded: excluded.or(confirmed.then_some(Exclusion::Confirmed)),
                who,
            }
        })
        .collect())
}

/// Who was treated, or did not come, when the step counts from.
pub(super) fn been(c: &mut Conn, turn: &Turn<'_>) -> Result<Vec<Found>> {
    let (status, step) = how_it_ended(turn);
    let visits = if counts_from_finish(turn) {
        let mut ended = Vec::new();
        for times in turn.step.visits_due(turn.span, turn.zone) {
            ended.extend(due::visits_noted(c, times, (status, step))?);
        }
        ended.retain(|(v, _)| turn.span.holds(due_at(turn, v)));
        ended
    } else {
        found(c, turn, &[status])?
    };
    were(c, turn, visits)
}

/// The same where somebody noted it so late that the span begins after the step was due, but not before the rule was made.
pub(super) fn noted_late(c: &mut Conn, turn: &Turn<'_>, since: Instant) -> Result<Vec<Found>> {
    let (lately, how) = ((since, turn.now + 1), how_it_ended(turn));
    let mut visits = due::visits_noted(c, lately, how)?;
    // What was done may have been written down later still.
    if !turn.rule.treatment.is_empty() {
        visits.extend(due::visits_recorded(c, lately, how.0)?);
    }
    visits.retain(|(v, _)| due_at(turn, v) <= turn.span.after && due_at(turn, v) > turn.rule.updated_at);
    were(c, turn, visits)
}

/// The state of visits that the rule is about, and the step that led there.
fn how_it_ended(turn: &Turn<'_>) -> (Status, Action) {
    match turn.rule.anchor {
        Anchor::VisitMissed => (Status::NoShow, Action::NoShow),
        _ => (Status::Done, Action::Finish),
    }
}

/// Hours after a treatment count from when it was over.
fn counts_from_finish(turn: &Turn<'_>) -> bool {
    turn.rule.anchor == Anchor::VisitFinished && turn.step.at_minute.is_none()
}

/// When the step is due for a visit that has been.
fn due_at(turn: &Turn<'_>, visit: &PlannedVisit) -> Instant {
    turn.step.due_for_visit(anchor_of(turn, visit), turn.zone)
}

fn anchor_of(turn: &Turn<'_>, visit: &PlannedVisit) -> Instant {
    let finished = visit.finished_at.filter(|_| counts_from_finish(turn));
    finished.unwrap_or(visit.starts_at)
}

/// Of one patient's visits that a step is due for on the same day the latest counts: nobody is asked twice a day.
fn were(c: &mut Conn, turn: &Turn<'_>, mut visits: Vec<(PlannedVisit, due::Addressee)>) -> Result<Vec<Found>> {
    visits.retain(|(v, _)| turn.rule.service_id.is_none_or(|s| s == v.service));
    if !turn.rule.treatment.is_empty() {
        let ids: Vec<AppointmentId> = visits.iter().map(|(v, _)| v.id).collect();
        let treated = known::treated(c, &turn.rule.treatment, &ids)?;
        visits.retain(|(v, _)| treated.contains(&v.id));
    }
    visits.sort_by_key(|(v, _)| (v.starts_at, v.id));
    visits.dedup_by_key(|(v, _)| v.id);
    let mut days = HashSet::new();
    let mut all: Vec<Found> = visits
        .into_iter()
        .rev()
        .map(|(visit, who)| {
            let due_at = due_at(turn, &visit);
            let later = !days.insert((who.id, due_at.day(turn.zone)));
            Found {
                occurrence: format!("appointment:{}", visit.id),
                cause: cause("appointment", visit.id.0, None),
                due_at,
                begun_at: turn.begun_for(anchor_of(turn, &visit)),
                visit_start: None,
                excluded: later.then_some(Exclusion::Superseded),
                who,
            }
        })
        .collect();
    all.reverse();
    Ok(all)
}

fn found(c: &mut Conn, turn: &Turn<'_>, states: &[Status]) -> Result<Vec<(PlannedVisit, due::Addressee)>> {
    let mut visits = Vec::new();
    for times in turn.step.visits_due(turn.span, turn.zone) {
        visits.extend(due::visits_between(c, times, states)?);
    }
    visits.retain(|(v, _)| {
        let due_at = turn.step.due_for_visit(v.starts_at, turn.zone);
        turn.rule.service_id.is_none_or(|s| s == v.service) && turn.span.holds(due_at)
    });
    Ok(visits)
}

/// One reminder per step and placing of a visit; confirming it raises its version, but does not place it anew.
fn known(
    turn: &Turn<'_>,
    visit: &PlannedVisit,
    due_at: Instant,
    placing: Option<&(i64, Instant)>,
    sent: &[known::Reminder],
) -> Option<Exclusion> {
    let (version, known_at) = placing.map_or((0, visit.created_at), |(v, at)| (*v, (*at).max(visit.created_at)));
    if due_at < known_at {
        return Some(Exclusion::BookedLate);
    }
    let suffix = format!(":{}", turn.rule.step_code(turn.step));
    let same_placing = sent
        .iter()
        .filter(|m| m.appointment == Some(visit.id.0) && m.version.unwrap_or(0) >= version);
    for m in same_placing {
        if m.key.ends_with(&suffix) {
            return Some(Exclusion::Already);
        }
        if m.due_at > due_at {
            return Some(Exclusion::Superseded);
        }
    }
    None
}
