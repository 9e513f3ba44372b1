//! A text that answers a message about a visit: which visit, what is wanted of it, and done at once where that is clear.
//!
//! An answer counts for what was asked at that number in the last three days about a visit still ahead. Where several visits
//! were asked about, their numbers tell them apart, and it is asked back which one is meant; the number alone then goes with
//! the wish that was said before. Nobody's visit is cancelled by a guess. What is not clear is left to the inbox.

mod cause;
mod score;
mod words;

pub use cause::{AnswerCause, WhichCause};

use self::cause::{ABOUT_VISIT, WHICH};
use self::words::{Said, Wish, by_digit, read};
use super::model::{Standing, standing};
use crate::appointments::{self, Action, Appointment, AppointmentId, Status, Step};
use crate::clinic;
use crate::messaging::inbox::{self, AnswerReader, ReadAs, Reading, Unread};
use crate::messaging::{self, Addressed, Cause, Message, Purpose};
use crate::patients::{self, PatientId};
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::staff::Actor;

/// For how long a question can be answered.
const ANSWERED_MS: i64 = 3 * DAY_MS;
/// For how long an automatic answer may wait for the gateway.
const ANSWER_MS: i64 = 2 * HOUR_MS;
/// Automatic answers to one number in a day at most: a machine at the other end must not talk with ours.
const ANSWERS_A_DAY: usize = 10;
/// Before everything that was planned.
const PRIORITY: i32 = 1;

/// Reads what patients write about their visits.
pub struct Answers;

impl AnswerReader for Answers {
    fn read(&self, c: &mut Conn, now: Instant, actor: &Actor, text: Unread<'_>) -> Result<Reading> {
        if let Some(visit) = score::take(c, now, actor, &text)? {
            return Ok(reading(ReadAs::Score, Some(&visit)));
        }
        let Some(said) = read(text.body) else {
            return Ok(reading(ReadAs::Words, None));
        };
        let actor = Actor::patient(actor.ip.clone(), actor.request.clone());
        let answering = Answering { now, actor, text };
        let asked = asked_about(c, now, text.address)?;
        let Some(said) = answering.meant(c, said, &asked)? else {
            return Ok(reading(ReadAs::Words, None));
        };
        match (said, asked.as_slice()) {
            (Said::One(Wish::CallMe) | Said::All(Wish::CallMe), visits) => answering.call_me(c, visits.first()),
            (_, []) | (Said::Numbers(_) | Said::Every, _) => Ok(reading(ReadAs::Words, None)),
            (Said::One(wish), [visit]) => answering.act(c, visit, wish),
            (Said::One(_), _) => answering.which(c, &asked),
            (Said::All(wish), visits) => answering.each(c, visits.iter().map(|v| (v, wish)).collect()),
            (Said::Each(wishes), _) => answering.by_number(c, &asked, &wishes),
        }
    }
}

/// A wish whose visit has been asked for.
enum Pending {
    /// This.
    Wish(Wish),
    /// What may have been a wish or a visit.
    Digit,
    /// None.
    Nothing,
}

fn reading(read_as: ReadAs, visit: Option<&Appointment>) -> Reading {
    Reading {
        read_as,
        appointment: visit.map(|v| v.id.0),
    }
}

/// The visits ahead that somebody at this number was asked about lately, first to last.
pub(super) fn asked_about(c: &mut Conn, now: Instant, address: &str) -> Result<Vec<Appointment>> {
    let since = now + -ANSWERED_MS;
    let mut visits: Vec<Appointment> = Vec::new();
    for message in messaging::sent_to(c, address, "appointment", since)? {
        let asks = matches!(
            message.purpose,
            Purpose::Reminder | Purpose::Confirmation | Purpose::Change
        );
        let id = AppointmentId(message.cause_id.unwrap_or(0));
        if !asks || visits.iter().any(|v| v.id == id) {
            continue;
        }
        let ahead = |v: &Appointment| matches!(v.status, Status::Booked | Status::Confirmed) && v.starts_at > now;
        visits.extend(appointments::find_appointment(c, id)?.filter(ahead));
    }
    visits.sort_by_key(|v| (v.starts_at, v.id));
    Ok(visits)
}

/// The text at hand, and who is taken to have written it.
struct Answering<'t> {
    now: Instant,
    actor: Actor,
    text: Unread<'t>,
}

