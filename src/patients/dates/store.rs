//! All SQL of dates and referrals.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{DateKind, DateKindId, PatientDate, PatientDateId};
use crate::patients::{Patient, PatientId, month_day};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{date_kinds as k, patient_dates as d, patients, referrals as r};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// All kinds, in the order in which they were made.
pub fn list_kinds(c: &mut Conn) -> Result<Vec<DateKind>> {
    Ok(k::table.order(k::id).load(c)?)
}

/// A kind that may be gone.
pub fn find_kind(c: &mut Conn, id: DateKindId) -> Result<Option<DateKind>> {
    Ok(k::table.find(id).first(c).optional()?)
}

/// Adds a kind.
pub(super) fn insert_kind(
    c: &mut Conn,
    now: Instant,
    (name, name_en): (&str, &str),
    yearly: bool,
) -> Result<DateKindId> {
    let insert = diesel::insert_into(k::table)
        .values((
            k::name.eq(name),
            k::name_en.eq(name_en),
            k::yearly.eq(yearly),
            k::version.eq(1_i64),
            k::updated_at.eq(now),
        ))
        .returning(k::id);
    Ok(Both(insert).get_result(c)?)
}

/// Writes what can be edited, if the row still has `version`; false when somebody was faster.
pub(super) fn update_kind(c: &mut Conn, now: Instant, kind: &DateKind, version: i64) -> Result<bool> {
    let row = k::table.filter(k::id.eq(kind.id).and(k::version.eq(version)));
    let n = diesel::update(row)
        .set((
            k::name.eq(&kind.name),
            k::name_en.eq(&kind.name_en),
            k::yearly.eq(kind.yearly),
            k::version.eq(version.saturating_add(1)),
            k::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(n == 1)
}

/// Removes a kind. The database refuses while a patient has such a date or a rule counts from one.
pub(super) fn delete_kind(c: &mut Conn, id: DateKindId) -> Result<()> {
    diesel::delete(k::table.find(id)).execute(c)?;
    Ok(())
}

/// The dates of a patient with their kinds, earliest first.
pub fn dates_of(c: &mut Conn, patient: PatientId) -> Result<Vec<(PatientDate, DateKind)>> {
    Ok(d::table
        .inner_join(k::table)
        .filter(d::patient_id.eq(patient))
        .order((d::on_date, d::id))
        .select(((d::id, d::patient_id, d::kind_id, d::on_date), k::all_columns))
        .load(c)?)
}

/// Adds a date unless it is there already.
pub(super) fn insert_date(
    c: &mut Conn,
    now: Instant,
    patient: PatientId,
    (kind, day): (DateKindId, NaiveDate),
) -> Result<Option<PatientDateId>> {
    let insert = diesel::insert_into(d::table)
        .values((
            d::patient_id.eq(patient),
            d::kind_id.eq(kind),
            d::on_date.eq(day),
            d::month_day.eq(month_day(day)),
            d::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .returning(d::id);
    Ok(Both(insert).get_result(c).optional()?)
}

/// Takes a date of a patient away; false: it is gone already.
pub(super) fn delete_date(c: &mut Conn, patient: PatientId, id: PatientDateId) -> Result<bool> {
    let row = d::table.filter(d::id.eq(id).and(d::patient_id.eq(patient)));
    Ok(diesel::delete(row).execute(c)? == 1)
}

/// Who sent a patient.
pub fn referrer_of(c: &mut Conn, patient: PatientId) -> Result<Option<Patient>> {
    Ok(r::table
        .inner_join(patients::table)
        .filter(r::patient_id.eq(patient))
        .select(patients::all_columns)
        .first(c)
        .optional()?)
}

/// Writes down who sent a patient, or that nobody did.
pub(super) fn set_referrer(c: &mut Conn, now: Instant, patient: PatientId, by: Option<PatientId>) -> Result<()> {
    diesel::delete(r::table.find(patient)).execute(c)?;
    if let Some(by) = by {
        let row = (r::patient_id.eq(patient), r::referred_by.eq(by), r::created_at.eq(now));
        Both(diesel::insert_into(r::table).values(row)).execute(c)?;
    }
    Ok(())
}

/// Which referrals.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Which {
    /// Of this patient.
    pub(super) patient: Option<PatientId>,
    /// Of those whom this one sent.
    pub(super) referred_by: Option<PatientId>,
    /// Of patients after this one.
    pub(super) after: Option<PatientId>,
}

/// A referral: who was sent, by whom, since when that is written down.
pub(super) type Referral = (PatientId, PatientId, Instant);

/// Who sent whom, by the patient who was sent.
pub(super) fn referrals(c: &mut Conn, which: Which, limit: i64) -> Result<Vec<Referral>> {
    let mut rows = r::table.into_boxed();
    if let Some(patient) = which.patient {
        rows = rows.filter(r::patient_id.eq(patient));
    }
    if let Some(by) = which.referred_by {
        rows = rows.filter(r::referred_by.eq(by));
    }
    if let Some(after) = which.after {
        rows = rows.filter(r::patient_id.gt(after));
    }
    let columns = (r::patient_id, r::referred_by, r::created_at);
    Ok(rows.order(r::patient_id).limit(limit).select(columns).load(c)?)
}
