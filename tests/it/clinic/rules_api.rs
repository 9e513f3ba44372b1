//! The rules of booking over the API: of patients who book by themselves, what they choose from, and of each service.

use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_contract::{call, read};
use crate::both;
use crate::support::{Browser, make_patient};

async fn patch(api: &Browser, path: &str, body: Value) -> crate::api_contract::Answer {
    call(api, Method::PATCH, path, &[], Some(&body)).await
}

both!(what_patients_may_do_online_is_set_over_the_api, |clinic| {
    let api = clinic.api(Role::Administrator).await;
    let path = "/api/v1/online-rules";
    let set = read(&api, path).await.body;
    let version = set["version"].clone();
    let page = clinic.visitor().page("/book").await;
    assert!(!page.contains("目前不能在网上预约"), "{page}");
    for (body, field) in [
        (json!({ "version": version, "change_hours": 721 }), "change_hours"),
        (json!({ "version": version, "planned_max": 0 }), "planned_max"),
        (json!({ "version": version, "broken_max": 21 }), "broken_max"),
    ] {
        let wrong = patch(&api, path, body).await;
        assert_eq!((wrong.status, wrong.fault()), (422, field), "{}", wrong.body);
    }
    let body = json!({ "version": version, "open": false, "broken_max": null, "change_hours": 24 });
    let saved = patch(&api, path, body.clone()).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    assert_eq!(
        (
            &saved.body["open"],
            &saved.body["broken_max"],
            &saved.body["change_hours"]
        ),
        (&json!(false), &Value::Null, &json!(24))
    );
    assert_eq!(saved.body["moves_max"], set["moves_max"], "what is left out stays");
    let stale = patch(&api, path, json!({ "version": version, "open": true })).await;
    assert_eq!(
        (stale.status, stale.code(), &stale.body["current"]),
        (409, "stale", &saved.body)
    );
    let page = clinic.visitor().page("/book").await;
    assert!(page.contains("目前不能在网上预约"), "{page}");
});

both!(complaints_are_added_changed_and_taken_out_over_the_api, |clinic| {
    let api = clinic.api(Role::Administrator).await;
    let path = "/api/v1/complaints";
    let before = read(&api, path).await.body.as_array().unwrap().len();
    let service = clinic.sample.services[0].id;
    let add = async |body: Value| call(&api, Method::POST, path, &[], Some(&body)).await;
    for (body, field) in [
        (
            json!({ "name": "", "name_en": "Chipped", "service_id": service }),
            "name",
        ),
        (
            json!({ "name": "崩牙", "name_en": "Chipped", "service_id": 999 }),
            "service_id",
        ),
        (
            json!({ "name": "崩牙", "name_en": "Chipped", "service_id": service, "position": 41 }),
            "position",
        ),
    ] {
        let wrong = add(body).await;
        assert_eq!((wrong.status, wrong.fault()), (422, field), "{}", wrong.body);
    }
    let made = add(json!({ "name": "崩牙", "name_en": "Chipped", "service_id": service })).await;
    assert_eq!(
        (made.status, &made.body["position"]),
        (201, &json!(before + 1)),
        "{}",
        made.body
    );
    let at = made.headers["location"].to_str().unwrap().to_owned();
    let twice = add(json!({ "name": "崩牙", "name_en": "x", "service_id": service })).await;
    assert_eq!((twice.status, twice.fault()), (422, "name"));
    let changed = patch(
        &api,
        &at,
        json!({ "version": made.body["version"], "urgent": true, "position": 1 }),
    )
    .await;
    assert_eq!(
        (changed.status, &changed.body["urgent"], &changed.body["position"]),
        (200, &json!(true), &json!(1)),
        "{}",
        changed.body
    );
    let list = read(&api, path).await.body;
    assert_eq!(list[0], changed.body, "it is the first now");
    assert_eq!(read(&api, &at).await.body, changed.body);
    let stale = patch(&api, &at, json!({ "version": made.body["version"], "urgent": false })).await;
    assert_eq!(
        (stale.status, &stale.body["changed_by"]),
        (409, &json!("API administrator")),
        "{}",
        stale.body
    );
    assert_eq!(call(&api, Method::DELETE, &at, &[], None).await.status, 204);
    assert_eq!(read(&api, path).await.body.as_array().unwrap().len(), before);
    assert_eq!(call(&api, Method::DELETE, &at, &[], None).await.status, 404);
    let desk = clinic.api(Role::FrontDesk).await;
    assert_eq!(call(&desk, Method::DELETE, &at, &[], None).await.status, 403);
});

both!(how_a_service_is_booked_is_set_over_the_api, |clinic| {
    let (api, desk) = (clinic.api(Role::Administrator).await, clinic.api(Role::FrontDesk).await);
    let check_up = clinic.sample.services.iter().find(|s| s.code == "check-up").unwrap();
    let doctor = clinic.sample.providers[0].id;
    let path = format!("/api/v1/services/{}/rules", check_up.id);
    let set = read(&desk, &path).await;
    let version = set.body["version"].clone();
    for (more, field) in [
        (json!({ "grid_minutes": 7 }), "grid_minutes"),
        (json!({ "notice_minutes": -60 }), "notice_minutes"),
        (
            json!({ "provider_parts": [{ "from": 0, "until": 999 }] }),
            "provider_parts",
        ),
        (
            json!({ "provider_parts": [{ "from": 10, "until": 5 }] }),
            "provider_parts",
        ),
        (json!({ "per_day_max": 0 }), "per_day_max"),
        (
            json!({ "second_kind": null, "second_parts": [{ "from": 0, "until": 10 }] }),
            "second_kind",
        ),
    ] {
        let mut body = more;
        body["version"] = version.clone();
        let wrong = patch(&api, &path, body).await;
        assert_eq!((wrong.status, wrong.fault()), (422, field), "{}", wrong.body);
    }
    // Two check-ups on one day: at most one a day has to be agreed to.
    for (mobile, at) in [("13900000001", "09:00"), ("13900000002", "10:00")] {
        let who = make_patient(&clinic, "孙丽", mobile).await;
        let body = json!({ "patient_id": who, "service_id": check_up.id, "provider_id": doctor, "starts_at": format!("2026-11-25T{at}:00+08:00") });
        assert_eq!(desk.post_json("/api/v1/appointments", &body).await.0, 201);
    }
    let body = json!({ "version": version, "per_day_max": 1, "online": true, "notice_minutes": 90 });
    let asks = patch(&api, &path, body.clone()).await;
    assert_eq!(
        (asks.status, asks.code(), &asks.body["affected"]),
        (409, "visits_affected", &json!(1)),
        "{}",
        asks.body
    );
    assert_eq!(read(&desk, &path).await.body, set.body, "nothing is saved");
    let mut agreed = body;
    agreed["agreed"] = json!(1);
    let saved = patch(&api, &path, agreed).await;
    assert_eq!(
        (saved.status, &saved.body["per_day_max"], &saved.body["notice_minutes"]),
        (200, &json!(1), &json!(90)),
        "{}",
        saved.body
    );
    assert_eq!(
        saved.body["horizon_days"], set.body["horizon_days"],
        "what is left out stays"
    );
    let stale = patch(&api, &path, json!({ "version": version, "per_day_max": null })).await;
    assert_eq!((stale.status, stale.code()), (409, "stale"));
    let open = patch(
        &api,
        &path,
        json!({ "version": saved.body["version"], "per_day_max": null }),
    )
    .await;
    assert_eq!((open.status, &open.body["per_day_max"]), (200, &Value::Null));
});
