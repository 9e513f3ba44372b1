//! What the next days bring, and what is told when it does not come.

use chairside::outreach::{foretell, shortfalls};
use chairside::platform::db::schema::job_runs as j;
use diesel::prelude::*;

use super::{book, dispatch, plan_at};
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
    assert!(page.contains("就诊提醒") && page.contains("<td>5</td>"), "{page}");
    assert!(!page.contains("class=\"alarms\""));
    // Nothing runs at 18:00. Twenty minutes after the hour it is told, on every page.
    clinic.it_is("2026-11-24T19:19:00+08:00");
    assert_eq!(
        clinic
            .sql({
                let now = clinic.now();
                move |c| shortfalls(c, now)
            })
            .await,
        []
    );
    clinic.it_is("2026-11-24T19:20:00+08:00");
    clinic.app.look_for_alarms().await.unwrap();
    let desk = clinic.signed_in("desk").await;
    let page = desk.page("/patients?lang=zh").await;
    assert!(
        page.contains("class=\"alarms\"") && page.contains("应有 5 条就诊提醒，只生成了 0 条"),
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
                move |c| shortfalls(c, now)
            })
            .await,
        []
    );
    let kept = "SELECT count(*) AS n FROM message_forecasts WHERE expected = 5";
    assert_eq!(clinic.count(kept).await, 1);
    clinic.it_is("2026-11-25T08:00:00+08:00");
    let page = clinic.signed_in("desk").await.page("/messages/forecast?lang=en").await;
    assert!(page.contains("Last 7 days") && page.contains("<td>5</td>"), "{page}");
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
