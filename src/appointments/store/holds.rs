//! Times that somebody is about to book, or has been offered.

use diesel::prelude::*;

use super::super::model::Appointment;
use super::super::model::free::{Span, parts_from};
use crate::clinic::{ChairId, Parts, ProviderId, ServiceId, SiteId};
use crate::platform::clock::Instant;
use crate::platform::db::schema::holds;
use crate::platform::db::{Conn, text_enum};
use crate::platform::error::{Error, Result};
use crate::platform::ids::id_type;
use crate::staff::UserId;

id_type! {
    /// Row id of a hold.
    HoldId
}

text_enum! {
    /// For whom a time is held.
    HoldPurpose {
        /// A colleague at the desk.
        Desk = "desk",
        /// A patient on their own page.
        Online = "online",
        /// Somebody of the waiting list who has been offered it.
        Offer = "offer",
    }
}

/// A time that is held. It ends by itself: one whose time is over blocks nothing, whether it is still stored or not.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Hold {
    /// Row id.
    pub id: HoldId,
    /// Names it to whoever holds it.
    pub token: String,
    /// Where.
    pub site_id: SiteId,
    /// For whom.
    pub purpose: HoldPurpose,
    /// The account that holds it.
    pub user_id: Option<UserId>,
    /// Their name.
    pub actor: String,
    /// With whom.
    pub provider_id: ProviderId,
    /// In which chair.
    pub chair_id: ChairId,
    /// For what.
    pub service_id: ServiceId,
    /// Taken from.
    pub busy_from: Instant,
    /// Taken until.
    pub busy_until: Instant,
    /// When the visit would start.
    pub starts_at: Instant,
    /// Since when.
    pub created_at: Instant,
    /// Until when.
    pub expires_at: Instant,
    /// Who would help.
    pub second_id: Option<ProviderId>,
    /// When they would, in minutes from the start; empty: nobody would.
    pub second_parts: String,
}

impl Hold {
    /// When the second person would be needed.
    ///
    /// # Errors
    /// Parts that nobody could have stored.
    pub fn second_spans(&self) -> Result<Vec<Span>> {
        if self.second_id.is_none() || self.second_parts.is_empty() {
            return Ok(Vec::new());
        }
        let parts = Parts::parse(&self.second_parts).map_err(|e| Error::Internal(e.en))?;
        Ok(parts_from(&parts, self.starts_at, self.span()))
    }
    /// What it takes.
    pub fn span(&self) -> Span {
        Span {
            from: self.busy_from,
            until: self.busy_until,
        }
    }
}

/// Holds a time; the id of the value is ignored.
pub fn insert_hold(c: &mut Conn, h: &Hold) -> Result<HoldId> {
    Ok(diesel::insert_into(holds::table)
        .values((
            holds::token.eq(&h.token),
            holds::site_id.eq(h.site_id),
            holds::purpose.eq(h.purpose),
            holds::user_id.eq(h.user_id),
            holds::actor.eq(&h.actor),
            holds::provider_id.eq(h.provider_id),
            holds::chair_id.eq(h.chair_id),
            holds::service_id.eq(h.service_id),
            holds::busy_from.eq(h.busy_from),
            holds::busy_until.eq(h.busy_until),
            holds::starts_at.eq(h.starts_at),
            holds::created_at.eq(h.created_at),
            holds::expires_at.eq(h.expires_at),
            holds::second_id.eq(h.second_id),
            holds::second_parts.eq(&h.second_parts),
        ))
        .returning(holds::id)
        .get_result(c)?)
}
/// The hold of a token, while it lasts.
pub fn find_hold(c: &mut Conn, now: Instant, token: &str) -> Result<Option<Hold>> {
    Ok(holds::table
        .filter(holds::token.eq(token).and(holds::expires_at.gt(now)))
        .first(c)
        .optional()?)
}
/// Holds that last and touch `[from, until)`.
pub fn list_holds(c: &mut Conn, now: Instant, (from, until): (Instant, Instant)) -> Result<Vec<Hold>> {
    Ok(holds::table
        .filter(holds::expires_at.gt(now))
        .filter(holds::busy_until.gt(from).and(holds::busy_from.lt(until)))
        .order(holds::busy_from)
        .load(c)?)
}
/// Ends a hold.
pub fn delete_hold(c: &mut Conn, id: HoldId) -> Result<()> {
    diesel::delete(holds::table.find(id)).execute(c)?;
    Ok(())
}
/// Ends what the desk and patients hold of the time that a visit takes: it has come back to it. Whose hold it was is told so
/// when they book. What is offered from the waiting list ends with its offers.
pub fn end_holds_over(c: &mut Conn, a: &Appointment) -> Result<()> {
    let people: Vec<ProviderId> = std::iter::once(a.provider_id).chain(a.second_id).collect();
    let of_theirs = holds::chair_id
        .eq(a.chair_id)
        .or(holds::provider_id.eq_any(people.clone()))
        .or(holds::second_id.eq_any(people));
    let over = holds::table
        .filter(holds::purpose.ne(HoldPurpose::Offer))
        .filter(holds::busy_until.gt(a.busy_from).and(holds::busy_from.lt(a.busy_until)))
        .filter(of_theirs);
    diesel::delete(over).execute(c)?;
    Ok(())
}
/// Forgets those whose time is over.
pub fn purge_holds(c: &mut Conn, now: Instant) -> Result<usize> {
    Ok(diesel::delete(holds::table.filter(holds::expires_at.le(now))).execute(c)?)
}
