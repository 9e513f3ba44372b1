//! What is known already of who is due: moves, what was queued and sent, answers, visits ahead, opt-outs.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::due::Addressee;
use crate::appointments::{AppointmentId, Status};
use crate::clinic::ServiceId;
use crate::messaging::{Carrier, LEFT_OUT, MISSED, MessageState, Purpose};
use crate::outreach::segments::words;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointment_events, appointments, messages, opt_outs};
use crate::platform::error::Result;
use crate::records;

/// Values in one `IN (…)`.
const CHUNK: usize = 500;

/// A reminder of an appointment that was queued already.
#[derive(Debug, Clone, Queryable)]
pub struct Reminder {
    /// Which appointment.
    pub appointment: Option<i64>,
    /// As of which version.
    pub version: Option<i64>,
    /// Its key, which ends with the rule's code.
    pub key: String,
    /// When it was due.
    pub due_at: Instant,
}

/// The moves of these appointments that were not undone: which, to which version, when.
pub fn moves_of(c: &mut Conn, ids: &[AppointmentId]) -> Result<Vec<(AppointmentId, i64, Instant)>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        found.extend(
            appointment_events::table
                .filter(appointment_events::appointment_id.eq_any(chunk.to_vec()))
                .filter(appointment_events::action.eq("move"))
                .filter(appointment_events::undone_at.is_null())
                .select((
                    appointment_events::appointment_id,
                    appointment_events::version,
                    appointment_events::at,
                ))
                .load::<(AppointmentId, i64, Instant)>(c)?,
        );
    }
    Ok(found)
}

/// Whether an appointment's time is another than it was as of `version`.
pub fn moved_since(c: &mut Conn, id: AppointmentId, version: i64) -> Result<bool> {
    let moves: Vec<(i64, Option<Instant>)> = appointment_events::table
        .filter(appointment_events::appointment_id.eq(id))
        .filter(appointment_events::action.eq("move"))
        .filter(appointment_events::version.ge(version))
        .select((appointment_events::version, appointment_events::undone_at))
        .load(c)?;
    // A later move that stands, or the very move that made this version taken back.
    Ok(moves.iter().any(|(v, undone)| (*v > version) == undone.is_none()))
}

/// Those of these appointments at which something was done that the record describes by one of the words of `treatment`.
pub fn treated(c: &mut Conn, treatment: &str, ids: &[AppointmentId]) -> Result<HashSet<AppointmentId>> {
    let (wanted, ids) = (words(treatment), ids.iter().map(|id| id.0).collect::<Vec<i64>>());
    let done = records::done_at_appointments(c, &ids)?.into_iter();
    let fits = done.filter(|(_, what)| wanted.iter().any(|w| what.to_lowercase().contains(w)));
    Ok(fits.map(|(id, _)| AppointmentId(id)).collect())
}

/// The reminders queued for these appointments.
pub fn reminders_of(c: &mut Conn, ids: &[AppointmentId]) -> Result<Vec<Reminder>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let ids: Vec<i64> = chunk.iter().map(|id| id.0).collect();
        found.extend(
            messages::table
                .filter(
                    messages::subject
                        .eq("appointment")
                        .and(messages::subject_id.eq_any(ids)),
                )
                .filter(messages::purpose.eq("reminder"))
                .filter(messages::dedupe_key.not_like(format!("%{MISSED}")))
                .filter(messages::dedupe_key.not_like(format!("%{LEFT_OUT}")))
                .select((
                    messages::subject_id,
                    messages::subject_version,
                    messages::dedupe_key,
                    messages::due_at,
                ))
                .load::<Reminder>(c)?,
        );
    }
    Ok(found)
}

/// Which of these keys are queued already.
pub fn known_keys(c: &mut Conn, keys: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for chunk in keys.chunks(CHUNK) {
        found.extend(
            messages::table
                .filter(messages::dedupe_key.eq_any(chunk.to_vec()))
                .select(messages::dedupe_key)
                .load::<String>(c)?,
        );
    }
    Ok(found)
}

