//! Rules beyond reminders: ladders of steps and what ends them, days of the year, plans, hold-out.

mod days;
mod holdout;
mod late;
mod overdue;
mod plans;
mod steps;

use chairside::patients::PatientId;
use chairside::platform::db::schema::{call_tasks as t, messages as m};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{book, dispatch, patch_rule, plan, plan_at, rule_id, visit};
use crate::both;
use crate::support::{Clinic, make_patient};

/// Key, state and reason of what was made for a purpose, in order, without those who were left out.
async fn made(clinic: &Clinic, purpose: &'static str) -> Vec<(String, String, Option<String>)> {
    clinic
        .sql(move |c| {
            Ok(m::table
                .filter(m::purpose.eq(purpose))
                .filter(m::dedupe_key.not_like("%:left-out"))
                .order(m::id)
                .select((m::dedupe_key, m::state, m::reason))
                .load(c)?)
        })
        .await
}

async fn bodies(clinic: &Clinic, purpose: &'static str) -> Vec<String> {
    clinic
        .sql(move |c| {
            let sent: Vec<Option<String>> = m::table
                .filter(m::purpose.eq(purpose).and(m::body.is_not_null()))
                .order(m::id)
                .select(m::body)
                .load(c)?;
            Ok(sent.into_iter().flatten().collect())
        })
        .await
}

async fn open_calls(clinic: &Clinic) -> Vec<String> {
    clinic
        .sql(|c| {
            let open = t::table.filter(t::state.eq("open")).order(t::id);
            Ok(open.select(t::occurrence).load(c)?)
        })
        .await
}

fn step(action: &str, days: i32, template: &str) -> Value {
    json!({ "action": action, "offset_days": days, "at_minute": 600, "window_minutes": 1440, "template": template })
}

/// Switches a rule on that waits for it.
async fn on(clinic: &Clinic, code: &str, change: Value) {
    let mut change = change;
    change["active"] = json!(true);
    let (status, answer) = patch_rule(clinic, code, change).await;
    assert_eq!(status, 200, "{answer}");
}

/// Three patients whose recall is due on 15 December, on a ladder of two texts and a call.
async fn on_a_ladder(clinic: &Clinic) -> Vec<PatientId> {
    let mut who = Vec::new();
    for (n, name) in ["孙丽", "王敏", "赵一"].into_iter().enumerate() {
        let id = make_patient(clinic, name, &format!("1390000773{n}")).await;
        visit(clinic, id, "cleaning", "2026-06-15").await;
        who.push(id);
    }
    let now = clinic.now();
    clinic
        .sql(move |c| chairside::outreach::recalls_from_history(c, now))
        .await;
    let steps = json!([
        step("message", 0, "recall"),
        step("message", 14, "recall"),
        step("call", 21, "")
    ]);
    on(
        clinic,
        "recall-due",
        json!({ "steps": steps, "stop_answered": true, "stop_booked": true }),
    )
    .await;
    who
}

both!(a_ladder_goes_on_until_it_is_answered_or_booked, |clinic| {
    let who = on_a_ladder(&clinic).await;
    assert_eq!(plan_at(&clinic, "2026-12-15T10:00:00+08:00").await.queued, 3);
    dispatch(&clinic).await;
    // One writes, one books.
    clinic.it_is("2026-12-16T09:00:00+08:00");
    let text = "/gateway/kannel/inbound?from=8613900007730&text=%E4%BD%A0%E5%A5%BD&id=1";
    clinic.visitor().get(text).await;
    book(&clinic, who[1], "cleaning", "2027-01-20T09:00:00+08:00").await;
    assert_eq!(plan_at(&clinic, "2026-12-29T10:00:00+08:00").await.queued, 1);
    dispatch(&clinic).await;
    let keys: Vec<String> = made(&clinic, "recall").await.into_iter().map(|x| x.0).collect();
    assert_eq!(keys.len(), 4);
    assert!(keys[3].ends_with(":2026-12-15:recall-due/2"), "{keys:?}");
    // The third step is a call, taken back when there is no sense in it any more.
    let report = plan_at(&clinic, "2027-01-05T10:00:00+08:00").await;
    assert_eq!((report.queued, report.calls), (0, 1));
    assert!(open_calls(&clinic).await[0].ends_with(":recall-due/3"));
    book(&clinic, who[2], "cleaning", "2027-01-12T09:00:00+08:00").await;
    plan_at(&clinic, "2027-01-05T10:01:00+08:00").await;
    assert_eq!(open_calls(&clinic).await, [] as [String; 0]);
    // It is not made again either.
    assert_eq!(plan_at(&clinic, "2027-01-05T10:02:00+08:00").await.calls, 0);
});

