//! All SQL of requests to be put on the list.

use diesel::prelude::*;

use super::super::model::{Limit, RequestState};
use super::model::{ListRequest, ListRequestId};
use crate::appointments::waiting::EntryId;
use crate::clinic::ServiceId;
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::db::schema::{waiting_entries as w, waiting_requests as r};
use crate::platform::error::{Error, Result};

/// How long requests that came to nothing are kept.
const KEPT_MS: i64 = 30 * DAY_MS;

/// A request that may be gone.
pub fn find_list_request(c: &mut Conn, id: ListRequestId) -> Result<Option<ListRequest>> {
    Ok(r::table.find(id).first(c).optional()?)
}
/// A request that must be there.
pub fn get_list_request(c: &mut Conn, id: ListRequestId) -> Result<ListRequest> {
    find_list_request(c, id)?.ok_or(Error::NotFound("waiting list request"))
}
/// Adds a request; the id of the value is ignored.
pub fn insert_list_request(c: &mut Conn, x: &ListRequest) -> Result<ListRequestId> {
    Ok(diesel::insert_into(r::table)
        .values((
            (
                r::site_id.eq(x.site_id),
                r::service_id.eq(x.service_id),
                r::provider_id.eq(x.provider_id),
                r::weekdays.eq(&x.weekdays),
                r::from_minute.eq(x.from_minute),
                r::until_minute.eq(x.until_minute),
                r::last_day.eq(x.last_day),
                r::note.eq(&x.note),
                r::name.eq(&x.name),
                r::channel.eq(x.channel),
                r::address.eq(&x.address),
            ),
            (
                r::birth_date.eq(x.birth_date),
                r::guardian.eq(&x.guardian),
                r::language.eq(x.language),
                r::ip.eq(&x.ip),
                r::state.eq(x.state),
                r::refusal.eq(x.refusal),
                r::patient_id.eq(x.patient_id),
                r::entry_id.eq(x.entry_id),
                r::sends.eq(x.sends),
                r::created_at.eq(x.created_at),
                r::updated_at.eq(x.updated_at),
            ),
        ))
        .returning(r::id)
        .get_result(c)?)
}
/// Holds a request that waits until this transaction ends, against its other answers. False: it does not wait any more.
pub fn touch_list_request(c: &mut Conn, now: Instant, id: ListRequestId) -> Result<bool> {
    let waiting = r::table.filter(r::id.eq(id).and(r::state.eq(RequestState::Waiting)));
    Ok(diesel::update(waiting).set(r::updated_at.eq(now)).execute(c)? == 1)
}
/// Notes what a request came to; without an entry: they were on the list already.
pub fn settle_list_request(
    c: &mut Conn,
    now: Instant,
    id: ListRequestId,
    patient: Option<PatientId>,
    end: Result<Option<EntryId>, Limit>,
) -> Result<()> {
    let state = match end {
        Ok(_) => RequestState::Booked,
        Err(_) => RequestState::Refused,
    };
    diesel::update(r::table.find(id))
        .set((
            r::state.eq(state),
            r::refusal.eq(end.as_ref().err().copied()),
            r::entry_id.eq(end.ok().flatten()),
            r::patient_id.eq(patient),
            r::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(())
}
/// Counts one more message, if fewer than `most` were asked for. False: they were.
pub fn count_list_send(c: &mut Conn, now: Instant, id: ListRequestId, most: i32) -> Result<bool> {
    let few = r::table
        .filter(r::id.eq(id).and(r::state.eq(RequestState::Waiting)))
        .filter(r::sends.lt(most));
    let set = (r::sends.eq(r::sends + 1), r::updated_at.eq(now));
    Ok(diesel::update(few).set(set).execute(c)? == 1)
}
/// How many requests have come since an instant: for an address, from a network address, in all.
pub fn count_list_requests(c: &mut Conn, since: Instant, address: &str, ip: &str) -> Result<[i64; 3]> {
    let recent = || r::table.filter(r::created_at.gt(since));
    Ok([
        recent().filter(r::address.eq(address)).count().get_result(c)?,
        recent().filter(r::ip.eq(ip)).count().get_result(c)?,
        recent().count().get_result(c)?,
    ])
}
/// Forgets requests that came to nothing.
pub fn forget_old_listings(c: &mut Conn, now: Instant) -> Result<usize> {
    let old = r::table
        .filter(r::created_at.lt(now + -KEPT_MS))
        .filter(r::state.ne(RequestState::Booked));
    Ok(diesel::delete(old).execute(c)?)
}
/// What a patient waits for: all of it, and with the service asked about.
pub fn waits_for(c: &mut Conn, patient: PatientId, service: ServiceId) -> Result<(usize, bool)> {
    let services: Vec<ServiceId> = w::table
        .filter(w::patient_id.eq(patient).and(w::state.eq("waiting")))
        .select(w::service_id)
        .load(c)?;
    Ok((services.len(), services.contains(&service)))
}
