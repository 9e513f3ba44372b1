//! Moving, changing the length, and what patients are told of it.

use chairside::staff::Role;
use serde_json::json;

use super::{booked, booking, provider, step, undo};
use crate::both;
use crate::support::make_patient;

both!(
    changing_only_the_length_keeps_the_confirmation_and_the_messages,
    |clinic| {
        let api = clinic.api(Role::FrontDesk).await;
        let patient = make_patient(&clinic, "刘芳", "13900000003").await;
        let mut body = booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00");
        body["notify"] = json!(true);
        let a = booked(&api, &body).await;
        let (_, a) = step(&api, &a, "confirm", json!({})).await;
        let (_, longer) = step(&api, &a, "move", json!({ "starts_at": a["starts_at"], "minutes": 45 })).await;
        assert_eq!(longer["status"], "confirmed", "{longer}");
        clinic.minutes_pass(3);
        clinic.app.dispatcher().dispatch().await.unwrap();
        let sent = "SELECT count(*) AS n FROM messages WHERE template = 'booking-confirmed' AND state = 'accepted'";
        assert_eq!(clinic.count(sent).await, 1, "told of the booking all the same");
        // Another provider is news: to be confirmed again, and told.
        let other = provider(&clinic, 3).id;
        let (status, moved) = step(
            &api,
            &longer,
            "move",
            json!({ "starts_at": a["starts_at"], "provider_id": other }),
        )
        .await;
        assert_eq!((status, moved["status"].as_str()), (200, Some("booked")), "{moved}");
        let told = "SELECT count(*) AS n FROM messages WHERE template = 'visit-moved'";
        assert_eq!(clinic.count(told).await, 1);
    }
);

both!(the_desk_s_notices_say_how_things_stand_in_the_end, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let sent = |template: &str| {
        format!("SELECT count(*) AS n FROM messages WHERE template = '{template}' AND state = 'accepted'")
    };
    // Moved, moved back by undo: nobody is told of either.
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00"),
    )
    .await;
    let to = json!({ "starts_at": "2026-11-26T09:00:00+08:00" });
    let (_, moved) = step(&api, &a, "move", to.clone()).await;
    let (_, a) = undo(&api, &moved).await;
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(clinic.count(&sent("visit-moved")).await, 0);
    // Moved, and told.
    let (_, a) = step(&api, &a, "move", to).await;
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(clinic.count(&sent("visit-moved")).await, 1);
    // Moved and cancelled within two minutes: told of the cancellation only.
    let (_, a) = step(&api, &a, "move", json!({ "starts_at": "2026-11-27T09:00:00+08:00" })).await;
    let (status, gone) = step(&api, &a, "cancel", json!({ "reason": "有事" })).await;
    assert_eq!(status, 200, "{gone}");
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(clinic.count(&sent("visit-moved")).await, 1);
    assert_eq!(clinic.count(&sent("visit-cancelled")).await, 1);
});

both!(two_clerks_moves_are_not_lost_silently, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00"),
    )
    .await;
    assert_eq!(
        step(&api, &a, "move", json!({ "starts_at": "2026-11-25T10:00:00+08:00" }))
            .await
            .0,
        200
    );
    let (status, stale) = step(&api, &a, "move", json!({ "starts_at": "2026-11-25T11:00:00+08:00" })).await;
    assert_eq!((status, stale["code"].as_str()), (409, Some("stale")));
    assert_eq!(stale["changed_by"], "API front-desk");
});
