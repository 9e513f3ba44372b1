//! A planned leave, and what is chosen for a visit in it. Pure.

use crate::appointments::AppointmentId;
use crate::appointments::model::free::Span;
use crate::clinic::ProviderId;
use crate::platform::clock::{Instant, MINUTE_MS};
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;

id_type! {
    /// Row id of a plan.
    PlanId
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
