//! Moving whoever is here, over others, in the chair they are in; and by the plain form of the panel.

use chairside::clinic::{self, BookingRules, Parts, ProviderKind};
use chairside::staff::Role;
use serde_json::{Value, json};

use super::rules::a_nurse;
use super::{booked, booking, overlaps, provider, service, step, undo};
use crate::both;
use crate::support::make_patient;

both!(who_is_here_goes_to_another_provider_or_time_of_today, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let a = booked(&api, &booking(&clinic, who, "check-up", 1, "2026-11-23T11:00:00+08:00")).await;
    let (_, a) = step(&api, &a, "arrive", json!({})).await;
    let other = provider(&clinic, 3).id;
    let to = json!({ "starts_at": "2026-11-23T11:15:00+08:00", "provider_id": other, "minutes": 40 });
    let (status, moved) = step(&api, &a, "move", to).await;
    assert_eq!(status, 200, "{moved}");
    assert_eq!(
        (&moved["status"], &moved["arrived_at"], &moved["provider_id"]),
        (&json!("arrived"), &a["arrived_at"], &json!(other))
    );
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM messages").await,
        0,
        "they are here"
    );
    let (_, back) = undo(&api, &moved).await;
    assert_eq!((&back["status"], &back["starts_at"]), (&a["status"], &a["starts_at"]));
    let (status, why) = step(&api, &back, "move", json!({ "starts_at": "2026-11-24T11:00:00+08:00" })).await;
    assert_eq!(
        (status, why["errors"][0]["code"].as_str()),
        (422, Some("not_today")),
        "{why}"
    );
    // Who came without an appointment has been here from the start.
    let walk_in = json!({ "patient_id": make_patient(&clinic, "陈静", "13900010002").await,
        "service_id": service(&clinic, "check-up").id, "urgency": "soon" });
    let (_, w) = api.post_json("/api/v1/walk-ins", &walk_in).await;
    let place = json!({ "version": 1, "provider_id": other });
    let (status, placed) = api
        .post_json(&format!("/api/v1/walk-ins/{}/place", w["id"]), &place)
        .await;
    assert_eq!(status, 201, "{placed}");
    let to = json!({ "starts_at": "2026-11-23T14:00:00+08:00" });
    let (status, moved) = step(&api, &placed, "move", to).await;
    assert_eq!((status, &moved["status"]), (200, &json!("arrived")), "{moved}");
});

both!(
    a_visit_keeps_its_chair_and_its_second_person_where_they_are_free,
    |clinic| {
        let api = clinic.api(Role::FrontDesk).await;
        let (id, filling, crown) = (
            provider(&clinic, 1).id,
            service(&clinic, "filling").id,
            service(&clinic, "crown").id,
        );
        let further = clinic.sample.providers[1].chair_id;
        let nurses = [a_nurse(&clinic).await, a_nurse(&clinic).await];
        clinic
            .sql(move |c| {
                let in_part = BookingRules {
                    provider_parts: Parts::parse("0-15").unwrap(),
                    ..BookingRules::default()
                };
                let with_nurse = BookingRules {
                    second_kind: Some(ProviderKind::Nurse),
                    ..BookingRules::default()
                };
                clinic::save_rules(c, filling, &in_part)?;
                clinic::save_rules(c, crown, &with_nurse)?;
                clinic::replace_further_chairs(c, id, &[further])
            })
            .await;
        let mut who = Vec::new();
        for n in 0..4 {
            who.push(make_patient(&clinic, &format!("陈{n}"), &format!("1390001000{n}")).await);
        }
        let visit = |n: usize, code: &str, by: usize, at: &str| {
            booking(&clinic, who[n], code, by, &format!("2026-11-30T{at}:00+08:00"))
        };
        let first = booked(&api, &visit(0, "filling", 1, "09:00")).await;
        let second = booked(&api, &visit(1, "filling", 1, "09:15")).await;
        assert_eq!(second["chair_id"], json!(further));
        step(&api, &first, "cancel", json!({ "reason": "有事" })).await;
        let (status, longer) = step(&api, &second, "move", json!({ "minutes": 60 })).await;
        assert_eq!((status, &longer["chair_id"]), (200, &json!(further)), "{longer}");
        let to = json!({ "starts_at": "2026-11-30T10:00:00+08:00" });
        let (_, later) = step(&api, &longer, "move", to).await;
        assert_eq!(later["chair_id"], json!(further), "{later}");
        let first = booked(&api, &visit(2, "crown", 1, "14:00")).await;
        let second = booked(&api, &visit(3, "crown", 4, "14:00")).await;
        assert_eq!(
            (&first["second_id"], &second["second_id"]),
            (&json!(nurses[0]), &json!(nurses[1]))
        );
        step(&api, &first, "cancel", json!({ "reason": "有事" })).await;
        let to = json!({ "starts_at": "2026-11-30T14:30:00+08:00" });
        let (_, later) = step(&api, &second, "move", to).await;
        assert_eq!(later["second_id"], json!(nurses[1]), "{later}");
    }
);

