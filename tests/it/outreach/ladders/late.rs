//! What is noted late, left out, or not wanted any more by the time it goes.

use chairside::platform::db::schema::{messages as m, patients as p, visits as v};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::super::{book, dispatch, patch_rule, plan_at};
use super::{made, on, on_a_ladder, open_calls, step};
use crate::both;
use crate::support::{Clinic, make_patient};

/// Key and reason of those who were left out.
async fn left_out(clinic: &Clinic) -> Vec<(String, String)> {
    clinic
        .sql(|c| {
            let noted = m::table.filter(m::dedupe_key.like("%:left-out").and(m::state.eq("skipped")));
            Ok(noted
                .order(m::id)
                .select((m::dedupe_key, m::reason.assume_not_null()))
                .load(c)?)
        })
        .await
}

/// Steps of a visit over the API, each at the time it is now. Gives the version.
pub(super) async fn steps(clinic: &Clinic, id: i64, steps: &[&str]) -> i64 {
    let api = clinic.api(Role::Manager).await;
    let mut version = api.get_json(&format!("/api/v1/appointments/{id}")).await.1["version"].clone();
    for step in steps {
        let path = format!("/api/v1/appointments/{id}/{step}");
        let (status, answer) = api.post_json(&path, &json!({ "version": version })).await;
        assert_eq!(status, 200, "{step}: {answer}");
        version = answer["version"].clone();
    }
    version.as_i64().unwrap()
}

both!(who_is_left_out_stands_in_the_log_and_is_told_later, |clinic| {
    let who = on_a_ladder(&clinic).await;
    let (silent, shy) = (who[0], who[1]);
    clinic
        .sql(move |c| {
            diesel::update(p::table.find(silent))
                .set(p::marketing.eq(false))
                .execute(c)?;
            Ok(diesel::update(p::table.find(shy))
                .set(p::channel.eq("phone"))
                .execute(c)?)
        })
        .await;
    let report = plan_at(&clinic, "2026-12-15T10:00:00+08:00").await;
    assert_eq!((report.queued, report.excluded), (1, 2));
    plan_at(&clinic, "2026-12-15T10:01:00+08:00").await;
    let why: Vec<String> = left_out(&clinic).await.into_iter().map(|x| x.1).collect();
    assert_eq!(why, ["no-consent", "wants-calls"], "each once");
    // Within the step's window, a day here, it is made good once what stood against it is gone.
    clinic
        .sql(move |c| {
            Ok(diesel::update(p::table.find(silent))
                .set(p::marketing.eq(true))
                .execute(c)?)
        })
        .await;
    assert_eq!(plan_at(&clinic, "2026-12-16T09:30:00+08:00").await.queued, 1);
    assert_eq!(plan_at(&clinic, "2026-12-16T09:31:00+08:00").await.queued, 0);
});

both!(a_visit_that_is_closed_late_is_asked_about_while_it_may_be, |clinic| {
    on(&clinic, "missed-visit", json!({})).await;
    let mut visits = Vec::new();
    for (n, time) in ["09:00", "09:45"].into_iter().enumerate() {
        let id = make_patient(&clinic, "孙丽", &format!("1390000774{n}")).await;
        visits.push(
            book(&clinic, id, "check-up", &format!("2026-11-25T{time}:00+08:00"))
                .await
                .id
                .0,
        );
    }
    assert_eq!(plan_at(&clinic, "2026-11-26T18:00:00+08:00").await.queued, 0);
    // Due at ten on the next day, open for three.
    steps(&clinic, visits[0], &["no-show"]).await;
    assert_eq!(plan_at(&clinic, "2026-11-26T18:01:00+08:00").await.queued, 1);
    assert_eq!(plan_at(&clinic, "2026-11-26T18:02:00+08:00").await.queued, 0);
    assert_eq!(plan_at(&clinic, "2026-11-28T10:00:00+08:00").await.calls, 1);
    // Then it is too late for the text, which the log tells, and not for the call.
    plan_at(&clinic, "2026-11-29T17:00:00+08:00").await;
    steps(&clinic, visits[1], &["no-show"]).await;
    let report = plan_at(&clinic, "2026-11-29T17:01:00+08:00").await;
    assert_eq!((report.queued, report.missed, report.calls), (0, 1, 1), "{report}");
    let report = plan_at(&clinic, "2026-11-29T17:02:00+08:00").await;
    assert_eq!((report.missed, report.calls), (0, 0), "{report}");
    let all = made(&clinic, "missed").await;
    assert_eq!(all[1].2.as_deref(), Some("closed-late"), "{all:?}");
    assert_eq!(open_calls(&clinic).await.len(), 2);
});

