//! Visits: begun at seating, written, finished, corrected; the follow-up call that finishing makes.

use std::sync::Arc;

use chairside::callbacks::FollowUps;
use chairside::patients::PatientId;
use chairside::platform::clock::Instant;
use chairside::platform::db::Conn;
use chairside::platform::db::schema::{appointments, patients};
use chairside::platform::error::Result;
use chairside::records::{self, NewVisit, Notes, Observers, Treatment, Visit, VisitId};
use chairside::staff::{Actor, Role};
use diesel::prelude::*;
use serde_json::json;

use crate::both;
use crate::support::Clinic;

/// A patient with a phone and a penicillin allergy.
pub fn insert_patient(c: &mut Conn, now: Instant, name: &str, n: i64) -> Result<PatientId> {
    Ok(diesel::insert_into(patients::table)
        .values((
            (
                patients::chart_no.eq(format!("T{n:05}")),
                patients::name.eq(name),
                patients::search_name.eq(name),
                patients::initials.eq("x"),
                patients::sex.eq("male"),
                patients::birth_date.eq(chrono::NaiveDate::from_ymd_opt(1992, 3, 1)),
                patients::phone.eq(format!("+861390000{n:04}")),
                patients::language.eq("zh"),
                patients::channel.eq("sms"),
                patients::marketing.eq(false),
                patients::vip.eq(false),
                patients::needs.eq(""),
            ),
            (
                patients::allergies.eq("青霉素过敏"),
                patients::history.eq(""),
                patients::occupation.eq(""),
                patients::address.eq(""),
                patients::source.eq(""),
                patients::note.eq(""),
                patients::completeness.eq(50),
                patients::deceased.eq(false),
                patients::version.eq(1_i64),
                patients::created_at.eq(now),
                patients::updated_at.eq(now),
            ),
        ))
        .returning(patients::id)
        .get_result(c)?)
}

/// An appointment of the sample clinic's `service`, `days` from now at the same time; its row id.
pub async fn insert_appointment(clinic: &Clinic, patient: PatientId, service: &str, days: i64, status: &str) -> i64 {
    let sample = &clinic.sample;
    let service = sample.services.iter().find(|s| s.code == service).unwrap().id;
    let provider = sample.providers[usize::try_from(patient.0 - 1).unwrap() % 5].clone();
    let (site, now, status) = (sample.site.id, clinic.now(), status.to_owned());
    let starts = now + days * 86_400_000;
    clinic
        .sql(move |c| {
            Ok(diesel::insert_into(appointments::table)
                .values((
                    appointments::site_id.eq(site),
                    appointments::patient_id.eq(patient),
                    appointments::provider_id.eq(provider.id),
                    appointments::chair_id.eq(provider.chair_id),
                    appointments::service_id.eq(service),
                    appointments::starts_at.eq(starts),
                    appointments::ends_at.eq(starts + 1_800_000),
                    appointments::busy_from.eq(starts),
                    appointments::busy_until.eq(starts + 1_800_000),
                    appointments::status.eq(status),
                    appointments::note.eq(""),
                    appointments::source.eq("test"),
                    appointments::version.eq(1_i64),
                    appointments::created_at.eq(now),
                    appointments::updated_at.eq(now),
                ))
                .returning(appointments::id)
                .get_result(c)?)
        })
        .await
}

pub async fn new_patient(clinic: &Clinic, name: &str, n: i64) -> PatientId {
    let (now, name) = (clinic.now(), name.to_owned());
    clinic.sql(move |c| insert_patient(c, now, &name, n)).await
}

fn observers() -> Observers {
    vec![Arc::new(FollowUps)]
}

/// A visit begun today for an appointment of `service`.
pub async fn begun(clinic: &Clinic, patient: PatientId, service: &str) -> VisitId {
    let appointment = insert_appointment(clinic, patient, service, 0, "in-chair").await;
    let (provider, service) = (
        clinic.sample.providers[0].clone(),
        clinic
            .sample
            .services
            .iter()
            .find(|s| s.code == service)
            .unwrap()
            .clone(),
    );
    let (now, zone) = (clinic.now(), clinic.sample.site.tz());
    clinic
        .sql(move |c| {
            let visit = NewVisit {
                appointment_id: appointment,
                patient_id: patient,
                provider_id: provider.id,
                service_id: service.id,
                day: now.day(zone),
                provider_name: provider.name,
                service_name: service.name,
            };
            let actor = Actor::system("test");
            let first = records::begin_visit(c, now, &actor, visit.clone())?;
            assert_eq!(
                records::begin_visit(c, now, &actor, visit)?,
                first,
                "one visit per appointment"
            );
            Ok(first)
        })
        .await
}

pub async fn finished(clinic: &Clinic, patient: PatientId, service: &str) -> Visit {
    let (id, now) = (begun(clinic, patient, service).await, clinic.now());
    clinic
        .sql(move |c| records::finish_visit(c, now, &Actor::system("test"), &observers(), id))
        .await
}

const TASKS: &str = "SELECT count(*) AS n FROM call_tasks";

