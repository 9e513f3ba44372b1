//! Visits from another system's export. They are history: nobody is told of them, no work follows from them.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{Treatment, Visit, VisitId, VisitStatus};
use crate::clinic::{ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{treatments, visits};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};

/// A visit as an export tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedVisit {
    /// Names the exported row: stable, unique.
    pub key: String,
    /// Whose record.
    pub patient: PatientId,
    /// Who treated, if a provider of ours has that name.
    pub provider: Option<ProviderId>,
    /// What for, if a service of ours has that name.
    pub service: Option<ServiceId>,
    /// Who treated, as the export has it.
    pub provider_name: String,
    /// What for, as the export has it.
    pub service_name: String,
    /// Day in the clinic's zone.
    pub day: NaiveDate,
    /// When it began.
    pub started_at: Instant,
    /// Diagnosis.
    pub diagnosis: String,
    /// Advice given.
    pub advice: String,
    /// Fee in minor units.
    pub fee_minor: Option<i64>,
    /// Finished, missed or cancelled.
    pub status: VisitStatus,
    /// What was done.
    pub treatments: Vec<Treatment>,
}

/// The visit imported under `key`, with its treatments.
pub fn find_imported_visit(c: &mut Conn, key: &str) -> Result<Option<(Visit, Vec<Treatment>)>> {
    let Some(visit) = visits::table
        .filter(visits::import_key.eq(key))
        .first::<Visit>(c)
        .optional()?
    else {
        return Ok(None);
    };
    let done = super::store::list_treatments(c, visit.id)?;
    Ok(Some((visit, done)))
}

/// Adds an imported visit; `None` when its key is there already.
pub fn insert_imported_visit(c: &mut Conn, now: Instant, v: &ImportedVisit) -> Result<Option<VisitId>> {
    let added: Option<VisitId> = Both(
        diesel::insert_into(visits::table)
            .values((
                (
                    visits::patient_id.eq(v.patient),
                    visits::provider_id.eq(v.provider),
                    visits::service_id.eq(v.service),
                    visits::day.eq(v.day),
                    visits::started_at.eq(v.started_at),
                    visits::provider_name.eq(&v.provider_name),
                    visits::service_name.eq(&v.service_name),
                    visits::complaint.eq(""),
                    visits::diagnosis.eq(&v.diagnosis),
                ),
                (
                    visits::advice.eq(&v.advice),
                    visits::next_visit.eq(""),
                    visits::fee_minor.eq(v.fee_minor),
                    visits::status.eq(v.status),
                    visits::import_key.eq(&v.key),
                    visits::version.eq(1_i64),
                    visits::created_at.eq(now),
                    visits::updated_at.eq(now),
                ),
            ))
            .on_conflict_do_nothing()
            .returning(visits::id),
    )
    .get_result(c)
    .optional()?;
    if let Some(id) = added {
        insert_treatments(c, id, &v.treatments)?;
    }
    Ok(added)
}

fn insert_treatments(c: &mut Conn, visit: VisitId, list: &[Treatment]) -> Result<()> {
    for (treatment, position) in list.iter().zip(1_i32..) {
        diesel::insert_into(treatments::table)
            .values((
                treatments::visit_id.eq(visit),
                treatments::position.eq(position),
                treatments::tooth.eq(&treatment.tooth),
                treatments::description.eq(&treatment.description),
            ))
            .execute(c)?;
    }
    Ok(())
}

/// Makes an imported visit what the export says now.
pub fn update_imported_visit(c: &mut Conn, now: Instant, id: VisitId, v: &ImportedVisit) -> Result<()> {
    let changed = diesel::update(visits::table.find(id))
        .set((
            visits::provider_id.eq(v.provider),
            visits::service_id.eq(v.service),
            visits::provider_name.eq(&v.provider_name),
            visits::service_name.eq(&v.service_name),
            visits::diagnosis.eq(&v.diagnosis),
            visits::advice.eq(&v.advice),
            visits::fee_minor.eq(v.fee_minor),
            visits::status.eq(v.status),
            visits::version.eq(visits::version + 1_i64),
            visits::updated_at.eq(now),
        ))
        .execute(c)?;
    if changed == 0 {
        return Err(Error::NotFound("visit"));
    }
    diesel::delete(treatments::table.filter(treatments::visit_id.eq(id))).execute(c)?;
    insert_treatments(c, id, &v.treatments)
}
