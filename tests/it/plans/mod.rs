//! Treatment plans: written beside the visit, heeded by booking, booked as a whole, listed while nothing of them is booked.

mod api;
mod booking;
mod course;
mod writing;

use chairside::clinic::ServiceId;
use chairside::patients::PatientId;
use chairside::staff::Role;
use serde_json::{Value, json};

use crate::support::Clinic;

fn service(clinic: &Clinic, code: &str) -> ServiceId {
    clinic.sample.services.iter().find(|s| s.code == code).unwrap().id
}

/// A new item of a plan.
fn item(clinic: &Clinic, code: &str, teeth: &str, days_after: i32) -> Value {
    json!({ "service_id": service(clinic, code), "teeth": teeth, "days_after": days_after })
}

fn plan_path(who: PatientId) -> String {
    format!("/api/v1/patients/{who}/plan")
}

/// A plan that a doctor's program writes.
async fn planned(clinic: &Clinic, who: PatientId, items: &[Value]) -> Value {
    let body = json!({ "version": 0, "items": items });
    let (status, plan) = clinic.api(Role::Doctor).await.patch_json(&plan_path(who), &body).await;
    assert_eq!(status, 200, "{plan}");
    plan
}

/// Root canal in three visits, then the crown.
async fn root_canal(clinic: &Clinic, who: PatientId) -> Value {
    let items = [
        item(clinic, "root-canal", "36", 0),
        item(clinic, "root-canal", "36", 7),
        item(clinic, "root-canal", "36", 7),
        item(clinic, "crown", "36", 14),
    ];
    planned(clinic, who, &items).await
}

async fn plan(clinic: &Clinic, who: PatientId) -> Value {
    let (status, plan) = clinic.api(Role::FrontDesk).await.get_json(&plan_path(who)).await;
    assert_eq!(status, 200, "{plan}");
    plan
}

/// One member of every item, in order.
fn each<'a>(plan: &'a Value, name: &str) -> Vec<&'a Value> {
    plan["items"].as_array().unwrap().iter().map(|i| &i[name]).collect()
}

async fn states(clinic: &Clinic, who: PatientId) -> Vec<String> {
    let plan = plan(clinic, who).await;
    each(&plan, "state")
        .iter()
        .map(|s| s.as_str().unwrap().to_owned())
        .collect()
}