both!(hours_after_a_treatment_count_from_its_end, |clinic| {
    let mut two_hours = step("message", 0, "follow-up");
    two_hours["offset_minutes"] = json!(120);
    two_hours["at_minute"] = json!(null);
    on(&clinic, "follow-up-days", json!({ "steps": [two_hours] })).await;
    let who = make_patient(&clinic, "孙丽", "13900007741").await;
    let visit = book(&clinic, who, "cleaning", "2026-11-25T09:00:00+08:00").await.id.0;
    clinic.it_is("2026-11-25T09:00:00+08:00");
    steps(&clinic, visit, &["arrive", "seat"]).await;
    plan_at(&clinic, "2026-11-25T11:30:00+08:00").await;
    clinic.it_is("2026-11-25T13:00:00+08:00");
    steps(&clinic, visit, &["finish"]).await;
    assert_eq!(plan_at(&clinic, "2026-11-25T14:59:00+08:00").await.queued, 0);
    assert_eq!(plan_at(&clinic, "2026-11-25T15:00:00+08:00").await.queued, 1);
    assert_eq!(plan_at(&clinic, "2026-11-25T16:00:00+08:00").await.queued, 0);
});

both!(two_visits_of_a_day_are_asked_about_once, |clinic| {
    on(
        &clinic,
        "follow-up-days",
        json!({ "steps": [step("message", 1, "follow-up")] }),
    )
    .await;
    let who = make_patient(&clinic, "孙丽", "13900007742").await;
    for time in ["09:00", "14:00"] {
        let start = format!("2026-11-25T{time}:00+08:00");
        let visit = book(&clinic, who, "cleaning", &start).await.id.0;
        clinic.it_is(&start);
        steps(&clinic, visit, &["arrive", "seat", "finish"]).await;
    }
    plan_at(&clinic, "2026-11-26T09:59:00+08:00").await;
    assert_eq!(plan_at(&clinic, "2026-11-26T10:00:00+08:00").await.queued, 1);
    assert_eq!(plan_at(&clinic, "2026-11-26T11:00:00+08:00").await.queued, 0);
});

/// What the record says was done at the visit of an appointment.
async fn was_done(clinic: &Clinic, appointment: i64, what: &str) {
    let api = clinic.api(Role::Doctor).await;
    let visit = clinic
        .sql(move |c| {
            let of = v::table.filter(v::appointment_id.eq(appointment));
            Ok(of.select((v::id, v::version)).first::<(i64, i64)>(c)?)
        })
        .await;
    let done = json!({ "version": visit.1, "treatments": [{ "tooth": "36", "description": what }] });
    let (status, answer) = api.patch_json(&format!("/api/v1/visits/{}", visit.0), &done).await;
    assert_eq!(status, 200, "{answer}");
}

