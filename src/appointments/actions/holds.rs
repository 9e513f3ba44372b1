//! Holding a time while it is being booked or offered, so that nobody else is told it is free.

use super::super::store::{self, Except, Hold, HoldId, HoldPurpose};
use super::place::{Place, with_next};
use crate::clinic::{ChairId, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, MINUTE_MS};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::ids::random_token;
use crate::staff::Actor;

/// How long the desk and patients hold a time while they fill in the form.
pub const HOLD_MS: i64 = 5 * MINUTE_MS;

/// A time that is to be held.
#[derive(Debug, Clone, Copy)]
pub struct HoldWish {
    /// For what.
    pub service: ServiceId,
    /// With whom; none: whoever does it and is free.
    pub provider: Option<ProviderId>,
    /// In which chair; none: in any that fits.
    pub chair: Option<ChairId>,
    /// When the visit would start.
    pub starts_at: Instant,
    /// How long; none: as the service says.
    pub minutes: Option<i32>,
    /// Whose other visits block it.
    pub patient: Option<PatientId>,
    /// For whom it is held.
    pub purpose: HoldPurpose,
    /// Until when.
    pub expires_at: Instant,
}

/// Holds a time until `expires_at`, instead of the time that `instead` holds, if any.
///
/// # Errors
/// Those of a booking: `slot_taken` with the next free times, or a fault at a field.
pub async fn hold(db: &Db, now: Instant, actor: Actor, wish: HoldWish, instead: Option<String>) -> Result<Hold> {
    let held = db
        .write(move |c| hold_in(c, now, &actor, &wish, instead.as_deref()))
        .await;
    with_next(db, now, held, move |c| {
        let mut place = Place::load(c, now, wish.service, wish.provider, wish.minutes)?.in_chair(wish.chair)?;
        if wish.purpose == HoldPurpose::Online {
            place = place.for_patients();
        }
        Ok((place, except(&wish, None)))
    })
    .await
}

fn except(wish: &HoldWish, hold: Option<HoldId>) -> Except {
    Except {
        patient: wish.patient,
        appointment: None,
        hold,
    }
}

/// [`hold`] inside a transaction.
pub fn hold_in(c: &mut Conn, now: Instant, actor: &Actor, wish: &HoldWish, instead: Option<&str>) -> Result<Hold> {
    let mut place = Place::load(c, now, wish.service, wish.provider, wish.minutes)?.in_chair(wish.chair)?;
    if wish.purpose == HoldPurpose::Online {
        place = place.for_patients();
    }
    place.check_start(now, wish.starts_at)?;
    place.take_turns(c, wish.patient)?;
    release_in(c, now, instead)?;
    let choice = place.place(c, wish.starts_at, except(wish, None))?;
    let busy = place.wish.taken(wish.starts_at);
    let mut hold = Hold {
        id: HoldId(0),
        token: random_token(),
        site_id: place.clinic.site.id,
        purpose: wish.purpose,
        user_id: actor.user,
        actor: actor.name.clone(),
        provider_id: choice.provider,
        chair_id: choice.chair,
        service_id: place.service.id,
        busy_from: busy.from,
        busy_until: busy.until,
        starts_at: wish.starts_at,
        created_at: now,
        expires_at: wish.expires_at,
        second_id: choice.second,
        second_parts: place.wish.second_parts(),
    };
    hold.id = store::insert_hold(c, &hold)?;
    Ok(hold)
}

/// Ends a hold before its time; one that is over already is as good.
pub fn release_in(c: &mut Conn, now: Instant, token: Option<&str>) -> Result<()> {
    match token.map(|t| store::find_hold(c, now, t)).transpose()?.flatten() {
        Some(held) => store::delete_hold(c, held.id),
        None => Ok(()),
    }
}
