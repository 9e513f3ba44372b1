//! The clinic itself: sites, chairs, providers, services, weekly hours, holidays, leave.

mod actions;
mod api;
mod model;
mod pages;
mod store;
mod views;

pub use api::ApiDoc;
pub use model::{
    Blockout, BookingRules, Complaint, DatedHours, GRID_MINUTES, GRIDS, MakeupDay, OnlineRules, Part, Parts, Rota,
    SINCE_EVER, SiteDays,
};
pub use model::{
    Chair, ChairId, Holiday, HolidayId, Hours, HoursId, Leave, LeaveId, Provider, ProviderId, ProviderKind, Service,
    ServiceId, Site, SiteId, Whose,
};
pub use model::{Session, Week, check_settings, parse_minute, show_minute};
pub use store::{
    Snapshot, can_be_booked, delete_leave, find_provider, find_service, get_provider, get_service, get_site,
    insert_blockout, insert_chair, insert_complaint, insert_holiday, insert_hours, insert_leave, insert_makeup_day,
    insert_provider, insert_service, insert_site, link_service_provider, list_chairs, list_holidays, list_hours_on,
    list_leaves, list_providers, list_service_providers, list_services, replace_dated_hours, replace_further_chairs,
    replace_pattern, save_online_rules, save_rules, snapshot, the_site, update_site,
};

use actix_web::web;

/// The settings pages and the read-only API.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
