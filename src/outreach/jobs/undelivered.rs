//! A message that did not get through goes by the patient's other way; where there is none, or that fails as well, one about a
//! visit ahead becomes a call: the desk tells the patient itself.

use super::super::actions;
use super::super::model::{Channels, rule_in_key};
use super::super::store::rules;
use super::super::store::undelivered::{failed_lately, refused_lately};
use crate::appointments::{Appointment, AppointmentId, Status, find_appointment};
use crate::callbacks::{self, NewTask, PRIORITY_HIGH, PRIORITY_MEDIUM, TaskKind};
use crate::messaging::{self, Message, MessageId, Purpose};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;
use crate::staff::Role;

/// Makes the calls that are wanted and takes back those that are not any more. Gives how many were made. A text that was perhaps
/// sent may still be reported for `perhaps_ms`.
pub(super) fn look(c: &mut Conn, now: Instant, perhaps_ms: i64) -> Result<usize> {
    for task in callbacks::list_untouched(c, TaskKind::Undelivered)? {
        let visit = find_appointment(c, AppointmentId(task.appointment_id.unwrap_or(0)))?;
        let change = task.occurrence.ends_with(CHANGE);
        if !visit.is_some_and(|v| matters(&v, now, change)) {
            callbacks::withdraw_task(c, &task.occurrence)?;
        }
    }
    go_other_ways(c, now)?;
    actions::take_back_for_family(c, now)?;
    let mut made = 0;
    for message in failed_lately(c, now, perhaps_ms)? {
        made += usize::from(call_instead(c, now, &message)?);
    }
    Ok(made)
}

fn go_other_ways(c: &mut Conn, now: Instant) -> Result<()> {
    let mut before = MessageId(i64::MAX);
    loop {
        let page = refused_lately(c, now, before)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        before = last.id;
        for message in &page {
            if may_go_other_way(c, message)? {
                messaging::send_other_way(c, now, message)?;
            }
        }
    }
}

/// Unless its rule goes one way only, or its patient has told the carrier to stop.
fn may_go_other_way(c: &mut Conn, message: &Message) -> Result<bool> {
    if message.why().is_some_and(|r| r.code == "refused-opted-out") {
        return Ok(false);
    }
    let Some((code, step)) = rule_in_key(&message.dedupe_key) else {
        return Ok(true);
    };
    let way = rules::find_by_code(c, code)?.map(|rule| {
        let step = rule.steps.0.iter().find(|s| s.id == step);
        step.map_or(rule.channels, |step| rule.channels_of(step))
    });
    Ok(!matches!(way, Some(Channels::Sms | Channels::Email)))
}

/// How the occurrence of a call about a change ends.
const CHANGE: &str = ":change";

/// Whether it still matters to the patient: a visit ahead that they have not confirmed, or whose change they may not know.
fn matters(visit: &Appointment, now: Instant, change: bool) -> bool {
    let known = match visit.status {
        Status::Booked => false,
        Status::Confirmed | Status::Cancelled => !change,
        Status::Arrived | Status::InChair | Status::Done | Status::NoShow => true,
    };
    visit.starts_at > now && !known
}

fn call_instead(c: &mut Conn, now: Instant, message: &Message) -> Result<bool> {
    let change = message.purpose == Purpose::Change;
    let Some(visit) = find_appointment(c, AppointmentId(message.cause_id.unwrap_or(0)))? else {
        return Ok(false);
    };
    if !matters(&visit, now, change) {
        return Ok(false);
    }
    let version = message.cause_version.unwrap_or(0);
    let kind = if change { CHANGE } else { "" };
    let soon = visit.starts_at - now < DAY_MS;
    let task = NewTask {
        occurrence: format!("undelivered:{}:v{version}{kind}", visit.id),
        kind: TaskKind::Undelivered,
        patient: visit.patient_id,
        visit: None,
        appointment: Some(visit.id.0),
        parent: None,
        script: String::new(),
        role: Role::FrontDesk,
        reason: reason(message),
        priority: if soon { PRIORITY_HIGH } else { PRIORITY_MEDIUM },
        due_at: now,
    };
    Ok(callbacks::create_task(c, now, &task)?.is_some())
}

/// What did not get through, and why.
fn reason(message: &Message) -> Text {
    let (what, why) = (message.purpose.name(), message.why().map(|r| r.text()));
    let because = |language: fn(&Text) -> &str| why.as_ref().map(language).unwrap_or_default().to_owned();
    Text::new(
        format!("{}没有送达，请电话告知。{}", what.zh, because(|t| &t.zh)),
        format!(
            "{} did not get through: please tell them. {}",
            what.en,
            because(|t| &t.en)
        ),
    )
}
