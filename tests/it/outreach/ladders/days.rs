//! Festivals, birthdays in either calendar, the clinic's own days, dates on the record, thanks for a referral.

use chairside::patients::PatientId;
use chairside::platform::clock::Instant;
use chairside::platform::db::schema::{messages as m, patients as p};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::super::{dispatch, plan, plan_at};
use super::{bodies, made, on};
use crate::both;
use crate::support::{Clinic, make_patient};

async fn born(clinic: &Clinic, who: PatientId, day: &str, lunar: bool) {
    let day: chrono::NaiveDate = day.parse().unwrap();
    let month_day: i32 = day.format("%m%d").to_string().parse().unwrap();
    clinic
        .sql(move |c| {
            let set = (
                p::birth_date.eq(day),
                p::birth_month_day.eq(month_day),
                p::lunar_birthday.eq(lunar),
            );
            Ok(diesel::update(p::table.find(who)).set(set).execute(c)?)
        })
        .await;
}

both!(birthdays_are_greeted_in_the_calendar_in_which_they_are_kept, |clinic| {
    // Both were born on the 15th of the 8th lunar month of 1960, 5 October.
    let lunar = make_patient(&clinic, "孙丽", "13900007751").await;
    let solar = make_patient(&clinic, "王敏", "13900007752").await;
    born(&clinic, lunar, "1960-10-05", true).await;
    born(&clinic, solar, "1960-10-05", false).await;
    // In 2027 that day is 15 September.
    plan_at(&clinic, "2027-09-15T08:00:00+08:00").await;
    assert_eq!(plan_at(&clinic, "2027-09-15T09:00:00+08:00").await.queued, 1);
    plan_at(&clinic, "2027-10-05T08:00:00+08:00").await;
    assert_eq!(plan_at(&clinic, "2027-10-05T09:00:00+08:00").await.queued, 1);
    let keys: Vec<String> = made(&clinic, "birthday").await.into_iter().map(|x| x.0).collect();
    let missed = |k: &&String| !k.ends_with(":missed");
    let keys: Vec<&String> = keys.iter().filter(missed).collect();
    let expected = [
        format!("birthday:{lunar}:lunar-2027:birthday"),
        format!("birthday:{solar}:2027:birthday"),
    ];
    assert_eq!(keys, expected.iter().collect::<Vec<_>>());
    // The record says so, and the form keeps it.
    let desk = clinic.signed_in("desk").await;
    assert!(
        desk.page(&format!("/patients/{lunar}?lang=zh"))
            .await
            .contains("过农历生日")
    );
    let api = clinic.api(Role::FrontDesk).await;
    let (_, patient) = api.get_json(&format!("/api/v1/patients/{lunar}")).await;
    assert_eq!(patient["lunar_birthday"], json!(true));
    let change = json!({ "version": patient["version"], "lunar_birthday": false });
    let (status, patient) = api.patch_json(&format!("/api/v1/patients/{lunar}"), &change).await;
    assert_eq!((status, &patient["lunar_birthday"]), (200, &json!(false)), "{patient}");
});

both!(a_festival_greets_everybody_who_welcomes_it_over_two_hours, |clinic| {
    let mut who = Vec::new();
    for n in 0..5 {
        who.push(make_patient(&clinic, "孙丽", &format!("1390000776{n}")).await);
    }
    let (child, no) = (who[3], who[4]);
    born(&clinic, child, "2015-01-01", false).await;
    clinic
        .sql(move |c| {
            Ok(diesel::update(p::table.find(no))
                .set(p::marketing.eq(false))
                .execute(c)?)
        })
        .await;
    on(&clinic, "greeting-spring-festival", json!({})).await;
    let manager = clinic.signed_in("manager").await;
    let days = manager.page("/rules/days?lang=en").await;
    assert!(
        days.contains("the Spring Festival") && days.contains("6 Feb 2027"),
        "{days}"
    );
    // 6 February 2027 is the first day of the first month.
    let mut queued = 0;
    clinic.it_is("2027-02-06T08:59:00+08:00");
    for _ in 0..130 {
        queued += plan(&clinic).await.queued;
        clinic.minutes_pass(1);
    }
    assert_eq!(queued, 3);
    let due = clinic
        .sql(|c| {
            let queued = m::table.filter(m::purpose.eq("greeting").and(m::state.eq("queued")));
            Ok(queued.select(m::due_at).distinct().load::<Instant>(c)?)
        })
        .await;
    assert_eq!(due.len(), 3, "each at their own minute: {due:?}");
    dispatch(&clinic).await;
    assert!(bodies(&clinic, "greeting").await[0].contains("祝您春节快乐"));
    assert_eq!(plan_at(&clinic, "2027-02-07T09:00:00+08:00").await.queued, 0);
});

