//! Working the recall list: texts and calls.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::super::causes::recall_cause;
use super::super::jobs::{self, Exclusion};
use super::super::model::{CallResult, Contact, Recall, RecallId, RecallState, after_call, after_text};
use super::super::store::due::Addressee;
use super::super::store::recalls;
use crate::clinic;
use crate::messaging::{self, Composed, HOLD_MS, MessageCause, NewMessage, Purpose};
use crate::patients::{self, Patient};
use crate::platform::clock::{DAY_MS, Instant, day_bounds};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, FieldError, Result};
use crate::staff::{Actor, Subject, audit};

/// For how long a recall text of the desk may wait for the gateway or the end of quiet hours.
const TEXT_WINDOW_MS: i64 = 2 * DAY_MS;
/// Template of recall messages.
const RECALL_TEMPLATE: &str = "recall";
/// Urgency of the desk's recall texts.
const RECALL_PRIORITY: i32 = 6;
/// Recalls texted in one go at most.
pub const TEXTS_MAX: usize = 200;
/// A patient asks to be called again at most so far ahead.
const LATER_MAX_DAYS: i64 = 366;

fn stale_unless(done: bool) -> Result<()> {
    if done { Ok(()) } else { Err(Error::stale()) }
}

pub(super) fn note(c: &mut Conn, now: Instant, actor: &Actor, recall: &Recall, contact: &Contact) -> Result<()> {
    stale_unless(recalls::note_contact(c, now, recall, contact)?)?;
    let back = contact.back_on.map_or_else(|| "never".to_owned(), |d| d.to_string());
    let subject = Subject::of_patient("recalls", recall.id.0, recall.patient_id.0);
    audit(
        c,
        now,
        actor,
        "contact",
        subject,
        &format!("{}, back on {back}", contact.result),
    )
}

/// Why a recall text to a patient would not be sent.
pub fn no_text_because(c: &mut Conn, now: Instant, r: &Recall, p: &Patient) -> Result<Option<Exclusion>> {
    if let Some(why) = is_over(c, now, r)? {
        return Ok(Some(why));
    }
    let zone = clinic::the_site(c)?.tz();
    let today = now.day(zone);
    let rests = recalls::rests_after_text(c, r.id, day_bounds(zone, today).0)?;
    if rests || r.hidden_until.is_some_and(|until| until > today) {
        return Ok(Some(Exclusion::Contacted));
    }
    is_unwilling(c, p)
}

/// The same of one who rests because of a message to their family, and may be told along again.
pub(super) fn no_text_again_because(c: &mut Conn, now: Instant, r: &Recall, p: &Patient) -> Result<Option<Exclusion>> {
    match is_over(c, now, r)? {
        None => is_unwilling(c, p),
        why => Ok(why),
    }
}

/// Whether there is nothing to tell any more, and why.
fn is_over(c: &mut Conn, now: Instant, r: &Recall) -> Result<Option<Exclusion>> {
    if recalls::is_booked(c, r.patient_id, r.service_id, now)? {
        return Ok(Some(Exclusion::Booked));
    }
    Ok((r.state != RecallState::Due).then_some(Exclusion::WantsNothing))
}

/// Whether the patient wants no such message, or cannot be reached, and why.
fn is_unwilling(c: &mut Conn, p: &Patient) -> Result<Option<Exclusion>> {
    let who = addressee(p);
    let wishes = jobs::Wishes::of(c, std::iter::once(&who))?;
    let no_consent = (!who.marketing).then_some(Exclusion::NoMarketing);
    Ok(wishes.unreachable(&who, None).or(no_consent))
}

fn addressee(p: &Patient) -> Addressee {
    Addressee {
        id: p.id,
        name: p.name.clone(),
        phone: p.phone.clone(),
        email: p.email.clone(),
        channel: p.channel,
        birth_date: p.birth_date,
        marketing: p.marketing,
        deceased: p.deceased,
        language: p.language,
    }
}