both!(after_downtime_a_rule_catches_up_as_it_is_told, |clinic| {
    on_a_ladder(&clinic).await;
    let wide = |days: i32| {
        let mut s = step("message", days, "recall");
        s["window_minutes"] = json!(43_200);
        s
    };
    // Nothing runs from 15 to 30 December: of two steps only the newer goes out.
    let steps = json!([wide(0), wide(14)]);
    on(&clinic, "recall-due", json!({ "steps": steps, "catch_up": "newest" })).await;
    plan_at(&clinic, "2026-12-14T10:00:00+08:00").await;
    assert_eq!(plan_at(&clinic, "2026-12-30T10:00:00+08:00").await.queued, 3);
    let keys: Vec<String> = made(&clinic, "recall").await.into_iter().map(|x| x.0).collect();
    let newer = |k: &String| !k.ends_with("recall-due") && k.rsplit(':').next() == keys[0].rsplit(':').next();
    assert!(keys.iter().all(newer), "{keys:?}");
});

both!(a_rule_that_sends_nothing_late_writes_down_what_it_missed, |clinic| {
    on_a_ladder(&clinic).await;
    let mut s = step("message", 0, "recall");
    s["window_minutes"] = json!(10_080);
    on(&clinic, "recall-due", json!({ "steps": [s], "catch_up": "skip" })).await;
    plan_at(&clinic, "2026-12-14T10:00:00+08:00").await;
    let report = plan_at(&clinic, "2026-12-15T12:00:00+08:00").await;
    assert_eq!((report.queued, report.missed), (0, 3));
    let all = made(&clinic, "recall").await;
    assert!(
        all.iter()
            .all(|(_, state, why)| state == "skipped" && why.as_deref() == Some("missed")),
        "{all:?}"
    );
});

both!(steps_are_added_and_taken_away_without_saving, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let (id, version) = rule_id(&api.get_json("/api/v1/rules").await.1, "recall-due");
    let manager = clinic.signed_in("manager").await;
    let version = version.to_string();
    let mut fields = vec![
        ("version", version.as_str()),
        ("name", "复诊"),
        ("name_en", "Recall"),
        ("steps", "2"),
        ("days", "0"),
        ("at", "10:00"),
        ("window", "600"),
        ("template", "recall"),
        ("action", "message"),
        ("days-2", "30"),
        ("side-2", "after"),
        ("at-2", "11:00"),
        ("window-2", "700"),
        ("template-2", "recall"),
        ("action-2", "message"),
        ("priority", "6"),
        ("active", "1"),
    ];
    let more = [fields.clone(), vec![("step", "add")]].concat();
    let page = manager
        .post_form(&format!("/rules/{id}/steps?lang=en"), &more)
        .await
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("Step 3") && page.contains(r#"name="steps" value="3""#),
        "{page}"
    );
    let fewer = [fields.clone(), vec![("step", "remove-1")]].concat();
    let page = manager
        .post_form(&format!("/rules/{id}/steps?lang=en"), &fewer)
        .await
        .text()
        .await
        .unwrap();
    assert!(
        !page.contains("Step 2") && page.contains(r#"value="11:00""#) && page.contains(r#"value="700""#),
        "{page}"
    );
    // Each step comes after the one before it, and the fault is at the step's own field.
    fields.retain(|(k, _)| *k != "days-2");
    fields.push(("days-2", "0"));
    fields.retain(|(k, _)| *k != "at-2");
    fields.push(("at-2", "09:00"));
    let answer = manager.post_form(&format!("/rules/{id}?lang=en"), &fields).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains(r#"id="f-days-2-e""#) && page.contains("Each step comes after the one before it"),
        "{page}"
    );
});

