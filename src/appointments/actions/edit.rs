//! Editing a visit: what it is for, how long, what colleagues are to know.

use super::super::model::{Action, Appointment, AppointmentId, Status};
use super::super::store;
use super::NOTE_MAX;
use super::cancel::drop_empty_record;
use super::moving::{but_itself, place_again, put};
use super::place::{Place, with_next};
use super::steps::{Step, begin, finish_step, wrong_state};
use crate::clinic::ServiceId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::staff::Actor;

/// What is to be changed of a visit; none: stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// For what.
    pub service: Option<ServiceId>,
    /// How long; none: of another service its own length.
    pub minutes: Option<i32>,
    /// For colleagues.
    pub note: Option<String>,
    /// Why it is put over whatever is in the way; none: it is not.
    pub overbook: Option<String>,
}

impl Edit {
    /// Where `a` needs another place for it: the service, and the minutes if they are said.
    fn asks(&self, a: &Appointment) -> Option<(ServiceId, Option<i32>)> {
        let service = self.service.unwrap_or(a.service_id);
        let other = service != a.service_id;
        let present = i32::try_from(a.minutes()).ok();
        let minutes = self.minutes.or(if other { None } else { present });
        (other || minutes != present).then_some((service, minutes))
    }
}

/// Changes a visit that is booked. Another service or length has to fit where the visit is, by all the rules of booking; the
/// time, the provider, and all that belongs to the visit stay, and the patient is not told.
///
/// # Errors
/// `slot_taken` with other times where it does not fit; `wrong_state`, `record_begun`; faults of fields.
pub async fn edit(
    db: &Db,
    now: Instant,
    actor: Actor,
    (id, version): (AppointmentId, i64),
    edit: Edit,
) -> Result<Appointment> {
    let wanted = edit.clone();
    let step = Step {
        id,
        version,
        action: Action::Edit,
    };
    let done = db.write(move |c| edit_in(c, now, &actor, step, &edit)).await;
    with_next(db, now, done, move |c| {
        let a = store::get_appointment(c, id)?;
        let (service, minutes) = wanted.asks(&a).unwrap_or((a.service_id, None));
        let place = Place::load(c, now, service, Some(a.provider_id), minutes)?;
        Ok((place, but_itself(&a)))
    })
    .await
}

fn edit_in(c: &mut Conn, now: Instant, actor: &Actor, step: Step, edit: &Edit) -> Result<Appointment> {
    let mut a = begin(c, step)?;
    let before = a.before();
    let asked = edit.asks(&a);
    if let Some((service, minutes)) = asked {
        replace(c, now, actor, &mut a, (service, minutes, edit.overbook.as_deref()))?;
    }
    let note = edit.note.as_ref().map(|n| n.trim().to_owned());
    if note.as_ref().is_some_and(|n| n.chars().count() > NOTE_MAX) {
        return Err(Error::field(
            "note",
            "too_long",
            format!("备注最多 {NOTE_MAX} 个字"),
            format!("A note has at most {NOTE_MAX} characters"),
        ));
    }
    let same = asked.is_none() && note.as_ref().is_none_or(|n| *n == a.note);
    if same {
        return Ok(a);
    }
    a.note = note.unwrap_or(a.note);
    finish_step(c, now, actor, a, step, &before)
}

/// Puts another service or length where the visit is.
fn replace(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    a: &mut Appointment,
    (service, minutes, overbook): (ServiceId, Option<i32>, Option<&str>),
) -> Result<()> {
    if !a.status.is_planned() && a.status != Status::Arrived {
        return Err(wrong_state(a));
    }
    if service != a.service_id {
        let written = Text::new(
            "病历已经开始写，不能改项目",
            "The visit's record has been begun: what it is for cannot be changed",
        );
        drop_empty_record(c, now, actor, a, written)?;
    }
    let mut place = Place::load(c, now, service, Some(a.provider_id), minutes).map_err(at_service)?;
    // It is there already, also if it should have begun by now.
    place.wish.earliest = place.wish.earliest.min(a.starts_at);
    place.take_turns(c, Some(a.patient_id))?;
    let start = a.starts_at;
    let chosen = place_again(c, actor, &place, a, (start, overbook))?;
    put(a, &place, start, chosen);
    a.service_id = service;
    Ok(())
}

/// The provider stays: that they do not do it is a fault of the service.
fn at_service(e: Error) -> Error {
    match e {
        Error::Invalid(mut faults) => {
            for fault in faults.iter_mut().filter(|f| f.field == "provider_id") {
                fault.field = "service_id".into();
            }
            Error::Invalid(faults)
        }
        other => other,
    }
}
