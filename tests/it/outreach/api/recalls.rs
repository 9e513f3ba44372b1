//! Recalls over the API: what people set of one, the risk, the types, and contacts.

use chairside::outreach;
use chairside::patients::PatientId;
use chairside::staff::Role;
use serde_json::{Value, json};

use super::super::{rows, service, visit};
use super::{audited, fault, patch, patch_if, post};
use crate::api_contract::read;
use crate::both;
use crate::support::{Clinic, make_patient};

/// A patient whose cleaning on a day made a recall; gives its path.
async fn one(clinic: &Clinic, name: &str, mobile: &str, day: &str) -> (PatientId, String) {
    let who = make_patient(clinic, name, mobile).await;
    visit(clinic, who, "cleaning", day).await;
    let now = clinic.now();
    clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
    let id = clinic
        .count(&format!("SELECT id AS n FROM recalls WHERE patient_id = {who}"))
        .await;
    (who, format!("/api/v1/recalls/{id}"))
}

both!(a_recall_is_edited_paused_switched_off_and_undone, |clinic| {
    let api = clinic.api(Role::Doctor).await;
    let (who, path) = one(&clinic, "孙丽", "13900007701", "2026-06-15").await;
    let found = read(&api, &path).await;
    assert_eq!(found.status, 200, "{}", found.body);
    assert_eq!(found.headers["etag"], "\"1\"");
    for (field, value) in [
        ("state", json!("due")),
        ("due_on", json!("2026-12-15")),
        ("calculated_on", json!("2026-12-15")),
        ("last_visit", json!("2026-06-15")),
        ("edited_on", Value::Null),
        ("own_interval", Value::Null),
        ("can_undo", json!(false)),
    ] {
        assert_eq!(found.body[field], value, "{field}");
    }
    let edited = patch_if(
        &api,
        &path,
        1,
        &json!({ "edited_on": "2027-01-10", "note": " 春节后 " }),
    )
    .await;
    assert_eq!(edited.status, 200, "{}", edited.body);
    assert_eq!(
        [
            &edited.body["due_on"],
            &edited.body["edited_on"],
            &edited.body["note"],
            &edited.body["can_undo"]
        ],
        [
            &json!("2027-01-10"),
            &json!("2027-01-10"),
            &json!("春节后"),
            &json!(true)
        ]
    );
    let stale = patch_if(&api, &path, 1, &json!({ "note": "x" })).await;
    assert_eq!((stale.status, &stale.body["current"]), (412, &edited.body));
    assert_eq!(stale.body["changed_by"], "API doctor");
    // What is left out stays; null goes back to what is worked out, here by an interval of the patient's own.
    let own = json!({ "version": 2, "edited_on": null, "own_interval": { "months": 4, "weeks": 2 } });
    let own = patch(&api, &path, &own).await;
    assert_eq!(own.status, 200, "{}", own.body);
    assert_eq!(
        [
            &own.body["due_on"],
            &own.body["edited_on"],
            &own.body["note"],
            &own.body["own_interval"]
        ],
        [
            &json!("2026-10-29"),
            &Value::Null,
            &json!("春节后"),
            &json!({ "months": 4, "weeks": 2, "days": 0 })
        ]
    );
    let version = own.body["version"].as_i64().unwrap();
    for (change, field, code) in [
        (json!({ "edited_on": "soon" }), "edited_on", "invalid"),
        (json!({ "edited_on": "9999-12-31" }), "edited_on", "out_of_range"),
        (json!({ "own_interval": {} }), "own_interval.months", "out_of_range"),
        (
            json!({ "own_interval": { "months": 600 } }),
            "own_interval.months",
            "out_of_range",
        ),
        (
            json!({ "own_interval": { "weeks": -1 } }),
            "own_interval.weeks",
            "out_of_range",
        ),
        (
            json!({ "own_interval": { "years": 1 } }),
            "own_interval.years",
            "unknown_field",
        ),
        (json!({ "paused_until": "2026-11-23" }), "paused_until", "out_of_range"),
        (json!({ "off": true }), "reason", "required"),
        (json!({ "note": "x".repeat(1001) }), "note", "too_long"),
        (json!({ "due_on": "2027-01-01" }), "due_on", "unknown_field"),
    ] {
        let answer = patch_if(&api, &path, version, &change).await;
        assert_eq!(fault(&answer), (422, field, code), "{change} {}", answer.body);
    }
    let off = patch_if(&api, &path, version, &json!({ "off": true, "reason": "搬走了" })).await;
    assert_eq!(
        (&off.body["state"], &off.body["off"]),
        (&json!("off"), &json!(true)),
        "{}",
        off.body
    );
    let undo = format!("{path}/undo");
    assert_eq!(post(&api, &undo, &json!({})).await.code(), "precondition_required");
    assert_eq!(post(&api, &undo, &json!({ "version": 1 })).await.code(), "stale");
    let undone = post(&api, &undo, &json!({ "version": off.body["version"] })).await;
    assert_eq!(
        (undone.status, &undone.body["state"]),
        (200, &json!("due")),
        "{}",
        undone.body
    );
    let again = post(&api, &undo, &json!({ "version": undone.body["version"] })).await;
    assert_eq!((again.status, again.code()), (409, "nothing_to_undo"));
    let paused = json!({ "version": undone.body["version"], "paused_until": "2027-02-01", "reason": "怀孕", "own_interval": null });
    let paused = patch(&api, &path, &paused).await;
    assert_eq!(
        [
            &paused.body["due_on"],
            &paused.body["calculated_on"],
            &paused.body["own_interval"]
        ],
        [&json!("2027-02-01"), &json!("2026-12-15"), &Value::Null]
    );
    let all = read(&api, &format!("/api/v1/patients/{who}/recalls")).await;
    assert_eq!(all.body["items"], json!([paused.body]));
    assert_eq!(read(&api, "/api/v1/patients/999/recalls").await.status, 404);
    assert_eq!(audited(&clinic, "recalls", "update").await, 4);
    assert_eq!(audited(&clinic, "recalls", "undo").await, 1);
    assert_eq!(
        audited(&clinic, "recalls", "read").await,
        4,
        "twice asked for, twice told with a refusal"
    );
});

