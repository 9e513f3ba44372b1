//! The API of what the desk works through: a leave over booked visits, visits not booked anew, the end of a day.

use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{booked, booking, overlaps, provider, step};
use crate::api_contract::{call, read};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

const PLANS: &str = "/api/v1/leave-plans";

/// So many check-ups with the first doctor on a day, from 09:00 on, every hour.
async fn visits(clinic: &Clinic, api: &Browser, day: &str, n: usize) -> Vec<Value> {
    let mut list = Vec::new();
    for i in 0..n {
        let who = make_patient(clinic, &format!("刘{i}"), &format!("1390001000{i}")).await;
        let at = format!("{day}T{:02}:00:00+08:00", [9, 10, 14, 15, 16][i]);
        list.push(booked(api, &booking(clinic, who, "check-up", 1, &at)).await);
    }
    list
}
async fn status_of(api: &Browser, a: &Value) -> String {
    let now = read(api, &format!("/api/v1/appointments/{}", a["id"])).await.body;
    now["status"].as_str().unwrap().to_owned()
}

both!(a_leave_is_looked_at_approved_and_taken_back_over_the_api, |clinic| {
    let (api, desk) = (clinic.api(Role::Manager).await, clinic.api(Role::FrontDesk).await);
    let list = visits(&clinic, &desk, "2026-12-01", 3).await;
    let first = provider(&clinic, 1).id;
    let look = format!(
        "{PLANS}/preview?provider_id={first}&from=2026-12-01T08:00:00%2B08:00&until=2026-12-01T18:30:00%2B08:00"
    );
    let seen = read(&api, &look).await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    let seen = seen.body["visits"].as_array().unwrap().clone();
    assert_eq!(seen.len(), 3);
    for (v, a) in seen.iter().zip(&list) {
        assert_eq!((&v["id"], &v["version"]), (&a["id"], &a["version"]));
        assert_eq!(v["same_provider"]["provider_id"], json!(first));
        assert_ne!(v["other_provider"]["provider_id"], json!(first));
        let texts = [
            &v["same_provider"]["message"],
            &v["other_provider"]["message"],
            &v["cancel_message"],
        ];
        assert!(texts[0].as_str().unwrap().contains("您的预约已改到"), "{v}");
        assert!(texts.iter().all(|t| t.is_string()), "{v}");
    }
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM leaves").await,
        0,
        "looking changes nothing"
    );
    let choice = |i: usize, choice: &str, way: &str| {
        let (v, to) = (&seen[i], &seen[i][way]);
        json!({ "id": v["id"], "version": v["version"], "choice": choice, "starts_at": to["starts_at"], "provider_id": to["provider_id"] })
    };
    let plan = |visits: Value| {
        json!({ "provider_id": first, "from": "2026-12-01T08:00:00+08:00", "until": "2026-12-01T18:30:00+08:00",
            "reason": "牙会", "visits": visits })
    };
    let all = json!([
        choice(0, "move", "same_provider"),
        choice(1, "move", "other_provider"),
        choice(2, "cancel", "none")
    ]);
    // Not all of them, a move to nowhere, a leave that is none.
    let (status, why) = api.post_json(PLANS, &plan(json!([all[0], all[1]]))).await;
    assert_eq!((status, &why["code"]), (409, &json!("stale")), "{why}");
    for (body, field) in [
        (plan(json!([all[0], choice(1, "move", "none")])), "visits[1].starts_at"),
        (
            plan(json!([{ "id": 1, "version": 1, "choice": "drop" }])),
            "visits[0].choice",
        ),
        (
            json!({ "provider_id": first, "from": "2026-12-01T08:00:00Z", "until": "2026-12-01T08:00:00Z", "visits": [] }),
            "until",
        ),
        (
            json!({ "provider_id": 999, "from": "2026-12-01T08:00:00Z", "until": "2026-12-02T08:00:00Z", "visits": [] }),
            "provider_id",
        ),
        (
            json!({ "provider_id": first, "from": "2026-12-01T08:00:00Z", "until": "2026-12-02T08:00:00Z", "reason": "长".repeat(201), "visits": [] }),
            "reason",
        ),
    ] {
        let wrong = call(&api, Method::POST, PLANS, &[], Some(&body)).await;
        assert_eq!((wrong.status, wrong.fault()), (422, field), "{}", wrong.body);
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 0);
    let key = [("Idempotency-Key", "plan")];
    let done = call(&api, Method::POST, PLANS, &key, Some(&plan(all.clone()))).await;
    assert_eq!(done.status, 201, "{}", done.body);
    let at = done.headers["location"].to_str().unwrap().to_owned();
    let again = call(&api, Method::POST, PLANS, &key, Some(&plan(all))).await;
    assert_eq!((again.status, &again.body), (201, &done.body));
    assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 1, "done once");
    assert_eq!(done.body["visits"][1]["choice"], "move");
    assert_eq!(status_of(&desk, &list[2]).await, "cancelled");
    assert_eq!(overlaps(&clinic).await, 0);
    let shown = read(&api, &at).await;
    assert_eq!((shown.status, &shown.body), (200, &done.body));
    assert_eq!(shown.headers["etag"], "\"1\"");
    // Taken back as a whole, once.
    let undo = format!("{at}/undo");
    assert_eq!(call(&api, Method::POST, &undo, &[], Some(&json!({}))).await.status, 428);
    let back = call(&api, Method::POST, &undo, &[("If-Match", "\"1\"")], Some(&json!({}))).await;
    assert_eq!((back.status, &back.body["version"]), (200, &json!(2)), "{}", back.body);
    for a in &list {
        assert_eq!(status_of(&desk, a).await, "booked");
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 0);
    let late = call(&api, Method::POST, &undo, &[("If-Match", "\"1\"")], Some(&json!({}))).await;
    assert_eq!((late.status, late.code()), (412, "stale"), "{}", late.body);
    assert_eq!(late.body["current"], back.body);
    assert_eq!(late.body["changed_by"], "API manager");
    let too_late = call(&api, Method::POST, &undo, &[], Some(&json!({ "version": 2 }))).await;
    assert_eq!((too_late.status, too_late.code()), (409, "too_late"));
});

