//! What somebody else has changed meanwhile is not changed again: it is told by whom and when.

use serde_json::json;

use super::super::model::{Appointment, AppointmentId};
use super::super::store;
use crate::clinic;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;

/// The appointment as the person saw it; `stale` (who, when) when somebody has changed it since.
pub(super) fn as_of(c: &mut Conn, id: AppointmentId, version: i64) -> Result<Appointment> {
    let a = store::get_appointment(c, id)?;
    if a.version == version {
        return Ok(a);
    }
    let Some(last) = store::latest_event(c, id)? else {
        return Err(Error::stale());
    };
    let zone = clinic::the_site(c)?.tz();
    // A step that was taken back is the latest change, too.
    let at = last
        .undone_at
        .unwrap_or(last.at)
        .local(zone)
        .format("%H:%M")
        .to_string();
    let (done, by) = (last.action.done(), last.actor);
    let text = match last.undone_at {
        None => Text::new(
            format!("此预约{}（{by}，{at}），请看最新状态", done.zh),
            format!("{} by {by} {at}: look at its present state", done.en),
        ),
        Some(_) => Text::new(
            format!("此预约的“{}”已撤销（{at}），请看最新状态", done.zh),
            format!("“{}” was taken back {at}: look at its present state", done.en),
        ),
    };
    Err(Error::Conflict {
        code: "stale",
        text,
        extra: json!({ "changed_by": by, "version": a.version, "appointment_status": a.status }),
    })
}
