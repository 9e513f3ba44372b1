//! Treatment plans: what is still to be done, visit by visit, before any of it has a date.
//!
//! Who treats writes the plan beside the visit's record. Booking a visit of the plan's service makes the next such item
//! booked, and from then on the item goes as its appointment goes ([`book_item`], [`follow_appointment`]): cancelled or
//! missed it is planned again, finished it is done.

mod actions;
mod api;
mod model;
mod pages;
mod store;
mod timeline;
mod views;

pub use actions::{Followed, book_item, follow_appointment, save_plan};
pub use api::ApiDoc;
pub use model::{Plan, PlanItem, PlanItemId, PlanLine, PlanState, Planned};
pub(super) use pages::{PlanForm, form_of, merged, prefilled, read_rows};
pub use store::find_plan;
pub use timeline::PlanTimeline;
pub(super) use views::{edit_rows, whole};
pub use views::{item_name, suggested};

use actix_web::web;

/// The patient's plan, the desk's list, and the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
