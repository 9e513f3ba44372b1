//! What people do to appointments. Each is one write: the change, its step in the history, its audit row and its messages
//! commit together or not at all.

mod book;
mod find;
mod holds;
mod notices;
mod place;
mod steps;
mod together;
mod undo;
mod with_visit;

pub use book::{Booking, book, book_for, book_in};
pub use find::{Finding, Proposals, Together, Wanted, Whom, find_times};
pub use holds::{HOLD_MS, HoldWish, hold, release_in};
pub(super) use place::Place;
pub use place::{Found, HORIZON_DAYS, MINUTES, Search, find_free, free_for, next_free};
pub use steps::{Step, Target, advance, cancel, confirm, may, reschedule};
pub(super) use steps::{cancel_in, move_in};
pub(super) use together::which;
pub use together::{TOGETHER_MAX, book_together, cancel_with_later, move_with_later};
pub use undo::undo;
pub(super) use undo::undo_within;
pub use with_visit::DoneWithVisit;

/// Longest note or reason, in characters.
const NOTE_MAX: usize = 1000;
