//! When a message may go: the hours of whoever reads it, holidays, and how much they have had.

use std::collections::BTreeSet;

use super::super::model::{HOLIDAYS_AHEAD, Message, Reason, Receiver, is_for_all};
use super::super::store;
use super::ask::{Answer, Asked};
use crate::clinic::{self, Site};
use crate::patients::Patient;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Whether what was sent before may hold a message back.
pub(super) fn is_limited(message: &Message) -> bool {
    message.purpose.is_limited() && !message.is_test()
}

/// Sending hours where the patient is, holidays, and not too many at once: now, or later, or not at all when later is too
/// late. A test has been asked for by who gets it, now.
pub(super) fn timing(
    c: &mut Conn,
    now: Instant,
    message: &Message,
    (site, patient): (&Site, Option<&Patient>),
    recipient: &str,
) -> Result<Asked<()>> {
    if message.is_test() {
        return Ok(Ok(()));
    }
    let manners = store::the_manners(c)?;
    let (mut person, mut family, mut holidays) = (Vec::new(), Vec::new(), BTreeSet::new());
    if is_limited(message) {
        let since = manners.looks_back(now);
        if let Some(patient) = message.patient_id {
            person = store::sent_to_patient(c, patient, since)?;
        }
        family = store::sent_to_family(c, (message.channel, recipient), since)?;
        let today = now.day(site.tz());
        let ahead = clinic::list_holidays(c, plus_days(today, -1), plus_days(today, HOLIDAYS_AHEAD))?;
        holidays = ahead.into_iter().map(|h| h.day).collect();
    }
    let receiver = Receiver {
        zone: patient
            .and_then(|p| p.zone.as_deref()?.parse().ok())
            .unwrap_or(site.tz()),
        holidays: &holidays,
        person: &person,
        family: &family,
        for_all: is_for_all(message.purpose, &message.cause_kind),
    };
    Ok(match manners.when(message.purpose, &receiver, now) {
        (_, None) => Ok(()),
        (at, Some(wait)) => {
            let (code, too_late) = wait.codes();
            Err(later(message, at, code, too_late))
        }
    })
}

fn later(message: &Message, at: Instant, reason: &str, too_late: &str) -> Answer {
    if at >= message.expires_at {
        Answer::skip(too_late)
    } else {
        Answer::Later(at, Reason::code(reason))
    }
}
