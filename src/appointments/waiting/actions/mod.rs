//! What people do with the waiting list and with freed times. Each is one write.

mod answer;
mod ask;
mod by_itself;
mod candidates;
mod entries;
mod freed;
mod lapse;
mod rules;

pub use answer::{Answered, accept, accept_in, decline, decline_in, some_other_times, take_other_time};
pub use ask::{Asking, Seen, dismiss, start, stop};
pub use by_itself::{BEST, ask_by_itself};
pub use candidates::{Candidate, Filling, filling};
pub use entries::{EntryData, change_entry, new_entry, new_entry_of_patient, withdraw_entry};
pub use freed::{after_step, left_while_away, undone};
pub use lapse::lapse;
pub use rules::{RULES, save_rules};
