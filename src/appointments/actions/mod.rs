//! What people do to appointments. Each is one write: the change, its step in the history, its audit row and its messages
//! commit together or not at all.

mod book;
mod judge;
mod notices;
mod place;
mod steps;
mod undo;
mod version;

pub use book::{Booking, book, book_for, book_in};
pub use judge::{Asked, Judged, Reason, judge};
pub use place::{Found, HORIZON_DAYS, MINUTES, Search, find_free, free_for, next_free};
pub use steps::{DoneWithVisit, Step, Target, advance, cancel, confirm, may, reschedule};
pub use undo::undo;

/// Longest note or reason, in characters.
const NOTE_MAX: usize = 1000;
