//! Reminders and greetings: who is due when.

use chairside::appointments::{self, AppointmentId, Target};
use chairside::outreach::{self, PlanReport};
use chairside::platform::db::schema::patients as p;
use chairside::staff::{Actor, Role};
use diesel::prelude::*;
use serde_json::json;

use super::{Row, at, book, dispatch, keys, patch_rule, plan, plan_at, rows, rule_id};
use crate::both;
use crate::support::make_patient;

both!(
    a_visit_is_reminded_of_at_18_the_day_before_and_2_hours_before,
    |clinic| {
        let patient = make_patient(&clinic, "孙丽", "13900007731").await;
        let visit = book(&clinic, patient, "filling", "2026-11-25T10:30:00+08:00").await;
        assert_eq!(plan_at(&clinic, "2026-11-24T17:59:59+08:00").await.queued, 0);
        assert_eq!(plan_at(&clinic, "2026-11-24T18:00:00+08:00").await.queued, 1);
        assert_eq!(plan(&clinic).await.queued, 0);
        assert_eq!(plan_at(&clinic, "2026-11-24T18:01:00+08:00").await.queued, 0);
        dispatch(&clinic).await;
        assert_eq!(plan_at(&clinic, "2026-11-25T08:30:00+08:00").await.queued, 1);
        dispatch(&clinic).await;
        let rows = rows(&clinic).await;
        let keys: Vec<_> = rows.iter().map(|x| x.key.clone()).collect();
        assert_eq!(
            keys,
            [
                format!("appointment:{}:v1:reminder-day-before", visit.id),
                format!("appointment:{}:v1:reminder-2-hours", visit.id)
            ]
        );
        for row in &rows {
            assert_eq!(row.state, "accepted", "{row:?}");
            let body = row.body.as_deref().unwrap();
            assert!(
                body.contains("10:30") && body.contains("孙丽") && body.contains("/v/"),
                "{body}"
            );
            assert!(!body.contains("补牙"), "the treatment is nobody's business: {body}");
        }
        assert!(rows[0].body.as_deref().unwrap().contains("11月25日 周三"));
    }
);

both!(a_late_booking_gets_only_what_is_still_ahead, |clinic| {
    let patient = make_patient(&clinic, "孙丽", "13900007731").await;
    let other = make_patient(&clinic, "王敏", "13900007732").await;
    plan_at(&clinic, "2026-11-24T18:30:00+08:00").await;
    let late = book(&clinic, patient, "check-up", "2026-11-25T10:30:00+08:00").await;
    book(&clinic, other, "check-up", "2026-11-25T09:00:00+08:00").await;
    assert_eq!(plan(&clinic).await.queued, 0);
    // In the clinic at 7:30 a booking for 8:45 is past both reminders.
    plan_at(&clinic, "2026-11-25T07:30:00+08:00").await;
    let same_day = make_patient(&clinic, "赵一", "13900007733").await;
    book(&clinic, same_day, "filling", "2026-11-25T08:45:00+08:00").await;
    plan_at(&clinic, "2026-11-25T08:30:00+08:00").await;
    let keys = keys(&clinic).await;
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(keys.contains(&format!("appointment:{}:v1:reminder-2-hours", late.id)));
    assert!(keys.iter().all(|k| k.ends_with("reminder-2-hours")), "{keys:?}");
});

both!(
    confirming_changes_nothing_moving_starts_anew_cancelling_ends,
    |clinic| {
        let db = &clinic.app.db;
        let desk = || Actor::system("test");
        let who = make_patient(&clinic, "孙丽", "13900007731").await;
        let moved = book(&clinic, who, "filling", "2026-11-25T10:30:00+08:00").await;
        let who = make_patient(&clinic, "王敏", "13900007732").await;
        let gone = book(&clinic, who, "ortho-adjust", "2026-11-25T10:30:00+08:00").await;
        let who = make_patient(&clinic, "赵一", "13900007733").await;
        let firm = book(&clinic, who, "cleaning", "2026-11-25T10:30:00+08:00").await;
        assert_eq!(plan_at(&clinic, "2026-11-24T18:00:00+08:00").await.queued, 3);
        let to = Target {
            starts_at: at("2026-11-26T10:30:00+08:00"),
            provider: None,
            chair: None,
            minutes: None,
            overbook: None,
        };
        appointments::reschedule(db, clinic.now(), desk(), (moved.id, 1), to)
            .await
            .unwrap();
        appointments::cancel(db, clinic.now(), desk(), (gone.id, 1), "")
            .await
            .unwrap();
        appointments::confirm(db, clinic.now(), desk(), firm.id, 1)
            .await
            .unwrap();
        dispatch(&clinic).await;
        clinic.minutes_pass(2);
        assert_eq!(
            plan(&clinic).await.queued,
            0,
            "a confirmed visit is not reminded of twice"
        );
        let of = |list: &[Row], id: AppointmentId| -> Vec<(String, String)> {
            let of_it = list.iter().filter(|x| x.subject_id == Some(id.0));
            of_it
                .map(|x| (x.state.clone(), x.reason.clone().unwrap_or_default()))
                .collect()
        };
        let list = rows(&clinic).await;
        assert_eq!(of(&list, firm.id)[0].0, "accepted", "{list:?}");
        for (id, why) in [(moved.id, "moved"), (gone.id, "cancelled")] {
            let found = of(&list, id);
            assert!(
                found.len() == 1 && found[0].0 == "skipped" && found[0].1.contains(why),
                "{found:?}"
            );
        }
        plan_at(&clinic, "2026-11-25T18:00:00+08:00").await;
        dispatch(&clinic).await;
        let list = rows(&clinic).await;
        assert_eq!(of(&list, moved.id)[1].0, "accepted");
        assert!(
            list.iter()
                .any(|x| x.key == format!("appointment:{}:v2:reminder-day-before", moved.id))
        );
    }
);

