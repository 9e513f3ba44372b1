//! The patients' names for the audit log, which lies below the patients.

use crate::patients::{self, Patient, PatientId};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::staff::{PatientName, PatientNames};

/// Names out of the patients' records.
pub(super) struct OfRecords;

fn name(p: Patient) -> PatientName {
    PatientName {
        id: p.id.0,
        name: p.name,
        chart_no: p.chart_no,
    }
}

impl PatientNames for OfRecords {
    fn named(&self, c: &mut Conn, ids: &[i64]) -> Result<Vec<PatientName>> {
        let mut found = Vec::new();
        for id in ids {
            found.extend(patients::find_patient(c, PatientId(*id))?.map(name));
        }
        Ok(found)
    }

    /// A whole chart number means one patient, and not all in whose number it stands.
    fn found(&self, c: &mut Conn, text: &str, limit: i64) -> Result<Vec<PatientName>> {
        let one = patients::find_by_chart_no(c, text)?;
        let found = match one {
            Some(patient) => vec![patient],
            None => patients::search_patients(c, text, limit)?,
        };
        Ok(found.into_iter().map(name).collect())
    }
}
