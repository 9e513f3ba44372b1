//! Offering a freed time: whom to ask, how many at a time, how long they have; and ending it.

use super::super::cause::{KIND, OVER};
use super::super::model::{DEADLINES, Offer, OfferId, OfferState, Slot, SlotId, SlotState, Source, deadline};
use super::super::store;
use super::candidates::{Candidate, Filling, filling};
use crate::appointments::actions::{Place, release_in};
use crate::appointments::model::free::Span;
use crate::appointments::store::{Except, Hold, HoldId, HoldPurpose, insert_hold};
use crate::clinic;
use crate::messaging::{self, Cause, HOLD_MS, NewMessage, Purpose, send_time};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::ids::random_token;
use crate::staff::{Actor, Subject, audit};

/// As urgent as can be.
const PRIORITY: i32 = 1;
/// So many are asked about one time at most.
const ASKED_MAX: usize = 100;

/// Whom to ask, and how.
#[derive(Debug, Clone)]
pub struct Asking {
    /// Who, by [`Candidate::key`].
    pub who: Vec<String>,
    /// How many at a time.
    pub batch: i32,
    /// How long they have, in minutes.
    pub minutes: i32,
}

fn wrong_state() -> Error {
    Error::conflict(
        "wrong_state",
        "这个空档的情况刚有变化，请看最新状态",
        "This freed time has just changed. Look at how it stands now",
    )
}

fn note(c: &mut Conn, now: Instant, actor: &Actor, action: &str, id: SlotId) -> Result<()> {
    audit(c, now, actor, action, Subject::of("freed_slots", id.0), "")
}

/// A freed time, and the version in which somebody saw it; none: they act on how it stands.
pub type Seen = (SlotId, Option<i64>);

/// The time, if it is as it was seen.
fn as_seen(c: &mut Conn, (id, version): Seen) -> Result<Slot> {
    let slot = store::get_slot(c, id)?;
    if version.is_some_and(|v| v != slot.version) {
        return Err(Error::stale());
    }
    Ok(slot)
}

/// Begins to offer a time to those chosen, in the order in which they are ranked. It is held meanwhile.
///
/// # Errors
/// Faults at `who`, `batch`, `minutes`; `stale`, and `wrong_state` when it is not open any more.
pub fn start(c: &mut Conn, now: Instant, actor: &Actor, seen: Seen, asking: &Asking) -> Result<()> {
    check(asking)?;
    let id = as_seen(c, seen)?.id;
    let found = filling(c, now, id)?;
    lock(c, now, &found)?;
    // Whoever booked there meanwhile is seen now.
    let found = filling(c, now, id)?;
    let chosen: Vec<&Candidate> = found
        .candidates
        .iter()
        .filter(|x| asking.who.contains(&x.key()))
        .collect();
    if chosen.is_empty() {
        return Err(Error::field(
            "who",
            "not_available",
            "所选的人已不合适或已被询问，请重新选择",
            "Those chosen do not fit any more, or have been asked. Choose again",
        ));
    }
    let before = store::offers_of(c, id)?.len();
    for (x, position) in chosen.iter().zip(before..) {
        store::insert_offer(c, &offer_to(now, id, i32::try_from(position).unwrap_or(i32::MAX), x))?;
    }
    let token = hold(c, now, actor, &found.slot, &chosen)?;
    let slot = Slot {
        state: SlotState::Offering,
        nobody: false,
        batch: asking.batch,
        deadline_minutes: asking.minutes,
        hold_token: Some(token),
        ..found.slot
    };
    if !store::set_slot(c, now, &slot, SlotState::Open)? {
        return Err(wrong_state());
    }
    note(c, now, actor, "offer", id)?;
    ask_next(c, now, &slot, HOLD_MS)
}

fn check(asking: &Asking) -> Result<()> {
    if asking.who.is_empty() || asking.who.len() > ASKED_MAX {
        let (zh, en) = ("请勾选要询问的人", "Tick whom to ask");
        return Err(Error::field("who", "required", zh, en));
    }
    if !DEADLINES.contains(&asking.minutes) {
        let (zh, en) = ("应为 5 到 1440 分钟", "From 5 to 1440 minutes");
        return Err(Error::field("minutes", "out_of_range", zh, en));
    }
    if !(1..=100).contains(&asking.batch) {
        return Err(Error::field("batch", "out_of_range", "应为 1 到 100", "From 1 to 100"));
    }
    Ok(())
}

/// Bookings of the same provider and chair wait until the hold is there.
fn lock(c: &mut Conn, now: Instant, found: &Filling) -> Result<()> {
    let provider = Some(found.slot.provider_id);
    match found.candidates.first() {
        Some(x) => Place::load(c, now, x.service, provider, None)?.take_turns(c, None),
        None => Ok(()),
    }
}

fn offer_to(now: Instant, slot_id: SlotId, position: i32, x: &Candidate) -> Offer {
    Offer {
        id: OfferId(0),
        slot_id,
        position,
        source: x.source,
        source_id: x.source_id,
        patient_id: x.patient.id,
        service_id: x.service,
        minutes: x.minutes,
        starts_at: x.starts_at,
        notice_minutes: x.notice_minutes,
        appointment_id: x.appointment,
        state: OfferState::Queued,
        asked_at: None,
        expires_at: None,
        answered_at: None,
        answered_by: String::new(),
        booked_id: None,
        created_at: now,
    }
}

