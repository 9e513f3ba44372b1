//! What the next days bring, and what is told when it does not come.

use chairside::outreach::{deviations, foretell};
use chairside::platform::db::schema::job_runs as j;
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::{book, dispatch, patch_rule, plan_at};
use crate::both;
use crate::support::{Clinic, make_patient};

/// Five visits on Wednesday morning, to be reminded of on Tuesday at 18:00.
async fn five_visits(clinic: &Clinic) {
    for (n, time) in ["09:00", "09:30", "10:00", "10:30", "11:00"].iter().enumerate() {
        let patient = make_patient(clinic, "孙丽", &format!("1390000773{n}")).await;
        book(clinic, patient, "check-up", &format!("2026-11-25T{time}:00+08:00")).await;
    }
}

both!(an_hour_that_brings_nothing_is_told, |clinic| {
    five_visits(&clinic).await;
    clinic.it_is("2026-11-24T09:05:00+08:00");
    foretell(&clinic.app.db, clinic.now()).await.unwrap();
    let desk = clinic.signed_in("desk").await;
    let page = desk.page("/messages/forecast?lang=zh").await;
    assert!(page.contains("就诊提醒") && page.contains(">5</td>"), "{page}");
    assert!(!page.contains("class=\"alarms\""));
    // Nothing runs at 18:00. Twenty minutes after the hour it is told, on every page.
    clinic.it_is("2026-11-24T19:19:00+08:00");
    assert_eq!(
        clinic
            .sql({
                let now = clinic.now();
                move |c| deviations(c, now)
            })
            .await,
        []
    );
    clinic.it_is("2026-11-24T19:20:00+08:00");
    clinic.app.look_for_alarms().await.unwrap();
    let desk = clinic.signed_in("desk").await;
    let page = desk.page("/patients?lang=zh").await;
    assert!(
        page.contains("class=\"alarms\"") && page.contains("预测 5 条就诊提醒，实际发出 0 条"),
        "{page}"
    );
    // Doctors have other work.
    assert!(
        !clinic
            .signed_in("doctor")
            .await
            .page("/day")
            .await
            .contains("class=\"alarms\"")
    );
    let metrics = clinic.visitor().page("/metrics").await;
    assert!(metrics.contains("chairside_alarm{code=\"forecast\"} 1"), "{metrics}");
});

both!(an_hour_that_brings_far_too_much_is_told, |clinic| {
    clinic.it_is("2026-11-24T09:05:00+08:00");
    foretell(&clinic.app.db, clinic.now()).await.unwrap();
    // Nobody knew of these visits when the day was foretold.
    five_visits(&clinic).await;
    assert_eq!(plan_at(&clinic, "2026-11-24T18:00:00+08:00").await.queued, 5);
    dispatch(&clinic).await;
    clinic.it_is("2026-11-24T19:20:00+08:00");
    let now = clinic.now();
    let found = clinic.sql(move |c| deviations(c, now)).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].is_too_many() && (found[0].expected, found[0].became.went) == (0, 5),
        "{found:?}"
    );
    clinic.app.look_for_alarms().await.unwrap();
    let page = clinic.signed_in("desk").await.page("/patients?lang=en").await;
    assert!(page.contains("far more than foretold"), "{page}");
    // An hour in which somebody changed a rule is not compared.
    clinic.it_is("2026-11-24T18:30:00+08:00");
    let (status, answer) = patch_rule(&clinic, "birthday", json!({ "name": "生日" })).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(clinic.sql(move |c| deviations(c, now)).await, []);
});

both!(messages_that_no_gateway_took_are_missing_from_the_fact, |clinic| {
    five_visits(&clinic).await;
    clinic.it_is("2026-11-24T09:05:00+08:00");
    foretell(&clinic.app.db, clinic.now()).await.unwrap();
    // They are made in time, and nothing sends them.
    assert_eq!(plan_at(&clinic, "2026-11-24T18:00:00+08:00").await.queued, 5);
    clinic.it_is("2026-11-24T19:20:00+08:00");
    let now = clinic.now();
    let found = clinic.sql(move |c| deviations(c, now)).await;
    assert_eq!(
        (found.len(), found[0].expected, found[0].became.went),
        (1, 5, 0),
        "{found:?}"
    );
    // Not sent because nobody wants them any more, they are accounted for.
    clinic
        .sql(|c| {
            use chairside::platform::db::schema::messages as m;
            let all = m::table.filter(m::purpose.eq("reminder"));
            let stopped = (m::state.eq("skipped"), m::reason.eq("stopped"));
            Ok(diesel::update(all).set(stopped).execute(c)?)
        })
        .await;
    assert_eq!(clinic.sql(move |c| deviations(c, now)).await, []);
});

both!(an_hour_that_keeps_to_its_forecast_is_not, |clinic| {
    five_visits(&clinic).await;
    clinic.it_is("2026-11-24T09:05:00+08:00");
    foretell(&clinic.app.db, clinic.now()).await.unwrap();
    assert_eq!(plan_at(&clinic, "2026-11-24T18:00:00+08:00").await.queued, 5);
    dispatch(&clinic).await;
    // What is foretold again meanwhile leaves the hours alone that have begun.
    clinic.it_is("2026-11-24T18:05:00+08:00");
    foretell(&clinic.app.db, clinic.now()).await.unwrap();
    clinic.it_is("2026-11-24T19:30:00+08:00");
    assert_eq!(
        clinic
            .sql({
                let now = clinic.now();
                move |c| deviations(c, now)
            })
            .await,
        []
    );
    let kept = "SELECT count(*) AS n FROM message_forecasts WHERE expected = 5";
    assert_eq!(clinic.count(kept).await, 1);
    clinic.it_is("2026-11-25T08:00:00+08:00");
    let page = clinic.signed_in("desk").await.page("/messages/forecast?lang=en").await;
    assert!(page.contains("Last 7 days") && page.contains(">5</td>"), "{page}");
});

