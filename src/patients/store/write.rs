//! Inserting and changing patients, and the consents.

use chrono::NaiveDate;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::super::model::{
    Channel, Filled, NationalId, Patient, PatientData, PatientId, Sex, initials, month_day, search_name,
};
use crate::platform::clock::Instant;
use crate::platform::crypto::Keys;
use crate::platform::db::schema::{consents, patients};
use crate::platform::db::{Both, Conn, Prepared, is_unique_violation};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::ids::hex;
use crate::staff::UserId;

/// Where the blind index of national IDs belongs.
const ID_INDEX: &str = "patients.national_id";

/// The place for which a patient's national ID is sealed.
fn id_place(chart_no: &str) -> String {
    format!("patients.national_id/{chart_no}")
}

/// A patient's national ID, opened. `None`: none is stored, or it was sealed with another key.
pub fn national_id_of(keys: &Keys, p: &Patient) -> Option<NationalId> {
    let sealed = p.national_id.as_deref()?;
    NationalId::parse(&keys.open(&id_place(&p.chart_no), sealed)?).ok()
}

/// The blind index under which a national ID is stored.
pub(super) fn id_hash(keys: &Keys, id: &NationalId) -> String {
    keys.blind_index(ID_INDEX, id.as_str())
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = patients, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    name: String,
    search_name: String,
    initials: String,
    sex: Sex,
    birth_date: Option<NaiveDate>,
    birth_month_day: Option<i32>,
    lunar_birthday: bool,
    national_id: Option<String>,
    national_id_hash: Option<String>,
    phone: Option<String>,
    phone_tail: Option<String>,
    other_phone: Option<String>,
    email: Option<String>,
    language: Lang,
    channel: Channel,
    marketing: bool,
    vip: bool,
    needs: String,
    allergies: String,
    history: String,
    occupation: String,
    address: String,
    source: String,
    note: String,
    completeness: i32,
    deceased: bool,
    version: i64,
    updated_at: Instant,
    zone: Option<String>,
}

fn row(now: Instant, keys: &Keys, chart_no: &str, version: i64, d: &PatientData) -> Result<Row> {
    let seal = |id: &NationalId| {
        keys.seal(&id_place(chart_no), id.as_str())
            .ok_or_else(|| Error::Internal("sealing failed".into()))
    };
    Ok(Row {
        name: d.name.clone(),
        search_name: search_name(&d.name),
        initials: initials(&d.name),
        sex: d.sex,
        birth_date: d.birth_date,
        birth_month_day: d.birth_date.map(month_day),
        lunar_birthday: d.lunar_birthday,
        national_id: d.national_id.as_ref().map(seal).transpose()?,
        national_id_hash: d.national_id.as_ref().map(|id| id_hash(keys, id)),
        phone: d.phone.as_ref().map(ToString::to_string),
        phone_tail: d.phone.as_ref().map(super::super::model::PhoneNumber::tail),
        other_phone: d.other_phone.as_ref().map(ToString::to_string),
        email: d.email.clone(),
        language: d.language,
        channel: d.channel,
        marketing: d.marketing,
        vip: d.vip,
        needs: d.needs.clone(),
        allergies: d.allergies.clone(),
        history: d.history.clone(),
        occupation: d.occupation.clone(),
        address: d.address.clone(),
        source: d.source.clone(),
        note: d.note.clone(),
        completeness: Filled::from(d).percent(),
        deceased: d.deceased,
        version,
        updated_at: now,
        zone: d.zone.map(|z| z.name().to_owned()),
    })
}

/// Makes who saves the same person at the same time wait, so that the second one finds the first one's row when it looks for
/// duplicates. `who`: every text under which two people are taken for one. SQLite has one writer: there is nothing to wait for.
pub fn lock_people(c: &mut Conn, who: &[String]) -> Result<()> {
    let Conn::Pg(c) = c else { return Ok(()) };
    let mut keys: Vec<i64> = who.iter().map(|text| lock_key(text)).collect();
    // In the same order for everybody, so that nobody waits for somebody who waits for them.
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<diesel::sql_types::BigInt, _>(key)
            .execute(c)?;
    }
    Ok(())
}

/// Makes others who lock the same patient wait until the end of the transaction. SQLite has one writer anyway.
pub fn lock_patient(c: &mut Conn, id: PatientId) -> Result<()> {
    if matches!(c, Conn::Pg(_)) {
        let lock = diesel::sql_query("SELECT id FROM patients WHERE id = $1 FOR NO KEY UPDATE");
        Prepared(lock.bind::<diesel::sql_types::BigInt, _>(id.0)).execute(c)?;
    }
    Ok(())
}

