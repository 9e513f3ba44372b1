//! The desk: which call opens, two nurses at once, taking back.

use chairside::callbacks::{self, TaskId, TaskKind};
use chairside::platform::db::schema::call_tasks;
use diesel::prelude::*;

use super::{due, opened, path, row, task};
use crate::both;
use crate::support::Clinic;

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
