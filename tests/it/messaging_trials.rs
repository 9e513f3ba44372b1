//! Templates tried out: a test to oneself, and previews with a real patient.

use chairside::messaging::{MessageId, MessageState};
use chairside::patients::{PatientId, Sex};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::both;
use crate::messaging::{Who, ZHANG, get, patient, stands};
use crate::support::{Browser, Clinic};

const TEST: &str = "/templates/birthday/test";

async fn sent(admin: &Browser, to: &str, language: &str) -> MessageId {
    let answer = admin.post_form(TEST, &[("to", to), ("language", language)]).await;
    assert_eq!(answer.status(), 303, "{to}: {}", answer.text().await.unwrap());
    let path = answer.headers()["location"].to_str().unwrap().to_owned();
    MessageId(path.rsplit('/').next().unwrap().parse().unwrap())
}

both!(a_test_goes_to_who_asks_for_it_at_once_and_is_marked, |clinic| {
    // At night, too: it is its own reader who wants it now.
    clinic.it_is("2026-11-23T22:30:00+08:00");
    let admin = clinic.signed_in("admin").await;
    let page = admin.page("/templates/birthday?lang=en").await;
    assert!(
        page.contains("Sends the saved text with sample values to yourself")
            && !page.contains("registered as a patient"),
        "{page}"
    );
    for (to, language, recipient, begins) in [
        ("139 1111 2222", "zh", "+8613911112222", "【测试】【知齿口腔】张伟"),
        ("+86 139 1111 2222", "en", "+8613911112222", "[Test] "),
        ("me@clinic.example", "zh", "me@clinic.example", "【测试】"),
        ("me@clinic.example", "en", "me@clinic.example", "[Test] "),
    ] {
        let id = sent(&admin, to, language).await;
        let waits = admin.page(&format!("/messages/{id}?lang=en")).await;
        assert!(
            waits.contains("it says exactly this") && !waits.contains("at the earliest"),
            "{waits}"
        );
        clinic.app.dispatcher().dispatch_once().await.unwrap();
        let m = get(&clinic, id).await;
        assert_eq!(m.state, MessageState::Accepted, "{to} {:?}", m.reason);
        assert_eq!((m.recipient.as_deref(), m.patient_id), (Some(recipient), None));
        let body = m.body.unwrap();
        let mark = if language == "zh" { "【测试】" } else { "[Test] " };
        let seen = m.title.unwrap_or_else(|| body.clone());
        assert!(seen.starts_with(begins) && body.starts_with(mark), "{seen} / {body}");
        clinic.minutes_pass(4);
    }
    let (zh, en) = (
        admin.page("/messages?lang=zh").await,
        admin.page("/messages?lang=en").await,
    );
    assert!(zh.contains("测试") && zh.contains("+8613911112222"), "{zh}");
    assert!(en.contains("Test") && en.contains("me@clinic.example"), "{en}");
    // The desk finds patients' messages beside them.
    assert!(!admin.page("/messages?q=nobody").await.contains("me@clinic.example"));
    let audit =
        "SELECT count(*) AS n FROM audit_log WHERE action = 'test' AND subject = 'messages' AND user_id IS NOT NULL";
    assert_eq!(clinic.count(audit).await, 4);
    let whole = "SELECT count(*) AS n FROM audit_log WHERE detail LIKE '%13911112222%' OR detail LIKE '%me@clinic%'";
    assert_eq!(clinic.count(whole).await, 0, "the audit holds no whole address");
    let (status, list) = clinic.api(Role::FrontDesk).await.get_json("/api/v1/messages").await;
    assert_eq!((status, &list["items"][0]["patient_id"]), (200, &Value::Null));
    assert_eq!(list["items"][0]["subject"], "test");
});

