//! Answers that alarm, and whom they reach.

use chairside::callbacks::{self, TaskId};
use chairside::platform::db::schema::call_tasks;
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::{due, opened, path, row};
use crate::both;
use crate::records::{finished, new_patient};
use crate::support::Clinic;

both!(alarming_answers_reach_the_doctor, |clinic| {
    let (id, _) = due(&clinic, "吴磊", 1).await;
    let nurse = clinic.signed_in("nurse").await;
    let fields = [
        ("version", "1"),
        ("result", "reached"),
        ("a-open", "2"),
        ("note", "下唇麻木"),
    ];
    let shown = nurse.post_form(&path(id), &fields).await;
    assert_eq!(
        shown.status(),
        422,
        "without scripts the banner is shown before anything is saved"
    );
    let text = shown.text().await.unwrap();
    assert!(
        text.contains("请转医生：") && text.contains("张口 / 麻木：麻木") && text.contains("下唇麻木"),
        "{text}"
    );
    assert!(text.contains(r#"class="outs" data-alarm="red""#), "{text}");
    let mut seen = fields.to_vec();
    seen.push(("seen_alarm", "red"));
    assert_eq!(nurse.post_form(&path(id), &seen).await.status(), 303);
    let doctors = clinic.signed_in("doctor").await.page("/callbacks").await;
    assert!(doctors.contains("张口 / 麻木：麻木 · 下唇麻木"), "{doctors}");
    let (second, _) = due(&clinic, "叶秋", 2).await;
    assert_eq!(
        nurse
            .post_form(&path(second), &[("version", "1"), ("result", "escalated")])
            .await
            .status(),
        303
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM call_tasks WHERE kind = 'escalation' AND role = 'doctor'")
            .await,
        2
    );
    let of_doctor: TaskId = clinic
        .sql(|c| {
            Ok(call_tasks::table
                .filter(call_tasks::kind.eq("escalation"))
                .select(call_tasks::id)
                .first(c)?)
        })
        .await;
    assert_eq!(nurse.get(&format!("/callbacks?task={of_doctor}")).await.status(), 404);
    assert_eq!(
        nurse
            .post_form(&path(of_doctor), &[("version", "1"), ("result", "reached")])
            .await
            .status(),
        404
    );
});

both!(a_bad_mark_is_the_head_nurses_once, |clinic| {
    let (id, _) = due(&clinic, "叶秋", 1).await;
    let nurse = clinic.signed_in("nurse").await;
    let fields = [
        ("version", "1"),
        ("result", "reached"),
        ("score", "2"),
        ("note", "等候太久"),
    ];
    assert_eq!(nurse.post_form(&path(id), &fields).await.status(), 303);
    assert_eq!(nurse.post_form(&path(id), &fields).await.status(), 409);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM call_tasks WHERE kind = 'low-score' AND role = 'manager'")
            .await,
        1
    );
    let page = clinic.signed_in("manager").await.page("/callbacks").await;
    assert!(
        page.contains("差评 2 分 · 等候太久") && page.contains("主要原因"),
        "{page}"
    );
    let bad = nurse
        .post_form(&path(id), &[("version", "2"), ("result", "reached"), ("score", "7")])
        .await;
    assert_eq!(bad.status(), 422);
});

/// A task for the doctor that came of a call about this visit; the visit is one of Dr Li's, whose account is `doctor`.
async fn escalated(clinic: &Clinic, name: &str, n: i64, provider: usize) -> TaskId {
    let patient = new_patient(clinic, name, n).await;
    let visit = finished(clinic, patient, "extraction").await.id;
    let (provider, now) = (clinic.sample.providers[provider].id, clinic.now());
    let parent: TaskId = clinic
        .sql(move |c| {
            use chairside::platform::db::schema::visits;
            diesel::update(visits::table.find(visit))
                .set(visits::provider_id.eq(provider))
                .execute(c)?;
            let parent = call_tasks::table.filter(call_tasks::visit_id.eq(visit));
            diesel::update(parent).set(call_tasks::due_at.eq(now)).execute(c)?;
            Ok(parent.select(call_tasks::id).first(c)?)
        })
        .await;
    let nurse = clinic.signed_in("nurse").await;
    let fields = [
        ("version", "1"),
        ("result", "escalated"),
        ("a-pain", "8"),
        ("a-bleed", "1"),
        ("note", "夜里痛醒"),
    ];
    assert_eq!(nurse.post_form(&path(parent), &fields).await.status(), 303);
    clinic
        .sql(move |c| {
            Ok(call_tasks::table
                .filter(call_tasks::parent_id.eq(parent))
                .select(call_tasks::id)
                .first(c)?)
        })
        .await
}

both!(a_doctor_sees_whose_patient_until_when_and_every_answer, |clinic| {
    let others = escalated(&clinic, "叶秋", 1, 1).await;
    let own = escalated(&clinic, "吴磊", 2, 0).await;
    let doctor = clinic.signed_in("doctor").await;
    let page = doctor.page("/callbacks").await;
    assert_eq!(opened(&page).as_deref(), Some("吴磊"), "own patients first: {page}");
    for there in [
        "我的患者",
        "王医生",
        "11月24日 周二 10:42 前",
        "疼痛 0–10：8",
        "出血：唾液带血",
        "夜里痛醒",
    ] {
        assert!(page.contains(there), "{there}: {page}");
    }
    assert!(!page.contains(r#"name="score""#), "{page}");
    let english = doctor.page(&format!("/callbacks?task={others}&lang=en")).await;
    assert!(
        english.contains("Dr Wang") && english.contains("by Tue 24 Nov 10:42") && english.contains("Pain 0–10: 8"),
        "{english}"
    );
    assert!(!doctor.page("/callbacks?tab=overdue").await.contains("叶秋"));
    clinic.it_is("2026-11-24T10:43:00+08:00");
    let doctor = clinic.signed_in("doctor").await;
    let page = doctor.page("/callbacks?tab=overdue&lang=zh").await;
    assert!(page.contains("叶秋") && page.contains("已超时"), "{page}");
    assert_eq!(row(&clinic, own).await.state, callbacks::TaskState::Open);
});

both!(
    an_answer_that_is_none_is_told_and_an_alarming_one_is_never_lost,
    |clinic| {
        let nurse = clinic.api(Role::Nurse).await;
        let (id, _) = due(&clinic, "吴磊", 7731).await;
        let url = format!("/api/v1/callbacks/{id}/attempts");
        for (answers, field) in [
            (json!({ "pain": "7!" }), "answers.pain"),
            (json!({ "nonsense": "1" }), "answers.nonsense"),
        ] {
            let body = json!({ "version": 1, "result": "reached", "answers": answers });
            let (status, answer) = nurse.post_json(&url, &body).await;
            assert_eq!(
                (status, answer["errors"][0]["field"].as_str()),
                (422, Some(field)),
                "{answer}"
            );
        }
        // The patient has no time now, but has said enough.
        let body = json!({
            "version": 1, "result": "call-later", "later_at": "2026-11-23T15:00:00+08:00", "answers": { "pain": "8" }
        });
        let (status, answer) = nurse.post_json(&url, &body).await;
        assert_eq!(status, 201, "{answer}");
        let escalated = "SELECT count(*) AS n FROM call_tasks WHERE kind = 'escalation' AND role = 'doctor'";
        assert_eq!(clinic.count(escalated).await, 1);
    }
);
