//! What people do on the phone: log an attempt, and everything that follows on it, in one transaction; and take it back.

mod follow_up;
mod note;
mod text;
mod undo;

use std::collections::BTreeMap;

use chrono::Timelike;

use super::model::{
    Alarm, AttemptId, CallResult, LATER_DAYS_MAX, NewTask, OpenDays, TWICE_WITHIN_MS, Task, TaskId, TaskKind,
    TaskState, after_no_answer, roles_seen_by,
};
use super::script::{Answers, Sheet, alarm_of, first_scripts};
use super::store::{self, NewAttempt, Turn};
use crate::clinic;
use crate::platform::clock::{DAY_MS, Instant, day_bounds};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Subject};
use follow_up::follow_up;
pub(super) use follow_up::occurrences_of;
pub(super) use note::add_note;
pub(super) use text::{text_instead, text_of};
pub(super) use undo::{saved_attempt, undo};

/// Longest note, in characters.
const NOTE_MAX: usize = 2_000;
/// Hours in which a patient may be called at a time that they name.
const LATER_HOURS: std::ops::Range<u32> = 7..22;

/// Makes a task. `None` when there is one of its occurrence already.
pub fn create_task(c: &mut Conn, now: Instant, task: &NewTask) -> Result<Option<TaskId>> {
    store::insert_task(c, now, task)
}

/// Takes back an open task that nobody has worked on; false when there is none.
pub fn withdraw_task(c: &mut Conn, occurrence: &str) -> Result<bool> {
    store::delete_untouched(c, occurrence)
}

/// Adds the first scripts to an installation that has none.
pub fn seed_scripts(c: &mut Conn, now: Instant) -> Result<()> {
    if store::count_scripts(c)? > 0 {
        return Ok(());
    }
    first_scripts()?
        .iter()
        .try_for_each(|s| store::insert_script(c, now, s))
}

/// What the caller says of one call.
#[derive(Debug, Clone)]
pub struct Report {
    /// The task's version that the caller saw.
    pub version: i64,
    /// How it ended.
    pub result: CallResult,
    /// Answers by question.
    pub answers: BTreeMap<String, String>,
    /// Satisfaction 1–5.
    pub score: Option<i32>,
    /// Free text.
    pub note: String,
    /// When to call again; needed for [`CallResult::CallLater`].
    pub later_at: Option<Instant>,
    /// Other tasks of the patient that were settled in the same call, with their versions.
    pub also: Vec<(TaskId, i64)>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The attempt.
    pub attempt: AttemptId,
    /// The task as it is now.
    pub task: Task,
    /// How worrying the answers are.
    pub alarm: Alarm,
    /// When the next try is due.
    pub next_try_at: Option<Instant>,
    /// Tasks that were made: for the doctor, for the head nurse.
    pub made: Vec<TaskId>,
}

impl Report {
    fn check(&self, now: Instant) -> Faults {
        let mut faults = Faults::default();
        if self.score.is_some_and(|s| !(1..=5).contains(&s)) {
            faults.add("score", "invalid", "评分是 1 到 5", "A score is 1 to 5");
        }
        if self.note.chars().count() > NOTE_MAX {
            faults.add(
                "note",
                "too_long",
                format!("备注最多 {NOTE_MAX} 个字"),
                format!("A note has at most {NOTE_MAX} characters"),
            );
        }
        if self.result == CallResult::CallLater {
            match self.later_at {
                None => faults.add("later_at", "required", "请选择什么时候再打", "Say when to call again"),
                Some(at) if at <= now => faults.add("later_at", "past", "这个时间已经过去", "This time has passed"),
                Some(at) if at - now > LATER_DAYS_MAX * DAY_MS => {
                    faults.add("later_at", "too_late", "最多推迟 30 天", "At most 30 days from now");
                }
                Some(_) => {}
            }
        }
        faults
    }
    /// Who was reached has said something: an answer, a mark, or what the note tells.
    fn check_said(&self, answers: &Answers) -> Faults {
        let mut faults = Faults::default();
        let said = answers.values().any(Option::is_some) || self.score.is_some() || !self.note.is_empty();
        if self.result == CallResult::Reached && !said {
            faults.add(
                "answers",
                "required",
                "还没有任何记录：请至少选一个回答、打一个分或写一句备注，再保存为“已接通”",
                "Nothing is noted yet: choose at least one answer or a mark, or write a note, before saving it as reached",
            );
        }
        faults
    }
}