both!(
    after_downtime_what_is_too_late_is_counted_and_the_newest_reminder_wins,
    |clinic| {
        let who = make_patient(&clinic, "孙丽", "13900007731").await;
        book(&clinic, who, "filling", "2026-11-25T10:30:00+08:00").await;
        let who = make_patient(&clinic, "王敏", "13900007732").await;
        let ahead = book(&clinic, who, "filling", "2026-11-27T10:30:00+08:00").await;
        plan(&clinic).await;
        // Off from Monday to Friday 9:00: both reminders of Wednesday's visit and the first of Friday's are past their windows.
        let report = plan_at(&clinic, "2026-11-27T09:00:00+08:00").await;
        assert_eq!((report.queued, report.missed), (1, 3), "{report:?}");
        assert_eq!(
            keys(&clinic).await,
            [format!("appointment:{}:v1:reminder-2-hours", ahead.id)]
        );
        assert_eq!(plan(&clinic).await, PlanReport::default());
        // The clerk sees what did not go out, and why.
        let missed: Vec<_> = rows(&clinic)
            .await
            .into_iter()
            .filter(|row| row.reason.as_deref() == Some("missed"))
            .collect();
        assert!(
            missed.len() == 3 && missed.iter().all(|row| row.state == "skipped"),
            "{missed:?}"
        );
        // With a patient window both are due at once: one message, the later one.
        let (status, answer) = patch_rule(&clinic, "reminder-day-before", json!({ "window_minutes": 1440 })).await;
        assert_eq!(status, 200, "{answer}");
        let who = make_patient(&clinic, "赵一", "13900007733").await;
        let monday = book(&clinic, who, "filling", "2026-11-30T10:30:00+08:00").await;
        plan_at(&clinic, "2026-11-30T08:45:00+08:00").await;
        let keys = keys(&clinic).await;
        let of_it: Vec<_> = keys
            .iter()
            .filter(|k| k.starts_with(&format!("appointment:{}:", monday.id)))
            .collect();
        assert_eq!(of_it, [&format!("appointment:{}:v1:reminder-2-hours", monday.id)]);
    }
);

both!(two_instances_and_clocks_set_back_queue_each_message_once, |clinic| {
    for (i, time) in ["09:00", "09:45", "10:30", "11:15"].iter().enumerate() {
        let who = make_patient(&clinic, "某人", &format!("1390000774{i}")).await;
        book(&clinic, who, "cleaning", &format!("2026-11-25T{time}:00+08:00")).await;
    }
    let other = clinic.another_instance().await;
    clinic.it_is("2026-11-24T18:00:00+08:00");
    let now = clinic.now();
    let both = tokio::join!(
        outreach::plan(&clinic.app.db, now, &clinic.app.config.dispatch),
        outreach::plan(&other.app.db, now, &other.app.config.dispatch)
    );
    assert_eq!(both.0.unwrap().queued + both.1.unwrap().queued, 4);
    clinic.minutes_pass(-60);
    assert_eq!(plan(&clinic).await.queued, 0);
    for _ in 0..8 {
        clinic.minutes_pass(10);
        assert_eq!(plan(&clinic).await.queued, 0);
    }
});

