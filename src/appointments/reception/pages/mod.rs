//! The waiting room, walk-ins, the day sheet, the report of waiting times, slips, and what is set for them.

pub(super) mod day_sheet;
pub(super) mod report;
mod settings;
mod slip;
pub(super) mod waiting;
pub(super) mod walk_in;

pub(in crate::appointments) use day_sheet::SHEET;
pub(in crate::appointments) use walk_in::still_waiting;

use actix_web::web;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    waiting::routes(cfg);
    walk_in::routes(cfg);
    day_sheet::routes(cfg);
    report::routes(cfg);
    settings::routes(cfg);
    slip::routes(cfg);
}
