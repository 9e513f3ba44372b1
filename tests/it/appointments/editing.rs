//! What a visit is for, how long it is and its note, changed after it was booked.

use chairside::clinic::{self, BookingRules};
use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, booking, overlaps, provider, service, step, undo};
use crate::both;
use crate::support::{Browser, make_patient};

async fn edit(api: &Browser, a: &Value, more: Value) -> (u16, Value) {
    let mut body = json!({ "version": a["version"] });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    api.patch_json(&format!("/api/v1/appointments/{}", a["id"]), &body)
        .await
}

both!(a_booked_visit_is_for_something_else_by_all_the_rules, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (who, other) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
    );
    let id = |code: &str| json!(service(&clinic, code).id);
    let a = booked(&api, &booking(&clinic, who, "check-up", 1, "2026-11-30T09:30:00+08:00")).await;
    let (_, a) = step(&api, &a, "confirm", json!({})).await;
    let (status, filling) = edit(&api, &a, json!({ "service_id": id("filling"), "note": "怕痛" })).await;
    assert_eq!(status, 200, "{filling}");
    assert_eq!(filling["service_id"], id("filling"));
    assert_eq!(
        (
            &filling["starts_at"],
            &filling["ends_at"],
            &filling["status"],
            &filling["note"]
        ),
        (
            &a["starts_at"],
            &json!("2026-11-30T02:15:00.000Z"),
            &json!("confirmed"),
            &json!("怕痛")
        ),
        "as long as the new visit, and as sure as before"
    );
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM messages").await,
        0,
        "nobody is told"
    );
    let (_, back) = undo(&api, &filling).await;
    assert_eq!(
        (&back["service_id"], &back["ends_at"], &back["note"]),
        (&a["service_id"], &a["ends_at"], &a["note"])
    );
    // What does not fit, whom it does not suit, and what nobody says.
    booked(
        &api,
        &booking(&clinic, other, "check-up", 1, "2026-11-30T10:00:00+08:00"),
    )
    .await;
    let (status, why) = edit(&api, &back, json!({ "service_id": id("filling") })).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    assert!(!why["next"].as_array().unwrap().is_empty());
    let (status, shorter) = edit(&api, &back, json!({ "service_id": id("filling"), "minutes": 30 })).await;
    assert_eq!(status, 200, "{shorter}");
    let (status, why) = edit(&api, &shorter, json!({ "service_id": id("cleaning") })).await;
    assert_eq!(
        (status, why["errors"][0]["field"].as_str()),
        (422, Some("service_id")),
        "{why}"
    );
    let (status, same) = edit(&api, &shorter, json!({})).await;
    assert_eq!(
        (status, &same["version"]),
        (200, &shorter["version"]),
        "nothing changed"
    );
    assert_eq!(edit(&api, &back, json!({ "note": "x" })).await.1["code"], "stale");
    let (_, over) = edit(&api, &shorter, json!({ "minutes": 45, "overbook": "急性牙痛" })).await;
    assert_eq!(over["overbooked"], "急性牙痛", "{over}");
    assert_eq!(
        overlaps(&clinic).await,
        2,
        "over the provider and the chair, on purpose"
    );
});

both!(limits_of_the_new_visit_hold_and_what_belongs_to_it_stays, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (who, other) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
    );
    let implant = service(&clinic, "implant").id;
    clinic
        .sql(move |c| {
            let rules = BookingRules {
                per_day_max: Some(1),
                ..BookingRules::default()
            };
            clinic::save_rules(c, implant, &rules)
        })
        .await;
    booked(
        &api,
        &booking(&clinic, other, "implant", 4, "2026-11-30T09:00:00+08:00"),
    )
    .await;
    let visit = |at: &str| booking(&clinic, who, "check-up", 4, at);
    let visits = [visit("2026-11-30T14:00:00+08:00"), visit("2026-12-07T14:00:00+08:00")];
    let body = json!({ "kind": "course", "appointments": visits });
    let (_, made) = api.post_json("/api/v1/appointments/batch", &body).await;
    let (first, second) = (&made["appointments"][0], &made["appointments"][1]);
    let (status, why) = edit(&api, first, json!({ "service_id": implant })).await;
    assert_eq!(status, 422, "one a day: {why}");
    let (status, done) = edit(&api, second, json!({ "service_id": implant })).await;
    assert_eq!(status, 200, "{done}");
    let members = "SELECT count(*) AS n FROM appointment_series_members";
    assert_eq!(clinic.count(members).await, 2);
});

both!(the_panel_changes_a_visit_and_keeps_what_was_typed, |clinic| {
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let a = booked(&api, &booking(&clinic, who, "check-up", 1, "2026-11-30T09:30:00+08:00")).await;
    let panel = desk.page(&format!("/day?day=2026-11-30&open={}", a["id"])).await;
    assert!(panel.contains(&format!("/appointments/{}/edit", a["id"])), "{panel}");
    let url = format!("/appointments/{}/edit", a["id"]);
    let (cleaning, filling) = (
        service(&clinic, "cleaning").id.to_string(),
        service(&clinic, "filling").id.to_string(),
    );
    let board = "/week?provider=1&day=2026-11-30";
    let mut fields = vec![
        ("version", "1"),
        ("day", "2026-11-30"),
        ("editing", "1"),
        ("service", cleaning.as_str()),
        ("length", ""),
        ("note", "带片子"),
        ("board", board),
    ];
    let answer = desk.post_form(&url, &fields).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    for part in [
        "f-service-e",
        "带片子",
        &format!("value=\"{cleaning}\" selected"),
        "details class=\"changing\" open",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    fields[3].1 = filling.as_str();
    let answer = desk.post_form(&url, &fields).await;
    assert_eq!(answer.status(), 303);
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(to.starts_with(board), "back to the board it came from: {to}");
    assert!(desk.page(&to).await.contains("已改内容"));
    assert_eq!(
        step(&api, &json!({ "id": a["id"], "version": 2 }), "edit", json!({}))
            .await
            .0,
        404
    );
});

both!(who_waits_without_an_appointment_is_for_something_else, |clinic| {
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let (check_up, filling) = (service(&clinic, "check-up").id, service(&clinic, "filling").id);
    let new = json!({ "patient_id": who, "service_id": check_up, "urgency": "soon" });
    let (_, w) = api.post_json("/api/v1/walk-ins", &new).await;
    let url = format!("/api/v1/walk-ins/{}", w["id"]);
    let (status, changed) = api
        .patch_json(&url, &json!({ "version": 1, "service_id": filling }))
        .await;
    assert_eq!((status, &changed["service_id"]), (200, &json!(filling)), "{changed}");
    assert_eq!(changed["urgency"], "soon");
    let wrong = json!({ "version": 2, "service_id": 999_999 });
    assert_eq!(api.patch_json(&url, &wrong).await.0, 422);
    let check_up = check_up.to_string();
    let fields = [("version", "2"), ("service", check_up.as_str())];
    let answer = desk.post_form(&format!("/walk-in/{}/urgency", w["id"]), &fields).await;
    assert_eq!(answer.status(), 303);
    let body = json!({ "version": 3, "provider_id": provider(&clinic, 1).id });
    let (status, placed) = api.post_json(&format!("{url}/place"), &body).await;
    assert_eq!(
        (status, &placed["service_id"]),
        (201, &json!(service(&clinic, "check-up").id)),
        "{placed}"
    );
    // And once they have one, like any visit.
    let (status, placed) = edit(&api, &placed, json!({ "service_id": filling })).await;
    assert_eq!((status, &placed["status"]), (200, &json!("arrived")), "{placed}");
});
