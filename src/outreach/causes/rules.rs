//! Whether the rule that planned a message still wants it just before it goes: it may have waited for sending hours, a limit or
//! its gateway.

use super::super::jobs::Exclusion;
use super::super::model::{Anchor, Rule, rule_in_key};
use super::super::store::{due, known, rules};
use crate::appointments::{AppointmentId, Status, find_appointment};
use crate::messaging::{Message, MessageRules};
use crate::outreach::segments;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;

/// Asks the rules.
pub struct RuleWishes;

impl MessageRules for RuleWishes {
    fn objection(&self, c: &mut Conn, now: Instant, message: &Message) -> Result<Option<(&'static str, Text)>> {
        let (Some((code, step)), Some(patient)) = (rule_in_key(&message.dedupe_key), message.patient_id) else {
            return Ok(None);
        };
        let Some(rule) = rules::find_by_code(c, code)? else {
            return Ok(None);
        };
        let Some(step) = rule.steps.0.iter().position(|s| s.id == step) else {
            let gone = Exclusion::StepGone;
            return Ok(Some((gone.code(), gone.text())));
        };
        let why = objection(c, now, (&rule, step), (patient, message))?;
        Ok(why.map(|e| (e.code(), e.text())))
    }
}

fn objection(
    c: &mut Conn,
    now: Instant,
    (rule, step): (&Rule, usize),
    (patient, message): (PatientId, &Message),
) -> Result<Option<Exclusion>> {
    if !rule.active {
        return Ok(Some(Exclusion::RuleOff));
    }
    if let Some(segment) = rule.segment_id
        && !segments::those_in(c, segment, now, &[patient])?.contains(&patient)
    {
        return Ok(Some(Exclusion::OutsideSegment));
    }
    if !rule.treatment.is_empty() && message.cause_kind == "appointment" {
        let visit = AppointmentId(message.cause_id.unwrap_or(0));
        if known::treated(c, &rule.treatment, &[visit])?.is_empty() {
            return Ok(Some(Exclusion::NotTreated));
        }
    }
    if rule.stop_confirmed && is_confirmed(c, message)? {
        return Ok(Some(Exclusion::Confirmed));
    }
    let asks_booked = rule.stop_booked && rule.anchor.ends_when_booked() && rule.anchor != Anchor::RecallDue;
    if asks_booked && !known::planned_services(c, &[patient], now)?.is_empty() {
        return Ok(Some(Exclusion::Booked));
    }
    if rule.stop_answered
        && step > 0
        && let Some(who) = due::find_addressee(c, patient)?
        && known::last_heard(c, &[&who], message.created_at)?.contains_key(&patient)
    {
        return Ok(Some(Exclusion::Answered));
    }
    Ok(None)
}

fn is_confirmed(c: &mut Conn, message: &Message) -> Result<bool> {
    if message.cause_kind != "appointment" {
        return Ok(false);
    }
    let visit = find_appointment(c, AppointmentId(message.cause_id.unwrap_or(0)))?;
    Ok(visit.is_some_and(|v| v.status == Status::Confirmed))
}
