//! Writing a record.

use chairside::platform::db::schema::patients;
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{TASKS, begun, finished, new_patient};
use crate::both;

both!(a_visit_is_written_finished_and_corrected_with_a_trace, |clinic| {
    let patient = new_patient(&clinic, "吴磊", 7731).await;
    let visit = begun(&clinic, patient, "extraction").await;
    let doctor = clinic.signed_in("doctor").await;
    let edit = format!("/visits/{visit}/edit");
    let page = doctor.page(&edit).await;
    assert!(
        page.contains("青霉素过敏") && page.matches(r#"name="tooth""#).count() == 4,
        "{page}"
    );
    let typed = [
        ("version", "1"),
        ("complaint", "右下后牙胀痛"),
        ("diagnosis", "48 阻生齿"),
        ("tooth", "49"),
        ("treatment", "拔除"),
        ("tooth", "38"),
        ("treatment", ""),
        ("fee", "九百"),
        ("do", "save"),
    ];
    let wrong = doctor.post_form(&edit, &typed).await;
    assert_eq!(wrong.status(), 422);
    let text = wrong.text().await.unwrap();
    for there in [
        "不是 FDI 牙位",
        "请写明这颗牙做了什么",
        "金额格式不对",
        r#"value="49""#,
        "右下后牙胀痛",
        r#"value="九百""#,
    ] {
        assert!(text.contains(there), "{there}: {text}");
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM treatments").await, 0);
    let right = [
        ("version", "1"),
        ("complaint", "右下后牙胀痛"),
        ("diagnosis", "48 阻生齿"),
        ("tooth", "48"),
        ("treatment", "拔除，缝合 2 针"),
        ("tooth", ""),
        ("treatment", ""),
        ("advice", "布洛芬 3 天"),
        ("next_visit", "拆线"),
        ("next_visit_day", "2026-11-30"),
        ("fee", "900"),
        ("do", "finish"),
    ];
    let saved = doctor.post_form(&edit, &right).await;
    assert_eq!(saved.status(), 303, "{}", saved.text().await.unwrap());
    let page = doctor.page(&format!("/visits/{visit}?lang=en")).await;
    for there in ["48 阻生齿", "缝合 2 针", "¥900.00", "30 Nov 2026", "Finished"] {
        assert!(page.contains(there), "{there}: {page}");
    }
    assert_eq!(clinic.count(TASKS).await, 1, "the follow-up call");
    let stale = doctor.post_form(&edit, &right).await;
    assert_eq!(stale.status(), 409);
    assert!(stale.text().await.unwrap().contains("拔除，缝合 2 针"));
    let correction = doctor
        .post_form(&edit, &[("version", "3"), ("diagnosis", "38 阻生齿"), ("do", "save")])
        .await;
    assert_eq!(correction.status(), 303);
    let traced = "SELECT count(*) AS n FROM audit_log WHERE action = 'correct' AND detail LIKE '%48 阻生齿%38 阻生齿%'";
    assert_eq!(clinic.count(traced).await, 1);
    let read = "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'visits' AND actor = '李明'";
    assert!(clinic.count(read).await >= 2);
});

both!(more_lines_come_without_javascript_and_keep_what_was_typed, |clinic| {
    let patient = new_patient(&clinic, "吴磊", 1).await;
    let visit = begun(&clinic, patient, "filling").await;
    let nurse = clinic.signed_in("nurse").await;
    let more = nurse
        .post_form(
            &format!("/visits/{visit}/edit"),
            &[("version", "1"), ("tooth", "36"), ("treatment", "充填"), ("do", "add")],
        )
        .await;
    assert_eq!(more.status(), 200);
    let text = more.text().await.unwrap();
    assert!(text.contains(r#"value="充填""#) && text.matches(r#"name="treatment""#).count() >= 5);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM treatments").await, 0);
});

both!(a_record_is_written_before_it_is_finished, |clinic| {
    let patient = new_patient(&clinic, "吴磊", 1).await;
    let visit = begun(&clinic, patient, "filling").await;
    let doctor = clinic.signed_in("doctor").await;
    let edit = format!("/visits/{visit}/edit");
    let nothing = [
        ("version", "1"),
        ("advice", "两天内不咬硬物"),
        ("treatment", " "),
        ("do", "finish"),
    ];
    let answer = doctor.post_form(&edit, &nothing).await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("请至少填写主诉、诊断或一项治疗") && text.contains("两天内不咬硬物"),
        "{text}"
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM visits WHERE status = 'draft' AND version = 1")
            .await,
        1
    );
    let api = clinic.api(Role::Doctor).await;
    let finish = json!({ "version": 1, "status": "finished" });
    assert_eq!(api.patch_json(&format!("/api/v1/visits/{visit}"), &finish).await.0, 422);
    // The desk may finish without; then the record is on the list of those to be written.
    let silent = finished(&clinic, new_patient(&clinic, "苏晴", 2).await, "filling").await;
    let list = doctor.page("/visits").await;
    assert!(
        list.contains("苏晴") && list.contains("我的") && list.contains(&format!("/visits/{}/edit", silent.id)),
        "{list}"
    );
    assert!(!list.contains("吴磊"), "being written today: {list}");
    assert!(
        doctor
            .page(&format!("/visits/{}", silent.id))
            .await
            .contains("待补病历")
    );
    let timeline = doctor.page(&format!("/patients/{}?lang=en", silent.patient_id)).await;
    assert!(timeline.contains("Filling · Dr Li · record missing"), "{timeline}");
    let written = [("version", "2"), ("diagnosis", "深龋"), ("do", "save")];
    let saved = doctor.post_form(&format!("/visits/{}/edit", silent.id), &written).await;
    assert_eq!(saved.status(), 303, "{}", saved.text().await.unwrap());
    assert!(!doctor.page("/visits").await.contains("苏晴"));
});

both!(the_next_visit_is_not_in_the_past, |clinic| {
    let patient = new_patient(&clinic, "吴磊", 1).await;
    let visit = begun(&clinic, patient, "filling").await;
    let doctor = clinic.signed_in("doctor").await;
    let edit = format!("/visits/{visit}/edit");
    let next = |day| {
        [
            ("version", "1"),
            ("diagnosis", "深龋"),
            ("next_visit_day", day),
            ("do", "save"),
        ]
    };
    let answer = doctor.post_form(&edit, &next("2026-11-22")).await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("这个日期已经过去") && text.contains("f-next_visit_day-e") && text.contains("2026-11-22"),
        "{text}"
    );
    assert_eq!(doctor.post_form(&edit, &next("2026-11-30")).await.status(), 303);
});

both!(who_writes_sees_the_patient_and_every_change, |clinic| {
    let patient = new_patient(&clinic, "吴磊", 1).await;
    clinic
        .sql(move |c| {
            diesel::update(patients::table.find(patient))
                .set((patients::history.eq("高血压"), patients::allergies.eq("头孢")))
                .execute(c)?;
            Ok(())
        })
        .await;
    let before = finished(&clinic, patient, "cleaning").await;
    let doctor = clinic.signed_in("doctor").await;
    let save = |version, diagnosis| [("version", version), ("diagnosis", diagnosis), ("do", "save")];
    let of_before = format!("/visits/{}/edit", before.id);
    assert_eq!(doctor.post_form(&of_before, &save("2", "牙龈炎")).await.status(), 303);
    clinic.minutes_pass(5);
    assert_eq!(doctor.post_form(&of_before, &save("3", "牙周炎")).await.status(), 303);
    let page = doctor.page(&format!("/visits/{}", before.id)).await;
    for there in ["最后由 李明 于 11月23日 周一 10:47 更正", "诊断：“牙龈炎” → “牙周炎”"]
    {
        assert!(page.contains(there), "{there}: {page}");
    }
    clinic.minutes_pass(45);
    let visit = begun(&clinic, patient, "filling").await;
    let doctor = clinic.signed_in("doctor").await;
    let form = doctor.page(&format!("/visits/{visit}/edit?lang=en")).await;
    for there in [
        "高血压",
        "<b>头孢</b>",
        "34 · Male",
        "牙周炎",
        "Cleaning · Dr Li",
        "Allergy: 头孢",
        "Filling",
    ] {
        assert!(form.contains(there), "{there}: {form}");
    }
    let (_, answer) = clinic
        .api(Role::Doctor)
        .await
        .get_json(&format!("/api/v1/patients/{patient}/visits"))
        .await;
    assert!(
        answer[0]["service_en"].is_null() && answer[0]["provider"].is_string(),
        "{answer}"
    );
});

both!(what_was_planned_and_charged_is_taken_out_by_null, |clinic| {
    let visit = begun(&clinic, new_patient(&clinic, "吴磊", 1).await, "filling").await;
    let (api, path) = (clinic.api(Role::Doctor).await, format!("/api/v1/visits/{visit}"));
    let change = async |body: Value| {
        let (status, visit) = api.patch_json(&path, &body).await;
        assert_eq!(status, 200, "{visit}");
        (visit["next_visit_day"].clone(), visit["fee_minor"].clone())
    };
    let day = json!("2026-12-01");
    let slip = json!({ "version": 1, "next_visit_day": "2206-12-01" });
    let (status, refused) = api.patch_json(&path, &slip).await;
    assert_eq!(
        (status, &refused["errors"][0]["field"]),
        (422, &json!("next_visit_day")),
        "{refused}"
    );
    let set = change(json!({ "version": 1, "next_visit_day": day, "fee_minor": 28_000 })).await;
    assert_eq!(set, (day.clone(), json!(28_000)));
    // What is left out stays.
    assert_eq!(
        change(json!({ "version": 2, "advice": "漱口" })).await,
        (day, json!(28_000))
    );
    assert_eq!(change(json!({ "version": 3, "fee_minor": null })).await.1, Value::Null);
    let gone = change(json!({ "version": 4, "next_visit_day": null })).await;
    assert_eq!(gone, (Value::Null, Value::Null));
});
