//! Saying how a visit ended.

use super::model::{End, steps_to};
use crate::appointments::actions::{Step, advance_with_record, as_of, may, wrong_state};
use crate::appointments::{Appointment, AppointmentId};
use crate::platform::clock::Instant;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};
use crate::records::Observers;
use crate::staff::Actor;

/// Ends a visit that was left over, by all the steps that this takes.
pub async fn settle(
    db: &Db,
    now: Instant,
    actor: Actor,
    observers: Observers,
    (id, version, end): (AppointmentId, i64, End),
) -> Result<Appointment> {
    db.write(move |c| {
        let mut a = as_of(c, id, version)?;
        let steps = steps_to(a.status, end).ok_or_else(|| wrong_state(&a))?;
        if a.ends_at > now {
            return Err(Error::conflict(
                "too_early",
                "就诊时间还没结束",
                "The visit's time is not over yet",
            ));
        }
        for action in steps {
            may(&actor, *action)?;
            let step = Step {
                id,
                version: a.version,
                action: *action,
            };
            a = advance_with_record(c, now, &actor, &observers, step)?;
        }
        Ok(a)
    })
    .await
}
