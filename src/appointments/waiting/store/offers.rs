//! Offers of freed times.

use diesel::prelude::*;

use super::super::model::{Offer, OfferId, OfferState, SlotId, Source};
use crate::appointments::AppointmentId;
use crate::clinic::ServiceId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::slot_offers as o;
use crate::platform::error::{Error, Result};

/// An offer that may be gone.
pub fn find_offer(c: &mut Conn, id: OfferId) -> Result<Option<Offer>> {
    Ok(o::table.find(id).first(c).optional()?)
}
/// An offer that must be there.
pub fn get_offer(c: &mut Conn, id: OfferId) -> Result<Offer> {
    find_offer(c, id)?.ok_or(Error::NotFound("offer"))
}
/// All of one freed time, in order.
pub fn offers_of(c: &mut Conn, slot: SlotId) -> Result<Vec<Offer>> {
    Ok(o::table
        .filter(o::slot_id.eq(slot))
        .order((o::position, o::id))
        .load(c)?)
}
/// Adds an offer that is to be made; the id of the value is ignored.
pub fn insert_offer(c: &mut Conn, offer: &Offer) -> Result<OfferId> {
    Ok(diesel::insert_into(o::table)
        .values((
            o::slot_id.eq(offer.slot_id),
            o::position.eq(offer.position),
            o::source.eq(offer.source),
            o::source_id.eq(offer.source_id),
            o::patient_id.eq(offer.patient_id),
            o::service_id.eq(offer.service_id),
            o::minutes.eq(offer.minutes),
            o::starts_at.eq(offer.starts_at),
            o::notice_minutes.eq(offer.notice_minutes),
            o::appointment_id.eq(offer.appointment_id),
            o::state.eq(OfferState::Queued),
            o::answered_by.eq(""),
            o::created_at.eq(offer.created_at),
        ))
        .returning(o::id)
        .get_result(c)?)
}
/// It is made: until when it can be answered.
pub fn ask_offer(c: &mut Conn, id: OfferId, asked: Instant, until: Instant) -> Result<()> {
    diesel::update(o::table.find(id))
        .set((
            o::state.eq(OfferState::Asked),
            o::asked_at.eq(Some(asked)),
            o::expires_at.eq(Some(until)),
        ))
        .execute(c)?;
    Ok(())
}
/// What was answered, if nothing was before and it still stands in `from`. Whether it did.
pub fn answer_offer(
    c: &mut Conn,
    (now, by): (Instant, &str),
    id: OfferId,
    (from, to): (OfferState, OfferState),
    booked: Option<AppointmentId>,
) -> Result<bool> {
    let row = o::table.filter(o::id.eq(id).and(o::state.eq(from)));
    let changed = diesel::update(row)
        .set((
            o::state.eq(to),
            o::answered_at.eq(Some(now)),
            o::answered_by.eq(by),
            o::booked_id.eq(booked),
        ))
        .execute(c)?;
    Ok(changed == 1)
}
/// Ends all of a freed time that nobody has answered. Gives which.
pub fn end_offers(c: &mut Conn, slot: SlotId, state: OfferState) -> Result<Vec<OfferId>> {
    let open = o::slot_id
        .eq(slot)
        .and(o::state.eq_any([OfferState::Queued, OfferState::Asked]));
    let ids: Vec<OfferId> = o::table.filter(open).select(o::id).load(c)?;
    diesel::update(o::table.filter(o::id.eq_any(&ids)))
        .set(o::state.eq(state))
        .execute(c)?;
    Ok(ids)
}
/// Ends those of a freed time that were not answered in time. Gives which.
pub fn lapse_offers(c: &mut Conn, now: Instant, slot: SlotId) -> Result<Vec<OfferId>> {
    let late = o::slot_id
        .eq(slot)
        .and(o::state.eq(OfferState::Asked))
        .and(o::expires_at.le(now));
    let ids: Vec<OfferId> = o::table.filter(late).select(o::id).load(c)?;
    diesel::update(o::table.filter(o::id.eq_any(&ids)))
        .set(o::state.eq(OfferState::Lapsed))
        .execute(c)?;
    Ok(ids)
}
/// The freed times of which an answer is overdue.
pub fn slots_with_late(c: &mut Conn, now: Instant) -> Result<Vec<SlotId>> {
    Ok(o::table
        .filter(o::state.eq(OfferState::Asked).and(o::expires_at.le(now)))
        .select(o::slot_id)
        .distinct()
        .order(o::slot_id)
        .load(c)?)
}
/// Who came too late and took another time: noted once. Whether it was.
pub fn take_other(c: &mut Conn, now: Instant, offer: &Offer, booked: AppointmentId) -> Result<bool> {
    let row = o::table
        .filter(o::id.eq(offer.id).and(o::state.eq(offer.state)))
        .filter(o::booked_id.is_null());
    let changed = diesel::update(row)
        .set((o::booked_id.eq(Some(booked)), o::answered_at.eq(Some(now))))
        .execute(c)?;
    Ok(changed == 1)
}
/// Who does not want to be asked any more, from where and for what.
pub fn opted_out(c: &mut Conn, since: Instant) -> Result<Vec<(PatientId, Source, ServiceId)>> {
    Ok(o::table
        .filter(o::state.eq(OfferState::OptedOut).and(o::created_at.ge(since)))
        .select((o::patient_id, o::source, o::service_id))
        .load(c)?)
}
