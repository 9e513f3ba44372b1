//! All SQL of outreach.

pub(super) mod arms;
pub(super) mod before;
pub(super) mod due;
pub(super) mod forecast;
pub(super) mod known;
pub(super) mod late;
pub(super) mod load;
pub(super) mod occasions;
pub(super) mod recalls;
pub(super) mod rules;
pub(super) mod undelivered;