/// Queues a recall message to one patient. Gives the recall as it was and what becomes of it.
pub async fn text(db: &Db, now: Instant, actor: Actor, step: (RecallId, i64)) -> Result<(Recall, Contact)> {
    db.write(move |c| {
        let recall = recalls::get_recall(c, step.0)?;
        stale_unless(recall.version == step.1)?;
        let patient = patients::get_patient(c, recall.patient_id)?;
        if let Some(reason) = no_text_because(c, now, &recall, &patient)? {
            let text = reason.text();
            return Err(Error::conflict("not_reachable", text.zh, text.en));
        }
        let contact = text_in(c, now, &actor, &recall)?;
        Ok((recall, contact))
    })
    .await
}

/// What the desk's text about a recall would say, as its patient would get it.
pub fn compose(c: &mut Conn, now: Instant, recall: &Recall, cause: &dyn MessageCause) -> Result<Composed> {
    messaging::compose(c, now, &message(now, recall), cause)
}

fn message(now: Instant, recall: &Recall) -> NewMessage {
    let due_at = now + HOLD_MS;
    NewMessage {
        dedupe_key: format!("recall:{}:{}:desk-{}", recall.id, recall.due_on, recall.attempts + 1),
        patient: recall.patient_id,
        cause: recall_cause(recall.id, recall.due_on),
        purpose: Purpose::Recall,
        template: RECALL_TEMPLATE.into(),
        carrier: None,
        due_at,
        expires_at: due_at + TEXT_WINDOW_MS,
        priority: RECALL_PRIORITY,
    }
}

fn text_in(c: &mut Conn, now: Instant, actor: &Actor, recall: &Recall) -> Result<Contact> {
    let today = now.day(clinic::the_site(c)?.tz());
    messaging::queue(c, now, &message(now, recall))?;
    let contact = after_text(today);
    note(c, now, actor, recall, &contact)?;
    Ok(contact)
}

/// Queues one message that speaks for several members of a family, and notes the contact with each; those who would not be
/// reached, or have another number, are left out. Gives the members told and what becomes of their recalls.
///
/// # Errors
/// `not_reachable` when nobody would be reached; `stale` when somebody has worked on one of them since.
pub async fn text_family(db: &Db, now: Instant, actor: Actor, steps: Vec<(RecallId, i64)>) -> Result<usize> {
    db.write(move |c| {
        let mut members = Vec::new();
        for (id, version) in steps {
            let recall = recalls::get_recall(c, id)?;
            stale_unless(recall.version == version)?;
            members.push(recall);
        }
        let (told, left_out) = reachable(c, now, members)?;
        if let (true, Some((_, reason))) = (told.is_empty(), left_out.first()) {
            let text = reason.text();
            return Err(Error::conflict("not_reachable", text.zh, text.en));
        }
        text_together(c, now, &actor, &told)
    })
    .await
}

/// Recalls about which nobody is told, and why.
type LeftOut = Vec<(RecallId, Exclusion)>;

/// Those who would get a text, and why the others would not.
fn reachable(c: &mut Conn, now: Instant, list: Vec<Recall>) -> Result<(Vec<Recall>, LeftOut)> {
    let (mut told, mut left_out) = (Vec::new(), Vec::new());
    for recall in list {
        let patient = patients::get_patient(c, recall.patient_id)?;
        match no_text_because(c, now, &recall, &patient)? {
            None => told.push(recall),
            Some(why) => left_out.push((recall.id, why)),
        }
    }
    Ok((told, left_out))
}

