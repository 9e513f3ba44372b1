//! Rules, planning with a clock that moves (and jumps), recalls and their list.

use chairside::appointments::{self, Appointment, AppointmentId, Target};
use chairside::clinic::Service;
use chairside::outreach::{self, PlanReport, Recalls};
use chairside::patients::PatientId;
use chairside::platform::clock::{Instant, MINUTE_MS};
use chairside::platform::db::schema::{appointments as a, messages as m, patients as p, recalls as r, visits as v};
use chairside::records::{Visit, VisitObserver};
use chairside::staff::{Actor, Role};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Clinic, make_patient};

fn service<'a>(clinic: &'a Clinic, code: &str) -> &'a Service {
    clinic.sample.services.iter().find(|s| s.code == code).unwrap()
}
fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).unwrap()
}
/// Books with the first provider who does `code`.
async fn book(clinic: &Clinic, patient: PatientId, code: &str, time: &str) -> Appointment {
    let booking = appointments::Booking {
        patient,
        service: service(clinic, code).id,
        provider: None,
        starts_at: at(time),
        minutes: None,
        note: String::new(),
        source: "desk",
        tell: false,
    };
    appointments::book(&clinic.app.db, clinic.now(), Actor::system("test"), booking)
        .await
        .unwrap()
}
async fn plan(clinic: &Clinic) -> PlanReport {
    outreach::plan(&clinic.app.db, clinic.now()).await.unwrap()
}
async fn plan_at(clinic: &Clinic, time: &str) -> PlanReport {
    clinic.it_is(time);
    plan(clinic).await
}
async fn dispatch(clinic: &Clinic) {
    clinic.app.dispatcher().dispatch().await.unwrap();
}
#[derive(Debug, Clone, Queryable)]
struct Row {
    key: String,
    state: String,
    reason: Option<String>,
    body: Option<String>,
    subject_id: Option<i64>,
    due_at: Instant,
}
/// Reminders, recalls and greetings in the order they were queued (what booking itself sends is not looked at).
async fn rows(clinic: &Clinic) -> Vec<Row> {
    clinic
        .sql(|c| {
            Ok(m::table
                .filter(m::purpose.eq_any(["reminder", "recall", "birthday"]))
                .order(m::id)
                .select((m::dedupe_key, m::state, m::reason, m::body, m::subject_id, m::due_at))
                .load::<Row>(c)?)
        })
        .await
}
async fn keys(clinic: &Clinic) -> Vec<String> {
    let all = rows(clinic).await.into_iter().map(|row| row.key);
    all.filter(|key| !key.ends_with(":missed")).collect()
}
fn rule_id(list: &Value, code: &str) -> (i64, i64) {
    let rule = list.as_array().unwrap().iter().find(|x| x["code"] == code).unwrap();
    (rule["id"].as_i64().unwrap(), rule["version"].as_i64().unwrap())
}
async fn patch_rule(clinic: &Clinic, code: &str, mut change: Value) -> (u16, Value) {
    let api = clinic.api(Role::Manager).await;
    let (id, version) = rule_id(&api.get_json("/api/v1/rules").await.1, code);
    change["version"] = json!(version);
    api.patch_json(&format!("/api/v1/rules/{id}"), &change).await
}

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
            minutes: None,
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

both!(
    a_rule_that_is_changed_or_switched_on_does_not_fire_for_the_past,
    |clinic| {
        let who = make_patient(&clinic, "孙丽", "13900007731").await;
        book(&clinic, who, "filling", "2026-11-25T10:30:00+08:00").await;
        assert_eq!(
            patch_rule(&clinic, "reminder-day-before", json!({ "active": false }))
                .await
                .0,
            200
        );
        assert_eq!(plan_at(&clinic, "2026-11-24T18:00:00+08:00").await.queued, 0);
        clinic.minutes_pass(30);
        assert_eq!(
            patch_rule(&clinic, "reminder-day-before", json!({ "active": true }))
                .await
                .0,
            200
        );
        clinic.minutes_pass(1);
        assert_eq!(plan(&clinic).await.queued, 0);
        // Put off by an hour it is ahead again.
        let (status, rule) = patch_rule(&clinic, "reminder-day-before", json!({ "at_minute": 1140 })).await;
        assert_eq!(
            (status, &rule["when"]),
            (200, &json!("1 day before the visit at 19:00"))
        );
        assert_eq!(plan_at(&clinic, "2026-11-24T19:00:00+08:00").await.queued, 1);
        // And put off once more it does not fire twice.
        assert_eq!(
            patch_rule(&clinic, "reminder-day-before", json!({ "at_minute": 1170 }))
                .await
                .0,
            200
        );
        assert_eq!(plan_at(&clinic, "2026-11-24T19:30:00+08:00").await.queued, 0);
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
    let both = tokio::join!(outreach::plan(&clinic.app.db, now), outreach::plan(&other.app.db, now));
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
                .all(|x| x.state == "accepted" && x.key.ends_with(":2027"))
        );
        plan_at(&clinic, "2028-02-28T09:00:00+08:00").await;
        assert_eq!(plan_at(&clinic, "2028-02-29T09:00:00+08:00").await.queued, 1);
    }
);