both!(the_api_tells_what_the_days_bring_and_what_became_of_them, |clinic| {
    five_visits(&clinic).await;
    let silent = make_patient(&clinic, "王敏", "13900007739").await;
    let sql = format!("UPDATE patients SET channel = 'none' WHERE id = {silent}");
    crate::api_contract::run(&clinic, sql).await;
    book(&clinic, silent, "check-up", "2026-11-25T14:00:00+08:00").await;
    clinic.it_is("2026-11-24T09:05:00+08:00");
    foretell(&clinic.app.db, clinic.now()).await.unwrap();
    let told = async || {
        let api = clinic.api(Role::FrontDesk).await;
        let (status, told) = api.get_json("/api/v1/message-forecast").await;
        assert_eq!(status, 200, "{told}");
        told
    };
    let before = told().await;
    assert_eq!(
        (&before["days"][0], &before["days"][6]),
        (&json!("2026-11-24"), &json!("2026-11-30"))
    );
    let due = json!({ "day": "2026-11-24", "purpose": "reminder", "goes": 5, "excluded": 1 });
    assert!(before["ahead"].as_array().unwrap().contains(&due), "{before}");
    assert_eq!(before["deviations"], json!([]));
    // Nothing runs at 18:00.
    clinic.it_is("2026-11-24T19:20:00+08:00");
    let hour = json!([{ "purpose": "reminder", "from": "2026-11-24T10:00:00.000Z", "hours": 1, "expected": 5, "went": 0, "excused": 0, "too_many": false }]);
    assert_eq!(told().await["deviations"], hour);
    // One of them only to say why it is not sent.
    assert_eq!(plan_at(&clinic, "2026-11-24T19:21:00+08:00").await.queued, 6);
    dispatch(&clinic).await;
    clinic.it_is("2026-11-25T08:00:00+08:00");
    let after = told().await;
    let past = &after["past"][0];
    assert_eq!(past["day"], "2026-11-24", "{after}");
    let of = ["sent", "waiting", "skipped", "failed"].map(|state| past[state].as_i64());
    assert_eq!(of, [Some(5), Some(0), Some(1), Some(0)], "{after}");
});

both!(a_scheduler_whose_heart_stopped_is_told, |clinic| {
    clinic.app.look_for_alarms().await.unwrap();
    let page = clinic.signed_in("desk").await.page("/patients").await;
    assert!(!page.contains("class=\"alarms\""), "one that never ran is none");
    let ran = clinic.now();
    clinic
        .sql(move |c| {
            for (job, outcome) in [("plan-messages", "0 queued"), ("dispatch", "failed: database")] {
                diesel::insert_into(j::table)
                    .values((
                        j::job.eq(job),
                        j::tick.eq(ran),
                        j::instance.eq("x"),
                        j::started_at.eq(ran),
                        j::finished_at.eq(ran),
                        j::outcome.eq(outcome),
                    ))
                    .execute(c)?;
            }
            Ok(())
        })
        .await;
    clinic.minutes_pass(15);
    let told = async || {
        clinic.app.look_for_alarms().await.unwrap();
        clinic
            .signed_in("desk")
            .await
            .page("/patients?lang=en")
            .await
            .contains("plan-messages")
    };
    assert!(!told().await);
    clinic.minutes_pass(1);
    assert!(told().await);
});

both!(every_job_that_never_ran_is_told_in_its_time, |clinic| {
    let told = async |lang: &str| {
        clinic.app.look_for_alarms().await.unwrap();
        let desk = clinic.signed_in("desk").await;
        desk.page(&format!("/patients?lang={lang}")).await
    };
    clinic.minutes_pass(15);
    assert!(!told("en").await.contains("class=\"alarms\""), "it has just begun");
    clinic.minutes_pass(1);
    let en = told("en").await;
    for there in [
        "sending messages (dispatch)",
        "planning messages (plan-messages)",
        "working out recalls",
    ] {
        assert!(en.contains(there), "{there}: {en}");
    }
    assert!(told("zh").await.contains("发送消息（dispatch）"));
    for rarely in ["asking gateways", "foretelling messages", "clearing away"] {
        assert!(!en.contains(rarely), "{rarely}: {en}");
    }
    clinic.minutes_pass(3 * 60);
    let en = told("en").await;
    assert!(
        en.contains("foretelling messages (forecast)") && !en.contains("clearing away"),
        "{en}"
    );
    clinic.minutes_pass(3 * 24 * 60);
    assert!(told("en").await.contains("clearing away what is old (clean-up)"));
});

both!(what_is_planned_late_has_not_waited_yet, |clinic| {
    five_visits(&clinic).await;
    let told = async || {
        clinic.app.look_for_alarms().await.unwrap();
        let page = clinic.signed_in("desk").await.page("/patients?lang=en").await;
        let (alarms, app) = (page.find("class=\"alarms\""), page.find("class=\"app\""));
        assert!(alarms.is_none() || alarms < app, "above the page, not over it");
        page.contains("Messages have been waiting to be sent since")
    };
    // Due at 18:00, and made an hour after it.
    assert_eq!(plan_at(&clinic, "2026-11-24T19:00:00+08:00").await.queued, 5);
    assert!(!told().await);
    clinic.minutes_pass(19);
    assert!(!told().await);
    clinic.minutes_pass(1);
    assert!(told().await);
    dispatch(&clinic).await;
    assert!(!told().await);
});
