//! What people do with rules and recalls, and what a finished visit does.

use chrono::NaiveDate;

use super::causes::recall_cause;
use super::jobs::{self, Exclusion};
use super::model::{
    Anchor, CallResult, Contact, Recall, RecallId, RecallState, Rule, RuleAction, RuleId, after_call, after_text,
    plus_months,
};
use super::store::due::Addressee;
use super::store::{recalls, rules};
use crate::clinic;
use crate::messaging::{self, NewMessage, Purpose};
use crate::patients::{self, Patient};
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS, day_bounds};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::records::{Visit, VisitObserver};
use crate::staff::{Actor, Subject, audit};

/// How long a message caused by a click is held, so that a mistake can be stopped on the Messages page.
const HOLD_MS: i64 = 2 * MINUTE_MS;
/// For how long a recall text of the desk may wait for the gateway or the end of quiet hours.
const TEXT_WINDOW_MS: i64 = 2 * DAY_MS;
/// Template of recall messages.
const RECALL_TEMPLATE: &str = "recall";
/// Urgency of the desk's recall texts.
const RECALL_PRIORITY: i32 = 6;
/// Longest a rule may lie from its anchor, in days, and a message may be late, in minutes (the database's own limits).
const OFFSET_DAYS_MAX: i32 = 366;
const WINDOW_MINUTES_MAX: i32 = 43_200;
/// A patient asks to be called again at most so far ahead.
const LATER_MAX_DAYS: i64 = 366;

/// The rules a new installation begins with.
pub fn seed_rules(c: &mut Conn, now: Instant) -> Result<()> {
    if rules::any_rule(c)? {
        return Ok(());
    }
    seeds(now).iter().try_for_each(|rule| rules::insert_rule(c, rule))
}

fn seeds(now: Instant) -> Vec<Rule> {
    let rule = |code: &str, names: (&str, &str), anchor: Anchor| Rule {
        id: RuleId(0),
        code: code.into(),
        name: names.0.into(),
        name_en: names.1.into(),
        anchor,
        action: RuleAction::Message,
        service_id: None,
        offset_days: 0,
        offset_minutes: 0,
        at_minute: None,
        window_minutes: 60,
        template: code.into(),
        priority: 3,
        active: true,
        planned_until: now,
        version: 1,
        updated_at: now,
    };
    let at = |hour: i32| Some(hour * 60);
    vec![
        Rule {
            offset_days: -1,
            at_minute: at(18),
            window_minutes: 120,
            template: "visit-reminder".into(),
            ..rule(
                "reminder-day-before",
                ("前一天就诊提醒", "Visit reminder, day before"),
                Anchor::VisitStart,
            )
        },
        Rule {
            offset_minutes: -120,
            template: "visit-reminder".into(),
            priority: 2,
            ..rule(
                "reminder-2-hours",
                ("当天就诊提醒", "Visit reminder, same day"),
                Anchor::VisitStart,
            )
        },
        Rule {
            offset_days: -14,
            at_minute: at(10),
            window_minutes: 7 * 1440,
            template: RECALL_TEMPLATE.into(),
            priority: 6,
            ..rule("recall-before", ("复诊提醒", "Recall"), Anchor::RecallDue)
        },
        Rule {
            offset_days: 30,
            at_minute: at(10),
            window_minutes: 7 * 1440,
            template: RECALL_TEMPLATE.into(),
            priority: 6,
            ..rule(
                "recall-after",
                ("复诊再次提醒", "Recall, second time"),
                Anchor::RecallDue,
            )
        },
        Rule {
            at_minute: at(9),
            window_minutes: 11 * 60,
            template: "birthday".into(),
            priority: 8,
            ..rule("birthday", ("生日祝福", "Birthday greeting"), Anchor::Birthday)
        },
    ]
}

/// What of a rule can be edited.
#[derive(Debug, Clone)]
pub struct RuleChange {
    /// Calendar days from the anchor; negative: before.
    pub offset_days: i32,
    /// Minutes from the anchor, where no time of day is given.
    pub offset_minutes: i32,
    /// Minute of the day.
    pub at_minute: Option<i32>,
    /// How late it may go out.
    pub window_minutes: i32,
    /// Code of the template.
    pub template: String,
    /// 1 … 9.
    pub priority: i32,
    /// Whether it is planned.
    pub active: bool,
}

impl RuleChange {
    /// What a rule has now.
    pub fn of(rule: &Rule) -> RuleChange {
        RuleChange {
            offset_days: rule.offset_days,
            offset_minutes: rule.offset_minutes,
            at_minute: rule.at_minute,
            window_minutes: rule.window_minutes,
            template: rule.template.clone(),
            priority: rule.priority,
            active: rule.active,
        }
    }

