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
use crate::records::{begun, finished, insert_appointment, new_patient};
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
    assert!(
        page.contains("第 3 次呼叫") && page.contains("可以发短信请患者回电"),
        "{page}"
    );
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
    clinic.minutes_pass(2);
    let stale = nurse
        .post_form(
            &path(id),
            &[
                ("version", "2"),
                ("result", "reached"),
                ("note", "好"),
                ("also", &format!("{other}:1")),
            ],
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
            .post_form(
                &path(id),
                &[
                    ("version", "2"),
                    ("result", "reached"),
                    ("note", "好"),
                    ("also", &ticked)
                ]
            )
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
        (status, &list["items"][0]["id"], &list["items"][0]["state"]),
        (200, &json!(id.0), &json!("open"))
    );
    assert_eq!(
        api.get_json("/api/v1/callbacks?state=retry").await.1["items"],
        json!([])
    );
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
        api.get_json("/api/v1/callbacks?state=done").await.1["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
});

/// A task that falls due in so many minutes, with its patient.
async fn due_in(clinic: &Clinic, name: &str, n: i64, minutes: i64) -> TaskId {
    let (id, _) = due(clinic, name, n).await;
    let at = clinic.now().plus_minutes(minutes);
    clinic
        .sql(move |c| {
            diesel::update(call_tasks::table.find(id))
                .set(call_tasks::due_at.eq(at))
                .execute(c)?;
            Ok(())
        })
        .await;
    id
}
/// Whose call is open on a page.
fn opened(page: &str) -> Option<String> {
    let after = page.split(r#"<header class="pt">"#).nth(1)?;
    let name = after.split("<h2>").nth(1)?.split('<').next()?;
    Some(name.trim().to_owned())
}

both!(after_no_answer_the_next_call_that_is_due_now_opens, |clinic| {
    let (first, _) = due(&clinic, "吴磊", 1).await;
    let (_, _) = due(&clinic, "苏晴", 2).await;
    let later = due_in(&clinic, "叶秋", 3, 120).await;
    let nurse = clinic.signed_in("nurse").await;
    assert_eq!(opened(&nurse.page("/callbacks").await).as_deref(), Some("吴磊"));
    let no_answer = [("version", "1"), ("result", "no-answer")];
    assert_eq!(nurse.post_form(&path(first), &no_answer).await.status(), 303);
    let page = nurse.page(&format!("/callbacks?saved={first}")).await;
    assert_eq!(opened(&page).as_deref(), Some("苏晴"), "{page}");
    assert!(page.contains("13:42 会再打"), "{page}");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
    assert!(at("今天稍后") < at("<span class=\"who\">叶秋") && at("今天稍后") < at("<span class=\"who\">吴磊"));
    assert!(at("<span class=\"who\">苏晴") < at("今天稍后"));
    // A task that waits opens only when it is asked for, and says so.
    let early = nurse.page(&format!("/callbacks?task={first}")).await;
    assert!(
        opened(&early).as_deref() == Some("吴磊") && early.contains("现在就再打一次吗"),
        "{early}"
    );
    let twice = nurse
        .post_form(
            &path(first),
            &[("version", "2"), ("result", "no-answer"), ("note", "又打了一次")],
        )
        .await;
    assert_eq!(twice.status(), 409);
    let text = twice.text().await.unwrap();
    assert!(
        text.contains("一分钟内不重复记录") && text.contains("又打了一次"),
        "{text}"
    );
    assert_eq!(row(&clinic, first).await.attempts, 1);
    clinic.minutes_pass(1);
    let again = [("version", "2"), ("result", "no-answer")];
    assert_eq!(nurse.post_form(&path(first), &again).await.status(), 303);
    // Nothing due now: nothing opens by itself.
    let (_, _) = (later, clinic.minutes_pass(0));
    let second: TaskId = clinic
        .sql(|c| {
            Ok(call_tasks::table
                .filter(call_tasks::occurrence.eq("test:2"))
                .select(call_tasks::id)
                .first(c)?)
        })
        .await;
    let reached = [("version", "1"), ("result", "reached"), ("a-pain", "1")];
    assert_eq!(nurse.post_form(&path(second), &reached).await.status(), 303);
    let page = nurse.page(&format!("/callbacks?saved={second}")).await;
    assert!(
        opened(&page).is_none() && page.contains("现在没有要打的电话") && page.contains("12:42"),
        "{page}"
    );
});

both!(a_logged_call_is_taken_back_within_eight_seconds, |clinic| {
    let (id, patient) = due(&clinic, "吴磊", 1).await;
    let other = task(&clinic, patient, TaskKind::Recall, "test:recall").await;
    let was = row(&clinic, id).await.due_at;
    let (nurse, manager) = (clinic.signed_in("nurse").await, clinic.signed_in("manager").await);
    let ticked = format!("{other}:1");
    let alarming = [
        ("version", "1"),
        ("result", "reached"),
        ("a-pain", "9"),
        ("seen_alarm", "red"),
        ("score", "1"),
        ("also", &ticked),
    ];
    assert_eq!(nurse.post_form(&path(id), &alarming).await.status(), 303);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM call_tasks").await, 4);
    let undo = format!("/callbacks/{id}/undo");
    let page = nurse.page(&format!("/callbacks?saved={id}")).await;
    assert!(
        page.contains(&format!("action=\"{undo}\"")) && page.contains("已转医生，24 小时内"),
        "{page}"
    );
    assert!(page.contains("差评已交护士长"), "{page}");
    assert!(!manager.page(&format!("/callbacks?saved={id}")).await.contains(&undo));
    let of_manager = manager.post_form(&undo, &[("version", "2")]).await;
    assert_eq!(of_manager.status(), 409, "only who logged it");
    assert_eq!(nurse.post_form(&undo, &[("version", "1")]).await.status(), 409);
    let undone = nurse.post_form(&undo, &[("version", "2")]).await;
    assert_eq!(undone.status(), 303);
    assert_eq!(undone.headers()["location"], format!("/callbacks?task={id}").as_str());
    for task in [id, other] {
        let task = row(&clinic, task).await;
        assert_eq!(
            (task.state, task.result, task.attempts, task.due_at),
            (callbacks::TaskState::Open, None, 0, was)
        );
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM call_tasks").await, 2);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM call_attempts").await, 0);
    let told = "SELECT count(*) AS n FROM audit_log WHERE action = 'undo' AND detail LIKE 'reached, alarm red%'";
    assert_eq!(clinic.count(told).await, 1);
    assert_eq!(nurse.post_form(&undo, &[("version", "3")]).await.status(), 409);
    // Too late; and not once somebody works on what came of it.
    let fields = [("version", "3"), ("result", "escalated")];
    assert_eq!(nurse.post_form(&path(id), &fields).await.status(), 303);
    let made: i64 = clinic
        .count("SELECT id AS n FROM call_tasks WHERE kind = 'escalation'")
        .await;
    let doctor = clinic.signed_in("doctor").await;
    let tried = [("version", "1"), ("result", "no-answer")];
    assert_eq!(doctor.post_form(&path(TaskId(made)), &tried).await.status(), 303);
    let late = nurse.post_form(&undo, &[("version", "4")]).await;
    assert_eq!(late.status(), 409);
    assert!(late.text().await.unwrap().contains("已经有人在处理"));
    clinic.minutes_pass(1);
    let late = nurse.post_form(&undo, &[("version", "4")]).await;
    assert_eq!(late.status(), 409);
    assert!(late.text().await.unwrap().contains("已超过可撤销的 8 秒"));
    assert_eq!(row(&clinic, id).await.state, callbacks::TaskState::Done);
});

