//! One call with all that the caller needs, gathered: patient, script, history, next visit.

use chrono::NaiveDate;

use super::desk::{Doctor, Doctors};
use crate::appointments::{self, Appointment};
use crate::callbacks::actions;
use crate::callbacks::model::{Attempt, Task, TaskId, TaskKind, attempt_of, may_text, roles_seen_by};
use crate::callbacks::script::{Fill, Script, Sheet};
use crate::callbacks::store;
use crate::callbacks::timeline::CallTimeline;
use crate::clinic::{self, Site};
use crate::messaging::{self, Message};
use crate::patients::{self, Patient, Sex, TimelineEntry, TimelineSource};
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::records::{self, VisitSummary};
use crate::staff::{Actor, Role};

/// Earlier visits beside a call.
const HISTORY: i64 = 5;
/// Messages and calls beside a call.
const LATELY: i64 = 6;
/// Below this age a parent answers the phone.
const CHILD_UNDER: u32 = 14;

/// One call with all that the caller needs.
pub(in crate::callbacks) struct Call {
    pub task: Task,
    pub patient: Patient,
    pub visit: Option<VisitSummary>,
    pub script: Option<Script>,
    pub also: Vec<Task>,
    pub attempts: Vec<Attempt>,
    /// The call that this task comes from, and its questions.
    pub cause: Option<Attempt>,
    pub cause_sheet: Option<Sheet>,
    pub next: Option<Next>,
    pub history: Vec<VisitSummary>,
    pub fill: Fill,
    /// Whose patient, when a doctor is to call.
    pub doctor: Option<Doctor>,
    /// Messages, calls and marks of late.
    pub lately: Vec<TimelineEntry>,
    /// The text that asks to be called back.
    pub text: Option<Message>,
    pub may_text: bool,
}

/// The patient's next appointment.
pub(in crate::callbacks) struct Next {
    pub appointment: Appointment,
    pub service: (String, String),
    pub provider: (String, String),
}

/// Gathers the call of a task that this person's role sees.
pub(super) fn load_call(
    c: &mut Conn,
    now: Instant,
    lang: Lang,
    actor: &Actor,
    (site, id): (&Site, TaskId),
) -> Result<Call> {
    let task = actions::visible_task(c, actor, id)?;
    let patient = patients::get_patient(c, task.patient_id)?;
    let (_, until) = day_bounds(site.tz(), now.day(site.tz()));
    let roles = actor.role.map_or(&[][..], roles_seen_by);
    let mut also = store::list_open_of_patient(c, patient.id, until)?;
    also.retain(|t| t.id != id && roles.contains(&t.role));
    let history = records::history_for(c, patient.id, actor.role, HISTORY)?;
    let visit = task
        .visit_id
        .map(|v| records::visit_in_short(c, v, actor.role))
        .transpose()?;
    let next = next_of(c, &patient, now)?;
    let fill = fill(
        lang,
        now,
        actor,
        (site, &patient),
        (visit.as_ref().or_else(|| latest(&task, &history)), next.as_ref()),
    );
    let (cause, cause_sheet) = match cause_of(c, &task)? {
        Some((cause, sheet)) => (Some(cause), Some(sheet)),
        None => (None, None),
    };
    let attempts = store::list_attempts(c, id)?;
    let text = actions::text_of(c, &task)?;
    Ok(Call {
        doctor: Doctors::load(c, actor, &[&task])?.of(&task),
        lately: lately(c, &patient, lang, actor)?,
        may_text: text.is_none() && may_text(&task, &attempts),
        text,
        script: store::find_script(c, &task.script)?,
        attempts,
        task,
        patient,
        visit,
        also,
        cause,
        cause_sheet,
        next,
        history,
        fill,
    })
}

/// The patient's latest messages and calls, newest first; visits stand beside them.
fn lately(c: &mut Conn, patient: &Patient, lang: Lang, actor: &Actor) -> Result<Vec<TimelineEntry>> {
    let Some(role) = actor.role else { return Ok(Vec::new()) };
    let mut all = CallTimeline.entries(c, patient.id, lang, role, LATELY)?;
    all.extend(messaging::OfPatient.entries(c, patient.id, lang, role, LATELY)?);
    all.sort_by_key(|e| std::cmp::Reverse(e.at));
    all.truncate(usize::try_from(LATELY).unwrap_or(0));
    Ok(all)
}

