//! All SQL of appointments.

use diesel::prelude::*;

use super::model::{Appointment, AppointmentId, Status};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::appointments;
use crate::platform::error::{Error, Result};

/// An appointment that may be gone.
pub fn find_appointment(c: &mut Conn, id: AppointmentId) -> Result<Option<Appointment>> {
    Ok(appointments::table.find(id).first(c).optional()?)
}
/// An appointment that must be there.
pub fn get_appointment(c: &mut Conn, id: AppointmentId) -> Result<Appointment> {
    find_appointment(c, id)?.ok_or(Error::NotFound("appointment"))
}
/// A patient's next planned appointment that starts after `now`.
pub fn next_of_patient(c: &mut Conn, patient: PatientId, now: Instant) -> Result<Option<Appointment>> {
    Ok(appointments::table
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::status.eq_any([Status::Booked, Status::Confirmed]))
        .filter(appointments::starts_at.gt(now))
        .order(appointments::starts_at)
        .first(c)
        .optional()?)
}
