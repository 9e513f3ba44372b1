//! Patients and registered customers: who they are, how to reach them, what to know before they come.

mod model;
mod store;
mod timeline;

pub use model::{Channel, Patient, PatientId, Sex};
pub use store::{find_patient, get_patient, search};
pub use timeline::{TimelineEntry, TimelineSource, Timelines};

use actix_web::web;

/// Registering and finding patients.
pub fn routes(_cfg: &mut web::ServiceConfig) {}