both!(a_rule_for_a_treatment_asks_what_was_done, |clinic| {
    on(&clinic, "after-extraction", json!({})).await;
    let mut visits = Vec::new();
    for (n, time) in ["09:00", "09:45", "10:30", "11:15"].into_iter().enumerate() {
        let who = make_patient(&clinic, "孙丽", &format!("1390000776{n}")).await;
        let start = format!("2026-11-25T{time}:00+08:00");
        let visit = book(&clinic, who, "check-up", &start).await.id.0;
        clinic.it_is(&start);
        steps(&clinic, visit, &["arrive", "seat", "finish"]).await;
        visits.push(visit);
    }
    was_done(&clinic, visits[0], "阻生齿拔除").await;
    was_done(&clinic, visits[1], "树脂充填").await;
    was_done(&clinic, visits[2], "Simple EXTRACTION").await;
    plan_at(&clinic, "2026-11-26T08:59:00+08:00").await;
    assert_eq!(plan_at(&clinic, "2026-11-26T09:00:00+08:00").await.queued, 1);
    assert_eq!(plan_at(&clinic, "2026-11-26T10:30:00+08:00").await.queued, 1);
    assert_eq!(plan_at(&clinic, "2026-11-26T12:00:00+08:00").await.queued, 0);
    // One is mended before its message goes.
    was_done(&clinic, visits[0], "树脂充填").await;
    dispatch(&clinic).await;
    let all = made(&clinic, "follow-up").await;
    let states: Vec<&str> = all.iter().map(|m| m.1.as_str()).collect();
    assert_eq!(states, ["skipped", "accepted"], "{all:?}");
    assert!(
        all[0].2.as_deref().is_some_and(|w| w.starts_with("not-treated|")),
        "{all:?}"
    );
    // Another is written in the last minutes of its window, another after that: it is told that it came too late.
    plan_at(&clinic, "2026-11-26T21:00:00+08:00").await;
    clinic.it_is("2026-11-26T21:12:00+08:00");
    was_done(&clinic, visits[3], "拔牙").await;
    was_done(&clinic, visits[1], "拔牙").await;
    let report = plan_at(&clinic, "2026-11-26T21:13:00+08:00").await;
    assert_eq!((report.queued, report.missed), (1, 1), "{report}");
    let report = plan_at(&clinic, "2026-11-26T21:14:00+08:00").await;
    assert_eq!((report.queued, report.missed), (0, 0), "{report}");
    let all = made(&clinic, "follow-up").await;
    assert!(all.iter().any(|m| m.2.as_deref() == Some("closed-late")), "{all:?}");
    // What it can be for is checked at its field.
    for (code, treatment) in [("after-extraction", "一, 二, 三, 四"), ("reminder-day-before", "拔牙")] {
        let (status, answer) = patch_rule(&clinic, code, json!({ "treatment": treatment })).await;
        assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("treatment")));
    }
});

both!(a_rule_is_asked_again_when_its_message_goes, |clinic| {
    let who = on_a_ladder(&clinic).await;
    plan_at(&clinic, "2026-12-15T10:00:00+08:00").await;
    dispatch(&clinic).await;
    assert_eq!(plan_at(&clinic, "2026-12-29T10:00:00+08:00").await.queued, 3);
    // One writes between the plan and the send.
    clinic.minutes_pass(1);
    let text = "/gateway/kannel/inbound?from=8613900007730&text=%E4%BD%A0%E5%A5%BD&id=1";
    clinic.visitor().get(text).await;
    dispatch(&clinic).await;
    let second: Vec<_> = made(&clinic, "recall").await.split_off(3);
    assert!(
        second[0].2.as_deref().is_some_and(|w| w.starts_with("answered|")),
        "{second:?}"
    );
    assert_eq!((second[1].1.as_str(), second[2].1.as_str()), ("accepted", "accepted"));
    // And what a rule has queued is not sent once it is switched off.
    patch_rule(&clinic, "birthday", json!({})).await;
    clinic
        .sql(move |c| {
            let born = chrono::NaiveDate::from_ymd_opt(1990, 12, 30);
            let day = (p::birth_date.eq(born), p::birth_month_day.eq(Some(1230)));
            Ok(diesel::update(p::table.find(who[2])).set(day).execute(c)?)
        })
        .await;
    assert_eq!(plan_at(&clinic, "2026-12-30T09:00:00+08:00").await.queued, 1);
    patch_rule(&clinic, "birthday", json!({ "active": false })).await;
    dispatch(&clinic).await;
    let all = made(&clinic, "birthday").await;
    assert!(
        all[0].2.as_deref().is_some_and(|w| w.starts_with("rule-off|")),
        "{all:?}"
    );
});
