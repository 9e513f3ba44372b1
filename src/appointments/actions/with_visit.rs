//! The visit's record is saved and finished: so is the appointment.

use super::super::model::{Action, AppointmentId, Status};
use super::super::store;
use super::Step;
use super::steps::advance_in;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::records::{Visit, VisitObserver};
use crate::staff::Actor;

/// Finishing the record of a visit ("save and finish") finishes the appointment, too.
pub struct DoneWithVisit;

impl VisitObserver for DoneWithVisit {
    fn finished(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()> {
        let Some(id) = visit.appointment_id.map(AppointmentId) else {
            return Ok(());
        };
        let a = store::get_appointment(c, id)?;
        if a.status == Status::Done {
            return Ok(());
        }
        let step = Step {
            id,
            version: a.version,
            action: Action::Finish,
        };
        advance_in(c, now, &Actor::system("visit record"), step).map(|_| ())
    }

    /// Undo restores the appointment itself.
    fn reopened(&self, _: &mut Conn, _: Instant, _: &Visit) -> Result<()> {
        Ok(())
    }
}
