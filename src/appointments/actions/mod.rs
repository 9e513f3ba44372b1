//! What people do to appointments. Each is one write: the change, its step in the history, its audit row and its messages
//! commit together or not at all.

mod book;
mod holds;
mod notices;
mod place;
mod steps;
mod today;
mod undo;
mod walk_in;

pub use book::{Booking, book, book_for, book_in};
pub use holds::{HOLD_MS, HoldWish, hold, release_in};
pub use place::{Found, HORIZON_DAYS, MINUTES, Search, find_free, free_for, next_free};
pub use steps::{DoneWithVisit, Step, Target, advance, arrive, cancel, confirm, may, reschedule};
pub use undo::undo;
pub use walk_in::{
    NewWalkIn, Placing, add_walk_in, leave_unseen, place_walk_in, set_urgency, suggest as suggest_for_walk_in,
};

/// Longest note or reason, in characters.
const NOTE_MAX: usize = 1000;
