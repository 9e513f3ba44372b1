//! What follows on a call: work for the doctor, work for the head nurse.

use super::super::model::{
    Alarm, AttemptId, CallResult, LOW_SCORE, NewTask, PRIORITY_HIGH, Task, TaskId, TaskKind, made_by,
};
use super::super::script::{Finding, alarm_of};
use super::super::store;
use super::Report;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;
use crate::staff::Role;

/// What the occurrences of the tasks made here end with.
const ESCALATION: &str = "escalation";
const LOW_SCORE_TASK: &str = "low-score";

/// The occurrences of all that an attempt can make.
pub(in crate::callbacks) fn occurrences_of(attempt: AttemptId) -> [String; 2] {
    [ESCALATION, LOW_SCORE_TASK].map(|what| made_by(attempt, what))
}

/// An alarming answer becomes the doctor's task, whether or not "escalate" was pressed; a bad mark the head nurse's.
pub(super) fn follow_up(
    c: &mut Conn,
    now: Instant,
    (task, attempt): (&Task, AttemptId),
    report: &Report,
    findings: &[Finding],
) -> Result<Vec<TaskId>> {
    let mut made = Vec::new();
    let alarming = report.result == CallResult::Reached && alarm_of(findings) == Alarm::Red;
    let child = |kind, role, what: &str, reason| NewTask {
        occurrence: made_by(attempt, what),
        kind,
        patient: task.patient_id,
        visit: task.visit_id,
        appointment: task.appointment_id,
        parent: Some(task.id),
        script: String::new(),
        role,
        reason,
        priority: PRIORITY_HIGH,
        due_at: now,
    };
    if report.result == CallResult::Escalated || alarming {
        let role = if task.kind == TaskKind::LowScore {
            Role::Manager
        } else {
            Role::Doctor
        };
        let new = child(
            TaskKind::Escalation,
            role,
            ESCALATION,
            why_escalated(findings, &report.note),
        );
        made.extend(store::insert_task(c, now, &new)?);
    }
    if let Some(score) = report.score.filter(|s| *s <= LOW_SCORE) {
        let reason = with_note(
            Text::new(format!("差评 {score} 分"), format!("Rated {score} of 5")),
            &report.note,
        );
        let new = child(TaskKind::LowScore, Role::Manager, LOW_SCORE_TASK, reason);
        made.extend(store::insert_task(
            c,
            now,
            &NewTask {
                script: "low-score".into(),
                ..new
            },
        )?);
    }
    Ok(made)
}
fn why_escalated(findings: &[Finding], note: &str) -> Text {
    let join = |parts: Vec<&str>, with: &str| parts.join(with);
    let zh = join(findings.iter().map(|f| f.what.zh.as_str()).collect(), "，");
    let en = join(findings.iter().map(|f| f.what.en.as_str()).collect(), ", ");
    let text = if findings.is_empty() {
        Text::new("护士请医生回电", "The nurse asks the doctor to call")
    } else {
        Text::new(zh, en)
    };
    with_note(text, note)
}
fn with_note(text: Text, note: &str) -> Text {
    if note.is_empty() {
        return text;
    }
    Text::new(format!("{} · {note}", text.zh), format!("{} · {note}", text.en))
}
