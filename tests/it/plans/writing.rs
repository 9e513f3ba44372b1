//! The plan's part of the visit form.

use super::{each, plan, planned, root_canal, service, states};
use crate::both;
use crate::records::{begun, new_patient};

/// Rows of the form: item, order, service, teeth, days, minutes, note, why it will not be done.
type Row<'a> = [&'a str; 8];

const FIELDS: Row<'_> = [
    "plan_item",
    "plan_order",
    "plan_service",
    "plan_teeth",
    "plan_days",
    "plan_minutes",
    "plan_note",
    "plan_drop",
];

/// A form of notes that say something, with a plan.
fn form<'a>(versions: [&'a str; 2], what: &'a str, rows: &[Row<'a>]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("version", versions[0]),
        ("plan_version", versions[1]),
        ("complaint", "夜间痛"),
        ("do", what),
    ];
    for row in rows {
        fields.extend(FIELDS.iter().copied().zip(row.iter().copied()));
    }
    fields
}

both!(
    a_plan_is_written_ordered_changed_and_dropped_beside_the_visit,
    |clinic| {
        let who = new_patient(&clinic, "吴磊", 7731).await;
        let visit = begun(&clinic, who, "root-canal").await;
        let (doctor, desk) = (clinic.signed_in("doctor").await, clinic.signed_in("desk").await);
        let edit = format!("/visits/{visit}/edit");
        let page = doctor.page(&edit).await;
        assert!(page.contains("治疗计划") && page.matches(r#"name="plan_service""#).count() == 2);
        let (canal, crown) = (
            service(&clinic, "root-canal").to_string(),
            service(&clinic, "crown").to_string(),
        );
        // Every fault is told at its field, and nothing typed is lost.
        let wrong = [
            ["", "", &canal, "49", "400", "x", "", ""],
            ["", "", "", "", "", "", "没有项目", ""],
            ["", "", &crown, "36", "", "2", "", "不做"],
        ];
        for (lang, told) in [
            ("en", ["no FDI tooth", "Give a number", "Choose a visit type"]),
            ("zh", ["“49”不是 FDI 牙位", "请填写数字", "请选择项目"]),
        ] {
            let answer = doctor
                .post_form(&format!("{edit}?lang={lang}"), &form(["1", "0"], "save", &wrong))
                .await;
            assert_eq!(answer.status(), 422);
            let text = answer.text().await.unwrap();
            for there in told.iter().chain(&[r#"value="49""#, r#"value="400""#, "没有项目"]) {
                assert!(text.contains(there), "{there}: {text}");
            }
        }
        let wrong = [
            ["", "", &canal, "", "400", "", "", ""],
            ["", "", &crown, "36", "", "2", "", "不做"],
        ];
        let answer = doctor.post_form(&edit, &form(["1", "0"], "save", &wrong)).await;
        let text = answer.text().await.unwrap();
        for there in ["0 到 365 天", "5 到 480 分钟", "新项目还没有保存"] {
            assert!(text.contains(there), "{there}: {text}");
        }
        assert_eq!(clinic.count("SELECT count(*) AS n FROM plan_items").await, 0);
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM visits WHERE complaint <> ''")
                .await,
            0,
            "all or nothing"
        );
        // More rows, with what was typed.
        let rows = [
            ["", "9", &crown, "３６", "14", "90", "全瓷冠", ""],
            ["", "1", &canal, "36", "", "", "", ""],
            ["", "2", &canal, "36", "7", "", "封药", ""],
        ];
        let more = doctor.post_form(&edit, &form(["1", "0"], "plan", &rows)).await;
        assert_eq!(more.status(), 200);
        let more = more.text().await.unwrap();
        assert!(more.matches(r#"name="plan_service""#).count() == 7 && more.contains("全瓷冠"));
        // Saved in the order asked for; everybody of the staff sees it.
        let saved = doctor.post_form(&edit, &form(["1", "0"], "save", &rows)).await;
        assert_eq!(saved.status(), 303);
        let shown = doctor.page(&format!("/visits/{visit}")).await;
        assert!(
            shown.contains("根管治疗 1/2 · 36") && shown.contains("建议 11月23日之后"),
            "{shown}"
        );
        let record = desk.page(&format!("/patients/{who}")).await;
        assert!(
            record.contains("根管治疗 1/2 · 36 → 根管治疗 2/2 · 36 → 牙冠 · 36"),
            "{record}"
        );
        let whole = desk.page(&format!("/patients/{who}/plan?lang=en")).await;
        assert!(
            whole.contains("from 14 Dec on") && whole.contains("90 min") && whole.contains("封药"),
            "{whole}"
        );
        let p = plan(&clinic, who).await;
        assert_eq!(
            (&p["version"], p["items"][2]["teeth"].as_str()),
            (&1.into(), Some("36"))
        );
        assert_eq!(p["items"][0]["visit_id"], visit.0);
        // One is dropped with a reason, the crown comes first, and the other is changed.
        let id = |n: usize| p["items"][n]["id"].to_string();
        let (one, two, three) = (id(0), id(1), id(2));
        let rows = [
            [one.as_str(), "1", &canal, "36", "0", "", "", "牙已劈裂"],
            [&two, "3", &canal, "36,37", "10", "", "封药", ""],
            [&three, "2", &crown, "36", "14", "90", "全瓷冠", ""],
        ];
        let saved = doctor.post_form(&edit, &form(["2", "1"], "finish", &rows)).await;
        assert_eq!(saved.status(), 303);
        let p = plan(&clinic, who).await;
        assert_eq!(states(&clinic, who).await, ["dropped", "planned", "planned"]);
        assert_eq!(
            each(&p, "id"),
            [&one, &three, &two].map(|id| id.parse::<i64>().unwrap())
        );
        assert_eq!(p["items"][0]["drop_reason"], "牙已劈裂");
        assert_eq!(p["items"][2]["teeth"], "36,37");
        let audited =
            format!("SELECT count(*) AS n FROM audit_log WHERE subject = 'treatment_plans' AND patient_id = {who}");
        let changes = format!("{audited} AND action IN ('create', 'update')");
        assert_eq!(clinic.count(&changes).await, 2);
        assert!(clinic.count(&audited).await > 2, "reading it is noted");
    }
);

both!(
    a_plan_that_somebody_else_changed_is_told_and_nothing_is_lost,
    |clinic| {
        let who = new_patient(&clinic, "吴磊", 7731).await;
        let visit = begun(&clinic, who, "root-canal").await;
        let p = root_canal(&clinic, who).await;
        let doctor = clinic.signed_in("doctor").await;
        let edit = format!("/visits/{visit}/edit");
        let canal = service(&clinic, "root-canal").to_string();
        let crown = service(&clinic, "crown").to_string();
        let ids: Vec<String> = each(&p, "id").iter().map(|id| id.to_string()).collect();
        let mut rows: Vec<Row<'_>> = vec![
            [&ids[0], "1", &canal, "36", "0", "", "", ""],
            [&ids[1], "2", &canal, "36", "7", "", "", ""],
            [&ids[2], "3", &canal, "36", "7", "", "", ""],
            [&ids[3], "4", &crown, "36", "14", "", "", ""],
        ];
        // The desk books the first one meanwhile: who did not touch the plan is not bothered.
        let body = serde_json::json!({ "patient_id": who, "service_id": service(&clinic, "root-canal"),
        "starts_at": "2026-11-25T09:00:00+08:00" });
        let desk = clinic.api(chairside::staff::Role::FrontDesk).await;
        let (status, booked) = desk.post_json("/api/v1/appointments", &body).await;
        assert_eq!(status, 201, "{booked}");
        let saved = doctor.post_form(&edit, &form(["1", "1"], "save", &rows)).await;
        assert_eq!(saved.status(), 303);
        assert_eq!(states(&clinic, who).await[0], "booked");
        // What is booked is neither dropped nor made something else.
        let mut wrong = rows.clone();
        wrong[0][7] = "不做了";
        let answer = doctor.post_form(&edit, &form(["2", "2"], "save", &wrong)).await;
        assert_eq!(answer.status(), 422);
        assert!(answer.text().await.unwrap().contains("请先取消预约"));
        wrong[0][7] = "";
        wrong[0][2] = &crown;
        let answer = doctor.post_form(&edit, &form(["2", "2"], "save", &wrong)).await;
        assert!(answer.text().await.unwrap().contains("不能换项目"));
        // A colleague adds something meanwhile.
        let nurse = clinic.signed_in("nurse").await;
        rows.push(["", "", &crown, "46", "30", "", "同事加的", ""]);
        let saved = nurse.post_form(&edit, &form(["2", "2"], "save", &rows)).await;
        assert_eq!(saved.status(), 303);
        rows.pop();
        rows[1][6] = "我写的";
        let stale = doctor.post_form(&edit, &form(["2", "2"], "save", &rows)).await;
        assert_eq!(stale.status(), 409);
        let text = stale.text().await.unwrap();
        for there in ["我写的", "同事加的", r#"name="plan_version" value="3""#, "10:42"] {
            assert!(text.contains(there), "{there}: {text}");
        }
        // With the newest version and all open items it is saved.
        let p = plan(&clinic, who).await;
        let added = p["items"][4]["id"].to_string();
        rows.push([&added, "5", &crown, "46", "30", "", "同事加的", ""]);
        let saved = doctor.post_form(&edit, &form(["2", "3"], "save", &rows)).await;
        assert_eq!(saved.status(), 303);
        assert_eq!(plan(&clinic, who).await["items"][1]["note"], "我写的");
    }
);

both!(a_visit_beside_which_a_plan_was_written_stays, |clinic| {
    let who = new_patient(&clinic, "吴磊", 7731).await;
    let visit = begun(&clinic, who, "root-canal").await;
    let canal = service(&clinic, "root-canal").to_string();
    let fields = [
        ("version", "1"),
        ("plan_version", "0"),
        ("plan_service", canal.as_str()),
        ("do", "save"),
    ];
    let doctor = clinic.signed_in("doctor").await;
    let saved = doctor.post_form(&format!("/visits/{visit}/edit"), &fields).await;
    assert_eq!(saved.status(), 303);
    let now = clinic.now();
    clinic
        .sql(move |c| {
            let system = chairside::staff::Actor::system("test");
            chairside::records::abandon_visit(c, now, &system, 1)
        })
        .await;
    assert_eq!(clinic.count("SELECT count(*) AS n FROM visits").await, 1);
});

both!(an_empty_plan_says_who_writes_it, |clinic| {
    let who = new_patient(&clinic, "吴磊", 7731).await;
    let desk = clinic.signed_in("desk").await;
    let page = desk.page(&format!("/patients/{who}/plan")).await;
    assert!(page.contains("还没有治疗计划"), "{page}");
    assert!(!desk.page(&format!("/patients/{who}")).await.contains("治疗计划"));
    let p = planned(&clinic, who, &[]).await;
    assert_eq!((&p["version"], &p["items"]), (&0.into(), &serde_json::json!([])));
});
