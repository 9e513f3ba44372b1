//! Freed times over the API: whom they suit, offering them, what the desk notes for patients, and how it goes by itself.

use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::waiting::waits;
use super::{booked, booking, overlaps, service, step};
use crate::api_contract::{call, read};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

const FREED: &str = "/api/v1/freed-times";

/// A cleaning on Wednesday is cancelled. Gives the freed time.
async fn freed(clinic: &Clinic, api: &Browser, at: &str, mobile: &str) -> Value {
    let who = make_patient(clinic, "周走", mobile).await;
    let a = booked(
        api,
        &booking(clinic, who, "cleaning", 5, &format!("2026-11-25T{at}:00+08:00")),
    )
    .await;
    assert_eq!(step(api, &a, "cancel", json!({ "reason": "出差" })).await.0, 200);
    let all = read(api, FREED).await.body;
    let list = all["freed_times"].as_array().unwrap();
    let found = list.iter().find(|f| f["appointment_id"] == a["id"]);
    found.unwrap_or_else(|| panic!("{all}")).clone()
}
async fn post(api: &Browser, path: &str, body: Value) -> (u16, Value) {
    let answer = call(api, Method::POST, path, &[("Accept-Language", "en")], Some(&body)).await;
    (answer.status, answer.body)
}
fn states(offers: &Value) -> Vec<&str> {
    let list = offers["offers"].as_array().unwrap().iter();
    list.map(|o| o["state"].as_str().unwrap()).collect()
}

