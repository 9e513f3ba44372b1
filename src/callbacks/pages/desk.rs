//! What the call page shows, gathered.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Deserialize;

use super::CALLERS;
use crate::appointments::{self, Appointment};
use crate::callbacks::actions;
use crate::callbacks::model::{Attempt, CallResult, LATER_DAYS_MAX, Task, TaskId, TaskKind, TaskState, roles_seen_by};
use crate::callbacks::script::{Fill, Script};
use crate::callbacks::store::{self, Listed};
use crate::clinic::{self, Site};
use crate::patients::{self, Patient, Sex};
use crate::platform::clock::{Instant, day_bounds, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::records::{self, VisitSummary};
use crate::staff::{Actor, MANAGERS, Role};

/// Earlier visits beside a call.
const HISTORY: i64 = 5;
/// Below this age a parent answers the phone.
const CHILD_UNDER: u32 = 14;

/// Which rows the list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::callbacks) enum Tab {
    /// All that is due, and at the end what is done.
    #[default]
    Call,
    /// Due before today.
    Overdue,
    /// Called before.
    Retry,
    /// Ended today.
    Done,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    pub task: Option<TaskId>,
    #[serde(default)]
    pub tab: Tab,
    pub saved: Option<TaskId>,
    pub list: Option<String>,
}

/// A row of the list: one call, which may settle several tasks.
pub(in crate::callbacks) struct Row {
    pub of: Listed,
    pub also: usize,
}

/// Everything the page shows.
pub(in crate::callbacks) struct Desk {
    pub lang: Lang,
    pub site: Site,
    pub now: Instant,
    pub tab: Tab,
    pub open: Vec<Row>,
    pub ended: Vec<Row>,
    pub results: Vec<CallResult>,
    pub next_due: Option<Instant>,
    pub call: Option<Call>,
    pub saved: Option<(String, Text)>,
    pub show_list: bool,
    pub may_call: bool,
    pub may_review: bool,
}

/// One call with all that the caller needs.
pub(in crate::callbacks) struct Call {
    pub task: Task,
    pub patient: Patient,
    pub visit: Option<VisitSummary>,
    pub script: Option<Script>,
    pub also: Vec<Task>,
    pub attempts: Vec<Attempt>,
    pub cause: Option<Attempt>,
    pub next: Option<Next>,
    pub history: Vec<VisitSummary>,
    pub fill: Fill,
}

/// The patient's next appointment.
pub(in crate::callbacks) struct Next {
    pub appointment: Appointment,
    pub service: (String, String),
    pub provider: (String, String),
}

impl Desk {
    pub fn tz(&self) -> Tz {
        self.site.tz()
    }
    pub fn today(&self) -> NaiveDate {
        self.now.day(self.tz())
    }
    pub fn is_overdue(&self, t: &Task) -> bool {
        t.state == TaskState::Open && t.due_at.day(self.tz()) < self.today()
    }
    /// Rows of the chosen tab: open ones, ended ones.
    pub fn rows(&self) -> Vec<&Row> {
        let open = self.open.iter().filter(|r| match self.tab {
            Tab::Call => true,
            Tab::Overdue => self.is_overdue(&r.of.task),
            Tab::Retry => r.of.task.attempts > 0,
            Tab::Done => false,
        });
        let ended = self.ended.iter().filter(|_| matches!(self.tab, Tab::Call | Tab::Done));
        open.chain(ended).collect()
    }
    pub fn overdue(&self) -> usize {
        self.open.iter().filter(|r| self.is_overdue(&r.of.task)).count()
    }
    pub fn retry(&self) -> usize {
        self.open.iter().filter(|r| r.of.task.attempts > 0).count()
    }
    /// Share of today's calls that reached somebody, in percent; none when nobody has called.
    pub fn reach_rate(&self) -> Option<usize> {
        let reached = self.results.iter().filter(|r| r.is_reached()).count();
        (reached * 100 + self.results.len() / 2).checked_div(self.results.len())
    }
}

