//! Chairs that are not always open: what is offered, why a time is not, where a visit goes instead, and the board.

use chairside::clinic::{self, Week, Whose};
use chairside::platform::clock::Instant;
use chairside::staff::Role;
use serde_json::json;

use super::rules::free_on;
use super::{booked, booking, provider, service, step};
use crate::both;
use crate::support::{Clinic, make_patient};

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(&format!("2026-11-{text}:00+08:00")).unwrap()
}

/// Takes the first provider's chair out of service on Wednesday morning.
async fn repaired(clinic: &Clinic) {
    let chair = provider(clinic, 1).chair_id;
    clinic
        .sql(move |c| clinic::insert_leave(c, chair, at("25T08:00"), at("25T12:00"), "维修").map(|_| ()))
        .await;
}

/// The first provider's chair is open on Wednesdays from two on only.
async fn afternoons(clinic: &Clinic) {
    let chair = provider(clinic, 1).chair_id;
    let mut week = Week::default();
    week.0[2] = vec![clinic::Session { start: 840, end: 1080 }];
    clinic
        .sql(move |c| clinic::replace_pattern(c, chair, clinic::SINCE_EVER, &week))
        .await;
}

both!(a_chair_out_of_service_is_not_offered_and_says_until_when, |clinic| {
    repaired(&clinic).await;
    let api = clinic.api(Role::FrontDesk).await;
    let (first, check_up) = (provider(&clinic, 1), service(&clinic, "check-up").id);
    let free = free_on(&api, &clinic, "2026-11-25").await;
    assert_eq!(free.first().map(String::as_str), Some("13:30"), "{free:?}");
    let why = format!(
        "/api/v1/slots/why?service_id={check_up}&provider_id={}&starts_at=2026-11-25T09:00:00%2B08:00&lang=",
        first.id
    );
    let (_, en) = api.get_json(&format!("{why}en")).await;
    assert_eq!(en["reason"], "chair_out_of_service", "{en}");
    let said = en["text"].as_str().unwrap();
    assert_eq!(said, "“Chair 1” is out of service until Wed 25 Nov 12:00 (维修)");
    let (_, zh) = api.get_json(&format!("{why}zh")).await;
    assert!(
        zh["text"].as_str().unwrap().starts_with("“1号椅”停用至 11月25日"),
        "{zh}"
    );

    // Booking, holding and moving ask the same engine.
    let who = make_patient(&clinic, "孙丽", "13900000003").await;
    let body = booking(&clinic, who, "check-up", 1, "2026-11-25T09:00:00+08:00");
    let (status, refused) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(
        (status, &refused["errors"][0]["field"]),
        (422, &json!("starts_at")),
        "{refused}"
    );
    assert!(refused.to_string().contains("停用至"), "{refused}");
    let hold = json!({ "service_id": check_up, "provider_id": first.id, "starts_at": "2026-11-25T09:00:00+08:00" });
    assert_eq!(api.post_json("/api/v1/holds", &hold).await.0, 422);
    let a = booked(&api, &booking(&clinic, who, "check-up", 1, "2026-11-25T14:00:00+08:00")).await;
    let (status, refused) = step(&api, &a, "move", json!({ "starts_at": "2026-11-25T10:00:00+08:00" })).await;
    assert_eq!(status, 422, "{refused}");
    let desk = clinic.signed_in("desk").await;
    let dropped = format!(
        "/day/why?visit={}&day=2026-11-25&at=09:00&provider={}&lang=en",
        a["id"], first.id
    );
    assert_eq!(desk.page(&dropped).await, said);

    // Whoever works at a second chair treats there, meanwhile.
    let (id, other) = (first.id, provider(&clinic, 2).chair_id);
    clinic
        .sql(move |c| clinic::replace_further_chairs(c, id, &[other]))
        .await;
    let b = booked(&api, &booking(&clinic, who, "check-up", 1, "2026-11-25T09:00:00+08:00")).await;
    assert_eq!(b["chair_id"], json!(other), "{b}");
    let day = desk.page("/day?day=2026-11-25&by=chair&lang=en").await;
    assert!(day.contains("Out of service: 维修"), "{day}");
    let day = desk.page("/day?day=2026-11-25&by=chair&lang=zh").await;
    assert!(day.contains("停用：维修"), "{day}");
});