both!(a_freed_time_is_offered_and_the_desk_answers_for_patients, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let slot = freed(&clinic, &api, "10:00", "13900019999").await;
    let path = format!("{FREED}/{}", slot["id"]);
    assert_eq!(
        (&slot["state"], &slot["service_id"]),
        (&json!("open"), &json!(service(&clinic, "cleaning").id))
    );
    for (name, mobile, more) in [
        ("刘先", "13900010001", json!({})),
        ("刘急", "13900010002", json!({ "urgency": "urgent" })),
        ("刘周五", "13900010003", json!({ "weekdays": [5] })),
    ] {
        waits(&clinic, &api, name, mobile, more).await;
    }
    let suits = read(&api, &format!("{path}/candidates")).await.body;
    let waiting: Vec<&Value> = suits["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|x| x["source"] == "waiting")
        .collect();
    assert_eq!(waiting.len(), 2, "Friday does not suit: {suits}");
    assert_eq!(
        (&waiting[0]["urgency"], &waiting[0]["reachable"]),
        (&json!("urgent"), &json!(true))
    );
    assert_eq!(waiting[0]["starts_at"], "2026-11-25T02:00:00.000Z");
    let keys: Vec<&str> = waiting.iter().map(|x| x["key"].as_str().unwrap()).collect();
    // Wrong fields are told at their names here; nothing is begun.
    let offers = format!("{path}/offers");
    let wrong = [
        (json!({ "version": 1, "candidates": [], "minutes": 30 }), "candidates"),
        (
            json!({ "version": 1, "candidates": ["waiting:999"], "minutes": 30 }),
            "candidates",
        ),
        (json!({ "version": 1, "candidates": keys, "minutes": 4 }), "minutes"),
        (
            json!({ "version": 1, "candidates": keys, "minutes": 30, "batch": 0 }),
            "batch",
        ),
    ];
    for (body, field) in wrong {
        let (status, answer) = post(&api, &offers, body).await;
        assert_eq!(
            (status, &answer["errors"][0]["field"]),
            (422, &json!(field)),
            "{answer}"
        );
    }
    let body = json!({ "candidates": keys, "minutes": 30 });
    assert_eq!(post(&api, &offers, body.clone()).await.0, 428);
    let mut old = body.clone();
    old["version"] = json!(9);
    let (status, stale) = post(&api, &offers, old).await;
    assert_eq!(
        (status, &stale["code"], &stale["current"]["state"]),
        (409, &json!("stale"), &json!("open"))
    );
    // One by one: the more urgent first; the time is held meanwhile.
    let tag = format!("\"{}\"", suits["version"]);
    let made = call(&api, Method::POST, &offers, &[("If-Match", &tag)], Some(&body)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(
        (&made.body["state"], &made.body["minutes"]),
        (&json!("offering"), &json!(30))
    );
    assert_eq!(made.headers["etag"], format!("\"{}\"", made.body["version"]).as_str());
    let now = read(&api, &offers).await.body;
    assert_eq!(states(&now), ["asked", "queued"]);
    assert_eq!(now["offers"][0]["patient_id"], waiting[0]["patient_id"]);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM holds WHERE purpose = 'offer'")
            .await,
        1
    );
    // The first does not want it: the next is asked. An answer is given once.
    let first = format!("/api/v1/slot-offers/{}", now["offers"][0]["id"]);
    let (status, said) = post(&api, &format!("{first}/answers"), json!({ "answer": "decline" })).await;
    assert_eq!(
        (status, &said["state"], &said["answered_by"]),
        (200, &json!("declined"), &json!("API front-desk")),
        "{said}"
    );
    let (status, late) = post(&api, &format!("{first}/answers"), json!({ "answer": "accept" })).await;
    assert_eq!((status, &late["code"]), (409, &json!("taken")), "{late}");
    let now = read(&api, &offers).await.body;
    assert_eq!(states(&now), ["declined", "asked"]);
    let second = format!("/api/v1/slot-offers/{}", now["offers"][1]["id"]);
    let (status, said) = post(&api, &format!("{second}/answers"), json!({ "answer": "accept" })).await;
    assert_eq!((status, &said["state"]), (200, &json!("accepted")), "{said}");
    let booked = read(&api, &format!("/api/v1/appointments/{}", said["booked_id"]))
        .await
        .body;
    assert_eq!(
        (&booked["starts_at"], &booked["source"]),
        (&json!("2026-11-25T02:00:00.000Z"), &json!("waiting-list"))
    );
    assert_eq!(read(&api, &second).await.body, said);
    let (status, over) = post(&api, &format!("{second}/answers"), json!({ "answer": "decline" })).await;
    assert_eq!((status, &over["code"]), (409, &json!("over")));
    assert_eq!(read(&api, &path).await.body["state"], "filled");
    assert_eq!(read(&api, FREED).await.body["freed_times"], json!([]));
    assert_eq!(
        (
            overlaps(&clinic).await,
            clinic.count("SELECT count(*) AS n FROM holds").await
        ),
        (0, 0)
    );
});

both!(an_offering_is_stopped_and_a_freed_time_put_away, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let first = freed(&clinic, &api, "10:00", "13900019998").await;
    let second = freed(&clinic, &api, "14:00", "13900019999").await;
    // Page by page, by time.
    let one = read(&api, &format!("{FREED}?limit=1")).await.body;
    assert_eq!(one["freed_times"][0]["id"], first["id"]);
    let two = read(
        &api,
        &format!("{FREED}?limit=1&cursor={}", one["next"].as_str().unwrap()),
    )
    .await
    .body;
    assert_eq!(
        (&two["freed_times"][0]["id"], &two["next"]),
        (&second["id"], &Value::Null)
    );
    waits(&clinic, &api, "刘洋", "13900010001", json!({})).await;
    let path = format!("{FREED}/{}", first["id"]);
    let suits = read(&api, &format!("{path}/candidates")).await.body;
    let key = suits["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .find(|x| x["source"] == "waiting")
        .unwrap()["key"]
        .clone();
    let body = json!({ "version": first["version"], "candidates": [key], "minutes": 60, "batch": 3 });
    let (status, offering) = post(&api, &format!("{path}/offers"), body).await;
    assert_eq!((status, &offering["batch"]), (201, &json!(3)), "{offering}");
    let (status, wrong) = post(
        &api,
        &format!("{FREED}/{}/stop", second["id"]),
        json!({ "version": second["version"] }),
    )
    .await;
    assert_eq!(
        (status, &wrong["code"]),
        (409, &json!("wrong_state")),
        "nobody is asked about it"
    );
    let (status, stopped) = post(&api, &format!("{path}/stop"), json!({ "version": offering["version"] })).await;
    assert_eq!((status, &stopped["state"]), (200, &json!("open")), "{stopped}");
    assert_eq!(states(&read(&api, &format!("{path}/offers")).await.body), ["over"]);
    let (status, gone) = post(
        &api,
        &format!("{path}/dismiss"),
        json!({ "version": stopped["version"] }),
    )
    .await;
    assert_eq!((status, &gone["state"]), (200, &json!("closed")), "{gone}");
    assert_eq!(read(&api, FREED).await.body["freed_times"].as_array().unwrap().len(), 1);
    for (path, status) in [("/api/v1/freed-times/999", 404), ("/api/v1/slot-offers/999", 404)] {
        assert_eq!(read(&api, path).await.status, status);
    }
});

