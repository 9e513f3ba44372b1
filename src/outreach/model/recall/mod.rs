//! A recall: time for a check-up again. When it is due is worked out ([`calculate`]) until somebody edits it ([`Edit`]).

mod calculate;
#[cfg(test)]
mod calculate_tests;
mod edit;
mod interval;
mod types;

pub use calculate::{Ended, Finished, Person, Target, calculate, due_on};
pub use edit::{Edit, REASON_MAX, Undo};
pub use interval::Interval;
pub use types::{RecallType, Risk, age};

use chrono::NaiveDate;
use serde::Serialize;

use crate::clinic::{ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;
use crate::records::VisitId;

/// Days for which a patient who was texted leaves the list.
pub const AFTER_TEXT_DAYS: i64 = 14;
/// Days until a call that nobody answered is tried again.
const AFTER_NO_ANSWER_DAYS: i64 = 3;
/// Days until somebody who said "I have booked" is looked at again, if no appointment is there.
const AFTER_BOOKED_DAYS: i64 = 3;
/// Days in which a wrong number can be put right.
const AFTER_WRONG_NUMBER_DAYS: i64 = 7;

id_type! {
    /// Row id of a recall.
    RecallId
}

text_enum! {
    /// Where a recall stands. That the patient has an appointment for the service is never stored: it is asked of the
    /// appointments.
    RecallState {
        /// To be done when its day has come.
        Due = "due",
        /// The patient does not want it.
        Declined = "declined",
        /// Somebody of the staff has switched it off. Finished visits leave it so.
        Off = "off",
        /// Not called for: another recall of its group goes before it, the patient is not of its age, or nobody is recalled
        /// by it any more. It comes back by itself.
        Ended = "ended",
    }
}

text_enum! {
    /// How a call went.
    CallResult {
        /// An appointment was or will be made.
        Booked = "booked",
        /// Call again on a day the patient named.
        Later = "later",
        /// The patient does not want it.
        Declined = "declined",
        /// The number is not the patient's.
        WrongNumber = "wrong-number",
        /// Nobody answered.
        NoAnswer = "no-answer",
    }
}

impl CallResult {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            CallResult::Booked => Text::new("已约", "Booked"),
            CallResult::Later => Text::new("改日再打", "Call later"),
            CallResult::Declined => Text::new("拒绝", "Declined"),
            CallResult::WrongNumber => Text::new("号码错误", "Wrong number"),
            CallResult::NoAnswer => Text::new("无人接听", "No answer"),
        }
    }
}

/// A recall's row.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Recall {
    /// Row id.
    pub id: RecallId,
    /// Who.
    pub patient_id: PatientId,
    /// For what.
    pub service_id: ServiceId,
    /// The visit it counts from.
    pub visit_id: Option<VisitId>,
    /// The day that is worked out from the visit.
    pub calculated_on: NaiveDate,
    /// The day somebody has set instead. None: due follows what is worked out.
    pub edited_on: Option<NaiveDate>,
    /// Months of an interval of this patient's own …
    pub own_months: Option<i32>,
    /// … and its days.
    pub own_days: Option<i32>,
    /// Not due before this day.
    pub paused_until: Option<NaiveDate>,
    /// The day it is due, in the site's calendar: the one set, else the one worked out; while it is paused, the pause's end.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub state: RecallState,
    /// Why it is paused or off.
    pub reason: String,
    /// Anything else.
    pub note: String,
    /// How often the patient was contacted about it.
    pub attempts: i32,
    /// Not on the list before this day.
    pub hidden_until: Option<NaiveDate>,
    /// What the last contact gave: `texted` or a `CallResult`.
    pub last_result: Option<String>,
    /// What the last edit can be taken back to, as JSON.
    #[serde(skip)]
    pub undo: Option<String>,
    /// Rises with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When a visit or the desk last changed it: what was texted since then is a contact.
    pub updated_at: Instant,
}

impl Recall {
    /// An interval of this patient's own.
    pub fn own(&self) -> Option<Interval> {
        Interval::stored(self.own_months, self.own_days)
    }
    /// Whether somebody has set something that is not to be forgotten with the last visit.
    pub fn is_kept(&self) -> bool {
        self.own().is_some() || self.state == RecallState::Off || self.paused_until.is_some() || !self.note.is_empty()
    }
    /// Whether it rests until a day that is still to come.
    pub fn is_paused(&self, today: NaiveDate) -> bool {
        self.paused_until.is_some_and(|until| until > today)
    }
    /// What the last contact gave, for people.
    pub fn last_result_text(&self) -> Option<Text> {
        let last = self.last_result.as_deref()?;
        Some(match last.parse::<CallResult>() {
            Ok(result) => result.name(),
            Err(_) => Text::new("已发短信", "Texted"),
        })
    }
    /// Whole weeks since it was due.
    pub fn weeks_over(&self, today: NaiveDate) -> i64 {
        (today - self.due_on).num_weeks()
    }
}

/// What a contact leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// New state.
    pub state: RecallState,
    /// Back on the list on this day; none: never.
    pub back_on: Option<NaiveDate>,
    /// What it gave.
    pub result: &'static str,
}

/// The result of a contact that was a message.
pub const TEXTED: &str = "texted";

/// A text was queued today.
pub fn after_text(today: NaiveDate) -> Contact {
    Contact {
        state: RecallState::Due,
        back_on: Some(plus_days(today, AFTER_TEXT_DAYS)),
        result: TEXTED,
    }
}

/// A call was made today; `later` is the day named for [`CallResult::Later`].
pub fn after_call(result: CallResult, today: NaiveDate, later: Option<NaiveDate>) -> Contact {
    let back_on = match result {
        CallResult::Booked => Some(plus_days(today, AFTER_BOOKED_DAYS)),
        CallResult::Later => later.or(Some(plus_days(today, 1))),
        CallResult::Declined => None,
        CallResult::WrongNumber => Some(plus_days(today, AFTER_WRONG_NUMBER_DAYS)),
        CallResult::NoAnswer => Some(plus_days(today, AFTER_NO_ANSWER_DAYS)),
    };
    let state = if result == CallResult::Declined {
        RecallState::Declined
    } else {
        RecallState::Due
    };
    Contact {
        state,
        back_on,
        result: result.as_str(),
    }
}

/// Which recalls are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct RecallFilter {
    /// Only this service.
    pub service: Option<ServiceId>,
    /// Only those last treated by this provider.
    pub provider: Option<ProviderId>,
    /// Overdue by at least so many weeks …
    pub weeks_from: Option<i64>,
    /// … and by less than so many.
    pub weeks_below: Option<i64>,
    /// Contacted exactly so often; 2 stands for "twice or more".
    pub attempts: Option<i32>,
    /// Those at high risk first, those at low risk last; within them as ever.
    pub by_risk: bool,
    /// Only those after this place in the order of days and ids.
    pub after: Option<(NaiveDate, RecallId)>,
}

impl RecallFilter {
    /// Whether somebody who was contacted so often is looked for.
    pub fn suits(&self, contacts: i32) -> bool {
        match self.attempts {
            Some(n @ 0..=1) => contacts == n,
            Some(n) => contacts >= n,
            None => true,
        }
    }
}
