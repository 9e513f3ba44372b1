//! An address that wants no more: as a gateway tells it, and whether one does.

use super::super::model::{Addressed, Carrier, Cause, Purpose, STOPPED, Scope};
use super::super::store;
use super::{agreed, choose_working, queue_addressed};
use crate::clinic;
use crate::patients::{self, Patient};
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, phone_masked};
use crate::staff::{self, Actor, Subject};

/// A gateway sends nothing more to a number, because its owner has told it so: neither do we. `said`: the gateway's code or
/// word. Told again, it changes nothing.
pub fn opt_out_by_gateway(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    number: &str,
    (gateway, said): (&str, &str),
) -> Result<()> {
    let evidence = format!("gateway {gateway}: {said}");
    if !store::insert_opt_out(c, now, (Carrier::Sms, number), Scope::All, &evidence)? {
        return Ok(());
    }
    let of = store::patients_at(c, (Carrier::Sms, number))?;
    let subject = Subject {
        kind: "messages",
        id: None,
        // A number that a family shares names nobody.
        patient: match of.as_slice() {
            [one] => Some(one.0),
            _ => None,
        },
    };
    let detail = format!("opt-out all: {said} from {}", phone_masked(number));
    staff::audit(c, now, actor, "inbound", subject, &detail)
}

/// Whether a patient wants nothing of this purpose at the address to which a message with this template would go.
pub fn has_opted_out(
    c: &mut Conn,
    patient: &Patient,
    (wish, template): (Option<Carrier>, &str),
    purpose: Purpose,
) -> Result<bool> {
    let said = agreed(c, patient, purpose)?;
    let Ok(carrier) = choose_working(c, (patient, said), wish, template)? else {
        return Ok(false);
    };
    match carrier.address_of(patient) {
        Some(address) => {
            let says = template_says(c, (template, carrier), patient.language)?;
            store::is_opted_out(c, (carrier, address), (purpose, &says))
        }
        None => Ok(false),
    }
}

/// What a template says by one channel to somebody who reads `language`; empty: nothing.
pub fn template_says(c: &mut Conn, template: (&str, Carrier), language: Lang) -> Result<String> {
    let site = clinic::the_site(c)?;
    let text = store::find_written(c, template, language, site.language)?;
    Ok(text.map(|t| t.body).unwrap_or_default())
}

/// How long a confirmation may wait for the gateway.
const CONFIRMED_MS: i64 = 2 * HOUR_MS;

/// Tells a number that nothing more comes, and how to get messages again: the one text that goes to who has stopped all of
/// them, once a day at most.
pub(super) fn confirm_stop(c: &mut Conn, now: Instant, number: &str) -> Result<()> {
    if store::is_noted_since(c, number, STOPPED, now + -DAY_MS)? {
        return Ok(());
    }
    let language = match store::patients_at(c, (Carrier::Sms, number))?.as_slice() {
        [one] => patients::get_patient(c, *one)?.language,
        _ => clinic::the_site(c)?.language,
    };
    let message = Addressed {
        dedupe_key: format!("{STOPPED}:{number}:{}", now.0),
        patient: None,
        cause: Cause {
            kind: STOPPED.into(),
            id: None,
            version: None,
        },
        purpose: Purpose::Answer,
        template: "answer-stopped".into(),
        channel: Carrier::Sms,
        language,
        recipient: number.to_owned(),
        due_at: now,
        expires_at: now + CONFIRMED_MS,
        priority: 1,
    };
    queue_addressed(c, now, &message).map(|_| ())
}
