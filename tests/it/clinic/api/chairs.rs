//! Chairs over JSON.

use chairside::staff::Role;
use reqwest::Method;
use serde_json::json;

use super::{send, tag};
use crate::api_contract::{call, read};
use crate::both;

both!(chairs_are_added_and_changed_over_the_api, |clinic| {
    let api = clinic.api(Role::Administrator).await;
    let (status, made) = api
        .post_json(
            "/api/v1/chairs",
            &json!({ "name": "手术椅", "name_en": "Surgery", "kind": "手术" }),
        )
        .await;
    assert_eq!((status, &made["active"]), (201, &json!(true)), "{made}");
    let path = format!("/api/v1/chairs/{}", made["id"]);
    let one = read(&api, &path).await;
    assert_eq!(one.body, made);
    let first = tag(&one);
    let (status, twice) = api
        .post_json("/api/v1/chairs", &json!({ "name": "手术椅", "name_en": "Another" }))
        .await;
    assert_eq!((status, &twice["errors"][0]["field"]), (422, &json!("name")), "{twice}");

    let changed = send(&api, Method::PATCH, &path, &first, &json!({ "kind": "拍片" })).await;
    assert_eq!(
        (changed.status, &changed.body["name"]),
        (200, &json!("手术椅")),
        "{}",
        changed.body
    );
    let stale = send(&api, Method::PATCH, &path, &first, &json!({ "active": false })).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"), "{}", stale.body);
    assert_eq!(stale.body["current"]["kind"], "拍片");
    let none = call(&api, Method::PATCH, &path, &[], Some(&json!({ "active": false }))).await;
    assert_eq!(none.status, 428, "{}", none.body);
    let off = send(&api, Method::PATCH, &path, &tag(&changed), &json!({ "active": false })).await;
    assert_eq!((off.status, &off.body["active"]), (200, &json!(false)));
    let (_, list) = api.get_json("/api/v1/chairs").await;
    assert!(
        list.as_array().unwrap().iter().all(|ch| ch["name"] != "手术椅"),
        "{list}"
    );
    // One that somebody works at stays.
    let used = clinic.sample.providers[0].chair_id;
    let path = format!("/api/v1/chairs/{used}");
    let in_use = send(
        &api,
        Method::PATCH,
        &path,
        &tag(&read(&api, &path).await),
        &json!({ "active": false }),
    )
    .await;
    assert_eq!((in_use.status, in_use.fault()), (422, "active"), "{}", in_use.body);
});

both!(chairs_are_put_in_another_order_over_the_api, |clinic| {
    let api = clinic.api(Role::Administrator).await;
    let order = async || -> Vec<i64> {
        let (_, list) = api.get_json("/api/v1/chairs").await;
        list.as_array()
            .unwrap()
            .iter()
            .map(|ch| ch["id"].as_i64().unwrap())
            .collect()
    };
    let before = order().await;
    let last = *before.last().unwrap();
    let path = format!("/api/v1/chairs/{last}");
    let seen = tag(&read(&api, &path).await);
    let wrong = send(&api, Method::PATCH, &path, &seen, &json!({ "position": 99 })).await;
    assert_eq!((wrong.status, wrong.fault()), (422, "position"), "{}", wrong.body);
    let body = json!({ "position": 1, "name_en": "First of all" });
    let moved = send(&api, Method::PATCH, &path, &seen, &body).await;
    assert_eq!(
        (moved.status, &moved.body["position"], &moved.body["name_en"]),
        (200, &json!(1), &json!("First of all")),
        "{}",
        moved.body
    );
    let mut wanted = before.clone();
    wanted.rotate_right(1);
    assert_eq!(order().await, wanted);
    let stale = send(&api, Method::PATCH, &path, &seen, &json!({ "position": 2 })).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"), "{}", stale.body);
    assert_eq!(order().await, wanted);
});
