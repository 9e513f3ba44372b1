//! Two people change the same thing: the second is told who was faster and when, and what they typed is there still.

use chairside::staff::Role;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Clinic, all, make_patient};

fn service(clinic: &Clinic, code: &str) -> i64 {
    clinic.sample.services.iter().find(|s| s.code == code).unwrap().id.0
}
/// An appointment of a new patient with the first provider.
async fn booked(clinic: &Clinic, at: &str) -> (chairside::patients::PatientId, i64) {
    let who = make_patient(clinic, "孙丽", "13900007731").await;
    let body = json!({
        "patient_id": who, "service_id": service(clinic, "check-up"), "provider_id": clinic.sample.providers[0].id, "starts_at": at
    });
    let (status, a) = clinic
        .api(Role::FrontDesk)
        .await
        .post_json("/api/v1/appointments", &body)
        .await;
    assert_eq!(status, 201, "{a}");
    (who, a["id"].as_i64().unwrap())
}

both!(of_two_changes_of_a_patient_the_second_is_refused_and_kept, |clinic| {
    let (desk, other) = (clinic.signed_in("desk").await, clinic.signed_in("desk2").await);
    make_patient(&clinic, "孙丽", "13900007731").await;
    let form = |needs: &'static str| {
        [
            ("version", "1"),
            ("name", "孙丽"),
            ("phone", "13900007731"),
            ("sex", "female"),
            ("language", "zh"),
            ("channel", "sms"),
            ("needs", needs),
        ]
    };
    let first = other
        .post_form("/patients/1/edit", &form("对乳胶过敏，请备丁腈手套"))
        .await;
    assert_eq!(first.status(), 303, "{}", first.text().await.unwrap());
    clinic.minutes_pass(3);
    for (lang, who) in [("zh", "赵敏 10:42"), ("en", "赵敏 at 10:42")] {
        let second = desk
            .post_form(&format!("/patients/1/edit?lang={lang}"), &form("需要轮椅"))
            .await;
        assert_eq!(second.status(), 409);
        let page = second.text().await.unwrap();
        assert!(page.contains(who) && page.contains("需要轮椅"), "{page}");
    }
    let kept = "SELECT count(*) AS n FROM patients WHERE needs LIKE '%丁腈%' AND version = 2";
    assert_eq!(clinic.count(kept).await, 1);
});

both!(of_two_moves_the_second_is_told_on_the_board, |clinic| {
    let (_, id) = booked(&clinic, "2026-11-24T09:00:00+08:00").await;
    let (desk, other) = (clinic.signed_in("desk").await, clinic.signed_in("desk2").await);
    let path = format!("/appointments/{id}/move");
    let to = |at: &'static str| [("version", "1"), ("day", "2026-11-24"), ("at", at)];
    assert_eq!(other.post_form(&path, &to("10:00")).await.status(), 303);
    clinic.minutes_pass(3);
    for (lang, told) in [("zh", "此预约已改期（赵敏，10:42）"), ("en", "Moved by 赵敏 10:42")] {
        let second = desk.post_form(&format!("{path}?lang={lang}"), &to("11:00")).await;
        assert_eq!(second.status(), 409);
        let page = second.text().await.unwrap();
        assert!(page.contains(told), "{told}: {page}");
    }
    // A cancellation with its reason, by somebody who has not seen the move.
    let reason = [
        ("version", "1"),
        ("reason", "其他"),
        ("reason_more", "孩子发烧，改天再约"),
    ];
    let cancel = desk
        .post_form(&format!("/appointments/{id}/cancel?lang=zh"), &reason)
        .await;
    assert_eq!(cancel.status(), 409);
    let page = cancel.text().await.unwrap();
    assert!(
        page.contains("此预约已改期（赵敏，10:42）") && page.contains("孩子发烧，改天再约"),
        "{page}"
    );
    let moved = "SELECT count(*) AS n FROM appointments WHERE version = 2 AND status = 'booked'";
    assert_eq!(clinic.count(moved).await, 1);
});

both!(of_two_records_of_a_visit_the_second_is_refused_and_kept, |clinic| {
    let (_, id) = booked(&clinic, "2026-11-23T11:00:00+08:00").await;
    let api = clinic.api(Role::FrontDesk).await;
    let (status, seated) = api
        .post_json(&format!("/api/v1/appointments/{id}/seat"), &json!({ "version": 1 }))
        .await;
    assert_eq!(status, 200, "{seated}");
    let (doctor, nurse) = (clinic.signed_in("doctor").await, clinic.signed_in("nurse").await);
    let notes = |text: &'static str| [("version", "1"), ("complaint", text), ("do", "save")];
    assert_eq!(
        nurse.post_form("/visits/1/edit", &notes("牙龈出血")).await.status(),
        303
    );
    clinic.minutes_pass(3);
    for (lang, told) in [("zh", "林洁 10:42"), ("en", "林洁 at 10:42")] {
        let second = doctor
            .post_form(&format!("/visits/1/edit?lang={lang}"), &notes("右下后牙胀痛"))
            .await;
        assert_eq!(second.status(), 409);
        let page = second.text().await.unwrap();
        assert!(page.contains(told) && page.contains("右下后牙胀痛"), "{told}: {page}");
    }
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM visits WHERE complaint = '牙龈出血'")
            .await,
        1
    );
});

both!(of_twenty_changes_at_once_one_is_made_and_nineteen_are_told, |clinic| {
    let (_, id) = booked(&clinic, "2026-11-24T09:00:00+08:00").await;
    let other = clinic.another_instance().await;
    let (here, there) = (clinic.api(Role::FrontDesk).await, other.api(Role::Manager).await);
    let (here, there) = (&here, &there);
    let told = |answers: Vec<(u16, Value)>| -> Value {
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| *status == 200);
        assert_eq!((made.len(), refused.len()), (1, 19), "{refused:?}");
        for (status, answer) in refused {
            assert_eq!((status, answer["code"].as_str()), (409, Some("stale")), "{answer}");
            assert!(answer["changed_by"].as_str().unwrap().starts_with("API "), "{answer}");
            assert_eq!(answer["current"]["version"], made[0].1["version"]);
        }
        made[0].1.clone()
    };
    let desks = (0..20).map(|n| (n, if n % 2 == 0 { here } else { there }));
    let changes = desks.clone().map(async |(n, api)| {
        let body = json!({ "version": 1, "needs": format!("第{n}位") });
        api.patch_json("/api/v1/patients/1", &body).await
    });
    let made = told(all(changes).await);
    assert_eq!(here.get_json("/api/v1/patients/1").await.1["needs"], made["needs"]);
    let path = format!("/api/v1/appointments/{id}/move");
    let path = path.as_str();
    let moves = desks.map(async |(n, api)| {
        let body =
            json!({ "version": 1, "starts_at": format!("2026-11-25T{:02}:{:02}:00+08:00", 9 + n / 12, n % 12 * 5) });
        api.post_json(path, &body).await
    });
    let moved = told(all(moves).await);
    let (_, now) = here.get_json(&format!("/api/v1/appointments/{id}")).await;
    assert_eq!(now["starts_at"], moved["starts_at"]);
});
