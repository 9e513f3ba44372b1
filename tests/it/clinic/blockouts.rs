//! Time kept for some services.

use super::{book, saved, text, with};
use crate::both;

const KEPT: [(&str, &str); 7] = [
    ("name", "急诊"),
    ("name_en", "Emergencies"),
    ("provider", ""),
    ("when", "weekly"),
    ("weekday", "2"),
    ("time", "9点到11点"),
    ("release_days", ""),
];
const NEW: &str = "/settings/blockouts/new?lang=en";

both!(time_is_kept_changed_and_given_free, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let overview = admin.page("/settings?lang=en").await;
    assert!(overview.contains(r#"href="/settings/blockouts""#), "{overview}");
    let page = admin.page("/settings/blockouts?lang=en").await;
    assert!(
        page.contains("Implant surgery") && page.contains("Thursday 14:00-16:30"),
        "{page}"
    );

    // Two visits lie within, one of a service that may.
    book(&clinic, 0, "2026-11-24T09:30:00+08:00", 30).await;
    book(&clinic, 1, "2026-11-24T10:45:00+08:00", 30).await;
    book(&clinic, 2, "2026-11-24T11:00:00+08:00", 30).await;
    let checkup = clinic.sample.services[0].id.to_string();
    let other = clinic.sample.services[2].id.to_string();
    let asked = text(
        admin
            .post_form(NEW, &with(&KEPT, &[("services", other.as_str())]))
            .await,
        409,
    )
    .await;
    assert!(asked.contains("2 future bookings fall within the kept time"), "{asked}");
    assert_eq!(clinic.count("SELECT count(*) AS n FROM blockouts").await, 1);
    let page = saved(
        &admin,
        admin
            .post_form(NEW, &with(&KEPT, &[("services", checkup.as_str())]))
            .await,
        "saved=blockouts",
    )
    .await;
    for part in [
        "Emergencies",
        "Tuesday 09:00-11:00",
        "Everyone",
        "Check-up",
        "Saved 10:42",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }

    let id = clinic.count("SELECT max(id) AS n FROM blockouts").await;
    let path = format!("/settings/blockouts/{id}?lang=en");
    assert!(admin.page(&path).await.contains(r#"value="09:00-11:00""#));
    let nothing = with(&KEPT, &[("provider", "1"), ("release_days", "2")]);
    let provider = clinic.sample.providers[1].id.to_string();
    let nothing = with(&nothing, &[("provider", provider.as_str())]);
    // Tuesday is tomorrow: released already, so nobody is touched this week.
    let page = saved(&admin, admin.post_form(&path, &nothing).await, "saved=blockout").await;
    assert!(page.contains(r#"value="2""#), "{page}");
    let page = admin.page("/settings/blockouts?lang=en").await;
    assert!(
        page.contains("Nothing may be booked") && page.contains("free 2 days before"),
        "{page}"
    );
    saved(&admin, admin.post_form(&path, &nothing).await, "same=blockout").await;
    let to_the_end = with(&nothing, &[("release_days", "")]);
    let asked = text(admin.post_form(&path, &to_the_end).await, 409).await;
    assert!(
        asked.contains("1 future booking falls within the kept time") && asked.contains("10:45"),
        "{asked}"
    );

    let remove = format!("/settings/blockouts/{id}/remove");
    saved(&admin, admin.post_form(&remove, &[]).await, "saved=blockouts").await;
    assert_eq!(admin.post_form(&remove, &[]).await.status(), 404);
    assert_eq!(admin.post_form(&path, &nothing).await.status(), 404);
    let changes = format!("SELECT count(*) AS n FROM audit_log WHERE subject = 'blockouts' AND subject_id = {id}");
    assert_eq!(clinic.count(&changes).await, 3);
});

both!(certain_days_are_kept_at_once, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let provider = clinic.sample.providers[0].id.to_string();
    let days = with(
        &KEPT,
        &[
            ("when", "days"),
            ("day", "2026-12-07"),
            ("day_until", "2026-12-09"),
            ("provider", provider.as_str()),
        ],
    );
    book(&clinic, 0, "2026-12-08T10:00:00+08:00", 30).await;
    book(&clinic, 1, "2026-12-08T10:00:00+08:00", 30).await;
    let asked = text(admin.post_form(NEW, &days).await, 409).await;
    assert!(asked.contains("1 future booking falls within the kept time"), "{asked}");
    let agreed = with(&days, &[("confirmed", "1")]);
    let page = saved(&admin, admin.post_form(NEW, &agreed).await, "saved=blockouts").await;
    assert!(
        page.contains("7 Dec 2026 Mon 09:00-11:00") && page.contains("9 Dec 2026 Wed 09:00-11:00"),
        "{page}"
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM blockouts WHERE day IS NOT NULL")
            .await,
        3
    );

    // One of them on its own; on another day, then every week.
    let id = clinic
        .count("SELECT min(id) AS n FROM blockouts WHERE day IS NOT NULL")
        .await;
    let path = format!("/settings/blockouts/{id}?lang=en");
    let one = with(&days, &[("day", "2026-12-11"), ("day_until", "")]);
    saved(&admin, admin.post_form(&path, &one).await, "saved=blockout").await;
    let more = text(
        admin
            .post_form(&path, &with(&one, &[("day_until", "2026-12-14")]))
            .await,
        422,
    )
    .await;
    assert!(more.contains("At most 1 day"), "{more}");
    let weekly = with(
        &one,
        &[
            ("when", "weekly"),
            ("valid_from", "2026-12-01"),
            ("valid_until", "2026-12-31"),
            ("confirmed", "9"),
        ],
    );
    saved(&admin, admin.post_form(&path, &weekly).await, "saved=blockout").await;
    let page = admin.page("/settings/blockouts?lang=en").await;
    assert!(
        page.contains("Tuesday 09:00-11:00, from 1 Dec 2026, until 31 Dec 2026"),
        "{page}"
    );
});

both!(what_is_wrong_with_kept_time_is_said_at_the_field, |clinic| {
    let admin = clinic.signed_in("admin").await;
    for (change, field) in [
        (vec![("name", "")], "name"),
        (vec![("provider", "999")], "provider"),
        (vec![("time", "")], "time"),
        (vec![("time", "9-11, 13-14")], "time"),
        (vec![("time", "11-9")], "time"),
        (vec![("when", "")], "when"),
        (vec![("weekday", "8")], "weekday"),
        (
            vec![("valid_from", "2026-12-02"), ("valid_until", "2026-12-01")],
            "valid_until",
        ),
        (vec![("valid_from", "9999-12-02")], "valid_from"),
        (vec![("when", "days")], "day"),
        (vec![("when", "days"), ("day", "2026-11-22")], "day"),
        (
            vec![("when", "days"), ("day", "2026-12-01"), ("day_until", "2027-12-01")],
            "day_until",
        ),
        (vec![("services", "999")], "services"),
        (vec![("release_days", "61")], "release_days"),
    ] {
        let page = text(admin.post_form(NEW, &with(&KEPT, &change)).await, 422).await;
        assert!(page.contains(&format!(r#"id="f-{field}-e""#)), "{change:?}: {page}");
        assert!(page.contains("Emergencies"), "{page}");
    }
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM blockouts").await,
        1,
        "the sample's"
    );
});

both!(who_works_elsewhere_is_on_the_way_before_and_after, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let api = clinic.api(chairside::staff::Role::FrontDesk).await;
    let elsewhere = [
        ("name", "城西分院"),
        ("name_en", "West branch"),
        ("provider", "1"),
        ("when", "weekly"),
        ("weekday", "3"),
        ("time", "09:00-11:00"),
        ("travel", "30"),
    ];
    let bad = with(&elsewhere, &[("travel", "241")]);
    assert!(text(admin.post_form(NEW, &bad).await, 422).await.contains("f-travel-e"));
    let page = saved(&admin, admin.post_form(NEW, &elsewhere).await, "saved=blockouts").await;
    assert!(
        page.contains("West branch") && page.contains("30 min on the way"),
        "{page}"
    );
    let service = clinic.sample.services.iter().find(|s| s.code == "check-up").unwrap().id;
    let path = format!("/api/v1/slots?service_id={service}&provider_id=1&from=2026-11-25&days=1");
    let (_, found) = api.get_json(&path).await;
    let starts: Vec<&str> = found["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["starts_at"].as_str().unwrap()[11..16])
        .collect();
    assert_eq!(
        starts.first(),
        Some(&"11:30"),
        "from 8:30 to 11:30 they are elsewhere or on the way: {starts:?}"
    );
    let why = format!("/api/v1/slots/why?service_id={service}&provider_id=1&starts_at=2026-11-25T11:15:00%2B08:00");
    let (_, why) = api.get_json(&why).await;
    assert!(
        why.to_string().contains("reserved") && why.to_string().contains("城西分院"),
        "{why}"
    );
});
