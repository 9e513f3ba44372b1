//! Sending hours where the patient is, public holidays, limits for a person and a family: and the page where they are set.

use chairside::messaging::{MessageState, NewMessage, Purpose};
use diesel::prelude::*;

use super::{Scripted, Who, ZHANG, note, over, patient, put, stands};
use crate::both;
use crate::support::Clinic;

fn recall(clinic: &Clinic, key: &str, to: chairside::patients::PatientId) -> NewMessage {
    NewMessage {
        purpose: Purpose::Recall,
        template: "recall".into(),
        expires_at: clinic.now().plus_minutes(14 * 24 * 60),
        ..note(clinic, key, to)
    }
}

const SHIPPED: [(&str, &str); 13] = [
    ("version", "0"),
    ("care_from", "8"),
    ("care_until", "21"),
    ("other_from", "9"),
    ("other_until", "20"),
    ("person_day", "1"),
    ("person_week", "2"),
    ("person_month", "4"),
    ("family_day", "2"),
    ("family_week", "4"),
    ("family_month", "8"),
    ("survey_days", "90"),
    ("greeting_hours", "24"),
];

/// The form with some values changed.
fn with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut form: Vec<(&str, &str)> = SHIPPED
        .iter()
        .map(|(n, v)| (*n, changes.iter().find(|(c, _)| c == n).map_or(*v, |(_, v)| *v)))
        .collect();
    form.extend(changes.iter().filter(|(n, _)| !SHIPPED.iter().any(|(s, _)| s == n)));
    form
}

both!(limits_are_set_on_a_page_and_hold_at_once, |clinic| {
    let manager = clinic.signed_in("manager").await;
    assert_eq!(clinic.signed_in("desk").await.get("/manners").await.status(), 403);
    let page = manager.page("/manners?lang=en").await;
    assert!(page.contains("Recalls, greetings and offers at most"), "{page}");
    assert_eq!(
        manager.post_form("/manners", &with(&[])).await.headers()["location"],
        "/manners?same=manners"
    );
    let wrong = manager
        .post_form(
            "/manners?lang=en",
            &with(&[("care_until", "7"), ("person_day", "0"), ("survey_days", "x")]),
        )
        .await;
    assert_eq!(wrong.status(), 422);
    let page = wrong.text().await.unwrap();
    for field in ["care_until", "person_day", "survey_days"] {
        assert!(page.contains(&format!("id=\"f-{field}-e\"")), "{field}: {page}");
    }
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    // A message about care counts for the day, and is not held back itself.
    put(&clinic, note(&clinic, "a", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    let waits = put(&clinic, recall(&clinic, "b", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    let care = put(&clinic, note(&clinic, "c", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, waits).await, (MessageState::Queued, "daily-cap".into()));
    assert_eq!(stands(&clinic, care).await.0, MessageState::Accepted);
    // Without limits it would have gone.
    let free = with(&[("person_day", ""), ("family_day", "")]);
    assert_eq!(manager.post_form("/manners", &free).await.status(), 303);
    assert_eq!(
        manager.post_form("/manners", &free).await.status(),
        409,
        "somebody was faster"
    );
    let goes = put(&clinic, recall(&clinic, "d", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, goes).await.0, MessageState::Accepted);
    let audit = manager.page("/settings/audit?lang=en").await;
    assert!(audit.contains("Sending hours and limits"), "{audit}");
});

both!(a_family_and_a_week_have_limits_too, |clinic| {
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let mut family = Vec::new();
    for name in ["张伟", "张丽", "张小明"] {
        family.push(patient(&clinic, Who { name, ..ZHANG }).await);
    }
    let mut ids = Vec::new();
    for (i, who) in family.iter().enumerate() {
        ids.push(put(&clinic, recall(&clinic, &format!("r{i}"), *who)).await);
        dispatcher.dispatch_once().await.unwrap();
    }
    assert_eq!(stands(&clinic, ids[1]).await.0, MessageState::Accepted);
    assert_eq!(
        stands(&clinic, ids[2]).await,
        (MessageState::Queued, "family-cap".into())
    );
    assert_eq!(gateway.count(), 2);
    // The next day there is room for one of them; then a person's week is full.
    clinic.minutes_pass(24 * 60);
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, ids[2]).await.0, MessageState::Accepted);
    clinic.minutes_pass(24 * 60);
    let second = put(&clinic, recall(&clinic, "s", family[0])).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        stands(&clinic, second).await.0,
        MessageState::Accepted,
        "four in a family's week"
    );
    clinic.minutes_pass(24 * 60);
    let third = put(&clinic, recall(&clinic, "t", family[0])).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        stands(&clinic, third).await,
        (MessageState::Queued, "weekly-cap".into())
    );
    let desk = clinic.signed_in("desk").await;
    let page = desk.page(&format!("/messages/{third}?lang=zh")).await;
    assert!(page.contains("本周已达上限"), "{page}");
});

both!(a_recall_waits_for_the_end_of_a_holiday, |clinic| {
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    let today = clinic.now().day(chrono_tz::Asia::Shanghai);
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::{holidays as h, sites as s};
            let site: i64 = s::table.select(s::id).first(c)?;
            diesel::insert_into(h::table)
                .values((
                    h::site_id.eq(site),
                    h::day.eq(today),
                    h::name.eq("元旦"),
                    h::name_en.eq("Day off"),
                ))
                .execute(c)?;
            Ok(())
        })
        .await;
    let waits = put(&clinic, recall(&clinic, "a", zhang)).await;
    let greeting = NewMessage {
        purpose: Purpose::Birthday,
        template: "birthday".into(),
        ..note(&clinic, "b", zhang)
    };
    let goes = put(&clinic, greeting).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, waits).await, (MessageState::Queued, "holiday".into()));
    assert_eq!(
        stands(&clinic, goes).await.0,
        MessageState::Accepted,
        "a birthday is on its day"
    );
    let manager = clinic.signed_in("manager").await;
    let on = with(&[("on_holidays", "1"), ("person_day", "2")]);
    assert_eq!(manager.post_form("/manners", &on).await.status(), 303);
    let now = put(&clinic, recall(&clinic, "c", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, now).await.0, MessageState::Accepted);
});

both!(the_night_is_where_the_patient_is, |clinic| {
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    let desk = clinic.signed_in("desk").await;
    let form = desk.page(&format!("/patients/{zhang}/edit")).await;
    assert!(form.contains("name=\"zone\""), "{form}");
    let api = clinic.api(chairside::staff::Role::FrontDesk).await;
    let path = format!("/api/v1/patients/{zhang}");
    let (status, answer) = api
        .patch_json(&path, &serde_json::json!({"version": 1, "zone": "Mars/Olympus"}))
        .await;
    assert_eq!(status, 422, "{answer}");
    let (status, answer) = api
        .patch_json(&path, &serde_json::json!({"version": 1, "zone": "America/New_York"}))
        .await;
    assert_eq!((status, &answer["zone"]), (200, &"America/New_York".into()), "{answer}");
    assert!(
        desk.page(&format!("/patients/{zhang}?lang=en"))
            .await
            .contains("America/New_York")
    );
    clinic.it_is("2026-11-24T10:00:00+08:00");
    let waits = put(&clinic, note(&clinic, "a", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        stands(&clinic, waits).await,
        (MessageState::Queued, "quiet-hours".into())
    );
    clinic.it_is("2026-11-24T21:00:00+08:00");
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        stands(&clinic, waits).await.0,
        MessageState::Accepted,
        "eight in the morning in New York"
    );
});