pub(super) fn load(c: &mut Conn, now: Instant, lang: Lang, actor: &Actor, asked: &Asked) -> Result<Desk> {
    let site = clinic::the_site(c)?;
    let roles = actor.role.map_or(&[][..], roles_seen_by);
    let (since, until) = day_bounds(site.tz(), now.day(site.tz()));
    let open = one_row_per_patient(store::list_open(c, until, roles)?);
    let chosen = asked.task.or_else(|| open.first().map(|r| r.of.task.id));
    let saved = asked.saved.map(|id| store::get_task(c, id)).transpose()?;
    let saved = match saved {
        Some(task) => Some((patients::get_patient(c, task.patient_id)?.name, outcome(&task))),
        None => None,
    };
    Ok(Desk {
        lang,
        now,
        tab: asked.tab,
        ended: store::list_ended(c, since, roles)?
            .into_iter()
            .map(|of| Row { of, also: 0 })
            .collect(),
        results: store::list_results(c, since, roles)?,
        next_due: store::next_due(c, until, roles)?,
        call: chosen
            .map(|id| load_call(c, now, lang, actor, (&site, id)))
            .transpose()?,
        saved,
        show_list: asked.list.is_some(),
        may_call: actor.is(CALLERS),
        may_review: actor.is(MANAGERS),
        open,
        site,
    })
}
/// How a task stands after what was just saved.
fn outcome(task: &Task) -> Text {
    task.result
        .map_or_else(|| Text::new("会再打", "will be called again"), CallResult::name)
}

/// Two tasks of one patient are one call: the more urgent one stands for both.
fn one_row_per_patient(tasks: Vec<Listed>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for of in tasks {
        match rows.iter_mut().find(|r| r.of.task.patient_id == of.task.patient_id) {
            Some(row) => row.also += 1,
            None => rows.push(Row { of, also: 0 }),
        }
    }
    rows
}

fn load_call(c: &mut Conn, now: Instant, lang: Lang, actor: &Actor, (site, id): (&Site, TaskId)) -> Result<Call> {
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
    let cause = match task.parent_id {
        Some(parent) => store::list_attempts(c, parent)?.pop(),
        None => None,
    };
    Ok(Call {
        script: store::find_script(c, &task.script)?,
        attempts: store::list_attempts(c, id)?,
        task,
        patient,
        visit,
        also,
        cause,
        next,
        history,
        fill,
    })
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
    let of_visit = |f: fn(&VisitSummary) -> &str| visit.map_or_else(String::new, |v| f(v).to_owned());
    Fill::new(vec![
        ("patient", addressed(lang, patient, today)),
        ("nurse", nurse),
        ("clinic", site.name_in(lang).to_owned()),
        ("doctor", of_visit(|v| &v.provider)),
        ("service", of_visit(|v| &v.service)),
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
/// `吴磊先生`, `童童的家长`; in English the name, or a parent of it.
fn addressed(lang: Lang, patient: &Patient, today: NaiveDate) -> String {
    let name = &patient.name;
    if patient.age_on(today).is_some_and(|age| age < CHILD_UNDER) {
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

/// Times that "call later" offers: in an hour, this afternoon, tomorrow morning; value and label.
pub(in crate::callbacks) fn later_choices(desk: &Desk) -> Vec<(String, String)> {
    const AFTERNOON: (u32, u32) = (16, 30);
    const MORNING: (u32, u32) = (10, 0);
    let (lang, now) = (desk.lang, desk.now.local(desk.tz()));
    let at = |day: NaiveDate, (h, m)| day.and_hms_opt(h, m, 0);
    let afternoon = at(desk.today(), AFTERNOON).filter(|t| *t > now);
    let tomorrow = at(plus_days(desk.today(), 1), MORNING);
    let hour = desk.now.plus_minutes(60).local(desk.tz());
    let mut choices = vec![(hour, lang.pick("1 小时后", "In an hour").to_owned())];
    choices.extend(afternoon.map(|t| (t, lang.pick("今天 16:30", "Today 16:30").to_owned())));
    choices.extend(tomorrow.map(|t| (t, lang.pick("明天 10:00", "Tomorrow 10:00").to_owned())));
    choices
        .into_iter()
        .map(|(t, label)| (t.format("%Y-%m-%dT%H:%M").to_string(), label))
        .collect()
}
/// The last day a call can be put off to.
pub(in crate::callbacks) fn latest_later(desk: &Desk) -> NaiveDate {
    plus_days(desk.today(), LATER_DAYS_MAX - 1)
}
/// Whether the caller may hand this task to the doctor.
pub(in crate::callbacks) fn may_escalate(task: &Task) -> bool {
    task.kind != TaskKind::Escalation
}
