//! Which recalls a patient has, and when they are due: worked out of the finished visits, the types, the patient's risk and age,
//! and of what people have edited. The same facts always give the same recalls.

use chrono::NaiveDate;

use super::{Interval, Recall, RecallState, RecallType, Risk};
use crate::clinic::ServiceId;
use crate::platform::clock::Instant;
use crate::records::VisitId;

/// What is known of a patient.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Day of birth.
    pub born: Option<NaiveDate>,
    /// How much at risk.
    pub risk: Risk,
}

/// A finished visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// Which.
    pub id: VisitId,
    /// For what.
    pub service: ServiceId,
    /// The day, in the site's calendar.
    pub day: NaiveDate,
    /// When it began.
    pub started_at: Instant,
}

impl Finished {
    fn order(&self) -> (Instant, VisitId) {
        (self.started_at, self.id)
    }
}

/// What a recall should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// For what.
    pub service: ServiceId,
    /// The visit it counts from.
    pub visit: Option<VisitId>,
    /// The day that is worked out.
    pub calculated_on: NaiveDate,
    /// The day somebody set instead.
    pub edited_on: Option<NaiveDate>,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub state: RecallState,
    /// A later visit than the one it counted from: what was tried for the last one is forgotten.
    pub anew: bool,
}

/// The day a recall is due: the one worked out until somebody edits it, and not while it is paused.
pub fn due_on(calculated: NaiveDate, edited: Option<NaiveDate>, paused_until: Option<NaiveDate>) -> NaiveDate {
    let due = edited.unwrap_or(calculated);
    paused_until.map_or(due, |until| due.max(until))
}

/// Why a recall is not open though its visit has been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The one for this service is of its group and goes before it.
    Replaced(ServiceId),
    /// The patient is not of its age.
    Age,
    /// Nobody is recalled by it any more.
    NoInterval,
    /// None of the visits that make it due is there any more.
    NoVisit,
}

/// A type with what a patient has of it.
struct Case<'a> {
    kind: &'a RecallType,
    visit: Option<&'a Finished>,
    interval: Option<Interval>,
    standing: Option<&'a Recall>,
    ended: Option<Ended>,
}

/// The recalls that a patient should have, in the order of the types, and why those that are not open have ended.
pub fn calculate(
    types: &[RecallType],
    person: Person,
    today: NaiveDate,
    visits: &[Finished],
    standing: &[Recall],
) -> Vec<(Target, Option<Ended>)> {
    let mut cases: Vec<Case<'_>> = types
        .iter()
        .map(|kind| {
            let standing = standing.iter().find(|r| r.service_id == kind.service);
            let triggers = visits.iter().filter(|v| kind.is_triggered_by(v.service));
            let visit = triggers.max_by_key(|v| v.order());
            let interval = standing.and_then(Recall::own).or(kind.interval(person.risk));
            let ended = match (visit, interval) {
                (None, _) => Some(Ended::NoVisit),
                (_, None) => Some(Ended::NoInterval),
                _ if !kind.is_for(person.born, today) => Some(Ended::Age),
                _ => None,
            };
            Case {
                kind,
                visit,
                interval,
                standing,
                ended,
            }
        })
        .collect();
    let winners: Vec<(String, ServiceId)> = groups(&cases);
    for case in &mut cases {
        let winner = winners.iter().find(|(group, _)| *group == case.kind.exclusive);
        if let Some((_, winner)) = winner.filter(|(_, w)| *w != case.kind.service && case.ended.is_none()) {
            case.ended = Some(Ended::Replaced(*winner));
        }
    }
    cases
        .iter()
        .filter_map(|case| target(case, visits).map(|t| (t, case.ended)))
        .collect()
}

/// Of each exclusive group, the type whose recall is the open one: the highest in rank that is not switched off.
fn groups(cases: &[Case<'_>]) -> Vec<(String, ServiceId)> {
    let mut winners: Vec<(&RecallType, ServiceId)> = Vec::new();
    for case in cases {
        let off = case.standing.is_some_and(|r| r.state == RecallState::Off);
        if case.kind.exclusive.is_empty() || case.ended.is_some() || off {
            continue;
        }
        match winners.iter_mut().find(|(w, _)| w.exclusive == case.kind.exclusive) {
            Some(best) if case.kind.rank > best.0.rank => *best = (case.kind, case.kind.service),
            Some(_) => (),
            None => winners.push((case.kind, case.kind.service)),
        }
    }
    winners.into_iter().map(|(k, s)| (k.exclusive.clone(), s)).collect()
}

fn target(case: &Case<'_>, visits: &[Finished]) -> Option<Target> {
    let (visit, interval) = (case.visit, case.interval);
    let Some(recall) = case.standing else {
        let visit = visit.filter(|_| case.ended.is_none())?;
        let day = interval?.after(visit.day);
        return Some(Target {
            service: case.kind.service,
            visit: Some(visit.id),
            calculated_on: day,
            edited_on: None,
            due_on: day,
            state: RecallState::Due,
            anew: false,
        });
    };
    if visit.is_none() && recall.visit_id.is_some() && !recall.is_kept() {
        return None;
    }
    // One that never counted from a visit is none of the visits' business.
    let is_apart = visit.is_none() && recall.visit_id.is_none();
    let counted = visits.iter().find(|v| Some(v.id) == recall.visit_id);
    let anew = match (visit, counted) {
        (Some(new), Some(old)) => new.order() > old.order(),
        _ => false,
    };
    let calculated_on = match (visit, interval) {
        (Some(visit), Some(interval)) => interval.after(visit.day),
        _ => recall.calculated_on,
    };
    let edited_on = recall.edited_on.filter(|_| !anew);
    Some(Target {
        service: case.kind.service,
        visit: visit.map(|v| v.id),
        calculated_on,
        edited_on,
        due_on: due_on(calculated_on, edited_on, recall.paused_until),
        state: match recall.state {
            RecallState::Off => RecallState::Off,
            state if is_apart => state,
            RecallState::Declined if !anew => RecallState::Declined,
            _ if case.ended.is_some() => RecallState::Ended,
            _ => RecallState::Due,
        },
        anew,
    })
}
