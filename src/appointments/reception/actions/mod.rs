//! What the desk does. Each is one write.

mod settings;
mod walk_ins;

pub use settings::{ALERTS, SUPPLIES, check_limits, check_supplies, save_alerts, save_supplies};
pub use walk_ins::{NewWalkIn, Placing, Retriage, add_walk_in, leave_unseen, place_walk_in, retriage, suggest};
