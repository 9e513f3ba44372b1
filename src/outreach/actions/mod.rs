//! What people do with rules and recalls, and what a finished visit does.

mod edits;
mod recalculate;
mod rules;
mod types;
mod visits;
mod work;

pub use edits::{edit, set_risk, undo_edit};
pub use recalculate::{Effect, STEPS_AT_ONCE, explain, recalculate, recalculate_recalls, recalls_from_history};
pub use rules::{RuleChange, add_rule, change_rule, draft_rule, remove_rule, seed_rules};
pub use types::{Saved, change_type, set_family_days};
pub use visits::{Recalls, count_due_recalls};
pub use work::{Called, call, compose, no_text_because, text, text_all, text_family};
