//! Today's tasks, page by page.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::model::{ESCALATION_WITHIN_MS, Task, TaskId, TaskKind, TaskState};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::call_tasks as t;
use crate::platform::error::Result;
use crate::staff::Role;

/// Which tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Which {
    /// Due today or before.
    Open,
    /// Of those, what should have been done ([`Task::is_overdue`]).
    Overdue,
    /// Of those, what was tried before.
    Retry,
    /// Ended today.
    Ended,
}

/// A task's place in its list: urgency and time, or the time it ended; then its id.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(in super::super) struct Place(i32, i64, TaskId);

impl Place {
    pub(in super::super) fn of(task: &Task, which: Which) -> Place {
        match which {
            Which::Ended => Place(0, task.updated_at.0, task.id),
            _ => Place(task.priority, task.due_at.0, task.id),
        }
    }
}

/// For whom, on which day, and which stretch of the list.
pub(in super::super) struct Begin<'a> {
    pub roles: &'a [Role],
    pub today: (Instant, Instant),
    pub after: Option<Place>,
    pub limit: i64,
}

/// The next tasks of a list: open ones by urgency, ended ones the latest first.
pub(in super::super) fn list_page(c: &mut Conn, now: Instant, which: Which, begin: &Begin<'_>) -> Result<Vec<Task>> {
    let (since, until) = begin.today;
    let mut query = t::table
        .filter(t::role.eq_any(begin.roles))
        .limit(begin.limit)
        .into_boxed();
    if which == Which::Ended {
        query = query
            .filter(t::state.ne(TaskState::Open).and(t::updated_at.ge(since)))
            .order((t::updated_at.desc(), t::id.desc()));
        if let Some(Place(_, at, id)) = begin.after {
            let at = Instant(at);
            query = query.filter(t::updated_at.lt(at).or(t::updated_at.eq(at).and(t::id.lt(id))));
        }
        return Ok(query.load(c)?);
    }
    query = query
        .filter(t::state.eq(TaskState::Open).and(t::due_at.lt(until)))
        .order((t::priority.desc(), t::due_at, t::id));
    if which == Which::Retry {
        query = query.filter(t::attempts.gt(0_i32));
    }
    if which == Which::Overdue {
        let escalation = t::kind.eq(TaskKind::Escalation);
        let past = escalation.and(t::created_at.lt(now + -ESCALATION_WITHIN_MS));
        query = query.filter(past.or(t::kind.ne(TaskKind::Escalation).and(t::due_at.lt(since))));
    }
    if let Some(Place(priority, due, id)) = begin.after {
        let due = Instant(due);
        let later = t::due_at.gt(due).or(t::due_at.eq(due).and(t::id.gt(id)));
        query = query.filter(t::priority.lt(priority).or(t::priority.eq(priority).and(later)));
    }
    Ok(query.load(c)?)
}
