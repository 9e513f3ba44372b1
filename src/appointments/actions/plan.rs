//! The treatment plan goes as its appointments go.

use super::super::model::{Appointment, Status};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::records::plan::{Followed, PlanState, follow_appointment};
use crate::staff::Actor;

/// After a step, or its undoing, that found the appointment at `was`.
pub(super) fn plan_follows(c: &mut Conn, now: Instant, actor: &Actor, a: &Appointment, was: Instant) -> Result<()> {
    let followed = Followed {
        appointment: a.id.0,
        at: a.starts_at,
        moved: a.starts_at != was,
        state: match a.status {
            Status::Cancelled | Status::NoShow => PlanState::Planned,
            Status::Done => PlanState::Done,
            _ => PlanState::Booked,
        },
    };
    follow_appointment(c, now, actor, followed)
}
