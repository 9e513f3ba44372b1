//! Boards kept by name, and calendar feeds, over the API.

use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::provider;
use crate::api_contract::{call, read};
use crate::both;

const VIEWS: &str = "/api/v1/board-views";

both!(
    boards_are_kept_renamed_ordered_shared_and_removed_over_the_api,
    |clinic| {
        let (desk, doctor) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Doctor).await);
        let one = provider(&clinic, 1).id;
        let keep = async |name: &str, board: &str, shared: bool| {
            let body = json!({ "name": name, "board": board, "shared": shared });
            call(&desk, Method::POST, VIEWS, &[], Some(&body)).await
        };
        for (name, board, field) in [("", "/day", "name"), ("x", "/patients", "board")] {
            let wrong = keep(name, board, false).await;
            assert_eq!((wrong.status, wrong.fault()), (422, field), "{}", wrong.body);
        }
        let mine = keep(" 上午 ", &format!("/day?day=2026-11-25&only={one}&show=un"), false).await;
        assert_eq!(
            (mine.status, &mine.body["name"]),
            (201, &json!("上午")),
            "{}",
            mine.body
        );
        assert_eq!(
            mine.body["board"],
            json!(format!("/day?only={one}&show=un")),
            "of any day"
        );
        let week = keep("一周", &format!("/week?provider={one}"), true).await.body;
        // Others see what is shared, and do not change it.
        let seen = read(&doctor, VIEWS).await.body;
        assert_eq!(seen["views"].as_array().unwrap().len(), 1, "{seen}");
        assert_eq!(
            (&seen["views"][0]["id"], &seen["views"][0]["own"]),
            (&week["id"], &json!(false))
        );
        let path = format!("{VIEWS}/{}", week["id"]);
        let patch = json!({ "version": 1, "name": "x" });
        assert_eq!(call(&doctor, Method::PATCH, &path, &[], Some(&patch)).await.status, 403);
        assert_eq!(call(&doctor, Method::DELETE, &path, &[], None).await.status, 403);
        assert_eq!(read(&doctor, &format!("{VIEWS}/{}", mine.body["id"])).await.status, 404);
        // Two changes on one version: the second is refused.
        let tag = [("If-Match", "\"1\"")];
        let body = json!({ "name": "本周", "place": "up" });
        let changed = call(&desk, Method::PATCH, &path, &tag, Some(&body)).await;
        assert_eq!(
            (changed.status, &changed.body["name"], &changed.body["position"]),
            (200, &json!("本周"), &json!(1)),
            "{}",
            changed.body
        );
        let stale = call(&desk, Method::PATCH, &path, &tag, Some(&json!({ "shared": false }))).await;
        assert_eq!((stale.status, &stale.body["current"]), (412, &changed.body));
        let order: Vec<Value> = read(&desk, VIEWS).await.body["views"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v["id"].clone())
            .collect();
        assert_eq!(order, [week["id"].clone(), mine.body["id"].clone()]);
        assert_eq!(call(&desk, Method::DELETE, &path, &[], None).await.status, 204);
        assert_eq!(read(&desk, &path).await.status, 404);
    }
);

both!(a_calendar_feed_is_made_told_once_and_ended_over_the_api, |clinic| {
    let api = clinic.api(Role::Administrator).await;
    let path = "/api/v1/calendar-feeds";
    let one = provider(&clinic, 1).id;
    let make = async |id: Value, key: &str| {
        let headers = [("Idempotency-Key", key)];
        call(&api, Method::POST, path, &headers, Some(&json!({ "provider_id": id }))).await
    };
    assert_eq!(make(json!(999), "a").await.fault(), "provider_id");
    let made = make(json!(one), "b").await;
    assert_eq!(
        (made.status, &made.body["made_by"], &made.body["opens"]),
        (201, &json!("API administrator"), &json!(true)),
        "{}",
        made.body
    );
    let address = made.body["address"].as_str().unwrap();
    let feed = &address[address.find("/calendar/").unwrap()..];
    assert_eq!(clinic.visitor().get(feed).await.status(), 200);
    // A repeated answer has no secret, and the address still opens: it was not made anew.
    let again = make(json!(one), "b").await;
    assert_eq!(
        (
            again.status,
            &again.body["address"],
            &again.headers["idempotent-replayed"]
        ),
        (201, &Value::Null, &"true".parse().unwrap())
    );
    let secret = feed.trim_start_matches("/calendar/").trim_end_matches(".ics");
    let kept = format!("SELECT count(*) AS n FROM idempotency_keys WHERE body LIKE '%{secret}%'");
    assert_eq!(clinic.count(&kept).await, 0);
    assert_eq!(clinic.visitor().get(feed).await.status(), 200);
    let list = read(&api, path).await.body;
    assert_eq!(list["feeds"][0]["provider_id"], json!(one));
    assert!(
        !list.to_string().contains(secret) && list["feeds"][0]["last_read_at"].is_string(),
        "{list}"
    );
    let gone = format!("{path}/{one}");
    assert_eq!(call(&api, Method::DELETE, &gone, &[], None).await.status, 204);
    assert_eq!(clinic.visitor().get(feed).await.status(), 404);
    assert_eq!(read(&api, path).await.body["feeds"], json!([]));
    assert_eq!(
        call(&api, Method::DELETE, &format!("{path}/999"), &[], None)
            .await
            .status,
        404
    );
});
