//! Reception: stages of a visit with their times, the waiting room, walk-ins, the news of important patients, the report of
//! waiting times, the day sheet, and patients who check themselves in.

mod api;
mod check_in;
mod day_sheet;
mod leaving;
mod report;
mod vips;
mod waiting;
mod walk_ins;

use chairside::clinic::{Provider, Service};
use chairside::patients::PatientId;
use serde_json::{Value, json};

use crate::support::{Browser, Clinic};

fn service<'a>(clinic: &'a Clinic, code: &str) -> &'a Service {
    clinic.sample.services.iter().find(|s| s.code == code).unwrap()
}
fn provider(clinic: &Clinic, position: usize) -> &Provider {
    &clinic.sample.providers[position - 1]
}

/// A visit at a time, booked over the API.
async fn booked(api: &Browser, clinic: &Clinic, who: PatientId, code: &str, position: usize, at: &str) -> Value {
    let body = json!({ "patient_id": who, "service_id": service(clinic, code).id,
        "provider_id": provider(clinic, position).id, "starts_at": at });
    let (status, answer) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 201, "{answer}");
    answer
}

async fn step(api: &Browser, a: &Value, action: &str) -> (u16, Value) {
    let body = json!({ "version": a["version"] });
    api.post_json(&format!("/api/v1/appointments/{}/{action}", a["id"]), &body)
        .await
}

/// A step that is taken.
async fn took(api: &Browser, a: &Value, action: &str) -> Value {
    let (status, answer) = step(api, a, action).await;
    assert_eq!(status, 200, "{action}: {answer}");
    answer
}

/// The part of a page between two texts.
fn between<'p>(page: &'p str, from: &str, until: &str) -> &'p str {
    let rest = page.split_once(from).unwrap_or_else(|| panic!("{from} in {page}")).1;
    rest.split(until).next().unwrap()
}
