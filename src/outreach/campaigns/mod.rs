//! Campaigns: a template once to everybody of a segment (or of a picked list), so many a day.
//!
//! A start is held for two minutes. Then the segment is written down, in small steps; from then on each minute hands over as
//! many messages as the day's pace has them due, by the order of the list. Whoever is not to be written to when their turn
//! comes gets nothing, and their message stands in the ledger with the reason; just before a message goes out
//! [`CampaignCause`] is asked once more. Each step is one transaction that takes the campaign's row first: whatever is killed
//! or runs twice, nobody is written to twice and nobody is left out.

mod actions;
mod api;
mod cause;
mod model;
mod pages;
mod planning;
mod store;
mod views;

pub use actions::{NewCampaign, Step, Wanted, add, step};
pub use api::ApiDoc;
pub use cause::CampaignCause;
pub use model::{Barrier, Campaign, CampaignId, Pace, State};
pub use planning::{Round, ahead, ahead_by_hour, plan};
pub use store::{find_campaign, get_campaign, list_campaigns, of_segment};
pub(super) use views::state_chip;

use actix_web::web;

/// Campaigns as pages and JSON.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
