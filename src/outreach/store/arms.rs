//! Whom a rule wrote to and whom it left out, and who came back.

use diesel::prelude::*;

use super::super::jobs::Candidate;
use super::super::model::{Effect, RETURN_DAYS, RuleId, Share};
use crate::appointments::Status;
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::schema::{appointments, rule_arms as a};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// Patients in one `IN (…)`.
const CHUNK: usize = 500;

/// Notes to which side somebody belongs.
pub fn note(c: &mut Conn, x: &Candidate, held: bool) -> Result<()> {
    let row = (
        a::rule_id.eq(x.rule),
        a::occurrence.eq(&x.message.dedupe_key),
        a::patient_id.eq(x.message.patient),
        a::due_at.eq(x.message.due_at),
        a::held.eq(held),
    );
    Both(diesel::insert_into(a::table).values(row).on_conflict_do_nothing()).execute(c)?;
    Ok(())
}

/// How many on either side booked or came within the days that count, of those for whom these days are over. Somebody who was
/// due more than once counts once, from the first time.
pub fn effect(c: &mut Conn, rule: RuleId, since: Instant, now: Instant) -> Result<Effect> {
    let window = RETURN_DAYS * DAY_MS;
    let rows: Vec<(PatientId, Instant, bool)> = a::table
        .filter(a::rule_id.eq(rule))
        .filter(a::due_at.ge(since).and(a::due_at.le(now + -window)))
        .order((a::patient_id, a::due_at))
        .select((a::patient_id, a::due_at, a::held))
        .load(c)?;
    let mut people = rows;
    people.dedup_by_key(|(who, ..)| *who);
    let (mut sent, mut held) = (Share::default(), Share::default());
    for chunk in people.chunks(CHUNK) {
        let ids: Vec<PatientId> = chunk.iter().map(|(who, ..)| *who).collect();
        let visits: Vec<(PatientId, Instant, Instant)> = appointments::table
            .filter(appointments::patient_id.eq_any(ids))
            .filter(appointments::status.ne_all([Status::Cancelled, Status::NoShow]))
            .filter(appointments::created_at.ge(since).or(appointments::starts_at.ge(since)))
            .select((
                appointments::patient_id,
                appointments::created_at,
                appointments::starts_at,
            ))
            .load(c)?;
        for (who, due_at, is_held) in chunk {
            let within = |at: Instant| at >= *due_at && at <= *due_at + window;
            let back = visits
                .iter()
                .any(|(p, booked, begins)| p == who && (within(*booked) || (within(*begins) && *booked <= *begins)));
            let share = if *is_held { &mut held } else { &mut sent };
            share.of += 1;
            share.back += u32::from(back);
        }
    }
    Ok(Effect { sent, held })
}
