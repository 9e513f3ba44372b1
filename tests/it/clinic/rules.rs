//! How services are booked, and what chairs are good for.

use serde_json::{Value, json};

use super::{SERVICE, book, saved, text, with};
use crate::both;
use crate::support::{Browser, Clinic};

const RULES: [(&str, &str); 9] = [
    ("grid", "30"),
    ("chair_kind", ""),
    ("provider_parts", "0-10，50 - 60"),
    ("second_kind", "hygienist"),
    ("second_parts", "10-50"),
    ("per_day_max", "2"),
    ("notice", "4"),
    ("notice_unit", "hours"),
    ("horizon_days", "90"),
];

async fn rules_of(admin: &Browser, code: &str) -> Value {
    let (_, list) = admin.get_json("/api/v1/services").await;
    let found = list.as_array().unwrap().iter().find(|s| s["code"] == code);
    found.unwrap()["rules"].clone()
}
fn fields<'a>(rules: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [SERVICE.as_slice(), rules].concat()
}
fn usual() -> Value {
    json!({
        "grid_minutes": 15, "chair_kind": "", "provider_parts": [], "second_kind": null, "second_parts": [],
        "per_day_max": null, "online": false, "notice_minutes": 120, "horizon_days": 60,
    })
}

both!(a_service_says_how_it_is_booked, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let new = "/settings/services/new?lang=en";
    let page = admin.page(new).await;
    assert!(
        page.contains(r#"<details class="more"><summary><b>Booking rules</b> · every 15 minutes"#),
        "folded: {page}"
    );
    saved(&admin, admin.post_form(new, &SERVICE).await, "saved=service").await;
    assert_eq!(
        rules_of(&admin, "whitening").await,
        usual(),
        "a program that says nothing of rules"
    );
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM booking_rules").await,
        5,
        "the sample's only"
    );

    let id = clinic
        .count("SELECT id AS n FROM services WHERE code = 'whitening'")
        .await;
    let path = format!("/settings/services/{id}");
    let set = with(&fields(&RULES), &[("online", "1")]);
    let page = saved(&admin, admin.post_form(&path, &set).await, "saved=service").await;
    for part in [
        r#"value="0-10,50-60""#,
        r#"aria-label="Provider: 0-10, 50-60""#,
        r#"<rect x="50" y="0" width="10""#,
        r#"aria-label="Second person: 10-50""#,
        r#"name="notice" type="text" value="4""#,
        "every 30 minutes · provider in parts · with a hygienist · at most 2 a day · online",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert_eq!(
        rules_of(&admin, "whitening").await,
        json!({
            "grid_minutes": 30, "chair_kind": "", "provider_parts": [{"from": 0, "until": 10}, {"from": 50, "until": 60}],
            "second_kind": "hygienist", "second_parts": [{"from": 10, "until": 50}], "per_day_max": 2, "online": true,
            "notice_minutes": 240, "horizon_days": 90,
        })
    );
    saved(&admin, admin.post_form(&path, &set).await, "same=service").await;
    saved(&admin, admin.post_form(&path, &SERVICE).await, "same=service").await;
    let minutes = with(&set, &[("notice", "90"), ("notice_unit", "minutes")]);
    let page = saved(&admin, admin.post_form(&path, &minutes).await, "saved=service").await;
    assert!(page.contains(r#"<option value="minutes" selected"#), "{page}");
    let audit = admin.page("/settings/audit?lang=en").await;
    assert!(audit.contains("minutes ahead at least: 240 → 90"), "{audit}");
});

both!(what_is_wrong_with_rules_is_said_at_the_field, |clinic| {
    let admin = clinic.signed_in("admin").await;
    for (field, value, message) in [
        ("grid", "7", "Choose one of the list"),
        ("provider_parts", "10-5", "Cannot read"),
        ("provider_parts", "0-61", "Longer than the visit, which has 60 minutes"),
        ("second_parts", "0-61", "Longer than the visit"),
        ("second_kind", "", "choose who is needed"),
        ("per_day_max", "0", "from 1 to 100"),
        ("notice", "721", "from 0 to 720"),
        ("notice_unit", "days", "Choose one of the list"),
        ("horizon_days", "", "f-horizon_days-e"),
        ("horizon_days", "733", "from 1 to 732"),
    ] {
        let wrong = with(&fields(&RULES), &[(field, value)]);
        let page = text(admin.post_form("/settings/services/new?lang=en", &wrong).await, 422).await;
        assert!(
            page.contains(message) && page.contains(&format!(r#"id="f-{field}-e""#)),
            "{field} {value}: {page}"
        );
        assert!(
            page.contains(r#"<details class="more" open>"#) && page.contains("美白"),
            "{page}"
        );
    }
    // A shorter visit does not leave its parts hanging over.
    let shorter = with(&fields(&RULES), &[("minutes", "30")]);
    let page = text(admin.post_form("/settings/services/new?lang=en", &shorter).await, 422).await;
    assert!(
        page.contains(r#"id="f-provider_parts-e""#) && page.contains(r#"id="f-second_parts-e""#),
        "{page}"
    );
    assert_eq!(clinic.count("SELECT count(*) AS n FROM services").await, 12);
});

/// The form of the sample's first service with other rules.
async fn check_up<'a>(clinic: &Clinic, rules: &[(&'a str, &'a str)]) -> (String, Vec<(&'a str, &'a str)>) {
    let id = clinic.sample.services[0].id;
    let fields = with(
        &fields(rules),
        &[
            ("name", "检查"),
            ("name_en", "Check-up"),
            ("recall_months", ""),
            ("price", "100"),
        ],
    );
    (format!("/settings/services/{id}?lang=en"), fields)
}

both!(rules_that_booked_visits_do_not_meet_are_asked_about, |clinic| {
    let admin = clinic.signed_in("admin").await;
    book(&clinic, 0, "2026-11-24T09:00:00+08:00", 30).await;
    book(&clinic, 0, "2026-11-24T10:00:00+08:00", 30).await;
    book(&clinic, 1, "2026-11-24T10:00:00+08:00", 30).await;
    let plain = with(
        &RULES,
        &[("second_kind", ""), ("second_parts", ""), ("per_day_max", "")],
    );
    let (path, fields) = check_up(&clinic, &plain).await;
    saved(&admin, admin.post_form(&path, &fields).await, "saved=service").await;
    let once = with(&fields, &[("per_day_max", "1")]);
    let asked = text(admin.post_form(&path, &once).await, 409).await;
    assert!(
        asked.contains("1 future booking does not meet the new rules") && asked.contains("Tue 24 Nov 10:00"),
        "the second of one provider: {asked}"
    );
    assert!(asked.contains(r#"<details class="more" open>"#), "{asked}");
    let surgery = with(&fields, &[("chair_kind", "手术")]);
    let asked = text(admin.post_form(&path, &surgery).await, 409).await;
    assert!(asked.contains("3 future bookings do not meet the new rules"), "{asked}");
    let helped = with(&fields, &[("second_kind", "nurse")]);
    let asked = text(admin.post_form(&path, &helped).await, 409).await;
    assert!(asked.contains(r#"name="confirmed" value="3""#), "{asked}");
    let agreed = with(&helped, &[("confirmed", "3")]);
    saved(&admin, admin.post_form(&path, &agreed).await, "saved=service").await;
    // What they do not meet already is not asked about again.
    let more = with(&helped, &[("horizon_days", "30")]);
    saved(&admin, admin.post_form(&path, &more).await, "saved=service").await;
});

both!(chairs_have_kinds_that_services_can_ask_for, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let chair = clinic.sample.providers[0].chair_id;
    let path = format!("/settings/chairs/{chair}?lang=en");
    let named = [("name", "1号椅"), ("name_en", "Chair 1"), ("active", "1")];
    let page = saved(
        &admin,
        admin.post_form(&path, &with(&named, &[("kind", "拍片")])).await,
        "saved=chair",
    )
    .await;
    assert!(
        page.contains(r#"<option value="拍片"></option>"#) && page.contains(r#"<option value="手术">"#),
        "{page}"
    );
    assert!(
        admin
            .page("/settings/services/new")
            .await
            .contains(r#"<option value="拍片">"#)
    );
    let (_, chairs) = admin.get_json("/api/v1/chairs").await;
    assert_eq!(chairs[0]["kind"], "拍片");
    let long = "长".repeat(61);
    let page = text(admin.post_form(&path, &with(&named, &[("kind", &long)])).await, 422).await;
    assert!(page.contains(r#"id="f-kind-e""#), "{page}");

    book(&clinic, 0, "2026-11-24T09:00:00+08:00", 30).await;
    let plain = with(
        &RULES,
        &[
            ("second_kind", ""),
            ("second_parts", ""),
            ("per_day_max", ""),
            ("chair_kind", "拍片"),
        ],
    );
    let (service, fields) = check_up(&clinic, &plain).await;
    saved(&admin, admin.post_form(&service, &fields).await, "saved=service").await;
    let asked = text(admin.post_form(&path, &named).await, 409).await;
    assert!(
        asked.contains("1 future booking is in a chair that would no longer do"),
        "{asked}"
    );
    saved(
        &admin,
        admin.post_form(&path, &with(&named, &[("confirmed", "1")])).await,
        "saved=chair",
    )
    .await;
});