/// A finished visit in the record.
async fn visit(clinic: &Clinic, patient: PatientId, code: &str, day: &str) -> Visit {
    let (service, day) = (service(clinic, code).clone(), day.parse::<chrono::NaiveDate>().unwrap());
    let (now, provider) = (clinic.now(), clinic.sample.providers[4].clone());
    clinic
        .sql(move |c| {
            let texts = (
                v::provider_name.eq(provider.name),
                v::service_name.eq(service.name),
                v::complaint.eq(""),
                v::diagnosis.eq(""),
                v::advice.eq(""),
                v::next_visit.eq(""),
                v::status.eq("finished"),
            );
            let rest = (
                v::patient_id.eq(patient),
                v::provider_id.eq(Some(provider.id)),
                v::service_id.eq(Some(service.id)),
                v::day.eq(day),
                v::started_at.eq(chairside::platform::clock::at_minute(
                    chrono_tz::Asia::Shanghai,
                    day,
                    600,
                )),
                v::version.eq(1_i64),
                v::created_at.eq(now),
                v::updated_at.eq(now),
            );
            Ok(diesel::insert_into(v::table)
                .values((texts, rest))
                .returning(v::all_columns)
                .get_result(c)?)
        })
        .await
}
async fn due(clinic: &Clinic) -> Vec<(i64, String, String)> {
    clinic
        .sql(|c| {
            let list: Vec<(i64, chrono::NaiveDate, String)> = r::table
                .order(r::id)
                .select((r::patient_id, r::due_on, r::state))
                .load(c)?;
            Ok(list
                .into_iter()
                .map(|(id, day, state)| (id, day.to_string(), state))
                .collect())
        })
        .await
}

both!(finished_visits_make_recalls_and_undo_takes_them_back, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let first = visit(&clinic, who, "cleaning", "2026-08-31").await;
    let now = clinic.now();
    let told = first.clone();
    clinic.sql(move |c| Recalls.finished(c, now, &told)).await;
    let of = |day: &str| vec![(who.0, day.to_owned(), "due".to_owned())];
    assert_eq!(due(&clinic).await, of("2027-02-28"));
    let second = visit(&clinic, who, "cleaning", "2026-11-23").await;
    let told = second.clone();
    clinic.sql(move |c| Recalls.finished(c, now, &told)).await;
    assert_eq!(due(&clinic).await, of("2027-05-23"));
    let told = first.clone();
    clinic.sql(move |c| Recalls.finished(c, now, &told)).await;
    assert_eq!(
        due(&clinic).await,
        of("2027-05-23"),
        "correcting an old visit does not set the clock back"
    );
    clinic.sql(move |c| Recalls.reopened(c, now, &second)).await;
    assert_eq!(due(&clinic).await, of("2027-02-28"));
    let drop_second = |c: &mut chairside::platform::db::Conn| {
        Ok(
            diesel::delete(v::table.filter(v::day.eq(chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap())))
                .execute(c)?,
        )
    };
    clinic.sql(drop_second).await;
    clinic.sql(move |c| Recalls.reopened(c, now, &first)).await;
    assert_eq!(due(&clinic).await, []);
    let filling = visit(&clinic, who, "check-up", "2026-11-23").await;
    clinic.sql(move |c| Recalls.finished(c, now, &filling)).await;
    assert_eq!(due(&clinic).await, [], "a service without a recall rule");
});

both!(
    history_gives_each_patient_and_service_its_latest_recall_and_twice_is_once,
    |clinic| {
        let (a, b) = (
            make_patient(&clinic, "孙丽", "13900007731").await,
            make_patient(&clinic, "王敏", "13900007732").await,
        );
        visit(&clinic, a, "cleaning", "2025-08-31").await;
        visit(&clinic, a, "cleaning", "2026-03-31").await;
        visit(&clinic, a, "filling", "2025-11-30").await;
        visit(&clinic, b, "cleaning", "2025-08-31").await;
        visit(&clinic, b, "check-up", "2026-08-31").await;
        let now = clinic.now();
        assert_eq!(clinic.sql(move |c| outreach::recalls_from_history(c, now)).await, 3);
        let mut list: Vec<_> = due(&clinic).await.into_iter().map(|(id, day, _)| (id, day)).collect();
        list.sort();
        let mut wanted = vec![
            (a.0, "2026-09-30".to_owned()),
            (a.0, "2026-11-30".to_owned()),
            (b.0, "2026-02-28".to_owned()),
        ];
        wanted.sort();
        assert_eq!(list, wanted);
        assert_eq!(clinic.sql(move |c| outreach::recalls_from_history(c, now)).await, 0);
    }
);