    /// Everything wrong with it for `anchor`.
    fn check(&self, anchor: Anchor, templates: &[String]) -> Faults {
        let mut f = Faults::default();
        if self.offset_days.abs() > OFFSET_DAYS_MAX {
            f.add("days", "out_of_range", "最多 366 天", "At most 366 days");
        }
        if self.offset_minutes.abs() > 1440 {
            f.add("minutes", "out_of_range", "最多 1440 分钟", "At most 1440 minutes");
        }
        if self.at_minute.is_some_and(|m| !(0..1440).contains(&m)) {
            f.add(
                "at",
                "out_of_range",
                "时间应为 00:00 到 23:59",
                "A time is from 00:00 to 23:59",
            );
        }
        if anchor == Anchor::VisitStart {
            if self.at_minute.is_none() && self.offset_days * 1440 + self.offset_minutes >= 0 {
                f.add(
                    "minutes",
                    "not_before",
                    "提醒必须早于就诊时间",
                    "A reminder must come before the visit",
                );
            }
            if self.at_minute.is_some() && self.offset_days > 0 {
                f.add(
                    "days",
                    "not_before",
                    "提醒必须早于就诊时间",
                    "A reminder must come before the visit",
                );
            }
        } else if self.at_minute.is_none() {
            f.require("at");
        }
        if !(1..=WINDOW_MINUTES_MAX).contains(&self.window_minutes) {
            f.add(
                "window",
                "out_of_range",
                "应为 1 到 43200 分钟",
                "From 1 to 43200 minutes",
            );
        }
        if !(1..=9).contains(&self.priority) {
            f.add("priority", "out_of_range", "应为 1 到 9", "From 1 to 9");
        }
        if self.template.is_empty() {
            f.require("template");
        } else if !templates.is_empty() && !templates.contains(&self.template) {
            f.add("template", "unknown", "没有这个模板", "There is no such template");
        }
        f
    }
}

/// Changes a rule that still has `version`. It never fires for what was due before the change.
pub async fn change_rule(db: &Db, now: Instant, actor: Actor, step: (RuleId, i64), change: RuleChange) -> Result<Rule> {
    db.write(move |c| {
        let (id, version) = step;
        let mut rule = rules::get_rule(c, id)?;
        let before = (rule.when(), rule.active);
        let mut templates = rules::template_codes(c)?;
        templates.push(rule.template.clone());
        change.check(rule.anchor, &templates).finish()?;
        rule.offset_days = change.offset_days;
        rule.offset_minutes = if change.at_minute.is_some() {
            0
        } else {
            change.offset_minutes
        };
        rule.at_minute = change.at_minute;
        rule.window_minutes = change.window_minutes;
        rule.template = change.template;
        rule.priority = change.priority;
        rule.active = change.active;
        if !rules::update_rule(c, &rule, version, now)? {
            return Err(Error::stale());
        }
        let detail = format!(
            "{}: {} (active {}) -> {} (active {})",
            rule.code,
            before.0.en,
            before.1,
            rule.when().en,
            rule.active
        );
        audit(c, now, &actor, "update", Subject::of("rules", id.0), &detail)?;
        rules::get_rule(c, id)
    })
    .await
}

fn stale_unless(done: bool) -> Result<()> {
    if done { Ok(()) } else { Err(Error::stale()) }
}

