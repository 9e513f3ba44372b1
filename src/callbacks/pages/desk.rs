//! What the call page shows, gathered: the list, what was just saved, the call that opens.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Deserialize;

use super::CALLERS;
use super::call::{Call, load_call};
use crate::callbacks::actions;
use crate::callbacks::model::{CallResult, LATER_DAYS_MAX, Task, TaskId, TaskKind, TaskState, open_day, roles_seen_by};
use crate::callbacks::store::{self, Listed};
use crate::clinic::{self, Provider, ProviderId, Site};
use crate::patients;
use crate::platform::clock::{Instant, day_bounds, next_day, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::records::{self, VisitId};
use crate::staff::{Actor, CLINICAL, DESK, MANAGERS, Role, UserId};

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
    /// The task opens whatever the tab: what was typed belongs to it.
    #[serde(skip)]
    pub must: bool,
}

impl Tab {
    /// As addresses and forms name it.
    pub fn key(self) -> &'static str {
        match self {
            Tab::Call => "call",
            Tab::Overdue => "overdue",
            Tab::Retry => "retry",
            Tab::Done => "done",
        }
    }
    /// The tab of a key; the first one for anything else.
    pub fn of_key(key: &str) -> Tab {
        let all = [Tab::Overdue, Tab::Retry, Tab::Done];
        all.into_iter().find(|t| t.key() == key).unwrap_or_default()
    }
}

/// A row of the list: one call, which may settle several tasks.
pub(in crate::callbacks) struct Row {
    pub of: Listed,
    pub also: usize,
    /// Whose patient, when a doctor is to call.
    pub doctor: Option<Doctor>,
}

/// Who treated the patient that a doctor is to call.
#[derive(Clone)]
pub(in crate::callbacks) struct Doctor {
    pub name: Text,
    /// The reader's own patient.
    pub mine: bool,
}
impl Doctor {
    pub fn chip(&self, lang: Lang) -> &str {
        if self.mine {
            lang.pick("我的患者", "My patient")
        } else {
            self.name.get(lang)
        }
    }
}

/// Who treated in the visits of tasks that a doctor is to call about.
pub(super) struct Doctors {
    of_visit: BTreeMap<VisitId, ProviderId>,
    providers: Vec<Provider>,
    user: Option<UserId>,
}
impl Doctors {
    pub fn load(c: &mut Conn, actor: &Actor, tasks: &[&Task]) -> Result<Doctors> {
        let visits: Vec<VisitId> = tasks.iter().filter_map(|t| t.visit_id).collect();
        Ok(Doctors {
            of_visit: store::providers_of(c, &visits)?,
            providers: clinic::list_providers(c, true)?,
            user: actor.user,
        })
    }
    pub fn of(&self, task: &Task) -> Option<Doctor> {
        let id = self
            .of_visit
            .get(&task.visit_id.filter(|_| task.kind == TaskKind::Escalation)?)?;
        let provider = self.providers.iter().find(|p| p.id == *id)?;
        Some(Doctor {
            name: Text::new(&*provider.name, &*provider.name_en),
            mine: self.user.is_some() && provider.user_id == self.user,
        })
    }
    fn is_own(&self, task: &Task) -> bool {
        self.of(task).is_some_and(|d| d.mine)
    }
}

/// What was just saved, and whether it can still be taken back.
pub(in crate::callbacks) struct Saved {
    pub task: Task,
    pub name: String,
    pub what: Text,
    pub may_undo: bool,
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
    next_day_due: Option<Instant>,
    pub call: Option<Call>,
    pub saved: Option<Saved>,
    /// Names the person in the browser's drafts.
    pub user: i64,
    /// Where "tomorrow" lies for a call put off: the next open day.
    pub next_open: NaiveDate,
    pub show_list: bool,
    pub may_call: bool,
    pub may_review: bool,
    pub may_confirm: bool,
    /// Records that this person has to write (a doctor's own).
    pub missing: usize,
}

