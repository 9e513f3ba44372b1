//! The waiting list itself, and the times that cancelled and moved visits leave.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, booking, provider, service, step, undo};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

/// Somebody who waits for a cleaning.
pub(super) async fn waits(clinic: &Clinic, api: &Browser, name: &str, mobile: &str, more: Value) -> Value {
    let who = make_patient(clinic, name, mobile).await;
    let mut body = json!({ "patient_id": who, "service_id": service(clinic, "cleaning").id });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    let (status, made) = api.post_json("/api/v1/waiting-list", &body).await;
    assert_eq!(status, 201, "{made}");
    made
}
async fn open_slots(clinic: &Clinic) -> i64 {
    clinic
        .count("SELECT count(*) AS n FROM freed_slots WHERE state = 'open'")
        .await
}

both!(an_entry_is_added_changed_and_withdrawn_over_json, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let more = json!({ "weekdays": [3, 1], "from_time": "9:00", "until_time": "12:00", "urgency": "urgent",
        "notice_minutes": 45, "note": "接电话方便", "last_day": "2026-12-24" });
    let made = waits(&clinic, &api, "刘洋", "13900010001", more).await;
    assert_eq!(made["minutes"], 45, "as the service says");
    assert_eq!(made["weekdays"], json!([1, 3]));
    assert_eq!(
        (&made["from_time"], &made["state"]),
        (&json!("09:00"), &json!("waiting"))
    );
    let path = format!("/api/v1/waiting-list/{}", made["id"]);
    let entry = json!({ "patient_id": made["patient_id"], "service_id": made["service_id"], "minutes": 30 });
    let (status, changed) = api.patch_json(&path, &json!({ "version": 1, "entry": entry })).await;
    assert_eq!((status, changed["minutes"].as_i64()), (200, Some(30)), "{changed}");
    let (status, why) = api.patch_json(&path, &json!({ "version": 1, "withdraw": true })).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("stale")), "{why}");
    let (status, gone) = api.patch_json(&path, &json!({ "version": 2, "withdraw": true })).await;
    assert_eq!((status, gone["state"].as_str()), (200, Some("withdrawn")), "{gone}");
    let (status, why) = api.patch_json(&path, &json!({ "version": 3, "withdraw": true })).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("wrong_state")), "{why}");
    let list = api.get_json("/api/v1/waiting-list?state=waiting").await.1;
    assert_eq!(list["entries"], json!([]));
    let audit = "SELECT count(*) AS n FROM audit_log WHERE subject = 'waiting_entries' AND action IN ('create', 'update', 'withdraw')";
    assert_eq!(clinic.count(audit).await, 3);
    let wrong = json!({ "patient_id": 999_999, "service_id": service(&clinic, "cleaning").id, "provider_id": provider(&clinic, 1).id,
        "minutes": 45, "from_time": "9:00", "until_time": "9:30", "first_day": "2026-12-02", "last_day": "2026-12-01",
        "notice_minutes": -1, "appointment_id": 999_999 });
    let (status, why) = api.post_json("/api/v1/waiting-list", &wrong).await;
    assert_eq!(status, 422);
    for field in [
        "patient_id",
        "provider_id",
        "until_time",
        "last_day",
        "notice_minutes",
        "appointment_id",
    ] {
        assert!(why.to_string().contains(&format!("\"{field}\"")), "{field}: {why}");
    }
    let (status, why) = api.patch_json(&path, &json!({ "version": 3 })).await;
    assert_eq!(status, 422, "{why}");
});