both!(a_festival_greets_each_once_whatever_comes_between, |clinic| {
    let crowd = async |from: u32, until: u32| {
        for n in from..until {
            make_patient(&clinic, "孙丽", &format!("13900{n:06}")).await;
        }
    };
    crowd(0, 250).await;
    on(&clinic, "greeting-spring-festival", json!({})).await;
    clinic.it_is("2027-02-06T08:59:00+08:00");
    let over = Instant::parse_rfc3339("2027-02-06T11:20:00+08:00").unwrap();
    let mut minutes = [1, 1, 1, 7, 1, 23].into_iter().cycle();
    for round in 0.. {
        match round {
            // Others come, so that ids reach twice as far; the program is down for an hour.
            5 => crowd(250, 500).await,
            9 => clinic.minutes_pass(60),
            _ => {}
        }
        plan(&clinic).await;
        clinic.minutes_pass(minutes.next().unwrap());
        if clinic.now() > over {
            break;
        }
    }
    let told = clinic
        .sql(|c| {
            let all = m::table.filter(m::purpose.eq("greeting"));
            let keys = all.select(m::dedupe_key).distinct().load::<String>(c)?.len();
            let who = all.select(m::patient_id).distinct().load::<Option<PatientId>>(c)?.len();
            Ok((all.count().get_result::<i64>(c)?, keys, who))
        })
        .await;
    assert_eq!(told, (500, 500, 500), "messages, of so many occurrences, to so many");
});

