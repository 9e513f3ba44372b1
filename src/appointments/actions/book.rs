//! Booking.

use super::super::model::{Action, Appointment, AppointmentId, Before, Status};
use super::super::store::{self, Except};
use super::super::waiting;
use super::place::{Choice, Place, overlap_as_taken, with_next};
use super::steps::note;
use super::{NOTE_MAX, notices, release_in};
use crate::clinic::{ChairId, ProviderId, ServiceId};
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::records::plan::{PlanItemId, book_item};
use crate::staff::Actor;

/// A booking that is wanted.
#[derive(Debug, Clone)]
pub struct Booking {
    /// Who comes.
    pub patient: PatientId,
    /// For what.
    pub service: ServiceId,
    /// To whom; none: whoever does the service and is free.
    pub provider: Option<ProviderId>,
    /// In which chair; none: in any that fits.
    pub chair: Option<ChairId>,
    /// When.
    pub starts_at: Instant,
    /// How long; none: as the service says.
    pub minutes: Option<i32>,
    /// For colleagues.
    pub note: String,
    /// desk, api, …
    pub source: &'static str,
    /// Whether the patient is told.
    pub tell: bool,
    /// The token of one's own hold of this time.
    pub hold: Option<String>,
    /// Why it is put over whatever is in the way; none: it is not.
    pub overbook: Option<String>,
}

/// Books. Of any number of simultaneous bookings for one time exactly one succeeds; the others get `slot_taken` (409) with
/// the next free times in `next`.
pub async fn book(db: &Db, now: Instant, actor: Actor, booking: Booking) -> Result<Appointment> {
    let patient = booking.patient;
    book_for(db, now, actor, (booking, None), move |_| Ok(patient)).await
}

/// [`book`] for a patient whom `patient` finds or makes in the same transaction (the booking's own is ignored), and for an
/// item of that patient's treatment plan.
pub async fn book_for<F>(
    db: &Db,
    now: Instant,
    actor: Actor,
    (booking, item): (Booking, Option<PlanItemId>),
    patient: F,
) -> Result<Appointment>
where
    F: FnOnce(&mut Conn) -> Result<PatientId> + Send + 'static,
{
    let wanted = booking.clone();
    // In a crowd most come for what has just been taken: they need not wait for their turn to be told.
    let gone = if db.is_crowded() && booking.hold.is_none() && booking.overbook.is_none() {
        let look = booking.clone();
        db.read(move |c| find_gone(c, now, &look)).await?
    } else {
        None
    };
    let book = move |c: &mut Conn| {
        let patient = patient(c)?;
        book_planned(c, now, &actor, &Booking { patient, ..booking }, item)
    };
    let booked = match gone {
        Some(taken) => Err(taken),
        None => db.write(book).await,
    };
    let except = Except {
        patient: Some(wanted.patient),
        ..Except::default()
    };
    with_next(db, now, booked, move |c| {
        let place = Place::load(c, now, wanted.service, wanted.provider, wanted.minutes)?.in_chair(wanted.chair)?;
        Ok((place, except))
    })
    .await
}

/// The refusal, when everybody who could be asked for is taken by now.
fn find_gone(c: &mut Conn, now: Instant, b: &Booking) -> Result<Option<Error>> {
    let place = Place::load(c, now, b.service, b.provider, b.minutes)?.in_chair(b.chair)?;
    place.check_start(now, b.starts_at)?;
    let placed = place.place(c, b.starts_at, Except::default());
    Ok(placed.err().filter(|e| e.code() == "slot_taken"))
}

/// Deliberate overbooking is a permission of the account, and says why.
pub(super) fn may_overbook(actor: &Actor, reason: &str) -> Result<()> {
    if !actor.may_overbook {
        return Err(Error::Forbidden);
    }
    match reason.trim().chars().count() {
        0 => Err(Error::field(
            "overbook",
            "required",
            "请填写加号原因",
            "Say why this is booked over others",
        )),
        n if n > NOTE_MAX => Err(Error::field(
            "overbook",
            "too_long",
            "原因太长",
            "The reason is too long",
        )),
        _ => Ok(()),
    }
}

