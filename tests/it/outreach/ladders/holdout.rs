//! Who is left out, and what the rule brings.

use chairside::patients::PatientId;
use chairside::platform::db::schema::{messages as m, recalls as r};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::super::{book, patch_rule, plan, plan_at, rule_id, visit};
use super::{made, on};
use crate::both;
use crate::support::make_patient;

both!(some_are_left_out_and_what_the_rule_brings_is_told, |clinic| {
    let (status, answer) = patch_rule(&clinic, "reminder-day-before", json!({ "holdout_percent": 10 })).await;
    assert_eq!(
        (status, &answer["errors"][0]["field"]),
        (422, &json!("holdout_percent")),
        "{answer}"
    );
    on(&clinic, "recall-due", json!({ "holdout_percent": 50 })).await;
    let mut who = Vec::new();
    for n in 0..20 {
        let id = make_patient(&clinic, "孙丽", &format!("139000078{n:02}")).await;
        visit(&clinic, id, "cleaning", "2026-06-15").await;
        who.push(id);
    }
    let now = clinic.now();
    clinic
        .sql(move |c| chairside::outreach::recalls_from_history(c, now))
        .await;
    clinic.it_is("2026-12-15T09:59:00+08:00");
    plan(&clinic).await;
    let report = plan_at(&clinic, "2026-12-15T10:00:00+08:00").await;
    assert!(report.queued > 2 && report.excluded > 2, "{report}");
    assert_eq!(report.queued + report.excluded, 20);
    plan_at(&clinic, "2026-12-15T10:05:00+08:00").await;
    let all = made(&clinic, "recall").await;
    let held = all
        .iter()
        .filter(|(_, s, why)| s == "skipped" && why.as_deref() == Some("held-out"));
    assert_eq!((all.len(), held.count()), (20, report.excluded));
    // One of those written to comes back within the days that count.
    let written = clinic
        .sql(|c| {
            let first = m::table
                .filter(m::purpose.eq("recall").and(m::state.eq("queued")))
                .order(m::id);
            Ok(first.select(m::subject_id).first::<Option<i64>>(c)?.unwrap())
        })
        .await;
    let back = clinic
        .sql(move |c| Ok(r::table.find(written).select(r::patient_id).first::<i64>(c)?))
        .await;
    clinic.it_is("2026-12-18T09:00:00+08:00");
    book(&clinic, PatientId(back), "cleaning", "2026-12-23T09:00:00+08:00").await;
    let api = clinic.api(Role::Manager).await;
    let (id, _) = rule_id(&api.get_json("/api/v1/rules").await.1, "recall-due");
    let manager = clinic.signed_in("manager").await;
    assert!(
        !manager.page(&format!("/rules/{id}")).await.contains(r#"id="effect""#),
        "its days are not over"
    );
    clinic.it_is("2026-12-31T09:00:00+08:00");
    let manager = clinic.signed_in("manager").await;
    let page = manager.page(&format!("/rules/{id}?lang=en")).await;
    let row = format!("<th scope=\"row\">Written to</th><td>{}</td><td>1</td>", report.queued);
    assert!(page.contains(&row) && page.contains("Left out"), "{page}");
    // The API says the same.
    let api = clinic.api(Role::Manager).await;
    let (status, told) = api.get_json(&format!("/api/v1/rules/{id}/effect")).await;
    assert_eq!((status, &told["days"]), (200, &json!(15)), "{told}");
    let (sent, held) = (&told["sent"], &told["held"]);
    assert_eq!((&sent["of"], &sent["back"]), (&json!(report.queued), &json!(1)));
    assert_eq!((&held["of"], &held["back"]), (&json!(report.excluded), &json!(0)));
    let number = |of: &Value, name: &str| of[name].as_f64().unwrap();
    let (rate, apart) = (number(sent, "rate"), &told["difference"]);
    assert!((number(apart, "rate") - rate).abs() < 1e-9, "{told}");
    for of in [sent, held, apart] {
        let (low, rate, high) = (number(of, "low"), number(of, "rate"), number(of, "high"));
        assert!(low <= rate + 1e-9 && rate <= high + 1e-9, "{of}");
    }
    // Of a rule that leaves nobody out it cannot be told.
    let (other, _) = rule_id(&api.get_json("/api/v1/rules").await.1, "birthday");
    let (_, told) = api.get_json(&format!("/api/v1/rules/{other}/effect")).await;
    assert_eq!(
        (&told["sent"]["of"], &told["difference"]),
        (&json!(0), &Value::Null),
        "{told}"
    );
    assert_eq!(api.get_json("/api/v1/rules/999999/effect").await.0, 404);
});