/// The days on which the clinic is open: see [`OpenDays`].
pub(super) fn open_days(c: &mut Conn) -> Result<OpenDays> {
    let clinic = clinic::snapshot(c)?;
    let active = clinic.providers.iter().filter(|p| p.active);
    Ok(OpenDays(active.map(|p| clinic.rota(p.id)).collect()))
}

/// Nobody is called at night, nor on a day on which nobody is here to call.
fn check_later(c: &mut Conn, report: &Report) -> Result<Faults> {
    let mut faults = Faults::default();
    let Some(at) = report.later_at.filter(|_| report.result == CallResult::CallLater) else {
        return Ok(faults);
    };
    let local = at.local(clinic::the_site(c)?.tz());
    if !LATER_HOURS.contains(&local.hour()) {
        faults.add(
            "later_at",
            "night",
            "请选 7:00 到 22:00 之间",
            "Between 7:00 and 22:00, please",
        );
    } else if !open_days(c)?.is_open(local.date()) {
        faults.add(
            "later_at",
            "closed",
            "诊所这天不开门，请换一天",
            "The clinic is closed on this day: choose another",
        );
    }
    Ok(faults)
}

/// Logs a call and does what follows on it (clinic.md R13, R23).
///
/// # Errors
/// `NotFound` for a task that is not this role's, `Invalid` by field, `stale` when somebody else logged this call (it says
/// who, when and what), `not_yet` when the same person logs a second attempt within a minute: that is a key pressed twice.
pub fn record_attempt(c: &mut Conn, now: Instant, actor: &Actor, id: TaskId, report: &Report) -> Result<Recorded> {
    report.check(now).finish()?;
    let task = visible_task(c, actor, id)?;
    if task.version != report.version || task.state != TaskState::Open {
        return Err(taken(c, &task)?);
    }
    if let Some(twice) = pressed_twice(c, now, actor, &task)? {
        return Err(twice);
    }
    if task.kind == TaskKind::Escalation && report.result == CallResult::Escalated {
        return Err(Error::conflict(
            "wrong_state",
            "这已经是医生的任务",
            "This is the doctor's task already",
        ));
    }
    let sheet = store::find_script(c, &task.script)?
        .map(|s| s.sheet)
        .unwrap_or_default();
    let answers = sheet.answers(|key| report.answers.get(key).cloned());
    let mut faults = sheet.check(&report.answers);
    faults.0.extend(report.check_said(&answers).0);
    faults.0.extend(check_later(c, report)?.0);
    faults.finish()?;
    let findings = sheet.findings(&answers);
    let alarm = alarm_of(&findings);
    let turn = turn_of(c, now, &task, report)?;
    let attempt = log(c, now, actor, (&task, None), (turn, report, &answers, alarm))?;
    let made = follow_up(c, now, (&task, attempt), report, &findings)?;
    settle_others(c, now, actor, (&task, attempt), report)?;
    let detail = format!("{}, alarm {alarm}, score {:?}", report.result, report.score);
    staff::audit(
        c,
        now,
        actor,
        "call",
        Subject::of_patient("call_tasks", id.0, task.patient_id.0),
        &detail,
    )?;
    Ok(Recorded {
        attempt,
        task: store::get_task(c, id)?,
        alarm,
        next_try_at: (turn.state == TaskState::Open).then_some(turn.due_at),
        made,
    })
}

/// A task that this actor's role may work on.
pub(super) fn visible_task(c: &mut Conn, actor: &Actor, id: TaskId) -> Result<Task> {
    let task = store::get_task(c, id)?;
    let seen = actor.role.is_some_and(|r| roles_seen_by(r).contains(&task.role));
    if seen {
        Ok(task)
    } else {
        Err(Error::NotFound("call task"))
    }
}

/// How the task stands after the call.
fn turn_of(c: &mut Conn, now: Instant, task: &Task, report: &Report) -> Result<Turn> {
    let ended = |state| Turn {
        state,
        result: Some(report.result),
        due_at: task.due_at,
    };
    let again = |due_at| Turn {
        state: TaskState::Open,
        result: None,
        due_at,
    };
    Ok(match report.result {
        CallResult::Reached | CallResult::Escalated => ended(TaskState::Done),
        CallResult::WrongNumber | CallResult::Declined => ended(TaskState::Closed),
        CallResult::CallLater => report.later_at.map_or_else(|| ended(TaskState::Closed), again),
        CallResult::NoAnswer => {
            let site = clinic::the_site(c)?;
            let days = open_days(c)?;
            after_no_answer(task.attempts + 1, now, site.tz(), |d| days.is_open(d))
                .map_or_else(|| ended(TaskState::Closed), again)
        }
    })
}

