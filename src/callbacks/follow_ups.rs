//! A finished visit makes the call that its service asks for.

use super::actions::{create_task, open_days};
use super::model::{NewTask, TaskKind, follow_up_day, follow_up_priority};
use super::store;
use crate::clinic;
use crate::patients;
use crate::platform::clock::{Instant, at_minute};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;
use crate::records::{Visit, VisitObserver};
use crate::staff::Role;

/// The script of services that name none.
const DEFAULT_SCRIPT: &str = "general";

/// Makes and takes back follow-up calls; registered with the observers of visits.
pub struct FollowUps;

fn occurrence(visit: &Visit) -> String {
    format!("visit:{}:follow-up", visit.id)
}

impl VisitObserver for FollowUps {
    fn finished(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()> {
        let Some(service) = visit.service_id else { return Ok(()) };
        let service = clinic::get_service(c, service)?;
        let Some(days) = service.follow_up_days else {
            return Ok(());
        };
        if patients::get_patient(c, visit.patient_id)?.deceased {
            return Ok(());
        }
        let site = clinic::the_site(c)?;
        let open = open_days(c)?;
        let day = follow_up_day(visit.day, days, |d| open.is_open(d));
        let script = service.follow_up_script.unwrap_or_else(|| DEFAULT_SCRIPT.to_owned());
        let task = NewTask {
            occurrence: occurrence(visit),
            kind: TaskKind::FollowUp,
            patient: visit.patient_id,
            visit: Some(visit.id),
            appointment: visit.appointment_id,
            parent: None,
            priority: follow_up_priority(&script, days),
            script,
            role: Role::Nurse,
            reason: reason(&service.name, &service.name_en, (day - visit.day).num_days()),
            due_at: at_minute(site.tz(), day, service.follow_up_minute),
        };
        create_task(c, now, &task).map(drop)
    }

    fn reopened(&self, c: &mut Conn, _now: Instant, visit: &Visit) -> Result<()> {
        store::delete_untouched(c, &occurrence(visit)).map(drop)
    }
}

fn reason(zh: &str, en: &str, days: i64) -> Text {
    if days == 0 {
        return Text::new(format!("{zh} · 术后当天"), format!("{en} · same day"));
    }
    Text::new(format!("{zh} · 术后第 {days} 天"), format!("{en} · day {days}"))
}
