//! Who is due for a rule within a span of time, and who of them gets no message and why. Planning and the preview ask the
//! same.

mod days;
mod exclude;
mod exclusion;
mod plans;
mod recalls;
mod visits;

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;

pub use exclusion::Exclusion;

use super::super::model::{Anchor, CatchUp, Rule, RuleAction, RuleId, Span, Step};
use super::super::store::due::Addressee;
use super::super::store::known;
use crate::messaging::{Carrier, Cause, NewMessage};
use crate::patients::{self, Channel, Consents, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;

/// Somebody who is due for a step of a rule.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The rule.
    pub rule: RuleId,
    /// What happens.
    pub action: RuleAction,
    /// What becomes of it after downtime.
    pub catch_up: CatchUp,
    /// Who.
    pub who: Addressee,
    /// What they agreed to and refused.
    pub said: Consents,
    /// The message, if it is sent; of a call its occurrence and times.
    pub message: NewMessage,
    /// Why nothing happens.
    pub excluded: Option<Exclusion>,
    /// Which way it would go, and where that leads; none: nobody has asked yet.
    pub to: Option<(Carrier, String)>,
    /// When it would really go out; when it is due, as long as nobody has asked.
    pub goes_at: Instant,
    /// Why not when it is due, for people.
    pub waits: Option<Text>,
}

/// A step of a rule at its turn.
#[derive(Clone, Copy)]
struct Turn<'a> {
    rule: &'a Rule,
    /// Its place, from 0.
    number: usize,
    step: &'a Step,
    span: Span,
    zone: Tz,
    now: Instant,
}

/// Somebody found due, before it is asked what stands against it.
struct Found {
    who: Addressee,
    /// Names the occurrence, without the rule's part.
    occurrence: String,
    cause: Cause,
    due_at: Instant,
    /// When the first step of the same ladder was due.
    begun_at: Instant,
    /// The visit that is ahead, if it is about one.
    visit_start: Option<Instant>,
    excluded: Option<Exclusion>,
}

/// Everybody for whom a step of `rule` is due within `span`, by a few range queries; none when no day or visit can be due.
pub fn candidates(
    c: &mut Conn,
    rule: &Rule,
    number: usize,
    (span, zone): (Span, Tz),
    now: Instant,
) -> Result<Vec<Candidate>> {
    let Some(turn) = Turn::of(rule, number, (span, zone), now) else {
        return Ok(Vec::new());
    };
    let found = match rule.anchor {
        Anchor::VisitStart => visits::ahead(c, &turn)?,
        Anchor::VisitFinished | Anchor::VisitMissed => visits::been(c, &turn)?,
        Anchor::RecallDue => recalls::due(c, &turn)?,
        Anchor::PlanWaits => plans::resting(c, &turn)?,
        Anchor::Referral => plans::referrals(c, &turn)?,
        Anchor::Birthday => days::birthdays(c, &turn)?,
        Anchor::Occasion => days::occasions(c, &turn)?,
        Anchor::RecordDate => days::dates(c, &turn)?,
    };
    turn.asked(c, found)
}

/// Who was treated or did not come, as somebody noted at `since` or later and not before the step was due: its `span` has
/// passed them by.
pub fn noted_late(
    c: &mut Conn,
    rule: &Rule,
    number: usize,
    (span, since, zone): (Span, Instant, Tz),
) -> Result<Vec<Candidate>> {
    let been = matches!(rule.anchor, Anchor::VisitFinished | Anchor::VisitMissed);
    let Some(turn) = Turn::of(rule, number, (span, zone), span.until).filter(|_| been) else {
        return Ok(Vec::new());
    };
    let found = visits::noted_late(c, &turn, since)?;
    turn.asked(c, found)
}

