//! Patients put themselves on the waiting list when no time suits: known ones at once, everybody else once they have shown
//! that the number or address is theirs, as for a booking.

mod actions;
mod cause;
mod model;
mod store;

pub use actions::{Joined, confirm_listing, join_known, request_listing, send_listing_again};
pub use cause::{LIST_LINK, ListCause, list_link_ends_at};
pub use model::{DayPart, LAST_DAYS, ListRequest, ListRequestId};
pub use store::{find_list_request, forget_old_listings};
