//! Visits that were missed and plans that wait: asked about until they are booked.

use chairside::platform::db::schema::appointments as a;
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::super::{book, dispatch, plan, plan_at, service};
use super::{bodies, made, on};
use crate::both;
use crate::support::make_patient;

both!(a_missed_visit_is_followed_up_unless_booked_again, |clinic| {
    on(&clinic, "missed-visit", json!({})).await;
    let mut who = Vec::new();
    for (n, time) in ["09:00", "09:45", "10:30"].into_iter().enumerate() {
        let id = make_patient(&clinic, "孙丽", &format!("1390000774{n}")).await;
        book(&clinic, id, "check-up", &format!("2026-11-25T{time}:00+08:00")).await;
        who.push(id);
    }
    clinic.it_is("2026-11-25T18:00:00+08:00");
    clinic
        .sql(|c| Ok(diesel::update(a::table).set(a::status.eq("no-show")).execute(c)?))
        .await;
    book(&clinic, who[1], "check-up", "2026-12-02T09:00:00+08:00").await;
    assert_eq!(plan_at(&clinic, "2026-11-26T10:00:00+08:00").await.queued, 2);
    // Booked between the plan and the send.
    book(&clinic, who[2], "check-up", "2026-12-02T09:45:00+08:00").await;
    dispatch(&clinic).await;
    let all = made(&clinic, "missed").await;
    assert_eq!(
        (all[0].1.as_str(), all[1].1.as_str()),
        ("accepted", "skipped"),
        "{all:?}"
    );
    assert!(all[1].2.as_deref().unwrap().starts_with("booked-again"));
    let body = &bodies(&clinic, "missed").await[0];
    assert!(body.contains("没有到诊") && body.contains("11月25日"), "{body}");
    // The call two days later is for who has still not booked.
    assert_eq!(plan_at(&clinic, "2026-11-28T10:00:00+08:00").await.calls, 1);
});

both!(a_plan_that_waits_is_asked_about_until_it_goes_on, |clinic| {
    on(&clinic, "plan-waits", json!({})).await;
    let doctor = clinic.api(Role::Doctor).await;
    let (filling, crown) = (service(&clinic, "filling").id, service(&clinic, "cleaning").id);
    let mut who = Vec::new();
    for n in 0..2 {
        let id = make_patient(&clinic, "孙丽", &format!("1390000779{n}")).await;
        let items = json!({ "version": 0, "items": [{ "service_id": filling }, { "service_id": crown }] });
        let (status, answer) = doctor.patch_json(&format!("/api/v1/patients/{id}/plan"), &items).await;
        assert_eq!(status, 200, "{answer}");
        who.push(id);
    }
    clinic.it_is("2026-12-07T09:59:00+08:00");
    plan(&clinic).await;
    let report = plan_at(&clinic, "2026-12-07T10:00:00+08:00").await;
    assert_eq!(report.queued, 2, "{report}");
    // Booked before it is sent.
    book(&clinic, who[1], "filling", "2026-12-22T09:00:00+08:00").await;
    dispatch(&clinic).await;
    let all = made(&clinic, "plan").await;
    assert_eq!(
        (all[0].1.as_str(), all[1].1.as_str()),
        ("accepted", "skipped"),
        "{all:?}"
    );
    assert!(bodies(&clinic, "plan").await[0].contains("后续步骤没有预约"));
});
