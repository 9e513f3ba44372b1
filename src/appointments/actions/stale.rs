//! What somebody else has changed meanwhile is not changed again: it is told by whom and when.

use serde_json::json;

use super::super::model::{Action, Appointment, AppointmentId};
use super::super::store;
use super::place::overlap_as_taken;
use crate::clinic;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::staff::{Subject, last_change_of};

/// The appointment as the person saw it; `stale` (who, when) when somebody has changed it since.
pub(in crate::appointments) fn as_of(c: &mut Conn, id: AppointmentId, version: i64) -> Result<Appointment> {
    let a = store::get_appointment(c, id)?;
    if a.version == version {
        return Ok(a);
    }
    Err(changed_since(c, id)?)
}

/// Stores a change made on `version`; `stale` (who, when) when somebody was faster in this very moment.
pub(super) fn store_change(c: &mut Conn, a: &Appointment, version: i64) -> Result<()> {
    match store::update_appointment(c, a, version) {
        Err(e) if e.code() == "stale" => Err(changed_since(c, a.id)?),
        other => other.map_err(overlap_as_taken),
    }
}

/// The refusal of who knew an older version: what was done since, by whom, when.
fn changed_since(c: &mut Conn, id: AppointmentId) -> Result<Error> {
    let a = store::get_appointment(c, id)?;
    // The audit knows of undoing, too, which is no step.
    let Some(last) = last_change_of(c, Subject::of_patient("appointments", id.0, a.patient_id.0))? else {
        return Ok(Error::stale());
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
    Ok(Error::Conflict {
        code: "stale",
        text,
        extra: json!({
            "changed_by": by, "changed_at": last.at.rfc3339(), "version": a.version, "appointment_status": a.status
        }),
    })
}
