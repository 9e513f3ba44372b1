//! Steps that are calls: the task, and taking it back when there is no sense in it any more.

use std::collections::{HashMap, HashSet};

use super::super::model::{Anchor, Rule, RuleId};
use super::super::store::known;
use super::Candidate;
use crate::callbacks::{self, NewTask, PRIORITY_NORMAL, Task, TaskKind};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;
use crate::staff::Role;

/// Makes the call of a step; false: it is there already.
pub(super) fn make(c: &mut Conn, now: Instant, rule: &Rule, candidate: &Candidate) -> Result<bool> {
    let m = &candidate.message;
    let about_visit = m.cause.kind == "appointment";
    let task = NewTask {
        occurrence: m.dedupe_key.clone(),
        kind: kind_of(rule),
        patient: m.patient,
        visit: None,
        appointment: m.cause.id.filter(|_| about_visit),
        parent: None,
        script: match rule.anchor {
            Anchor::RecallDue => "recall".into(),
            Anchor::VisitFinished => "general".into(),
            _ => String::new(),
        },
        role: match rule.anchor {
            Anchor::VisitFinished => Role::Nurse,
            _ => Role::FrontDesk,
        },
        reason: Text::new(format!("规则：{}", rule.name), format!("Rule: {}", rule.name_en)),
        priority: PRIORITY_NORMAL,
        due_at: m.due_at.max(now),
    };
    Ok(callbacks::create_task(c, now, &task)?.is_some())
}

fn kind_of(rule: &Rule) -> TaskKind {
    match rule.anchor {
        Anchor::VisitFinished => TaskKind::FollowUp,
        _ => TaskKind::Recall,
    }
}

/// Takes back the calls that nobody has worked on of patients who have booked meanwhile, where the rule stops at that.
pub(super) fn withdraw_senseless(c: &mut Conn, now: Instant, rules: &HashMap<RuleId, Rule>) -> Result<()> {
    let stops = |task: &Task| {
        let theirs = |r: &&Rule| is_of(&task.occurrence, r) && r.stop_booked && r.anchor.ends_when_booked();
        rules.values().any(|r| theirs(&r))
    };
    let open: Vec<Task> = callbacks::list_untouched(c, TaskKind::Recall)?
        .into_iter()
        .filter(stops)
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let who: Vec<PatientId> = open.iter().map(|t| t.patient_id).collect();
    let booked: HashSet<PatientId> = known::planned_services(c, &who, now)?
        .into_iter()
        .map(|(p, _)| p)
        .collect();
    for task in open.iter().filter(|t| booked.contains(&t.patient_id)) {
        callbacks::withdraw_task(c, &task.occurrence)?;
    }
    Ok(())
}

/// Whether an occurrence is of a step of a rule.
fn is_of(occurrence: &str, rule: &Rule) -> bool {
    rule.steps
        .0
        .iter()
        .any(|s| occurrence.ends_with(&format!(":{}", rule.step_code(s))))
}