impl<'a> Turn<'a> {
    /// None: the rule has no such step.
    fn of(rule: &'a Rule, number: usize, (span, zone): (Span, Tz), now: Instant) -> Option<Turn<'a>> {
        let step = rule.steps.0.get(number)?;
        Some(Turn {
            rule,
            number,
            step,
            span,
            zone,
            now,
        })
    }

    /// Everybody found, with what stands against it.
    fn asked(&self, c: &mut Conn, mut found: Vec<Found>) -> Result<Vec<Candidate>> {
        let wishes = exclude::exclude(c, self, &mut found)?;
        Ok(found.into_iter().map(|f| self.candidate(f, &wishes)).collect())
    }

    fn candidate(&self, f: Found, wishes: &Wishes) -> Candidate {
        let (rule, step) = (self.rule, self.step);
        let said = wishes.said(&f.who);
        Candidate {
            rule: rule.id,
            action: step.action,
            catch_up: rule.catch_up,
            message: NewMessage {
                dedupe_key: format!("{}:{}", f.occurrence, rule.step_code(step)),
                patient: f.who.id,
                cause: f.cause,
                purpose: rule.purpose,
                template: step.template.clone(),
                carrier: self.wish(&f.who, said),
                due_at: f.due_at,
                expires_at: step.expires_at(f.due_at, f.visit_start),
                priority: rule.priority,
            },
            excluded: f.excluded,
            to: None,
            goes_at: f.due_at,
            waits: None,
            said,
            who: f.who,
        }
    }

    /// Whether somebody has opted out at the very address to which it would go.
    fn is_out(&self, who: &Addressee, wishes: &Wishes) -> bool {
        wishes.is_out(who, self.wish(who, wishes.said(who)))
    }

    /// On which way the rule insists for somebody.
    fn wish(&self, who: &Addressee, said: Consents) -> Option<Carrier> {
        let (phone, email) = ways(who, said);
        let way = self.rule.channels_of(self.step);
        way.wish(who.channel, phone.is_some(), email.is_some())
    }

    /// When the first step was due for something of a calendar day.
    fn begun_on(&self, day: chrono::NaiveDate) -> Instant {
        let first = self.rule.steps.0.first().unwrap_or(self.step);
        first.due_for_day(day, self.zone)
    }

    /// The same for a visit.
    fn begun_for(&self, starts_at: Instant) -> Instant {
        let first = self.rule.steps.0.first().unwrap_or(self.step);
        first.due_for_visit(starts_at, self.zone)
    }
}

fn cause(kind: &str, id: i64, version: Option<i64>) -> Cause {
    Cause {
        kind: kind.into(),
        id: Some(id),
        version,
    }
}

/// What people have said to messages: from which addresses they opted out, and which ways they refused.
#[derive(Default)]
pub struct Wishes {
    opted_out: HashSet<String>,
    said: HashMap<PatientId, Consents>,
}

impl Wishes {
    /// Of these people.
    pub fn of<'a>(c: &mut Conn, who: impl Iterator<Item = &'a Addressee> + Clone) -> Result<Wishes> {
        let ids: Vec<PatientId> = who.clone().map(|p| p.id).collect();
        let addresses: Vec<String> = who.flat_map(|p| p.phone.iter().chain(&p.email)).cloned().collect();
        let opted_out = known::opted_out(c, &addresses)?;
        Ok(Wishes {
            opted_out: opted_out.into_iter().map(|(_, a)| a).collect(),
            said: patients::consents_of(c, &ids)?,
        })
    }

    /// What somebody agreed to and refused.
    pub fn said(&self, who: &Addressee) -> Consents {
        self.said.get(&who.id).copied().unwrap_or_default()
    }

    /// Whether somebody has opted out at the very address to which a message goes that insists on `wish`.
    fn is_out(&self, who: &Addressee, wish: Option<Carrier>) -> bool {
        let (phone, email) = ways(who, self.said(who));
        let mail_first = match wish {
            Some(way) => way == Carrier::Email,
            None => who.channel == Channel::Email,
        };
        let (first, other) = if mail_first { (email, phone) } else { (phone, email) };
        let other = other.filter(|_| wish.is_none());
        first.or(other).is_some_and(|a| self.opted_out.contains(a))
    }

    /// Why a message that is not part of the care would not reach somebody; one that insists on `wish`, or goes as they prefer.
    pub fn unreachable(&self, who: &Addressee, wish: Option<Carrier>) -> Option<Exclusion> {
        let out = || self.is_out(who, wish).then_some(Exclusion::OptedOut);
        unreachable_because(who, self.said(who)).or_else(out)
    }
}

/// Number and address by which somebody has not refused to be written to.
pub fn ways(who: &Addressee, said: Consents) -> (Option<&String>, Option<&String>) {
    let phone = who.phone.as_ref().filter(|_| !said.refuses_sms());
    (phone, who.email.as_ref().filter(|_| !said.refuses_email()))
}

/// Why no message at all would reach somebody who has `said` this.
pub fn unreachable_because(who: &Addressee, said: Consents) -> Option<Exclusion> {
    if who.deceased {
        Some(Exclusion::Deceased)
    } else if who.channel == Channel::None {
        Some(Exclusion::WantsNothing)
    } else if who.channel == Channel::Phone {
        Some(Exclusion::PrefersCall)
    } else if who.phone.is_none() && who.email.is_none() {
        Some(Exclusion::NoAddress)
    } else if ways(who, said) == (None, None) {
        Some(Exclusion::RefusesWay)
    } else {
        None
    }
}