both!(
    a_recall_is_sent_six_months_after_the_cleaning_unless_booked_or_done,
    |clinic| {
        let mut who = Vec::new();
        for (i, name) in ["孙丽", "王敏", "赵一", "钱二"].iter().enumerate() {
            let id = make_patient(&clinic, name, &format!("1390000776{i}")).await;
            visit(&clinic, id, "cleaning", "2026-06-15").await;
            who.push(id);
        }
        let now = clinic.now();
        clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
        book(&clinic, who[1], "cleaning", "2026-12-21T09:00:00+08:00").await;
        let no_consent = who[3];
        clinic
            .sql(move |c| {
                Ok(diesel::update(p::table.find(no_consent))
                    .set(p::marketing.eq(false))
                    .execute(c)?)
            })
            .await;
        assert_eq!(plan_at(&clinic, "2026-12-15T09:59:00+08:00").await.queued, 0);
        let report = plan_at(&clinic, "2026-12-15T10:00:00+08:00").await;
        assert_eq!((report.queued, report.excluded), (2, 2));
        // Between queue and send one of the two books.
        book(&clinic, who[2], "cleaning", "2026-12-22T09:00:00+08:00").await;
        dispatch(&clinic).await;
        let list = rows(&clinic).await;
        let states: Vec<&str> = list.iter().map(|x| x.state.as_str()).collect();
        assert_eq!(states, ["accepted", "skipped"], "{list:?}");
        assert!(list[1].reason.as_deref().unwrap().contains("recall-booked"));
        assert!(list[0].key.contains(":2026-12-15:recall-due"), "{}", list[0].key);
    }
);

/// Three overdue recalls; gives the patients.
async fn overdue(clinic: &Clinic) -> Vec<PatientId> {
    let mut who = Vec::new();
    for (i, name) in ["孙丽", "王敏", "赵一"].iter().enumerate() {
        let id = make_patient(clinic, name, &format!("1390000777{i}")).await;
        visit(clinic, id, "cleaning", &format!("2026-03-1{i}")).await;
        who.push(id);
    }
    let now = clinic.now();
    clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
    who
}
async fn listed(api: &crate::support::Browser) -> Vec<Value> {
    let (status, list) = api.get_json("/api/v1/recalls").await;
    assert_eq!(status, 200, "{list}");
    list["items"].as_array().unwrap().clone()
}

