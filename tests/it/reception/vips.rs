//! The arrival of an important patient is told at once to whom it concerns (clinic.md R6).

use chairside::patients::PatientId;
use chairside::platform::db::schema::{patients as p, providers};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::{booked, provider, service, took};
use crate::both;
use crate::support::{Clinic, make_patient};

async fn important(clinic: &Clinic, name: &str, mobile: &str) -> PatientId {
    let who = make_patient(clinic, name, mobile).await;
    clinic
        .sql(move |c| {
            diesel::update(p::table.find(who))
                .set((p::vip.eq(true), p::needs.eq("怕疼，需要轮椅")))
                .execute(c)?;
            Ok(())
        })
        .await;
    who
}

/// The sample's doctor is this provider.
async fn doctor_is(clinic: &Clinic, position: usize) {
    let (user, id) = (clinic.sample.users[3], provider(clinic, position).id);
    clinic
        .sql(move |c| {
            diesel::update(providers::table)
                .set(providers::user_id.eq(None::<i64>))
                .execute(c)?;
            diesel::update(providers::table.find(id))
                .set(providers::user_id.eq(user))
                .execute(c)?;
            Ok(())
        })
        .await;
}

both!(
    an_arrival_is_large_for_whom_it_concerns_and_small_for_the_others,
    |clinic| {
        doctor_is(&clinic, 1).await;
        let api = clinic.api(Role::FrontDesk).await;
        let who = important(&clinic, "孙丽", "13900000003").await;
        let a = booked(&api, &clinic, who, "check-up", 1, "2026-11-23T11:15:00+08:00").await;
        let people = [
            (clinic.signed_in("doctor").await, true),
            (clinic.signed_in("nurse").await, true),
            (clinic.signed_in("desk2").await, false),
            (clinic.signed_in("manager").await, false),
        ];
        // Pages that are open already ask for it by themselves, every few seconds.
        let open = people[0].0.page("/patients").await;
        assert!(open.contains("data-fresh=\"/news\" data-seconds=\"8\""), "{open}");
        took(&api, &a, "arrive").await;
        for (browser, yours) in &people {
            for told in [browser.page("/news").await, browser.page("/patients").await] {
                assert!(
                    told.contains("孙丽（特需）已到诊") && told.contains("怕疼，需要轮椅"),
                    "{told}"
                );
                assert_eq!(told.contains("vip-here small"), !yours, "{told}");
            }
            let board = browser.page("/day").await;
            assert!(board.contains("（特需）已到诊"), "{board}");
            assert_eq!(board.contains("vip-here small"), !yours, "{board}");
        }
        // One line for one patient: the arrival says it all.
        let told = people[0].0.page("/news").await;
        assert_eq!(
            told.matches("data-news=").count(),
            1 + usize::from(told.contains("刚预约")),
            "{told}"
        );
        let (_, now) = api.get_json(&format!("/api/v1/appointments/{}", a["id"])).await;
        took(&api, &now, "seat").await;
        assert!(
            !people[0].0.page("/news").await.contains("孙丽"),
            "seated: no news any more"
        );
    }
);

both!(a_doctor_is_not_concerned_by_a_colleagues_patient, |clinic| {
    doctor_is(&clinic, 2).await;
    let api = clinic.api(Role::FrontDesk).await;
    let who = important(&clinic, "孙丽", "13900000003").await;
    let a = booked(&api, &clinic, who, "check-up", 1, "2026-11-23T11:15:00+08:00").await;
    took(&api, &a, "arrive").await;
    let doctor = clinic.signed_in("doctor").await;
    assert!(doctor.page("/news").await.contains("vip-here small"));
});

both!(a_vip_without_an_appointment_is_told_too, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = important(&clinic, "孙丽", "13900000003").await;
    let body = json!({ "patient_id": who, "service_id": service(&clinic, "check-up").id, "urgency": "soon" });
    assert_eq!(api.post_json("/api/v1/walk-ins", &body).await.0, 201);
    let told = clinic.signed_in("desk2").await.page("/news").await;
    assert!(
        told.contains("未预约到诊") && !told.contains("vip-here small"),
        "{told}"
    );
    let told = clinic.signed_in("manager").await.page("/news").await;
    assert!(told.contains("未预约到诊") && told.contains("vip-here small"), "{told}");
    clinic.minutes_pass(31);
    assert!(!clinic.signed_in("desk2").await.page("/news").await.contains("孙丽"));
});