/// When each of these patients was heard of last: what they wrote from their number or address, what they said of a visit, or
/// a call in which they were reached.
pub fn last_heard(c: &mut Conn, who: &[&Addressee], since: Instant) -> Result<HashMap<PatientId, Instant>> {
    use crate::platform::db::schema::{call_attempts, call_tasks, conversations, inbound_texts, survey_answers};
    let mut heard: HashMap<PatientId, Instant> = HashMap::new();
    let mut note = |id: PatientId, at: Instant| {
        let last = heard.entry(id).or_insert(at);
        *last = (*last).max(at);
    };
    for chunk in who.chunks(CHUNK) {
        let addresses: Vec<String> = chunk
            .iter()
            .flat_map(|p| p.phone.iter().chain(&p.email).cloned())
            .collect();
        let texts: Vec<(String, Instant)> = inbound_texts::table
            .inner_join(conversations::table)
            .filter(conversations::channel.eq_any(Carrier::ALL.to_vec()))
            .filter(conversations::address.eq_any(addresses))
            .filter(inbound_texts::at.ge(since))
            .select((conversations::address, inbound_texts::at))
            .load(c)?;
        for (address, at) in texts {
            let theirs = chunk
                .iter()
                .filter(|p| [&p.phone, &p.email].contains(&&Some(address.clone())));
            theirs.for_each(|p| note(p.id, at));
        }
        let ids: Vec<PatientId> = chunk.iter().map(|p| p.id).collect();
        let said: Vec<(PatientId, Instant)> = survey_answers::table
            .filter(survey_answers::patient_id.eq_any(ids.clone()))
            .filter(survey_answers::at.ge(since))
            .select((survey_answers::patient_id, survey_answers::at))
            .load(c)?;
        said.into_iter().for_each(|(id, at)| note(id, at));
        let calls: Vec<(PatientId, Instant)> = call_attempts::table
            .inner_join(call_tasks::table)
            .filter(call_tasks::patient_id.eq_any(ids))
            .filter(call_attempts::at.ge(since))
            .filter(call_attempts::result.ne_all(["no-answer", "wrong-number"]))
            .select((call_tasks::patient_id, call_attempts::at))
            .load(c)?;
        calls.into_iter().for_each(|(id, at)| note(id, at));
    }
    Ok(heard)
}

/// To whom something went, and the kind and row of what it was about.
pub type SentAbout = (Option<PatientId>, String, Option<i64>);

/// What went to these patients for a purpose at or after `since`: who, and about what.
pub fn sent_since(c: &mut Conn, who: &[PatientId], purpose: Purpose, since: Instant) -> Result<Vec<SentAbout>> {
    let mut found = Vec::new();
    for chunk in who.chunks(CHUNK) {
        found.extend(
            messages::table
                .filter(messages::patient_id.eq_any(chunk.to_vec()))
                .filter(messages::purpose.eq(purpose))
                .filter(messages::due_at.ge(since))
                .filter(messages::state.ne_all([MessageState::Skipped, MessageState::Failed, MessageState::Dead]))
                .select((messages::patient_id, messages::subject, messages::subject_id))
                .load::<(Option<PatientId>, String, Option<i64>)>(c)?,
        );
    }
    Ok(found)
}

/// Which of these calls are made already.
pub fn known_tasks(c: &mut Conn, occurrences: &[String]) -> Result<Vec<String>> {
    use crate::platform::db::schema::call_tasks as t;
    let mut found = Vec::new();
    for chunk in occurrences.chunks(CHUNK) {
        let rows = t::table.filter(t::occurrence.eq_any(chunk.to_vec()));
        found.extend(rows.select(t::occurrence).load::<String>(c)?);
    }
    Ok(found)
}

/// Which patient has a visit planned after `now` for which service.
pub fn planned_services(c: &mut Conn, who: &[PatientId], now: Instant) -> Result<Vec<(PatientId, ServiceId)>> {
    let mut found = Vec::new();
    for chunk in who.chunks(CHUNK) {
        found.extend(
            appointments::table
                .filter(appointments::patient_id.eq_any(chunk.to_vec()))
                .filter(appointments::status.eq_any([Status::Booked, Status::Confirmed]))
                .filter(appointments::starts_at.gt(now))
                .select((appointments::patient_id, appointments::service_id))
                .load::<(PatientId, ServiceId)>(c)?,
        );
    }
    Ok(found)
}

/// Which of these addresses want nothing more of what is not part of the care.
pub fn opted_out(c: &mut Conn, addresses: &[String]) -> Result<Vec<(Carrier, String)>> {
    let mut found = Vec::new();
    for chunk in addresses.chunks(CHUNK) {
        found.extend(
            opt_outs::table
                .filter(opt_outs::channel.eq_any(Carrier::ALL.to_vec()))
                .filter(opt_outs::address.eq_any(chunk.to_vec()))
                .select((opt_outs::channel, opt_outs::address))
                .load::<(Carrier, String)>(c)?,
        );
    }
    Ok(found)
}
