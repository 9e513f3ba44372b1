//! Moving: another time, provider or length.

use super::super::model::free::Span;
use super::super::model::{Action, Appointment, AppointmentId, Status};
use super::super::store::{self, Except};
use super::book::may_overbook;
use super::notices;
use super::place::{Choice, Place, with_next};
use super::steps::{Step, begin, finish_step, wrong_state};
use crate::clinic::{ChairId, ProviderId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::staff::Actor;

/// Where an appointment is to be moved.
#[derive(Debug, Clone)]
pub struct Target {
    /// New start.
    pub starts_at: Instant,
    /// New provider; none: the same.
    pub provider: Option<ProviderId>,
    /// In which chair; none: where it is if that is free, else in any that fits.
    pub chair: Option<ChairId>,
    /// New length; none: the same.
    pub minutes: Option<i32>,
    /// Why it is put over whatever is in the way; none: it is not.
    pub overbook: Option<String>,
}

/// Moves or resizes. A patient who had confirmed the old time has not confirmed the new one; who is here stays arrived, and
/// goes to another time of today only.
pub async fn reschedule(
    db: &Db,
    now: Instant,
    actor: Actor,
    step: (AppointmentId, i64),
    to: Target,
) -> Result<Appointment> {
    let step = Step {
        id: step.0,
        version: step.1,
        action: Action::Move,
    };
    let (provider, chair, minutes) = (to.provider, to.chair, to.minutes);
    let moved = db.write(move |c| move_in(c, now, &actor, step, &to)).await;
    with_next(db, now, moved, move |c| {
        let a = store::get_appointment(c, step.id)?;
        let minutes = minutes.or_else(|| i32::try_from(a.minutes()).ok());
        let provider = provider.unwrap_or(a.provider_id);
        let place = Place::load(c, now, a.service_id, Some(provider), minutes)?.in_chair(chair)?;
        Ok((place, but_itself(&a)))
    })
    .await
}

/// What does not stand in the way of an appointment: itself.
pub(super) fn but_itself(a: &Appointment) -> Except {
    Except {
        patient: Some(a.patient_id),
        appointment: Some(a.id),
        hold: None,
    }
}

/// [`reschedule`] inside a transaction.
pub(in crate::appointments) fn move_in(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    step: Step,
    to: &Target,
) -> Result<Appointment> {
    let (a, is_news) = move_untold(c, now, actor, step, to)?;
    if is_news {
        notices::tell_unless_known(c, now, actor, &a, Action::Move)?;
    }
    Ok(a)
}

/// [`move_in`] of which the patient is told together with others; and whether it is news for them.
pub(in crate::appointments) fn move_untold(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    step: Step,
    to: &Target,
) -> Result<(Appointment, bool)> {
    let mut a = begin(c, step)?;
    let before = a.before();
    let is_here = a.status == Status::Arrived;
    let minutes = to.minutes.or_else(|| i32::try_from(a.minutes()).ok());
    let provider = to.provider.unwrap_or(a.provider_id);
    let mut place = Place::load(c, now, a.service_id, Some(provider), minutes)?.in_chair(to.chair)?;
    if is_here {
        may_move_who_is_here(now, actor, (&a, &place), to.starts_at)?;
    }
    if to.starts_at == a.starts_at {
        // A visit that should have begun by now can still be made longer, or given to another provider.
        place.wish.earliest = place.wish.earliest.min(a.starts_at);
    }
    place.check_start(now, to.starts_at)?;
    place.take_turns(c, Some(a.patient_id))?;
    let (choice, over) = place_again(c, actor, &place, &a, (to.starts_at, to.overbook.as_deref()))?;
    // What the patient agreed to, and is told of, is when and with whom; not for how long.
    let other = to.starts_at != a.starts_at || choice.provider != a.provider_id;
    if other && !is_here {
        a.status = Status::Booked;
    }
    put(&mut a, &place, to.starts_at, (choice, over));
    let action = if other { Action::Move } else { Action::Resize };
    let a = finish_step(c, now, actor, a, Step { action, ..step }, &before)?;
    Ok((a, other && !is_here))
}

/// Who is here is seen today; and patients do not move themselves once they are.
fn may_move_who_is_here(
    now: Instant,
    actor: &Actor,
    (a, place): (&Appointment, &Place),
    starts_at: Instant,
) -> Result<()> {
    if actor.role.is_none() {
        return Err(wrong_state(a));
    }
    if starts_at.day(place.zone()) == now.day(place.zone()) {
        return Ok(());
    }
    Err(Error::field(
        "starts_at",
        "not_today",
        "患者已到诊，只能改到今天的时间",
        "The patient is here: only a time of today will do",
    ))
}

/// Writes into an appointment where it now is.
pub(super) fn put(a: &mut Appointment, place: &Place, start: Instant, (choice, over): (Choice, Option<String>)) {
    let (visit, busy) = (place.wish.visit(start), place.wish.taken(start));
    place.staff(a, choice);
    a.overbooked = over;
    (a.starts_at, a.ends_at, a.busy_from, a.busy_until) = (visit.from, visit.until, busy.from, busy.until);
}

/// Who takes a visit that is there already: in its chair, and with its second person, where they are free. Beside it why it
/// lies over others: a reason is asked for only where something is in the way, and that of a visit that lies over others
/// holds for as long as it stays where it is; who may not overbook cannot make it take more.
pub(super) fn place_again(
    c: &mut Conn,
    actor: &Actor,
    place: &Place,
    a: &Appointment,
    (start, reason): (Instant, Option<&str>),
) -> Result<(Choice, Option<String>)> {
    let day = start.day(place.zone());
    let mut candidates = place.candidates(c, (day, day), but_itself(a))?;
    candidates.sort_by_key(|x| (x.provider, x.chair) != (a.provider_id, a.chair_id));
    for x in &mut candidates {
        x.timetable.seconds.sort_by_key(|s| Some(s.provider) != a.second_id);
    }
    let blocked = match place.choose(&candidates, start) {
        Ok(choice) => return Ok((choice, None)),
        Err(blocked) => blocked,
    };
    let now_at = Span {
        from: a.busy_from,
        until: a.busy_until,
    };
    let same = start == a.starts_at && place.providers.iter().all(|p| p.id == a.provider_id);
    let no_more = same && now_at.holds(place.wish.taken(start));
    let why = match (reason, &a.overbooked) {
        (Some(why), _) => {
            may_overbook(actor, why)?;
            why.trim().to_owned()
        }
        (None, Some(why)) if no_more || (same && actor.may_overbook) => why.clone(),
        _ => return Err(place.refused(&blocked)),
    };
    let chosen = place.choose_over(&candidates, start);
    let (choice, _) = chosen.map_err(|blocked| place.refused(&blocked))?;
    Ok((choice, Some(why)))
}
