//! What somebody else has changed meanwhile is not changed again: it is told by whom and when.

use serde_json::json;

use super::super::model::{Action, Appointment, AppointmentId};
use super::super::store;
use crate::clinic;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::staff::{Subject, last_change_of};

/// The appointment as the person saw it; `stale` (who, when) when somebody has changed it since.
pub(super) fn as_of(c: &mut Conn, id: AppointmentId, version: i64) -> Result<Appointment> {
    let a = store::get_appointment(c, id)?;
    if a.version == version {
        return Ok(a);
    }
    // The audit knows of undoing, too, which is no step.
    let Some(last) = last_change_of(c, Subject::of_patient("appointments", id.0, a.patient_id.0))? else {
        return Err(Error::stale());
    };
    let (by, at) = (last.actor, last.at.local(clinic::the_site(c)?.tz()).format("%H:%M"));
    let text = match last.action.parse::<Action>().map(Action::done) {
        Ok(done) => Text::new(
            format!("此预约{}（{by}，{at}），请看最新状态", done.zh),
            format!("{} by {by} {at}: look at its present state", done.en),
        ),
        Err(_) => Text::new(
            format!("此预约有一步已撤销（{by}，{at}），请看最新状态"),
            format!("A step was taken back by {by} {at}: look at its present state"),
        ),
    };
    Err(Error::Conflict {
        code: "stale",
        text,
        extra: json!({
            "changed_by": by, "changed_at": last.at.rfc3339(), "version": a.version, "appointment_status": a.status
        }),
    })
}
