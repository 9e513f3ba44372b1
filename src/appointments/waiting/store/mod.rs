//! All SQL of the waiting list, of freed times and of offers.

mod entries;
mod offers;
mod rules;
mod slots;
mod sources;

pub use entries::{
    EntryFilter, EntryPlace, Listed, end_entry, expire_entries, get_entry, insert_entry, list_entries, list_waiting,
    update_entry,
};
pub use offers::{
    answer_offer, ask_offer, end_offers, find_offer, get_offer, insert_offer, lapse_offers, offers_of, opted_out,
    slots_with_late, take_other,
};
pub use rules::{save_waiting_rules, waiting_rules};
pub use slots::{
    NewSlot, Placed, SlotPlace, close_overlapping, close_past, count_open, find_slot_of, get_slot, insert_slot,
    list_away, list_open, list_past_offering, list_untried, page_open, reopen, set_away, set_slot, touch_slot, tried,
};
pub use sources::{due_recalls, not_booked_anew};
