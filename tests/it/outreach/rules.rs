//! Rules as people see and change them.

use chairside::platform::db::schema::appointments as a;
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::{at, book, dispatch, patch_rule, plan, plan_at, rule_id, service};
use crate::both;
use crate::support::make_patient;

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

both!(a_rule_takes_only_templates_that_fit_what_it_does, |clinic| {
    let (status, answer) = patch_rule(&clinic, "birthday", json!({ "template": "visit-cancelled" })).await;
    assert_eq!(
        (status, &answer["errors"][0]["field"]),
        (422, &json!("steps[0].template")),
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

both!(numbers_beyond_all_limits_are_faults_at_their_fields, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let (id, _) = rule_id(&api.get_json("/api/v1/rules").await.1, "reminder-day-before");
    let path = format!("/api/v1/rules/{id}");
    for field in ["offset_days", "offset_minutes", "at_minute", "window_minutes"] {
        let (status, answer) = patch_rule(&clinic, "reminder-day-before", json!({ field: i32::MIN })).await;
        assert_eq!(status, 422, "{field} {answer}");
        assert_eq!(answer["errors"][0]["field"], format!("steps[0].{field}"), "{answer}");
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

both!(a_rule_is_tried_out_before_it_is_saved, |clinic| {
    let reached = make_patient(&clinic, "孙丽", "13900007731").await;
    book(&clinic, reached, "filling", "2026-11-25T10:30:00+08:00").await;
    let other = make_patient(&clinic, "王敏", "13900007732").await;
    book(&clinic, other, "check-up", "2026-11-26T10:30:00+08:00").await;
    let silent = make_patient(&clinic, "赵一", "13900007733").await;
    book(&clinic, silent, "filling", "2026-11-27T10:30:00+08:00").await;
    clinic
        .sql(move |c| {
            use chairside::patients::Channel;
            use chairside::platform::db::schema::patients as p;
            diesel::update(p::table.find(silent))
                .set(p::channel.eq(Channel::Phone))
                .execute(c)?;
            Ok(())
        })
        .await;
    let api = clinic.api(Role::Manager).await;
    let (id, version) = rule_id(&api.get_json("/api/v1/rules").await.1, "reminder-day-before");
    let filling = service(&clinic, "filling").id.to_string();
    let version = version.to_string();
    let manager = clinic.signed_in("manager").await;
    let form = |at: &'static str, service: &str, from: &'static str| {
        let fields = [
            ("version", version.as_str()),
            ("name", "提醒"),
            ("name_en", "Reminder"),
            ("days", "1"),
            ("side", "before"),
            ("at", at),
            ("minutes", "0"),
            ("service", service),
            ("template", "reminder-day-before"),
            ("window", "120"),
            ("priority", "3"),
            ("active", "1"),
            ("from", from),
        ];
        fields.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec()
    };
    let try_out = async |fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let answer = manager
            .post_form(&format!("/rules/{id}/preview?lang=zh"), &fields)
            .await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    // As it is: nothing changes.
    let (status, page) = try_out(form("18:00", "", "")).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("将发送 2 条，不发送 1 条") && page.contains("希望电话联系"),
        "{page}"
    );
    assert!(page.contains("新增 0 条，不再发送 0 条，时间改变 0 条"), "{page}");
    // Only for fillings, an hour later: one is no longer told, one at another time.
    let (_, page) = try_out(form("19:00", &filling, "")).await;
    assert!(page.contains("新增 0 条，不再发送 1 条，时间改变 1 条"), "{page}");
    assert!(page.contains("value=\"19:00\""), "what was typed stays");
    // A dry run from another day.
    let (_, page) = try_out(form("18:00", "", "2026-11-25")).await;
    assert!(page.contains("将发送 1 条，不发送 1 条"), "{page}");
    let (status, page) = try_out(form("25:99", "", "")).await;
    assert!(status == 422 && page.contains("18:00"), "{page}");
    // Nothing of it was saved.
    assert_eq!(
        rule_id(&api.get_json("/api/v1/rules").await.1, "reminder-day-before")
            .1
            .to_string(),
        version
    );
});