fn note(c: &mut Conn, now: Instant, actor: &Actor, recall: &Recall, contact: &Contact) -> Result<()> {
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
pub(super) fn no_text_because(c: &mut Conn, now: Instant, r: &Recall, p: &Patient) -> Result<Option<Exclusion>> {
    let who = addressee(p);
    let today = now.day(clinic::the_site(c)?.tz());
    if recalls::is_booked(c, r.patient_id, r.service_id, now)? {
        return Ok(Some(Exclusion::Booked));
    }
    if r.state != RecallState::Due {
        return Ok(Some(Exclusion::WantsNothing));
    }
    if r.hidden_until.is_some_and(|until| until > today) {
        return Ok(Some(Exclusion::Contacted));
    }
    let opted_out = jobs::opted_out(c, std::iter::once(&who))?;
    Ok(jobs::unreachable_because(&who, &opted_out))
}

fn addressee(p: &Patient) -> Addressee {
    Addressee {
        id: p.id,
        name: p.name.clone(),
        phone: p.phone.clone(),
        email: p.email.clone(),
        channel: p.channel,
        marketing: p.marketing,
        deceased: p.deceased,
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

fn text_in(c: &mut Conn, now: Instant, actor: &Actor, recall: &Recall) -> Result<Contact> {
    let today = now.day(clinic::the_site(c)?.tz());
    let due_at = now + HOLD_MS;
    let message = NewMessage {
        dedupe_key: format!("recall:{}:{}:desk-{}", recall.id, recall.due_on, recall.attempts + 1),
        patient: recall.patient_id,
        cause: recall_cause(recall.id, recall.due_on),
        purpose: Purpose::Recall,
        template: RECALL_TEMPLATE.into(),
        carrier: None,
        due_at,
        expires_at: due_at + TEXT_WINDOW_MS,
        priority: RECALL_PRIORITY,
    };
    messaging::queue(c, now, &message)?;
    let contact = after_text(today);
    note(c, now, actor, recall, &contact)?;
    Ok(contact)
}

/// Queues recall messages to several patients in one go; those who would not be reached, and those somebody else has
/// worked on since, are left out. Gives how many were queued.
pub async fn text_all(db: &Db, now: Instant, actor: Actor, ids: Vec<RecallId>) -> Result<usize> {
    db.write(move |c| {
        let mut queued = 0;
        for id in ids {
            let recall = recalls::get_recall(c, id)?;
            let patient = patients::get_patient(c, recall.patient_id)?;
            if no_text_because(c, now, &recall, &patient)?.is_none() {
                text_in(c, now, &actor, &recall)?;
                queued += 1;
            }
        }
        Ok(queued)
    })
    .await
}

/// Writes down how a call went; `later` is the day for [`CallResult::Later`].
pub async fn call(
    db: &Db,
    now: Instant,
    actor: Actor,
    step: (RecallId, i64),
    result: (CallResult, Option<NaiveDate>),
) -> Result<(Recall, Contact)> {
    db.write(move |c| {
        let recall = recalls::get_recall(c, step.0)?;
        stale_unless(recall.version == step.1)?;
        let today = now.day(clinic::the_site(c)?.tz());
        let (result, later) = result;
        if result == CallResult::Later {
            check_later(later, today)?;
        }
        let contact = after_call(result, today, later);
        note(c, now, &actor, &recall, &contact)?;
        Ok((recall, contact))
    })
    .await
}

fn check_later(later: Option<NaiveDate>, today: NaiveDate) -> Result<()> {
    match later {
        None => Err(Error::Invalid(vec![crate::platform::error::FieldError::required(
            "later",
        )])),
        Some(day) if day <= today || (day - today).num_days() > LATER_MAX_DAYS => Err(Error::field(
            "later",
            "out_of_range",
            "应为明天到一年内的日期",
            "A day from tomorrow to a year ahead",
        )),
        Some(_) => Ok(()),
    }
}

/// Makes and takes back recalls as visits are finished and reopened.
pub struct Recalls;

impl VisitObserver for Recalls {
    fn finished(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()> {
        let Some((service, months)) = recall_rule(c, visit)? else {
            return Ok(());
        };
        // A correction of an old visit does not set the clock back.
        let newer = recalls::previous_visit(c, visit.patient_id, service, visit.id)?;
        if newer.is_some_and(|(_, day)| day > visit.day) {
            return Ok(());
        }
        let due_on = plus_months(visit.day, months);
        recalls::make_due(c, now, (visit.patient_id, service), (visit.id, due_on))
    }

    fn reopened(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()> {
        let Some((service, months)) = recall_rule(c, visit)? else {
            return Ok(());
        };
        match recalls::previous_visit(c, visit.patient_id, service, visit.id)? {
            Some((id, day)) => recalls::make_due(c, now, (visit.patient_id, service), (id, plus_months(day, months))),
            None => recalls::delete(c, visit.patient_id, service),
        }
    }
}

fn recall_rule(c: &mut Conn, visit: &Visit) -> Result<Option<(clinic::ServiceId, i32)>> {
    let Some(id) = visit.service_id else {
        return Ok(None);
    };
    let months = clinic::find_service(c, id)?.and_then(|s| s.recall_months);
    Ok(months.map(|m| (id, m)))
}

/// Makes the recalls that finished visits call for, after an import or for the sample data. Running it twice changes
/// nothing. Gives how many rows were made or brought up to date.
pub fn recalls_from_history(c: &mut Conn, now: Instant) -> Result<usize> {
    recalls::derive_from_visits(c, now)
}

/// Recalls that wait to be worked on today, for the counter in the rail.
pub fn count_due_recalls(c: &mut Conn, today: NaiveDate) -> Result<i64> {
    let (morning, _) = day_bounds(clinic::the_site(c)?.tz(), today);
    recalls::count_due(c, today, morning)
}