both!(
    lost_visits_come_in_pages_by_kind_and_are_put_aside_over_the_api,
    |clinic| {
        let api = clinic.api(Role::FrontDesk).await;
        let list = visits(&clinic, &api, "2026-11-25", 5).await;
        let kinds = [
            json!("broken"),
            json!("will-call"),
            json!("clinic"),
            Value::Null,
            json!("will-call"),
        ];
        for (a, kind) in list.iter().zip(&kinds) {
            let mut more = json!({ "reason": "患者有事" });
            if !kind.is_null() {
                more["kind"] = kind.clone();
            }
            assert_eq!(step(&api, a, "cancel", more).await.0, 200);
        }
        let wrong = step(&api, &list[0], "cancel", json!({ "reason": "x", "kind": "sold" })).await;
        assert_eq!((wrong.0, &wrong.1["errors"][0]["field"]), (422, &json!("kind")));
        let ids = async |path: &str| {
            let (mut ids, mut at) = (Vec::new(), path.to_owned());
            loop {
                let page = read(&api, &at).await;
                assert_eq!(page.status, 200, "{}", page.body);
                ids.extend(
                    page.body["items"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|v| v["id"].as_i64().unwrap()),
                );
                let Some(link) = page.headers.get("link") else {
                    return ids;
                };
                let link = link.to_str().unwrap();
                at = link[1..link.find('>').unwrap()].to_owned();
            }
        };
        let whole = ids("/api/v1/unscheduled").await;
        assert_eq!(whole.len(), 5);
        assert_eq!(ids("/api/v1/unscheduled?limit=2").await, whole);
        let id = |i: usize| list[i]["id"].as_i64().unwrap();
        assert_eq!(ids("/api/v1/unscheduled?kind=will-call&limit=1").await, [id(4), id(1)]);
        assert_eq!(
            ids("/api/v1/unscheduled?kind=broken").await,
            [id(3), id(0)],
            "where nothing was said, too"
        );
        let first = read(&api, "/api/v1/unscheduled?limit=2").await.body["next"].clone();
        for (more, field) in [
            (format!("kind=clinic&cursor={}", first.as_str().unwrap()), "cursor"),
            ("kind=sold".into(), "kind"),
            ("limit=0".into(), "limit"),
        ] {
            let wrong = read(&api, &format!("/api/v1/unscheduled?{more}")).await;
            assert_eq!((wrong.status, wrong.fault()), (422, field));
        }
        let aside = format!("/api/v1/unscheduled/{}/aside", id(1));
        let post = async |body: Value| call(&api, Method::POST, &aside, &[], Some(&body)).await;
        assert_eq!(post(json!({ "reason": "搬家" })).await.status, 428);
        let stale = post(json!({ "version": 1, "reason": "搬家" })).await;
        assert_eq!(
            (stale.status, stale.code(), &stale.body["current"]["version"]),
            (409, "stale", &json!(2))
        );
        let no_reason = post(json!({ "version": 2, "reason": " " })).await;
        assert_eq!((no_reason.status, no_reason.fault()), (422, "reason"));
        let done = post(json!({ "version": 2, "reason": "搬家" })).await;
        assert_eq!(
            (done.status, done.headers["etag"].to_str().unwrap()),
            (200, "\"2\""),
            "{}",
            done.body
        );
        assert_eq!(ids("/api/v1/unscheduled?kind=will-call").await, [id(4)]);
        let planned = booked(
            &api,
            &booking(
                &clinic,
                make_patient(&clinic, "孙丽", "13900007731").await,
                "check-up",
                1,
                "2026-11-27T09:00:00+08:00",
            ),
        )
        .await;
        let body = json!({ "version": 1, "reason": "x" });
        let wrong = api
            .post_json(&format!("/api/v1/unscheduled/{}/aside", planned["id"]), &body)
            .await;
        assert_eq!((wrong.0, &wrong.1["code"]), (409, &json!("wrong_state")));
    }
);

