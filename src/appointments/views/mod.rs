//! Markup of the board and its panels. A panel is drawn by the same function for the page and for htmx.

mod board;
mod booking;
mod change;
mod detail;
pub mod find;
mod grid;
mod history;
mod peek;
mod saved;
mod side;

pub(super) use board::{BoardPage, board_page};
pub(super) use booking::{Booked, BookingForm, PatientPart, hits, panel as booking_panel};
pub(super) use detail::{Detail, label, panel as detail_panel};
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