both!(the_second_nurse_loses_nothing, |clinic| {
    let (id, _) = due(&clinic, "吴磊", 1).await;
    let (nurse, manager) = (clinic.signed_in("nurse").await, clinic.signed_in("manager").await);
    let first = [("version", "1"), ("result", "reached"), ("a-pain", "1"), ("note", "好")];
    assert_eq!(nurse.post_form(&path(id), &first).await.status(), 303);
    let second = [
        ("version", "1"),
        ("result", "reached"),
        ("a-pain", "3"),
        ("score", "4"),
        ("note", "家属接的电话"),
    ];
    let answer = manager.post_form(&path(id), &second).await;
    assert_eq!(answer.status(), 409);
    let text = answer.text().await.unwrap();
    for there in [
        "家属接的电话",
        "疼痛 0–10：3",
        "评分 4/5",
        "加到这次回访的记录",
        r#"name="a-pain" value="3""#,
    ] {
        assert!(text.contains(there), "{there}: {text}");
    }
    let notes = format!("/callbacks/{id}/notes");
    assert_eq!(manager.post_form(&notes, &[("note", "")]).await.status(), 422);
    assert_eq!(manager.post_form(&notes, &second).await.status(), 303);
    let noted = "疼痛 0–10：3；评分 4/5；家属接的电话";
    let attempts = clinic.sql(move |c| callbacks::list_attempts(c, id)).await;
    assert_eq!(
        (attempts.len(), attempts[0].note.as_str()),
        (1, format!("好\n孙护士长 11-23 10:42: {noted}").as_str())
    );
    assert!(nurse.page(&format!("/callbacks?task={id}")).await.contains(noted));
    let undo = nurse
        .post_form(&format!("/callbacks/{id}/undo"), &[("version", "2")])
        .await;
    assert_eq!(undo.status(), 409, "something else has happened to the task");
});