/// Changes the task and adds the attempt's row; `with`: the call that settled this task, too.
fn log(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (task, with): (&Task, Option<AttemptId>),
    (turn, report, answers, alarm): (Turn, &Report, &Answers, Alarm),
) -> Result<AttemptId> {
    // First the task, on its version: of two who log at once, the second finds it changed and nothing is written twice.
    if !store::turn_task(c, now, task, turn)? {
        return Err(taken(c, task)?);
    }
    let answers = serde_json::to_string(answers).map_err(|e| Error::Internal(format!("answers: {e}")))?;
    let attempt = NewAttempt {
        task,
        result: report.result,
        answers,
        alarm,
        score: report.score,
        note: &report.note,
        next_try_at: (turn.state == TaskState::Open).then_some(turn.due_at),
        with,
    };
    store::insert_attempt(c, now, actor, &attempt)
}

/// Two tasks of one patient are one call (clinic.md R23): the other tasks due now share its end. Those that were not
/// ticked stay open when the patient was reached.
fn settle_others(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (task, call): (&Task, AttemptId),
    report: &Report,
) -> Result<()> {
    let zone = clinic::the_site(c)?.tz();
    let (_, until) = day_bounds(zone, now.day(zone));
    let talked = matches!(report.result, CallResult::Reached | CallResult::Escalated);
    let roles = actor.role.map_or(&[][..], roles_seen_by);
    for other in store::list_open_of_patient(c, task.patient_id, until)? {
        let ticked = report.also.iter().find(|(id, _)| *id == other.id);
        let own = other.id == task.id || other.parent_id == Some(task.id) || !roles.contains(&other.role);
        if own || (talked && ticked.is_none()) {
            continue;
        }
        if ticked.is_some_and(|(_, version)| *version != other.version) {
            return Err(taken(c, &other)?);
        }
        let shared = Report {
            result: if talked { CallResult::Reached } else { report.result },
            score: None,
            note: String::new(),
            ..report.clone()
        };
        let turn = turn_of(c, now, &other, &shared)?;
        let none = Sheet::default().answers(|_| None);
        log(c, now, actor, (&other, Some(call)), (turn, &shared, &none, Alarm::None))?;
    }
    Ok(())
}

/// The same person has logged this call less than a minute ago: a key pressed twice would use up the tries.
fn pressed_twice(c: &mut Conn, now: Instant, actor: &Actor, task: &Task) -> Result<Option<Error>> {
    let last = store::list_attempts(c, task.id)?.pop();
    let twice = |a: &store::Attempt| {
        actor.user.is_some() && a.user_id == actor.user && (0..TWICE_WITHIN_MS).contains(&(now - a.at))
    };
    let Some(last) = last.filter(twice) else {
        return Ok(None);
    };
    let zone = clinic::the_site(c)?.tz();
    let (time, what) = (last.at.local(zone).format("%H:%M").to_string(), last.result.name());
    Ok(Some(Error::conflict(
        "not_yet",
        format!("您在 {time} 刚记录过这次呼叫（{}），一分钟内不重复记录", what.zh),
        format!(
            "You logged this call at {time} ({}): it is not logged twice within a minute",
            what.en
        ),
    )))
}

/// Somebody else was faster: who, when, what.
fn taken(c: &mut Conn, task: &Task) -> Result<Error> {
    let zone = clinic::the_site(c)?.tz();
    let Some(last) = store::list_attempts(c, task.id)?.pop() else {
        return Ok(Error::stale());
    };
    let (time, what) = (last.at.local(zone).format("%H:%M").to_string(), last.result.name());
    Ok(Error::Conflict {
        code: "stale",
        text: Text::new(
            format!("{} 已在 {time} 记录了这次回访（{}）", last.actor, what.zh),
            format!("{} logged this call at {time} ({})", last.actor, what.en),
        ),
        extra: serde_json::json!({
            "changed_by": last.actor, "changed_at": last.at.rfc3339(), "result": last.result
        }),
    })
}
