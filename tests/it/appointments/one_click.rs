//! What one click does to several visits: taken back together, told of once.

use chairside::patients::PatientId;
use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, booking, provider, service, step, undo};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

/// A course of check-ups, a week apart, from 1 December 2026 on.
async fn course(clinic: &Clinic, api: &Browser, who: PatientId, n: i64) -> Vec<Value> {
    let first = chrono::NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    let visit = |i: i64| {
        let day = first + chrono::TimeDelta::weeks(i);
        json!({ "patient_id": who, "service_id": service(clinic, "check-up").id, "provider_id": provider(clinic, 1).id,
            "starts_at": format!("{day}T09:00:00+08:00"), "notify": true })
    };
    let body = json!({ "kind": "course", "appointments": (0..n).map(visit).collect::<Vec<_>>() });
    let (status, made) = api.post_json("/api/v1/appointments/batch", &body).await;
    assert_eq!(status, 201, "{made}");
    made["appointments"].as_array().unwrap().clone()
}

async fn now(api: &Browser, a: &Value) -> Value {
    api.get_json(&format!("/api/v1/appointments/{}", a["id"])).await.1
}

fn in_state(who: PatientId, status: &str) -> String {
    format!("SELECT count(*) AS n FROM appointments WHERE patient_id = {who} AND status = '{status}'")
}

fn sent(template: &str) -> String {
    format!("SELECT count(*) AS n FROM messages WHERE template = '{template}' AND state = 'accepted'")
}

async fn dispatch(clinic: &Clinic) {
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
}

both!(undo_takes_back_all_that_one_click_did, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    // Booked: all six are gone, and nobody is told.
    let made = course(&clinic, &api, who, 6).await;
    let (status, back) = undo(&api, &made[0]).await;
    assert_eq!((status, back["status"].as_str()), (200, Some("cancelled")), "{back}");
    assert_eq!(clinic.count(&in_state(who, "cancelled")).await, 6);
    dispatch(&clinic).await;
    assert_eq!(clinic.count(&sent("booking-confirmed")).await, 0);
    // Moved, each to where the next one was: all are back.
    let made = course(&clinic, &api, who, 4).await;
    let to = json!({ "starts_at": "2026-12-15T09:00:00+08:00", "with_later": true });
    let (status, moved) = step(&api, &made[1], "move", to).await;
    assert_eq!(status, 200, "{moved}");
    assert_eq!(now(&api, &made[3]).await["starts_at"], "2026-12-29T01:00:00.000Z");
    let (status, back) = undo(&api, &moved).await;
    assert_eq!(status, 200, "{back}");
    for a in &made {
        assert_eq!(now(&api, a).await["starts_at"], a["starts_at"]);
    }
    // Cancelled, and one of them by name.
    let why = json!({ "reason": "搬家", "with_later": true });
    let (_, gone) = step(&api, &back, "cancel", why).await;
    assert_eq!(clinic.count(&in_state(who, "booked")).await, 1);
    clinic.app.clock.advance(8_000);
    assert_eq!(undo(&api, &gone).await.0, 200);
    assert_eq!(clinic.count(&in_state(who, "booked")).await, 4);
});

both!(one_that_changed_since_keeps_all_of_them, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let made = course(&clinic, &api, who, 3).await;
    let (status, _) = step(&api, &made[1], "confirm", json!({})).await;
    assert_eq!(status, 200);
    let (status, why) = undo(&api, &made[0]).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("group_changed")), "{why}");
    assert!(why.to_string().contains("12月8日"), "it says which: {why}");
    assert_eq!(clinic.count(&in_state(who, "cancelled")).await, 0);
    // The one that changed can be taken back by itself; then all of them, while there is time.
    let changed = now(&api, &made[1]).await;
    assert_eq!(undo(&api, &changed).await.0, 200);
    clinic.app.clock.advance(11_000);
    assert_eq!(undo(&api, &made[2]).await.1["code"], "too_late");
});

both!(a_patient_is_told_once_of_what_one_click_did, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let made = course(&clinic, &api, who, 6).await;
    // One is cancelled by itself while the message is held: the message names the others.
    let (status, _) = step(&api, &made[1], "cancel", json!({ "reason": "有事" })).await;
    assert_eq!(status, 200);
    dispatch(&clinic).await;
    assert_eq!(clinic.count(&sent("booking-confirmed")).await, 1);
    let named = format!(
        "{} AND body LIKE '%09:00（共 5 次，另有 12月15日%' AND body LIKE '%1月5日%' AND body NOT LIKE '%12月8日%'",
        sent("booking-confirmed")
    );
    assert_eq!(clinic.count(&named).await, 1, "all that are left, and no other");
    let to = json!({ "starts_at": "2026-12-16T10:00:00+08:00", "with_later": true });
    assert_eq!(step(&api, &made[2], "move", to).await.0, 200);
    dispatch(&clinic).await;
    assert_eq!(clinic.count(&sent("visit-moved")).await, 1);
    let third = now(&api, &made[2]).await;
    let why = json!({ "reason": "搬家", "with_later": true });
    assert_eq!(step(&api, &third, "cancel", why).await.0, 200);
    dispatch(&clinic).await;
    assert_eq!(
        clinic.count(&sent("visit-cancelled")).await,
        2,
        "one of one visit, one of four"
    );
    // A family is told each for themselves.
    let child = make_patient(&clinic, "刘小明", "13900010002").await;
    let visit = |who, at: &str| {
        let mut body = booking(&clinic, who, "check-up", 1, at);
        body["notify"] = json!(true);
        body
    };
    let both = json!([
        visit(who, "2026-12-03T14:00:00+08:00"),
        visit(child, "2026-12-03T14:30:00+08:00")
    ]);
    let body = json!({ "kind": "family", "appointments": both });
    assert_eq!(api.post_json("/api/v1/appointments/batch", &body).await.0, 201);
    dispatch(&clinic).await;
    assert_eq!(clinic.count(&sent("booking-confirmed")).await, 3);
});

// By the page: /find books a course, the board says how many and takes all of them back.
both!(the_find_page_s_undo_takes_back_the_course, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let (s, p) = (service(&clinic, "check-up").id, provider(&clinic, 1).id);
    let start = |day: &str| {
        let at = chrono::DateTime::parse_from_rfc3339(&format!("{day}T09:00:00+08:00")).unwrap();
        format!("{who}:{s}:{p}:{}:30", at.timestamp_millis())
    };
    let visits = ["2026-12-01", "2026-12-08", "2026-12-15"].map(start);
    let fields: Vec<(&str, &str)> = visits.iter().map(|v| ("visit", v.as_str())).collect();
    let answer = desk.post_form("/find/book", &fields).await;
    assert_eq!(answer.status(), 303);
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    let page = desk.page(&to).await;
    assert!(page.contains("已预约（共 3 个）"), "{page}");
    let id = to.split("did=").nth(1).unwrap().split('#').next().unwrap();
    let answer = desk
        .post_form(&format!("/appointments/{id}/undo"), &[("version", "1")])
        .await;
    assert_eq!(answer.status(), 303);
    assert_eq!(clinic.count(&in_state(who, "cancelled")).await, 3);
    let lone = booked(
        &clinic.api(Role::FrontDesk).await,
        &booking(&clinic, who, "check-up", 1, "2026-12-01T09:00:00+08:00"),
    )
    .await;
    assert!(
        !desk
            .page(&format!("/day?day=2026-12-01&did={}", lone["id"]))
            .await
            .contains("共 ")
    );
});
