//! All SQL of patients.

use diesel::prelude::*;

use super::model::{Patient, PatientId};
use crate::platform::db::Conn;
use crate::platform::db::schema::patients;
use crate::platform::error::{Error, Result};

/// A patient that may be gone.
pub fn find_patient(c: &mut Conn, id: PatientId) -> Result<Option<Patient>> {
    Ok(patients::table.find(id).first(c).optional()?)
}
/// A patient that must be there.
pub fn get_patient(c: &mut Conn, id: PatientId) -> Result<Patient> {
    find_patient(c, id)?.ok_or(Error::NotFound("patient"))
}
/// Patients that match what somebody typed.
pub fn search(c: &mut Conn, q: &str, limit: i64) -> Result<Vec<Patient>> {
    Ok(patients::table
        .filter(patients::search_name.like(format!("%{q}%")))
        .limit(limit)
        .load(c)?)
}
