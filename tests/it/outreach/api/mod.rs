//! What the pages of outreach do, over JSON.

mod days;
mod recalls;
mod rules;
mod trial;

use chairside::outreach;
use reqwest::Method;
use serde_json::{Value, json};

use super::service;
use crate::api_contract::{Answer, call, run};
use crate::support::{Browser, Clinic};

async fn post(api: &Browser, path: &str, body: &Value) -> Answer {
    call(api, Method::POST, path, &[("Accept-Language", "en")], Some(body)).await
}
async fn patch(api: &Browser, path: &str, body: &Value) -> Answer {
    call(api, Method::PATCH, path, &[("Accept-Language", "en")], Some(body)).await
}
/// A change on the version in `If-Match`.
async fn patch_if(api: &Browser, path: &str, version: i64, body: &Value) -> Answer {
    let tag = format!("\"{version}\"");
    call(api, Method::PATCH, path, &[("If-Match", &tag)], Some(body)).await
}
async fn delete(api: &Browser, path: &str) -> Answer {
    call(api, Method::DELETE, path, &[], None).await
}
async fn delete_if(api: &Browser, path: &str, version: i64) -> Answer {
    let tag = format!("\"{version}\"");
    call(api, Method::DELETE, path, &[("If-Match", &tag)], None).await
}
/// The first fault of a 422: where, and which.
fn fault(answer: &Answer) -> (u16, &str, &str) {
    let code = answer.body["errors"][0]["code"].as_str().unwrap_or("");
    (answer.status, answer.fault(), code)
}
async fn audited(clinic: &Clinic, subject: &str, action: &str) -> i64 {
    let n = format!("SELECT count(*) AS n FROM audit_log WHERE subject = '{subject}' AND action = '{action}'");
    clinic.count(&n).await
}

/// Every write over the API of outreach and of dates: operation of the document, path and body, in an order that works. The
/// first patient has a recall that is due.
pub async fn writes(clinic: &Clinic) -> Vec<(&'static str, &'static str, String, Value)> {
    let cleaning = service(clinic, "cleaning").id;
    let visit = format!(
        "INSERT INTO visits (id, patient_id, service_id, day, started_at, provider_name, service_name, complaint, diagnosis, advice, \
         next_visit, status, version, created_at, updated_at) VALUES (77, 1, {cleaning}, '2026-04-15', 1, '', '', '', '', '', '', 'finished', 1, 1, 1)"
    );
    run(clinic, visit).await;
    let now = clinic.now();
    clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
    let id = clinic
        .count("SELECT id AS n FROM recalls WHERE due_on = '2026-10-15'")
        .await;
    let recall = format!("/api/v1/recalls/{id}");
    let step = json!({ "action": "message", "offset_days": 1, "at_minute": 600, "window_minutes": 480, "template": "follow-up" });
    let kind = json!({ "name": "纪念日", "name_en": "Day", "yearly": true });
    vec![
        (
            "post",
            "/api/v1/rules",
            "/api/v1/rules".into(),
            json!({ "anchor": "visit-finished", "name": "术后", "name_en": "After", "steps": [step] }),
        ),
        (
            "post",
            "/api/v1/occasions",
            "/api/v1/occasions".into(),
            json!({ "name": "店庆", "name_en": "our day", "calendar": "solar", "month": 5, "day": 1 }),
        ),
        (
            "patch",
            "/api/v1/occasions/{id}",
            "/api/v1/occasions/1".into(),
            json!({ "version": 1, "name": "新年" }),
        ),
        ("post", "/api/v1/date-kinds", "/api/v1/date-kinds".into(), kind),
        (
            "patch",
            "/api/v1/date-kinds/{id}",
            "/api/v1/date-kinds/1".into(),
            json!({ "version": 1, "name": "日子" }),
        ),
        (
            "post",
            "/api/v1/patients/{id}/dates",
            "/api/v1/patients/1/dates".into(),
            json!({ "kind_id": 1, "day": "2024-12-03" }),
        ),
        (
            "patch",
            "/api/v1/recalls/{id}",
            recall.clone(),
            json!({ "version": 1, "note": "怕冷" }),
        ),
        (
            "post",
            "/api/v1/recalls/{id}/undo",
            format!("{recall}/undo"),
            json!({ "version": 2 }),
        ),
        (
            "post",
            "/api/v1/recalls/{id}/texts",
            format!("{recall}/texts"),
            json!({ "version": 3 }),
        ),
        (
            "post",
            "/api/v1/recalls/{id}/calls",
            format!("{recall}/calls"),
            json!({ "version": 4, "result": "no-answer" }),
        ),
        (
            "post",
            "/api/v1/recall-texts",
            "/api/v1/recall-texts".into(),
            json!({ "recall_ids": [id] }),
        ),
        (
            "patch",
            "/api/v1/patients/{id}/recall-risk",
            "/api/v1/patients/1/recall-risk".into(),
            json!({ "version": 0, "risk": "high" }),
        ),
        (
            "patch",
            "/api/v1/recall-types/{id}",
            format!("/api/v1/recall-types/{cleaning}"),
            json!({ "version": 0, "rank": 1 }),
        ),
        (
            "patch",
            "/api/v1/recall-settings",
            "/api/v1/recall-settings".into(),
            json!({ "version": 1, "family_days": 45 }),
        ),
    ]
}
