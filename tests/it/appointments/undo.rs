//! Steps and bookings taken back.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, booking, overlaps, step, undo};
use crate::both;
use crate::support::make_patient;

both!(each_step_can_be_undone_for_eight_seconds_and_no_longer, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "extraction", 1, "2026-11-23T10:45:00+08:00"),
    )
    .await;
    let was = |a: &Value| {
        [
            "status",
            "starts_at",
            "ends_at",
            "provider_id",
            "arrived_at",
            "seated_at",
            "finished_at",
        ]
        .map(|k| a[k].clone())
    };
    // Every step, and back; in between the visit goes on to the state that the next one needs.
    let mut now = a;
    for (action, more, goes_on) in [
        ("move", json!({ "starts_at": "2026-11-23T14:00:00+08:00" }), false),
        ("move", json!({ "minutes": 60 }), false),
        ("cancel", json!({ "reason": "有事" }), false),
        ("no-show", json!({}), false),
        ("confirm", json!({}), true),
        ("arrive", json!({}), true),
        ("seat", json!({}), true),
        ("finish", json!({}), false),
    ] {
        clinic.minutes_pass(4);
        let (status, done) = step(&api, &now, action, more.clone()).await;
        assert_eq!(status, 200, "{action}: {done}");
        clinic.app.clock.advance(8_000);
        let (status, back) = undo(&api, &done).await;
        assert_eq!(status, 200, "{action}: {back}");
        assert_eq!(was(&back), was(&now), "{action}");
        assert_eq!(undo(&api, &back).await.1["code"], "nothing_to_undo");
        assert_eq!(
            clinic.count("SELECT count(*) AS n FROM call_tasks").await,
            0,
            "{action}"
        );
        now = if goes_on {
            step(&api, &back, action, more).await.1
        } else {
            back
        };
    }
    let (_, now) = step(&api, &now, "finish", json!({})).await;
    clinic.app.clock.advance(11_000);
    assert_eq!(undo(&api, &now).await.1["code"], "too_late");
});

both!(a_booking_can_be_undone_and_its_time_is_free_again, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (one, two) = (
        make_patient(&clinic, "甲", "13900000001").await,
        make_patient(&clinic, "乙", "13900000002").await,
    );
    let at = "2026-11-25T09:00:00+08:00";
    let a = booked(&api, &booking(&clinic, one, "check-up", 1, at)).await;
    let (status, back) = undo(&api, &a).await;
    assert_eq!((status, back["status"].as_str()), (200, Some("cancelled")));
    booked(&api, &booking(&clinic, two, "check-up", 1, at)).await;
});

both!(nobody_undoes_what_another_did_or_what_they_may_not_do, |clinic| {
    let (desk, doctor) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Doctor).await);
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &desk,
        &booking(&clinic, patient, "check-up", 1, "2026-11-23T10:45:00+08:00"),
    )
    .await;
    let (_, confirmed) = step(&desk, &a, "confirm", json!({})).await;
    let (_, cancelled) = step(&desk, &confirmed, "cancel", json!({ "reason": "有事" })).await;
    // The first clerk's undo is of the confirmation, and that is not the latest step any more.
    let (status, stale) = undo(&desk, &confirmed).await;
    assert_eq!((status, stale["code"].as_str()), (409, Some("stale")), "{stale}");
    assert_eq!(undo(&doctor, &cancelled).await.0, 403);
    let (_, back) = undo(&desk, &cancelled).await;
    assert_eq!(back["status"], "confirmed");
    // What a doctor may do, a doctor may take back.
    let (_, arrived) = step(&doctor, &back, "arrive", json!({})).await;
    let (status, back) = undo(&doctor, &arrived).await;
    assert_eq!((status, back["status"].as_str()), (200, Some("confirmed")), "{back}");
});

both!(
    an_undo_cannot_take_a_time_that_somebody_else_has_booked_since,
    |clinic| {
        let api = clinic.api(Role::FrontDesk).await;
        let (one, two) = (
            make_patient(&clinic, "甲", "13900000001").await,
            make_patient(&clinic, "乙", "13900000002").await,
        );
        let at = "2026-11-25T09:00:00+08:00";
        let a = booked(&api, &booking(&clinic, one, "check-up", 1, at)).await;
        let (_, gone) = step(&api, &a, "cancel", json!({ "reason": "x" })).await;
        booked(&api, &booking(&clinic, two, "check-up", 1, at)).await;
        let (status, answer) = undo(&api, &gone).await;
        assert_eq!((status, answer["code"].as_str()), (409, Some("slot_taken")));
        assert_eq!(overlaps(&clinic).await, 0);
    }
);

both!(races_of_undo_against_booking_leave_no_overlap, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let at = "2026-11-25T09:00:00+08:00";
    let mut rivals = Vec::new();
    for i in 0..10 {
        rivals.push(make_patient(&clinic, "某人", &format!("139000{:05}", 30_000 + i)).await);
    }
    for round in rivals.chunks(2) {
        let a = booked(&api, &booking(&clinic, round[0], "check-up", 1, at)).await;
        let (_, gone) = step(&api, &a, "cancel", json!({ "reason": "x" })).await;
        let body = booking(&clinic, round[1], "check-up", 1, at);
        let undone = undo(&api, &gone);
        let rival = api.post_json("/api/v1/appointments", &body);
        let ((back, b), (new, n)) = tokio::join!(undone, rival);
        assert!(
            matches!((back, new), (200, 409) | (409, 201)),
            "exactly one wins: {back} {new} {b} {n}"
        );
        assert_eq!(overlaps(&clinic).await, 0);
        let winner = if back == 200 { b } else { n };
        let (status, cleared) = step(&api, &winner, "cancel", json!({ "reason": "x" })).await;
        assert_eq!(status, 200, "{cleared}");
    }
});
