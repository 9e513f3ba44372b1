//! Rules are added, changed and removed over the API as on the page.

use chairside::platform::db::schema::appointments as a;
use chairside::staff::Role;
use diesel::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::{book, plan_at, service};
use super::{audited, delete, delete_if, fault, patch, patch_if, post};
use crate::api_contract::{call, read};
use crate::both;
use crate::support::make_patient;

const RULES: &str = "/api/v1/rules";

/// A message so many days after at ten.
fn message(days: i32, template: &str) -> Value {
    json!({ "action": "message", "offset_days": days, "at_minute": 600, "window_minutes": 480, "template": template })
}

/// A rule with these changes.
fn rule(changes: &Value) -> Value {
    let mut rule = json!({ "anchor": "visit-finished", "name": "补牙后", "name_en": "After a filling", "steps": [message(1, "follow-up")] });
    for (field, value) in changes.as_object().unwrap() {
        rule[field] = value.clone();
    }
    rule
}

both!(a_rule_is_added_writes_after_a_visit_and_is_removed, |clinic| {
    let api = clinic.api(Role::Manager).await;
    for (i, (code, time)) in [("filling", "09:00"), ("check-up", "09:45")].into_iter().enumerate() {
        let who = make_patient(&clinic, "孙丽", &format!("1390000778{i}")).await;
        book(&clinic, who, code, &format!("2026-11-25T{time}:00+08:00")).await;
    }
    let filling = service(&clinic, "filling").id;
    let ladder = [
        message(1, "follow-up"),
        json!({ "action": "call", "offset_days": 3, "at_minute": 600, "window_minutes": 1440 }),
    ];
    let made = post(&api, RULES, &rule(&json!({ "service_id": filling, "steps": ladder }))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = made.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(made.headers["etag"], "\"1\"");
    assert_eq!(path, format!("{RULES}/{}", made.body["id"]));
    // What was not said is as usual for such a rule, as on the form.
    for (field, usual) in [
        ("purpose", json!("follow-up")),
        ("channels", json!("preferred")),
        ("catch_up", json!("send")),
        ("priority", json!(5)),
        ("rest_days", json!(0)),
        ("holdout_percent", json!(0)),
        ("stop_booked", json!(false)),
        ("active", json!(true)),
        ("occasion_id", Value::Null),
        (
            "when",
            json!("1 day after the end of the visit at 10:00; 3 days after the end of the visit at 10:00"),
        ),
    ] {
        assert_eq!(made.body[field], usual, "{field}");
    }
    assert_eq!(read(&api, &path).await.body, made.body);
    let page = clinic.signed_in("manager").await.page("/rules?lang=en").await;
    assert!(page.contains("After a filling"), "{page}");
    clinic
        .sql(|c| Ok(diesel::update(a::table).set(a::status.eq("done")).execute(c)?))
        .await;
    plan_at(&clinic, "2026-11-26T10:00:00+08:00").await;
    let sent = "SELECT count(*) AS n FROM messages WHERE template = 'follow-up'";
    assert_eq!(clinic.count(sent).await, 1, "the other was no filling");
    // Everything that the form has can be changed; null takes away.
    let change = json!({ "version": 1, "name": "术后", "name_en": "After", "service_id": null, "purpose": "survey",
        "steps": [message(2, "survey")], "channels": "sms-first", "stop_answered": true, "rest_days": 30 });
    let changed = patch(&api, &path, &change).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    for (field, value) in change
        .as_object()
        .unwrap()
        .iter()
        .filter(|(f, _)| *f != "version" && *f != "steps")
    {
        assert_eq!(&changed.body[field], value, "{field}");
    }
    assert_eq!(changed.body["steps"][0]["template"], "survey");
    let anchor = patch(&api, &path, &json!({ "version": 2, "anchor": "birthday" })).await;
    assert_eq!(fault(&anchor), (422, "anchor", "unknown_field"));
    // Removing names the version, too.
    assert_eq!(delete(&api, &path).await.code(), "precondition_required");
    let stale = delete_if(&api, &path, 1).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"));
    assert_eq!(stale.body["changed_by"], "API manager");
    assert_eq!(stale.body["current"], changed.body);
    let stale = patch_if(&api, &path, 1, &json!({ "priority": 4 })).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"));
    assert_eq!(delete_if(&api, &path, 2).await.status, 204);
    assert_eq!(
        (read(&api, &path).await.status, delete_if(&api, &path, 2).await.status),
        (404, 404)
    );
    for action in ["create", "update", "delete"] {
        assert_eq!(audited(&clinic, "rules", action).await, 1, "{action}");
    }
});

both!(what_is_wrong_with_a_new_rule_is_told_at_its_field, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let rules = "SELECT count(*) AS n FROM rules";
    let before = clinic.count(rules).await;
    let steps = |n: i32| (1..=n).map(|day| message(day, "follow-up")).collect::<Vec<_>>();
    let with = |field: &str, value: Value| {
        let mut step = message(1, "follow-up");
        step[field] = value;
        json!({ "steps": [step] })
    };
    let service = service(&clinic, "filling").id;
    for (change, field, code) in [
        (json!({ "anchor": "moon" }), "anchor", "invalid"),
        (json!({ "name": " " }), "name", "required"),
        (json!({ "name_en": "x".repeat(61) }), "name_en", "too_long"),
        (json!({ "steps": [] }), "steps", "required"),
        (json!({ "steps": null }), "steps", "required"),
        (json!({ "steps": steps(7) }), "steps", "too_many"),
        (json!({ "steps": [{ "action": "fax" }] }), "steps[0].action", "invalid"),
        (
            json!({ "steps": [{ "action": "call" }] }),
            "steps[0].offset_days",
            "required",
        ),
        (json!({ "service_id": 999 }), "service_id", "unknown"),
        (json!({ "segment_id": 999 }), "segment_id", "unknown"),
        (
            json!({ "anchor": "birthday", "service_id": service, "purpose": "birthday", "steps": [message(0, "birthday")] }),
            "service_id",
            "invalid",
        ),
        (
            json!({ "anchor": "occasion", "steps": [message(0, "greeting")] }),
            "occasion_id",
            "required",
        ),
        (
            json!({ "anchor": "occasion", "occasion_id": 999, "steps": [message(0, "greeting")] }),
            "occasion_id",
            "unknown",
        ),
        (
            json!({ "anchor": "record-date", "steps": [message(0, "greeting")] }),
            "date_kind_id",
            "required",
        ),
        (
            json!({ "anchor": "record-date", "date_kind_id": 999, "steps": [message(0, "greeting")] }),
            "date_kind_id",
            "unknown",
        ),
        (json!({ "purpose": "birthday" }), "purpose", "unfit"),
        (json!({ "priority": 0 }), "priority", "out_of_range"),
        (json!({ "rest_days": 367 }), "rest_days", "out_of_range"),
        (json!({ "holdout_percent": 51 }), "holdout_percent", "out_of_range"),
        (
            json!({ "anchor": "visit-start", "holdout_percent": 5, "steps": [message(-1, "reminder-day-before")] }),
            "holdout_percent",
            "unfit",
        ),
        (with("offset_days", json!(1001)), "steps[0].offset_days", "out_of_range"),
        (with("offset_days", json!(-1)), "steps[0].offset_days", "not_after"),
        (with("at_minute", json!(1440)), "steps[0].at_minute", "out_of_range"),
        (
            with("window_minutes", json!(0)),
            "steps[0].window_minutes",
            "out_of_range",
        ),
        (with("template", json!("")), "steps[0].template", "required"),
        (with("template", json!("birthday")), "steps[0].template", "unfit"),
        (
            json!({ "steps": [message(1, "follow-up"), message(2, "nothing")] }),
            "steps[1].template",
            "unknown",
        ),
        (
            json!({ "steps": [message(1, "follow-up"), message(1, "follow-up")] }),
            "steps[1].offset_days",
            "not_later",
        ),
        (json!({ "colour": "red" }), "colour", "unknown_field"),
    ] {
        let answer = post(&api, RULES, &rule(&change)).await;
        assert_eq!(fault(&answer), (422, field, code), "{change} {}", answer.body);
    }
    let nothing = post(&api, RULES, &json!({ "name": "补牙后" })).await;
    assert_eq!(fault(&nothing), (422, "anchor", "required"));
    // In the caller's language, as a problem.
    for (language, text) in [("zh-CN", "应为 1 到 9"), ("en", "From 1 to 9")] {
        let headers = [("Accept-Language", language)];
        let answer = call(
            &api,
            Method::POST,
            RULES,
            &headers,
            Some(&rule(&json!({ "priority": 10 }))),
        )
        .await;
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.body["errors"][0]["message"], text);
    }
    assert_eq!(
        (clinic.count(rules).await, audited(&clinic, "rules", "create").await),
        (before, 0)
    );
});

both!(the_last_rule_stays, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let list = read(&api, RULES).await.body;
    let all = list.as_array().unwrap();
    for (n, rule) in all.iter().enumerate() {
        let answer = delete_if(&api, &format!("{RULES}/{}", rule["id"]), 1).await;
        if n + 1 < all.len() {
            assert_eq!(answer.status, 204, "{}", answer.body);
        } else {
            assert_eq!((answer.status, answer.code()), (409, "last_rule"));
        }
    }
});
