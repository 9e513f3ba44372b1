//! Free times for patients, their limits, and booking within them.

mod confirm;
mod family;
mod request;

pub use confirm::confirm_request;
pub use family::{Relative, book_family, times_together};
pub(super) use request::{SENDS_MAX, Who, ask_for_proof, read_who, send_limits};
pub use request::{request, send_again};

use super::model::{Limit, breaks, limited};
use super::store::{self, SOURCE};
use crate::appointments::actions::{Booking, Place, book_in};
use crate::appointments::store::Except;
use crate::appointments::unscheduled::count_broken_since;
use crate::appointments::{Appointment, Found, Search, find_free};
use crate::clinic::{self, ProviderId, ServiceId, Snapshot};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::staff::Actor;

/// Longest note, in characters.
const NOTE_MAX: usize = 300;

/// The time somebody wants.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    /// For what.
    pub service: ServiceId,
    /// With whom; none: whoever does it and is free.
    pub provider: Option<ProviderId>,
    /// When.
    pub starts_at: Instant,
}

/// For what, and with whom; none: anyone who does it.
pub type Asks = (ServiceId, Option<ProviderId>);

/// What became of a booking by a patient.
#[derive(Debug, Clone)]
pub enum Confirmed<T = Box<Appointment>> {
    /// It is theirs.
    Booked(T),
    /// They have to call.
    Refused(Limit),
    /// Somebody else has the time.
    Taken,
}

/// Free times for patients from `search.first` on, by the service's notice and horizon.
///
/// # Errors
/// `NotFound` for a service that is not booked online.
pub fn times(c: &mut Conn, now: Instant, search: &Search) -> Result<Found> {
    let clinic = clinic::snapshot(c)?;
    is_open(&clinic, search.service)?;
    find_free(
        c,
        now,
        &Search {
            online: true,
            ..search.clone()
        },
    )
}

pub(super) fn is_open(clinic: &Snapshot, service: ServiceId) -> Result<()> {
    let bookable = clinic.online.open && clinic.bookable_online().iter().any(|s| s.id == service);
    bookable.then_some(()).ok_or(Error::NotFound("service"))
}

/// Why a patient does not book online; none: they may.
pub fn limit_of(c: &mut Conn, now: Instant, patient: PatientId) -> Result<Option<Limit>> {
    limit_with(c, now, patient, 0)
}

/// [`limit_of`] with so many visits more.
fn limit_with(c: &mut Conn, now: Instant, patient: PatientId, more: i64) -> Result<Option<Limit>> {
    let clinic = clinic::snapshot(c)?;
    let planned = store::count_planned(c, patient, now)? + more;
    let broken = count_broken_since(c, patient, clinic.online.broken_since(now))?;
    Ok(limited(&clinic.online, planned, broken))
}

/// Whether the patient of a visit may move it by themselves (once more).
pub fn may_move(c: &mut Conn, now: Instant, a: &Appointment) -> Result<bool> {
    let clinic = clinic::snapshot(c)?;
    let moves = store::count_own_moves(c, a.id)?;
    let broken = count_broken_since(c, a.patient_id, clinic.online.broken_since(now))?;
    Ok(moves < i64::from(clinic.online.moves_max) && !breaks(&clinic.online, broken))
}

/// What a patient says for the desk, from the field `note`.
pub(super) fn read_note(input: &Input, faults: &mut Faults) -> String {
    let note = input.get("note").to_owned();
    if note.chars().count() > NOTE_MAX {
        faults.add("note", "too_long", "最多 300 字", "At most 300 characters");
    }
    note
}

/// What the desk is to know, in the clinic's language: the complaint chosen (field `c`), and what else there is to say.
pub(super) fn note_of(clinic: &Snapshot, input: &Input, more: [String; 2]) -> String {
    let lang = clinic.site.language;
    let complaint = input.get("c").parse::<i64>().ok();
    let complaint = clinic.complaints.iter().find(|x| Some(x.id) == complaint);
    let parts = complaint.map(|x| x.name_in(lang).to_owned()).into_iter().chain(more);
    let parts: Vec<String> = parts.filter(|p| !p.is_empty()).collect();
    parts.join(lang.pick("；", "; "))
}

/// Who answers for a child; empty when nobody has to.
pub(super) fn guardian_in(lang: Lang, name: &str) -> String {
    match name {
        "" => String::new(),
        name => lang.pick(format!("监护人：{name}"), format!("Guardian: {name}")),
    }
}

/// Books for a patient who came by their own link. Fields: `note`, and `c`, the complaint.
///
/// # Errors
/// A fault at `note`; `NotFound` for a service that is not booked online.
pub async fn book_known(
    ctx: &Ctx,
    actor: Actor,
    patient: PatientId,
    asking: Asking,
    input: Input,
) -> Result<Confirmed> {
    let now = ctx.now();
    let done = ctx
        .db
        .write(move |c| {
            let clinic = clinic::snapshot(c)?;
            is_open(&clinic, asking.service)?;
            let mut faults = Faults::default();
            let said = read_note(&input, &mut faults);
            faults.finish()?;
            let note = note_of(&clinic, &input, [said, String::new()]);
            book_limited(c, now, &actor, (patient, note), asking, None)
        })
        .await;
    taken_is_no_error(done)
}

fn taken_is_no_error<T>(done: Result<Confirmed<T>>) -> Result<Confirmed<T>> {
    match done {
        Err(Error::Conflict { code: "slot_taken", .. }) => Ok(Confirmed::Taken),
        // Too near or too far by now.
        Err(Error::Invalid(faults)) if faults.iter().all(|f| f.field == "starts_at") => Ok(Confirmed::Taken),
        other => other,
    }
}

/// Books within the limits. A time that is held was in time when it was chosen; any other has to be now.
fn book_limited(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (patient, note): (PatientId, String),
    asking: Asking,
    hold: Option<String>,
) -> Result<Confirmed> {
    let place = Place::load(c, now, asking.service, asking.provider, None)?;
    place.take_turns(c, Some(patient))?;
    if let Some(why) = limit_of(c, now, patient)? {
        return Ok(Confirmed::Refused(why));
    }
    if hold.is_none() {
        let except = Except {
            patient: Some(patient),
            ..Except::default()
        };
        place.for_patients().place(c, asking.starts_at, except)?;
    }
    let booking = Booking {
        patient,
        service: asking.service,
        provider: asking.provider,
        chair: None,
        starts_at: asking.starts_at,
        minutes: None,
        note,
        source: SOURCE,
        tell: true,
        hold,
        overbook: None,
    };
    let booked = book_in(c, now, actor, &booking)?;
    Ok(Confirmed::Booked(Box::new(booked)))
}
