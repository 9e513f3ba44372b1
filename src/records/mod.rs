//! The clinical record: visits with complaint, diagnosis, treatments by tooth, advice and the next visit.
//!
//! Seating a patient begins a visit as a draft ([`begin_visit`]), finishing it tells the [`VisitObserver`]s, which make
//! the work of the chain's next links: the callback, the recall. [`history_for`] is what booking, arrival and callback show
//! of earlier visits, cut to what the reader's role may see. What is still to be done is the patient's [`plan`].

mod actions;
mod api;
mod import;
mod model;
mod pages;
pub mod plan;
mod store;
mod teeth;
mod timeline;
mod views;

pub use actions::{abandon_visit, begin_visit, finish_visit, reopen_visit, save_notes};
pub use api::ApiDoc;
pub use import::{ImportedVisit, find_imported_visit, insert_imported_visit, update_imported_visit};
pub use model::{
    NewVisit, Notes, Observers, Treatment, Visit, VisitId, VisitObserver, VisitStatus, VisitSummary, treatments_line,
};
pub use pages::count_missing;
pub use store::{
    count_visits, done_at_appointments, find_by_appointment, find_visit, get_visit, history, history_for, list_day,
    list_treatments, visit_in_short,
};
pub use teeth::{NotATooth, Tooth, join_teeth, parse_teeth, split_treatment};
pub use timeline::VisitTimeline;
pub use views::allergy_text;

use actix_web::web;

/// The visit form and the API.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
    plan::routes(cfg);
}
