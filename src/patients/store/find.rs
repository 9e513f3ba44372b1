//! Finding patients: by number, and those who may be the same person.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::{Consents, Home, NationalId, Patient, PatientId, search_name, similar_names};
use super::write::id_hash;
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::db::schema::{consents as consent_rows, patients, sites};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;

/// How many patients with the same phone or birthday are looked at for duplicates.
const CANDIDATES_MAX: i64 = 200;
/// Patients in one `IN (…)`.
const CHUNK: usize = 500;

/// A patient that may be gone.
pub fn find_patient(c: &mut Conn, id: PatientId) -> Result<Option<Patient>> {
    Ok(patients::table.find(id).first(c).optional()?)
}
/// A patient that must be there.
pub fn get_patient(c: &mut Conn, id: PatientId) -> Result<Patient> {
    find_patient(c, id)?.ok_or(Error::NotFound("patient"))
}
/// A patient by (tidied) chart number.
pub fn find_by_chart_no(c: &mut Conn, chart_no: &str) -> Result<Option<Patient>> {
    Ok(patients::table
        .filter(patients::chart_no.eq(chart_no))
        .first(c)
        .optional()?)
}
/// Patients in order of registration, after `after`.
pub fn list_patients(c: &mut Conn, after: Option<PatientId>, limit: i64) -> Result<Vec<Patient>> {
    let mut query = patients::table.order(patients::id).limit(limit).into_boxed();
    if let Some(after) = after {
        query = query.filter(patients::id.gt(after));
    }
    Ok(query.load(c)?)
}
/// These patients, in order of registration; read in pieces.
pub fn list_by_id(c: &mut Conn, ids: &[PatientId]) -> Result<Vec<Patient>> {
    let mut all = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let some: Vec<Patient> = patients::table.filter(patients::id.eq_any(chunk.to_vec())).load(c)?;
        all.extend(some);
    }
    all.sort_by_key(|p| p.id);
    Ok(all)
}
/// The patients changed last, newest first.
pub fn recent_patients(c: &mut Conn, limit: i64) -> Result<Vec<Patient>> {
    Ok(patients::table
        .order((patients::updated_at.desc(), patients::id.desc()))
        .limit(limit)
        .load(c)?)
}
/// How many patients there are, and how complete their records are on average (percent).
pub fn clinic_completeness(c: &mut Conn) -> Result<(i64, i64)> {
    use diesel::dsl::{count_star, sum};
    let (n, total): (i64, Option<i64>) = patients::table
        .select((count_star(), sum(patients::completeness)))
        .first(c)?;
    Ok((n, if n == 0 { 0 } else { total.unwrap_or(0) / n }))
}

/// What reading a patient needs to know of the clinic.
pub fn find_home(c: &mut Conn) -> Result<Home> {
    let (country, zone, language): (String, String, Lang) = sites::table
        .order(sites::id)
        .select((sites::country, sites::zone, sites::language))
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("site"))?;
    Ok(Home {
        country,
        zone: zone.parse().unwrap_or(chrono_tz::Tz::UTC),
        language,
    })
}

/// The consents in force: the latest row of each channel.
pub fn consents(c: &mut Conn, patient: PatientId) -> Result<Consents> {
    let rows: Vec<(String, bool)> = consent_rows::table
        .filter(consent_rows::patient_id.eq(patient))
        .filter(consent_rows::purpose.eq("care"))
        .order((consent_rows::at, consent_rows::id))
        .select((consent_rows::channel, consent_rows::granted))
        .load(c)?;
    let mut found = Consents::default();
    for (channel, granted) in rows {
        found.note(&channel, granted);
    }
    Ok(found)
}

/// The same of many, read in pieces; who was never asked is not in it.
pub fn consents_of(c: &mut Conn, who: &[PatientId]) -> Result<HashMap<PatientId, Consents>> {
    let mut found: HashMap<PatientId, Consents> = HashMap::new();
    for chunk in who.chunks(CHUNK) {
        let rows: Vec<(PatientId, String, bool)> = consent_rows::table
            .filter(consent_rows::patient_id.eq_any(chunk.to_vec()))
            .filter(consent_rows::purpose.eq("care"))
            .order((consent_rows::at, consent_rows::id))
            .select((consent_rows::patient_id, consent_rows::channel, consent_rows::granted))
            .load(c)?;
        for (id, channel, granted) in rows {
            found.entry(id).or_default().note(&channel, granted);
        }
    }
    Ok(found)
}

/// Patients with an email address, as it was typed or in lower case, by registration.
pub fn with_email(c: &mut Conn, email: &str) -> Result<Vec<Patient>> {
    Ok(patients::table
        .filter(patients::email.eq_any([email.to_owned(), email.to_lowercase()]))
        .order(patients::id)
        .limit(CANDIDATES_MAX)
        .load(c)?)
}

/// What is known of somebody who may be registered already.
#[derive(Debug, Clone, Default)]
pub struct Probe {
    /// Name as typed.
    pub name: String,
    /// Mobile number, E.164.
    pub phone: Option<String>,
    /// Day of birth.
    pub birth_date: Option<NaiveDate>,
    /// National ID.
    pub national_id: Option<NationalId>,
    /// The patient itself, when it is being changed.
    pub except: Option<PatientId>,
}

/// Why somebody may be the same person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The national ID is the same: it is the same person.
    NationalId,
    /// The phone is the same and the names are alike.
    PhoneAndName,
    /// Name and birthday are the same.
    NameAndBirth,
    /// The phone is the same, the name is not: family, as a rule. Shown, never in the way.
    PhoneOnly,
}

/// A patient who may be the same person.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who.
    pub patient: Patient,
    /// Why, by the strongest reason.
    pub why: Why,
}

/// Patients who may be the one in `probe`, by the strongest reason first.
pub fn duplicates(c: &mut Conn, keys: &Keys, probe: &Probe) -> Result<Vec<Candidate>> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut add = |rows: Vec<Patient>, why: &dyn Fn(&Patient) -> Option<Why>| {
        for patient in rows {
            if Some(patient.id) != probe.except
                && found.iter().all(|f| f.patient.id != patient.id)
                && let Some(why) = why(&patient)
            {
                found.push(Candidate { patient, why });
            }
        }
    };
    if let Some(id) = &probe.national_id {
        let rows = patients::table
            .filter(patients::national_id_hash.eq(id_hash(keys, id)))
            .load(c)?;
        add(rows, &|_| Some(Why::NationalId));
    }
    if let Some(phone) = &probe.phone {
        let rows = patients::table
            .filter(patients::phone.eq(phone))
            .order(patients::id)
            .limit(CANDIDATES_MAX)
            .load(c)?;
        add(rows, &|p| {
            Some(if similar_names(&p.name, &probe.name) {
                Why::PhoneAndName
            } else {
                Why::PhoneOnly
            })
        });
    }
    let folded = search_name(&probe.name);
    if let Some(birth) = probe.birth_date
        && !folded.is_empty()
    {
        let rows = patients::table
            .filter(patients::search_name.eq(folded))
            .filter(patients::birth_date.eq(birth))
            .order(patients::id)
            .limit(CANDIDATES_MAX)
            .load(c)?;
        add(rows, &|_| Some(Why::NameAndBirth));
    }
    found.sort_by_key(|f| f.why);
    Ok(found)
}
