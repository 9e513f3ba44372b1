//! Recalls whose day was past when they were first known, and the ladder that is shipped.

use chairside::outreach;
use chairside::patients::PatientId;
use chairside::platform::db::schema::{messages as m, patients as p, rules as r};
use diesel::prelude::*;
use serde_json::json;

use super::{bodies, made, on, open_calls};
use crate::both;
use crate::outreach::{dispatch, patch_rule, plan_at, visit};
use crate::support::{Clinic, make_patient};

/// Patients whose last cleaning was on these days; it is due half a year later.
async fn cleaned_on(clinic: &Clinic, days: &[&str]) -> Vec<PatientId> {
    let mut who = Vec::new();
    for (n, day) in days.iter().enumerate() {
        let id = make_patient(clinic, "孙丽", &format!("1390000773{n}")).await;
        visit(clinic, id, "cleaning", day).await;
        who.push(id);
    }
    let now = clinic.now();
    clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
    who
}

const LISTED: &str =
    "SELECT count(*) AS n FROM messages WHERE purpose = 'recall' AND state = 'skipped' AND reason = 'overdue'";

both!(an_overdue_recall_stays_on_the_list_and_the_ledger_says_so, |clinic| {
    cleaned_on(&clinic, &["2026-01-10", "2026-02-10", "2026-03-10"]).await;
    for time in ["2026-11-23T11:00:00+08:00", "2026-11-23T12:00:00+08:00"] {
        assert_eq!(plan_at(&clinic, time).await.queued, 0);
        assert_eq!(clinic.count(LISTED).await, 3, "once each");
    }
    let desk = clinic.signed_in("desk").await;
    let ledger = desk.page("/messages?day=2026-11-23&lang=zh").await;
    assert!(ledger.contains("逾期已久"), "{ledger}");
    // Those whom the desk has in hand are not late.
    assert!(desk.page("/recall?lang=zh").await.contains("孙丽"));
});

both!(overdue_recalls_are_taken_up_so_many_a_day, |clinic| {
    let days = ["2026-04-10", "2026-04-11", "2026-04-12", "2023-01-10"];
    cleaned_on(&clinic, &days).await;
    let (status, answer) = patch_rule(&clinic, "recall-due", json!({ "late_a_day": 2000 })).await;
    assert_eq!(
        (status, &answer["errors"][0]["field"]),
        (422, &json!("late_a_day")),
        "{answer}"
    );
    let (status, _) = patch_rule(&clinic, "reminder-day-before", json!({ "late_a_day": 2 })).await;
    assert_eq!(status, 422, "a visit has no such thing");
    // On the list first; then the rule takes up two a day, the latest due first.
    assert_eq!(plan_at(&clinic, "2026-11-23T11:00:00+08:00").await.queued, 0);
    assert_eq!(clinic.count(LISTED).await, 4);
    on(&clinic, "recall-due", json!({ "late_a_day": 2 })).await;
    assert_eq!(
        plan_at(&clinic, "2026-11-23T12:00:00+08:00").await.queued,
        0,
        "10:00 is over"
    );
    assert_eq!(plan_at(&clinic, "2026-11-24T10:00:00+08:00").await.queued, 2);
    dispatch(&clinic).await;
    let first: Vec<String> = made(&clinic, "recall").await.into_iter().map(|x| x.0).collect();
    assert!(
        first.iter().any(|k| k.contains(":2026-10-12:")) && first.iter().any(|k| k.contains(":2026-10-11:")),
        "{first:?}"
    );
    assert_eq!(plan_at(&clinic, "2026-11-25T10:00:00+08:00").await.queued, 1);
    dispatch(&clinic).await;
    assert_eq!(
        plan_at(&clinic, "2026-11-26T10:00:00+08:00").await.queued,
        0,
        "overdue for years"
    );
    // From there on the ladder goes on as for everybody.
    assert_eq!(plan_at(&clinic, "2026-12-24T10:00:00+08:00").await.queued, 2);
    let keys: Vec<String> = made(&clinic, "recall").await.into_iter().map(|x| x.0).collect();
    assert_eq!(
        keys.iter().filter(|k| k.ends_with(":recall-due/2")).count(),
        2,
        "{keys:?}"
    );
});

/// The rules as they are shipped.
async fn shipped(clinic: &Clinic) {
    let now = clinic.now();
    clinic
        .sql(move |c| {
            diesel::delete(r::table).execute(c)?;
            outreach::seed_rules(c, now)
        })
        .await;
}

