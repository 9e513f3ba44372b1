//! What the nurse reads before a session, and what is to be laid out.

use chairside::platform::db::schema::patients as p;
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::{between, booked, provider, service, took};
use crate::both;
use crate::support::make_patient;

both!(the_sheet_says_who_comes_what_was_and_what_to_prepare, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900000003").await;
    let other = make_patient(&clinic, "吴磊", "13900000004").await;
    clinic
        .sql(move |c| {
            diesel::update(p::table.find(who))
                .set((
                    p::vip.eq(true),
                    p::needs.eq("需要轮椅"),
                    p::allergies.eq("青霉素"),
                    p::history.eq("高血压"),
                ))
                .execute(c)?;
            Ok(())
        })
        .await;
    // An earlier visit, with advice and a plan.
    let a = booked(&api, &clinic, who, "root-canal", 1, "2026-11-23T10:45:00+08:00").await;
    took(&api, &a, "seat").await;
    let doctor = clinic.signed_in("doctor").await;
    let begun = doctor.post_form(&format!("/appointments/{}/visit", a["id"]), &[]).await;
    let visit = begun.headers()["location"].to_str().unwrap().to_owned();
    let form = doctor.page(&visit).await;
    let version = between(&form, "name=\"version\" value=\"", "\"").to_owned();
    let fields = [
        ("version", version.as_str()),
        ("complaint", "牙痛"),
        ("diagnosis", "牙髓炎"),
        ("tooth", "36"),
        ("treatment", "开髓"),
        ("advice", "勿咬硬物"),
        ("next_visit", "根管充填"),
        ("do", "finish"),
    ];
    let saved = doctor.post_form(&visit, &fields).await;
    assert_eq!(saved.status(), 303, "{}", saved.text().await.unwrap());
    booked(&api, &clinic, who, "root-canal", 1, "2026-11-24T09:00:00+08:00").await;
    booked(&api, &clinic, other, "cleaning", 5, "2026-11-24T14:00:00+08:00").await;
    let manager = clinic.signed_in("manager").await;
    let (zh, en) = (
        format!("zh-{}", service(&clinic, "root-canal").id),
        format!("en-{}", service(&clinic, "root-canal").id),
    );
    let supplies = [(zh.as_str(), "根管锉、橡皮障"), (en.as_str(), "files, rubber dam")];
    assert_eq!(manager.post_form("/settings/supplies", &supplies).await.status(), 303);
    let nurse = clinic.signed_in("nurse").await;
    let sheet = nurse.page("/day-sheet?day=2026-11-24").await;
    for wanted in [
        "孙丽",
        "09:00",
        "1号椅",
        "需要轮椅",
        "青霉素",
        "高血压",
        "牙髓炎",
        "勿咬硬物",
        "根管充填",
        "根管锉、橡皮障",
        "吴磊",
        "初诊",
        "× 1",
    ] {
        assert!(sheet.contains(wanted), "{wanted}: {sheet}");
    }
    assert!(
        nurse
            .page("/day-sheet?day=2026-11-24&lang=en")
            .await
            .contains("files, rubber dam")
    );
    // The desk sees what booking shows it of earlier visits, and no medical history.
    let desk = clinic.signed_in("desk").await;
    let sheet = desk.page("/day-sheet?day=2026-11-24").await;
    assert!(sheet.contains("孙丽") && sheet.contains("青霉素"));
    assert!(sheet.contains("牙髓炎") && !sheet.contains("高血压"), "{sheet}");
    // By session and by provider.
    let morning = nurse.page("/day-sheet?day=2026-11-24&session=morning").await;
    assert!(morning.contains("孙丽") && !morning.contains("吴磊"));
    let afternoon = nurse.page("/day-sheet?day=2026-11-24&session=afternoon").await;
    assert!(!afternoon.contains("孙丽") && afternoon.contains("吴磊"));
    let own = nurse
        .page(&format!(
            "/day-sheet?day=2026-11-24&provider={}",
            provider(&clinic, 5).id
        ))
        .await;
    assert!(!own.contains("孙丽") && own.contains("吴磊"));
    assert_eq!(nurse.get("/day-sheet?session=night").await.status(), 422);
    // Each reading is noted as that of a list.
    let noted =
        "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'day_sheet' AND detail = 'list of 2'";
    assert_eq!(clinic.count(noted).await, 3);
    assert!(
        nurse
            .page("/day?day=2026-11-24")
            .await
            .contains("/day-sheet?day=2026-11-24")
    );
});