both!(the_recall_list_is_worked_by_text_and_call, |clinic| {
    overdue(&clinic).await;
    let (desk, api) = (clinic.signed_in("desk").await, clinic.api(Role::FrontDesk).await);
    let page = desk.page("/recall?lang=zh").await;
    assert!(
        page.contains("孙丽") && page.contains("<b>10</b> 周") && page.contains("洁牙"),
        "{page}"
    );
    assert!(desk.page("/recall?lang=en").await.contains("Cleaning"));
    let list = listed(&api).await;
    let reads =
        "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'recalls' AND detail LIKE 'list of %'";
    assert_eq!(clinic.count(reads).await, 3, "two pages and the API");
    let id = |i: usize| list[i]["id"].as_i64().unwrap();
    let text = |i: usize| format!("/recall/{}/text", id(i));
    let call = |i: usize| format!("/recall/{}/call", id(i));
    assert_eq!(desk.post_form(&text(0), &[("version", "1")]).await.status(), 303);
    assert_eq!(
        desk.post_form(&text(0), &[("version", "1")]).await.status(),
        409,
        "pressed twice"
    );
    // A call: bad input is told and kept.
    let answer = desk.post_form(&call(1), &[("version", "1"), ("result", "later")]).await;
    assert_eq!(answer.status(), 422);
    let body = answer.text().await.unwrap();
    assert!(body.contains(r#"value="later" checked"#), "{body}");
    assert_eq!(
        desk.post_form(&call(1), &[("version", "1"), ("result", "nonsense")])
            .await
            .status(),
        422
    );
    let later = [("version", "1"), ("result", "later"), ("later", "2026-12-07")];
    let answer = desk.post_form(&call(1), &later).await;
    assert_eq!(answer.headers()["location"], "/recall?back=2026-12-07&done=later");
    assert!(
        desk.page("/recall?back=2026-12-07&done=later&lang=en")
            .await
            .contains("Back on Mon 7 Dec")
    );
    let declined = [("version", "1"), ("result", "declined")];
    assert_eq!(desk.post_form(&call(2), &declined).await.status(), 303);
    assert_eq!(listed(&api).await.len(), 0);
    assert!(desk.page("/recall?lang=en").await.contains("Everyone is up to date"));
    // The text is held for two minutes, then goes out.
    dispatch(&clinic).await;
    assert_eq!(rows(&clinic).await[0].state, "queued");
    clinic.minutes_pass(2);
    dispatch(&clinic).await;
    assert_eq!(rows(&clinic).await[0].state, "accepted");
    clinic.it_is("2026-12-07T10:00:00+08:00");
    let back = listed(&clinic.api(Role::FrontDesk).await).await;
    let attempts: Vec<_> = back
        .iter()
        .map(|x| (x["patient_name"].clone(), x["attempts"].clone()))
        .collect();
    assert_eq!(attempts, [(json!("孙丽"), json!(1)), (json!("王敏"), json!(1))]);
    let audited = "SELECT count(*) AS n FROM audit_log WHERE subject = 'recalls' AND action = 'contact'";
    assert_eq!(clinic.count(audited).await, 3);
});

both!(several_are_texted_after_a_preview_that_says_who_is_skipped, |clinic| {
    let who = overdue(&clinic).await;
    let calls = who[1];
    clinic
        .sql(move |c| {
            Ok(diesel::update(p::table.find(calls))
                .set(p::channel.eq("phone"))
                .execute(c)?)
        })
        .await;
    let (desk, api) = (clinic.signed_in("desk").await, clinic.api(Role::FrontDesk).await);
    let list = listed(&api).await;
    let ids: Vec<String> = list.iter().map(|x| x["id"].to_string()).collect();
    let query: Vec<String> = ids.iter().map(|id| format!("id={id}")).collect();
    let page = desk.page(&format!("/recall/preview?{}&lang=en", query.join("&"))).await;
    assert!(
        page.contains("2 patients will be texted") && page.contains("Wants to be called instead"),
        "{page}"
    );
    assert_eq!(rows(&clinic).await.len(), 0, "looking sends nothing");
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    let answer = desk.post_form("/recall/text", &form).await;
    assert_eq!(answer.headers()["location"], "/recall?texted=2");
    assert_eq!(rows(&clinic).await.len(), 2);
    assert_eq!(listed(&api).await.len(), 1);
    // Again: they were contacted already.
    assert_eq!(
        desk.post_form("/recall/text", &form).await.headers()["location"],
        "/recall?texted=0"
    );
    assert_eq!(rows(&clinic).await.len(), 2);
});

both!(a_message_of_a_rule_is_a_contact_like_one_of_the_desk, |clinic| {
    // Due on 25 October; the second rule writes 30 days later, at 10:00.
    let who = make_patient(&clinic, "孙丽", "13900007771").await;
    visit(&clinic, who, "cleaning", "2026-04-25").await;
    let now = clinic.now();
    clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
    let api = clinic.api(Role::FrontDesk).await;
    let before = listed(&api).await;
    assert_eq!((before.len(), &before[0]["attempts"]), (1, &json!(0)));
    assert_eq!(plan_at(&clinic, "2026-11-24T10:00:00+08:00").await.queued, 1);
    dispatch(&clinic).await;
    assert_eq!(rows(&clinic).await[0].state, "accepted");
    assert_eq!(listed(&api).await.len(), 0, "who was texted today is not offered again");
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
    assert_eq!(clinic.sql(move |c| outreach::count_due_recalls(c, today)).await, 0);
    let desk = clinic.signed_in("desk").await;
    let page = desk.page("/recall?lang=en").await;
    assert!(
        page.contains("<b>1</b> contacted in 7 days") && page.contains("back on Tue 8 Dec"),
        "{page}"
    );
    let text = format!("/recall/{}/text", before[0]["id"]);
    assert_eq!(desk.post_form(&text, &[("version", "1")]).await.status(), 409);
    // What could not be delivered was no contact.
    let state =
        |state: &'static str| clinic.sql(move |c| Ok(diesel::update(m::table).set(m::state.eq(state)).execute(c)?));
    state("failed").await;
    assert_eq!(listed(&api).await.len(), 1);
    state("delivered").await;
    clinic.it_is("2026-12-07T23:00:00+08:00");
    assert_eq!(listed(&api).await.len(), 0);
    clinic.it_is("2026-12-08T00:10:00+08:00");
    let back = listed(&api).await;
    assert_eq!(
        (&back[0]["attempts"], &back[0]["last_result"]),
        (&json!(1), &json!("texted"))
    );
    let desk = clinic.signed_in("desk").await;
    assert!(desk.page("/recall?attempts=1").await.contains("孙丽"));
    assert!(!desk.page("/recall?attempts=0").await.contains("孙丽"));
});

both!(a_rule_takes_only_templates_that_fit_what_it_does, |clinic| {
    let (status, answer) = patch_rule(&clinic, "birthday", json!({ "template": "visit-cancelled" })).await;
    assert_eq!(
        (status, &answer["errors"][0]["field"]),
        (422, &json!("template")),
        "{answer}"
    );
    let manager = clinic.signed_in("manager").await;
    let list = manager.page("/rules?lang=zh").await;
    assert!(list.contains("就诊前一天提醒") && !list.contains("<code>"), "{list}");
    assert!(list.contains(r#"href="/rules/new?kind=visit-finished""#));
    let api = clinic.api(Role::Manager).await;
    let (id, _) = rule_id(&api.get_json("/api/v1/rules").await.1, "birthday");
    let form = manager.page(&format!("/rules/{id}?lang=zh")).await;
    assert!(
        form.contains(r#"<option value="birthday" selected>生日祝福</option>"#) && !form.contains("visit-cancelled"),
        "{form}"
    );
});

both!(a_rule_is_added_writes_after_a_visit_and_is_removed, |clinic| {
    let manager = clinic.signed_in("manager").await;
    for (i, (code, time)) in [("filling", "09:00"), ("check-up", "09:45"), ("filling", "10:30")]
        .into_iter()
        .enumerate()
    {
        let who = make_patient(&clinic, "孙丽", &format!("1390000778{i}")).await;
        book(&clinic, who, code, &format!("2026-11-25T{time}:00+08:00")).await;
    }
    let filling = service(&clinic, "filling").id.to_string();
    let page = manager.page("/rules/new?kind=visit-finished&lang=zh").await;
    assert!(
        page.contains(r#"<option value="follow-up">术后随访</option>"#) && !page.contains(r#"value="birthday""#),
        "{page}"
    );
    let form = |name: &'static str, template: &'static str| {
        vec![
            ("kind", "visit-finished"),
            ("name", name),
            ("name_en", "After a filling"),
            ("service", filling.as_str()),
            ("days", "1"),
            ("side", "after"),
            ("at", "10:00"),
            ("window", "480"),
            ("template", template),
            ("priority", "5"),
            ("active", "1"),
        ]
    };
    for (name, template, field) in [("", "follow-up", "name"), ("补牙后", "birthday", "template")] {
        let answer = manager.post_form("/rules/new", &form(name, template)).await;
        assert_eq!(answer.status(), 422, "{field}");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains(&format!(r#"id="f-{field}-e""#)) && page.contains("After a filling"),
            "{page}"
        );
    }
    let made = manager
        .post_form("/rules/new?lang=en", &form("补牙后", "follow-up"))
        .await;
    let location = made.headers()["location"].to_str().unwrap().to_owned();
    let page = manager.page(&location).await;
    assert!(
        page.contains("Saved 10:42") && page.contains("1 day after the end of the visit at 10:00"),
        "{page}"
    );
    assert!(page.contains(r#"href="/settings" aria-current="page""#) && page.contains(r#"href="/rules""#));
    let list = manager.page("/rules").await;
    assert!(list.contains("After a filling") && list.contains("Follow-up"), "{list}");

    // Two of the three are finished, one of them a filling.
    let done = "2026-11-25T10:00:00+08:00";
    clinic
        .sql(move |c| {
            let early = a::table.filter(a::starts_at.lt(at(done)));
            Ok(diesel::update(early).set(a::status.eq("done")).execute(c)?)
        })
        .await;
    plan_at(&clinic, "2026-11-26T09:59:00+08:00").await;
    let sent = "SELECT count(*) AS n FROM messages WHERE purpose = 'follow-up' AND template = 'follow-up'";
    assert_eq!(clinic.count(sent).await, 0);
    plan_at(&clinic, "2026-11-26T10:00:00+08:00").await;
    plan(&clinic).await;
    assert_eq!(clinic.count(sent).await, 1);
    dispatch(&clinic).await;
    let told = "SELECT count(*) AS n FROM messages WHERE purpose = 'follow-up' AND state = 'accepted' AND body LIKE '%感觉如何%'";
    assert_eq!(clinic.count(told).await, 1);

    let manager = clinic.signed_in("manager").await;
    let path = location.split('?').next().unwrap();
    let stale = manager.post_form(&format!("{path}/remove"), &[("version", "7")]).await;
    assert_eq!(stale.status(), 409);
    let gone = manager.post_form(&format!("{path}/remove"), &[("version", "1")]).await;
    assert_eq!(gone.status(), 303);
    assert!(!manager.page("/rules?lang=en").await.contains("After a filling"));
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE subject = 'rules' AND action IN ('create', 'delete')")
            .await,
        2
    );
});

both!(who_has_an_appointment_for_it_is_not_on_the_list, |clinic| {
    let who = overdue(&clinic).await;
    let api = clinic.api(Role::FrontDesk).await;
    let booked = book(&clinic, who[0], "cleaning", "2026-12-10T09:00:00+08:00").await;
    assert_eq!(listed(&api).await.len(), 2);
    book(&clinic, who[1], "check-up", "2026-12-10T09:00:00+08:00").await;
    assert_eq!(listed(&api).await.len(), 2, "an appointment for something else");
    let now = clinic.now();
    appointments::cancel(&clinic.app.db, now, Actor::system("test"), (booked.id, 1), "")
        .await
        .unwrap();
    assert_eq!(listed(&api).await.len(), 3);
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    assert_eq!(clinic.sql(move |c| outreach::count_due_recalls(c, today)).await, 3);
    let filtered = api.get_json("/api/v1/recalls?weeks_over=11").await;
    assert_eq!(filtered.1["items"].as_array().unwrap().len(), 0);
    assert_eq!(api.get_json("/api/v1/recalls?limit=0").await.0, 422);
    assert_eq!(api.get_json("/api/v1/recalls?nonsense=1").await.0, 422);
    assert_eq!(clinic.api(Role::Doctor).await.get_json("/api/v1/recalls").await.0, 403);
});

both!(numbers_beyond_all_limits_are_faults_at_their_fields, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let (id, version) = rule_id(&api.get_json("/api/v1/rules").await.1, "reminder-day-before");
    let path = format!("/api/v1/rules/{id}");
    for (field, value) in [
        ("offset_days", json!(i32::MIN)),
        ("offset_minutes", json!(i32::MIN)),
        ("at_minute", json!(i32::MIN)),
        ("window_minutes", json!(i32::MIN)),
    ] {
        let (status, answer) = api
            .patch_json(&path, &json!({ "version": version, field: value }))
            .await;
        assert_eq!(status, 422, "{field} {answer}");
        assert!(
            answer["errors"][field].is_array() || answer["errors"].to_string().contains(field),
            "{field} {answer}"
        );
    }
    let (status, answer) = api.patch_json(&path, &json!({ "version": i64::MAX })).await;
    assert_eq!((status, answer["code"].as_str()), (409, Some("stale")), "{answer}");
    let desk = clinic.api(Role::FrontDesk).await;
    for weeks in [i64::MAX, i64::MIN, -1, 5201] {
        let (status, answer) = desk.get_json(&format!("/api/v1/recalls?weeks_over={weeks}")).await;
        assert_eq!(status, 422, "{answer}");
        assert!(answer["errors"].to_string().contains("weeks_over"), "{answer}");
    }
    assert_eq!(desk.get_json("/api/v1/recalls?weeks_over=5200").await.0, 200);
});

both!(rules_are_read_and_changed_in_plain_words, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    book(&clinic, who, "filling", "2026-11-25T10:30:00+08:00").await;
    let manager = clinic.signed_in("manager").await;
    let zh = manager.page("/rules?lang=zh").await;
    assert!(
        zh.contains("就诊前 1 天 18:00") && zh.contains("就诊前 2 小时") && zh.contains("复诊到期当天 10:00"),
        "{zh}"
    );
    assert!(
        zh.contains("11月24日 周二 18:00") && zh.contains("孙丽"),
        "the next days: {zh}"
    );
    let en = manager.page("/rules?lang=en").await;
    assert!(
        en.contains("1 day before the visit at 18:00") && en.contains("2 hours before the visit"),
        "{en}"
    );
    let api = clinic.api(Role::Manager).await;
    let (id, _) = rule_id(&api.get_json("/api/v1/rules").await.1, "reminder-day-before");
    let path = format!("/rules/{id}");
    let form = |at: &'static str, version: &'static str| {
        [
            ("version", version),
            ("days", "2"),
            ("side", "before"),
            ("at", at),
            ("minutes", "0"),
            ("window", "90"),
            ("template", "reminder-day-before"),
            ("priority", "3"),
            ("active", "1"),
        ]
    };
    let answer = manager.post_form(&path, &form("25:00", "1")).await;
    assert_eq!(answer.status(), 422);
    let body = answer.text().await.unwrap();
    assert!(
        body.contains("A time looks like 18:00") && body.contains(r#"value="2""#),
        "{body}"
    );
    assert_eq!(manager.post_form(&path, &form("17:30", "1")).await.status(), 303);
    assert_eq!(
        manager.post_form(&path, &form("17:00", "1")).await.status(),
        409,
        "somebody was faster"
    );
    assert!(
        manager
            .page("/rules?lang=en")
            .await
            .contains("2 days before the visit at 17:30")
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE subject = 'rules'")
            .await,
        1
    );
    for (change, status) in [
        (json!({ "priority": 10 }), 422),
        (json!({ "offset_days": i32::MIN }), 422),
        (json!({ "offset_minutes": i32::MIN }), 422),
        (
            json!({ "offset_days": i32::MAX, "offset_minutes": i32::MAX, "at_minute": null }),
            422,
        ),
        (json!({ "template": "nonsense" }), 422),
        (json!({ "at_minute": null, "offset_days": 1 }), 422),
        (json!({ "colour": "red" }), 422),
        (
            json!({ "at_minute": null, "offset_days": -1, "offset_minutes": -30 }),
            200,
        ),
    ] {
        let (got, answer) = patch_rule(&clinic, "reminder-day-before", change.clone()).await;
        assert_eq!(got, status, "{change} {answer}");
    }
    assert_eq!(clinic.signed_in("desk").await.get("/rules").await.status(), 403);
    assert_eq!(api.get_json("/api/v1/rules/999999").await.0, 404);
});

/// Small, repeatable chance.
struct Dice(u64);
impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
    fn minutes(&mut self, n: u64) -> i64 {
        i64::try_from(self.below(n)).unwrap()
    }
}

async fn get(clinic: &Clinic, id: i64) -> Appointment {
    clinic
        .sql(move |c| Ok(a::table.find(AppointmentId(id)).first(c)?))
        .await
}

/// Moves, cancels or confirms one visit at random. Conflicts and past visits are the clinic's own business.
async fn meddle(clinic: &Clinic, dice: &mut Dice, ids: &[i64], touched: &mut std::collections::BTreeSet<i64>) {
    let id = ids[usize::try_from(dice.below(ids.len() as u64)).unwrap()];
    let visit = get(clinic, id).await;
    let (db, now, actor) = (&clinic.app.db, clinic.now(), Actor::system("test"));
    let step = (visit.id, visit.version);
    match dice.below(4) {
        0 => drop(appointments::cancel(db, now, actor, step, "").await),
        1 => drop(appointments::confirm(db, now, actor, visit.id, visit.version).await),
        _ => {
            let old = visit.clone();
            let free = clinic.sql(move |c| appointments::next_free(c, now, &old, 300)).await;
            let Some(starts_at) = free.get(usize::try_from(dice.below(300)).unwrap()).copied() else {
                return;
            };
            let to = Target {
                starts_at,
                provider: None,
                minutes: None,
            };
            drop(appointments::reschedule(db, now, actor, step, to).await);
        }
    }
    touched.insert(id);
}

async fn a_month(clinic: Clinic, seed: u64) {
    let mut dice = Dice(seed);
    let mut ids = Vec::new();
    for i in 0..80_i64 {
        let who = make_patient(&clinic, "某人", &format!("139000{:05}", 10_000 + i)).await;
        let day = at("2026-11-24T09:00:00+08:00").plus_minutes(24 * 60 * (i / 3) + 15 * dice.minutes(28));
        let booking = appointments::Booking {
            patient: who,
            service: service(&clinic, if i % 2 == 0 { "check-up" } else { "cleaning" }).id,
            provider: None,
            starts_at: day,
            minutes: None,
            note: String::new(),
            source: "desk",
            tell: false,
        };
        if let Ok(visit) = appointments::book(&clinic.app.db, clinic.now(), Actor::system("test"), booking).await {
            ids.push(visit.id.0);
        }
    }
    assert!(ids.len() > 20);
    let end = at("2026-12-24T00:00:00+08:00");
    let (mut planned_at, mut sent, mut touched) = (
        Vec::new(),
        std::collections::BTreeSet::new(),
        std::collections::BTreeSet::new(),
    );
    let mut stopped = false;
    while clinic.now() < end {
        clinic.minutes_pass(5 + dice.minutes(80));
        if dice.one_in(40) {
            clinic.minutes_pass(-60);
        }
        if !stopped && dice.one_in(200) {
            stopped = true;
            clinic.minutes_pass(3 * 24 * 60);
        }
        planned_at.push(clinic.now());
        plan(&clinic).await;
        // Between queue and send people change their minds, sometimes about the very visit.
        let waiting: Vec<i64> = rows(&clinic)
            .await
            .iter()
            .filter(|x| x.state == "queued")
            .filter_map(|x| x.subject_id)
            .collect();
        if !waiting.is_empty() && dice.one_in(4) {
            meddle(&clinic, &mut dice, &waiting, &mut touched).await;
        } else if dice.one_in(60) {
            meddle(&clinic, &mut dice, &ids, &mut touched).await;
        }
        dispatch(&clinic).await;
        look_at_what_was_sent(&clinic, &mut sent).await;
    }
    nobody_was_forgotten(&clinic, &ids, &touched, &planned_at).await;
}

/// Everything sent since the last look is for a visit that stands, names its time, and was not sent before.
async fn look_at_what_was_sent(clinic: &Clinic, sent: &mut std::collections::BTreeSet<(i64, String, i64)>) {
    let fresh = rows(clinic).await;
    for row in fresh.iter().filter(|x| x.state == "accepted") {
        let id = row.subject_id.unwrap();
        let rule = row.key.rsplit(':').next().unwrap().to_owned();
        if sent
            .iter()
            .any(|(i, r, v)| *i == id && *r == rule && row.key.contains(&format!(":v{v}:")))
        {
            continue;
        }
        let version: i64 = row
            .key
            .split(":v")
            .nth(1)
            .unwrap()
            .split(':')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let visit = get(clinic, id).await;
        assert!(visit.status.is_planned(), "{row:?} of a visit that is {}", visit.status);
        let local = visit.starts_at.local(chrono_tz::Asia::Shanghai);
        let body = row.body.as_deref().unwrap();
        assert!(
            body.contains(&local.format("%H:%M").to_string()),
            "{body} but the visit is at {local}"
        );
        let day_after = chairside::platform::clock::plus_days(row.due_at.day(chrono_tz::Asia::Shanghai), 1);
        let of_now = match rule.as_str() {
            "reminder-2-hours" => row.due_at.plus_minutes(120) == visit.starts_at,
            _ => day_after == local.date(),
        };
        assert!(of_now, "{row:?} but the visit is at {local}");
        // One for each rule and placing: the same visit, rule and local date never twice.
        let same_day = clinic
            .sql(move |c| {
                let list: Vec<(String, Instant)> = m::table
                    .filter(m::subject.eq("appointment").and(m::subject_id.eq(id)))
                    .filter(m::purpose.eq("reminder").and(m::state.eq("accepted")))
                    .select((m::dedupe_key, m::due_at))
                    .load(c)?;
                Ok(list)
            })
            .await;
        let mut days: Vec<_> = same_day
            .iter()
            .filter(|(key, _)| key.ends_with(&rule))
            .map(|(_, due)| due.day(chrono_tz::Asia::Shanghai))
            .collect();
        let n = days.len();
        days.sort();
        days.dedup();
        assert!(n == days.len() || rule == "reminder-2-hours", "{same_day:?}");
        sent.insert((id, rule, version));
    }
}

/// Each visit that nobody touched got each reminder for whose window the planner ran.
async fn nobody_was_forgotten(
    clinic: &Clinic,
    ids: &[i64],
    touched: &std::collections::BTreeSet<i64>,
    planned_at: &[Instant],
) {
    let keys = keys(clinic).await;
    let mut checked = 0;
    for id in ids.iter().filter(|id| !touched.contains(id)) {
        let visit = get(clinic, *id).await;
        let zone = chrono_tz::Asia::Shanghai;
        let day_before = chairside::platform::clock::plus_days(visit.starts_at.day(zone), -1);
        let evening = chairside::platform::clock::at_minute(zone, day_before, 1080);
        for (rule, due, until) in [
            ("reminder-day-before", evening, evening + 120 * MINUTE_MS),
            (
                "reminder-2-hours",
                visit.starts_at.plus_minutes(-120),
                visit.starts_at.plus_minutes(-60),
            ),
        ] {
            let key = format!("appointment:{id}:v1:{rule}");
            let could = planned_at
                .iter()
                .any(|t| due <= *t && *t < until && due >= visit.created_at);
            assert_eq!(keys.contains(&key), could, "{key} due {due}");
            assert!(keys.iter().filter(|k| **k == key).count() <= 1);
            checked += 1;
        }
    }
    assert!(checked > 10 && touched.len() > 5, "{checked} {}", touched.len());
}

both!(a_month_of_clock_jumps_neither_forgets_nor_repeats, |clinic| {
    a_month(clinic, 7).await;
});
both!(another_month_of_clock_jumps, |clinic| {
    a_month(clinic, 2026).await;
});
both!(a_third_month_of_clock_jumps, |clinic| {
    a_month(clinic, 424_242).await;
});
