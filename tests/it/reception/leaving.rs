//! Treated, ready to leave, left.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, provider, service, step, took};
use crate::both;
use crate::support::make_patient;

both!(a_patient_is_ready_to_leave_until_the_desk_says_they_left, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(&api, &clinic, who, "check-up", 1, "2026-11-23T10:45:00+08:00").await;
    assert_eq!(step(&api, &a, "leave").await.1["code"], "wrong_state");
    let a = took(&api, &a, "seat").await;
    clinic.minutes_pass(20);
    let a = took(&api, &a, "finish").await;
    assert_eq!((&a["left_at"], &a["source"]), (&Value::Null, &json!("api")));
    let desk = clinic.signed_in("desk").await;
    let room = desk.page("/waiting").await;
    assert!(
        room.contains("待离诊") && room.contains(&format!("/appointments/{}/leave", a["id"])),
        "{room}"
    );
    clinic.minutes_pass(6);
    let left = took(&api, &a, "leave").await;
    assert_eq!(left["left_at"], "2026-11-23T03:08:00.000Z");
    assert!(!desk.page("/waiting").await.contains("刘芳"));
    assert_eq!(step(&api, &left, "leave").await.1["code"], "wrong_state");
    // Taken back within eight seconds; the history and the audit have both.
    let body = json!({ "version": left["version"] });
    let (status, back) = api
        .post_json(&format!("/api/v1/appointments/{}/undo", a["id"]), &body)
        .await;
    assert_eq!((status, &back["left_at"]), (200, &Value::Null), "{back}");
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM appointment_events WHERE action = 'leave' AND undone_at IS NOT NULL")
            .await,
        1
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'leave'")
            .await,
        1
    );
});

both!(after_the_day_everybody_has_left, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(&api, &clinic, who, "check-up", 1, "2026-11-23T10:45:00+08:00").await;
    let a = took(&api, &took(&api, &a, "seat").await, "finish").await;
    clinic.it_is("2026-11-24T09:00:00+08:00");
    assert_eq!(step(&api, &a, "leave").await.1["code"], "day_over");
    let desk = clinic.signed_in("desk").await;
    assert!(!desk.page("/waiting").await.contains("刘芳"));
    let peek = desk.page(&format!("/day/peek?open={}", a["id"])).await;
    assert!(!peek.contains("data-key=\"l\""), "{peek}");
});

both!(a_visit_that_ends_early_gives_its_time_back, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘芳", "13900000003").await;
    let other = make_patient(&clinic, "吴磊", "13900000004").await;
    let a = booked(&api, &clinic, who, "root-canal", 1, "2026-11-23T10:45:00+08:00").await;
    let a = took(&api, &a, "seat").await;
    let body = json!({ "patient_id": other, "service_id": service(&clinic, "check-up").id,
        "provider_id": provider(&clinic, 1).id, "starts_at": "2026-11-23T11:15:00+08:00" });
    assert_eq!(api.post_json("/api/v1/appointments", &body).await.0, 409);
    clinic.it_is("2026-11-23T11:04:20+08:00");
    let done = took(&api, &a, "finish").await;
    assert_eq!(done["ends_at"], "2026-11-23T03:05:00.000Z");
    // Taking the finish back takes the time again …
    let undo = json!({ "version": done["version"] });
    let path = format!("/api/v1/appointments/{}/undo", a["id"]);
    let (_, back) = api.post_json(&path, &undo).await;
    assert_eq!(back["ends_at"], a["ends_at"]);
    let done = took(&api, &back, "finish").await;
    let (status, next) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 201, "{next}");
    // … unless somebody has it.
    let undo = json!({ "version": done["version"] });
    assert_eq!(api.post_json(&path, &undo).await.1["code"], "slot_taken");
});

both!(leaving_is_the_desks_step, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(&api, &clinic, who, "check-up", 1, "2026-11-23T10:45:00+08:00").await;
    let a = took(&api, &took(&api, &a, "seat").await, "finish").await;
    let doctor = clinic.api(Role::Doctor).await;
    assert_eq!(step(&doctor, &a, "leave").await.0, 403);
    // On the board, from the panel, and back where it was pressed.
    let desk = clinic.signed_in("desk").await;
    let panel = desk.page(&format!("/day?open={}", a["id"])).await;
    assert!(panel.contains(&format!("/appointments/{}/leave", a["id"])), "{panel}");
    let version = a["version"].to_string();
    let back = format!("/waiting?did={}", a["id"]);
    let form = [("version", version.as_str()), ("back", back.as_str())];
    let answer = desk.post_form(&format!("/appointments/{}/leave", a["id"]), &form).await;
    assert_eq!(answer.headers()["location"], back.as_str());
    assert!(
        desk.page(&back)
            .await
            .contains(&format!("/appointments/{}/undo", a["id"]))
    );
});
