//! What people do with rules and recalls, and what a finished visit does.

mod check;
mod days;
mod rules;
mod seeds;
mod visits;
mod work;

pub(super) use check::field_of;
pub use days::{DayChange, add_day, change_day, remove_day};
pub use rules::{RuleChange, Stops, add_rule, change_rule, draft_rule, remove_rule};
pub use seeds::seed_rules;
pub use visits::{Recalls, count_due_recalls, recalls_from_history};
pub use work::{call, compose, no_text_because, text, text_all};
