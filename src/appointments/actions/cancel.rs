//! Cancelling.

use super::super::model::{Action, Appointment, AppointmentId, Status};
use super::steps::{Step, begin, finish_step};
use super::{NOTE_MAX, notices};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::records;
use crate::staff::Actor;

/// A visit that does not take place has no record; one that is being written says that it does.
pub(super) fn drop_empty_record(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    a: &Appointment,
    written: Text,
) -> Result<()> {
    records::abandon_visit(c, now, actor, a.id.0)?;
    if records::find_by_appointment(c, a.id.0)?.is_none() {
        return Ok(());
    }
    Err(Error::conflict("record_begun", written.zh, written.en))
}

/// Cancels, with a reason for the desk's lists.
pub async fn cancel(
    db: &Db,
    now: Instant,
    actor: Actor,
    step: (AppointmentId, i64),
    reason: &str,
) -> Result<Appointment> {
    let reason = reason.to_owned();
    db.write(move |c| cancel_in(c, now, &actor, step, &reason)).await
}

/// [`cancel`] inside a transaction.
pub fn cancel_in(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    step: (AppointmentId, i64),
    reason: &str,
) -> Result<Appointment> {
    let a = cancel_untold(c, now, actor, step, reason)?;
    notices::tell_unless_known(c, now, actor, &a, Action::Cancel)?;
    Ok(a)
}

/// [`cancel_in`] of which the patient is not told, or is told together with others.
pub(in crate::appointments) fn cancel_untold(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    step: (AppointmentId, i64),
    reason: &str,
) -> Result<Appointment> {
    let reason = reason.trim().to_owned();
    if reason.chars().count() > NOTE_MAX {
        return Err(Error::field("reason", "too_long", "原因太长", "The reason is too long"));
    }
    // A patient need not say why; the desk's lists are worth what staff say.
    if reason.is_empty() && actor.user.is_some() {
        return Err(Error::field(
            "reason",
            "required",
            "请填写取消原因",
            "Say why it is cancelled",
        ));
    }
    let step = Step {
        id: step.0,
        version: step.1,
        action: Action::Cancel,
    };
    let mut a = begin(c, step)?;
    let before = a.before();
    let written = Text::new(
        "病历已经开始写，不能取消",
        "The visit's record has been begun: it cannot be cancelled",
    );
    drop_empty_record(c, now, actor, &a, written)?;
    a.status = Status::Cancelled;
    a.cancel_reason = Some(reason);
    finish_step(c, now, actor, a, step, &before)
}
