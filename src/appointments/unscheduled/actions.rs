//! Cancelling with a word on how it counts; putting aside.

use super::model::CancelKind;
use super::store;
use crate::appointments::actions::cancel_in;
use crate::appointments::{Appointment, AppointmentId, Status, get_appointment};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::staff::{Actor, Subject, audit};

/// Longest reason, in characters.
const REASON_MAX: usize = 200;

/// Cancels, and says how it counts; where nothing is said it is the patient's doing.
pub async fn cancel_as(
    db: &Db,
    now: Instant,
    actor: Actor,
    step: (AppointmentId, i64),
    (reason, kind): (String, Option<CancelKind>),
) -> Result<Appointment> {
    db.write(move |c| {
        let a = cancel_in(c, now, &actor, step, &reason)?;
        if let Some(kind) = kind {
            store::set_kind(c, a.id, kind)?;
        }
        Ok(a)
    })
    .await
}

/// Nobody needs to book this visit anew, and why.
pub fn put_aside(c: &mut Conn, now: Instant, actor: &Actor, id: AppointmentId, reason: &str) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(Error::field(
            "reason",
            "required",
            "请写明原因（200 字以内）",
            "Say why, in at most 200 characters",
        ));
    }
    let a = get_appointment(c, id)?;
    if !matches!(a.status, Status::Cancelled | Status::NoShow) {
        return Err(Error::conflict(
            "wrong_state",
            "这个预约没有被取消",
            "This visit has not been cancelled",
        ));
    }
    store::put_aside(c, now, id, reason, &actor.name)?;
    let subject = Subject::of_patient("appointments", id.0, a.patient_id.0);
    audit(c, now, actor, "put-aside", subject, reason)
}
