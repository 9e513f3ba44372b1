//! Entries of the waiting list.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::{Entry, EntryId, EntryState};
use crate::appointments::AppointmentId;
use crate::clinic::{ProviderId, ServiceId};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{patients, waiting_entries as w};
use crate::platform::error::{Error, Result};

/// Which entries are wanted. Empty: all.
#[derive(Debug, Clone, Copy, Default)]
pub struct EntryFilter {
    /// That stand there.
    pub state: Option<EntryState>,
    /// For this service.
    pub service: Option<ServiceId>,
    /// With this provider, or with anyone.
    pub provider: Option<ProviderId>,
    /// Of this patient.
    pub patient: Option<PatientId>,
    /// Behind this one.
    pub after: Option<EntryPlace>,
}

/// An entry's place in the list: since when it is there, then its id.
pub type EntryPlace = (Instant, EntryId);

/// An entry with its patient.
pub type Listed = (Entry, Patient);

/// An entry that must be there.
pub fn get_entry(c: &mut Conn, id: EntryId) -> Result<Entry> {
    let found = w::table.find(id).first(c).optional()?;
    found.ok_or(Error::NotFound("waiting list entry"))
}
/// The entries that fit, those who have waited longest first.
pub fn list_entries(c: &mut Conn, f: EntryFilter, limit: i64) -> Result<Vec<Listed>> {
    let mut query = w::table
        .inner_join(patients::table)
        .select((w::all_columns, patients::all_columns))
        .order((w::created_at, w::id))
        .limit(limit)
        .into_boxed();
    if let Some(state) = f.state {
        query = query.filter(w::state.eq(state));
    }
    if let Some(service) = f.service {
        query = query.filter(w::service_id.eq(service));
    }
    if let Some(provider) = f.provider {
        query = query.filter(w::provider_id.is_null().or(w::provider_id.eq(provider)));
    }
    if let Some(patient) = f.patient {
        query = query.filter(w::patient_id.eq(patient));
    }
    if let Some((at, id)) = f.after {
        query = query.filter(w::created_at.gt(at).or(w::created_at.eq(at).and(w::id.gt(id))));
    }
    Ok(query.load(c)?)
}
/// Everybody who waits on a day for this provider or for anyone, those who have waited longest first.
pub fn list_waiting(c: &mut Conn, provider: ProviderId, day: NaiveDate) -> Result<Vec<Listed>> {
    Ok(w::table
        .inner_join(patients::table)
        .filter(w::state.eq(EntryState::Waiting))
        .filter(w::provider_id.is_null().or(w::provider_id.eq(provider)))
        .filter(w::first_day.le(day))
        .filter(w::last_day.is_null().or(w::last_day.ge(day)))
        .order((w::created_at, w::id))
        .select((w::all_columns, patients::all_columns))
        .load(c)?)
}

/// Adds an entry; the id of the value is ignored.
pub fn insert_entry(c: &mut Conn, e: &Entry) -> Result<EntryId> {
    Ok(diesel::insert_into(w::table)
        .values((
            (
                w::site_id.eq(e.site_id),
                w::patient_id.eq(e.patient_id),
                w::service_id.eq(e.service_id),
                w::provider_id.eq(e.provider_id),
                w::minutes.eq(e.minutes),
                w::weekdays.eq(&e.weekdays),
                w::from_minute.eq(e.from_minute),
                w::until_minute.eq(e.until_minute),
                w::first_day.eq(e.first_day),
                w::last_day.eq(e.last_day),
            ),
            (
                w::notice_minutes.eq(e.notice_minutes),
                w::urgency.eq(e.urgency),
                w::note.eq(&e.note),
                w::appointment_id.eq(e.appointment_id),
                w::state.eq(e.state),
                w::booked_id.eq(e.booked_id),
                w::version.eq(e.version),
                w::created_by.eq(e.created_by),
                w::created_at.eq(e.created_at),
                w::updated_at.eq(e.updated_at),
                w::from_patient.eq(e.from_patient),
            ),
        ))
        .returning(w::id)
        .get_result(c)?)
}

/// Stores what changed, if nobody else did since `version`; the stored row has `version + 1`.
pub fn update_entry(c: &mut Conn, e: &Entry, version: i64) -> Result<()> {
    let changed = diesel::update(w::table.filter(w::id.eq(e.id).and(w::version.eq(version))))
        .set((
            (
                w::service_id.eq(e.service_id),
                w::provider_id.eq(e.provider_id),
                w::minutes.eq(e.minutes),
                w::weekdays.eq(&e.weekdays),
                w::from_minute.eq(e.from_minute),
                w::until_minute.eq(e.until_minute),
                w::first_day.eq(e.first_day),
                w::last_day.eq(e.last_day),
            ),
            (
                w::notice_minutes.eq(e.notice_minutes),
                w::urgency.eq(e.urgency),
                w::note.eq(&e.note),
                w::appointment_id.eq(e.appointment_id),
                w::state.eq(e.state),
                w::version.eq(version.saturating_add(1)),
                w::updated_at.eq(e.updated_at),
            ),
        ))
        .execute(c)?;
    if changed == 1 { Ok(()) } else { Err(Error::stale()) }
}

/// Ends an entry that still waits. Whether it did.
pub fn end_entry(
    c: &mut Conn,
    now: Instant,
    id: EntryId,
    state: EntryState,
    booked: Option<AppointmentId>,
) -> Result<bool> {
    let waiting = w::table.filter(w::id.eq(id).and(w::state.eq(EntryState::Waiting)));
    let changed = diesel::update(waiting)
        .set((
            w::state.eq(state),
            w::booked_id.eq(booked),
            w::version.eq(w::version + 1),
            w::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}

/// Ends those whose last day is before `today`. Gives how many.
pub fn expire_entries(c: &mut Conn, now: Instant, today: NaiveDate) -> Result<usize> {
    let past = w::table
        .filter(w::state.eq(EntryState::Waiting))
        .filter(w::last_day.lt(today));
    Ok(diesel::update(past)
        .set((
            w::state.eq(EntryState::Expired),
            w::version.eq(w::version + 1),
            w::updated_at.eq(now),
        ))
        .execute(c)?)
}