/// [`book`] inside a transaction, for callers that make the patient in the same one.
pub fn book_in(c: &mut Conn, now: Instant, actor: &Actor, b: &Booking) -> Result<Appointment> {
    book_as(c, now, actor, b, (None, None))
}

/// [`book_in`] for an item of the patient's treatment plan.
pub(super) fn book_planned(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    b: &Booking,
    item: Option<PlanItemId>,
) -> Result<Appointment> {
    book_as(c, now, actor, b, (None, item))
}

/// [`book_in`] for a patient who is here since `arrived_at`.
pub(in crate::appointments) fn book_here(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    b: &Booking,
    arrived_at: Instant,
) -> Result<Appointment> {
    book_as(c, now, actor, b, (Some(arrived_at), None))
}

fn book_as(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    b: &Booking,
    (here, item): (Option<Instant>, Option<PlanItemId>),
) -> Result<Appointment> {
    if b.note.chars().count() > NOTE_MAX {
        return Err(Error::field(
            "note",
            "too_long",
            format!("备注最多 {NOTE_MAX} 个字"),
            format!("A note has at most {NOTE_MAX} characters"),
        ));
    }
    let patient = patients::find_patient(c, b.patient)?
        .ok_or_else(|| Error::field("patient_id", "unknown", "没有这位患者", "There is no such patient"))?;
    let place = Place::load(c, now, b.service, b.provider, b.minutes)?.in_chair(b.chair)?;
    place.check_start(now, b.starts_at)?;
    place.take_turns(c, Some(patient.id))?;
    release_in(c, now, b.hold.as_deref())?;
    let except = Except {
        patient: Some(patient.id),
        ..Except::default()
    };
    let (choice, over) = match &b.overbook {
        Some(reason) => {
            may_overbook(actor, reason)?;
            place.place_over(c, b.starts_at, except)?
        }
        None => (place.place(c, b.starts_at, except)?, false),
    };
    let mut a = blank(now, actor, &place, b, choice);
    a.overbooked = b.overbook.as_ref().filter(|_| over).map(|r| r.trim().to_owned());
    if here.is_some() {
        (a.status, a.arrived_at) = (Status::Arrived, here);
    }
    a.id = store::insert_appointment(c, &a).map_err(overlap_as_taken)?;
    let before = Before {
        status: Status::Cancelled,
        stamps: [None; 3],
        ..a.before()
    };
    note(c, now, actor, &a, Action::Book, &before)?;
    waiting::after_step(c, now, &a, Action::Book, &before)?;
    book_item(c, now, actor, (a.id.0, a.patient_id, a.service_id), item)?;
    if b.tell {
        notices::tell(c, now, &a, Action::Book)?;
    }
    Ok(a)
}

/// The row of a booking, before it is stored.
fn blank(now: Instant, actor: &Actor, place: &Place, b: &Booking, choice: Choice) -> Appointment {
    let (visit, busy) = (place.wish.visit(b.starts_at), place.wish.taken(b.starts_at));
    let mut a = Appointment {
        id: AppointmentId(0),
        site_id: place.clinic.site.id,
        patient_id: b.patient,
        provider_id: choice.provider,
        chair_id: choice.chair,
        service_id: place.service.id,
        starts_at: visit.from,
        ends_at: visit.until,
        busy_from: busy.from,
        busy_until: busy.until,
        status: Status::Booked,
        note: b.note.trim().to_owned(),
        cancel_reason: None,
        source: b.source.to_owned(),
        version: 1,
        arrived_at: None,
        seated_at: None,
        finished_at: None,
        created_by: actor.user,
        created_at: now,
        updated_at: now,
        provider_parts: String::new(),
        second_id: None,
        second_parts: String::new(),
        overbooked: None,
        left_at: None,
    };
    place.staff(&mut a, choice);
    a
}
