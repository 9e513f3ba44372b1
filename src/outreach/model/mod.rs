//! Rules, recalls and what they mean. Pure.

mod deviation;
mod due;
mod holdout;
mod load;
mod occasion;
mod recall;
mod rule;
mod spread;
mod step;
mod words;

pub use deviation::{Became, Deviation};
pub use due::{Span, birthdays_on, is_minor, plus_months};
pub use holdout::{Effect, RETURN_DAYS, Share, is_held_out};
pub use load::Load;
pub use occasion::{Calendar, Occasion, OccasionId, SHIPPED};
pub use recall::{
    AFTER_TEXT_DAYS, CallResult, Contact, Edit, Ended, Finished, Interval, Person, REASON_MAX, Recall, RecallFilter,
    RecallId, RecallState, RecallType, Risk, TEXTED, Target, Undo, after_call, after_text, age, calculate, due_on,
};
pub use rule::{Anchor, CatchUp, Channels, Rule, RuleAction, RuleId, Side, rule_in_key};
pub use spread::{PLACES, ids_at, place_of};
pub use step::{STEPS_MAX, Step, Steps};
pub use words::{minute_text, parse_minute};
