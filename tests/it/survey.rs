//! How a visit was: asked once, answered by text or by the link; a bad mark becomes a call.

use chairside::appointments::Appointment;
use chairside::platform::db::schema::{appointments as a, messages as m, rules};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use crate::both;
use crate::support::{Clinic, book_cleaning, make_patient};

/// A visit of Wednesday that is over, asked about on Thursday evening.
async fn asked(clinic: &Clinic, mobile: &str) -> Appointment {
    let who = make_patient(clinic, "孙丽", mobile).await;
    let visit = book_cleaning(clinic, who, "2026-11-25T09:00:00+08:00", false).await;
    clinic
        .sql(|c| {
            let survey = rules::table.filter(rules::code.eq("survey"));
            diesel::update(survey).set(rules::active.eq(true)).execute(c)?;
            Ok(diesel::update(a::table).set(a::status.eq("done")).execute(c)?)
        })
        .await;
    clinic.it_is("2026-11-26T18:59:00+08:00");
    chairside::outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    clinic.it_is("2026-11-26T19:00:00+08:00");
    chairside::outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    clinic.app.dispatcher().dispatch().await.unwrap();
    visit
}

async fn text_of_survey(clinic: &Clinic) -> String {
    clinic
        .sql(|c| {
            let sent = m::table.filter(m::purpose.eq("survey").and(m::state.eq("accepted")));
            Ok(sent.select(m::body).first::<Option<String>>(c)?.unwrap())
        })
        .await
}

async fn writes(clinic: &Clinic, mobile: &str, text: &str, id: &str) {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("from", &format!("86{mobile}"))
        .append_pair("text", text)
        .append_pair("id", id);
    clinic
        .visitor()
        .page(&format!("/gateway/kannel/inbound?{}", query.finish()))
        .await;
}

async fn scores(clinic: &Clinic, score: i32) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM survey_answers WHERE score = {score}");
    clinic.count(&sql).await
}

both!(a_mark_by_text_counts_for_the_visit_that_was_asked_about, |clinic| {
    let mobile = "13900007731";
    asked(&clinic, mobile).await;
    let text = text_of_survey(&clinic).await;
    assert!(
        text.contains("1 到 5") && text.contains("/q/") && text.contains("拒收请回复R"),
        "{text}"
    );
    writes(&clinic, mobile, "５", "1").await;
    assert_eq!(scores(&clinic, 5).await, 1);
    // Changed one's mind: one answer a visit. The same delivery once more changes nothing.
    writes(&clinic, mobile, "2分", "2").await;
    writes(&clinic, mobile, "５", "1").await;
    assert_eq!((scores(&clinic, 5).await, scores(&clinic, 2).await), (0, 1));
    let calls = "SELECT count(*) AS n FROM call_tasks WHERE kind = 'low-score' AND role = 'manager' AND state = 'open'";
    assert_eq!(clinic.count(calls).await, 1);
    let waits = "SELECT count(*) AS n FROM conversations WHERE state <> 'done'";
    assert_eq!(clinic.count(waits).await, 0, "nobody has to read a mark");
    let visit = clinic
        .sql(|c| Ok(a::table.select(a::patient_id).first::<i64>(c)?))
        .await;
    let page = clinic
        .signed_in("manager")
        .await
        .page(&format!("/patients/{visit}?lang=zh"))
        .await;
    assert!(page.contains("患者评分 2/5"), "{page}");
});

both!(after_a_reminder_a_digit_is_about_the_visit_ahead, |clinic| {
    let mobile = "13900007731";
    let past = asked(&clinic, mobile).await;
    let api = clinic.api(Role::FrontDesk).await;
    let body = json!({ "patient_id": past.patient_id, "service_id": past.service_id, "starts_at": "2026-11-30T09:00:00+08:00" });
    let (status, answer) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 201, "{answer}");
    clinic.it_is("2026-11-29T17:59:00+08:00");
    chairside::outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    clinic.it_is("2026-11-29T18:00:00+08:00");
    chairside::outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    clinic.app.dispatcher().dispatch().await.unwrap();
    writes(&clinic, mobile, "1", "9").await;
    assert_eq!(scores(&clinic, 1).await, 0);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM appointments WHERE status = 'confirmed'")
            .await,
        1
    );
});

both!(the_page_behind_the_link_takes_a_mark_and_words, |clinic| {
    asked(&clinic, "13900007731").await;
    let text = text_of_survey(&clinic).await;
    let path = text[text.find("/q/").unwrap()..]
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    let patient = clinic.visitor();
    let page = patient.page(&format!("{path}?lang=en")).await;
    assert!(
        page.contains("How satisfied are you?") && !page.contains("孙丽"),
        "{page}"
    );
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM survey_answers").await,
        0,
        "opening it changes nothing"
    );
    for wrong in [
        vec![("comment", "等了很久")],
        vec![("score", "6"), ("comment", "等了很久")],
    ] {
        let answer = patient.post_form(&path, &wrong).await;
        assert_eq!(answer.status(), 422);
        assert!(
            answer.text().await.unwrap().contains("等了很久"),
            "what was typed stays"
        );
    }
    let patient = clinic.visitor();
    let answer = patient
        .post_form(&path, &[("score", "1"), ("comment", "等了很久")])
        .await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("谢谢您的评分"));
    let call = "SELECT count(*) AS n FROM call_tasks WHERE kind = 'low-score' AND reason LIKE '%等了很久%'";
    assert_eq!(clinic.count(call).await, 1);
    assert_eq!(patient.get("/q/nonsense").await.status(), 404);
    clinic.it_is("2027-01-10T09:00:00+08:00");
    assert_eq!(patient.get(&path).await.status(), 410);
});

both!(who_refused_what_stands_under_the_text_is_not_asked, |clinic| {
    let mobile = "13900007731";
    writes(&clinic, mobile, "R", "1").await;
    asked(&clinic, mobile).await;
    let surveys = "SELECT count(*) AS n FROM messages WHERE purpose = 'survey' AND state <> 'skipped'";
    assert_eq!(clinic.count(surveys).await, 0);
    let told = "SELECT count(*) AS n FROM messages WHERE purpose = 'survey' AND reason = 'opted-out'";
    assert_eq!(clinic.count(told).await, 1, "the log tells why");
});