both!(the_list_comes_in_pages_with_who_put_themselves_on_it, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    for n in 0..3 {
        waits(&clinic, &api, "刘洋", &format!("1390001000{n}"), json!({})).await;
    }
    let mut path = "/api/v1/waiting-list?state=waiting&limit=2".to_owned();
    let mut seen: Vec<Value> = Vec::new();
    for n in [2, 1] {
        let page = read(&api, &path).await;
        let list = page.body["entries"].as_array().unwrap();
        assert_eq!(list.len(), n, "{}", page.body);
        seen.extend(list.iter().map(|e| e["id"].clone()));
        assert_eq!(page.headers.contains_key("link"), n == 2);
        path = format!(
            "/api/v1/waiting-list?state=waiting&limit=2&cursor={}",
            page.body["next"].as_str().unwrap_or("")
        );
    }
    assert_eq!(seen, [json!(1), json!(2), json!(3)]);
    let other = format!("{path}x");
    assert_eq!(read(&api, &other).await.fault(), "cursor");
    let one = read(&api, "/api/v1/waiting-list/1").await;
    assert_eq!(
        (&one.body["from_patient"], one.headers["etag"].to_str().unwrap()),
        (&json!(false), "\"1\"")
    );
});

both!(
    how_freed_times_are_offered_by_themselves_is_set_over_the_api,
    |clinic| {
        let api = clinic.api(Role::Administrator).await;
        let path = "/api/v1/waiting-settings";
        let set = read(&api, path).await.body;
        assert_eq!(
            (&set["ask"], &set["sources"], &set["version"]),
            (&json!("off"), &json!(["waiting"]), &json!(0))
        );
        for (body, field) in [
            (json!({ "version": 0, "batch": 1 }), "batch"),
            (json!({ "version": 0, "minutes": 2000 }), "minutes"),
            (json!({ "version": 0, "ask": "one", "sources": [] }), "sources"),
        ] {
            let answer = call(&api, Method::PATCH, path, &[], Some(&body)).await;
            assert_eq!((answer.status, answer.fault()), (422, field), "{}", answer.body);
        }
        let body = json!({ "ask": "batch", "batch": 5, "sources": ["recall", "waiting"] });
        let saved = call(&api, Method::PATCH, path, &[("If-Match", "\"0\"")], Some(&body)).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        assert_eq!(saved.body["sources"], json!(["waiting", "recall"]));
        let stale = call(
            &api,
            Method::PATCH,
            path,
            &[("If-Match", "\"0\"")],
            Some(&json!({ "batch": 6 })),
        )
        .await;
        assert_eq!(
            (stale.status, &stale.body["changed_by"], &stale.body["current"]["batch"]),
            (412, &json!("API administrator"), &json!(5))
        );
        let page = clinic.signed_in("admin").await.page("/settings/waiting-list").await;
        assert!(
            page.contains("name=\"batch\" value=\"5\"") || page.contains("value=\"5\""),
            "{page}"
        );
    }
);
