//! All SQL of the desk: walk-ins, waiting times, what the day needs.

mod settings;
mod waits;
mod walk_ins;

pub use settings::{Supplies, list_supplies, save_supplies, save_wait_alerts, wait_alerts};
pub use waits::list_waits;
pub use walk_ins::{
    get_walk_in, insert_walk_in, left_unseen_of, next_number, queue_numbers, requeue, update_walk_in, waits_already,
    walk_ins_of_day,
};
