//! A family is told together: what a rule sends about one member's recall speaks for the others whose recall comes soon.

use super::super::model::{Contact, Recall, RecallId, TEXTED, after_text};
use super::super::store::recalls;
use super::work::{no_text_again_because, no_text_because, note};
use crate::clinic;
use crate::messaging::Carrier;
use crate::patients;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::{Actor, Subject, audit};

/// Whether a rule may still send about a recall: not when a message to its family has spoken for it in this very round.
pub(in super::super) fn is_spoken_for(c: &mut Conn, now: Instant, id: RecallId) -> Result<bool> {
    let today = now.day(clinic::the_site(c)?.tz());
    Ok(match recalls::get_recall(c, id) {
        Ok(recall) => recall.hidden_until.is_some_and(|until| until > today),
        Err(Error::NotFound(_)) => false,
        Err(e) => return Err(e),
    })
}

/// Lets the message about a recall that has just been queued speak for the members of the family who can be told along with
/// it, that way, and rests them until after their own day.
pub(in super::super) fn speak_for_family(c: &mut Conn, now: Instant, id: RecallId, way: Carrier) -> Result<()> {
    let today = now.day(clinic::the_site(c)?.tz());
    let recall = recalls::get_recall(c, id)?;
    let days = recalls::progress(c)?.family_days;
    let along = recalls::told_along(c, &recall)?;
    let mut told: Vec<Recall> = Vec::new();
    for member in recalls::family_of(c, (&recall, way), days, today, now)? {
        let other = member.recall;
        if other.patient_id == recall.patient_id {
            continue;
        }
        let patient = patients::get_patient(c, other.patient_id)?;
        let why_not = match along.contains(&other.id) {
            true => no_text_again_because(c, now, &other, &patient)?,
            false => no_text_because(c, now, &other, &patient)?,
        };
        if why_not.is_none() {
            told.push(other);
        }
    }
    let ids: Vec<RecallId> = told.iter().map(|r| r.id).collect();
    recalls::note_companions(c, &recall, &ids)?;
    let actor = Actor::system("rules");
    for member in &told {
        let usual = after_text(today);
        let after_own = plus_days(member.due_on, 1);
        let contact = Contact {
            back_on: usual.back_on.map(|day| day.max(after_own)),
            ..usual
        };
        note(c, now, &actor, member, &contact)?;
    }
    Ok(())
}

/// Takes back what was noted for the members of a family whom a message was to tell along with its patient, and that did not
/// go out: they are told by themselves.
pub(in super::super) fn take_back_for_family(c: &mut Conn, now: Instant) -> Result<()> {
    let today = now.day(clinic::the_site(c)?.tz());
    let actor = Actor::system("rules");
    for (recall, due_on) in recalls::leads_unsent(c, now)? {
        for member in recalls::forget_companions(c, recall, due_on)? {
            let told = recalls::get_recall(c, member)?;
            let rests =
                told.hidden_until.is_some_and(|until| until > today) && told.last_result.as_deref() == Some(TEXTED);
            if rests && recalls::forget_contact(c, now, &told)? {
                let subject = Subject::of_patient("recalls", told.id.0, told.patient_id.0);
                audit(c, now, &actor, "undo", subject, "the family's message did not go out")?;
            }
        }
    }
    Ok(())
}