/// The call that a task comes from, with the questions that were asked in it.
fn cause_of(c: &mut Conn, task: &Task) -> Result<Option<(Attempt, Sheet)>> {
    let Some(attempt) = attempt_of(&task.occurrence) else {
        return Ok(None);
    };
    let Some(cause) = store::find_attempt(c, attempt)? else {
        return Ok(None);
    };
    let script = store::get_task(c, cause.task_id)?.script;
    let sheet = store::find_script(c, &script)?.map(|s| s.sheet).unwrap_or_default();
    Ok(Some((cause, sheet)))
}

/// A recall speaks of the latest visit; other calls only of the one they are about.
fn latest<'h>(task: &Task, history: &'h [VisitSummary]) -> Option<&'h VisitSummary> {
    history.first().filter(|_| task.kind == TaskKind::Recall)
}

fn next_of(c: &mut Conn, patient: &Patient, now: Instant) -> Result<Option<Next>> {
    let Some(appointment) = appointments::next_of_patient(c, patient.id, now)? else {
        return Ok(None);
    };
    let service = clinic::get_service(c, appointment.service_id)?;
    let provider = clinic::get_provider(c, appointment.provider_id)?;
    Ok(Some(Next {
        appointment,
        service: (service.name, service.name_en),
        provider: (provider.name, provider.name_en),
    }))
}

/// What the script's placeholders become in this call.
fn fill(
    lang: Lang,
    now: Instant,
    actor: &Actor,
    (site, patient): (&Site, &Patient),
    (visit, next): (Option<&VisitSummary>, Option<&Next>),
) -> Fill {
    let today = now.day(site.tz());
    let role = actor.role.filter(|r| matches!(r, Role::Nurse | Role::Doctor));
    let nurse = lang.pick(
        format!("{}{}", role.map_or(String::new(), |r| r.name().zh), actor.name),
        actor.name.clone(),
    );
    let next = next.map_or_else(String::new, |n| {
        let when = lang.day_time(n.appointment.starts_at, site.tz());
        lang.pick(
            format!("{when}（{}）", n.service.0),
            format!("{when} ({})", n.service.1),
        )
    });
    let of_visit = |f: fn(&VisitSummary, Lang) -> &str| visit.map_or_else(String::new, |v| f(v, lang).to_owned());
    let child = is_child(patient, today);
    let (whom, who, who_is) = if child {
        let name = patient.name.as_str();
        (name, lang.pick("孩子", "your child"), "your child is")
    } else {
        (lang.pick("您", "you"), lang.pick("您", "you"), "you are")
    };
    Fill::new(vec![
        ("patient", addressed(lang, patient, today)),
        ("nurse", nurse),
        ("clinic", site.name_in(lang).to_owned()),
        ("whom", whom.to_owned()),
        ("who", who.to_owned()),
        ("who_is", who_is.to_owned()),
        ("doctor", of_visit(VisitSummary::provider_in)),
        ("service", of_visit(VisitSummary::service_in)),
        (
            "tooth",
            visit.map_or_else(String::new, |v| {
                records::split_treatment(&v.treatments).0.unwrap_or_default()
            }),
        ),
        ("day", visit.map_or_else(String::new, |v| day_words(lang, v.day, today))),
        ("next", next),
    ])
}
/// Whether a parent answers the phone.
fn is_child(patient: &Patient, today: NaiveDate) -> bool {
    patient.age_on(today).is_some_and(|age| age < CHILD_UNDER)
}
/// `吴磊先生`, `童童的家长`; in English the name, or a parent of it.
fn addressed(lang: Lang, patient: &Patient, today: NaiveDate) -> String {
    let name = &patient.name;
    if is_child(patient, today) {
        return lang.pick(format!("{name}的家长"), format!("a parent of {name}"));
    }
    let title = match patient.sex {
        Sex::Male => "先生",
        Sex::Female => "女士",
        Sex::Unknown => "",
    };
    lang.pick(format!("{name}{title}"), name.clone())
}
/// `昨天` / `yesterday`; further back the day.
pub(in crate::callbacks) fn day_words(lang: Lang, day: NaiveDate, today: NaiveDate) -> String {
    match (today - day).num_days() {
        0 => lang.pick("今天", "today").to_owned(),
        1 => lang.pick("昨天", "yesterday").to_owned(),
        2..=300 => lang.pick(lang.day(day), format!("on {}", lang.day(day))),
        _ => lang.pick(lang.date(day), format!("on {}", lang.date(day))),
    }
}
