//! The nurse's calls: list, script, outcomes, what follows on them, the log.

mod alarms;
mod desk;
mod log;
mod outcomes;
mod script;

use chairside::callbacks::{self, NewTask, TaskId, TaskKind};
use chairside::patients::PatientId;
use chairside::platform::i18n::Text;
use chairside::staff::Role;

use crate::records::new_patient;
use crate::support::Clinic;

/// A follow-up task after an extraction yesterday, due now; with its patient.
async fn due(clinic: &Clinic, name: &str, n: i64) -> (TaskId, PatientId) {
    let patient = new_patient(clinic, name, n).await;
    let task = task(clinic, patient, TaskKind::FollowUp, &format!("test:{n}")).await;
    (task, patient)
}

async fn task(clinic: &Clinic, patient: PatientId, kind: TaskKind, occurrence: &str) -> TaskId {
    let (now, occurrence) = (clinic.now(), occurrence.to_owned());
    clinic
        .sql(move |c| {
            let new = NewTask {
                occurrence,
                kind,
                patient,
                visit: None,
                appointment: None,
                parent: None,
                script: "extraction".into(),
                role: Role::Nurse,
                reason: Text::new("拔牙 · 术后第 1 天", "Extraction · day 1"),
                priority: callbacks::PRIORITY_HIGH,
                due_at: now,
            };
            let made = callbacks::create_task(c, now, &new)?.unwrap();
            assert!(callbacks::create_task(c, now, &new)?.is_none(), "once per occurrence");
            Ok(made)
        })
        .await
}

async fn row(clinic: &Clinic, id: TaskId) -> callbacks::Task {
    clinic.sql(move |c| Ok(callbacks::find_task(c, id)?.unwrap())).await
}

fn path(id: TaskId) -> String {
    format!("/callbacks/{id}/attempts")
}

/// Whose call is open on a page.
fn opened(page: &str) -> Option<String> {
    let after = page.split(r#"<header class="pt">"#).nth(1)?;
    let name = after.split("<h2>").nth(1)?.split('<').next()?;
    Some(name.trim().to_owned())
}