fn lock_key(text: &str) -> i64 {
    let hash = Sha256::digest(format!("patients/{text}").as_bytes());
    hash.iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
}

/// Adds a patient. Without a chart number of its own it gets `P` and its row id.
///
/// # Errors
/// A conflict `chart_no_taken` or `national_id_taken`; those of the database.
pub fn insert_patient(c: &mut Conn, now: Instant, keys: &Keys, d: &PatientData) -> Result<PatientId> {
    let provisional;
    let chart_no = match &d.chart_no {
        Some(own) => own,
        None => {
            provisional = format!("~{}", hex(&rand::random::<[u8; 12]>()));
            &provisional
        }
    };
    let values = (
        row(now, keys, chart_no, 1, d)?,
        patients::chart_no.eq(chart_no),
        patients::created_at.eq(now),
    );
    let added: Option<PatientId> = Both(
        diesel::insert_into(patients::table)
            .values(values)
            .on_conflict_do_nothing()
            .returning(patients::id),
    )
    .get_result(c)
    .optional()?;
    let Some(id) = added else {
        return Err(taken(c, chart_no)?);
    };
    if d.chart_no.is_none() {
        number(c, keys, id, d)?;
    }
    Ok(id)
}

/// Which unique key was in the way.
fn taken(c: &mut Conn, chart_no: &str) -> Result<Error> {
    let chart_taken: i64 = patients::table
        .filter(patients::chart_no.eq(chart_no))
        .count()
        .get_result(c)?;
    Ok(if chart_taken > 0 {
        Error::conflict("chart_no_taken", "这个病历号已有人使用", "This chart number is taken")
    } else {
        national_id_taken()
    })
}

fn national_id_taken() -> Error {
    Error::conflict(
        "national_id_taken",
        "这个身份证号已经登记过",
        "A patient with this national ID is registered already",
    )
}

/// Gives a new patient its chart number: `P00042`, or with more digits if an imported chart has that one.
fn number(c: &mut Conn, keys: &Keys, id: PatientId, d: &PatientData) -> Result<()> {
    let mut width = 5;
    let chart_no = loop {
        let wanted = format!("P{:0width$}", id.0);
        let free: i64 = patients::table
            .filter(patients::chart_no.eq(&wanted))
            .count()
            .get_result(c)?;
        if free == 0 {
            break wanted;
        }
        width += 3;
    };
    let sealed = row(Instant(0), keys, &chart_no, 1, d)?.national_id;
    diesel::update(patients::table.find(id))
        .set((patients::chart_no.eq(&chart_no), patients::national_id.eq(sealed)))
        .execute(c)?;
    Ok(())
}

/// Changes a patient made on `version`. The chart number stays what it is. Gives the new version.
///
/// # Errors
/// [`Error::stale`] when the row has another version by now; `national_id_taken`; not found; those of the database.
pub fn update_patient(
    c: &mut Conn,
    now: Instant,
    keys: &Keys,
    (id, version): (PatientId, i64),
    d: &PatientData,
) -> Result<i64> {
    let chart_no: String = patients::table
        .find(id)
        .select(patients::chart_no)
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("patient"))?;
    let changed = diesel::update(patients::table.find(id).filter(patients::version.eq(version)))
        .set(row(now, keys, &chart_no, version + 1, d)?)
        .execute(c);
    match changed {
        Ok(0) => Err(Error::stale()),
        Ok(_) => Ok(version + 1),
        // Leaves the transaction, so PostgreSQL's is not used after its error.
        Err(e) if is_unique_violation(&e) => Err(national_id_taken()),
        Err(e) => Err(e.into()),
    }
}

/// Somebody was a patient by `at` already: what is known of earlier days came from another system.
pub fn registered_by(c: &mut Conn, id: PatientId, at: Instant) -> Result<()> {
    diesel::update(patients::table.find(id).filter(patients::created_at.gt(at)))
        .set(patients::created_at.eq(at))
        .execute(c)?;
    Ok(())
}

/// A consent given or withdrawn. Rows are only ever added.
pub fn insert_consent(
    c: &mut Conn,
    now: Instant,
    patient: PatientId,
    (channel, purpose, granted): (&str, &str, bool),
    by: (&str, Option<UserId>),
) -> Result<()> {
    diesel::insert_into(consents::table)
        .values((
            consents::patient_id.eq(patient),
            consents::channel.eq(channel),
            consents::purpose.eq(purpose),
            consents::granted.eq(granted),
            consents::how.eq(by.0),
            consents::at.eq(now),
            consents::user_id.eq(by.1),
        ))
        .execute(c)?;
    Ok(())
}
