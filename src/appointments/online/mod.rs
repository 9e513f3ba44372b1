//! Patients who book by themselves, without a login.
//!
//! Who comes by a signed link ([`BOOK_LINK`]: from a recall, from the page of a visit) is known and books at once. Everybody
//! else gives a name and a number or address, which they have to show is theirs: the time is held for
//! a quarter of an hour, a message with a signed link goes out ([`REQUEST_LINK`]), and the link books. Only then is it looked
//! whether they are registered, so that the page tells nobody who is. Notice and horizon are the service's, the limits the
//! site's.

mod actions;
mod cause;
mod list;
mod model;
mod pages;
mod store;
mod views;

pub use actions::{
    Asking, Confirmed, Relative, book_family, book_known, confirm_request, limit_of, may_move, request, send_again,
    times, times_together,
};
pub use cause::{BOOK_LINK, FAMILY_LINK, REQUEST_LINK, RequestCause, book_path, family_path, request_link_ends_at};
pub use list::{
    DayPart, Joined, LAST_DAYS, LIST_LINK, ListCause, ListRequest, ListRequestId, confirm_listing, find_list_request,
    forget_old_listings, join_known, list_link_ends_at, request_listing, send_listing_again,
};
pub use model::{Limit, Request, RequestId, RequestState};
pub use store::{find_request, forget_old};

use actix_web::web;

/// The desk's list.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
}
