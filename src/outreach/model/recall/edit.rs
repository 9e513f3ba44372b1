//! What people set of a recall, and taking it back.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Interval, Recall, RecallState};

/// Longest reason, in characters.
pub const REASON_MAX: usize = 200;

/// What people set of a recall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The day it is due, if that is not the one worked out.
    pub due_on: Option<NaiveDate>,
    /// Months of an interval of the patient's own …
    pub months: Option<i32>,
    /// … and its days.
    pub days: Option<i32>,
    /// Not due before this day.
    pub paused_until: Option<NaiveDate>,
    /// Whether it is switched off.
    pub off: bool,
    /// Whether the patient does not want it.
    pub declined: bool,
    /// Why it is paused or off.
    pub reason: String,
    /// Anything else.
    pub note: String,
}

impl Edit {
    /// What is set of a recall now.
    pub fn of(recall: &Recall) -> Edit {
        Edit {
            due_on: recall.edited_on,
            months: recall.own_months,
            days: recall.own_days,
            paused_until: recall.paused_until,
            off: recall.state == RecallState::Off,
            declined: recall.state == RecallState::Declined,
            reason: recall.reason.clone(),
            note: recall.note.clone(),
        }
    }
    /// The interval of the patient's own.
    pub fn own(&self) -> Option<Interval> {
        Interval::stored(self.months, self.days)
    }
}

/// What the last edit can be taken back to, as long as nothing has changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// The version that the edit made.
    pub version: i64,
    /// Where it stood.
    pub state: RecallState,
    /// What was set before.
    pub edit: Edit,
}

impl Undo {
    /// What can be taken back of a recall now.
    pub fn of(recall: &Recall) -> Option<Undo> {
        let undo: Undo = serde_json::from_str(recall.undo.as_deref()?).ok()?;
        (undo.version == recall.version).then_some(undo)
    }
}
