//! Who is due for a rule within a span of time, and who of them gets no message and why. Planning and the preview ask the
//! same.

mod days;
mod exclude;
mod plans;
mod recalls;
mod visits;

use std::collections::HashSet;

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::model::{Anchor, CatchUp, Rule, RuleAction, RuleId, Span, Step};
use super::super::store::due::Addressee;
use super::super::store::known;
use crate::messaging::{Cause, NewMessage};
use crate::patients::Channel;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;

/// Why somebody who is due gets no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Exclusion {
    /// The patient has died.
    Deceased,
    /// The patient wants nothing that is not part of the care.
    NoMarketing,
    /// Under age: there is no guardian in the record to write to.
    Minor,
    /// Neither a mobile number nor an email address.
    NoAddress,
    /// The patient wants to be called instead.
    PrefersCall,
    /// The patient wants no messages.
    WantsNothing,
    /// The address has opted out.
    OptedOut,
    /// An appointment for the service is there.
    Booked,
    /// The desk has just been in touch.
    Contacted,
    /// The visit was booked or moved after this reminder's time.
    BookedLate,
    /// A later reminder of the same visit is due, too.
    Superseded,
    /// It was queued before.
    Already,
    /// Its window is over.
    Missed,
    /// Answered, or was spoken with, since the first step.
    Answered,
    /// Has confirmed the visit.
    Confirmed,
    /// Something else for the same purpose went out lately.
    Rests,
    /// One of those that the rule leaves out to see what it brings.
    HeldOut,
    /// No number to call.
    NoPhone,
}

impl Exclusion {
    /// For people.
    pub fn text(self) -> Text {
        match self {
            Exclusion::Deceased => Text::new("患者已故", "The patient has died"),
            Exclusion::NoMarketing => Text::new("未同意接收祝福和推广", "Has not agreed to messages beyond the care"),
            Exclusion::Minor => Text::new("未成年，没有登记监护人", "Under age, and no guardian is on record"),
            Exclusion::NoAddress => Text::new("没有手机号和邮箱", "No mobile number and no email"),
            Exclusion::PrefersCall => Text::new("希望电话联系", "Wants to be called instead"),
            Exclusion::WantsNothing => Text::new("不接收消息", "Wants no messages"),
            Exclusion::OptedOut => Text::new("已退订", "Opted out"),
            Exclusion::Booked => Text::new("已有预约", "Already booked"),
            Exclusion::Contacted => Text::new("近期已联系", "Contacted recently"),
            Exclusion::BookedLate => Text::new("预约晚于提醒时间", "Booked after the reminder's time"),
            Exclusion::Superseded => Text::new("有更近的提醒", "A later reminder replaces it"),
            Exclusion::Already => Text::new("已排入发送", "Queued already"),
            Exclusion::Missed => Text::new("已过发送时限", "Too late to send"),
            Exclusion::Answered => Text::new("已答复或已联系上", "Has answered or was reached"),
            Exclusion::Confirmed => Text::new("已确认就诊", "Has confirmed the visit"),
            Exclusion::Rests => Text::new("近期已收到同类消息", "Had something of the kind lately"),
            Exclusion::HeldOut => Text::new("留作对照，不发送", "Left out for comparison"),
            Exclusion::NoPhone => Text::new("没有电话号码", "No telephone number"),
        }
    }
}

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
    /// The message, if it is sent; of a call its occurrence and times.
    pub message: NewMessage,
    /// Why nothing happens.
    pub excluded: Option<Exclusion>,
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
    let Some(step) = rule.steps.0.get(number) else {
        return Ok(Vec::new());
    };
    let turn = Turn {
        rule,
        number,
        step,
        span,
        zone,
        now,
    };
    let mut found = match rule.anchor {
        Anchor::VisitStart => visits::ahead(c, &turn)?,
        Anchor::VisitFinished | Anchor::VisitMissed => visits::been(c, &turn)?,
        Anchor::RecallDue => recalls::due(c, &turn)?,
        Anchor::PlanWaits => plans::resting(c, &turn)?,
        Anchor::Referral => plans::referrals(c, &turn)?,
        Anchor::Birthday => days::birthdays(c, &turn)?,
        Anchor::Occasion => days::occasions(c, &turn)?,
        Anchor::RecordDate => days::dates(c, &turn)?,
    };
    exclude::exclude(c, &turn, &mut found)?;
    Ok(found.into_iter().map(|f| turn.candidate(f)).collect())
}

impl Turn<'_> {
    fn candidate(&self, f: Found) -> Candidate {
        let (rule, step) = (self.rule, self.step);
        Candidate {
            rule: rule.id,
            action: step.action,
            catch_up: rule.catch_up,
            message: NewMessage {
                dedupe_key: format!("{}:{}", f.occurrence, rule.step_code(self.number)),
                patient: f.who.id,
                cause: f.cause,
                purpose: rule.purpose,
                template: step.template.clone(),
                carrier: rule
                    .channels
                    .wish(f.who.channel, f.who.phone.is_some(), f.who.email.is_some()),
                due_at: f.due_at,
                expires_at: step.expires_at(f.due_at, f.visit_start),
                priority: rule.priority,
            },
            excluded: f.excluded,
            who: f.who,
        }
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

pub fn opted_out<'a>(c: &mut Conn, who: impl Iterator<Item = &'a Addressee>) -> Result<HashSet<String>> {
    let addresses: Vec<String> = who.flat_map(|p| p.phone.iter().chain(&p.email)).cloned().collect();
    Ok(known::opted_out(c, &addresses)?.into_iter().map(|(_, a)| a).collect())
}

/// Why a message that is not part of the care would not reach somebody.
pub fn unreachable_because(who: &Addressee, opted_out: &HashSet<String>) -> Option<Exclusion> {
    let mut addresses = who.phone.iter().chain(&who.email);
    if who.deceased {
        Some(Exclusion::Deceased)
    } else if who.channel == Channel::None {
        Some(Exclusion::WantsNothing)
    } else if who.channel == Channel::Phone {
        Some(Exclusion::PrefersCall)
    } else if who.phone.is_none() && who.email.is_none() {
        Some(Exclusion::NoAddress)
    } else if addresses.any(|a| opted_out.contains(a)) {
        Some(Exclusion::OptedOut)
    } else {
        None
    }
}