both!(a_day_is_settled_over_the_api, |clinic| {
    let desk = clinic.api(Role::FrontDesk).await;
    let mut list = Vec::new();
    for (i, at) in ["14:00", "15:00", "16:00", "17:00"].iter().enumerate() {
        let who = make_patient(&clinic, &format!("陈{i}"), &format!("1390001000{i}")).await;
        list.push(
            booked(
                &desk,
                &booking(&clinic, who, "check-up", 1, &format!("2026-11-23T{at}:00+08:00")),
            )
            .await,
        );
    }
    let settle = async |a: &Value, version: i64, end: &str| {
        let body = json!({ "version": version, "end": end });
        call(
            &desk,
            Method::POST,
            &format!("/api/v1/day-end/{}", a["id"]),
            &[],
            Some(&body),
        )
        .await
    };
    let early = settle(&list[0], 1, "finish").await;
    assert_eq!((early.status, early.code()), (409, "too_early"), "{}", early.body);
    assert_eq!(step(&desk, &list[1], "arrive", json!({})).await.0, 200);
    assert_eq!(
        read(&desk, "/api/v1/day-end").await.body,
        json!({ "items": [], "next": null })
    );
    clinic.it_is("2026-11-24T09:00:00+08:00");
    let desk = clinic.api(Role::FrontDesk).await;
    let page = read(&desk, "/api/v1/day-end?day=2026-11-23&limit=3").await;
    let items = page.body["items"].as_array().unwrap();
    let proposed: Vec<(&Value, &Value)> = items.iter().map(|v| (&v["id"], &v["proposed"])).collect();
    let (no_show, finish) = (json!("no-show"), json!("finish"));
    assert_eq!(
        proposed,
        [
            (&list[0]["id"], &no_show),
            (&list[1]["id"], &finish),
            (&list[2]["id"], &no_show)
        ]
    );
    let rest = read(
        &desk,
        &format!(
            "/api/v1/day-end?day=2026-11-23&cursor={}",
            page.body["next"].as_str().unwrap()
        ),
    )
    .await;
    assert_eq!(
        (
            rest.body["items"].as_array().unwrap().len(),
            &rest.body["items"][0]["id"]
        ),
        (1, &list[3]["id"])
    );
    let settle = async |a: &Value, version: i64, end: &str| {
        let body = json!({ "version": version, "end": end });
        call(
            &desk,
            Method::POST,
            &format!("/api/v1/day-end/{}", a["id"]),
            &[],
            Some(&body),
        )
        .await
    };
    let gone = settle(&list[0], 1, "no-show").await;
    assert_eq!((gone.status, &gone.body["status"]), (200, &no_show), "{}", gone.body);
    // Treated although nobody noted that they came: one answer, with the record.
    let treated = settle(&list[2], 1, "finish").await;
    assert_eq!(
        (treated.status, &treated.body["status"], &treated.body["version"]),
        (200, &json!("done"), &json!(2))
    );
    assert_eq!(treated.headers["etag"], "\"2\"");
    assert_eq!(clinic.count("SELECT count(*) AS n FROM visits").await, 1);
    let came = settle(&list[1], 2, "no-show").await;
    assert_eq!(
        (came.status, came.code()),
        (409, "wrong_state"),
        "who came is no no-show"
    );
    let stale = settle(&list[1], 1, "finish").await;
    assert_eq!(
        (stale.status, stale.code(), &stale.body["current"]["status"]),
        (409, "stale", &json!("arrived"))
    );
    let other = settle(&list[1], 2, "move").await;
    assert_eq!((other.status, other.fault()), (422, "end"));
    assert_eq!(settle(&list[1], 2, "finish").await.status, 200);
    let left = read(&desk, "/api/v1/day-end?day=2026-11-23").await;
    assert_eq!(left.body["items"].as_array().unwrap().len(), 1);
});
