//! All SQL of outreach.

pub(super) mod before;
pub(super) mod due;
pub(super) mod recalls;
pub(super) mod rules;
pub(super) mod undelivered;
