//! A planned leave, and what is chosen for a visit in it. Pure.

use crate::appointments::model::free::Span;
use crate::appointments::{Appointment, AppointmentId};
use crate::clinic::ProviderId;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS, is_in_calendar};
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;
use crate::platform::web::form::Faults;

id_type! {
    /// Row id of a plan.
    PlanId
}

id_type! {
    /// Row id of a leave that waits to be approved.
    DraftId
}

text_enum! {
    /// Where a draft stands.
    DraftState {
        /// For a manager to approve.
        Waiting = "waiting",
        /// It is a plan.
        Approved = "approved",
        /// Put away.
        Dropped = "dropped",
    }
}

text_enum! {
    /// What becomes of a visit.
    Choice {
        /// It goes elsewhere.
        Move = "move",
        /// It is cancelled, and the patient told.
        Cancel = "cancel",
        /// It stays until the patient has been called.
        Call = "call",
    }
}

impl Choice {
    /// For people: what was done.
    pub fn done(self) -> Text {
        match self {
            Choice::Move => Text::new("已改期", "Moved"),
            Choice::Cancel => Text::new("已取消", "Cancelled"),
            Choice::Call => Text::new("请致电患者", "To be called"),
        }
    }
}

/// For so long can a plan be taken back: its messages are held as long.
pub const UNDO_MS: i64 = 2 * MINUTE_MS;

/// Longest leave, and longest reason in characters.
const LONGEST_MS: i64 = 2 * 366 * DAY_MS;
const REASON_MAX: usize = 200;

/// A leave that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whose.
    pub provider: ProviderId,
    /// When.
    pub span: Span,
    /// For colleagues.
    pub reason: String,
}

impl Wanted {
    /// Everything wrong with it.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::default();
        let Span { from, until } = self.span;
        if until <= from || until - from > LONGEST_MS {
            let (zh, en) = (
                "结束必须晚于开始，且不超过两年",
                "It must end later than it begins, within two years",
            );
            faults.add("until", "invalid", zh, en);
        }
        if !is_in_calendar(from.day(chrono_tz::UTC)) || !is_in_calendar(until.day(chrono_tz::UTC)) {
            faults.add("from", "invalid", "日期超出范围", "This day is out of range");
        }
        if self.reason.chars().count() > REASON_MAX {
            faults.add(
                "reason",
                "too_long",
                "原因最多 200 字",
                "A reason has at most 200 characters",
            );
        }
        faults
    }
}

/// What is to become of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// To another time or provider.
    To(Instant, ProviderId),
    /// Cancelled.
    Cancelled,
    /// The patient is called first.
    Called,
}

impl Fate {
    /// Reads `move:1795600000000:3`, `cancel`, `call`.
    pub fn read(text: &str) -> Option<Fate> {
        let mut parts = text.split(':');
        match (parts.next()?, parts.next(), parts.next()) {
            ("cancel", None, None) => Some(Fate::Cancelled),
            ("call", None, None) => Some(Fate::Called),
            ("move", Some(at), Some(provider)) => Some(Fate::To(Instant(at.parse().ok()?), provider.parse().ok()?)),
            _ => None,
        }
    }
    /// As [`Fate::read`] reads it.
    pub fn show(self) -> String {
        match self {
            Fate::To(at, provider) => format!("move:{}:{provider}", at.0),
            Fate::Cancelled => "cancel".into(),
            Fate::Called => "call".into(),
        }
    }
    /// What of it is written down.
    pub fn choice(self) -> Choice {
        match self {
            Fate::To(..) => Choice::Move,
            Fate::Cancelled => Choice::Cancel,
            Fate::Called => Choice::Call,
        }
    }
}

/// A draft's row.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Draft {
    /// Row id.
    pub id: DraftId,
    /// Whose leave.
    pub provider_id: ProviderId,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// For colleagues.
    pub reason: String,
    choices: String,
    /// Who prepared it.
    pub actor: String,
    /// When.
    pub created_at: Instant,
    /// Where it stands.
    pub state: DraftState,
    /// What it became.
    pub plan_id: Option<PlanId>,
    /// Rises with every change.
    pub version: i64,
}

impl Draft {
    /// The leave.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            provider: self.provider_id,
            span: Span {
                from: self.starts_at,
                until: self.ends_at,
            },
            reason: self.reason.clone(),
        }
    }
    /// What was chosen for which visit, as of which version.
    pub fn choices(&self) -> Vec<(AppointmentId, i64, Fate)> {
        let read: Vec<(AppointmentId, i64, String)> = serde_json::from_str(&self.choices).unwrap_or_default();
        let each = read.into_iter();
        each.filter_map(|(id, version, fate)| Some((id, version, Fate::read(&fate)?)))
            .collect()
    }
}

/// As [`Draft::choices`] reads it.
pub fn write_choices(choices: &[(AppointmentId, i64, Fate)]) -> String {
    let each = choices.iter();
    let shown: Vec<_> = each.map(|(id, version, fate)| (id, version, fate.show())).collect();
    serde_json::json!(shown).to_string()
}

/// A plan's row.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Plan {
    /// Row id.
    pub id: PlanId,
    /// Whose leave.
    pub provider_id: ProviderId,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// For colleagues.
    pub reason: String,
    /// Who approved it.
    pub actor: String,
    /// When.
    pub created_at: Instant,
    /// When it was taken back.
    pub undone_at: Option<Instant>,
}

impl PlanStep {
    /// Whether the patient of a visit as it is now is still to be called.
    pub fn awaits_call(&self, visit: &Appointment) -> bool {
        self.choice == Choice::Call && visit.version == self.version && visit.status.is_planned()
    }
}

impl Plan {
    /// 1 as it was approved, 2 once it was taken back.
    pub fn version(&self) -> i64 {
        1 + i64::from(self.undone_at.is_some())
    }
}

/// What a plan did to a visit.
#[derive(Debug, Clone, Copy, diesel::Queryable)]
pub struct PlanStep {
    /// Which.
    pub appointment: AppointmentId,
    /// What.
    pub choice: Choice,
    /// The version that it led to.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fate_is_read_as_it_is_written() {
        for fate in [Fate::To(Instant(5), ProviderId(3)), Fate::Cancelled, Fate::Called] {
            assert_eq!(Fate::read(&fate.show()), Some(fate));
        }
        for wrong in ["", "move", "move:1", "move:x:1", "cancel:1", "go"] {
            assert_eq!(Fate::read(wrong), None, "{wrong}");
        }
    }
}
