//! Answers to an offer. Of any number who accept at the same moment one gets the time: the row of the freed time changes its
//! state once, in the transaction that books.

use super::super::model::{Entry, EntryId, EntryState, Offer, OfferId, OfferState, Slot, SlotState, Source};
use super::super::store;
use super::ask::{ask_next, withdraw};
use crate::appointments::actions::{Booking, Place, Search, Step, Target, book_in, find_free, move_in, release_in};
use crate::appointments::model::Action;
use crate::appointments::model::suggest::{Free, spread};
use crate::appointments::store::Except;
use crate::appointments::{Appointment, find_appointment, get_appointment};
use crate::clinic;
use crate::platform::clock::{HOUR_MS, Instant};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::staff::{Actor, Subject, audit};

/// Other times are looked for over so many days …
const OTHER_DAYS: u32 = 30;
/// … and not sooner than this.
const OTHER_FROM_MS: i64 = 2 * HOUR_MS;

/// What an acceptance came to.
#[derive(Debug, Clone)]
pub enum Answered {
    /// The time is theirs.
    Booked(Box<Appointment>),
    /// Somebody was faster, or it was too late.
    Taken,
}

/// Accepts an offer.
pub async fn accept(db: &Db, now: Instant, actor: Actor, id: OfferId) -> Result<Answered> {
    let done = db.write(move |c| accept_in(c, now, &actor, id)).await;
    match done {
        // The time is not free for this patient after all: to them that is the same.
        Err(Error::Conflict { code: "slot_taken", .. }) => Ok(Answered::Taken),
        other => other,
    }
}

/// [`accept`] inside a transaction.
pub fn accept_in(c: &mut Conn, now: Instant, actor: &Actor, id: OfferId) -> Result<Answered> {
    let offer = store::get_offer(c, id)?;
    if let (OfferState::Accepted, Some(booked)) = (offer.state, offer.booked_id) {
        return Ok(Answered::Booked(Box::new(get_appointment(c, booked)?)));
    }
    let open = offer.state == OfferState::Asked && offer.expires_at.is_some_and(|until| now < until);
    if !open {
        return Ok(Answered::Taken);
    }
    let slot = store::get_slot(c, offer.slot_id)?;
    let place = Place::load(c, now, offer.service_id, Some(slot.provider_id), Some(offer.minutes))?;
    place.take_turns(c, Some(offer.patient_id))?;
    let filled = Slot {
        state: SlotState::Filled,
        nobody: false,
        hold_token: None,
        ..slot.clone()
    };
    if !store::set_slot(c, now, &filled, SlotState::Offering)? {
        return Ok(Answered::Taken);
    }
    release_in(c, now, slot.hold_token.as_deref())?;
    let to = Free {
        start: offer.starts_at,
        provider: slot.provider_id,
        chair: slot.chair_id,
    };
    let booked = put(c, now, actor, &offer, to)?;
    let answer = (OfferState::Asked, OfferState::Accepted);
    if !store::answer_offer(c, (now, &actor.name), id, answer, Some(booked.id))? {
        return Err(Error::stale());
    }
    let others = store::end_offers(c, slot.id, OfferState::Over)?;
    withdraw(c, now, &others)?;
    settle_entry(c, now, actor, &offer, &booked)?;
    note(c, now, actor, "accept", &offer)?;
    Ok(Answered::Booked(Box::new(booked)))
}

fn note(c: &mut Conn, now: Instant, actor: &Actor, action: &str, offer: &Offer) -> Result<()> {
    let subject = Subject::of_patient("slot_offers", offer.id.0, offer.patient_id.0);
    audit(c, now, actor, action, subject, &format!("freed time {}", offer.slot_id))
}

/// Books, or moves the visit that was to be earlier, through the same doors as the desk.
fn put(c: &mut Conn, now: Instant, actor: &Actor, offer: &Offer, to: Free) -> Result<Appointment> {
    let visit = match offer.appointment_id {
        Some(id) => find_appointment(c, id)?.filter(|a| a.status.is_planned()),
        None => None,
    };
    if let Some(visit) = visit {
        let step = Step {
            id: visit.id,
            version: visit.version,
            action: Action::Move,
        };
        let target = Target {
            starts_at: to.start,
            provider: Some(to.provider),
            chair: None,
            minutes: Some(offer.minutes),
            overbook: None,
        };
        return move_in(c, now, actor, step, &target);
    }
    let booking = Booking {
        patient: offer.patient_id,
        service: offer.service_id,
        provider: Some(to.provider),
        chair: None,
        starts_at: to.start,
        minutes: Some(offer.minutes),
        note: String::new(),
        source: "waiting-list",
        tell: true,
        hold: None,
        overbook: None,
    };
    book_in(c, now, actor, &booking)
}