both!(finishing_makes_the_call_once_and_reopening_takes_it_back, |clinic| {
    let patient = new_patient(&clinic, "吴磊", 7731).await;
    let visit = finished(&clinic, patient, "extraction").await;
    assert_eq!(clinic.count(TASKS).await, 1);
    let (id, now) = (visit.id, clinic.now());
    clinic
        .sql(move |c| {
            let actor = Actor::system("test");
            records::finish_visit(c, now, &actor, &observers(), id)?;
            assert_eq!(records::count_visits(c, patient)?, 1);
            records::reopen_visit(c, now, &actor, &observers(), id)?;
            assert_eq!(records::count_visits(c, patient)?, 0);
            Ok(())
        })
        .await;
    assert_eq!(clinic.count(TASKS).await, 0);
    clinic
        .sql(move |c| records::finish_visit(c, now, &Actor::system("test"), &observers(), id))
        .await;
    assert_eq!(clinic.count(TASKS).await, 1);
    let due = clinic
        .count("SELECT due_at AS n FROM call_tasks WHERE kind = 'follow-up' AND priority = 2 AND script = 'extraction'")
        .await;
    assert_eq!(
        Instant(due).rfc3339_in(clinic.sample.site.tz()),
        "2026-11-24T10:00:00+08:00"
    );
    finished(&clinic, new_patient(&clinic, "苏晴", 2).await, "cleaning").await;
});

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

both!(the_front_desk_sees_the_history_and_not_the_notes, |clinic| {
    let patient = new_patient(&clinic, "吴磊", 1).await;
    let visit = begun(&clinic, patient, "filling").await;
    let now = clinic.now();
    clinic
        .sql(move |c| {
            let notes = Notes {
                complaint: "疼".into(),
                diagnosis: "深龋".into(),
                treatments: vec![Treatment {
                    tooth: Some("36".into()),
                    description: "充填".into(),
                }],
                advice: "两天内不咬硬物".into(),
                next_visit: "复查".into(),
                next_visit_day: None,
                fee_minor: None,
            };
            let actor = Actor::system("test");
            records::save_notes(c, now, &actor, (visit, 1), &notes)?;
            records::finish_visit(c, now, &actor, &observers(), visit)
        })
        .await;
    let desk = clinic.signed_in("desk").await;
    assert_eq!(desk.get(&format!("/visits/{visit}")).await.status(), 403);
    assert_eq!(desk.get(&format!("/visits/{visit}/edit")).await.status(), 403);
    let (status, visits) = clinic
        .api(Role::FrontDesk)
        .await
        .get_json(&format!("/api/v1/patients/{patient}/visits"))
        .await;
    assert_eq!(status, 200);
    assert_eq!(visits[0]["advice"], "两天内不咬硬物");
    // R5: what was found and done is shown to whoever books; what the patient complained of is not.
    assert_eq!(
        (&visits[0]["diagnosis"], &visits[0]["complaint"]),
        (&json!("深龋"), &json!(""))
    );
    let (_, visits) = clinic
        .api(Role::Nurse)
        .await
        .get_json(&format!("/api/v1/patients/{patient}/visits"))
        .await;
    assert_eq!(
        (&visits[0]["diagnosis"], &visits[0]["complaint"]),
        (&json!("深龋"), &json!("疼"))
    );
});

both!(an_appointments_visit_is_made_once_the_patient_is_here, |clinic| {
    let patient = new_patient(&clinic, "吴磊", 1).await;
    let planned = insert_appointment(&clinic, patient, "filling", 1, "booked").await;
    let seated = insert_appointment(&clinic, patient, "filling", 0, "in-chair").await;
    let nurse = clinic.signed_in("nurse").await;
    assert_eq!(
        nurse
            .post_form(&format!("/appointments/{planned}/visit"), &[])
            .await
            .status(),
        409
    );
    assert_eq!(nurse.post_form("/appointments/999/visit", &[]).await.status(), 404);
    let first = nurse.post_form(&format!("/appointments/{seated}/visit"), &[]).await;
    assert_eq!(first.status(), 303);
    let again = nurse.post_form(&format!("/appointments/{seated}/visit"), &[]).await;
    assert_eq!(first.headers()["location"], again.headers()["location"]);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM visits WHERE status = 'draft'")
            .await,
        1
    );
});

both!(the_api_reads_and_changes_a_visit, |clinic| {
    let patient = new_patient(&clinic, "吴磊", 1).await;
    let visit = begun(&clinic, patient, "root-canal").await;
    let api = clinic.api(Role::Doctor).await;
    let path = format!("/api/v1/visits/{visit}");
    let wrong = json!({ "version": 1, "treatments": [{ "tooth": "99", "description": "x" }] });
    let (status, answer) = api.patch_json(&path, &wrong).await;
    assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("tooth-0")));
    let (status, _) = api.patch_json(&path, &json!({ "version": 1, "diagnose": "x" })).await;
    assert_eq!(status, 422);
    let change = json!({ "version": 1, "diagnosis": "46 牙髓炎", "treatments": [{ "tooth": "46", "description": "开髓" }], "status": "finished" });
    let (status, answer) = api.patch_json(&path, &change).await;
    assert_eq!(
        (status, &answer["status"], &answer["treatments"][0]["tooth"]),
        (200, &json!("finished"), &json!("46"))
    );
    let (status, answer) = api.patch_json(&path, &change).await;
    assert_eq!((status, &answer["code"]), (409, &json!("stale")));
    assert_eq!(clinic.count(TASKS).await, 1);
    let (status, _) = api.get_json("/api/v1/visits/999").await;
    assert_eq!(status, 404);
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