both!(the_ladder_that_is_shipped_tells_a_family_each_time, |clinic| {
    let who = cleaned_on(&clinic, &["2026-06-15", "2026-06-15"]).await;
    let (lead, child) = (who[0], who[1]);
    clinic
        .sql(move |c| {
            let child = (p::name.eq("孙一"), p::phone.eq("+8613900007730"));
            diesel::update(p::table.filter(p::id.eq(who[1])))
                .set(child)
                .execute(c)?;
            Ok(())
        })
        .await;
    shipped(&clinic).await;
    for time in ["2026-12-01T10:00:00+08:00", "2026-12-15T10:00:00+08:00"] {
        assert_eq!(plan_at(&clinic, time).await.queued, 1, "{time}");
        dispatch(&clinic).await;
        let texts = bodies(&clinic, "recall").await;
        let last = texts.last().unwrap();
        assert!(last.contains("孙丽、孙一"), "{time}: {texts:?}");
        assert_eq!(
            clinic
                .sql(move |c| outreach::told_together(c, chairside::platform::clock::Instant(0), lead))
                .await
                .len(),
            2,
            "the page that the text leads to is for both"
        );
    }
    // The mother is called later; what the child was told of along, the child is told of alone from then on.
    let told = "SELECT CAST(attempts AS BIGINT) AS n FROM recalls WHERE patient_id = ";
    assert_eq!(clinic.count(&format!("{told}{child}")).await, 2);
});

both!(
    a_late_recall_whose_day_comes_while_the_rule_is_off_is_taken_up_afterwards,
    |clinic| {
        cleaned_on(&clinic, &["2026-04-10", "2026-04-11", "2026-04-12"]).await;
        on(&clinic, "recall-due", json!({ "late_a_day": 1 })).await;
        plan_at(&clinic, "2026-11-23T12:00:00+08:00").await;
        assert_eq!(plan_at(&clinic, "2026-11-24T10:00:00+08:00").await.queued, 1);
        dispatch(&clinic).await;
        let (status, _) = patch_rule(&clinic, "recall-due", json!({ "active": false })).await;
        assert_eq!(status, 200);
        plan_at(&clinic, "2026-12-01T10:00:00+08:00").await;
        let (status, _) = patch_rule(&clinic, "recall-due", json!({ "active": true })).await;
        assert_eq!(status, 200);
        plan_at(&clinic, "2026-12-01T11:00:00+08:00").await;
        assert_eq!(plan_at(&clinic, "2026-12-02T10:00:00+08:00").await.queued, 1);
        assert_eq!(plan_at(&clinic, "2026-12-03T10:00:00+08:00").await.queued, 1);
    }
);

both!(the_ladder_that_is_shipped_ends_with_a_call, |clinic| {
    let who = cleaned_on(&clinic, &["2026-06-15"]).await[0];
    clinic
        .sql(move |c| {
            diesel::update(p::table.find(who))
                .set(p::email.eq("sun@clinic.example"))
                .execute(c)?;
            Ok(())
        })
        .await;
    shipped(&clinic).await;
    for time in [
        "2026-12-01T10:00:00+08:00",
        "2026-12-15T10:00:00+08:00",
        "2026-12-29T10:00:00+08:00",
    ] {
        assert_eq!(plan_at(&clinic, time).await.queued, 1, "{time}");
        dispatch(&clinic).await;
    }
    let sent: Vec<(String, String, String)> = clinic
        .sql(|c| {
            let all = m::table.filter(m::purpose.eq("recall")).order(m::id);
            Ok(all.select((m::template, m::channel, m::state)).load(c)?)
        })
        .await;
    let as_sent = |t: &str, way: &str| (t.to_owned(), way.to_owned(), "accepted".to_owned());
    assert_eq!(
        sent,
        [
            as_sent("recall-soon", "sms"),
            as_sent("recall", "sms"),
            as_sent("recall-again", "email")
        ]
    );
    let texts = bodies(&clinic, "recall").await;
    assert!(texts[0].contains("2026") || texts[0].contains("12月15日"), "{texts:?}");
    let report = plan_at(&clinic, "2027-01-29T10:00:00+08:00").await;
    assert_eq!((report.queued, report.calls), (0, 1));
    assert_eq!(open_calls(&clinic).await.len(), 1);
});

both!(one_email_tells_a_family_that_wants_email, |clinic| {
    let who = cleaned_on(&clinic, &["2026-06-15", "2026-06-15", "2026-06-15"]).await;
    let sharing = who.clone();
    clinic
        .sql(move |c| {
            // The third shares the address and wants texts: they are told by themselves.
            let shared = (p::email.eq("sun@clinic.example"), p::channel.eq("email"));
            diesel::update(p::table.filter(p::id.eq_any(sharing.clone())))
                .set(shared)
                .execute(c)?;
            diesel::update(p::table.find(sharing[1]))
                .set(p::name.eq("孙一"))
                .execute(c)?;
            let third = (p::name.eq("孙二"), p::channel.eq("sms"));
            diesel::update(p::table.find(sharing[2])).set(third).execute(c)?;
            Ok(())
        })
        .await;
    plan_at(&clinic, "2026-12-15T09:59:00+08:00").await;
    assert_eq!(plan_at(&clinic, "2026-12-15T10:00:00+08:00").await.queued, 2);
    dispatch(&clinic).await;
    let texts = bodies(&clinic, "recall").await;
    assert!(texts.iter().any(|t| t.contains("孙丽、孙一")), "{texts:?}");
    assert!(
        texts.iter().any(|t| t.contains("孙二") && !t.contains("孙丽")),
        "{texts:?}"
    );
});
