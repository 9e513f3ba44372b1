//! What did not arrive by one way goes by the other.

use super::super::model::{Message, MessageId, NewMessage, choose_carrier};
use super::super::store;
use super::{agreed, has_opted_out, queue};
use crate::patients;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// How the key ends of what goes by the other way.
pub const OTHER_WAY: &str = ":other-way";

/// Sends what its patient did not get by one way by the other, once. None: there is no other way to them that works and that
/// they want, the template has no text for it, or it is too late.
pub fn send_other_way(c: &mut Conn, now: Instant, old: &Message) -> Result<Option<MessageId>> {
    let Some(patient) = old.patient_id.filter(|_| !old.dedupe_key.ends_with(OTHER_WAY)) else {
        return Ok(None);
    };
    let (patient, other) = (patients::get_patient(c, patient)?, old.channel.other());
    let Some(address) = other.address_of(&patient) else {
        return Ok(None);
    };
    let said = agreed(c, &patient, old.purpose)?;
    let wanted = choose_carrier(&patient, said, Some(other)).is_ok()
        && store::one_template(c, &old.template)?.carries(&old.template, other)
        && !has_opted_out(c, &patient, (Some(other), &old.template), old.purpose)?
        && store::find_health(c, other, address)?.is_none_or(|h| h.suppressed_at.is_none());
    if !wanted || old.expires_at <= now {
        return Ok(None);
    }
    let new = NewMessage {
        dedupe_key: format!("{}{OTHER_WAY}", old.dedupe_key),
        patient: patient.id,
        cause: old.cause(),
        purpose: old.purpose,
        template: old.template.clone(),
        carrier: Some(other),
        due_at: now,
        expires_at: old.expires_at,
        priority: old.priority,
    };
    queue(c, now, &new)
}
