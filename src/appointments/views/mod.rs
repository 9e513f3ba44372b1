//! Markup of the board and its panels. A panel is drawn by the same function for the page and for htmx.

mod board;
mod booking;
mod detail;
pub mod find;
mod grid;
mod history;
mod peek;
pub(super) mod report;
mod saved;
pub(super) mod settings;
pub(super) mod sheet;
mod side;
pub(super) mod slip;
pub(super) mod waiting;
pub(super) mod walk_in;

pub(super) use board::{BoardPage, board_page};
pub(super) use booking::{Booked, BookingForm, PatientPart, hits, panel as booking_panel};
pub(super) use detail::{Detail, panel as detail_panel};
pub(super) use grid::{BoardParts, fresh};
pub(super) use history::{History, history, with_plan};
pub(super) use peek::{Peek, peek};
pub(super) use saved::{SavedPage, page as saved_page};
pub(super) use side::{Side, Tomorrow, panel as side_panel};

use super::model::Status;

/// State: class of the card, icon.
pub(super) fn look(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Booked => ("un", "circle-dashed"),
        Status::Confirmed => ("cf", "circle-check"),
        Status::Arrived => ("ar", "armchair"),
        Status::InChair => ("in", "stethoscope"),
        Status::Done => ("dn", "check-check"),
        Status::NoShow => ("ns", "user-x"),
        Status::Cancelled => ("ca", "calendar-x"),
    }
}
