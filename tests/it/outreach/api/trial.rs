//! A rule is tried out over the API: as it is, as it would be, and before there is one.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::super::{book, dispatch, plan_at, rule_id, visit};
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
    assert_eq!(
        now.body["by_day"],
        json!([{ "day": "2026-11-24", "goes": 1, "work": 1 }])
    );
    let first = json!({ "patient_id": told, "patient_name": "孙丽", "due_at": "2026-11-24T10:00:00.000Z",
        "goes_at": "2026-11-24T10:00:00.000Z", "waits": null, "action": "message",
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

both!(who_would_not_be_reached_is_named_with_the_reason, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let names = ["孙丽", "王敏", "赵强", "周杰", "吴磊"];
    let mut ids = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let patient = make_patient(&clinic, name, &format!("1390000774{n}")).await;
        let visit = format!("2026-11-25T{:02}:{:02}:00+08:00", 9 + n / 2, n % 2 * 30);
        book(&clinic, patient, "check-up", &visit).await;
        ids.push(patient);
    }
    let [out, back, texted, offers, _] = ids[..] else {
        panic!()
    };
    // One has opted out; mail to two comes back, of whom one has a telephone; one wants no offers, which a reminder is not.
    let sql = format!(
        "UPDATE patients SET channel = 'email', email = 'Back@x.example', phone = NULL WHERE id = {back};\
         UPDATE patients SET channel = 'email', email = 'back@x.example' WHERE id = {texted};\
         INSERT INTO address_health (channel, address, bounces, last_at, suppressed_at, status) \
         VALUES ('email', 'back@x.example', 3, 1, 1, '5.1.1');\
         INSERT INTO opt_outs (channel, address, scope, evidence, at) \
         SELECT 'sms', phone, 'all', 'STOP', 1 FROM patients WHERE id = {out};\
         INSERT INTO opt_outs (channel, address, scope, evidence, at) \
         SELECT 'sms', phone, 'marketing', 'TD', 1 FROM patients WHERE id = {offers};"
    );
    run(&clinic, sql).await;
    let rules = read(&api, "/api/v1/rules").await.body;
    let (id, _) = rule_id(&rules, "reminder-day-before");
    let path = format!("/api/v1/rules/{id}/preview?lang=en");
    let tried = read(&api, &path).await.body;
    assert_eq!((&tried["goes"], &tried["excluded"]), (&json!(3), &json!(2)), "{tried}");
    let why = json!([
        { "reason": "opted-out", "text": "Opted out", "count": 1 },
        { "reason": "comes-back", "text": "Mail to the address comes back", "count": 1 },
    ]);
    assert_eq!(tried["reasons"], why);
    let day = json!({ "day": "2026-11-24", "purpose": "reminder", "goes": 3, "excluded": 2 });
    let ahead = read(&api, "/api/v1/message-forecast").await.body;
    assert!(ahead["ahead"].as_array().unwrap().contains(&day), "{ahead}");
    // Where the text says with which word it is refused, whoever has said it is out as well.
    let reworded =
        "UPDATE templates SET body = body || '，退订回TD' WHERE code = 'reminder-day-before' AND channel = 'sms'";
    run(&clinic, reworded.to_owned()).await;
    assert_eq!(read(&api, &path).await.body["excluded"], json!(3));
    run(
        &clinic,
        reworded.replace("body || '，退订回TD'", "replace(body, '，退订回TD', '')"),
    )
    .await;
    // For whom the rule is not meant are told last, and are not due by the forecast.
    let body = json!({ "name": "特需", "name_en": "VIPs", "definition": { "groups": [{ "conditions": [{ "is": { "field": "vip" } }] }] } });
    let (status, segment) = api.post_json("/api/v1/segments", &body).await;
    assert_eq!(status, 201, "{segment}");
    run(&clinic, format!("UPDATE patients SET vip = TRUE WHERE id = {offers}")).await;
    let (_, version) = rule_id(&read(&api, "/api/v1/rules").await.body, "reminder-day-before");
    let change = json!({ "version": version, "segment_id": segment["id"] });
    let (status, changed) = api.patch_json(&format!("/api/v1/rules/{id}"), &change).await;
    assert_eq!(status, 200, "{changed}");
    let tried = read(&api, &path).await.body;
    let outside = json!([{ "reason": "outside-segment", "text": "Not in the rule's segment", "count": 4 }]);
    assert_eq!((&tried["goes"], &tried["reasons"]), (&json!(1), &outside), "{tried}");
    assert_eq!(tried["items"][0]["patient_id"], json!(offers.0));
    let day = json!({ "day": "2026-11-24", "purpose": "reminder", "goes": 1, "excluded": 0 });
    let ahead = read(&api, "/api/v1/message-forecast").await.body;
    assert!(ahead["ahead"].as_array().unwrap().contains(&day), "{ahead}");
    // What the planner queues for everybody then says the same.
    let (_, version) = rule_id(&read(&api, "/api/v1/rules").await.body, "reminder-day-before");
    let change = json!({ "version": version, "segment_id": null });
    let (status, changed) = api.patch_json(&format!("/api/v1/rules/{id}"), &change).await;
    assert_eq!(status, 200, "{changed}");
    plan_at(&clinic, "2026-11-24T18:00:00+08:00").await;
    dispatch(&clinic).await;
    let skipped =
        "SELECT count(*) AS n FROM messages WHERE state = 'skipped' AND reason IN ('opted-out', 'address-bounces')";
    assert_eq!(clinic.count(skipped).await, 2);
});

both!(a_trial_says_when_a_message_would_really_go, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    visit(&clinic, who, "cleaning", "2026-06-15").await;
    let now = clinic.now();
    clinic
        .sql(move |c| chairside::outreach::recalls_from_history(c, now))
        .await;
    let (id, _) = rule_id(&read(&api, "/api/v1/rules").await.body, "recall-due");
    let tried = async |minute: i32, window: i32| {
        let step = json!({ "action": "message", "offset_days": 0, "at_minute": minute, "window_minutes": window, "template": "recall" });
        let trial = json!({ "rule_id": id, "from": "2026-12-10", "steps": [step] });
        post(&api, &format!("{PREVIEW}?lang=en"), &trial).await.body
    };
    // At seven in the morning nobody is written to: at nine, or not at all where that is too late.
    let early = tried(7 * 60, 600).await;
    let item = &early["items"][0];
    assert_eq!(
        (&item["due_at"], &item["goes_at"]),
        (&json!("2026-12-14T23:00:00.000Z"), &json!("2026-12-15T01:00:00.000Z"))
    );
    assert_eq!(
        (&item["waits"], &early["waiting"]),
        (&json!("Waiting for sending hours"), &json!(1))
    );
    let short = tried(7 * 60, 60).await;
    assert_eq!(
        (&short["goes"], &short["items"][0]["excluded"]),
        (&json!(0), &json!("held-back")),
        "{short}"
    );
    // A reminder of another rule goes that evening: one a day is the limit.
    book(&clinic, who, "filling", "2026-12-16T10:30:00+08:00").await;
    let late = tried(19 * 60, 2880).await;
    assert_eq!(late["items"][0]["goes_at"], "2026-12-16T01:00:00.000Z", "{late}");
    assert_eq!(late["by_day"], json!([{ "day": "2026-12-16", "goes": 1, "work": 1 }]));
    assert_eq!(
        late["load"],
        json!({ "sent": 0, "worked": 0, "share": 0.2, "measured": false })
    );
});