impl Answering<'_> {
    /// What is not said in words: which visits numbers alone mean, or which wish; that one "OK" is for a whole family. None: it
    /// is not clear.
    fn meant(&self, c: &mut Conn, said: Said, asked: &[Appointment]) -> Result<Option<Said>> {
        match said {
            Said::Numbers(_) | Said::Every if asked.is_empty() => Ok(None),
            Said::Numbers(numbers) => Ok(match self.pending(c)? {
                Pending::Wish(wish) => Some(Said::Each(numbers.iter().map(|n| (*n, wish)).collect())),
                Pending::Digit => None,
                Pending::Nothing => match numbers.as_slice() {
                    [digit] => by_digit(*digit).map(Said::One),
                    _ => None,
                },
            }),
            Said::Every => Ok(match self.pending(c)? {
                Pending::Wish(wish) => Some(Said::All(wish)),
                Pending::Digit | Pending::Nothing => None,
            }),
            Said::One(Wish::Confirm) if self.all_in_one(c, asked)? => Ok(Some(Said::All(Wish::Confirm))),
            said => Ok(Some(said)),
        }
    }

    /// What was said last, where it was asked back right after it which visit was meant. A digit may have been the number of a
    /// visit: only to confirm is taken from it, since that takes nothing from anybody.
    fn pending(&self, c: &mut Conn) -> Result<Pending> {
        let asked_back = last_list(c, self.now, self.text.address)?.filter(|m| m.cause_kind == WHICH);
        let before = inbox::text_before(c, self.text.id)?;
        let Some((_, words)) = before.filter(|(id, _)| asked_back.is_some_and(|m| m.cause_id == Some(id.0))) else {
            return Ok(Pending::Nothing);
        };
        Ok(match read(&words) {
            Some(Said::One(wish)) => Pending::Wish(wish),
            Some(Said::Numbers(digits)) if digits == [1] => Pending::Wish(Wish::Confirm),
            _ => Pending::Digit,
        })
    }

    /// Whether the visits that were asked about are those of the one reminder that a family got last: "OK" is for all of them.
    fn all_in_one(&self, c: &mut Conn, asked: &[Appointment]) -> Result<bool> {
        let list = last_list(c, self.now, self.text.address)?.filter(|m| m.cause_kind != WHICH);
        let listed = list.as_ref().map(ids).unwrap_or_default();
        Ok(asked.len() > 1 && asked.iter().all(|v| listed.contains(&v.id.0)))
    }

    /// Does what is wanted of one visit, and answers.
    fn act(&self, c: &mut Conn, visit: &Appointment, wish: Wish) -> Result<Reading> {
        let (read_as, template) = match wish {
            Wish::CallMe => return self.call_me(c, Some(visit)),
            Wish::Confirm if self.confirm(c, visit)? => (ReadAs::Confirm, "answer-confirmed"),
            Wish::Confirm => (ReadAs::Words, ""),
            Wish::Cancel | Wish::Move if !self.may_change(c, visit)? => (ReadAs::TooLate, "answer-too-late"),
            Wish::Cancel if self.cancel(c, visit)? => (ReadAs::Cancel, "answer-cancelled"),
            Wish::Cancel => (ReadAs::Words, ""),
            Wish::Move => (ReadAs::Move, "answer-move"),
        };
        if !template.is_empty() {
            self.answer(c, Some(visit), template, Purpose::Answer)?;
        }
        Ok(reading(read_as, Some(visit)))
    }

    /// Several wishes: the one that somebody has to see to counts for the text.
    fn each(&self, c: &mut Conn, wishes: Vec<(&Appointment, Wish)>) -> Result<Reading> {
        let mut all = Vec::new();
        for (visit, wish) in wishes {
            all.push(self.act(c, visit, wish)?);
        }
        let waits = all.iter().find(|r| r.read_as.waits()).or(all.first());
        Ok(waits.copied().unwrap_or(reading(ReadAs::Words, None)))
    }

    /// Numbers mean the visits of the list that was sent, and nothing else: another visit may be gone since.
    fn by_number(&self, c: &mut Conn, asked: &[Appointment], wishes: &[(usize, Wish)]) -> Result<Reading> {
        let list = last_list(c, self.now, self.text.address)?;
        let listed = list.as_ref().map(ids).unwrap_or_default();
        let find = |n: usize| {
            let id = match (asked, listed.as_slice()) {
                ([only], []) if n == 1 => return Some(only),
                (_, list) => *list.get(n.checked_sub(1)?)?,
            };
            asked.iter().find(|v| v.id.0 == id)
        };
        let found: Option<Vec<(&Appointment, Wish)>> =
            wishes.iter().map(|(n, wish)| Some((find(*n)?, *wish))).collect();
        match found {
            Some(wishes) => self.each(c, wishes),
            None if asked.len() > 1 && listed.is_empty() => self.which(c, asked),
            None => Ok(reading(ReadAs::Words, None)),
        }
    }

    fn confirm(&self, c: &mut Conn, visit: &Appointment) -> Result<bool> {
        if visit.status == Status::Confirmed {
            return Ok(true);
        }
        let step = Step {
            id: visit.id,
            version: visit.version,
            action: Action::Confirm,
        };
        done(appointments::advance_in(c, self.now, &self.actor, step))
    }

    fn cancel(&self, c: &mut Conn, visit: &Appointment) -> Result<bool> {
        let step = (visit.id, visit.version);
        done(appointments::cancel_in(c, self.now, &self.actor, step, ""))
    }

    fn may_change(&self, c: &mut Conn, visit: &Appointment) -> Result<bool> {
        let rules = clinic::snapshot(c)?;
        Ok(standing(visit, self.now, &rules.online) == Standing::Open)
    }

    fn which(&self, c: &mut Conn, asked: &[Appointment]) -> Result<Reading> {
        let language = match asked.first() {
            Some(visit) => patients::get_patient(c, visit.patient_id)?.language,
            None => clinic::the_site(c)?.language,
        };
        // Whose it is would be a guess: it is in nobody's record.
        self.queue(
            c,
            (WHICH, WHICH, Purpose::Answer),
            (Some(self.text.id.0), None),
            language,
        )?;
        Ok(reading(ReadAs::Which, None))
    }

    fn call_me(&self, c: &mut Conn, visit: Option<&Appointment>) -> Result<Reading> {
        self.answer(c, visit, "answer-call", Purpose::Desk)?;
        Ok(reading(ReadAs::CallMe, visit))
    }

    /// Answers about a visit, or about none.
    fn answer(&self, c: &mut Conn, visit: Option<&Appointment>, template: &str, purpose: Purpose) -> Result<()> {
        let patient = visit.map(|v| patients::get_patient(c, v.patient_id)).transpose()?;
        let language = match &patient {
            Some(patient) => patient.language,
            None => clinic::the_site(c)?.language,
        };
        let about = (visit.map(|v| v.id.0), patient.map(|p| p.id));
        self.queue(c, (ABOUT_VISIT, template, purpose), about, language)
    }

    /// Queues an automatic answer, unless this number has had many today.
    fn queue(
        &self,
        c: &mut Conn,
        (kind, template, purpose): (&str, &str, Purpose),
        (row, patient): (Option<i64>, Option<PatientId>),
        language: Lang,
    ) -> Result<()> {
        let mut today = 0;
        for kind in [ABOUT_VISIT, WHICH] {
            today += messaging::sent_to(c, self.text.address, kind, self.now + -DAY_MS)?.len();
        }
        if today >= ANSWERS_A_DAY {
            return Ok(());
        }
        let message = Addressed {
            dedupe_key: format!("answer:{}:{template}:{}", self.text.id, row.unwrap_or(0)),
            patient,
            cause: Cause {
                kind: kind.into(),
                id: row,
                version: None,
            },
            purpose,
            template: template.into(),
            channel: self.text.channel,
            language,
            recipient: self.text.address.to_owned(),
            due_at: self.now,
            expires_at: self.now + ANSWER_MS,
            priority: PRIORITY,
        };
        messaging::queue_addressed(c, self.now, &message).map(|_| ())
    }
}

