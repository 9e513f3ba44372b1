//! When a visit is made and finished; who sees it.

use chairside::platform::clock::Instant;
use chairside::records::{self, Notes, Treatment};
use chairside::staff::{Actor, Role};
use serde_json::json;

use super::{TASKS, begun, finished, insert_appointment, new_patient, observers};
use crate::both;

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