both!(a_chair_is_offered_within_its_hours_only, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (first, check_up) = (provider(&clinic, 1), service(&clinic, "check-up").id);
    let before = free_on(&api, &clinic, "2026-11-25").await;
    assert_eq!(before.first().map(String::as_str), Some("08:45"), "{before:?}");
    afternoons(&clinic).await;
    let wednesday = free_on(&api, &clinic, "2026-11-25").await;
    assert_eq!(wednesday.first().map(String::as_str), Some("14:00"), "{wednesday:?}");
    assert!(
        free_on(&api, &clinic, "2026-11-26").await.is_empty(),
        "a day without hours"
    );
    let why = format!(
        "/api/v1/slots/why?service_id={check_up}&provider_id={}&starts_at=2026-11-25T13:30:00%2B08:00&lang=en",
        first.id
    );
    let (_, said) = api.get_json(&why).await;
    assert_eq!(
        (&said["reason"], &said["text"]),
        (&json!("chair_outside_hours"), &json!("“Chair 1” is not open then"))
    );
    // Sunday the 29th is worked as a Wednesday: the chair's hours are those of a Wednesday, too.
    let chair = first.chair_id;
    let (site, provider_id) = (clinic.sample.site.id, first.id);
    clinic
        .sql(move |c| {
            let makeup = clinic::MakeupDay {
                id: 0,
                site_id: site,
                day: "2026-11-29".parse().unwrap(),
                weekday: 3,
                name: "补班".into(),
                name_en: "Make-up".into(),
            };
            clinic::insert_makeup_day(c, &makeup)?;
            // On Friday the provider is on duty although the clinic is closed, and the chair open on that very day.
            let friday = "2026-11-27".parse().unwrap();
            clinic::insert_holiday(c, site, friday, "店庆", "Anniversary")?;
            let duty = [clinic::Session { start: 540, end: 660 }];
            clinic::replace_dated_hours(c, provider_id, friday, &duty)?;
            clinic::replace_dated_hours(c, Whose::Chair(chair), friday, &duty)
        })
        .await;
    let sunday = free_on(&api, &clinic, "2026-11-29").await;
    assert_eq!(sunday.first().map(String::as_str), Some("14:00"), "{sunday:?}");
    let friday = free_on(&api, &clinic, "2026-11-27").await;
    assert_eq!(friday.first().map(String::as_str), Some("09:00"), "{friday:?}");

    // Who may overbook may use it all the same, with a reason.
    let who = make_patient(&clinic, "孙丽", "13900000003").await;
    let mut body = booking(&clinic, who, "check-up", 1, "2026-11-25T10:00:00+08:00");
    let (status, refused) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 422, "{refused}");
    body["overbook"] = json!("急诊");
    let (status, made) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 201, "{made}");
    // Where its column is shaded: before two on Wednesday.
    let desk = clinic.signed_in("desk").await;
    let board = desk.page("/day?day=2026-11-26&by=chair&lang=en").await;
    assert!(board.contains("Not open"), "closed all day: {board}");
});

both!(patients_are_not_offered_a_closed_chair, |clinic| {
    let (chair, check_up) = (provider(&clinic, 1).chair_id, service(&clinic, "check-up").id);
    let everyone = clinic.sample.providers.clone();
    clinic
        .sql(move |c| {
            let rules = clinic::BookingRules {
                online: true,
                ..clinic::snapshot(c)?.rules(check_up).clone()
            };
            clinic::save_rules(c, check_up, &rules)?;
            for p in everyone.iter().filter(|p| p.chair_id != chair) {
                clinic::insert_leave(c, p.chair_id, at("24T00:00"), at("30T00:00"), "")?;
            }
            clinic::insert_leave(c, chair, at("25T00:00"), at("26T00:00"), "").map(|_| ())
        })
        .await;
    let api = clinic.api(Role::FrontDesk).await;
    let path = format!("/api/v1/slots?service_id={check_up}&from=2026-11-24&days=4&online=true");
    let (status, free) = api.get_json(&path).await;
    assert_eq!(status, 200, "{free}");
    let all = free.to_string();
    assert!(
        all.contains("2026-11-24T") && !all.contains("2026-11-25T") && all.contains("2026-11-26T"),
        "{free}"
    );
});

both!(a_provider_takes_so_many_visits_a_day, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let first = provider(&clinic, 1).clone();
    let chair = first.chair_id.to_string();
    let services: Vec<String> = clinic.sample.services.iter().map(|s| s.id.to_string()).collect();
    let mut fields = vec![
        ("name", first.name.as_str()),
        ("name_en", first.name_en.as_str()),
        ("kind", "doctor"),
        ("chair", chair.as_str()),
        ("active", "1"),
        ("day_max", "0"),
    ];
    fields.extend(services.iter().map(|s| ("services", s.as_str())));
    let path = format!("/settings/providers/{}", first.id);
    let refused = admin.post_form(&path, &fields).await;
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.unwrap().contains(r#"id="f-day_max-e""#));
    fields[5] = ("day_max", "2");
    assert_eq!(admin.post_form(&path, &fields).await.status(), 303);
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900000003").await;
    let at = |code: &str, time: &str| booking(&clinic, who, code, 1, &format!("2026-11-25T{time}:00+08:00"));
    booked(&api, &at("check-up", "09:00")).await;
    let second = booked(&api, &at("cleaning", "10:00")).await;
    assert!(free_on(&api, &clinic, "2026-11-25").await.is_empty(), "whatever for");
    assert!(!free_on(&api, &clinic, "2026-11-26").await.is_empty(), "another day");
    let (status, refused) = api.post_json("/api/v1/appointments", &at("check-up", "14:00")).await;
    assert_eq!(status, 422, "{refused}");
    assert!(refused.to_string().contains("当天已约满"), "{refused}");
    // One that is moved within the day counts once.
    let (status, moved) = step(
        &api,
        &second,
        "move",
        json!({ "starts_at": "2026-11-25T15:00:00+08:00" }),
    )
    .await;
    assert_eq!(status, 200, "{moved}");
});
