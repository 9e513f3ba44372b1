//! The set-up over JSON: chairs, weekly hours, single days, times away, closed days, blockouts.

mod chairs;
mod providers;

use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::book;
use crate::api_contract::{Answer, call, read};
use crate::both;
use crate::support::{Browser, Clinic};

/// A write of each kind, in an order in which all of them can be done, for the test that does each twice.
pub async fn writes(_: &Clinic) -> Vec<(&'static str, &'static str, String, Value)> {
    let hours = "/api/v1/schedules/{whose}/{id}/hours/{from}";
    let days = "/api/v1/schedules/{whose}/{id}/days/{day}";
    let names = |name: &str| json!({ "name": name, "name_en": name });
    let with = |mut body: Value, more: Value| {
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let week = json!([{ "weekday": 1, "from": "09:00", "until": "12:00" }]);
    vec![
        ("post", "/api/v1/chairs", "/api/v1/chairs".into(), names("新椅")),
        (
            "patch",
            "/api/v1/chairs/{id}",
            "/api/v1/chairs/1".into(),
            json!({ "version": 0, "name_en": "First chair" }),
        ),
        (
            "post",
            "/api/v1/providers",
            "/api/v1/providers".into(),
            with(names("新医生"), json!({ "kind": "doctor", "chair_id": 1 })),
        ),
        (
            "patch",
            "/api/v1/providers/{id}",
            "/api/v1/providers/1".into(),
            json!({ "version": 0, "speciality_en": "Endodontics" }),
        ),
        (
            "patch",
            "/api/v1/blockouts/{id}",
            "/api/v1/blockouts/1".into(),
            json!({ "version": 0, "name": "种植" }),
        ),
        (
            "put",
            hours,
            "/api/v1/schedules/chair/1/hours/2027-03-01".into(),
            json!({ "version": 0, "hours": week }),
        ),
        (
            "put",
            days,
            "/api/v1/schedules/chair/1/days/2027-03-02".into(),
            json!({ "version": 0, "sessions": [{ "from": "09:00", "until": "12:00" }] }),
        ),
        (
            "post",
            "/api/v1/schedules/{whose}/{id}/away",
            "/api/v1/schedules/chair/1/away".into(),
            json!({ "from": "2027-03-03T08:00:00+08:00", "until": "2027-03-03T12:00:00+08:00" }),
        ),
        (
            "post",
            "/api/v1/holidays",
            "/api/v1/holidays".into(),
            with(names("店庆"), json!({ "day": "2027-03-04" })),
        ),
        (
            "post",
            "/api/v1/makeup-days",
            "/api/v1/makeup-days".into(),
            with(names("补班"), json!({ "day": "2027-03-07", "weekday": 4 })),
        ),
        (
            "post",
            "/api/v1/blockouts",
            "/api/v1/blockouts".into(),
            with(
                names("全体会议"),
                json!({ "day": "2027-03-05", "from": "14:00", "until": "16:00" }),
            ),
        ),
    ]
}

async fn send(api: &Browser, method: Method, path: &str, tag: &str, body: &Value) -> Answer {
    call(api, method, path, &[("If-Match", tag)], Some(body)).await
}

fn tag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

both!(schedules_are_read_and_written_over_the_api, |clinic| {
    let api = clinic.api(Role::Administrator).await;
    let who = &clinic.sample.providers[0];
    let hours = format!("/api/v1/schedules/provider/{}/hours", who.id);
    let one = read(&api, &hours).await;
    assert_eq!(
        (one.status, &one.body["patterns"][0]["from"]),
        (200, &Value::Null),
        "{}",
        one.body
    );
    assert_eq!(one.body["patterns"][0]["hours"].as_array().unwrap().len(), 12);
    // The clinic's own first hours, but only in the mornings, from the 7th of December on.
    let mornings: Vec<Value> = (1..=6)
        .map(|d| json!({ "weekday": d, "from": "8:45", "until": "12" }))
        .collect();
    let from = format!("{hours}/2026-12-07");
    book(&clinic, 0, "2026-12-08T15:00:00+08:00", 30).await;
    let asked = send(&api, Method::PUT, &from, &tag(&one), &json!({ "hours": mornings })).await;
    assert_eq!((asked.status, asked.code()), (409, "visits_affected"), "{}", asked.body);
    assert_eq!(
        (
            &asked.body["affected"],
            asked.body["appointment_ids"].as_array().unwrap().len()
        ),
        (&json!(1), 1)
    );
    let put = send(
        &api,
        Method::PUT,
        &from,
        &tag(&one),
        &json!({ "hours": mornings, "agreed": 1 }),
    )
    .await;
    assert_eq!(
        (put.status, &put.body["patterns"][1]["from"]),
        (200, &json!("2026-12-07")),
        "{}",
        put.body
    );
    for (body, field) in [
        (
            json!({ "hours": [{ "weekday": 8, "from": "9", "until": "12" }] }),
            "hours",
        ),
        (
            json!({ "hours": [{ "weekday": 1, "from": "22:00", "until": "02:00" }] }),
            "hours",
        ),
        (
            json!({ "hours": [{ "weekday": 1, "from": "9:00", "until": "10:00" }, { "weekday": 1, "from": "9:30", "until": "11:00" }] }),
            "hours",
        ),
    ] {
        let wrong = send(&api, Method::PUT, &from, &tag(&put), &body).await;
        assert_eq!((wrong.status, wrong.fault()), (422, field), "{body}: {}", wrong.body);
    }
    let past = send(
        &api,
        Method::PUT,
        &format!("{hours}/2026-11-01"),
        &tag(&put),
        &json!({ "hours": [] }),
    )
    .await;
    assert_eq!((past.status, past.fault()), (422, "valid_from"), "{}", past.body);
    let stale = send(&api, Method::DELETE, &from, &tag(&one), &Value::Null).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"), "{}", stale.body);
    assert_eq!(stale.body["current"]["version"], put.body["version"]);
    let gone = call(&api, Method::DELETE, &from, &[("If-Match", &tag(&put))], None).await;
    assert_eq!(
        (gone.status, gone.body["patterns"].as_array().unwrap().len()),
        (200, 1),
        "{}",
        gone.body
    );

    // Single days of a chair.
    let chair = who.chair_id;
    let days = format!("/api/v1/schedules/chair/{chair}/days");
    let none = read(&api, &days).await;
    assert_eq!(none.body, json!({ "days": [], "version": 0 }));
    let day = format!("{days}/2026-11-25");
    let two = json!({ "sessions": [{ "from": "13:30", "until": "17:00" }, { "from": "09:00", "until": "12:00" }] });
    let set = send(&api, Method::PUT, &day, "\"0\"", &two).await;
    assert_eq!(
        (set.status, &set.body["days"][0]["sessions"][0]["from"]),
        (200, &json!("09:00")),
        "{}",
        set.body
    );
    let empty = send(&api, Method::PUT, &day, &tag(&set), &json!({ "sessions": [] })).await;
    assert_eq!((empty.status, empty.fault()), (422, "sessions"), "{}", empty.body);
    let stale = send(&api, Method::PUT, &day, "\"0\"", &two).await;
    assert_eq!(
        stale.status, 200,
        "what is there already changes nothing: {}",
        stale.body
    );
    let other = json!({ "sessions": [{ "from": "09:00", "until": "10:00" }] });
    let stale = send(&api, Method::PUT, &day, "\"0\"", &other).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"), "{}", stale.body);
    let back = call(&api, Method::DELETE, &day, &[("If-Match", &tag(&set))], None).await;
    assert_eq!((back.status, &back.body["days"]), (200, &json!([])), "{}", back.body);

    // Out of service.
    let away = format!("/api/v1/schedules/chair/{chair}/away");
    book(&clinic, 0, "2026-11-26T10:00:00+08:00", 30).await;
    let body = json!({ "from": "2026-11-26T08:00:00+08:00", "until": "2026-11-26T12:00:00+08:00", "reason": "维修" });
    let (status, asked) = api.post_json(&away, &body).await;
    assert_eq!((status, &asked["code"]), (409, &json!("visits_affected")), "{asked}");
    let mut agreed = body.clone();
    agreed["agreed"] = json!(1);
    let (status, made) = api.post_json(&away, &agreed).await;
    assert_eq!((status, &made["reason"]), (201, &json!("维修")), "{made}");
    let (_, list) = api.get_json(&away).await;
    assert_eq!(list["items"], json!([made]));
    let (_, closures) = api.get_json("/api/v1/closures").await;
    assert_eq!(closures["leaves"][0]["chair_id"], json!(chair), "{closures}");
    assert_eq!(closures["leaves"][0]["provider_id"], Value::Null);
    let mut back_to_front = body.clone();
    back_to_front["until"] = json!("2026-11-26T07:00:00+08:00");
    let (status, wrong) = api.post_json(&away, &back_to_front).await;
    assert_eq!(
        (status, &wrong["errors"][0]["field"]),
        (422, &json!("until")),
        "{wrong}"
    );
    let gone = call(&api, Method::DELETE, &format!("{away}/{}", made["id"]), &[], None).await;
    assert_eq!(gone.status, 204);
    let gone = call(&api, Method::DELETE, &format!("{away}/{}", made["id"]), &[], None).await;
    assert_eq!(gone.status, 404);
    for path in ["/api/v1/schedules/chair/999999/hours", "/api/v1/schedules/room/1/hours"] {
        assert_eq!(read(&api, path).await.status, 404, "{path}");
    }
});

both!(closed_days_and_blockouts_are_written_over_the_api, |clinic| {
    let api = clinic.api(Role::Administrator).await;
    let names = json!({ "name": "店庆", "name_en": "Anniversary" });
    let with = |more: Value| {
        let mut body = names.clone();
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let (status, made) = api
        .post_json(
            "/api/v1/holidays",
            &with(json!({ "day": "2027-01-11", "until": "2027-01-12" })),
        )
        .await;
    assert_eq!((status, made["items"].as_array().unwrap().len()), (201, 2), "{made}");
    let (status, taken) = api
        .post_json(
            "/api/v1/makeup-days",
            &with(json!({ "day": "2027-01-12", "weekday": 1 })),
        )
        .await;
    assert_eq!((status, &taken["errors"][0]["field"]), (422, &json!("day")), "{taken}");
    let (status, weekday) = api
        .post_json(
            "/api/v1/makeup-days",
            &with(json!({ "day": "2027-01-17", "weekday": 9 })),
        )
        .await;
    assert_eq!(
        (status, &weekday["errors"][0]["field"]),
        (422, &json!("weekday")),
        "{weekday}"
    );
    let (status, worked) = api
        .post_json(
            "/api/v1/makeup-days",
            &with(json!({ "day": "2027-01-17", "weekday": 1 })),
        )
        .await;
    assert_eq!((status, &worked["items"][0]["weekday"]), (201, &json!(1)), "{worked}");
    for path in [
        format!("/api/v1/holidays/{}", made["items"][0]["id"]),
        format!("/api/v1/makeup-days/{}", worked["items"][0]["id"]),
    ] {
        assert_eq!(call(&api, Method::DELETE, &path, &[], None).await.status, 204, "{path}");
        assert_eq!(call(&api, Method::DELETE, &path, &[], None).await.status, 404, "{path}");
    }

    // A meeting of everybody: one blockout, nothing may be booked.
    let meeting = with(json!({ "day": "2026-11-25", "from": "14:00", "until": "16:00" }));
    book(&clinic, 1, "2026-11-25T14:30:00+08:00", 30).await;
    let (status, asked) = api.post_json("/api/v1/blockouts", &meeting).await;
    assert_eq!((status, &asked["code"]), (409, &json!("visits_affected")), "{asked}");
    let mut agreed = meeting.clone();
    agreed["agreed"] = json!(1);
    let (status, made) = api.post_json("/api/v1/blockouts", &agreed).await;
    assert_eq!((status, &made["provider_id"]), (201, &Value::Null), "{made}");
    let service = clinic.sample.services[0].id;
    let slots = format!("/api/v1/slots?service_id={service}&from=2026-11-25&days=1");
    let free = api.get_json(&slots).await.1.to_string();
    let starts = |hour: &str| free.contains(&format!(r#""starts_at":"2026-11-25T{hour}"#));
    assert!(!starts("14") && !starts("15") && starts("16"), "{free}");

    let path = format!("/api/v1/blockouts/{}", made["id"]);
    let one = read(&api, &path).await;
    assert_eq!(one.body, made);
    let patch = json!({ "until": "15:00", "chair_id": clinic.sample.providers[0].chair_id, "release_days": null });
    let changed = send(&api, Method::PATCH, &path, &tag(&one), &patch).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(
        (&changed.body["from"], &changed.body["until"]),
        (&json!("14:00"), &json!("15:00"))
    );
    assert_eq!(changed.body["chair_id"], patch["chair_id"]);
    let stale = send(&api, Method::PATCH, &path, &tag(&one), &json!({ "until": "17:00" })).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"), "{}", stale.body);
    for (patch, field) in [
        (json!({ "until": "13:00" }), "from"),
        (json!({ "provider_id": 999_999 }), "provider_id"),
        (json!({ "chair_id": 999_999 }), "chair_id"),
        (json!({ "service_ids": [999_999] }), "service_ids"),
        (json!({ "travel_minutes": 999 }), "travel_minutes"),
        (json!({ "name": "" }), "name"),
    ] {
        let wrong = send(&api, Method::PATCH, &path, &tag(&changed), &patch).await;
        assert_eq!((wrong.status, wrong.fault()), (422, field), "{patch}: {}", wrong.body);
    }
    let (status, neither) = api
        .post_json("/api/v1/blockouts", &with(json!({ "from": "14:00", "until": "16:00" })))
        .await;
    assert_eq!(
        (status, &neither["errors"][0]["field"]),
        (422, &json!("weekday")),
        "{neither}"
    );
    assert_eq!(call(&api, Method::DELETE, &path, &[], None).await.status, 204);
    assert_eq!(read(&api, &path).await.status, 404);
});
