//! What people do with rules and recalls, and what a finished visit does.

mod check;
mod days;
mod edits;
mod forecast;
mod parts;
mod recalculate;
mod rules;
mod seeds;
mod together;
mod types;
mod visits;
mod work;

pub(super) use check::{field_of, steps_of};
pub use days::{DayChange, add_day, change_day, remove_day};
pub use edits::{edit, set_risk, undo_edit};
pub use forecast::{Forecast, forecast};
pub use parts::{UNITS, interval};
pub use recalculate::{Foreseen, STEPS_AT_ONCE, explain, recalculate, recalculate_recalls, recalls_from_history};
pub use rules::{RuleChange, Stops, add_rule, change_rule, draft_rule, effect, remove_rule};
pub use seeds::seed_rules;
pub(super) use together::{is_spoken_for, speak_for_family, take_back_for_family};
pub use types::{Saved, Wanted, change_type, set_family_days};
pub use visits::{Recalls, count_due_recalls};
pub use work::{Called, TEXTS_MAX, Texted, call, compose, no_text_because, text, text_all, text_family};