both!(supplies_are_kept_by_service, |clinic| {
    let manager = clinic.signed_in("manager").await;
    let field = format!("zh-{}", service(&clinic, "cleaning").id);
    let long = "纱".repeat(301);
    let refused = manager
        .post_form("/settings/supplies", &[(field.as_str(), long.as_str())])
        .await;
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.unwrap().contains(&long));
    let save = |text: &'static str| {
        let (manager, field) = (&manager, &field);
        async move {
            let answer = manager.post_form("/settings/supplies", &[(field.as_str(), text)]).await;
            answer.headers()["location"].to_str().unwrap().to_owned()
        }
    };
    assert_eq!(save("洁牙尖").await, "/settings/supplies?saved=supplies#supplies");
    assert_eq!(save("洁牙尖").await, "/settings/supplies?same=supplies#supplies");
    assert!(manager.page("/settings/supplies").await.contains("value=\"洁牙尖\""));
    assert_eq!(save("").await, "/settings/supplies?saved=supplies#supplies");
    assert_eq!(clinic.count("SELECT count(*) AS n FROM service_supplies").await, 0);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE subject = 'service_supplies'")
            .await,
        2
    );
});

both!(
    the_sheet_has_the_plans_item_and_who_came_without_an_appointment,
    |clinic| {
        let api = clinic.api(Role::FrontDesk).await;
        let who = make_patient(&clinic, "孙丽", "13900000003").await;
        let root_canal = service(&clinic, "root-canal").id;
        let doctor = clinic.api(Role::Doctor).await;
        let items = json!([
            { "service_id": root_canal, "teeth": "36", "note": "备管" },
            { "service_id": root_canal, "teeth": "36", "note": "充填", "days_after": 7 },
        ]);
        let path = format!("/api/v1/patients/{who}/plan");
        let wanted = json!({ "version": 0, "items": items });
        let (status, plan) = doctor.patch_json(&path, &wanted).await;
        assert_eq!(status, 200, "{plan}");
        booked(&api, &clinic, who, "root-canal", 1, "2026-11-23T14:00:00+08:00").await;
        let other = make_patient(&clinic, "吴磊", "13900000004").await;
        let queued =
            json!({ "patient_id": other, "service_id": root_canal, "urgency": "soon", "complaint": "牙痛一夜" });
        let (status, walk_in) = api.post_json("/api/v1/walk-ins", &queued).await;
        assert_eq!(status, 201, "{walk_in}");

        let nurse = clinic.signed_in("nurse").await;
        let sheet = nurse.page("/day-sheet?lang=en").await;
        for part in [
            "Treatment plan: ",
            "1/2 · 36",
            "备管",
            "Came without an appointment",
            "吴磊",
            "牙痛一夜",
            "No. 1",
            "× 2",
            "2 patients",
        ] {
            assert!(sheet.contains(part), "{part}: {sheet}");
        }
        assert!(!sheet.contains("充填"), "the other item is not booked: {sheet}");
        // Half past ten is the morning; and nobody's queue is one provider's.
        assert!(!nurse.page("/day-sheet?session=afternoon").await.contains("吴磊"));
        let own = format!("/day-sheet?provider={}", provider(&clinic, 1).id);
        assert!(!nurse.page(&own).await.contains("吴磊"));
        let (_, json) = api.get_json("/api/v1/day-sheet").await;
        assert_eq!(json["walk_ins"][0]["complaint"], "牙痛一夜", "{json}");
        assert_eq!(json["visits"][0]["plan_item_id"], plan["items"][0]["id"], "{json}");
        assert_eq!(json["visits"][0]["walk_in_number"], serde_json::Value::Null);
    }
);
