//! All SQL of campaigns.

mod campaigns;
mod people;
mod results;

pub use campaigns::{
    Draft, delete_campaign, find_campaign, get_campaign, insert_campaign, list_campaigns, lock_running, of_segment,
    running, set_gathered, set_state, update_draft,
};
pub use people::{
    Person, addressees, all_waiting, booked_of, count_queued_on, count_turns, find_person, forget_people,
    insert_people, lately, mark_turn, set_sending, waiting,
};
pub use results::{Receiver, Results, receivers, results, unsent_keys};
