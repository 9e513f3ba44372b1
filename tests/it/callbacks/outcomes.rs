//! How a call ends, and when it is tried again.

use chairside::callbacks::{self, TaskKind};
use chairside::platform::clock::Instant;
use chairside::staff::Role;
use serde_json::json;

use super::{due, path, row, task};
use crate::both;
use crate::records::{finished, new_patient};

fn shanghai(t: Instant) -> String {
    t.rfc3339_in(chrono_tz::Asia::Shanghai)
}

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
    // In the record a call leads to its page for whoever may open that.
    let record = format!("/patients/{}", row(&clinic, id).await.patient_id);
    let link = format!("/callbacks?task={id}");
    assert!(nurse.page(&record).await.contains(&link));
    let doctor = clinic.signed_in("doctor").await;
    let page = doctor.page(&record).await;
    assert!(page.contains("未接") && !page.contains(&link), "{page}");
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
        ("2026-11-24T03:00", "请选 7:00 到 22:00 之间"),
        ("2026-11-29T10:00", "诊所这天不开门"),
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