both!(nobody_is_called_while_the_clinic_is_closed, |clinic| {
    // Saturday 28 November; Sunday is closed, Monday a holiday.
    let (site, monday) = (clinic.sample.site.id, "2026-11-30".parse().unwrap());
    clinic
        .sql(move |c| chairside::clinic::insert_holiday(c, site, monday, "院庆", "Anniversary"))
        .await;
    clinic.it_is("2026-11-28T16:00:00+08:00");
    let patient = new_patient(&clinic, "吴磊", 1).await;
    finished(&clinic, patient, "extraction").await;
    let open = clinic
        .sql(move |c| callbacks::list_open_of_patient(c, patient, Instant(i64::MAX)))
        .await;
    assert_eq!(shanghai(open[0].due_at), "2026-12-01T10:00:00+08:00");
    assert!(open[0].reason.contains("术后第 3 天"), "{}", open[0].reason);
    clinic.it_is("2026-11-28T18:00:00+08:00");
    let (id, _) = due(&clinic, "苏晴", 2).await;
    let nurse = clinic.signed_in("nurse").await;
    assert!(nurse.page("/callbacks").await.contains("12月1日 周二 10:00</button>"));
    assert_eq!(
        nurse
            .post_form(&path(id), &[("version", "1"), ("result", "no-answer")])
            .await
            .status(),
        303
    );
    assert_eq!(shanghai(row(&clinic, id).await.due_at), "2026-12-01T10:00:00+08:00");
});

both!(reached_says_something, |clinic| {
    let (id, _) = due(&clinic, "吴磊", 1).await;
    let nurse = clinic.signed_in("nurse").await;
    let empty = [
        ("version", "1"),
        ("result", "reached"),
        ("a-nothing", "1"),
        ("note", " "),
        ("later_at", "2026-11-24T09:00"),
    ];
    let answer = nurse.post_form(&path(id), &empty).await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("还没有任何记录") && text.contains("2026-11-24T09:00"),
        "{text}"
    );
    assert_eq!(row(&clinic, id).await.attempts, 0);
    let (status, answer) = clinic
        .api(Role::Nurse)
        .await
        .post_json(
            &format!("/api/v1{}", path(id)),
            &json!({ "version": 1, "result": "reached" }),
        )
        .await;
    assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("answers")));
    for fields in [("a-pain", "1"), ("score", "5"), ("note", "好")] {
        let (id, _) = due(&clinic, "苏晴", i64::from(fields.0.len() as u8)).await;
        let answer = nurse
            .post_form(&path(id), &[("version", "1"), ("result", "reached"), fields])
            .await;
        assert_eq!(answer.status(), 303, "{fields:?}");
    }
});

