//! How much at risk patients are.

use diesel::prelude::*;

use super::super::super::model::Risk;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::recall_risks;
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// A patient's risk, and who has set it.
#[derive(Debug, Clone, Queryable)]
pub struct RiskSet {
    /// How much.
    pub risk: Risk,
    /// Who has said so.
    pub set_by: String,
    /// When.
    pub set_at: Instant,
    /// Rises with every change.
    pub version: i64,
}

/// What has been set for a patient.
pub fn find_risk(c: &mut Conn, patient: PatientId) -> Result<Option<RiskSet>> {
    use recall_risks as k;
    Ok(k::table
        .find(patient)
        .select((k::risk, k::set_by, k::set_at, k::version))
        .first(c)
        .optional()?)
}

/// Sets it, if it still has `version` (0: none is set); false when somebody was faster.
pub fn set_risk(c: &mut Conn, (patient, version): (PatientId, i64), set: (Risk, &str, Instant)) -> Result<bool> {
    use recall_risks as k;
    let values = (
        k::risk.eq(set.0),
        k::set_by.eq(set.1.to_owned()),
        k::set_at.eq(set.2),
        k::version.eq(version + 1),
    );
    let n = if version == 0 {
        let row = (k::patient_id.eq(patient), values);
        Both(diesel::insert_into(k::table).values(row).on_conflict_do_nothing()).execute(c)?
    } else {
        let at = k::patient_id.eq(patient).and(k::version.eq(version));
        diesel::update(k::table.filter(at)).set(values).execute(c)?
    };
    Ok(n == 1)
}
