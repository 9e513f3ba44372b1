//! Plans over the API: versions, faults, and what it may not do.

use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{each, item, plan_path, root_canal};
use crate::api_contract::{call, read};
use crate::both;
use crate::support::make_patient;

both!(a_plan_is_changed_on_the_version_that_was_read, |clinic| {
    let (doctor, desk) = (clinic.api(Role::Doctor).await, clinic.api(Role::FrontDesk).await);
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let path = plan_path(who);
    let none = read(&desk, &path).await;
    assert_eq!((none.status, &none.body["items"]), (200, &json!([])));
    assert_eq!(none.headers["etag"], "\"0\"");
    assert_eq!(
        read(&desk, &plan_path(chairside::patients::PatientId(999_999)))
            .await
            .status,
        404
    );
    root_canal(&clinic, who).await;
    let first = read(&desk, &path).await;
    assert_eq!(first.headers["etag"], "\"1\"");
    let known = [("If-None-Match", "\"1\"")];
    assert_eq!(call(&desk, Method::GET, &path, &known, None).await.status, 304);
    // Without a version, on an old one, by who may not.
    let items = json!({ "items": [] });
    assert_eq!(call(&doctor, Method::PATCH, &path, &[], Some(&items)).await.status, 428);
    let old = call(&doctor, Method::PATCH, &path, &[("If-Match", "\"0\"")], Some(&items)).await;
    assert_eq!((old.status, old.code()), (412, "stale"), "{}", old.body);
    assert_eq!(old.body["current"]["version"], 1);
    let old = json!({ "version": 0, "items": [] });
    let old = call(&doctor, Method::PATCH, &path, &[], Some(&old)).await;
    assert_eq!((old.status, old.code()), (409, "stale"));
    assert!(old.body["changed_by"].is_string(), "{}", old.body);
    assert_eq!(
        call(&desk, Method::PATCH, &path, &[("If-Match", "\"1\"")], Some(&items))
            .await
            .status,
        403
    );
    // The last first, the first with a note, the second dropped.
    let kept = |i: usize| {
        let mut one = item(&clinic, if i == 3 { "crown" } else { "root-canal" }, "36", 7);
        one["id"] = first.body["items"][i]["id"].clone();
        one
    };
    let (mut noted, mut dropped) = (kept(0), kept(1));
    noted["note"] = json!("开髓");
    dropped["drop_reason"] = json!("合并为一次");
    let body = json!({ "version": 1, "items": [kept(3), noted, dropped, kept(2)] });
    let done = call(&doctor, Method::PATCH, &path, &[], Some(&body)).await;
    assert_eq!((done.status, &done.body["version"]), (200, &json!(2)), "{}", done.body);
    assert_eq!(each(&done.body, "state"), ["dropped", "planned", "planned", "planned"]);
    assert_eq!(done.body["items"][2]["note"], "开髓");
    // What it says already changes nothing.
    let same: Vec<Value> = [kept(3), kept(0), kept(2)].to_vec();
    let mut same = json!({ "version": 1, "items": same });
    same["items"][1]["note"] = json!("开髓");
    let again = call(&doctor, Method::PATCH, &path, &[], Some(&same)).await;
    assert_eq!(
        (again.status, &again.body["version"]),
        (200, &json!(2)),
        "{}",
        again.body
    );
});

both!(what_is_wrong_is_told_at_its_field, |clinic| {
    let doctor = clinic.api(Role::Doctor).await;
    let (who, other) = (
        make_patient(&clinic, "孙丽", "13900007731").await,
        make_patient(&clinic, "陈静", "13900007732").await,
    );
    let theirs = root_canal(&clinic, other).await;
    let crown = || item(&clinic, "crown", "36", 0);
    let with = |name: &str, value: Value| {
        let mut one = crown();
        one[name] = value;
        json!([crown(), one])
    };
    let many: Vec<Value> = (0..31).map(|_| crown()).collect();
    for (items, field) in [
        (with("teeth", json!("39")), "plan_teeth-1"),
        (with("service_id", json!(999_999)), "plan_service-1"),
        (with("days_after", json!(366)), "plan_days-1"),
        (with("days_after", json!(-1)), "plan_days-1"),
        (with("minutes", json!(4)), "plan_minutes-1"),
        (with("note", json!("长".repeat(501))), "plan_note-1"),
        (with("drop_reason", json!("不做")), "plan_drop-1"),
        (with("id", theirs["items"][3]["id"].clone()), "plan_service-1"),
        (json!(many), "plan"),
    ] {
        let body = json!({ "version": 0, "items": items });
        let answer = call(&doctor, Method::PATCH, &plan_path(who), &[], Some(&body)).await;
        assert_eq!((answer.status, answer.fault()), (422, field), "{}", answer.body);
    }
    let visit = json!({ "version": 0, "items": [crown()], "visit_id": 999_999 });
    let answer = call(&doctor, Method::PATCH, &plan_path(who), &[], Some(&visit)).await;
    assert_eq!((answer.status, answer.fault()), (422, "visit_id"));
    // None of what is open may be left out without a word.
    let body = json!({ "version": 1, "items": [] });
    let answer = call(&doctor, Method::PATCH, &plan_path(other), &[], Some(&body)).await;
    assert_eq!((answer.status, answer.fault()), (422, "plan"), "{}", answer.body);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM plan_items").await, 4);
});
