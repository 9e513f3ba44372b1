//! Who is due for a rule within a span of time, and who of them gets no message and why. Planning and the preview ask the
//! same.

mod days;
mod exclude;
mod plans;
mod recalls;
mod visits;

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::model::{Anchor, CatchUp, Rule, RuleAction, RuleId, Span, Step};
use super::super::store::due::Addressee;
use super::super::store::known;
use crate::messaging::{Carrier, Cause, NewMessage};
use crate::patients::{self, Channel, Consents, PatientId};
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
    /// The patient has refused texts or mail, and there is no other way.
    RefusesWay,
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
    /// Its rule was switched off.
    RuleOff,
    /// Its step was taken out of the rule.
    StepGone,
    /// Not in the segment for which the rule is.
    OutsideSegment,
    /// The record does not tell of the treatment for which the rule is.
    NotTreated,
    /// The visit was closed so late that its window was over.
    ClosedLate,
    /// Mail to the address comes back.
    ComesBack,
}

impl Exclusion {
    /// Whether the log tells of each who was left out for it: somebody may ask why they heard nothing. What a newer message, a
    /// move or a death made senseless nobody waits for.
    pub fn is_told(self) -> bool {
        use Exclusion as E;
        matches!(
            self,
            E::NoMarketing
                | E::Minor
                | E::NoAddress
                | E::PrefersCall
                | E::WantsNothing
                | E::OptedOut
                | E::RefusesWay
                | E::Booked
                | E::Contacted
                | E::Answered
                | E::Confirmed
                | E::Rests
        )
    }
    /// Its code among the reasons of messages.
    pub fn code(self) -> &'static str {
        match self {
            Exclusion::Deceased => "deceased",
            Exclusion::NoMarketing => "no-consent",
            Exclusion::Minor => "minor",
            Exclusion::NoAddress => "no-address",
            Exclusion::PrefersCall => "wants-calls",
            Exclusion::WantsNothing => "wants-none",
            Exclusion::OptedOut => "opted-out",
            Exclusion::Booked => "booked-again",
            Exclusion::Contacted => "contacted",
            Exclusion::BookedLate => "booked-late",
            Exclusion::Superseded => "superseded",
            Exclusion::Already => "already",
            Exclusion::Missed => "missed",
            Exclusion::Answered => "answered",
            Exclusion::Confirmed => "confirmed",
            Exclusion::Rests => "rests",
            Exclusion::HeldOut => "held-out",
            Exclusion::NoPhone => "no-phone",
            Exclusion::RuleOff => "rule-off",
            Exclusion::StepGone => "step-gone",
            Exclusion::OutsideSegment => "outside-segment",
            Exclusion::NotTreated => "not-treated",
            Exclusion::ClosedLate => "closed-late",
            Exclusion::ComesBack => "address-bounces",
            Exclusion::RefusesWay => "refuses-sms",
        }
    }
    /// For people.
    pub fn text(self) -> Text {
        match self {
            Exclusion::Deceased => Text::new("患者已故", "The patient has died"),
            Exclusion::NoMarketing => Text::new("未同意接收祝福和推广", "Has not agreed to messages beyond the care"),
            Exclusion::Minor => Text::new("未成年，没有登记监护人", "Under age, and no guardian is on record"),
            Exclusion::NoAddress => Text::new("没有手机号和邮箱", "No mobile number and no email"),
            Exclusion::PrefersCall => Text::new("希望电话联系", "Wants to be called instead"),
            Exclusion::WantsNothing => Text::new("不接收消息", "Wants no messages"),
            Exclusion::RefusesWay => Text::new(
                "不同意接收短信或邮件，没有别的方式",
                "Has refused texts or email, and there is no other way",
            ),
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
            Exclusion::RuleOff => Text::new("规则已停用", "The rule was switched off"),
            Exclusion::StepGone => Text::new("规则已不再有这一步", "The rule has no such step any more"),
            Exclusion::OutsideSegment => Text::new("不在规则的人群中", "Not in the rule's segment"),
            Exclusion::NotTreated => Text::new(
                "病历中没有规则所说的治疗",
                "The record does not tell of the rule’s treatment",
            ),
            Exclusion::ClosedLate => Text::new("就诊登记太晚，已过发送时限", "The visit was closed too late for it"),
            Exclusion::ComesBack => Text::new("寄往邮箱的邮件被退回", "Mail to the address comes back"),
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
    /// What they agreed to and refused.
    pub said: Consents,
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
        self.rule.channels.wish(who.channel, phone.is_some(), email.is_some())
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
