//! What the patient is told when a visit is booked, moved or cancelled at the desk. Held for two minutes, so that an undone
//! mistake is never sent.

use super::super::model::{Action, Appointment};
use super::super::store::Event;
use crate::messaging::{self, Carrier, Cause, HOLD_MS, NewMessage, Purpose, carrier_for};
use crate::patients::{self, PatientId};
use crate::platform::clock::{HOUR_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::staff::Actor;

/// A cancellation is news for this long at least, even when the visit would have been sooner.
const CANCEL_NEWS_MS: i64 = 4 * HOUR_MS;
/// More urgent than any reminder.
const PRIORITY: i32 = 2;

fn key(a: &Appointment, version: i64, action: Action) -> String {
    format!("appointment:{}:v{version}:{action}", a.id)
}

fn key_of_click(click: &str, patient: PatientId, action: Action) -> String {
    format!("click:{click}:{patient}:{action}")
}

/// Queues what the patient is to be told of a step.
pub(super) fn tell(c: &mut Conn, now: Instant, a: &Appointment, action: Action) -> Result<()> {
    queue(c, now, key(a, a.version, action), a, action)
}

/// Queues what patients are to be told of what one click did to these: each of them once, whatever the number of their
/// visits. The message is about the first of these; when it is sent it names the others, too.
pub(super) fn tell_together(
    c: &mut Conn,
    now: Instant,
    (click, action): (&str, Action),
    visits: &[Appointment],
) -> Result<()> {
    let mut left: Vec<&Appointment> = visits.iter().collect();
    left.sort_by_key(|a| (a.starts_at, a.id));
    while let Some(first) = left.first().copied() {
        let n = left.len();
        left.retain(|a| a.patient_id != first.patient_id);
        if n - left.len() == 1 {
            tell(c, now, first, action)?;
        } else {
            queue(c, now, key_of_click(click, first.patient_id, action), first, action)?;
        }
    }
    Ok(())
}

fn queue(c: &mut Conn, now: Instant, dedupe_key: String, a: &Appointment, action: Action) -> Result<()> {
    let (purpose, template, expires_at) = match action {
        Action::Book => (Purpose::Confirmation, "booking-confirmed", a.starts_at),
        Action::Move => (Purpose::Change, "visit-moved", a.starts_at),
        Action::Cancel => (
            Purpose::Change,
            "visit-cancelled",
            a.starts_at.max(now + CANCEL_NEWS_MS),
        ),
        _ => return Ok(()),
    };
    let message = NewMessage {
        dedupe_key,
        patient: a.patient_id,
        cause: Cause {
            kind: "appointment".into(),
            id: Some(a.id.0),
            version: Some(a.version),
        },
        purpose,
        template: template.into(),
        carrier: None,
        due_at: now + HOLD_MS,
        expires_at,
        priority: PRIORITY,
    };
    messaging::queue(c, now, &message).map(|_| ())
}

/// An undone step tells nobody. Gives whether a message could still be stopped.
pub(super) fn withdraw(c: &mut Conn, now: Instant, a: &Appointment, event: &Event) -> Result<bool> {
    let mut stopped = messaging::withdraw(c, now, &key(a, event.version, event.action), "undone")?;
    if let Some(click) = &event.click {
        let key = key_of_click(click, a.patient_id, event.action);
        stopped += messaging::withdraw(c, now, &key, "undone")?;
    }
    Ok(stopped > 0)
}

/// Patients know what they did themselves; but the calendar of who is written to by email hears of it by the next mail only.
pub(super) fn tell_unless_known(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    a: &Appointment,
    action: Action,
) -> Result<()> {
    if actor.user.is_none() {
        let said = patients::consents(c, a.patient_id)?;
        if carrier_for(&patients::get_patient(c, a.patient_id)?, said) != Carrier::Email {
            return Ok(());
        }
    }
    tell(c, now, a, action)
}
