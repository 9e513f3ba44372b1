//! Correcting a state that was noted by mistake, when the seconds for undoing are over.

use super::super::model::{Action, Appointment, AppointmentId, Before};
use super::super::store::{self, Event};
use super::super::waiting;
use super::cancel::drop_empty_record;
use super::notices;
use super::place::taken;
use super::plan::plan_follows;
use super::stale::store_change;
use super::steps::{Step, begin, may, note};
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::records::{self, Observers};
use crate::staff::Actor;

/// The step that led to the state an appointment is in, with what was before it; none: there is none that can be corrected.
/// That is on the day of the step, and for as long as the day of the visit is not over.
pub fn correctable(c: &mut Conn, now: Instant, a: &Appointment) -> Result<Option<(Event, Before)>> {
    let Some(action) = a.led_here_by() else {
        return Ok(None);
    };
    let zone = clinic::get_site(c, a.site_id)?.tz();
    let steps = store::list_events(c, a.id)?.into_iter().rev();
    let mut steps = steps.filter(|e| e.undone_at.is_none() && e.action.leads_to_a_state());
    let today = now.day(zone);
    let step = steps.next().filter(|e| e.action == action);
    let step = step.filter(|e| e.at.day(zone) == today || a.starts_at.day(zone) >= today);
    step.map(|e| {
        let before = serde_json::from_str(&e.before).map_err(|e| Error::Internal(e.to_string()))?;
        Ok((e, before))
    })
    .transpose()
}

/// Takes an appointment back to the state before the one it is in: who was noted as here is expected again, who is in the
/// chair waits again, what was done goes on, who did not come or was cancelled is expected again. Where it is stays.
///
/// # Errors
/// `nothing_to_correct`; `slot_taken` when its time has been given to somebody else; `record_begun` when a record says that
/// the patient is here.
pub async fn correct(
    db: &Db,
    now: Instant,
    actor: Actor,
    observers: Observers,
    (id, version): (AppointmentId, i64),
) -> Result<Appointment> {
    let step = Step {
        id,
        version,
        action: Action::Correct,
    };
    db.write(move |c| correct_in(c, now, &actor, &observers, step)).await
}

fn correct_in(c: &mut Conn, now: Instant, actor: &Actor, observers: &Observers, step: Step) -> Result<Appointment> {
    let mut a = begin(c, step)?;
    let Some((event, was)) = correctable(c, now, &a)? else {
        return Err(Error::conflict(
            "nothing_to_correct",
            "没有可以更正的状态",
            "There is no state to be corrected",
        ));
    };
    may(actor, event.action)?;
    let before = a.before();
    let seconds: Vec<_> = a.second_id.into_iter().collect();
    store::take_turns(c, &[(a.provider_id, a.chair_id)], &seconds, &[a.patient_id])?;
    let (busy, took) = ((a.ends_at, a.busy_until), a.takes());
    a.stand_as(&was);
    if event.action == Action::Finish {
        // What was left of its time is its own again, unless that has been given to somebody.
        (a.ends_at, a.busy_until) = (Instant(was.times[1]), Instant(was.times[3]));
    }
    a.updated_at = now;
    if event.action == Action::Finish && store::update_where_free(c, &a, step.version)? {
        a.version = step.version + 1;
    } else {
        if event.action == Action::Finish {
            (a.ends_at, a.busy_until) = busy;
        }
        store_change(c, &a, step.version).map_err(given_away)?;
        a.version = step.version + 1;
    }
    store::mark_undone(c, event.id, now)?;
    note(c, now, actor, &a, Action::Correct, &before)?;
    take_back(c, now, actor, observers, (&a, &event))?;
    if a.status.occupies() && a.takes() != took {
        store::end_holds_over(c, &a)?;
    }
    let at = a.starts_at;
    plan_follows(c, now, actor, &a, at)?;
    Ok(a)
}

/// What else the step that is corrected had caused.
fn take_back(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    observers: &Observers,
    (a, event): (&Appointment, &Event),
) -> Result<()> {
    match event.action {
        Action::Arrive => {
            let written = Text::new(
                "病历已经开始写，不能退回未到诊",
                "The visit's record has been begun: the patient is here",
            );
            drop_empty_record(c, now, actor, a, written)
        }
        Action::Seat => records::abandon_visit(c, now, actor, a.id.0),
        Action::Finish => {
            if let Some(visit) = records::find_by_appointment(c, a.id.0)? {
                records::reopen_visit(c, now, actor, observers, visit.id)?;
            }
            if a.seated_at.is_none() {
                records::abandon_visit(c, now, actor, a.id.0)?;
            }
            Ok(())
        }
        Action::Cancel => {
            waiting::undone(c, now, a.id, event.version)?;
            // Who has been told that it is off is told that it is on.
            if !notices::withdraw(c, now, a, event)? && a.starts_at > now {
                notices::tell(c, now, a, Action::Book)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The refusal to expect somebody again in a time that is another's by now.
pub(super) fn given_away(e: Error) -> Error {
    match e.code() {
        "slot_taken" => taken(Text::new(
            "这个时间已经约给别人：请另约时间，或加入现场候诊队列",
            "This time has been given to somebody else: book another, or put the patient into the queue of walk-ins",
        )),
        _ => e,
    }
}
