//! Appointments page by page, for programs that read them all.

use diesel::prelude::*;

use super::super::model::{Appointment, AppointmentId};
use crate::clinic::SiteId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::appointments as a;
use crate::platform::error::Result;

/// An appointment's place in a list: its start, then its id.
pub type Place = (Instant, AppointmentId);

/// Appointments that start in `[from, until)`, by time.
pub fn page_between(
    c: &mut Conn,
    site: SiteId,
    (from, until): (Instant, Instant),
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Appointment>> {
    let mut query = a::table
        .filter(a::site_id.eq(site))
        .filter(a::starts_at.ge(from).and(a::starts_at.lt(until)))
        .order((a::starts_at, a::id))
        .limit(limit)
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(a::starts_at.gt(at).or(a::starts_at.eq(at).and(a::id.gt(id))));
    }
    Ok(query.load(c)?)
}

/// A patient's appointments, latest first.
pub fn page_of_patient(c: &mut Conn, patient: PatientId, after: Option<Place>, limit: i64) -> Result<Vec<Appointment>> {
    let mut query = a::table
        .filter(a::patient_id.eq(patient))
        .order((a::starts_at.desc(), a::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(a::starts_at.lt(at).or(a::starts_at.eq(at).and(a::id.lt(id))));
    }
    Ok(query.load(c)?)
}