/// Holds all that those chosen would take. It is let go by what ends the offering; at the latest when the time has come.
fn hold(c: &mut Conn, now: Instant, actor: &Actor, slot: &Slot, chosen: &[&Candidate]) -> Result<String> {
    let mut taken: Option<Span> = None;
    let mut second = (None, slot.starts_at, String::new());
    for x in chosen {
        let place = Place::load(c, now, x.service, Some(slot.provider_id), Some(x.minutes))?;
        let t = place.wish.taken(x.starts_at);
        // Whoever is asked first keeps whoever would help.
        if second.0.is_none() && place.wish.second.is_some() {
            let except = Except {
                patient: Some(x.patient.id),
                appointment: x.appointment,
                hold: None,
            };
            let helper = place.place(c, x.starts_at, except)?.second;
            second = (helper, x.starts_at, place.wish.second_parts());
        }
        taken = Some(taken.map_or(t, |all| Span {
            from: all.from.min(t.from),
            until: all.until.max(t.until),
        }));
    }
    let span = taken.unwrap_or_else(|| slot.span());
    let held = Hold {
        id: HoldId(0),
        token: random_token(),
        site_id: slot.site_id,
        purpose: HoldPurpose::Offer,
        user_id: actor.user,
        actor: actor.name.clone(),
        provider_id: slot.provider_id,
        chair_id: slot.chair_id,
        service_id: slot.service_id,
        busy_from: span.from,
        busy_until: span.until,
        starts_at: second.1,
        created_at: now,
        expires_at: span.until,
        second_id: second.0,
        second_parts: second.2,
    };
    insert_hold(c, &held)?;
    Ok(held.token)
}

/// Asks the next of those queued; when nobody is left, the time is given free again and the desk sees it.
pub(super) fn ask_next(c: &mut Conn, now: Instant, slot: &Slot, held_ms: i64) -> Result<()> {
    let zone = clinic::get_site(c, slot.site_id)?.tz();
    let offers = store::offers_of(c, slot.id)?;
    if offers.iter().any(|o| o.state == OfferState::Asked) {
        return Ok(());
    }
    let batch = usize::try_from(slot.batch).unwrap_or(1);
    let manners = messaging::manners(c)?;
    let mut asked = 0;
    for offer in offers.iter().filter(|o| o.state == OfferState::Queued) {
        if asked >= batch {
            break;
        }
        let purpose = purpose_of(offer.source);
        let due = send_time(manners.window(purpose), zone, now + held_ms);
        let until = deadline(due, slot.deadline_minutes, offer.starts_at, offer.notice_minutes);
        let Some(until) = until else {
            let late = (OfferState::Queued, OfferState::Lapsed);
            store::answer_offer(c, (now, ""), offer.id, late, None)?;
            continue;
        };
        store::ask_offer(c, offer.id, due, until)?;
        messaging::queue(c, now, &message(offer, purpose, (due, until)))?;
        asked += 1;
    }
    if asked == 0 {
        end(c, now, slot, SlotState::Open, true)
    } else {
        Ok(())
    }
}

/// Who waits has asked for it; who is due for a check-up has only agreed to be told.
fn purpose_of(source: Source) -> Purpose {
    match source {
        Source::Waiting | Source::Unscheduled => Purpose::Offer,
        Source::Recall => Purpose::Recall,
    }
}

fn message(offer: &Offer, purpose: Purpose, (due_at, expires_at): (Instant, Instant)) -> NewMessage {
    NewMessage {
        dedupe_key: format!("slot-offer:{}", offer.id),
        patient: offer.patient_id,
        cause: Cause {
            kind: KIND.into(),
            id: Some(offer.id.0),
            version: None,
        },
        purpose,
        template: "slot-offer".into(),
        carrier: None,
        due_at,
        expires_at,
        priority: PRIORITY,
    }
}

/// Messages of offers that are over are not sent.
pub(super) fn withdraw(c: &mut Conn, now: Instant, offers: &[OfferId]) -> Result<()> {
    for id in offers {
        messaging::cancel_for(c, now, KIND, id.0, OVER)?;
    }
    Ok(())
}

/// Ends the offering of a time: nobody can accept any more, and it is not held any more.
pub(super) fn end(c: &mut Conn, now: Instant, slot: &Slot, to: SlotState, nobody: bool) -> Result<()> {
    let after = Slot {
        state: to,
        nobody,
        hold_token: None,
        ..slot.clone()
    };
    if !store::set_slot(c, now, &after, slot.state)? {
        return Err(wrong_state());
    }
    release_in(c, now, slot.hold_token.as_deref())?;
    let over = store::end_offers(c, slot.id, OfferState::Over)?;
    withdraw(c, now, &over)
}

/// Nothing more is to be done about a time.
pub(super) fn close(c: &mut Conn, now: Instant, slot: &Slot) -> Result<()> {
    end(c, now, slot, SlotState::Closed, slot.nobody)
}

/// The desk ends the offering; the time can be offered to others.
///
/// # Errors
/// `stale`; `wrong_state` when it is not being offered.
pub fn stop(c: &mut Conn, now: Instant, actor: &Actor, seen: Seen) -> Result<()> {
    let slot = as_seen(c, seen)?;
    if slot.state != SlotState::Offering {
        return Err(wrong_state());
    }
    end(c, now, &slot, SlotState::Open, false)?;
    note(c, now, actor, "stop", slot.id)
}

/// The desk does not want to fill the time.
///
/// # Errors
/// `stale`; `wrong_state` when nothing is to be filled any more.
pub fn dismiss(c: &mut Conn, now: Instant, actor: &Actor, seen: Seen) -> Result<()> {
    let slot = as_seen(c, seen)?;
    if !matches!(slot.state, SlotState::Open | SlotState::Offering) {
        return Err(wrong_state());
    }
    close(c, now, &slot)?;
    note(c, now, actor, "dismiss", slot.id)
}
