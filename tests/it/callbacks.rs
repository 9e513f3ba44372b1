//! The nurse's calls: list, script, outcomes, what follows on them, the log.

use chairside::callbacks::{self, NewTask, TaskId, TaskKind};
use chairside::patients::PatientId;
use chairside::platform::clock::Instant;
use chairside::platform::db::schema::call_tasks;
use chairside::platform::i18n::Text;
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use crate::both;
use crate::records::{finished, insert_appointment, new_patient};
use crate::support::Clinic;

/// A follow-up task after an extraction yesterday, due now; with its patient.
async fn due(clinic: &Clinic, name: &str, n: i64) -> (TaskId, PatientId) {
    let patient = new_patient(clinic, name, n).await;
    let task = task(clinic, patient, TaskKind::FollowUp, &format!("test:{n}")).await;
    (task, patient)
}
async fn task(clinic: &Clinic, patient: PatientId, kind: TaskKind, occurrence: &str) -> TaskId {
    let (now, occurrence) = (clinic.now(), occurrence.to_owned());
    clinic
        .sql(move |c| {
            let new = NewTask {
                occurrence,
                kind,
                patient,
                visit: None,
                appointment: None,
                parent: None,
                script: "extraction".into(),
                role: Role::Nurse,
                reason: Text::new("拔牙 · 术后第 1 天", "Extraction · day 1"),
                priority: callbacks::PRIORITY_HIGH,
                due_at: now,
            };
            let made = callbacks::create_task(c, now, &new)?.unwrap();
            assert!(callbacks::create_task(c, now, &new)?.is_none(), "once per occurrence");
            Ok(made)
        })
        .await
}
async fn row(clinic: &Clinic, id: TaskId) -> callbacks::Task {
    clinic.sql(move |c| Ok(callbacks::find_task(c, id)?.unwrap())).await
}
fn path(id: TaskId) -> String {
    format!("/callbacks/{id}/attempts")
}
fn shanghai(t: Instant) -> String {
    t.rfc3339_in(chrono_tz::Asia::Shanghai)
}

both!(
    a_finished_visit_is_called_a_day_later_with_script_history_and_next_visit,
    |clinic| {
        let patient = new_patient(&clinic, "吴磊", 7731).await;
        finished(&clinic, patient, "extraction").await;
        let nurse = clinic.signed_in("nurse").await;
        let today = nurse.page("/callbacks").await;
        assert!(
            today.contains("今天的电话都打完了") && today.contains("11月24日 周二 10:00"),
            "{today}"
        );
        clinic.it_is("2026-11-24T10:05:00+08:00");
        insert_appointment(&clinic, patient, "sutures-out", 6, "booked").await;
        let page = clinic.signed_in("nurse").await.page("/callbacks").await;
        for there in [
            "<b>吴磊先生</b>",
            "护士林洁",
            "昨天李医生给您做了拔牙",
            "青霉素过敏",
            r#"href="tel:+8613900007731""#,
            "139 0000 7731",
            "第 1 次呼叫",
            "11月30日 周一 10:05（拆线）",
            "渗血多久正常？",
        ] {
            assert!(page.contains(there), "{there}: {page}");
        }
        assert_eq!(page.matches("<fieldset class=\"qq\"").count(), 7);
        assert!(!page.contains("checked"), "nothing is answered beforehand");
        let english = clinic.signed_in("nurse").await.page("/callbacks?lang=en").await;
        assert!(
            english.contains("yesterday") && english.contains("Reached: save and next"),
            "{english}"
        );
        let read =
            "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND patient_id IS NOT NULL AND actor = '林洁'";
        assert!(clinic.count(read).await >= 2);
    }
);

both!(reaching_a_patient_keeps_answers_and_unanswered_questions, |clinic| {
    let (id, _) = due(&clinic, "吴磊", 1).await;
    let nurse = clinic.signed_in("nurse").await;
    let fields = [
        ("version", "1"),
        ("result", "reached"),
        ("a-pain", "3"),
        ("a-open", "1"),
        ("score", "5"),
        ("note", "已嘱热敷"),
    ];
    let saved = nurse.post_form(&path(id), &fields).await;
    assert_eq!(saved.status(), 303);
    assert_eq!(saved.headers()["location"], format!("/callbacks?saved={id}").as_str());
    let page = nurse.page(&format!("/callbacks?saved={id}")).await;
    assert!(
        page.contains("已保存：吴磊 · 已接通") && page.contains("接通率 100%"),
        "{page}"
    );
    let attempts = clinic.sql(move |c| callbacks::list_attempts(c, id)).await;
    assert_eq!(attempts.len(), 1);
    let answers: serde_json::Value = serde_json::from_str(&attempts[0].answers).unwrap();
    assert_eq!(
        (&answers["pain"], &answers["open"], &answers["bleed"]),
        (&json!("3"), &json!("1"), &json!(null))
    );
    assert_eq!(
        (attempts[0].alarm, attempts[0].score),
        (callbacks::Alarm::Watch, Some(5))
    );
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM call_tasks").await,
        1,
        "nothing follows on a good call"
    );
});