/// One message for all who share a number: about the first of them, with the names of the others. Gives how many it is for.
fn text_together(c: &mut Conn, now: Instant, actor: &Actor, members: &[Recall]) -> Result<usize> {
    let Some(lead) = members.first() else {
        return Ok(0);
    };
    let number = patients::get_patient(c, lead.patient_id)?.phone;
    let mut told: Vec<&Recall> = Vec::new();
    for member in members {
        let same =
            member.id == lead.id || number.is_some() && patients::get_patient(c, member.patient_id)?.phone == number;
        if same {
            told.push(member);
        }
    }
    let ids: Vec<RecallId> = told.iter().map(|r| r.id).collect();
    recalls::note_companions(c, lead, &ids)?;
    text_in(c, now, actor, lead)?;
    let contact = after_text(now.day(clinic::the_site(c)?.tz()));
    for member in told.iter().filter(|r| r.id != lead.id) {
        note(c, now, actor, member, &contact)?;
    }
    Ok(told.len())
}

/// What became of recalls that were to be texted.
#[derive(Debug, Clone)]
pub struct Texted {
    /// Messages queued.
    pub messages: usize,
    /// The recalls they speak for.
    pub told: Vec<RecallId>,
    /// Those that get none, and why.
    pub left_out: LeftOut,
}

/// Queues recall messages to several patients in one go, one to each number; those who would not be reached, and those
/// somebody else has worked on since, are left out.
pub async fn text_all(db: &Db, now: Instant, actor: Actor, mut ids: Vec<RecallId>) -> Result<Texted> {
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
    db.write(move |c| {
        let list = ids
            .into_iter()
            .map(|id| recalls::get_recall(c, id))
            .collect::<Result<Vec<_>>>()?;
        let (told, left_out) = reachable(c, now, list)?;
        let ids = told.iter().map(|r| r.id).collect();
        let mut numbers: Vec<(Option<String>, Vec<Recall>)> = Vec::new();
        for recall in told {
            let number = patients::get_patient(c, recall.patient_id)?.phone;
            match numbers
                .iter_mut()
                .find(|(known, _)| number.is_some() && *known == number)
            {
                Some((_, members)) => members.push(recall),
                None => numbers.push((number, vec![recall])),
            }
        }
        for (_, members) in &numbers {
            text_together(c, now, &actor, members)?;
        }
        Ok(Texted {
            messages: numbers.len(),
            told: ids,
            left_out,
        })
    })
    .await
}

/// How a call went for one of the family.
#[derive(Debug, Clone, Copy)]
pub struct Called {
    /// The recall.
    pub id: RecallId,
    /// The version that was read.
    pub version: i64,
    /// The result.
    pub result: CallResult,
    /// The day for [`CallResult::Later`].
    pub later: Option<NaiveDate>,
}

/// Writes down how a call went, for everybody it was about. Gives the first recall as it was and what becomes of it.
///
/// # Errors
/// Faults at `later`, of further members at `later-ID`; `stale`.
pub async fn call(db: &Db, now: Instant, actor: Actor, calls: Vec<Called>) -> Result<(Recall, Contact)> {
    db.write(move |c| {
        let today = now.day(clinic::the_site(c)?.tz());
        let mut first = None;
        for call in &calls {
            let recall = recalls::get_recall(c, call.id)?;
            stale_unless(recall.version == call.version)?;
            if call.result == CallResult::Later {
                let field = if first.is_none() {
                    "later".to_owned()
                } else {
                    format!("later-{}", call.id)
                };
                check_later(&field, call.later, today)?;
            }
            let contact = after_call(call.result, today, call.later);
            note(c, now, &actor, &recall, &contact)?;
            first.get_or_insert((recall, contact));
        }
        first.ok_or_else(|| Error::Invalid(vec![FieldError::required("result")]))
    })
    .await
}

fn check_later(field: &str, later: Option<NaiveDate>, today: NaiveDate) -> Result<()> {
    match later {
        None => Err(Error::Invalid(vec![FieldError::required(field)])),
        Some(day) if day <= today || (day - today).num_days() > LATER_MAX_DAYS => Err(Error::field(
            field,
            "out_of_range",
            "应为明天到一年内的日期",
            "A day from tomorrow to a year ahead",
        )),
        Some(_) => Ok(()),
    }
}
