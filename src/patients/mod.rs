//! Patients and registered customers: who they are, how to reach them, what to know before they come.
//!
//! What was typed becomes types at the edge ([`PhoneNumber`], [`NationalId`], a day of birth that is one) or a fault at its
//! field; nothing else is stored. Before a patient is made or renamed, [`duplicates`] are looked for: the same national ID
//! is refused by the database itself, the rest is for people to decide. The national ID is sealed; pages show it masked.

mod actions;
mod api;
pub mod dates;
mod merge;
mod model;
mod pages;
mod store;
mod timeline;
mod views;

pub use actions::{Met, meet_in, register_in};
pub use api::ApiDoc;
pub use dates::{DateKind, DateKindId, PatientDate, PatientDateId};
pub use model::{
    BirthFault, Channel, Consents, Filled, Home, NAME_MAX, NationalId, NationalIdFault, Patient, PatientData,
    PatientId, PhoneFault, PhoneNumber, Query, Sex, check_birth, denied, is_chart_no, is_denied, month_day,
    parse_exported_day, read_birth, read_name, surname, tidy_chart_no, tidy_name, warm_up_phone_numbers,
};
pub use store::{
    Candidate, Probe, Why, consents, consents_of, duplicates, find_by_chart_no, find_home, find_patient, get_patient,
    insert_patient, list_by_id, list_patients, lock_patient, national_id_of, registered_by, search_patients,
    update_patient,
};
pub use timeline::{Ahead, TimelineEntry, TimelineSource, Timelines, Undelivered};

use actix_web::web;

/// Registering, finding, showing and changing patients.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    dates::routes(cfg);
    api::routes(cfg);
}