both!(risk_and_types_decide_and_a_change_says_what_it_would_do, |clinic| {
    let (doctor, manager) = (clinic.api(Role::Doctor).await, clinic.api(Role::Manager).await);
    let (who, path) = one(&clinic, "孙丽", "13900007701", "2026-06-15").await;
    let cleaning = service(&clinic, "cleaning").id;
    let kind = format!("/api/v1/recall-types/{cleaning}");
    let found = read(&manager, &kind).await;
    assert_eq!(found.status, 200, "{}", found.body);
    assert_eq!(found.headers["etag"], "\"0\"");
    assert_eq!(found.body["interval"], json!({ "months": 6, "weeks": 0, "days": 0 }));
    assert_eq!(found.body["triggers"], json!([cleaning]));
    let listed = read(&manager, "/api/v1/recall-types").await.body;
    assert!(listed["items"].as_array().unwrap().contains(&found.body));
    for (change, field, code) in [
        (
            json!({ "high_interval": { "months": 121 } }),
            "high_interval.months",
            "out_of_range",
        ),
        (
            json!({ "low_interval": { "days": 0 } }),
            "low_interval.months",
            "out_of_range",
        ),
        (json!({ "age_from": 12, "age_until": 12 }), "age_until", "out_of_range"),
        (json!({ "age_from": 151 }), "age_from", "out_of_range"),
        (json!({ "rank": 100 }), "rank", "out_of_range"),
        (json!({ "exclusive": "x".repeat(41) }), "exclusive", "too_long"),
        (json!({ "triggers": [] }), "triggers", "required"),
        (json!({ "triggers": [999] }), "triggers", "unknown"),
        (json!({ "interval": { "months": 3 } }), "interval", "unknown_field"),
    ] {
        let answer = patch_if(&manager, &kind, 0, &change).await;
        assert_eq!(fault(&answer), (422, field, code), "{change} {}", answer.body);
    }
    // Nobody is at high risk yet: nothing to ask about.
    let high = patch_if(&manager, &kind, 0, &json!({ "high_interval": { "months": 3 } })).await;
    assert_eq!((high.status, &high.body["version"]), (200, &json!(1)), "{}", high.body);
    let risk = format!("/api/v1/patients/{who}/recall-risk");
    let normal = read(&doctor, &risk).await.body;
    assert_eq!((&normal["risk"], &normal["version"]), (&json!("normal"), &json!(0)));
    assert_eq!(
        fault(&patch_if(&doctor, &risk, 0, &json!({ "risk": "huge" })).await),
        (422, "risk", "invalid")
    );
    let set = patch_if(&doctor, &risk, 0, &json!({ "risk": "high" })).await;
    assert_eq!(
        (set.status, &set.body["set_by"], &set.body["version"]),
        (200, &json!("API doctor"), &json!(1))
    );
    let stale = patch_if(&doctor, &risk, 0, &json!({ "risk": "low" })).await;
    assert_eq!((stale.status, &stale.body["current"]), (412, &set.body));
    assert_eq!(read(&doctor, &path).await.body["due_on"], "2026-09-15");
    // Now a change of the type moves a recall: it is to be agreed to.
    let four = json!({ "high_interval": { "months": 4 } });
    let ask = patch_if(&manager, &kind, 1, &four).await;
    assert_eq!((ask.status, ask.code()), (409, "recalls_would_change"), "{}", ask.body);
    assert_eq!(
        [&ask.body["total"], &ask.body["moved"], &ask.body["more"]],
        [&json!(1), &json!(1), &json!(false)]
    );
    assert_eq!(read(&manager, &kind).await.body, high.body);
    let agreed = json!({ "high_interval": { "months": 4 }, "agreed": 1 });
    let stale = patch_if(&manager, &kind, 0, &agreed).await;
    assert_eq!((stale.status, &stale.body["current"]), (412, &high.body));
    let done = patch_if(&manager, &kind, 1, &agreed).await;
    assert_eq!((done.status, &done.body["version"]), (200, &json!(2)), "{}", done.body);
    assert_eq!(
        read(&doctor, &path).await.body["due_on"],
        "2026-10-15",
        "it has followed at once"
    );
    let same = patch_if(&manager, &kind, 2, &four).await;
    assert_eq!((same.status, &same.body), (200, &done.body), "nothing had changed");
    let plain = patch_if(&manager, &kind, 2, &json!({ "high_interval": null, "agreed": 1 })).await;
    assert_eq!(
        (plain.status, &plain.body["high_interval"]),
        (200, &Value::Null),
        "{}",
        plain.body
    );

    let settings = "/api/v1/recall-settings";
    assert_eq!(
        read(&manager, settings).await.body,
        json!({ "family_days": 30, "version": 1 })
    );
    let far = patch_if(&manager, settings, 1, &json!({ "family_days": 367 })).await;
    assert_eq!(fault(&far), (422, "family_days", "out_of_range"));
    let set = patch_if(&manager, settings, 1, &json!({ "family_days": 45 })).await;
    assert_eq!(set.body, json!({ "family_days": 45, "version": 2 }));
    let stale = patch_if(&manager, settings, 1, &json!({ "family_days": 50 })).await;
    assert_eq!((stale.status, &stale.body["current"]), (412, &set.body));
});