both!(no_answer_is_tried_again_by_rule_and_given_up_after_three, |clinic| {
    let (id, _) = due(&clinic, "王敏华", 1).await;
    let mut dues = Vec::new();
    for version in ["1", "2"] {
        // Hours lie between the calls: the session has idled out.
        let nurse = clinic.signed_in("nurse").await;
        let answer = nurse
            .post_form(&path(id), &[("version", version), ("result", "no-answer")])
            .await;
        assert_eq!(answer.headers()["location"], format!("/callbacks?saved={id}").as_str());
        let task = row(&clinic, id).await;
        dues.push((task.state.to_string(), shanghai(task.due_at)));
        clinic.app.clock.set(task.due_at);
    }
    let nurse = clinic.signed_in("nurse").await;
    let page = nurse.page(&format!("/callbacks?task={id}")).await;
    assert!(page.contains("第 3 次呼叫") && page.contains("改发短信"), "{page}");
    assert_eq!(
        nurse
            .post_form(&path(id), &[("version", "3"), ("result", "no-answer")])
            .await
            .status(),
        303
    );
    let task = row(&clinic, id).await;
    assert_eq!(dues[0], ("open".to_owned(), "2026-11-23T13:42:00+08:00".to_owned()));
    assert_eq!(dues[1], ("open".to_owned(), "2026-11-24T10:00:00+08:00".to_owned()));
    assert_eq!(
        (task.state, task.result, task.attempts),
        (callbacks::TaskState::Closed, Some(callbacks::CallResult::NoAnswer), 3)
    );
    assert!(nurse.page("/callbacks?tab=done").await.contains("未接 3 次"));
});

