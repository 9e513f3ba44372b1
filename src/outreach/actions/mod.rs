//! What people do with rules and recalls, and what a finished visit does.

mod rules;
mod visits;
mod work;

pub use rules::{RuleChange, add_rule, change_rule, draft_rule, remove_rule, seed_rules};
pub use visits::{Recalls, count_due_recalls, recalls_from_history};
pub use work::{call, compose, no_text_because, text, text_all};
