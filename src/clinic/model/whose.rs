//! Whose time it is: providers and chairs have hours, single days and times away by the same rules.

use super::{ChairId, ProviderId};

/// A provider or a chair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Of a provider: without any hours they do not work.
    Provider(ProviderId),
    /// Of a chair: without any hours of its own it is open whenever somebody works at it.
    Chair(ChairId),
}

impl Whose {
    /// Of the two columns of a row, of which the database keeps exactly one.
    pub fn of(provider: Option<ProviderId>, chair: Option<ChairId>) -> Option<Whose> {
        provider.map(Whose::Provider).or(chair.map(Whose::Chair))
    }
    /// The provider, if it is one.
    pub fn provider(self) -> Option<ProviderId> {
        match self {
            Whose::Provider(id) => Some(id),
            Whose::Chair(_) => None,
        }
    }
    /// The chair, if it is one.
    pub fn chair(self) -> Option<ChairId> {
        match self {
            Whose::Chair(id) => Some(id),
            Whose::Provider(_) => None,
        }
    }
    /// Row id of either.
    pub fn id(self) -> i64 {
        match self {
            Whose::Provider(id) => id.0,
            Whose::Chair(id) => id.0,
        }
    }
    /// What the audit calls their weekly hours.
    pub fn hours_kind(self) -> &'static str {
        match self {
            Whose::Provider(_) => "provider_hours",
            Whose::Chair(_) => "chair_hours",
        }
    }
    /// What the audit calls sessions of their single days.
    pub fn days_kind(self) -> &'static str {
        match self {
            Whose::Provider(_) => "provider_days",
            Whose::Chair(_) => "chair_days",
        }
    }
    /// What the audit calls a time in which they are away.
    pub fn leave_kind(self) -> &'static str {
        match self {
            Whose::Provider(_) => "provider_leave",
            Whose::Chair(_) => "chair_closures",
        }
    }
}

impl From<ProviderId> for Whose {
    fn from(id: ProviderId) -> Whose {
        Whose::Provider(id)
    }
}

impl From<ChairId> for Whose {
    fn from(id: ChairId) -> Whose {
        Whose::Chair(id)
    }
}
