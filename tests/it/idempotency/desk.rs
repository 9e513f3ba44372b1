//! The writes of the front desk, for `each`.

use chairside::appointments::{AppointmentId, check_in_number};
use chairside::staff::Role;
use serde_json::{Value, json};

use super::{BOOK, booking};
use crate::api_contract::run;
use crate::support::{Clinic, make_patient};

/// The writes of the waiting list's freed times, of reception, of the board's views and of the rules of booking.
pub(super) async fn writes(clinic: &Clinic) -> Vec<(&'static str, &'static str, String, Value)> {
    let who = make_patient(clinic, "钱四", "13900007741").await;
    // Times on three days at 10 that visits left; the first is being offered, somebody waits for the third.
    let freed = "INSERT INTO freed_slots (id, site_id, provider_id, chair_id, service_id, starts_at, ends_at, appointment_id, \
                 appointment_version, state, nobody, batch, deadline_minutes, version, created_at, updated_at) \
                 SELECT n, a.site_id, a.provider_id, a.chair_id, a.service_id, 1795572000000 + (903 - n) * 86400000, \
                 1795573800000 + (903 - n) * 86400000, a.id, n, CASE n WHEN 901 THEN 'offering' ELSE 'open' END, FALSE, 1, 30, 1, 1, 1 \
                 FROM appointments a, (SELECT 901 AS n UNION SELECT 902 UNION SELECT 903) AS v WHERE a.id = 1";
    let offer = format!(
        "INSERT INTO slot_offers (id, slot_id, position, source, source_id, patient_id, service_id, minutes, starts_at, \
         notice_minutes, state, asked_at, expires_at, answered_by, created_at) SELECT 901, 901, 0, 'recall', 1, {who}, service_id, \
         15, starts_at, 0, 'asked', 1, starts_at, '', 1 FROM freed_slots WHERE id = 901"
    );
    let entry = format!(
        "INSERT INTO waiting_entries (id, site_id, patient_id, service_id, minutes, weekdays, first_day, notice_minutes, urgency, \
         note, state, version, created_at, updated_at) SELECT 0, site_id, {who}, service_id, 15, '', '2026-11-23', 0, 'normal', '', \
         'waiting', 1, 1, 1 FROM freed_slots WHERE id = 903"
    );
    let complaint = "INSERT INTO complaints (id, site_id, name, name_en, service_id, urgent, position) \
                     SELECT 901, site_id, '牙痛', 'Toothache', service_id, FALSE, 1 FROM freed_slots WHERE id = 903";
    for sql in [freed.to_owned(), offer, entry, complaint.to_owned()] {
        run(clinic, sql).await;
    }
    let mut a = booking(clinic, who, "17:00");
    a["starts_at"] = json!("2026-11-23T16:00:00+08:00");
    let (status, booked) = clinic.api(Role::FrontDesk).await.post_json(BOOK, &a).await;
    assert_eq!(status, 201, "{booked}");
    let id = AppointmentId(booked["id"].as_i64().unwrap());
    let number = check_in_number(&clinic.app.keys, id);
    let at = |path: &str| format!("/api/v1/{path}");
    let answers = "/api/v1/slot-offers/{id}/answers";
    let service = clinic.sample.services[0].id;
    vec![
        (
            "post",
            answers,
            at("slot-offers/901/answers"),
            json!({ "answer": "decline" }),
        ),
        (
            "post",
            "/api/v1/freed-times/{id}/offers",
            at("freed-times/903/offers"),
            json!({ "version": 1, "candidates": ["waiting:0"], "minutes": 30 }),
        ),
        (
            "post",
            "/api/v1/freed-times/{id}/stop",
            at("freed-times/903/stop"),
            json!({ "version": 2 }),
        ),
        (
            "post",
            "/api/v1/freed-times/{id}/dismiss",
            at("freed-times/902/dismiss"),
            json!({ "version": 1 }),
        ),
        (
            "patch",
            "/api/v1/waiting-settings",
            at("waiting-settings"),
            json!({ "version": 0, "batch": 7 }),
        ),
        (
            "post",
            "/api/v1/check-ins",
            at("check-ins"),
            json!({ "number": number }),
        ),
        (
            "patch",
            "/api/v1/wait-alerts",
            at("wait-alerts"),
            json!({ "version": 0, "ready": { "amber": 5, "red": 9 } }),
        ),
        (
            "patch",
            "/api/v1/services/{id}/supplies",
            at("services/2/supplies"),
            json!({ "version": 0, "supplies": "洁治盘" }),
        ),
        (
            "patch",
            "/api/v1/services/{id}/rules",
            at("services/2/rules"),
            json!({ "version": 0, "online": true, "horizon_days": 33 }),
        ),
        (
            "patch",
            "/api/v1/online-rules",
            at("online-rules"),
            json!({ "version": 0, "moves_max": 7 }),
        ),
        (
            "post",
            "/api/v1/complaints",
            at("complaints"),
            json!({ "name": "崩牙", "name_en": "Chipped", "service_id": service }),
        ),
        (
            "patch",
            "/api/v1/complaints/{id}",
            at("complaints/901"),
            json!({ "version": 0, "urgent": true, "name_en": "Other" }),
        ),
        (
            "put",
            "/api/v1/patients/{id}/preferences",
            format!("/api/v1/patients/{who}/preferences"),
            json!({ "version": 0, "weekdays": [3], "from_time": "14:00" }),
        ),
        (
            "post",
            "/api/v1/board-views",
            at("board-views"),
            json!({ "name": "上午", "board": "/day?only=1" }),
        ),
        (
            "patch",
            "/api/v1/board-views/{id}",
            at("board-views/1"),
            json!({ "version": 1, "shared": true }),
        ),
    ]
}