// The same by the pages, without JavaScript, from the booking panel on.
both!(the_desk_puts_somebody_on_the_list, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let cleaning = service(&clinic, "cleaning").id;
    let panel = desk.page(&format!("/day?book={who}&service={cleaning}")).await;
    let link = panel
        .split("href=\"/waiting-list/new")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let form = desk
        .page(&format!("/waiting-list/new{}", link.replace("&amp;", "&")))
        .await;
    assert!(
        form.contains("刘洋") && form.contains(&format!("value=\"{cleaning}\" selected")),
        "{form}"
    );
    let (who, cleaning) = (who.to_string(), cleaning.to_string());
    let typed = [
        ("patient_id", who.as_str()),
        ("service_id", cleaning.as_str()),
        ("weekdays", "1"),
        ("weekdays", "3"),
        ("from_time", "09:00"),
        ("until_time", "09:10"),
        ("note", "越早越好"),
        ("urgency", "soon"),
    ];
    let again = desk.post_form("/waiting-list/new", &typed).await;
    assert_eq!(again.status(), 422);
    let text = again.text().await.unwrap();
    assert!(
        text.contains("放不下") && text.contains("越早越好") && text.contains("value=\"3\" checked"),
        "{text}"
    );
    let mut right = typed.to_vec();
    right[5] = ("until_time", "12:00");
    assert_eq!(desk.post_form("/waiting-list/new", &right).await.status(), 303);
    let list = desk.page("/waiting-list?done=added").await;
    assert!(
        list.contains("周一、周三 09:00–12:00") && list.contains("尽快"),
        "{list}"
    );
    assert!(!desk.page("/waiting-list?state=withdrawn").await.contains("刘洋"));
    let id = clinic.count("SELECT max(id) AS n FROM waiting_entries").await;
    let edit = desk.page(&format!("/waiting-list/{id}?lang=en")).await;
    assert!(
        edit.contains("value=\"09:00\"") && edit.contains("Waiting list entry"),
        "{edit}"
    );
    let mut changed = right.clone();
    changed.extend([("version", "1"), ("minutes", "60")]);
    assert_eq!(
        desk.post_form(&format!("/waiting-list/{id}"), &changed).await.status(),
        303
    );
    let stale = desk.post_form(&format!("/waiting-list/{id}"), &changed).await;
    assert_eq!(stale.status(), 409);
    let out = desk
        .post_form(&format!("/waiting-list/{id}/withdraw"), &[("version", "2")])
        .await;
    assert_eq!(out.status(), 303);
    assert!(desk.page("/waiting-list?state=all").await.contains("Withdrawn"));
});

both!(a_cancelled_or_moved_visit_leaves_a_time_to_fill, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let at = |time: &str| booking(&clinic, who, "cleaning", 5, time);
    // Moved by a quarter of an hour: that quarter is free.
    let a = booked(&api, &at("2026-11-25T10:00:00+08:00")).await;
    let (_, a) = step(&api, &a, "move", json!({ "starts_at": "2026-11-25T10:15:00+08:00" })).await;
    let minutes = "SELECT (ends_at - starts_at) / 60000 AS n FROM freed_slots ORDER BY id DESC LIMIT 1";
    assert_eq!((open_slots(&clinic).await, clinic.count(minutes).await), (1, 15));
    // Cancelled: all of it. Taken back: none of it.
    let (_, a) = step(&api, &a, "cancel", json!({ "reason": "出差" })).await;
    assert_eq!((open_slots(&clinic).await, clinic.count(minutes).await), (2, 45));
    assert_eq!(undo(&api, &a).await.0, 200);
    assert_eq!(open_slots(&clinic).await, 1);
    let desk = clinic.signed_in("desk").await;
    let list = desk.page("/waiting-list").await;
    assert!(list.contains("可填补的空档") && list.contains("10:00–10:15"), "{list}");
    assert!(
        desk.page("/patients").await.contains("/waiting-list"),
        "in the navigation"
    );
    // Whoever is booked there otherwise closes it.
    let other = make_patient(&clinic, "陈静", "13900010002").await;
    booked(
        &api,
        &booking(&clinic, other, "fluoride", 5, "2026-11-25T09:45:00+08:00"),
    )
    .await;
    assert_eq!(open_slots(&clinic).await, 0);
    // What has begun leaves nothing.
    let now = booked(
        &api,
        &booking(&clinic, other, "cleaning", 5, "2026-11-23T11:00:00+08:00"),
    )
    .await;
    clinic.it_is("2026-11-23T11:05:00+08:00");
    assert_eq!(step(&api, &now, "cancel", json!({ "reason": "没来" })).await.0, 200);
    assert_eq!(open_slots(&clinic).await, 0);
});

both!(entries_expire_and_past_gaps_close, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    waits(
        &clinic,
        &api,
        "刘洋",
        "13900010001",
        json!({ "last_day": "2026-11-24" }),
    )
    .await;
    let who = make_patient(&clinic, "陈静", "13900010002").await;
    let a = booked(&api, &booking(&clinic, who, "cleaning", 5, "2026-11-24T10:00:00+08:00")).await;
    step(&api, &a, "cancel", json!({ "reason": "出差" })).await;
    clinic.it_is("2026-11-24T23:59:00+08:00");
    let done = chairside::appointments::waiting::lapse(&clinic.app.db, clinic.now())
        .await
        .unwrap();
    assert!(done.contains("1 freed times past, 0 entries"), "{done}");
    clinic.it_is("2026-11-25T00:00:30+08:00");
    let ran = clinic.app.scheduler().unwrap().run_due().await.unwrap();
    assert!(ran.contains(&"lapse-offers"), "{ran:?}");
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM waiting_entries WHERE state = 'expired'")
            .await,
        1
    );
});