/// Whether a step was done; what stands against it is for somebody at the desk.
fn done(step: Result<Appointment>) -> Result<bool> {
    match step {
        Ok(_) => Ok(true),
        Err(Error::Conflict { .. } | Error::Invalid(_)) => Ok(false),
        Err(e) => Err(e),
    }
}

/// The last list of visits that was sent to a number: a question which one is meant, or a family's reminders in one.
fn last_list(c: &mut Conn, now: Instant, address: &str) -> Result<Option<Message>> {
    let since = now + -ANSWERED_MS;
    let mut sent = messaging::sent_to(c, address, WHICH, since)?;
    sent.extend(messaging::sent_to(c, address, "appointment", since)?);
    let lists = sent.into_iter().filter(|m| !ids(m).is_empty());
    Ok(lists.max_by_key(|m| (m.updated_at, m.id)))
}

/// The variable of a list that keeps which number is which visit.
const LIST: &str = "visit_ids";

/// The visits of a list, in the order of their numbers.
fn ids(message: &Message) -> Vec<i64> {
    let kept: serde_json::Value = serde_json::from_str(&message.variables).unwrap_or_default();
    let list = kept.get(LIST).and_then(|v| v.as_array());
    list.into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_i64)
        .collect()
}

/// A visit in a line: whose, and when.
fn in_a_line(c: &mut Conn, visit: &Appointment, lang: Lang) -> Result<String> {
    let name = patients::get_patient(c, visit.patient_id)?.name;
    let local = visit.starts_at.local(clinic::get_site(c, visit.site_id)?.tz());
    Ok(format!("{name} {} {}", lang.day(local.date()), local.format("%H:%M")))
}
