//! What a change of a rule's steps does to people who are under way.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::super::{book, dispatch, plan, plan_at, rule_id};
use super::late::steps;
use super::{made, on, step};
use crate::both;
use crate::support::{Clinic, make_patient};

/// A rule with texts one, three and seven days after a visit, and somebody whose visit was on 23 November.
async fn asked_three_times(clinic: &Clinic) {
    let three = [1, 3, 7].map(|days| step("message", days, "follow-up"));
    on(clinic, "follow-up-days", json!({ "steps": three })).await;
    let who = make_patient(clinic, "孙丽", "13900007731").await;
    let visit = book(clinic, who, "filling", "2026-11-23T10:45:00+08:00").await.id.0;
    clinic.it_is("2026-11-23T10:45:00+08:00");
    steps(clinic, visit, &["arrive", "seat", "finish"]).await;
}

/// The rule as the API tells it.
async fn rule(clinic: &Clinic) -> Value {
    let all = clinic.api(Role::Manager).await.get_json("/api/v1/rules").await.1;
    let all = all.as_array().unwrap();
    all.iter().find(|r| r["code"] == "follow-up-days").unwrap().clone()
}

async fn change(clinic: &Clinic, change: Value) -> Value {
    let mut change = change;
    let now = rule(clinic).await;
    change["version"] = now["version"].clone();
    let path = format!("/api/v1/rules/{}", now["id"]);
    let (status, answer) = clinic.api(Role::Manager).await.patch_json(&path, &change).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

both!(a_step_that_goes_takes_no_other_along, |clinic| {
    asked_three_times(&clinic).await;
    for day in ["24", "26"] {
        assert_eq!(
            plan_at(&clinic, &format!("2026-11-{day}T10:00:00+08:00")).await.queued,
            1
        );
    }
    clinic.minutes_pass(1);
    let steps = rule(&clinic).await["steps"].clone();
    let rest = json!([steps[0], steps[2]]);
    let trial = json!({ "rule_id": rule(&clinic).await["id"], "steps": rest });
    let (_, tried) = clinic
        .api(Role::Manager)
        .await
        .post_json("/api/v1/rules/preview", &trial)
        .await;
    assert_eq!(
        (&tried["new"], &tried["gone"], &tried["moved"]),
        (&json!(0), &json!(0), &json!(0)),
        "{tried}"
    );
    change(&clinic, json!({ "steps": rest })).await;
    assert_eq!(plan_at(&clinic, "2026-11-30T10:00:00+08:00").await.queued, 1);
    let keys: Vec<String> = made(&clinic, "follow-up").await.into_iter().map(|x| x.0).collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    // A new one is another than the one that went.
    let more = change(
        &clinic,
        json!({ "steps": [steps[0], step("message", 3, "follow-up"), steps[2]] }),
    )
    .await;
    assert_eq!(more["steps"][1]["id"], 4, "{more}");
});

both!(a_trial_tells_a_step_that_goes_from_one_that_stays, |clinic| {
    asked_three_times(&clinic).await;
    let now = rule(&clinic).await;
    let tried = async |steps: Value| {
        let trial = json!({ "rule_id": now["id"], "steps": steps });
        let (status, tried) = clinic
            .api(Role::Manager)
            .await
            .post_json("/api/v1/rules/preview", &trial)
            .await;
        assert_eq!(status, 200, "{tried}");
        ["goes", "new", "gone", "moved"].map(|name| tried[name].as_i64().unwrap())
    };
    let steps = &now["steps"];
    assert_eq!(tried(steps.clone()).await, [3, 0, 0, 0]);
    assert_eq!(tried(json!([steps[0], steps[2]])).await, [2, 0, 1, 0]);
    let mut later = steps[2].clone();
    later["offset_days"] = json!(8);
    assert_eq!(tried(json!([steps[0], steps[1], later])).await, [3, 0, 0, 1]);
    assert_eq!(
        tried(json!([steps[0], steps[1], steps[2], step("message", 10, "follow-up")])).await,
        [4, 1, 0, 0]
    );
});

both!(what_waits_for_a_step_that_goes_is_not_sent, |clinic| {
    asked_three_times(&clinic).await;
    for day in ["24", "26"] {
        plan_at(&clinic, &format!("2026-11-{day}T10:00:00+08:00")).await;
        if day == "24" {
            dispatch(&clinic).await;
        }
    }
    let steps = rule(&clinic).await["steps"].clone();
    change(&clinic, json!({ "steps": [steps[0], steps[2]] })).await;
    dispatch(&clinic).await;
    let all = made(&clinic, "follow-up").await;
    assert_eq!(all[0].1, "accepted", "{all:?}");
    assert!(
        all[1].2.as_deref().is_some_and(|why| why.starts_with("step-gone")),
        "{all:?}"
    );
});

both!(
    a_new_name_loses_nothing_and_a_new_time_only_what_was_not_due,
    |clinic| {
        asked_three_times(&clinic).await;
        plan(&clinic).await;
        // Nothing ran since it was due.
        clinic.it_is("2026-11-24T10:05:00+08:00");
        change(&clinic, json!({ "name": "术后回访" })).await;
        assert_eq!(plan_at(&clinic, "2026-11-24T10:06:00+08:00").await.queued, 1);
        clinic.it_is("2026-11-26T10:05:00+08:00");
        let mut steps = rule(&clinic).await["steps"].clone();
        for one in steps.as_array_mut().unwrap() {
            one["at_minute"] = json!(660);
        }
        change(&clinic, json!({ "steps": steps })).await;
        let keys = made(&clinic, "follow-up").await;
        assert_eq!(keys.len(), 2, "done as the rule was: {keys:?}");
        assert_eq!(
            plan_at(&clinic, "2026-11-26T11:00:00+08:00").await.queued,
            0,
            "and once"
        );
        assert_eq!(plan_at(&clinic, "2026-11-30T11:00:00+08:00").await.queued, 1);
        let (_, version) = rule_id(
            &clinic.api(Role::Manager).await.get_json("/api/v1/rules").await.1,
            "follow-up-days",
        );
        assert_eq!(version, rule(&clinic).await["version"].as_i64().unwrap());
    }
);
