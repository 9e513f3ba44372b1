//! What the board tells of the step that was just taken.

use super::super::model::{Appointment, UNDO_MS};
use super::super::store::{self, Event};
use super::desk::{Day, Request};
use crate::patients;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// A step, of whom it was, and of how many visits.
pub(super) type Did = (Appointment, Event, (String, usize));

impl Day {
    /// The appointment whose latest step was just taken back.
    pub(super) fn undone(&self, c: &mut Conn, r: &Request) -> Result<Option<String>> {
        let Ok(id) = r.input.get("undone").parse() else {
            return Ok(None);
        };
        match store::find_appointment(c, id)? {
            Some(a) => Ok(patients::find_patient(c, a.patient_id)?.map(|p| p.name)),
            None => Ok(None),
        }
    }

    /// The step just taken, while it can be taken back, with the patient's name and of how many visits it was.
    pub(super) fn did(&self, c: &mut Conn, r: &Request) -> Result<Option<Did>> {
        let Ok(id) = r.input.get("did").parse() else {
            return Ok(None);
        };
        let Some(a) = store::find_appointment(c, id)? else {
            return Ok(None);
        };
        let event = store::latest_event(c, id)?
            .filter(|e| e.version == a.version && e.can_be_undone() && r.now - e.at <= UNDO_MS);
        let name = patients::find_patient(c, a.patient_id)?
            .map(|p| p.name)
            .unwrap_or_default();
        let n = match event.as_ref().and_then(|e| e.click.as_deref()) {
            Some(click) => store::events_of_click(c, click)?.len(),
            None => 1,
        };
        Ok(event.map(|e| (a, e, (name, n))))
    }
}