both!(a_tab_opens_calls_of_its_own, |clinic| {
    let (_, _) = due(&clinic, "吴磊", 1).await;
    let (done, _) = due(&clinic, "苏晴", 2).await;
    let nurse = clinic.signed_in("nurse").await;
    for (tab, nothing) in [
        ("overdue", "没有逾期的回访"),
        ("retry", "没有要再打的电话"),
        ("done", "今天还没有完成的回访"),
    ] {
        let page = nurse.page(&format!("/callbacks?tab={tab}")).await;
        assert!(opened(&page).is_none() && page.contains(nothing), "{tab}: {page}");
    }
    let fields = [("version", "1"), ("result", "declined"), ("tab", "retry")];
    let saved = nurse.post_form(&path(done), &fields).await;
    assert_eq!(
        saved.headers()["location"],
        format!("/callbacks?tab=retry&saved={done}").as_str()
    );
    assert_eq!(
        opened(&nurse.page("/callbacks?tab=done").await).as_deref(),
        Some("苏晴")
    );
    let other = nurse.page(&format!("/callbacks?tab=overdue&task={done}")).await;
    assert!(opened(&other).is_none(), "{other}");
});

both!(a_patient_not_reached_is_texted, |clinic| {
    let (id, _) = due(&clinic, "吴磊", 1).await;
    let text = format!("/callbacks/{id}/text");
    let nurse = clinic.signed_in("nurse").await;
    let early = nurse.post_form(&text, &[("version", "1")]).await;
    assert_eq!(early.status(), 409, "nobody has called yet");
    for version in ["1", "2", "3"] {
        let nurse = clinic.signed_in("nurse").await;
        let no_answer = [("version", version), ("result", "no-answer")];
        assert_eq!(nurse.post_form(&path(id), &no_answer).await.status(), 303);
        clinic.app.clock.set(row(&clinic, id).await.due_at.plus_minutes(1));
    }
    let nurse = clinic.signed_in("nurse").await;
    let page = nurse.page(&format!("/callbacks?task={id}")).await;
    assert!(
        page.contains("已经 3 次没有接通") && page.contains(&format!("action=\"{text}\"")),
        "{page}"
    );
    assert_eq!(nurse.post_form(&text, &[("version", "3")]).await.status(), 409, "stale");
    let queued = nurse.post_form(&text, &[("version", "4")]).await;
    assert_eq!(queued.status(), 303);
    let message = "SELECT count(*) AS n FROM messages WHERE template = 'call-missed' AND subject = 'call-task' \
                   AND state = 'queued'";
    assert_eq!(clinic.count(message).await, 1);
    let held = clinic.count("SELECT due_at AS n FROM messages").await - clinic.now().0;
    assert_eq!(held, 120_000, "a mistake can be stopped");
    let page = nurse.page(&format!("/callbacks?task={id}")).await;
    assert!(page.contains("请回电的消息") && !page.contains(&text), "{page}");
    assert_eq!(nurse.post_form(&text, &[("version", "4")]).await.status(), 409, "once");
    // Asked just before it goes out: wanted while the patient was not spoken with.
    use chairside::messaging::{Cause, MessageCause, Purpose, Verdict};
    let (now, of_task) = (clinic.now(), id.0);
    let verdict = move |c: &mut _, version| {
        let cause = Cause {
            kind: "call-task".into(),
            id: Some(of_task),
            version: Some(version),
        };
        callbacks::CallCause.verdict(c, now, &cause, Purpose::FollowUp, chairside::platform::i18n::Lang::Zh)
    };
    let (wanted, undone) = clinic.sql(move |c| Ok((verdict(c, 3)?, verdict(c, 4)?))).await;
    assert!(matches!(wanted, Verdict::Send(v) if v["name"] == "吴磊" && v["phone"] == "0571 8765 4321"));
    assert!(matches!(undone, Verdict::Skip("call-undone", _)));
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

both!(the_script_speaks_the_readers_language_and_to_a_parent, |clinic| {
    let patient = new_patient(&clinic, "曹东超", 1).await;
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::patients;
            diesel::update(patients::table.find(patient))
                .set((
                    patients::birth_date.eq(chrono::NaiveDate::from_ymd_opt(2018, 5, 1)),
                    patients::allergies.eq("头孢"),
                ))
                .execute(c)?;
            Ok(())
        })
        .await;
    finished(&clinic, patient, "extraction").await;
    clinic.it_is("2026-11-24T10:05:00+08:00");
    let nurse = clinic.signed_in("nurse").await;
    let page = nurse.page("/callbacks").await;
    for there in [
        "<b>曹东超的家长</b>",
        "李医生给曹东超做了拔牙",
        "孩子恢复得怎么样",
        "头孢过敏",
    ] {
        assert!(page.contains(there), "{there}: {page}");
    }
    let english = nurse.page("/callbacks?lang=en").await;
    for there in [
        "Dr Li treated 曹东超 yesterday (Extraction)",
        "how your child is",
        "Allergy: 头孢",
        "Extraction · yesterday · Dr Li",
    ] {
        assert!(english.contains(there), "{there}: {english}");
    }
    assert!(!english.contains("李医生") && !english.contains("拔牙"), "{english}");
});

