//! Rules beyond reminders: ladders of steps and what ends them, festivals and lunar birthdays, dates, plans, thanks, hold-out.

use chairside::platform::db::schema::{appointments as a, call_tasks as t, messages as m, patients as p, recalls as r};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{book, dispatch, patch_rule, plan, plan_at, rule_id, service, visit};
use crate::both;
use crate::support::{Clinic, make_patient};

/// Key, state and reason of what was made for a purpose, in order.
async fn made(clinic: &Clinic, purpose: &'static str) -> Vec<(String, String, Option<String>)> {
    clinic
        .sql(move |c| {
            Ok(m::table
                .filter(m::purpose.eq(purpose))
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
async fn on_a_ladder(clinic: &Clinic) -> Vec<chairside::patients::PatientId> {
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
    assert!(keys.iter().all(|k| k.ends_with("recall-due/2")), "{keys:?}");
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

both!(a_missed_visit_is_followed_up_unless_booked_again, |clinic| {
    on(&clinic, "missed-visit", json!({})).await;
    let mut who = Vec::new();
    for (n, time) in ["09:00", "09:45", "10:30"].into_iter().enumerate() {
        let id = make_patient(&clinic, "孙丽", &format!("1390000774{n}")).await;
        book(&clinic, id, "check-up", &format!("2026-11-25T{time}:00+08:00")).await;
        who.push(id);
    }
    clinic.it_is("2026-11-25T18:00:00+08:00");
    clinic
        .sql(|c| Ok(diesel::update(a::table).set(a::status.eq("no-show")).execute(c)?))
        .await;
    book(&clinic, who[1], "check-up", "2026-12-02T09:00:00+08:00").await;
    assert_eq!(plan_at(&clinic, "2026-11-26T10:00:00+08:00").await.queued, 2);
    // Booked between the plan and the send.
    book(&clinic, who[2], "check-up", "2026-12-02T09:45:00+08:00").await;
    dispatch(&clinic).await;
    let all = made(&clinic, "missed").await;
    assert_eq!(
        (all[0].1.as_str(), all[1].1.as_str()),
        ("accepted", "skipped"),
        "{all:?}"
    );
    assert!(all[1].2.as_deref().unwrap().starts_with("booked-again"));
    let body = &bodies(&clinic, "missed").await[0];
    assert!(body.contains("没有到诊") && body.contains("11月25日"), "{body}");
    // The call two days later is for who has still not booked.
    assert_eq!(plan_at(&clinic, "2026-11-28T10:00:00+08:00").await.calls, 1);
});

async fn born(clinic: &Clinic, who: chairside::patients::PatientId, day: &str, lunar: bool) {
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
            let due = m::table.filter(m::purpose.eq("greeting")).select(m::due_at).distinct();
            Ok(due.load::<chairside::platform::clock::Instant>(c)?)
        })
        .await;
    assert_eq!(due.len(), 3, "each at their own minute: {due:?}");
    dispatch(&clinic).await;
    assert!(bodies(&clinic, "greeting").await[0].contains("祝您春节快乐"));
    assert_eq!(plan_at(&clinic, "2027-02-07T09:00:00+08:00").await.queued, 0);
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

both!(a_plan_that_waits_is_asked_about_until_it_goes_on, |clinic| {
    on(&clinic, "plan-waits", json!({})).await;
    let doctor = clinic.api(Role::Doctor).await;
    let (filling, crown) = (service(&clinic, "filling").id, service(&clinic, "cleaning").id);
    let mut who = Vec::new();
    for n in 0..2 {
        let id = make_patient(&clinic, "孙丽", &format!("1390000779{n}")).await;
        let items = json!({ "version": 0, "items": [{ "service_id": filling }, { "service_id": crown }] });
        let (status, answer) = doctor.patch_json(&format!("/api/v1/patients/{id}/plan"), &items).await;
        assert_eq!(status, 200, "{answer}");
        who.push(id);
    }
    clinic.it_is("2026-12-07T09:59:00+08:00");
    plan(&clinic).await;
    let report = plan_at(&clinic, "2026-12-07T10:00:00+08:00").await;
    assert_eq!(report.queued, 2, "{report}");
    // Booked before it is sent.
    book(&clinic, who[1], "filling", "2026-12-22T09:00:00+08:00").await;
    dispatch(&clinic).await;
    let all = made(&clinic, "plan").await;
    assert_eq!(
        (all[0].1.as_str(), all[1].1.as_str()),
        ("accepted", "skipped"),
        "{all:?}"
    );
    assert!(bodies(&clinic, "plan").await[0].contains("后续步骤没有预约"));
});

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
    book(
        &clinic,
        chairside::patients::PatientId(back),
        "cleaning",
        "2026-12-23T09:00:00+08:00",
    )
    .await;
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
