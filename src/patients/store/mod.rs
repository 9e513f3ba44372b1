//! All SQL of patients.

mod find;
mod search;
mod write;

pub use find::{
    Candidate, Probe, Why, clinic_completeness, consents, consents_of, duplicates, find_by_chart_no, find_home,
    find_patient, get_patient, list_by_id, list_patients, recent_patients, with_email,
};
pub use search::search_patients;
pub use write::{
    insert_consent, insert_patient, lock_patient, lock_people, national_id_of, registered_by, update_patient,
};
