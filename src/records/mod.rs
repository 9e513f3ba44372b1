//! The clinical record: visits with complaint, diagnosis, treatments by tooth, advice and the next visit.

mod model;

pub use model::{Visit, VisitId, VisitObserver, VisitStatus};

use actix_web::web;

/// The visit form and history.
pub fn routes(_cfg: &mut web::ServiceConfig) {}