both!(a_family_is_texted_and_called_over_the_api, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (_, lead) = one(&clinic, "孙丽", "13900007701", "2026-04-15").await;
    let (_, child) = one(&clinic, "小明", "13900007701", "2026-05-01").await;
    let child_id = read(&api, &child).await.body["id"].clone();
    let family = |more: Value| {
        let mut member = json!({ "id": child_id, "version": 1 });
        for (field, value) in more.as_object().unwrap() {
            member[field] = value.clone();
        }
        json!([member])
    };
    let text = format!("{lead}/texts");
    assert_eq!(post(&api, &text, &json!({ "version": 7 })).await.code(), "stale");
    let told = post(&api, &text, &json!({ "version": 1, "family": family(json!({})) })).await;
    assert_eq!(told.status, 200, "{}", told.body);
    for item in told.body["items"].as_array().unwrap() {
        assert_eq!(
            (&item["last_result"], &item["hidden_until"], &item["attempts"]),
            (&json!("texted"), &json!("2026-12-07"), &json!(1))
        );
    }
    assert_eq!(told.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(rows(&clinic).await.len(), 1, "one text for both");
    let twice = post(&api, &text, &json!({ "version": 2 })).await;
    assert_eq!((twice.status, twice.code()), (409, "not_reachable"));
    let calls = format!("{lead}/calls");
    let version_2 = json!({ "version": 2, "result": "later", "later": "2026-12-01" });
    for (call, field, code) in [
        (json!({ "version": 2, "result": "maybe" }), "result", "invalid"),
        (json!({ "version": 2, "result": "later" }), "later", "required"),
        (
            json!({ "version": 2, "result": "later", "later": "2026-11-23" }),
            "later",
            "out_of_range",
        ),
        (
            json!({ "version": 2, "result": "booked", "family": family(json!({ "version": 2, "result": "later" })) }),
            "family[0].later",
            "required",
        ),
    ] {
        assert_eq!(fault(&post(&api, &calls, &call).await), (422, field, code), "{call}");
    }
    let mut both = version_2.clone();
    both["family"] = family(json!({ "version": 2, "result": "declined" }));
    let called = post(&api, &calls, &both).await;
    assert_eq!(called.status, 200, "{}", called.body);
    let items = &called.body["items"];
    assert_eq!(
        (&items[0]["hidden_until"], &items[1]["state"]),
        (&json!("2026-12-01"), &json!("declined"))
    );
    let stale = post(&api, &calls, &version_2).await;
    assert_eq!((stale.status, &stale.body["current"]), (409, &items[0]));
    assert_eq!(audited(&clinic, "recalls", "contact").await, 4);
});