/// Whoever got a time does not wait any more.
fn settle_entry(c: &mut Conn, now: Instant, actor: &Actor, offer: &Offer, booked: &Appointment) -> Result<()> {
    if offer.source != Source::Waiting {
        return Ok(());
    }
    let id = EntryId(offer.source_id);
    if store::end_entry(c, now, id, EntryState::Booked, Some(booked.id))? {
        let subject = Subject::of_patient("waiting_entries", id.0, offer.patient_id.0);
        audit(c, now, actor, "book", subject, &format!("appointment {}", booked.id))?;
    }
    Ok(())
}

/// Declines an offer; `never`: and does not want to be asked for this any more. The next one is asked when nobody else's
/// answer is awaited. Declining what is over changes nothing but the wish not to be asked.
pub async fn decline(db: &Db, now: Instant, actor: Actor, id: OfferId, never: bool) -> Result<()> {
    db.write(move |c| decline_in(c, now, &actor, id, never)).await
}

/// [`decline`] inside a transaction.
pub fn decline_in(c: &mut Conn, now: Instant, actor: &Actor, id: OfferId, never: bool) -> Result<()> {
    let offer = store::get_offer(c, id)?;
    let state = if never {
        OfferState::OptedOut
    } else {
        OfferState::Declined
    };
    // First the time itself: whoever accepts at this moment does the same.
    let offering = store::touch_slot(c, now, offer.slot_id, SlotState::Offering)?;
    let from = match offer.state {
        OfferState::Asked => OfferState::Asked,
        OfferState::Declined | OfferState::Lapsed | OfferState::Over if never => offer.state,
        _ => return Ok(()),
    };
    if !store::answer_offer(c, (now, &actor.name), id, (from, state), None)? {
        return Ok(());
    }
    if never && offer.source == Source::Waiting {
        let entry = EntryId(offer.source_id);
        if store::end_entry(c, now, entry, EntryState::Withdrawn, None)? {
            let subject = Subject::of_patient("waiting_entries", entry.0, offer.patient_id.0);
            audit(c, now, actor, "withdraw", subject, "by the patient's link")?;
        }
    }
    withdraw(c, now, &[id])?;
    note(c, now, actor, state.as_str(), &offer)?;
    if offering {
        let slot = store::get_slot(c, offer.slot_id)?;
        ask_next(c, now, &slot, 0)?;
    }
    Ok(())
}

/// Free times for whoever came too late: those that suit what they wait for; failing that, any.
fn other_times(c: &mut Conn, now: Instant, offer: &Offer) -> Result<Vec<Free>> {
    let entry: Option<Entry> = match offer.source {
        Source::Waiting => Some(store::get_entry(c, EntryId(offer.source_id))?),
        Source::Unscheduled | Source::Recall => None,
    };
    let zone = clinic::the_site(c)?.tz();
    let search = Search {
        service: offer.service_id,
        provider: entry.as_ref().and_then(|e| e.provider_id),
        minutes: Some(offer.minutes),
        first: now.day(zone),
        days: OTHER_DAYS,
        except: Except {
            patient: Some(offer.patient_id),
            appointment: offer.appointment_id,
            hold: None,
        },
        online: false,
    };
    let found = find_free(c, now + OTHER_FROM_MS, &search)?.free;
    let suits = |f: &Free| entry.as_ref().is_none_or(|e| e.lets(zone, f.start, None));
    let wanted: Vec<Free> = found.iter().copied().filter(suits).collect();
    let mut times = if wanted.is_empty() { found } else { wanted };
    times.dedup_by_key(|f| f.start);
    Ok(times)
}

/// Some of `other_times` that give a choice of days and of mornings and afternoons.
pub fn some_other_times(c: &mut Conn, now: Instant, offer: &Offer, limit: usize) -> Result<Vec<Instant>> {
    let zone = clinic::the_site(c)?.tz();
    let free: Vec<Instant> = other_times(c, now, offer)?.iter().map(|f| f.start).collect();
    Ok(spread(&free, zone, limit))
}

/// Whoever came too late takes another time. None: it has just been taken, too.
pub async fn take_other_time(
    db: &Db,
    now: Instant,
    actor: Actor,
    (id, start): (OfferId, Instant),
) -> Result<Option<Appointment>> {
    let done = db
        .write(move |c| {
            let offer = store::get_offer(c, id)?;
            let late = matches!(offer.state, OfferState::Lapsed | OfferState::Over | OfferState::Asked);
            let to = other_times(c, now, &offer)?.into_iter().find(|f| f.start == start);
            let (true, None, Some(to)) = (late, offer.booked_id, to) else {
                return Ok(None);
            };
            let booked = put(c, now, &actor, &offer, to)?;
            // Pressed twice at the same moment: once is enough.
            if !store::take_other(c, now, &offer, booked.id)? {
                return Err(Error::stale());
            }
            settle_entry(c, now, &actor, &offer, &booked)?;
            note(c, now, &actor, "other-time", &offer)?;
            Ok(Some(booked))
        })
        .await;
    match done {
        Err(Error::Conflict { .. }) => Ok(None),
        other => other,
    }
}
