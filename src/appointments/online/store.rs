//! All SQL of bookings by patients.

use diesel::dsl::not;
use diesel::prelude::*;

use super::model::{BookedOnline, Limit, Request, RequestId, RequestState};
use crate::appointments::model::Action;
use crate::appointments::{Appointment, AppointmentId, Status};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::schema::{appointment_events as events, appointments as a, booking_requests as r, patients};
use crate::platform::db::{Conn, one_of};
use crate::platform::error::{Error, Result};

/// What bookings by patients are noted as.
pub const SOURCE: &str = "online";
/// How long requests that came to nothing are kept.
const KEPT_MS: i64 = 30 * DAY_MS;

/// A request that may be gone.
pub fn find_request(c: &mut Conn, id: RequestId) -> Result<Option<Request>> {
    Ok(r::table.find(id).first(c).optional()?)
}
/// A request that must be there.
pub fn get_request(c: &mut Conn, id: RequestId) -> Result<Request> {
    find_request(c, id)?.ok_or(Error::NotFound("booking request"))
}
/// Adds a request; the id of the value is ignored.
pub fn insert_request(c: &mut Conn, x: &Request) -> Result<RequestId> {
    Ok(diesel::insert_into(r::table)
        .values((
            (
                r::site_id.eq(x.site_id),
                r::service_id.eq(x.service_id),
                r::provider_id.eq(x.provider_id),
                r::starts_at.eq(x.starts_at),
                r::note.eq(&x.note),
                r::hold_token.eq(&x.hold_token),
                r::name.eq(&x.name),
                r::channel.eq(x.channel),
                r::address.eq(&x.address),
                r::birth_date.eq(x.birth_date),
                r::guardian.eq(&x.guardian),
            ),
            (
                r::language.eq(x.language),
                r::ip.eq(&x.ip),
                r::state.eq(x.state),
                r::refusal.eq(x.refusal),
                r::patient_id.eq(x.patient_id),
                r::is_new.eq(x.is_new),
                r::booked_id.eq(x.booked_id),
                r::sends.eq(x.sends),
                r::created_at.eq(x.created_at),
                r::expires_at.eq(x.expires_at),
                r::updated_at.eq(x.updated_at),
            ),
        ))
        .returning(r::id)
        .get_result(c)?)
}
/// Holds a request that waits until this transaction ends, against its other answers. False: it does not wait any more.
pub fn touch_waiting(c: &mut Conn, now: Instant, id: RequestId) -> Result<bool> {
    let waiting = r::table.filter(r::id.eq(id).and(r::state.eq(RequestState::Waiting)));
    Ok(diesel::update(waiting).set(r::updated_at.eq(now)).execute(c)? == 1)
}
/// Notes what a request came to.
pub fn settle_request(
    c: &mut Conn,
    now: Instant,
    id: RequestId,
    (patient, is_new): (Option<PatientId>, bool),
    end: Result<AppointmentId, Limit>,
) -> Result<()> {
    let state = match end {
        Ok(_) => RequestState::Booked,
        Err(_) => RequestState::Refused,
    };
    diesel::update(r::table.find(id))
        .set((
            r::state.eq(state),
            r::refusal.eq(end.as_ref().err().copied()),
            r::booked_id.eq(end.ok()),
            r::patient_id.eq(patient),
            r::is_new.eq(is_new),
            r::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(())
}
/// Counts one more message, if fewer than `most` were asked for. False: they were.
pub fn count_send(c: &mut Conn, now: Instant, id: RequestId, most: i32) -> Result<bool> {
    let few = r::table
        .filter(r::id.eq(id).and(r::state.eq(RequestState::Waiting)))
        .filter(r::sends.lt(most));
    Ok(diesel::update(few)
        .set((r::sends.eq(r::sends + 1), r::updated_at.eq(now)))
        .execute(c)?
        == 1)
}
/// The requests of a name and address that still wait.
pub fn waiting_of(c: &mut Conn, address: &str, name: &str) -> Result<Vec<Request>> {
    Ok(r::table
        .filter(r::address.eq(address).and(r::name.eq(name)))
        .filter(r::state.eq(RequestState::Waiting))
        .load(c)?)
}
/// How many requests have come since an instant: for an address, from a network address, in all.
pub fn count_since(c: &mut Conn, since: Instant, address: &str, ip: &str) -> Result<[i64; 3]> {
    let recent = || r::table.filter(r::created_at.gt(since));
    Ok([
        recent().filter(r::address.eq(address)).count().get_result(c)?,
        recent().filter(r::ip.eq(ip)).count().get_result(c)?,
        recent().count().get_result(c)?,
    ])
}
/// Forgets requests that came to nothing: what strangers typed is not kept for longer than the desk may ask for it.
pub fn forget_old(c: &mut Conn, now: Instant) -> Result<usize> {
    let old = r::table
        .filter(r::created_at.lt(now + -KEPT_MS))
        .filter(r::state.ne(RequestState::Booked));
    Ok(diesel::delete(old).execute(c)?)
}

/// How many planned visits a patient has after `now`.
pub fn count_planned(c: &mut Conn, patient: PatientId, now: Instant) -> Result<i64> {
    Ok(a::table
        .filter(a::patient_id.eq(patient).and(a::starts_at.gt(now)))
        .filter(one_of!(a::status, Status::Booked, Status::Confirmed))
        .count()
        .get_result(c)?)
}
/// How often a visit was moved by its patient, and not put back.
pub fn count_own_moves(c: &mut Conn, id: AppointmentId) -> Result<i64> {
    Ok(events::table
        .filter(events::appointment_id.eq(id).and(events::action.eq(Action::Move)))
        .filter(events::user_id.is_null().and(events::undone_at.is_null()))
        .count()
        .get_result(c)?)
}

/// What patients booked or asked for since an instant, newest first.
pub fn list_online(c: &mut Conn, since: Instant, limit: usize) -> Result<Vec<BookedOnline>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let requests: Vec<Request> = r::table
        .filter(r::created_at.ge(since))
        .order((r::created_at.desc(), r::id.desc()))
        .limit(most)
        .load(c)?;
    let booked: Vec<AppointmentId> = requests.iter().filter_map(|x| x.booked_id).collect();
    let of_requests: Vec<Appointment> = a::table.filter(a::id.eq_any(&booked)).load(c)?;
    let known: Vec<(Appointment, Patient)> = a::table
        .inner_join(patients::table)
        .filter(a::source.eq(SOURCE).and(a::created_at.ge(since)))
        .filter(not(a::id.eq_any(&booked)))
        .order((a::created_at.desc(), a::id.desc()))
        .limit(most)
        .select((a::all_columns, patients::all_columns))
        .load(c)?;
    let asked = requests.into_iter().map(|x| BookedOnline {
        appointment: x
            .booked_id
            .and_then(|id| of_requests.iter().find(|v| v.id == id))
            .cloned(),
        name: x.name.clone(),
        address: x.address.clone(),
        patient: x.patient_id,
        is_new: x.is_new,
        at: x.created_at,
        request: Some(x),
    });
    let came = known.into_iter().map(|(visit, patient)| BookedOnline {
        at: visit.created_at,
        name: patient.name,
        address: patient.phone.or(patient.email).unwrap_or_default(),
        patient: Some(patient.id),
        is_new: false,
        request: None,
        appointment: Some(visit),
    });
    let mut all: Vec<BookedOnline> = asked.chain(came).collect();
    all.sort_by_key(|x| std::cmp::Reverse(x.at));
    all.truncate(limit);
    Ok(all)
}
