//! The steps of a visit, and who may take them when.

use chairside::staff::Role;
use serde_json::json;

use super::{booked, booking, step, undo};
use crate::both;
use crate::support::make_patient;

both!(a_visit_goes_through_its_states_and_nothing_skips_one, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-23T11:00:00+08:00"),
    )
    .await;
    assert_eq!(step(&api, &a, "finish", json!({})).await.1["code"], "wrong_state");
    let (_, a) = step(&api, &a, "confirm", json!({})).await;
    assert_eq!(a["status"], "confirmed");
    assert_eq!(step(&api, &a, "no-show", json!({})).await.1["code"], "too_early");
    let (_, a) = step(&api, &a, "arrive", json!({})).await;
    assert_eq!(a["arrived_at"], "2026-11-23T02:42:00.000Z");
    clinic.minutes_pass(14);
    let (_, a) = step(&api, &a, "seat", json!({})).await;
    clinic.minutes_pass(30);
    let (_, a) = step(&api, &a, "finish", json!({})).await;
    assert_eq!((a["status"].as_str(), a["version"].as_i64()), (Some("done"), Some(5)));
    assert_eq!(step(&api, &a, "cancel", json!({ "reason": "x" })).await.0, 409);
});

both!(nobody_arrives_on_another_day_than_the_one_booked, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00"),
    )
    .await;
    for action in ["arrive", "seat"] {
        let (status, answer) = step(&api, &a, action, json!({})).await;
        assert_eq!((status, answer["code"].as_str()), (409, Some("too_early")), "{answer}");
    }
    let nurse = clinic.signed_in("nurse").await;
    let card = nurse.page(&format!("/day/peek?open={}", a["id"])).await;
    assert!(
        !card.contains("data-key=\"a\"") && card.contains("data-key=\"n\""),
        "{card}"
    );
    assert_eq!(clinic.count("SELECT count(*) AS n FROM visits").await, 0);
});

both!(staff_say_why_they_cancel, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00"),
    )
    .await;
    let (status, answer) = step(&api, &a, "cancel", json!({ "reason": " " })).await;
    assert_eq!(
        (status, answer["errors"][0]["field"].as_str()),
        (422, Some("reason")),
        "{answer}"
    );
    let desk = clinic.signed_in("desk").await;
    let url = format!("/appointments/{}/cancel", a["id"]);
    let form = [
        ("version", "1"),
        ("day", "2026-11-25"),
        ("reason", ""),
        ("reason_more", ""),
    ];
    let refused = desk.post_form(&url, &form).await;
    assert_eq!(refused.status(), 422);
    let page = refused.text().await.unwrap();
    assert!(
        page.contains("id=\"f-reason-e\"") || page.contains("f-reason"),
        "{page}"
    );
    let form = [
        ("version", "1"),
        ("day", "2026-11-25"),
        ("reason", "其他"),
        ("reason_more", "出差"),
    ];
    assert_eq!(desk.post_form(&url, &form).await.status(), 303);
    let (_, gone) = api.get_json(&format!("/api/v1/appointments/{}", a["id"])).await;
    assert_eq!(gone["cancel_reason"], "其他：出差");
});

both!(
    a_visit_whose_record_is_begun_is_not_cancelled_and_a_cancelled_one_not_finished,
    |clinic| {
        let desk = clinic.api(Role::FrontDesk).await;
        let patient = make_patient(&clinic, "刘芳", "13900000003").await;
        let a = booked(
            &desk,
            &booking(&clinic, patient, "extraction", 1, "2026-11-23T10:45:00+08:00"),
        )
        .await;
        let (_, a) = step(&desk, &a, "arrive", json!({})).await;
        let doctor = clinic.signed_in("doctor").await;
        let begun = doctor.post_form(&format!("/appointments/{}/visit", a["id"]), &[]).await;
        assert_eq!(begun.status(), 303);
        // An empty record does not stand in the way of a cancellation, and goes with it.
        let (status, gone) = step(&desk, &a, "cancel", json!({ "reason": "走了" })).await;
        assert_eq!(status, 200, "{gone}");
        assert_eq!(clinic.count("SELECT count(*) AS n FROM visits").await, 0);
        let (_, a) = undo(&desk, &gone).await;
        let begun = doctor.post_form(&format!("/appointments/{}/visit", a["id"]), &[]).await;
        let visit = begun.headers()["location"].to_str().unwrap().to_owned();
        let saved = doctor
            .post_form(&visit, &[("version", "1"), ("complaint", "肿痛"), ("do", "save")])
            .await;
        assert_eq!(saved.status(), 303, "{}", saved.text().await.unwrap());
        let (status, refused) = step(&desk, &a, "cancel", json!({ "reason": "走了" })).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("record_begun")));
    }
);

both!(saving_and_finishing_the_record_finishes_the_appointment, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "extraction", 1, "2026-11-23T11:00:00+08:00"),
    )
    .await;
    let (_, a) = step(&api, &a, "seat", json!({})).await;
    let doctor = clinic.signed_in("doctor").await;
    let answer = doctor.post_form(&format!("/appointments/{}/visit", a["id"]), &[]).await;
    let visit = answer.headers()["location"].to_str().unwrap().to_owned();
    let version = doctor.page(&visit).await;
    let version = version
        .split("name=\"version\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let fields = [
        ("version", version.as_str()),
        ("complaint", "智齿肿痛"),
        ("diagnosis", "阻生齿"),
        ("tooth", "48"),
        ("treatment", "拔除"),
        ("advice", "冰敷"),
        ("do", "finish"),
    ];
    let saved = doctor.post_form(&visit, &fields).await;
    assert_eq!(saved.status(), 303, "{}", saved.text().await.unwrap());
    let (_, after) = api.get_json(&format!("/api/v1/appointments/{}", a["id"])).await;
    assert_eq!(after["status"], "done", "{after}");
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM call_tasks WHERE kind = 'follow-up'")
            .await,
        1
    );
});
