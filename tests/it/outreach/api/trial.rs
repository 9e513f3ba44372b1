//! A rule is tried out over the API: as it is, as it would be, and before there is one.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::super::{book, rule_id};
use super::{audited, fault, post};
use crate::api_contract::{read, run};
use crate::both;
use crate::support::make_patient;

const PREVIEW: &str = "/api/v1/rules/preview";

both!(a_rule_is_tried_out_before_it_is_saved, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let (told, silent) = (
        make_patient(&clinic, "孙丽", "13900007731").await,
        make_patient(&clinic, "王敏", "13900007732").await,
    );
    book(&clinic, told, "filling", "2026-11-25T10:30:00+08:00").await;
    book(&clinic, silent, "check-up", "2026-11-26T09:00:00+08:00").await;
    run(
        &clinic,
        format!("UPDATE patients SET channel = 'none' WHERE id = {silent}"),
    )
    .await;
    let rules = read(&api, "/api/v1/rules").await.body;
    let (id, _) = rule_id(&rules, "reminder-day-before");
    let path = format!("/api/v1/rules/{id}/preview");
    let now = read(&api, &path).await;
    assert_eq!(now.status, 200, "{}", now.body);
    let numbers = |body: &Value| {
        ["goes", "excluded", "new", "gone", "moved", "also_by_others"].map(|field| body[field].as_i64().unwrap())
    };
    assert_eq!(numbers(&now.body), [1, 1, 0, 0, 0, 0]);
    assert_eq!(
        (&now.body["from"], &now.body["days"]),
        (&json!("2026-11-23"), &json!(14))
    );
    assert_eq!(now.body["by_day"], json!([{ "day": "2026-11-24", "goes": 1 }]));
    let first = json!({ "patient_id": told, "patient_name": "孙丽", "due_at": "2026-11-24T10:00:00.000Z", "action": "message",
        "excluded": null, "why": null, "is_new": false });
    assert_eq!(now.body["items"][0], first);
    let english = read(&api, &format!("{path}?lang=en")).await.body;
    let why = json!([{ "reason": "wants-nothing", "text": "Wants no messages", "count": 1 }]);
    assert_eq!(english["reasons"], why);
    assert_eq!(english["items"][1]["excluded"], "wants-nothing");
    // From another day nothing is due.
    let later = read(&api, &format!("{path}?from=2026-12-10")).await.body;
    assert_eq!((numbers(&later), &later["items"]), ([0; 6], &json!([])));
    assert_eq!(later["from"], "2026-12-10");
    // An hour later, for everybody of them; off; and a rule that is not there yet.
    let step = json!({ "action": "message", "offset_days": -1, "at_minute": 1140, "window_minutes": 60, "template": "reminder-day-before" });
    let moved = post(&api, PREVIEW, &json!({ "rule_id": id, "steps": [step] })).await;
    assert_eq!(
        (moved.status, numbers(&moved.body)),
        (200, [1, 1, 0, 0, 1, 0]),
        "{}",
        moved.body
    );
    let off = post(&api, PREVIEW, &json!({ "rule_id": id, "active": false }))
        .await
        .body;
    assert_eq!((&off["active"], numbers(&off)), (&json!(false), [1, 1, 0, 1, 0, 0]));
    let new = json!({ "anchor": "visit-start", "name": "再提醒", "name_en": "Again", "steps": [step] });
    let new = post(&api, PREVIEW, &new).await.body;
    assert_eq!(numbers(&new), [1, 1, 1, 0, 0, 1], "{new}");
    assert_eq!(new["items"][0]["is_new"], true);
    // Nothing was saved; who looked at whom is known.
    assert_eq!(read(&api, "/api/v1/rules").await.body, rules);
    assert_eq!(audited(&clinic, "rules", "read").await, 6);
});

both!(what_cannot_be_tried_out_is_told_at_its_field, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let (id, _) = rule_id(&read(&api, "/api/v1/rules").await.body, "birthday");
    for (trial, field) in [
        (json!({}), "anchor"),
        (json!({ "anchor": "birthday" }), "name"),
        (json!({ "rule_id": id, "holdout_percent": 90 }), "holdout_percent"),
        (json!({ "rule_id": id, "from": "soon" }), "from"),
        (json!({ "rule_id": id, "from": "9999-12-31" }), "from"),
    ] {
        let answer = post(&api, PREVIEW, &trial).await;
        assert_eq!((answer.status, answer.fault()), (422, field), "{trial} {}", answer.body);
    }
    let path = format!("/api/v1/rules/{id}/preview");
    assert_eq!(
        fault(&read(&api, &format!("{path}?from=x")).await),
        (422, "from", "invalid")
    );
    assert_eq!(post(&api, PREVIEW, &json!({ "rule_id": 999 })).await.status, 404);
    assert_eq!(read(&api, "/api/v1/rules/999/preview").await.status, 404);
});