both!(call_later_needs_a_time_to_come_and_keeps_what_was_typed, |clinic| {
    let (id, _) = due(&clinic, "曹宁", 1).await;
    let nurse = clinic.signed_in("nurse").await;
    for (at, fault) in [
        ("", "请选择什么时候再打"),
        ("2026-11-23T09:00", "这个时间已经过去"),
        ("2027-11-23T09:00", "最多推迟 30 天"),
        ("soon", "时间格式不对"),
    ] {
        let fields = [
            ("version", "1"),
            ("result", "call-later"),
            ("later_at", at),
            ("a-pain", "2"),
            ("note", "在开会"),
            ("score", "4"),
        ];
        let answer = nurse.post_form(&path(id), &fields).await;
        assert_eq!(answer.status(), 422, "{at}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(fault) && text.contains("在开会"), "{at}: {text}");
        assert_eq!(text.matches(" checked").count(), 2, "{at}: pain and score are kept");
    }
    let answer = nurse
        .post_form(
            &path(id),
            &[("version", "1"), ("result", "call-later@2026-11-23T16:30")],
        )
        .await;
    assert_eq!(answer.status(), 303);
    assert_eq!(shanghai(row(&clinic, id).await.due_at), "2026-11-23T16:30:00+08:00");
    assert!(nurse.page("/callbacks?tab=retry").await.contains("第 2 次"));
});

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

both!(two_nurses_do_not_log_one_call_twice, |clinic| {
    let (id, _) = due(&clinic, "吴磊", 1).await;
    let (one, two) = (clinic.signed_in("nurse").await, clinic.signed_in("manager").await);
    let fields = [("version", "1"), ("result", "no-answer"), ("note", "占线")];
    let target = path(id);
    let (a, b) = tokio::join!(one.post_form(&target, &fields), two.post_form(&target, &fields));
    let mut statuses = [a.status().as_u16(), b.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    let late = if a.status() == 409 { a } else { b };
    let text = late.text().await.unwrap();
    assert!(
        text.contains("已在 10:42 记录了这次回访（未接）") && text.contains("占线"),
        "{text}"
    );
    assert_eq!(clinic.count("SELECT count(*) AS n FROM call_attempts").await, 1);
});

both!(two_tasks_of_one_patient_are_one_call, |clinic| {
    let (id, patient) = due(&clinic, "刘芳", 1).await;
    let other = task(&clinic, patient, TaskKind::Recall, "test:recall").await;
    let nurse = clinic.signed_in("nurse").await;
    let page = nurse.page("/callbacks").await;
    assert!(
        page.contains("今天 1 个") && page.contains("另有 1 件") && page.contains("同一位患者还有"),
        "{page}"
    );
    let until = clinic.now() + 86_400_000;
    assert_eq!(
        clinic.sql(move |c| callbacks::count_due(c, until, Role::Nurse)).await,
        1
    );
    // Not reached: both are tried again together. Reached: only what was ticked is settled.
    assert_eq!(
        nurse
            .post_form(&path(id), &[("version", "1"), ("result", "no-answer")])
            .await
            .status(),
        303
    );
    assert_eq!(
        (row(&clinic, other).await.attempts, row(&clinic, id).await.due_at),
        (1, row(&clinic, other).await.due_at)
    );
    let stale = nurse
        .post_form(
            &path(id),
            &[("version", "2"), ("result", "reached"), ("also", &format!("{other}:1"))],
        )
        .await;
    assert_eq!(stale.status(), 409);
    assert_eq!(
        row(&clinic, id).await.state,
        callbacks::TaskState::Open,
        "nothing is half-written"
    );
    let ticked = format!("{other}:2");
    assert_eq!(
        nurse
            .post_form(&path(id), &[("version", "2"), ("result", "reached"), ("also", &ticked)])
            .await
            .status(),
        303
    );
    assert_eq!(row(&clinic, other).await.state, callbacks::TaskState::Done);
    assert_eq!(row(&clinic, id).await.state, callbacks::TaskState::Done);
});

both!(who_may_call_and_who_may_look, |clinic| {
    let (id, _) = due(&clinic, "吴磊", 1).await;
    assert_eq!(clinic.signed_in("desk").await.get("/callbacks").await.status(), 403);
    let admin = clinic.signed_in("admin").await;
    let page = admin.page("/callbacks").await;
    assert!(page.contains("吴磊") && !page.contains("value=\"reached\""), "{page}");
    assert_eq!(
        admin
            .post_form(&path(id), &[("version", "1"), ("result", "reached")])
            .await
            .status(),
        403
    );
    let nurse = clinic.signed_in("nurse").await;
    assert_eq!(nurse.get("/callbacks/log").await.status(), 403);
    assert_eq!(nurse.post_form(&path(id), &[("version", "1")]).await.status(), 422);
    assert_eq!(
        nurse
            .post_form(&path(id), &[("version", "1"), ("result", "wrong-number")])
            .await
            .status(),
        303
    );
    assert!(nurse.page("/callbacks?tab=done").await.contains("错号"));
});

both!(the_log_filters_sums_up_and_exports_safely, |clinic| {
    let nurse = clinic.signed_in("nurse").await;
    for (n, name, result, score, note) in [
        (1, "苏晴", "reached", "5", "好"),
        (2, "叶秋", "reached", "1", "=HYPERLINK(\"http://x\")"),
        (3, "孔令", "no-answer", "", ""),
    ] {
        let (id, _) = due(&clinic, name, n).await;
        let fields = [("version", "1"), ("result", result), ("score", score), ("note", note)];
        assert_eq!(nurse.post_form(&path(id), &fields).await.status(), 303);
    }
    let manager = clinic.signed_in("manager").await;
    let all = manager.page("/callbacks/log?month=2026-11&result=").await;
    assert!(
        ["苏晴", "叶秋", "孔令", "67%", "3.0"].iter().all(|t| all.contains(t)),
        "{all}"
    );
    let low = manager.page("/callbacks/log?month=2026-11&low=1").await;
    assert!(low.contains("叶秋") && !low.contains("苏晴"));
    let missed = manager.page("/callbacks/log?result=no-answer").await;
    assert!(missed.contains("孔令") && !missed.contains("苏晴"));
    assert!(
        manager
            .page("/callbacks/log?month=2026-10")
            .await
            .contains("没有符合条件的回访")
    );
    assert_eq!(manager.get("/callbacks/log?month=x").await.status(), 422);
    let csv = manager.page("/callbacks/log.csv?month=2026-11").await;
    assert!(csv.contains("'=HYPERLINK") && !csv.contains(",\"=HYPERLINK"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'export'")
            .await,
        1
    );
});

both!(the_api_lists_and_logs, |clinic| {
    let (id, _) = due(&clinic, "吴磊", 1).await;
    let api = clinic.api(Role::Nurse).await;
    let (status, list) = api.get_json("/api/v1/callbacks").await;
    assert_eq!(
        (status, &list[0]["id"], &list[0]["state"]),
        (200, &json!(id.0), &json!("open"))
    );
    assert_eq!(api.get_json("/api/v1/callbacks?state=retry").await.1, json!([]));
    assert_eq!(api.get_json("/api/v1/callbacks?state=x").await.0, 422);
    let path = format!("/api/v1/callbacks/{id}/attempts");
    assert_eq!(
        api.post_json(&path, &json!({ "version": 1, "result": "sung" })).await.0,
        422
    );
    let call = json!({ "version": 1, "result": "reached", "answers": { "pain": "8" }, "score": 1, "note": "痛" });
    let (status, answer) = api.post_json(&path, &call).await;
    assert_eq!((status, &answer["alarm"]), (201, &json!("red")), "{answer}");
    assert_eq!(
        answer["made"].as_array().unwrap().len(),
        2,
        "the doctor's and the head nurse's"
    );
    let (status, answer) = api.post_json(&path, &call).await;
    assert_eq!(
        (status, &answer["code"], &answer["result"]),
        (409, &json!("stale"), &json!("reached"))
    );
    assert_eq!(
        api.get_json("/api/v1/callbacks?state=done")
            .await
            .1
            .as_array()
            .unwrap()
            .len(),
        1
    );
});
