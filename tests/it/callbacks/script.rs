//! What stands beside a call: script, visits, messages, records.

use chairside::callbacks::TaskKind;
use diesel::prelude::*;

use super::{due, path, task};
use crate::both;
use crate::records::{begun, finished, insert_appointment, new_patient};

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
