//! What people do to appointments. Each is one write: the change, its step in the history, its audit row and its messages
//! commit together or not at all.

mod book;
mod cancel;
mod chair;
mod correct;
mod edit;
mod find;
mod habit;
mod holds;
mod judge;
mod moving;
mod notices;
mod over;
mod place;
mod plan;
mod saved;
mod stale;
mod steps;
mod today;
mod together;
mod undo;
mod with_visit;

pub(super) use book::book_here;
pub use book::{Booking, book, book_for, book_in};
pub(super) use cancel::cancel_untold;
pub use cancel::{cancel, cancel_in};
pub use correct::{correct, correctable};
pub use edit::{Edit, edit};
pub use find::{Finding, Proposals, Together, Wanted, Whom, find_times};
pub use habit::habit_of;
pub use holds::{HOLD_MS, HoldWish, hold, hold_in, release_in};
pub use judge::{Asked, Judged, Reason, judge, judge_move};
pub use moving::{Target, reschedule};
pub(super) use moving::{move_in, move_untold};
pub use place::{Found, HORIZON_DAYS, MINUTES, Search, find_free, free_for, next_free};
pub(super) use place::{Place, with_next};
pub use saved::{order_view, remove_view, rename_view, save_view, viewer};
pub(super) use stale::as_of;
pub use steps::{Step, advance, advance_in, arrive, confirm, may};
pub(super) use steps::{advance_with_record, finish_unseen, wrong_state};
pub use together::{TOGETHER_MAX, book_together, cancel_with_later, move_with_later};
pub(super) use together::{one_click, which};
pub use undo::undo;
pub(super) use undo::undo_within;
pub use with_visit::DoneWithVisit;

/// Longest note or reason, in characters.
const NOTE_MAX: usize = 1000;