both!(a_rule_tells_a_family_together_and_each_once, |clinic| {
    // A mother and two children at one number; one of them is due two weeks later.
    let mut who = Vec::new();
    for (name, day) in [("孙丽", "2026-06-15"), ("孙一", "2026-06-15"), ("孙二", "2026-06-29")] {
        let id = make_patient(&clinic, name, "13900007731").await;
        visit(&clinic, id, "cleaning", day).await;
        who.push(id);
    }
    let now = clinic.now();
    clinic
        .sql(move |c| chairside::outreach::recalls_from_history(c, now))
        .await;
    clinic.it_is("2026-12-15T09:59:00+08:00");
    plan(&clinic).await;
    assert_eq!(plan_at(&clinic, "2026-12-15T10:00:00+08:00").await.queued, 1);
    dispatch(&clinic).await;
    let texts = bodies(&clinic, "recall").await;
    assert!(
        ["孙丽", "孙一", "孙二"].iter().all(|name| texts[0].contains(name)),
        "{texts:?}"
    );
    // On the day of the third nothing more is said.
    clinic.it_is("2026-12-29T09:59:00+08:00");
    plan(&clinic).await;
    assert_eq!(plan_at(&clinic, "2026-12-29T10:00:00+08:00").await.queued, 0);
    assert_eq!(bodies(&clinic, "recall").await.len(), 1);
});

both!(whom_a_message_did_not_tell_after_all_is_told_alone, |clinic| {
    let mut who = Vec::new();
    for name in ["孙丽", "孙一"] {
        let id = make_patient(&clinic, name, "13900007731").await;
        visit(&clinic, id, "cleaning", "2026-06-15").await;
        who.push(id);
    }
    let now = clinic.now();
    clinic
        .sql(move |c| chairside::outreach::recalls_from_history(c, now))
        .await;
    clinic.it_is("2026-12-15T09:59:00+08:00");
    plan(&clinic).await;
    assert_eq!(plan_at(&clinic, "2026-12-15T10:00:00+08:00").await.queued, 1);
    // The mother dies before it goes: it does not tell the child either.
    let mother = who[0];
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::patients as p;
            Ok(diesel::update(p::table.find(mother))
                .set(p::deceased.eq(true))
                .execute(c)?)
        })
        .await;
    dispatch(&clinic).await;
    assert_eq!(made(&clinic, "recall").await[0].2.as_deref(), Some("deceased"));
    plan_at(&clinic, "2026-12-15T10:02:00+08:00").await;
    plan_at(&clinic, "2026-12-15T11:01:00+08:00").await;
    dispatch(&clinic).await;
    let texts = bodies(&clinic, "recall").await;
    assert!(texts.len() == 1 && texts[0].contains("孙一"), "{texts:?}");
});

both!(an_email_tells_nobody_of_the_family, |clinic| {
    let mut who = Vec::new();
    for name in ["孙丽", "孙一"] {
        let id = make_patient(&clinic, name, "13900007731").await;
        visit(&clinic, id, "cleaning", "2026-06-15").await;
        who.push(id);
    }
    let (now, mother) = (clinic.now(), who[0]);
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::patients as p;
            let reached = (p::email.eq("sun@clinic.example"), p::channel.eq("email"));
            diesel::update(p::table.find(mother)).set(reached).execute(c)?;
            chairside::outreach::recalls_from_history(c, now)
        })
        .await;
    clinic.it_is("2026-12-15T09:59:00+08:00");
    plan(&clinic).await;
    assert_eq!(plan_at(&clinic, "2026-12-15T10:00:00+08:00").await.queued, 2);
    dispatch(&clinic).await;
    let texts = bodies(&clinic, "recall").await;
    assert!(texts[0].contains("孙丽") && !texts[0].contains("孙一"), "{texts:?}");
});
