//! The audit.

use crate::both;

both!(the_audit_cannot_be_changed, |clinic| {
    clinic.signed_in("desk").await;
    assert!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'sign-in'")
            .await
            >= 1
    );
    let mut attempts = vec!["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"];
    if clinic.engine == crate::support::Engine::Sqlite {
        attempts.push(
            "INSERT OR REPLACE INTO audit_log (id, at, actor, action, subject, ip, request_id, detail) \
             VALUES ((SELECT min(id) FROM audit_log), 0, 'x', 'x', 'x', '', '', '')",
        );
        attempts.push("REPLACE INTO audit_log SELECT * FROM audit_log");
    }
    for sql in attempts {
        let refused = clinic
            .app
            .db
            .write(move |c| {
                diesel::connection::SimpleConnection::batch_execute(c, sql)?;
                Ok(())
            })
            .await;
        assert!(refused.is_err(), "{sql}");
    }
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE actor = 'x'")
            .await,
        0
    );
    let before = clinic.count("SELECT count(*) AS n FROM audit_log").await;
    clinic.signed_in("desk").await;
    assert!(
        clinic.count("SELECT count(*) AS n FROM audit_log").await > before,
        "adding goes on"
    );
});

both!(the_audit_is_filtered_paged_and_noted, |clinic| {
    let who = crate::support::make_patient(&clinic, "孙丽", "13900007771").await.0;
    let other = crate::support::make_patient(&clinic, "王敏", "13900007772").await.0;
    let chart = clinic
        .sql(move |c| Ok(chairside::patients::get_patient(c, chairside::patients::PatientId(other))?.chart_no))
        .await;
    let manager = clinic.signed_in("manager").await;
    let now = clinic.now();
    let desk = clinic.sample.users[1];
    clinic
        .sql(move |c| {
            let mut actor = chairside::staff::Actor::system("test");
            actor.user = Some(desk);
            actor.name = "钱晓".into();
            for n in 1..=60 {
                let subject = chairside::staff::Subject::of_patient("patients", who, who);
                chairside::staff::audit(c, now, &actor, "read", subject, &format!("row {n}."))?;
            }
            let yesterday = now + -86_400_000;
            let subject = chairside::staff::Subject::of_patient("call_tasks", 167, other);
            let detail = "no-answer, alarm none, score None";
            chairside::staff::audit(c, yesterday, &actor, "call", subject, detail)
        })
        .await;
    let first = manager
        .page(&format!("/settings/audit?lang=en&person={desk}&action=read"))
        .await;
    assert!(
        first.contains("row 60.") && first.contains("row 11.") && !first.contains("row 10."),
        "{first}"
    );
    let at = first.rfind("/settings/audit?person").expect("older");
    let older: String = first[at..].chars().take_while(|c| *c != '"').collect();
    let second = manager.page(&older.replace("&amp;", "&")).await;
    assert!(
        second.contains("row 10.") && second.contains("row 1.") && !second.contains("row 11."),
        "{second}"
    );
    assert!(!second.contains("Older entries"));

    // A patient by chart number or by name, and everything in words.
    let one = manager.page(&format!("/settings/audit?lang=zh&patient={chart}")).await;
    for part in ["王敏", chart.as_str(), "回访 · 回访任务", "无人接听", "钱晓"] {
        assert!(one.contains(part), "{part} in {one}");
    }
    for part in ["call_tasks", "alarm", "score", "row 7.", "#167"] {
        assert!(!one.contains(part), "{part} in {one}");
    }
    assert!(one.contains(&format!(r#"href="/patients/{other}""#)));
    let by_name = manager.page("/settings/audit?lang=en&patient=%E7%8E%8B%E6%95%8F").await;
    assert!(by_name.contains("no answer") && by_name.contains("Called"), "{by_name}");
    let wrong = manager.get("/settings/audit?lang=en&patient=nobodyofthisname").await;
    assert_eq!(wrong.status(), 422);
    assert!(wrong.text().await.unwrap().contains(r#"id="f-patient-e""#));
    let noted = format!(
        "SELECT count(*) AS n FROM audit_log WHERE subject = 'audit_log' AND patient_id = {other} AND action = 'read'"
    );
    assert_eq!(clinic.count(&noted).await, 2);

    // Days of the clinic's calendar.
    let day = manager
        .page("/settings/audit?from=2026-11-22&until=2026-11-22&action=call")
        .await;
    assert!(day.contains("王敏"), "{day}");
    let later = manager
        .page("/settings/audit?lang=en&from=2026-11-23&action=call")
        .await;
    assert!(later.contains("No entries fit"), "{later}");
    let wrong = manager.get("/settings/audit?from=2026-11-23&until=2026-11-22").await;
    assert_eq!(wrong.status(), 422);
    assert!(
        manager
            .page("/settings/audit?action=book")
            .await
            .contains("No entries fit")
    );
});

both!(names_that_pages_show_are_noted_and_not_once_for_each_letter, |clinic| {
    let who = crate::support::make_patient(&clinic, "孙丽", "13900007771").await;
    crate::support::make_patient(&clinic, "孙敏", "13900007772").await;
    let desk = clinic.signed_in("desk").await;
    let noted = async |like: &str| {
        let lists = "action = 'read' AND subject = 'patients' AND patient_id IS NULL";
        let sql = format!("SELECT count(*) AS n FROM audit_log WHERE {lists} AND detail LIKE '{like}'");
        clinic.count(&sql).await
    };
    desk.page("/patients?q=%E5%AD%99").await;
    assert_eq!(noted("2 patients of q=孙").await, 1);
    desk.page("/patients").await;
    assert_eq!(noted("2 patients of all").await, 1);
    desk.page("/patients?q=nobody").await;
    assert_eq!(noted("%nobody").await, 0);
    // Letter by letter: two are shown, then one of them; nobody new.
    for q in ["zzz", "%E5%AD%99", "%E5%AD%99%E4%B8%BD", "7771"] {
        desk.page(&format!("/patients/pick?q={q}")).await;
        desk.page(&format!("/day/hits?q={q}")).await;
    }
    assert_eq!(noted("%of q=%").await, 2, "the page's and one of the box");
    // Somebody else, and somebody new, and a minute later.
    let nurse = clinic.signed_in("nurse").await;
    nurse.page("/patients/pick?q=%E5%AD%99%E4%B8%BD").await;
    assert_eq!(noted("1 patients of q=孙丽").await, 1);
    crate::support::make_patient(&clinic, "孙红", "13900007773").await;
    desk.page("/day/hits?q=%E5%AD%99").await;
    assert_eq!(noted("3 patients of q=孙").await, 1);
    clinic.minutes_pass(2);
    desk.page("/find?q=%E5%AD%99%E4%B8%BD").await;
    assert_eq!(noted("1 patients of q=孙丽").await, 2);
    clinic.minutes_pass(2);
    let typed = [("name", "孙丽"), ("phone", "13900007771")];
    assert_eq!(desk.post_form("/patients/check", &typed).await.status(), 200);
    assert_eq!(noted("1 patients of q=孙丽 13900007771").await, 1);
    // Records to be written name patients, too.
    let doctor = clinic.signed_in("doctor").await;
    doctor.page("/visits").await;
    let lists = "SELECT count(*) AS n FROM audit_log WHERE subject = 'visits' AND detail LIKE 'list of %'";
    assert_eq!(clinic.count(lists).await, 0, "nobody is on it");
    crate::records::finished(&clinic, who, "filling").await;
    let page = doctor.page("/visits").await;
    assert!(page.contains("孙丽"), "{page}");
    assert_eq!(clinic.count(lists).await, 1);
});

both!(what_a_role_may_not_do_is_noted, |clinic| {
    let nurse = clinic.signed_in("nurse").await;
    assert_eq!(nurse.get("/settings/site").await.status(), 403);
    let api = clinic.api(chairside::staff::Role::Doctor).await;
    assert_eq!(
        api.post_json("/api/v1/patients", &serde_json::json!({ "name": "x" }))
            .await
            .0,
        403
    );
    for said in ["GET /settings/site", "POST /api/v1/patients"] {
        let sql = format!(
            "SELECT count(*) AS n FROM audit_log WHERE action = 'refuse' AND detail = '{said}' AND actor <> ''"
        );
        assert_eq!(clinic.count(&sql).await, 1, "{said}");
    }
    let log = clinic
        .signed_in("manager")
        .await
        .page("/settings/audit?lang=zh&action=refuse")
        .await;
    assert!(log.contains("拒绝") && log.contains("GET /settings/site"), "{log}");
});
