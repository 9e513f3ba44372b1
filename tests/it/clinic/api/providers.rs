//! Providers over JSON.

use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::book;
use super::{send, tag};
use crate::api_contract::{call, read};
use crate::both;

both!(providers_are_added_and_changed_over_the_api, |clinic| {
    let api = clinic.api(Role::Administrator).await;
    let (_, chairs) = api.get_json("/api/v1/chairs").await;
    let (_, services) = api.get_json("/api/v1/services").await;
    let (chair, other) = (&chairs[0]["id"], &chairs[1]["id"]);
    let new = json!({
        "name": "顾医生", "name_en": "Dr Gu", "kind": "doctor", "chair_id": chair, "further_chair_ids": [other],
        "service_ids": [services[0]["id"]], "day_max": 2
    });
    let (status, made) = api.post_json("/api/v1/providers", &new).await;
    assert_eq!((status, &made["active"]), (201, &json!(true)), "{made}");
    for (field, wanted) in new.as_object().unwrap() {
        assert_eq!(&made[field], wanted, "{field}");
    }
    let path = format!("/api/v1/providers/{}", made["id"]);
    let one = read(&api, &path).await;
    assert_eq!(one.body, made);
    for (field, wrong) in [
        ("chair_id", json!(99_999)),
        ("further_chair_ids", json!([99_999])),
        ("service_ids", json!([99_999])),
        ("user_id", json!(99_999)),
        ("day_max", json!(0)),
        ("name", json!(" ")),
    ] {
        let refused = send(&api, Method::PATCH, &path, &tag(&one), &json!({ field: wrong })).await;
        assert_eq!((refused.status, refused.fault()), (422, field), "{}", refused.body);
    }
    let changed = send(
        &api,
        Method::PATCH,
        &path,
        &tag(&one),
        &json!({ "day_max": null, "service_ids": [] }),
    )
    .await;
    assert_eq!(
        (changed.status, &changed.body["day_max"], &changed.body["service_ids"]),
        (200, &Value::Null, &json!([])),
        "{}",
        changed.body
    );
    assert_eq!(
        changed.body["further_chair_ids"],
        json!([other]),
        "what is left out stays"
    );
    let stale = send(&api, Method::PATCH, &path, &tag(&one), &json!({ "active": false })).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"), "{}", stale.body);
    assert_eq!(stale.body["current"]["day_max"], Value::Null);
    // One with visits ahead is asked about first.
    book(&clinic, 0, "2026-12-01T09:00:00+08:00", 30).await;
    let who = clinic.sample.providers[0].id;
    let busy = format!("/api/v1/providers/{who}");
    let version = read(&api, &busy).await.body["version"].clone();
    let off = |agreed: usize| json!({ "version": version, "active": false, "agreed": agreed });
    let asked = call(&api, Method::PATCH, &busy, &[], Some(&off(0))).await;
    assert_eq!(
        (asked.status, asked.code(), &asked.body["affected"]),
        (409, "visits_affected", &json!(1)),
        "{}",
        asked.body
    );
    assert_eq!(call(&api, Method::PATCH, &busy, &[], Some(&off(1))).await.status, 200);
    let (_, list) = api.get_json("/api/v1/providers").await;
    assert!(list.as_array().unwrap().iter().all(|p| p["id"] != json!(who)));
});