both!(the_clinics_own_day_is_added_used_and_kept_while_it_is, |clinic| {
    let manager = clinic.signed_in("manager").await;
    let wrong = [
        ("name", "周年"),
        ("name_en", ""),
        ("calendar", "lunar"),
        ("month", "13"),
        ("day", "1"),
    ];
    let answer = manager.post_form("/rules/days/new?lang=en", &wrong).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains(r#"id="f-month-e""#) && page.contains(r#"id="f-name_en-e""#) && page.contains("周年"),
        "{page}"
    );
    let right = [
        ("name", "周年"),
        ("name_en", "our birthday"),
        ("calendar", "once"),
        ("on_date", "2026-12-01"),
    ];
    assert_eq!(manager.post_form("/rules/days/new", &right).await.status(), 303);
    let id = clinic
        .count("SELECT id AS n FROM occasions WHERE code LIKE 'own-%'")
        .await;
    let rule = [
        ("kind", "occasion"),
        ("name", "周年"),
        ("name_en", "Our birthday"),
        ("occasion", ""),
        ("days", "0"),
        ("side", "before"),
        ("at", "09:00"),
        ("window", "600"),
        ("template", "greeting"),
        ("priority", "8"),
        ("active", "1"),
    ];
    let answer = manager.post_form("/rules/new", &rule).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains(r#"id="f-occasion-e""#));
    let id_text = id.to_string();
    let rule = rule.map(|(k, v)| if k == "occasion" { (k, id_text.as_str()) } else { (k, v) });
    assert_eq!(manager.post_form("/rules/new", &rule).await.status(), 303);
    make_patient(&clinic, "孙丽", "13900007731").await;
    clinic.it_is("2026-12-01T08:59:00+08:00");
    plan(&clinic).await;
    assert_eq!(plan_at(&clinic, "2026-12-01T11:00:00+08:00").await.queued, 1);
    let manager = clinic.signed_in("manager").await;
    let stays = manager.post_form(&format!("/rules/days/{id}/remove"), &[]).await;
    assert_eq!(stays.status(), 409);
});

both!(a_kind_of_date_stays_while_a_rule_counts_from_it, |clinic| {
    let manager = clinic.signed_in("manager").await;
    let kind = [("name", "戴牙套纪念日"), ("name_en", "Braces"), ("yearly", "1")];
    assert_eq!(manager.post_form("/settings/dates", &kind).await.status(), 303);
    let kind_id = clinic.count("SELECT id AS n FROM date_kinds").await.to_string();
    let rule = [
        ("kind", "record-date"),
        ("name", "纪念日"),
        ("name_en", "Day"),
        ("date_kind", &kind_id),
        ("days", "0"),
        ("side", "before"),
        ("at", "09:00"),
        ("window", "600"),
        ("template", "greeting"),
        ("priority", "8"),
    ];
    assert_eq!(manager.post_form("/rules/new", &rule).await.status(), 303);
    let remove = format!("/settings/dates/{kind_id}/remove");
    let stays = manager.post_form(&remove, &[]).await;
    assert_eq!(stays.status(), 409);
    assert!(stays.text().await.unwrap().contains("有患者或规则在使用"));
    let rule_id = clinic.count("SELECT MAX(id) AS n FROM rules").await;
    let gone = manager
        .post_form(&format!("/rules/{rule_id}/remove"), &[("version", "1")])
        .await;
    assert_eq!(gone.status(), 303);
    assert_eq!(manager.post_form(&remove, &[]).await.status(), 303);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM date_kinds").await, 0);
});

both!(dates_on_the_record_and_thanks_for_a_referral, |clinic| {
    let manager = clinic.signed_in("manager").await;
    let kind = [("name", "戴牙套纪念日"), ("name_en", "Braces"), ("yearly", "1")];
    assert_eq!(manager.post_form("/settings/dates", &kind).await.status(), 303);
    let kind_id = clinic.count("SELECT id AS n FROM date_kinds").await.to_string();
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let other = make_patient(&clinic, "王敏", "13900007732").await;
    let desk = clinic.signed_in("desk").await;
    let path = format!("/patients/{who}/dates");
    let answer = desk.post_form(&path, &[("kind", &kind_id), ("day", "昨天")]).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains("昨天"));
    assert_eq!(
        desk.post_form(&path, &[("kind", &kind_id), ("day", "2024-12-03")])
            .await
            .status(),
        303
    );
    assert!(
        desk.page(&format!("/patients/{who}?lang=zh"))
            .await
            .contains("戴牙套纪念日")
    );
    assert_eq!(
        manager
            .post_form(&format!("/settings/dates/{kind_id}/remove"), &[])
            .await
            .status(),
        409
    );
    let rule = [
        ("kind", "record-date"),
        ("name", "纪念日"),
        ("name_en", "Day"),
        ("date_kind", &kind_id),
        ("days", "0"),
        ("side", "before"),
        ("at", "09:00"),
        ("window", "600"),
        ("template", "greeting"),
        ("priority", "8"),
        ("active", "1"),
    ];
    assert_eq!(manager.post_form("/rules/new", &rule).await.status(), 303);
    // Who sent whom: by chart number, and nobody sends themselves.
    let number = clinic
        .sql(move |c| Ok(p::table.find(who).select(p::chart_no).first::<String>(c)?))
        .await;
    let refer = format!("/patients/{other}/referrer");
    assert_eq!(desk.post_form(&refer, &[("referred_by", "没有")]).await.status(), 422);
    assert_eq!(
        desk.post_form(&format!("/patients/{who}/referrer"), &[("referred_by", &number)])
            .await
            .status(),
        422
    );
    assert_eq!(desk.post_form(&refer, &[("referred_by", &number)]).await.status(), 303);
    on(&clinic, "referral-thanks", json!({})).await;
    clinic.it_is("2026-11-24T09:59:00+08:00");
    plan(&clinic).await;
    let report = plan_at(&clinic, "2026-11-24T10:00:00+08:00").await;
    assert_eq!(report.queued, 1, "{report}");
    clinic.it_is("2026-12-03T08:59:00+08:00");
    plan(&clinic).await;
    assert_eq!(plan_at(&clinic, "2026-12-03T09:00:00+08:00").await.queued, 1);
    dispatch(&clinic).await;
    assert!(bodies(&clinic, "greeting").await[0].contains("戴牙套纪念日"));
    let thanks = made(&clinic, "thanks").await;
    assert_eq!(thanks[0].0, format!("referral:{other}:referral-thanks"));
});