both!(many_are_texted_at_once_one_text_a_number, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let mut ids = Vec::new();
    for (name, mobile) in [
        ("孙丽", "13900007701"),
        ("小明", "13900007701"),
        ("王敏", "13900007702"),
        ("李明", "13900007703"),
    ] {
        let (who, path) = one(&clinic, name, mobile, "2026-04-15").await;
        ids.push(read(&api, &path).await.body["id"].clone());
        if name == "李明" {
            let sql = format!("UPDATE patients SET channel = 'phone' WHERE id = {who}");
            crate::api_contract::run(&clinic, sql).await;
        }
    }
    let texts = "/api/v1/recall-texts";
    for wrong in [json!([]), json!(vec![ids[0].clone(); 201])] {
        let told = post(&api, texts, &json!({ "recall_ids": wrong })).await;
        assert_eq!(fault(&told), (422, "recall_ids", "out_of_range"));
    }
    let gone = post(&api, texts, &json!({ "recall_ids": [ids[0], 999_999] })).await;
    assert_eq!((gone.status, rows(&clinic).await.len()), (404, 0), "all or none");
    // One of them named twice is told once.
    let all = json!({ "recall_ids": [ids[0], ids[1], ids[2], ids[3], ids[0]] });
    let told = post(&api, texts, &all).await;
    let left = json!([{ "recall_id": ids[3], "reason": "prefers-call", "text": "Wants to be called instead" }]);
    assert_eq!(
        (told.status, &told.body),
        (200, &json!({ "messages": 2, "told": ids[..3], "left_out": left })),
    );
    assert_eq!(rows(&clinic).await.len(), 2);
    // Again: they were contacted already.
    let again = post(&api, texts, &all).await;
    assert_eq!(
        (&again.body["messages"], &again.body["left_out"][0]["reason"]),
        (&json!(0), &json!("contacted"))
    );
    assert_eq!(audited(&clinic, "recalls", "contact").await, 3);
});