impl Desk {
    pub fn tz(&self) -> Tz {
        self.site.tz()
    }
    pub fn today(&self) -> NaiveDate {
        self.now.day(self.tz())
    }
    pub fn is_overdue(&self, t: &Task) -> bool {
        t.is_overdue(self.now, self.tz())
    }
    /// Whether a task waits for its time: it is called before that only by choice.
    pub fn is_later(&self, t: &Task) -> bool {
        t.state == TaskState::Open && !t.is_due(self.now)
    }
    /// Rows of the chosen tab: open ones (those due now first), ended ones.
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
    /// The call that opens: the one asked for if the tab has it (the first tab opens any), else the tab's first that is due
    /// now. One whose time has not come opens only when somebody asks for it.
    fn chosen(&self, asked: &Asked) -> Option<TaskId> {
        let rows = self.rows();
        let any = asked.must || self.tab == Tab::Call;
        let asked = asked.task.filter(|id| any || rows.iter().any(|r| r.of.task.id == *id));
        let opens = |t: &Task| self.tab == Tab::Done || (t.state == TaskState::Open && t.is_due(self.now));
        asked.or_else(|| rows.iter().find(|r| opens(&r.of.task)).map(|r| r.of.task.id))
    }
    /// When the next call falls due that is not yet.
    pub fn next_due(&self) -> Option<Instant> {
        let later = self.open.iter().map(|r| &r.of.task).filter(|t| self.is_later(t));
        later.map(|t| t.due_at).min().or(self.next_day_due)
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
    let mut open = store::list_open(c, until, roles)?;
    let ended = store::list_ended(c, since, roles)?;
    let doctors = Doctors::load(
        c,
        actor,
        &open.iter().chain(&ended).map(|l| &l.task).collect::<Vec<_>>(),
    )?;
    open.sort_by_key(|l| (!l.task.is_due(now), !doctors.is_own(&l.task)));
    let days = actions::open_days(c)?;
    let mut desk = Desk {
        lang,
        now,
        tab: asked.tab,
        open: one_row_per_patient(open, &doctors),
        ended: ended.into_iter().map(|of| row_of(of, &doctors)).collect(),
        results: store::list_results(c, since, roles)?,
        next_day_due: store::next_due(c, until, roles)?,
        call: None,
        saved: asked
            .saved
            .map(|id| load_saved(c, now, actor, (&site, id)))
            .transpose()?,
        user: actor.user.map_or(0, |u| u.0),
        next_open: open_day(plus_days(now.day(site.tz()), 1), |d| days.is_open(d)),
        show_list: asked.list.is_some(),
        may_call: actor.is(CALLERS),
        may_review: actor.is(MANAGERS),
        may_confirm: actor.is(DESK),
        missing: if actor.is(CLINICAL) {
            records::count_missing(c, now, actor)?
        } else {
            0
        },
        site,
    };
    if let Some(id) = desk.chosen(asked) {
        desk.call = Some(load_call(c, now, lang, actor, (&desk.site, id))?);
    }
    Ok(desk)
}
fn load_saved(c: &mut Conn, now: Instant, actor: &Actor, (site, id): (&Site, TaskId)) -> Result<Saved> {
    let task = actions::visible_task(c, actor, id)?;
    Ok(Saved {
        name: patients::get_patient(c, task.patient_id)?.name,
        what: outcome(c, site, &task)?,
        may_undo: actions::saved_attempt(c, now, actor, id)?.is_some(),
        task,
    })
}
/// How a task stands after what was just saved, and whose work came of it.
fn outcome(c: &mut Conn, site: &Site, task: &Task) -> Result<Text> {
    let mut parts = vec![task.result.map_or_else(|| again_at(site, task), CallResult::name)];
    let Some(last) = store::list_attempts(c, task.id)?.pop() else {
        return Ok(parts.swap_remove(0));
    };
    for made in store::list_of_occurrences(c, &actions::occurrences_of(last.id))? {
        match (made.kind, made.role) {
            (TaskKind::Escalation, Role::Doctor) => {
                // "Escalated" says it already.
                parts.retain(|_| task.result != Some(CallResult::Escalated));
                parts.push(Text::new(
                    "已转医生，24 小时内",
                    "passed to the doctor, within 24 hours",
                ));
            }
            (TaskKind::Escalation, _) => {
                parts.retain(|_| task.result != Some(CallResult::Escalated));
                parts.push(Text::new(
                    "已转护士长，24 小时内",
                    "passed to the head nurse, within 24 hours",
                ));
            }
            _ => parts.push(Text::new("差评已交护士长", "the head nurse has the low rating")),
        }
    }
    let join = |f: fn(&Text) -> &str| parts.iter().map(f).collect::<Vec<_>>().join(" · ");
    Ok(Text::new(join(|t| &t.zh), join(|t| &t.en)))
}
fn again_at(site: &Site, task: &Task) -> Text {
    let (zh, en) = (
        Lang::Zh.day_time(task.due_at, site.tz()),
        Lang::En.day_time(task.due_at, site.tz()),
    );
    Text::new(format!("{zh} 会再打"), format!("will be called again {en}"))
}

/// Two tasks of one patient are one call: the more urgent one stands for both.
fn one_row_per_patient(tasks: Vec<Listed>, doctors: &Doctors) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for of in tasks {
        match rows.iter_mut().find(|r| r.of.task.patient_id == of.task.patient_id) {
            Some(row) => row.also += 1,
            None => rows.push(row_of(of, doctors)),
        }
    }
    rows
}
fn row_of(of: Listed, doctors: &Doctors) -> Row {
    Row {
        doctor: doctors.of(&of.task),
        also: 0,
        of,
    }
}

/// Times that "call later" offers: in an hour, this afternoon, the morning of the next open day; value and label.
pub(in crate::callbacks) fn later_choices(desk: &Desk) -> Vec<(String, String)> {
    const AFTERNOON: (u32, u32) = (16, 30);
    const MORNING: (u32, u32) = (10, 0);
    let (lang, now) = (desk.lang, desk.now.local(desk.tz()));
    let at = |day: NaiveDate, (h, m)| day.and_hms_opt(h, m, 0);
    let afternoon = at(desk.today(), AFTERNOON).filter(|t| *t > now);
    let morning = at(desk.next_open, MORNING);
    let label = if desk.next_open == next_day(desk.today()) {
        lang.pick("明天", "Tomorrow").to_owned()
    } else {
        lang.day(desk.next_open)
    };
    let hour = desk.now.plus_minutes(60).local(desk.tz());
    let mut choices = vec![(hour, lang.pick("1 小时后", "In an hour").to_owned())];
    choices.extend(afternoon.map(|t| (t, lang.pick("今天 16:30", "Today 16:30").to_owned())));
    choices.extend(morning.map(|t| (t, format!("{label} 10:00"))));
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
