//! The waiting list, and filling the times that cancelled and moved visits leave.
//!
//! A freed time is a row made in the transaction of the step that frees it. The desk chooses whom to ask; those asked get a
//! message with a signed link; the time is held until one of them accepts, all are past, or the desk ends it. Who accepts
//! first has it: one conditional update in the transaction that books.

mod actions;
mod api;
mod cause;
mod model;
mod pages;
mod store;
mod views;

pub use actions::{
    Answered, EntryData, accept, ask_by_itself, decline, lapse, new_entry, new_entry_of_patient, some_other_times,
    take_other_time,
};
pub(super) use actions::{after_step, left_while_away, undone};
pub use api::ApiDoc;
pub use cause::{OFFER_LINK, OfferCause, offer_link_ends_at, offer_path};
pub(super) use model::days_of;
pub use model::{EntryId, Offer, OfferId, OfferState, Slot, SlotId, SlotState, Urgency};
pub(super) use store::not_booked_anew;
pub use store::{count_open, find_offer, get_slot, offers_of};

use actix_web::web;

/// The list, filling a gap, the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    api::routes(cfg);
    pages::routes(cfg);
}