both!(a_visit_is_moved_over_others_by_who_may_and_says_why, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (who, other) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
    );
    let at = "2026-11-30T09:30:00+08:00";
    booked(&api, &booking(&clinic, other, "check-up", 1, at)).await;
    let a = booked(&api, &booking(&clinic, who, "check-up", 1, "2026-11-30T14:00:00+08:00")).await;
    assert_eq!(step(&api, &a, "move", json!({ "starts_at": at })).await.0, 409);
    let over = json!({ "starts_at": at, "overbook": "急性牙痛" });
    let (status, squeezed) = step(&api, &a, "move", over.clone()).await;
    assert_eq!(
        (status, &squeezed["overbooked"]),
        (200, &json!("急性牙痛")),
        "{squeezed}"
    );
    // It stays where it is, longer or shorter, without a new reason; elsewhere it lies over nobody.
    let (status, longer) = step(&api, &squeezed, "move", json!({ "minutes": 45 })).await;
    assert_eq!((status, &longer["overbooked"]), (200, &json!("急性牙痛")), "{longer}");
    let free = json!({ "starts_at": "2026-11-30T15:00:00+08:00" });
    let (_, elsewhere) = step(&api, &longer, "move", free).await;
    assert_eq!(elsewhere["overbooked"], Value::Null, "{elsewhere}");
    // Nobody is in two places, whatever else is in the way.
    booked(&api, &booking(&clinic, who, "check-up", 3, at)).await;
    let (status, why) = step(&api, &elsewhere, "move", over.clone()).await;
    assert_eq!(status, 409, "{why}");
    assert!(why.to_string().contains("患者"), "{why}");
    assert!(!why.to_string().contains("刚被占用"), "{why}");
    // Who may not overbook may not by moving, either; but may make it shorter.
    let fourth = make_patient(&clinic, "赵强", "13900010004").await;
    booked(
        &api,
        &booking(&clinic, fourth, "check-up", 1, "2026-11-30T10:30:00+08:00"),
    )
    .await;
    let to = json!({ "starts_at": "2026-11-30T10:30:00+08:00", "overbook": "急" });
    let (status, squeezed) = step(&api, &elsewhere, "move", to).await;
    assert_eq!((status, &squeezed["overbooked"]), (200, &json!("急")), "{squeezed}");
    let clerk = "UPDATE staff_users SET may_overbook = FALSE WHERE login = 'api-front-desk'";
    clinic
        .sql(move |c| {
            diesel::RunQueryDsl::execute(diesel::sql_query(clerk), c)?;
            Ok(())
        })
        .await;
    assert_eq!(step(&api, &squeezed, "move", json!({ "minutes": 60 })).await.0, 409);
    let (status, shorter) = step(&api, &squeezed, "move", json!({ "minutes": 30 })).await;
    assert_eq!((status, &shorter["overbooked"]), (200, &json!("急")), "{shorter}");
    let third = make_patient(&clinic, "王敏", "13900010003").await;
    let b = booked(
        &api,
        &booking(&clinic, third, "check-up", 1, "2026-11-30T16:00:00+08:00"),
    )
    .await;
    assert_eq!(step(&api, &b, "move", over).await.0, 403);
});

