//! What people do to appointments. Each is one write: the change, its step in the history, its audit row and its messages
//! commit together or not at all.

mod book;
mod notices;
mod place;
mod saved;
mod stale;
mod steps;
mod undo;

pub use book::{Booking, book, book_for, book_in};
pub use place::{Found, HORIZON_DAYS, MINUTES, Search, find_free, free_for, next_free};
pub use saved::{order_view, remove_view, rename_view, save_view, viewer};
pub use steps::{DoneWithVisit, Step, Target, advance, cancel, confirm, may, reschedule};
pub use undo::undo;

/// Longest note or reason, in characters.
const NOTE_MAX: usize = 1000;
