//! States that were noted by mistake, put right after the seconds for undoing are over; and patients who come after all.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, booking, step, undo};
use crate::both;
use crate::support::make_patient;

both!(who_was_given_up_and_comes_all_the_same_is_here, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (who, other) = (
        make_patient(&clinic, "刘芳", "13900000003").await,
        make_patient(&clinic, "陈静", "13900000004").await,
    );
    let at = "2026-11-23T10:45:00+08:00";
    let a = booked(&api, &booking(&clinic, who, "check-up", 1, at)).await;
    clinic.minutes_pass(4);
    let (_, a) = step(&api, &a, "no-show", json!({})).await;
    clinic.minutes_pass(5);
    let desk = clinic.signed_in("desk").await;
    let panel = desk.page(&format!("/day?open={}", a["id"])).await;
    assert!(panel.contains(&format!("/appointments/{}/arrive", a["id"])), "{panel}");
    let (status, here) = step(&api, &a, "arrive", json!({})).await;
    assert_eq!((status, here["status"].as_str()), (200, Some("arrived")), "{here}");
    let missed = "SELECT count(*) AS n FROM appointments WHERE status = 'no-show'";
    assert_eq!(clinic.count(missed).await, 0);
    // Given up, and the time given to somebody else: there is no room any more.
    let (_, back) = step(&api, &here, "correct", json!({})).await;
    assert_eq!(back["status"], "no-show", "as it was before they came");
    booked(
        &api,
        &booking(&clinic, other, "check-up", 1, "2026-11-23T11:00:00+08:00"),
    )
    .await;
    let (status, why) = step(&api, &back, "arrive", json!({})).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    assert!(why.to_string().contains("现场候诊队列"), "{why}");
    clinic.it_is("2026-11-24T09:00:00+08:00");
    let api = clinic.api(Role::FrontDesk).await;
    assert_eq!(step(&api, &back, "arrive", json!({})).await.1["code"], "day_over");
    assert_eq!(
        step(&api, &back, "correct", json!({})).await.1["code"],
        "nothing_to_correct"
    );
});

both!(each_state_leads_back_to_the_one_before, |clinic| {
    let (api, doctor) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Doctor).await);
    let who = make_patient(&clinic, "刘芳", "13900000003").await;
    let at = "2026-11-23T10:45:00+08:00";
    let a = booked(&api, &booking(&clinic, who, "extraction", 1, at)).await;
    assert_eq!(step(&api, &a, "correct", json!({})).await.1["code"], "wrong_state");
    let (_, a) = step(&api, &a, "confirm", json!({})).await;
    let ends = a["ends_at"].clone();
    let tasks = "SELECT count(*) AS n FROM call_tasks";
    let records = "SELECT count(*) AS n FROM visits";
    let mut now = a;
    // The step, what it leads to, what correcting it leads to.
    for (action, state, back_to) in [
        ("arrive", "arrived", "confirmed"),
        ("seat", "in-chair", "arrived"),
        ("finish", "done", "in-chair"),
        ("leave", "done", "done"),
    ] {
        clinic.minutes_pass(4);
        let (status, done) = step(&api, &now, action, json!({})).await;
        assert_eq!(
            (status, done["status"].as_str()),
            (200, Some(state)),
            "{action}: {done}"
        );
        clinic.minutes_pass(4);
        let (status, back) = step(&doctor, &done, "correct", json!({})).await;
        let back = if action == "leave" {
            assert_eq!(status, 403, "what the desk noted, the desk corrects: {back}");
            step(&api, &done, "correct", json!({})).await.1
        } else {
            back
        };
        assert_eq!(back["status"], back_to, "{action}: {back}");
        assert_eq!(undo(&api, &back).await.1["code"], "nothing_to_undo");
        for stamp in ["arrived_at", "seated_at", "finished_at", "left_at"] {
            assert_eq!(back[stamp], now[stamp], "{action} {stamp}");
        }
        assert_eq!(
            back["ends_at"],
            if action == "leave" {
                now["ends_at"].clone()
            } else {
                ends.clone()
            }
        );
        if action == "finish" {
            assert_eq!(clinic.count(tasks).await, 0, "nobody is to be called yet");
        }
        if action == "seat" {
            assert_eq!(clinic.count(records).await, 0);
        }
        now = step(&api, &back, action, json!({})).await.1;
    }
    assert_eq!(clinic.count(tasks).await, 1);
    let noted = "SELECT count(*) AS n FROM audit_log WHERE action = 'correct'";
    assert_eq!(clinic.count(noted).await, 4);
});

both!(a_cancellation_by_mistake_is_put_right, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (who, other) = (
        make_patient(&clinic, "刘芳", "13900000003").await,
        make_patient(&clinic, "陈静", "13900000004").await,
    );
    let sent = |template: &str| {
        format!("SELECT count(*) AS n FROM messages WHERE template = '{template}' AND state = 'accepted'")
    };
    let at = "2026-11-25T09:00:00+08:00";
    let a = booked(&api, &booking(&clinic, who, "check-up", 1, at)).await;
    let cancel = async |a: &Value| step(&api, a, "cancel", json!({ "reason": "有事" })).await.1;
    // Before anything was sent: nobody hears of it.
    let gone = cancel(&a).await;
    clinic.app.clock.advance(60_000);
    let (status, back) = step(&api, &gone, "correct", json!({})).await;
    assert_eq!((status, back["status"].as_str()), (200, Some("booked")), "{back}");
    assert_eq!(back["cancel_reason"], Value::Null);
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(clinic.count(&sent("visit-cancelled")).await, 0);
    // Who was told that it is off is told that it is on.
    let gone = cancel(&back).await;
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(clinic.count(&sent("visit-cancelled")).await, 1);
    let (_, back) = step(&api, &gone, "correct", json!({})).await;
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(clinic.count(&sent("booking-confirmed")).await, 1);
    // The time went to somebody else; by the page it is told, and the panel stays open.
    let gone = cancel(&back).await;
    booked(&api, &booking(&clinic, other, "check-up", 1, at)).await;
    let desk = clinic.signed_in("desk").await;
    let panel = desk.page(&format!("/day?day=2026-11-25&open={}", gone["id"])).await;
    assert!(panel.contains("更正：退回“未确认”"), "{panel}");
    let version = gone["version"].to_string();
    let url = format!("/appointments/{}/correct", gone["id"]);
    let answer = desk.post_form(&url, &[("version", &version)]).await;
    assert_eq!(answer.status(), 409);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("这个时间已经约给别人") && page.contains("id=\"side\""),
        "{page}"
    );
});