both!(over_others_goes_to_whom_it_troubles_least, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let nurse = a_nurse(&clinic).await;
    let (first, crown) = (provider(&clinic, 1).id, service(&clinic, "crown").id);
    let at = "2026-11-30T09:30:00+08:00";
    clinic
        .sql(move |c| {
            let rules = BookingRules {
                second_kind: Some(ProviderKind::Nurse),
                ..BookingRules::default()
            };
            clinic::save_rules(c, crown, &rules)?;
            let day = |h: &str| {
                chairside::platform::clock::Instant::parse_rfc3339(&format!("2026-11-30T{h}:00+08:00")).unwrap()
            };
            clinic::insert_leave(c, first, day("08:00"), day("18:00"), "培训").map(|_| ())
        })
        .await;
    let (who, other) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
    );
    booked(&api, &booking(&clinic, other, "check-up", 4, at)).await;
    // Of the two who make crowns, one is away and one has somebody.
    let mut body = booking(&clinic, who, "crown", 4, at);
    body.as_object_mut().unwrap().remove("provider_id");
    body["overbook"] = json!("急性牙痛");
    let squeezed = booked(&api, &body).await;
    assert_eq!(
        squeezed["provider_id"],
        json!(provider(&clinic, 4).id),
        "who is at work"
    );
    assert_eq!(
        squeezed["second_id"],
        json!(nurse),
        "with the second person who is free"
    );
    assert!(overlaps(&clinic).await > 0);
});

// Without JavaScript: a day, a time, a provider and a length are typed.
both!(the_panel_moves_by_plain_fields, |clinic| {
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    let (who, other) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
    );
    let a = booked(&api, &booking(&clinic, who, "check-up", 1, "2026-11-30T09:30:00+08:00")).await;
    booked(
        &api,
        &booking(&clinic, other, "check-up", 3, "2026-12-01T10:00:00+08:00"),
    )
    .await;
    let board = "/week?provider=1&day=2026-11-30";
    let panel = desk.page(&format!("{board}&move={}", a["id"])).await;
    for part in [
        "name=\"to_day\"",
        "name=\"to_at\"",
        "name=\"to_provider\"",
        "name=\"to_minutes\"",
        "name=\"starts_at\"",
    ] {
        assert!(panel.contains(part), "{part}: {panel}");
    }
    let next = panel
        .split("name=\"starts_at\"")
        .next()
        .unwrap()
        .rsplit("<form")
        .next()
        .unwrap();
    assert!(
        next.contains("name=\"board\""),
        "the next times lead back to the week: {next}"
    );
    let third = provider(&clinic, 3).id.to_string();
    let url = format!("/appointments/{}/move", a["id"]);
    let mut fields = vec![
        ("version", "1"),
        ("board", board),
        ("day", "2026-11-30"),
        ("to_day", "2026-12-01"),
        ("to_at", "10:00"),
        ("to_provider", third.as_str()),
        ("to_minutes", "40"),
    ];
    let answer = desk.post_form(&url, &fields).await;
    assert_eq!(answer.status(), 409);
    let page = answer.text().await.unwrap();
    for part in [
        "role=\"alert\"",
        "value=\"2026-12-01\"",
        "value=\"10:00\"",
        "value=\"40\"",
        "最近的空闲时间",
        "name=\"overbook\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    fields[4].1 = "25:00";
    let answer = desk.post_form(&url, &fields).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains("f-to_at-e"));
    fields[4].1 = "10:30";
    let answer = desk.post_form(&url, &fields).await;
    assert_eq!(answer.status(), 303);
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(to.starts_with("/week?"), "back to a week: {to}");
    let (_, moved) = api.get_json(&format!("/api/v1/appointments/{}", a["id"])).await;
    assert_eq!(
        (&moved["starts_at"], &moved["ends_at"], &moved["provider_id"]),
        (
            &json!("2026-12-01T02:30:00.000Z"),
            &json!("2026-12-01T03:10:00.000Z"),
            &json!(provider(&clinic, 3).id)
        )
    );
});