both!(a_test_is_refused_where_it_cannot_arrive, |clinic| {
    let admin = clinic.signed_in("admin").await;
    for (to, says) in [
        ("", "required"),
        ("12345", "There is no such number"),
        ("abc", "There is no such number"),
        ("0571 8765 4321", "give a mobile number"),
        ("me@nowhere", "not an email address"),
        ("a b@clinic.example", "not an email address"),
    ] {
        let answer = admin
            .post_form(&format!("{TEST}?lang=en"), &[("to", to), ("language", "en")])
            .await;
        assert_eq!(answer.status(), 422, "{to}");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains(r#"id="f-to-e""#) && page.contains(&format!(r#"value="{to}""#)),
            "{to}: {page}"
        );
        assert!(says == "required" || page.contains(says), "{to}: {page}");
        assert!(
            page.contains(r#"<option value="en" selected"#),
            "what was chosen stays: {page}"
        );
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM messages").await, 0);
    let desk = clinic.signed_in("desk").await;
    assert_eq!(desk.post_form(TEST, &[("to", "13911112222")]).await.status(), 403);
    assert_eq!(
        admin
            .post_form("/templates/nothing/test", &[("to", "13911112222")])
            .await
            .status(),
        404
    );
});

both!(tests_are_not_sent_without_end, |clinic| {
    let admin = clinic.signed_in("admin").await;
    for _ in 0..5 {
        sent(&admin, "13911112222", "zh").await;
        clinic.app.clock.advance(1_000);
    }
    let answer = admin
        .post_form(&format!("{TEST}?lang=en"), &[("to", "13911112222"), ("language", "zh")])
        .await;
    assert_eq!(answer.status(), 429);
    let wait: i64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((590..=600).contains(&wait), "{wait}");
    let page = answer.text().await.unwrap();
    assert!(
        page.contains(r#"id="f-to-e""#) && page.contains("13911112222"),
        "{page}"
    );
    clinic.minutes_pass(10);
    sent(&admin, "13911112222", "zh").await;
    assert_eq!(clinic.count("SELECT count(*) AS n FROM messages").await, 6);
});

both!(
    a_test_that_did_not_arrive_is_sent_again_and_a_waiting_one_stopped,
    |clinic| {
        let admin = clinic.signed_in("admin").await;
        let id = sent(&admin, "13911112222", "zh").await;
        assert_eq!(
            admin.post_form(&format!("/messages/{id}/stop"), &[]).await.status(),
            303
        );
        assert_eq!(stands(&clinic, id).await, (MessageState::Skipped, "stopped".into()));
        clinic.minutes_pass(1);
        let id = sent(&admin, "13911112222", "zh").await;
        clinic
            .sql(move |c| {
                Ok(diesel::sql_query("UPDATE messages SET state = 'failed' WHERE state = 'queued'").execute(c)?)
            })
            .await;
        let again = admin.post_form(&format!("/messages/{id}/again"), &[]).await;
        assert_eq!(again.status(), 303);
        clinic.app.dispatcher().dispatch_once().await.unwrap();
        let new = again.headers()["location"].to_str().unwrap().to_owned();
        let new = MessageId(new.rsplit('/').next().unwrap().parse().unwrap());
        let m = get(&clinic, new).await;
        assert_eq!(
            (m.state, m.recipient.as_deref()),
            (MessageState::Accepted, Some("+8613911112222"))
        );
        assert_eq!(
            admin.post_form(&format!("/messages/{id}/again"), &[]).await.status(),
            409
        );
    }
);

/// A search in the editor; the page it answers with.
async fn searched(admin: &Browser, code: &str, fields: &[(&str, &str)]) -> String {
    let answer = admin
        .post_form(&format!("/templates/{code}/preview?lang=en"), fields)
        .await;
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}
fn token_in(page: &str) -> String {
    let rest = page.split(r#"name="as_token" value=""#).nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}
async fn chart_no(clinic: &Clinic, id: PatientId) -> String {
    use chairside::platform::db::schema::patients as p;
    clinic
        .sql(move |c| Ok(p::table.find(id).select(p::chart_no).first(c)?))
        .await
}

both!(a_preview_shows_a_real_patient_in_both_languages, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let long = patient(
        &clinic,
        Who {
            name: "阿卜杜拉·买买提",
            ..ZHANG
        },
    )
    .await;
    let other = patient(
        &clinic,
        Who {
            name: "阿卜杜勒",
            phone: Some("+8613800005678"),
            ..ZHANG
        },
    )
    .await;
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::patients as p;
            Ok(diesel::update(p::table.find(long))
                .set(p::sex.eq(Sex::Female))
                .execute(c)?)
        })
        .await;
    // By default a made-up patient.
    let page = admin.page("/templates/reminder-day-before?lang=en").await;
    assert!(
        page.contains("Preview (a sample patient)") && token_in(&page).is_empty(),
        "{page}"
    );
    // Found by name: several, of whom one is picked.
    let page = searched(&admin, "reminder-day-before", &[("q", "阿卜杜")]).await;
    assert!(
        page.contains("阿卜杜拉·买买提") && page.contains("阿卜杜勒") && page.contains("Preview (a sample patient)"),
        "{page}"
    );
    let typed = [
        ("q", "阿卜杜"),
        ("found_by", "阿卜杜"),
        ("as", &long.to_string()),
        ("sms_zh_body", "好，{{ name }}，{{ date }} {{ time }} 见"),
    ];
    let page = searched(&admin, "reminder-day-before", &typed).await;
    assert!(
        page.contains("好，阿卜杜拉·买买提，11月24日 周二 09:30 见"),
        "what is typed goes along: {page}"
    );
    assert!(page.contains("name and title are real, the rest is a sample"), "{page}");
    // With a visit ahead: its day, time and dentist, in both languages; the link is nobody's.
    let service = clinic.sample.services.iter().find(|s| s.code == "cleaning").unwrap().id;
    let body = json!({ "patient_id": long, "service_id": service, "starts_at": "2026-12-03T14:15:00+08:00" });
    let api = clinic.api(Role::FrontDesk).await;
    assert_eq!(api.post_json("/api/v1/appointments", &body).await.0, 201);
    let chart = chart_no(&clinic, long).await;
    let page = searched(&admin, "reminder-day-before", &[("q", &chart)]).await;
    for there in [
        "12月3日 周四",
        "Thu 3 Dec",
        "14:15",
        "阿卜杜拉·买买提",
        &chart,
        "SMS parts",
        "/v/AAAA",
    ] {
        assert!(page.contains(there), "{there}: {page}");
    }
    assert!(
        page.contains("the patient&#39;s own") || page.contains("the patient's own"),
        "{page}"
    );
    let zh = admin
        .post_form("/templates/reminder-day-before/preview?lang=zh", &[("q", &chart)])
        .await
        .text()
        .await
        .unwrap();
    assert!(zh.contains("就诊信息取自该患者") && zh.contains("条短信"), "{zh}");
    // Previews while somebody types stay with that patient, and only with who was picked.
    let live = async |token: &str| {
        let path = "/templates/preview?channel=sms&language=en&code=reminder-day-before&lang=en";
        let answer = admin
            .post_form(path, &[("sms_en_body", "{{ name }} {{ date }}"), ("as_token", token)])
            .await;
        answer.text().await.unwrap()
    };
    let token = token_in(&page);
    assert!(live(&token).await.contains("阿卜杜拉·买买提 Thu 3 Dec"));
    for wrong in ["", "1", &long.to_string(), &token.replace(&token[..1], "-")] {
        assert!(live(wrong).await.contains("Zhang Wei"), "{wrong}");
    }
    // Each look is audited once, also of who was found alone.
    let reads = |id: PatientId| {
        format!(
            "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'patients' AND patient_id = {id}"
        )
    };
    assert_eq!(clinic.count(&reads(long)).await, 3);
    assert_eq!(clinic.count(&reads(other)).await, 0);
    clinic.minutes_pass(121);
    let admin = clinic.signed_in("admin").await;
    let path = "/templates/preview?channel=sms&language=en&code=reminder-day-before&lang=en";
    let fields = [("sms_en_body", "{{ name }}"), ("as_token", token.as_str())];
    let answer = admin.post_form(path, &fields).await;
    assert!(answer.text().await.unwrap().contains("Zhang Wei"), "a pick ends");
    // Back to the made-up patient; nobody found; not for the desk.
    let back = [("q", chart.as_str()), ("found_by", &chart), ("as", "")];
    assert!(
        searched(&admin, "reminder-day-before", &back)
            .await
            .contains("Preview (a sample patient)")
    );
    assert!(
        searched(&admin, "birthday", &[("q", "没有这个人")])
            .await
            .contains("Nobody found")
    );
    let desk = clinic.signed_in("desk").await;
    assert_eq!(
        desk.post_form("/templates/birthday/preview", &[("q", "阿")])
            .await
            .status(),
        403
    );
});
