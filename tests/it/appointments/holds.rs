//! A time that is being booked is held, and ends by itself; a time that is taken is booked over on purpose only.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::rules::free_on;
use super::{booked, booking, provider, service, undo};
use crate::both;
use crate::support::{Clinic, make_patient};

fn wanted(clinic: &Clinic, at: &str) -> Value {
    json!({ "service_id": service(clinic, "check-up").id, "provider_id": provider(clinic, 1).id, "starts_at": at })
}

both!(a_hold_keeps_others_away_and_ends_by_itself, |clinic| {
    let (api, other) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Nurse).await);
    let (a, b) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
    );
    let at = "2026-11-30T09:30:00+08:00";
    let (status, hold) = api.post_json("/api/v1/holds", &wanted(&clinic, at)).await;
    assert_eq!(status, 201, "{hold}");
    assert!(
        !free_on(&other, &clinic, "2026-11-30")
            .await
            .contains(&"09:30".to_owned())
    );
    let theirs = booking(&clinic, b, "check-up", 1, at);
    let (status, why) = other.post_json("/api/v1/appointments", &theirs).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    let (status, why) = other.post_json("/api/v1/holds", &wanted(&clinic, at)).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    // A time held instead lets the first one go.
    let later = "2026-11-30T14:00:00+08:00";
    let mut instead = wanted(&clinic, later);
    instead["instead"] = hold["token"].clone();
    let (status, hold) = api.post_json("/api/v1/holds", &instead).await;
    assert_eq!(status, 201, "{hold}");
    booked(&other, &theirs).await;
    // One's own hold is used up by booking.
    let mut own = booking(&clinic, a, "check-up", 1, later);
    own["hold"] = hold["token"].clone();
    booked(&api, &own).await;
    assert_eq!(clinic.count("SELECT count(*) AS n FROM holds").await, 0);
    // Nobody has to clean up.
    let at = "2026-11-30T16:00:00+08:00";
    api.post_json("/api/v1/holds", &wanted(&clinic, at)).await;
    clinic.minutes_pass(6);
    assert!(
        free_on(&other, &clinic, "2026-11-30")
            .await
            .contains(&"16:00".to_owned())
    );
    let (_, hold) = api.post_json("/api/v1/holds", &wanted(&clinic, at)).await;
    let path = format!("{}/api/v1/holds/{}", api.base, hold["token"].as_str().unwrap());
    let answer = api
        .client
        .delete(path)
        .bearer_auth(api.bearer.as_ref().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    assert!(
        free_on(&other, &clinic, "2026-11-30")
            .await
            .contains(&"16:00".to_owned())
    );
});

both!(a_visit_that_comes_back_to_its_time_ends_what_is_held_of_it, |clinic| {
    let (api, other) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Nurse).await);
    let (a, b) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
    );
    let (at, elsewhere) = ("2026-11-30T09:30:00+08:00", "2026-11-30T16:00:00+08:00");
    let visit = booked(&api, &booking(&clinic, a, "check-up", 1, at)).await;
    let cancel = json!({ "version": visit["version"], "reason": "点错了" });
    let path = format!("/api/v1/appointments/{}/cancel", visit["id"]);
    let (status, cancelled) = api.post_json(&path, &cancel).await;
    assert_eq!(status, 200, "{cancelled}");
    let (status, hold) = other.post_json("/api/v1/holds", &wanted(&clinic, at)).await;
    assert_eq!(status, 201, "{hold}");
    other.post_json("/api/v1/holds", &wanted(&clinic, elsewhere)).await;
    let (status, back) = undo(&api, &cancelled).await;
    assert_eq!(status, 200, "{back}");
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM holds").await,
        1,
        "the other one"
    );
    let mut theirs = booking(&clinic, b, "check-up", 1, at);
    theirs["hold"] = hold["token"].clone();
    let (status, why) = other.post_json("/api/v1/appointments", &theirs).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    assert!(
        !why["next"].as_array().unwrap().is_empty(),
        "other times are offered: {why}"
    );
});

both!(overbooking_is_deliberate_and_says_why, |clinic| {
    let (api, nurse) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Nurse).await);
    let (a, b, d) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
        make_patient(&clinic, "王伟", "13900010003").await,
    );
    let at = "2026-11-30T09:30:00+08:00";
    booked(&api, &booking(&clinic, a, "check-up", 1, at)).await;
    let mut over = booking(&clinic, b, "check-up", 1, at);
    over["overbook"] = json!(" ");
    let (status, why) = api.post_json("/api/v1/appointments", &over).await;
    assert_eq!(status, 422, "{why}");
    assert!(why.to_string().contains("overbook"), "{why}");
    over["overbook"] = json!("急性牙痛");
    assert_eq!(nurse.post_json("/api/v1/appointments", &over).await.0, 403);
    let squeezed = booked(&api, &over).await;
    assert_eq!(squeezed["overbooked"], "急性牙痛");
    // Nobody else is let in by that, and no patient is in two places.
    let (status, _) = api
        .post_json("/api/v1/appointments", &booking(&clinic, d, "check-up", 1, at))
        .await;
    assert_eq!(status, 409);
    let mut twice = booking(&clinic, a, "check-up", 3, at);
    twice["overbook"] = json!("忙");
    let (status, why) = api.post_json("/api/v1/appointments", &twice).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    // A time that is free is simply booked.
    let mut free = booking(&clinic, d, "check-up", 1, "2026-11-30T11:00:00+08:00");
    free["overbook"] = json!("以防万一");
    assert_eq!(booked(&api, &free).await["overbooked"], Value::Null);
    // In the lunch break, too, if it has to be; never in the past.
    let mut lunch = booking(&clinic, d, "check-up", 1, "2026-11-30T12:15:00+08:00");
    lunch["overbook"] = json!("外地来的");
    assert_eq!(booked(&api, &lunch).await["overbooked"], "外地来的");
    let mut past = booking(&clinic, d, "check-up", 1, "2026-11-20T09:30:00+08:00");
    past["overbook"] = json!("补录");
    assert_eq!(api.post_json("/api/v1/appointments", &past).await.0, 422);
    // Moved to a free time it lies over nobody any more.
    let body = json!({ "version": squeezed["version"], "starts_at": "2026-11-30T15:00:00+08:00" });
    let (status, moved) = api
        .post_json(&format!("/api/v1/appointments/{}/move", squeezed["id"]), &body)
        .await;
    assert_eq!((status, &moved["overbooked"]), (200, &Value::Null), "{moved}");
});
