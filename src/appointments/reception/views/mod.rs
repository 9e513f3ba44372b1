//! What the pages of the desk look like.

pub(super) mod report;
mod retriage;
pub(super) mod settings;
pub(super) mod sheet;
pub(super) mod slip;
pub(super) mod waiting;
pub(super) mod walk_in;

pub(in crate::appointments) use walk_in::queue_section;
