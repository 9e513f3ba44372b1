//! Who is due for a rule within a span of time, and who of them gets no message and why. Planning and the preview ask the
//! same.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::super::causes::recall_cause;
use super::super::model::{Anchor, Rule, RuleAction, RuleId, Span, birthdays_on, is_minor};
use super::super::store::due::{self, Addressee, PlannedVisit};
use crate::appointments::{AppointmentId, Status};
use crate::messaging::{Cause, NewMessage};
use crate::patients::Channel;
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;

/// Why somebody who is due gets no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        }
    }
}

/// Somebody who is due for a message of a rule.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The rule.
    pub rule: RuleId,
    /// Who.
    pub who: Addressee,
    /// The message, if it is sent.
    pub message: NewMessage,
    /// Why it is not.
    pub excluded: Option<Exclusion>,
}

/// Everybody for whom `rule` is due within `span`, by a few range queries; none when no day or visit can be due.
pub fn candidates(c: &mut Conn, rule: &Rule, span: Span, zone: Tz, now: Instant) -> Result<Vec<Candidate>> {
    if rule.action != RuleAction::Message {
        return Ok(Vec::new());
    }
    match rule.anchor {
        Anchor::VisitStart => visit_reminders(c, rule, span, zone, now),
        Anchor::RecallDue => recall_messages(c, rule, span, zone, now),
        Anchor::Birthday => birthday_greetings(c, rule, span, zone),
        Anchor::VisitFinished => follow_ups(c, rule, span, zone),
    }
}

fn message(rule: &Rule, key: String, who: &Addressee, cause: Cause, due_at: Instant) -> NewMessage {
    NewMessage {
        dedupe_key: key,
        patient: who.id,
        cause,
        purpose: rule.purpose(),
        template: rule.template.clone(),
        carrier: None,
        due_at,
        expires_at: rule.expires_at(due_at, None),
        priority: rule.priority,
    }
}

/// Since when each visit stands where it stands: version and instant of its last move.
type Placings = HashMap<AppointmentId, (i64, Instant)>;

fn visit_reminders(c: &mut Conn, rule: &Rule, span: Span, zone: Tz, now: Instant) -> Result<Vec<Candidate>> {
    let mut visits = Vec::new();
    for times in rule.visits_due(span, zone) {
        visits.extend(due::visits_between(c, times, &[Status::Booked, Status::Confirmed])?);
    }
    visits.retain(|(v, _)| {
        rule.service_id.is_none_or(|s| s == v.service) && span.holds(rule.due_for_visit(v.starts_at, zone))
    });
    let ids: Vec<AppointmentId> = visits.iter().map(|(v, _)| v.id).collect();
    // What seems to have been booked or moved later than now was booked by a clock that was wrong.
    for (visit, _) in visits.iter_mut().filter(|(v, _)| v.created_at > now) {
        visit.created_at = span.after;
    }
    let mut placings = Placings::new();
    for (id, version, at) in due::moves_of(c, &ids)? {
        let at = if at > now { span.after } else { at };
        let last = placings.entry(id).or_insert((version, at));
        *last = (last.0.max(version), last.1.max(at));
    }
    let sent = due::reminders_of(c, &ids)?;
    Ok(visits
        .into_iter()
        .map(|(visit, who)| {
            let due_at = rule.due_for_visit(visit.starts_at, zone);
            let excluded = visit_exclusion(rule, &visit, due_at, placings.get(&visit.id), &sent);
            let cause = Cause {
                kind: "appointment".into(),
                id: Some(visit.id.0),
                version: Some(visit.version),
            };
            let key = format!("appointment:{}:v{}:{}", visit.id, visit.version, rule.code);
            let mut message = message(rule, key, &who, cause, due_at);
            message.expires_at = rule.expires_at(due_at, Some(visit.starts_at));
            Candidate {
                rule: rule.id,
                excluded: who.deceased.then_some(Exclusion::Deceased).or(excluded),
                who,
                message,
            }
        })
        .collect())
}

/// Messages after a visit that has been: to whoever was treated on the day that the rule counts from.
fn follow_ups(c: &mut Conn, rule: &Rule, span: Span, zone: Tz) -> Result<Vec<Candidate>> {
    let mut visits = Vec::new();
    for day in rule.days_due(span, zone) {
        visits.extend(due::visits_between(c, day_bounds(zone, day), &[Status::Done])?);
    }
    visits.retain(|(v, _)| rule.service_id.is_none_or(|s| s == v.service));
    Ok(visits
        .into_iter()
        .map(|(visit, who)| {
            let due_at = rule.due_for_day(visit.starts_at.day(zone), zone);
            let cause = Cause {
                kind: "appointment".into(),
                id: Some(visit.id.0),
                version: None,
            };
            let key = format!("appointment:{}:{}", visit.id, rule.code);
            Candidate {
                rule: rule.id,
                message: message(rule, key, &who, cause, due_at),
                excluded: who.deceased.then_some(Exclusion::Deceased),
                who,
            }
        })
        .collect())
}

