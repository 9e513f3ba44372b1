//! STAND-IN of branch `outreach`: the least that queues a row. The messaging branch's file of the same name and signature
//! replaces it.

use diesel::prelude::*;

use super::model::{Carrier, MessageId, MessageState, NewMessage};
use crate::patients;
use crate::platform::clock::Instant;
use crate::platform::db::schema::messages;
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// Queues a message unless its key is there already; then None.
pub fn queue(c: &mut Conn, now: Instant, m: &NewMessage) -> Result<Option<MessageId>> {
    let patient = patients::get_patient(c, m.patient)?;
    let carrier = m.carrier.unwrap_or(if patient.phone.is_some() {
        Carrier::Sms
    } else {
        Carrier::Email
    });
    let insert = diesel::insert_into(messages::table)
        .values((
            messages::dedupe_key.eq(&m.dedupe_key),
            messages::patient_id.eq(m.patient),
            messages::subject.eq(&m.cause.kind),
            messages::subject_id.eq(m.cause.id),
            messages::subject_version.eq(m.cause.version),
            messages::purpose.eq(m.purpose),
            messages::template.eq(&m.template),
            messages::channel.eq(carrier),
            messages::language.eq(patient.language),
            messages::state.eq(MessageState::Queued),
            messages::priority.eq(m.priority),
            messages::due_at.eq(m.due_at),
            messages::expires_at.eq(m.expires_at),
            messages::next_try_at.eq(m.due_at),
            messages::attempts.eq(0),
            messages::variables.eq("{}"),
            messages::created_at.eq(now),
            messages::updated_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .returning(messages::id);
    Ok(Both(insert).get_result(c).optional()?)
}
