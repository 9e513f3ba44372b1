//! What is planned, in the head of a patient's record.

use super::store;
use super::views::item_name;
use crate::clinic;
use crate::patients::{Ahead, PatientId, TimelineEntry, TimelineSource};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::Role;

/// The open plan of a patient. What was done of it is in the timeline as visits.
pub struct PlanTimeline;

impl TimelineSource for PlanTimeline {
    fn entries(&self, _: &mut Conn, _: PatientId, _: Lang, _: Role, _: i64) -> Result<Vec<TimelineEntry>> {
        Ok(Vec::new())
    }

    fn ahead(&self, c: &mut Conn, patient: PatientId, lang: Lang, _: Instant) -> Result<Option<Ahead>> {
        let plan = store::find_plan(c, patient)?;
        let clinic = clinic::snapshot(c)?;
        let open: Vec<String> = plan.open().map(|p| item_name(lang, &clinic, p)).collect();
        Ok((!open.is_empty()).then(|| Ahead::Plan {
            title: open.join(" → "),
            href: format!("/patients/{patient}/plan"),
        }))
    }
}
