//! Booking heeds the plan, and the plan goes as its appointments go.

use chairside::patients::PatientId;
use chairside::staff::Role;
use serde_json::{Value, json};

use super::{each, item, plan, plan_path, planned, root_canal, service, states};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

async fn book(clinic: &Clinic, api: &Browser, who: PatientId, code: &str, at: &str) -> Value {
    let body = json!({ "patient_id": who, "service_id": service(clinic, code), "starts_at": at });
    let (status, booked) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 201, "{booked}");
    booked
}
async fn step(api: &Browser, a: &Value, action: &str) -> Value {
    let body = match action {
        "cancel" => json!({ "version": a["version"], "reason": "出差" }),
        "move" => json!({ "version": a["version"], "starts_at": "2026-11-26T10:00:00+08:00" }),
        _ => json!({ "version": a["version"] }),
    };
    let (status, after) = api
        .post_json(&format!("/api/v1/appointments/{}/{action}", a["id"]), &body)
        .await;
    assert_eq!(status, 200, "{action}: {after}");
    after
}

both!(the_panel_offers_what_is_next_in_the_plan, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let mut first = item(&clinic, "root-canal", "36", 10);
    first["note"] = json!("根管预备");
    first["minutes"] = json!(75);
    let items = [first, item(&clinic, "root-canal", "36", 7)];
    planned(&clinic, who, &items).await;
    let canal = service(&clinic, "root-canal");
    let chosen = format!(r#"<option value="{canal}" selected>"#);
    let panel = desk.page(&format!("/day?book={who}")).await;
    for there in [
        chosen.as_str(),
        "根管治疗 1/2 · 36 · 建议 12月3日之后",
        ">36 根管预备</textarea>",
        r#"name="minutes" type="text" inputmode="numeric" value="75""#,
        "12月3日",
    ] {
        assert!(panel.contains(there), "{there}: {panel}");
    }
    assert!(!panel.contains(r#"data-day="2026-12-02""#), "not before it should be");
    // Another service has another note and its own length.
    let cleaning = service(&clinic, "cleaning");
    let other = desk
        .page(&format!("/day?book={who}&service={cleaning}&form=1&note=36+根管预备"))
        .await;
    assert!(!other.contains(">36 根管预备</textarea>"), "{other}");
    // A recall that is due comes before what is not due yet, and after what is.
    let due = format!(
        "INSERT INTO recalls (patient_id, service_id, calculated_on, due_on, state, attempts, version, created_at, updated_at) \
         VALUES ({who}, {cleaning}, '2026-11-20', '2026-11-20', 'due', 0, 1, 1, 1)"
    );
    crate::api_contract::run(&clinic, due).await;
    let panel = desk.page(&format!("/day?book={who}")).await;
    assert!(
        panel.contains(&format!(r#"<option value="{cleaning}" selected>"#)) && panel.contains("建议 12月3日之后"),
        "{panel}"
    );
    let panel = desk.page(&format!("/day?day=2026-12-04&book={who}")).await;
    assert!(panel.contains(&chosen), "{panel}");
});

both!(booking_by_the_form_links_the_next_item, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    root_canal(&clinic, who).await;
    let (id, canal) = (who.to_string(), service(&clinic, "root-canal").to_string());
    let fields = [
        ("day", "2026-11-25"),
        ("patient", id.as_str()),
        ("service", &canal),
        ("date", "2026-11-25"),
        ("time", "09:00"),
    ];
    assert_eq!(desk.post_form("/appointments", &fields).await.status(), 303);
    let p = plan(&clinic, who).await;
    assert_eq!(states(&clinic, who).await, ["booked", "planned", "planned", "planned"]);
    assert_eq!(p["items"][0]["appointment_id"], 1);
    // What comes after it is counted from it.
    assert_eq!(
        each(&p, "suggested_from"),
        ["2026-11-23", "2026-12-02", "2026-12-09", "2026-12-23"]
    );
    let panel = desk.page(&format!("/day?book={who}")).await;
    assert!(panel.contains("根管治疗 2/3 · 36 · 建议 12月2日之后"), "{panel}");
    // A visit that is not in the plan changes nothing.
    let api = clinic.api(Role::FrontDesk).await;
    book(&clinic, &api, who, "cleaning", "2026-11-30T14:00:00+08:00").await;
    assert_eq!(plan(&clinic, who).await["version"], p["version"]);
});

both!(the_plan_goes_as_its_appointments_go, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    root_canal(&clinic, who).await;
    let first = async || states(&clinic, who).await[0].clone();
    let version = async || plan(&clinic, who).await["version"].as_i64().unwrap();
    // Booked, and the booking undone.
    let a = book(&clinic, &api, who, "root-canal", "2026-11-25T09:00:00+08:00").await;
    assert_eq!((first().await.as_str(), version().await), ("booked", 2));
    step(&api, &a, "undo").await;
    assert_eq!(first().await, "planned");
    // Cancelled, and that undone: it is the same item's again.
    let a = book(&clinic, &api, who, "root-canal", "2026-11-25T10:00:00+08:00").await;
    let cancelled = step(&api, &a, "cancel").await;
    assert_eq!(first().await, "planned");
    assert_eq!(plan(&clinic, who).await["items"][0]["appointment_id"], Value::Null);
    let a = step(&api, &cancelled, "undo").await;
    assert_eq!(first().await, "booked");
    // Moved: what comes after it moves along, so the plan has another version.
    let before = version().await;
    let a = step(&api, &a, "move").await;
    assert_eq!(version().await, before + 1);
    assert_eq!(plan(&clinic, who).await["items"][1]["suggested_from"], "2026-12-03");
    // Missed, and that undone.
    clinic.it_is("2026-11-26T10:30:00+08:00");
    let api = clinic.api(Role::Manager).await;
    let missed = step(&api, &a, "no-show").await;
    assert_eq!(first().await, "planned");
    let a = step(&api, &missed, "undo").await;
    assert_eq!(first().await, "booked");
    // Done, and that undone; then done by the visit's record.
    let a = step(&api, &a, "seat").await;
    let done = step(&api, &a, "finish").await;
    assert_eq!(first().await, "done");
    assert_eq!(plan(&clinic, who).await["items"][0]["done_on"], "2026-11-26");
    step(&api, &done, "undo").await;
    assert_eq!(first().await, "booked");
    assert_eq!(plan(&clinic, who).await["items"][0]["done_on"], Value::Null);
    let body = json!({ "version": 3, "complaint": "夜间痛", "status": "finished" });
    let (status, visit) = api.patch_json("/api/v1/visits/1", &body).await;
    assert_eq!(status, 200, "{visit}");
    assert_eq!(states(&clinic, who).await, ["done", "planned", "planned", "planned"]);
});

both!(an_item_is_booked_by_name_or_not_at_all, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let other = make_patient(&clinic, "陈静", "13900007732").await;
    let p = root_canal(&clinic, who).await;
    let body = |who: PatientId, item: usize, at: &str| {
        json!({ "patient_id": who, "service_id": service(&clinic, "root-canal"), "starts_at": at,
            "plan_item_id": p["items"][item]["id"] })
    };
    let third = body(who, 2, "2026-12-09T09:00:00+08:00");
    assert_eq!(api.post_json("/api/v1/appointments", &third).await.0, 201);
    assert_eq!(states(&clinic, who).await, ["planned", "planned", "booked", "planned"]);
    // Twice, another's, for another service.
    for wrong in [
        body(who, 2, "2026-12-10T09:00:00+08:00"),
        body(other, 0, "2026-12-10T09:00:00+08:00"),
        body(who, 3, "2026-12-10T09:00:00+08:00"),
    ] {
        let (status, why) = api.post_json("/api/v1/appointments", &wrong).await;
        assert_eq!((status, why["code"].as_str()), (409, Some("plan_changed")), "{why}");
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM appointments").await, 1);
    let (_, p) = api.get_json(&plan_path(who)).await;
    assert_eq!(each(&p, "suggested_from")[3], "2026-12-23");
});
