//! Booking, moving, cancelling, the steps of a visit, undo; races for one slot; the board as page.

mod board;
mod chair_hours;
mod chairs;
mod correcting;
mod day_end;
mod editing;
mod free_times;
mod holds;
mod leave_drafts;
mod leave_plan;
mod lists_api;
mod moving;
mod moving_on;
mod one_click;
mod overbooking;
mod preferences;
mod rules;
mod steps;
mod together;
mod undo;
mod unscheduled;
mod views_api;
mod waiting;
mod waiting_api;
mod waiting_offers;
mod waiting_rules;

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

/// Body of a booking.
fn booking(clinic: &Clinic, patient: PatientId, code: &str, position: usize, at: &str) -> Value {
    json!({ "patient_id": patient, "service_id": service(clinic, code).id, "provider_id": provider(clinic, position).id, "starts_at": at })
}

async fn booked(api: &Browser, body: &Value) -> Value {
    let (status, answer) = api.post_json("/api/v1/appointments", body).await;
    assert_eq!(status, 201, "{answer}");
    answer
}

async fn step(api: &Browser, a: &Value, action: &str, more: Value) -> (u16, Value) {
    let mut body = json!({ "version": a["version"] });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    api.post_json(&format!("/api/v1/appointments/{}/{action}", a["id"]), &body)
        .await
}

async fn undo(api: &Browser, a: &Value) -> (u16, Value) {
    let body = json!({ "version": a["version"] });
    api.post_json(&format!("/api/v1/appointments/{}/undo", a["id"]), &body)
        .await
}

/// Overlapping pairs by an independent look at the table.
async fn overlaps(clinic: &Clinic) -> i64 {
    let mut n = 0;
    for (thing, from, until) in [
        ("provider_id", "busy_from", "busy_until"),
        ("chair_id", "busy_from", "busy_until"),
        ("patient_id", "starts_at", "ends_at"),
    ] {
        n += clinic
            .count(&format!(
                "SELECT count(*) AS n FROM appointments a JOIN appointments b ON a.{thing} = b.{thing} AND a.id < b.id \
                 AND a.{from} < b.{until} AND b.{from} < a.{until} \
                 WHERE a.status NOT IN ('no-show', 'cancelled') AND b.status NOT IN ('no-show', 'cancelled')"
            ))
            .await;
    }
    n
}