/// One reminder per rule and placing of a visit; confirming it raises its version, but does not place it anew.
fn visit_exclusion(
    rule: &Rule,
    visit: &PlannedVisit,
    due_at: Instant,
    placing: Option<&(i64, Instant)>,
    sent: &[due::Reminder],
) -> Option<Exclusion> {
    let (version, known_at) = placing.map_or((0, visit.created_at), |(v, at)| (*v, (*at).max(visit.created_at)));
    if due_at < known_at {
        return Some(Exclusion::BookedLate);
    }
    let suffix = format!(":{}", rule.code);
    let same_placing = sent
        .iter()
        .filter(|m| m.appointment == Some(visit.id.0) && m.version.unwrap_or(0) >= version);
    for m in same_placing {
        if m.key.ends_with(&suffix) {
            return Some(Exclusion::Already);
        }
        if m.due_at > due_at {
            return Some(Exclusion::Superseded);
        }
    }
    None
}

fn recall_messages(c: &mut Conn, rule: &Rule, span: Span, zone: Tz, now: Instant) -> Result<Vec<Candidate>> {
    let days = rule.days_due(span, zone);
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let found = due::recalls_due_on(c, &days, rule.service_id)?;
    let who: Vec<_> = found.iter().map(|(_, p)| p.id).collect();
    let booked: HashSet<_> = due::planned_services(c, &who, now)?.into_iter().collect();
    let opted_out = opted_out(c, found.iter().map(|(_, p)| p))?;
    Ok(found
        .into_iter()
        .map(|(recall, who)| {
            let due_at = rule.due_for_day(recall.due_on, zone);
            let cause = recall_cause(recall.id, recall.due_on);
            let key = format!("recall:{}:{}:{}", recall.id, recall.due_on, rule.code);
            let excluded = if booked.contains(&(who.id, recall.service)) {
                Some(Exclusion::Booked)
            } else if recall.hidden_until.is_some_and(|until| until > due_at.day(zone)) {
                Some(Exclusion::Contacted)
            } else {
                unreachable_because(&who, &opted_out).or_else(|| no_consent(rule, &who))
            };
            Candidate {
                rule: rule.id,
                message: message(rule, key, &who, cause, due_at),
                excluded,
                who,
            }
        })
        .collect())
}

fn birthday_greetings(c: &mut Conn, rule: &Rule, span: Span, zone: Tz) -> Result<Vec<Candidate>> {
    let mut made = Vec::new();
    for day in rule.days_due(span, zone) {
        let born = due::born_on(c, &birthdays_on(day))?;
        let opted_out = opted_out(c, born.iter())?;
        let due_at = rule.due_for_day(day, zone);
        for who in born {
            let cause = Cause {
                kind: "patient".into(),
                id: Some(who.id.0),
                version: None,
            };
            let key = format!("birthday:{}:{}", who.id, day.year());
            made.push(Candidate {
                rule: rule.id,
                message: message(rule, key, &who, cause, due_at),
                excluded: minor(&who, day)
                    .or_else(|| unreachable_because(&who, &opted_out))
                    .or_else(|| no_consent(rule, &who)),
                who,
            });
        }
    }
    Ok(made)
}

pub fn opted_out<'a>(c: &mut Conn, who: impl Iterator<Item = &'a Addressee>) -> Result<HashSet<String>> {
    let addresses: Vec<String> = who.flat_map(|p| p.phone.iter().chain(&p.email)).cloned().collect();
    Ok(due::opted_out(c, &addresses)?.into_iter().map(|(_, a)| a).collect())
}

/// Minors are greeted by way of a guardian only, and the record knows none. Whose year is not known counts as grown up.
fn minor(who: &Addressee, day: NaiveDate) -> Option<Exclusion> {
    is_minor(who.birth_date, day).then_some(Exclusion::Minor)
}

fn no_consent(rule: &Rule, who: &Addressee) -> Option<Exclusion> {
    (rule.purpose().is_marketing() && !who.marketing).then_some(Exclusion::NoMarketing)
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
