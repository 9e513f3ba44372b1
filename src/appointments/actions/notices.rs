//! What the patient is told when a visit is booked, moved or cancelled at the desk. Held for two minutes, so that an undone
//! mistake is never sent.

use super::super::model::{Action, Appointment};
use super::super::store::Event;
use crate::messaging::{self, Cause, HOLD_MS, NewMessage, Purpose};
use crate::platform::clock::{HOUR_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// A cancellation is news for this long at least, even when the visit would have been sooner.
const CANCEL_NEWS_MS: i64 = 4 * HOUR_MS;
/// More urgent than any reminder.
const PRIORITY: i32 = 2;

fn key(a: &Appointment, version: i64, action: Action) -> String {
    format!("appointment:{}:v{version}:{action}", a.id)
}

/// Queues what the patient is to be told of a step.
pub(super) fn tell(c: &mut Conn, now: Instant, a: &Appointment, action: Action) -> Result<()> {
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
        dedupe_key: key(a, a.version, action),
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

/// An undone step tells nobody.
pub(super) fn withdraw(c: &mut Conn, now: Instant, a: &Appointment, event: &Event) -> Result<()> {
    messaging::withdraw(c, now, &key(a, event.version, event.action), "undone").map(|_| ())
}