both!(
    birthdays_are_greeted_once_a_year_in_common_years_on_28_february,
    |clinic| {
        for (i, (day, month_day, marketing)) in [
            ("1992-02-29", 229, true),
            ("1980-02-28", 228, true),
            ("1980-02-28", 228, false),
            ("1980-03-01", 301, true),
        ]
        .into_iter()
        .enumerate()
        {
            let id = make_patient(&clinic, "某人", &format!("1390000775{i}")).await;
            let day: chrono::NaiveDate = day.parse().unwrap();
            clinic
                .sql(move |c| {
                    Ok(diesel::update(p::table.find(id))
                        .set((
                            p::birth_date.eq(day),
                            p::birth_month_day.eq(month_day),
                            p::marketing.eq(marketing),
                        ))
                        .execute(c)?)
                })
                .await;
        }
        plan_at(&clinic, "2027-02-28T08:59:00+08:00").await;
        assert_eq!(keys(&clinic).await.len(), 0);
        let report = plan_at(&clinic, "2027-02-28T09:00:00+08:00").await;
        assert_eq!((report.queued, report.excluded), (2, 1));
        dispatch(&clinic).await;
        assert!(
            rows(&clinic)
                .await
                .iter()
                .all(|x| x.state == "accepted" && x.key.ends_with(":2027:birthday"))
        );
        plan_at(&clinic, "2028-02-28T09:00:00+08:00").await;
        assert_eq!(plan_at(&clinic, "2028-02-29T09:00:00+08:00").await.queued, 1);
    }
);

both!(minors_get_no_greeting_while_no_guardian_is_on_record, |clinic| {
    for (i, born) in ["2008-11-24", "2008-11-25", "2009-11-24", "2020-11-24"]
        .into_iter()
        .enumerate()
    {
        let id = make_patient(&clinic, "某人", &format!("1390000776{i}")).await;
        let (born, month_day): (chrono::NaiveDate, i32) = (born.parse().unwrap(), if i == 1 { 1125 } else { 1124 });
        clinic
            .sql(move |c| {
                let row = diesel::update(p::table.find(id));
                Ok(row
                    .set((p::birth_date.eq(born), p::birth_month_day.eq(month_day)))
                    .execute(c)?)
            })
            .await;
    }
    let report = plan_at(&clinic, "2026-11-24T09:00:00+08:00").await;
    assert_eq!((report.queued, report.excluded), (1, 2), "who turns 18 is of age");
    // Found to be under age only after queueing: asked again before sending.
    clinic
        .sql(|c| {
            let all = diesel::update(p::table.filter(p::birth_month_day.eq(1124)));
            Ok(all
                .set(p::birth_date.eq("2009-11-24".parse::<chrono::NaiveDate>().ok()))
                .execute(c)?)
        })
        .await;
    dispatch(&clinic).await;
    assert_eq!(rows(&clinic).await[0].state, "skipped");
});

both!(who_said_no_to_texts_is_reminded_by_email_or_told_of_ahead, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let silent = make_patient(&clinic, "王敏", "13900007732").await;
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::consents as x;
            let mail = p::email.eq("sun@clinic.example");
            diesel::update(p::table.find(who)).set(mail).execute(c)?;
            for id in [who, silent] {
                for (granted, at) in [(true, 1_i64), (false, 2)] {
                    let row = (x::patient_id.eq(id), x::channel.eq("sms"), x::purpose.eq("care"));
                    let rest = (x::granted.eq(granted), x::how.eq("desk"), x::at.eq(at));
                    diesel::insert_into(x::table).values((row, rest)).execute(c)?;
                }
            }
            Ok(())
        })
        .await;
    book(&clinic, who, "filling", "2026-11-25T10:30:00+08:00").await;
    book(&clinic, silent, "ortho-adjust", "2026-11-25T10:30:00+08:00").await;
    let api = clinic.api(Role::Manager).await;
    // By text first is by email, where there are no texts.
    let (status, _) = patch_rule(&clinic, "reminder-day-before", json!({ "channels": "sms-first" })).await;
    assert_eq!(status, 200);
    let (id, _) = rule_id(&api.get_json("/api/v1/rules").await.1, "reminder-day-before");
    let seen = api.get_json(&format!("/api/v1/rules/{id}/preview?lang=en")).await.1;
    assert_eq!(
        (&seen["goes"], &seen["reasons"][0]["reason"]),
        (&json!(1), &json!("refuses-way")),
        "{seen}"
    );
    plan_at(&clinic, "2026-11-24T18:00:00+08:00").await;
    dispatch(&clinic).await;
    let list = rows(&clinic).await;
    let states: Vec<(&str, Option<&str>)> = list.iter().map(|x| (x.state.as_str(), x.reason.as_deref())).collect();
    assert_eq!(
        states,
        [("accepted", None), ("skipped", Some("refuses-sms"))],
        "{list:?}"
    );
    let mailed =
        "SELECT count(*) AS n FROM messages WHERE purpose = 'reminder' AND state = 'accepted' AND channel = 'email'";
    assert_eq!(clinic.count(mailed).await, 1);
});
