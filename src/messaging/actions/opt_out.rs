//! An address that wants no more, as a gateway tells it.

use super::super::model::{Carrier, Scope};
use super::super::store;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::phone_masked;
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
    let of = store::patients_with_phone(c, number)?;
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