both!(the_next_visit_is_confirmed_from_the_call, |clinic| {
    let (id, patient) = due(&clinic, "吴磊", 1).await;
    let next = insert_appointment(&clinic, patient, "sutures-out", 6, "booked").await;
    let nurse = clinic.signed_in("nurse").await;
    let page = nurse.page("/callbacks").await;
    assert!(page.contains(r#"id="confirm-next""#), "{page}");
    let doctor = clinic.signed_in("manager").await;
    assert!(doctor.page("/callbacks").await.contains("confirm-next"));
    let confirm = format!("/appointments/{next}/confirm");
    let back = format!("/callbacks?tab=call&task={id}");
    assert!(
        page.contains(&format!("value=\"{}\"", back.replace('&', "&amp;"))),
        "{page}"
    );
    let done = nurse.post_form(&confirm, &[("version", "1"), ("back", &back)]).await;
    assert_eq!(
        (done.status().as_u16(), &done.headers()["location"]),
        (303, &back.parse().unwrap())
    );
    assert!(!nurse.page(&back).await.contains("confirm-next"));
    let other = insert_appointment(&clinic, patient, "sutures-out", 7, "booked").await;
    let away = [("version", "1"), ("back", "//evil.example/")];
    let done = nurse.post_form(&format!("/appointments/{other}/confirm"), &away).await;
    let to = done.headers()["location"].to_str().unwrap().to_owned();
    assert!(to.starts_with("/day"), "{to}");
});

both!(messages_and_calls_of_late_stand_beside_the_call, |clinic| {
    let (id, patient) = due(&clinic, "吴磊", 1).await;
    let now = clinic.now();
    clinic
        .sql(move |c| {
            let message = chairside::messaging::NewMessage {
                dedupe_key: "test".into(),
                patient,
                cause: chairside::messaging::Cause {
                    kind: "patient".into(),
                    id: Some(patient.0),
                    version: None,
                },
                purpose: chairside::messaging::Purpose::FollowUp,
                template: "follow-up".into(),
                carrier: None,
                due_at: now,
                expires_at: now.plus_minutes(60),
                priority: 5,
            };
            chairside::messaging::queue(c, now, &message)
        })
        .await;
    let nurse = clinic.signed_in("nurse").await;
    let fields = [("version", "1"), ("result", "reached"), ("score", "4")];
    assert_eq!(nurse.post_form(&path(id), &fields).await.status(), 303);
    task(&clinic, patient, TaskKind::Recall, "test:recall").await;
    let page = nurse.page("/callbacks").await;
    for there in ["近期消息与回访", "术后随访", "评分 4/5"] {
        assert!(page.contains(there), "{there}: {page}");
    }
});

both!(records_to_be_written_are_shown_to_the_doctor, |clinic| {
    let patient = new_patient(&clinic, "吴磊", 1).await;
    begun(&clinic, patient, "filling").await;
    let doctor = clinic.signed_in("doctor").await;
    assert!(
        !doctor.page("/callbacks").await.contains("待补病历"),
        "a draft of today is being written"
    );
    clinic.it_is("2026-11-24T10:05:00+08:00");
    let doctor = clinic.signed_in("doctor").await;
    assert!(doctor.page("/callbacks").await.contains("待补病历 <b>1</b>"));
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
