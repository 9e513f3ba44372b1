//! Weekly hours that begin later, sessions of single days, further chairs.

use serde_json::json;

use super::{book, saved, text, with};
use crate::both;

const DAY: &str = "08:45-12:00, 13:30-18:00";
/// From the sample's first provider: Monday to Saturday.
const WEEK: [(&str, &str); 6] = [
    ("d1", DAY),
    ("d2", DAY),
    ("d3", DAY),
    ("d4", DAY),
    ("d5", DAY),
    ("d6", DAY),
];

both!(
    other_hours_hold_from_a_day_on_and_ask_within_their_days_only,
    |clinic| {
        let admin = clinic.signed_in("admin").await;
        let id = clinic.sample.providers[0].id;
        let path = format!("/settings/providers/{id}/hours");
        let page = admin.page(&format!("{path}/new?lang=en")).await;
        assert_eq!(
            page.matches(&format!(r#"value="{DAY}""#)).count(),
            6,
            "filled in with the present ones: {page}"
        );

        // Two Tuesdays: one before the new hours, one after they began.
        book(&clinic, 0, "2026-12-01T10:00:00+08:00", 30).await;
        book(&clinic, 0, "2026-12-08T10:00:00+08:00", 30).await;
        let winter = with(&WEEK, &[("d2", "13:30-18"), ("valid_from", "2026-12-07")]);
        for (day, why) in [
            ("2026-11-22", "too long ago"),
            ("", "Please fill this in"),
            ("soon", "cannot be read"),
        ] {
            let wrong = with(&winter, &[("valid_from", day)]);
            let page = text(admin.post_form(&format!("{path}/new"), &wrong).await, 422).await;
            assert!(page.contains(r#"id="f-valid_from-e""#), "{why}: {page}");
            assert!(page.contains(r#"value="13:30-18""#), "{page}");
        }
        let asked = text(admin.post_form(&format!("{path}/new"), &winter).await, 409).await;
        assert!(
            asked.contains("1 future booking falls outside the new hours") && asked.contains("Tue 8 Dec 10:00"),
            "{asked}"
        );
        assert_eq!(clinic.count("SELECT count(*) AS n FROM hour_patterns").await, 0);
        let agreed = with(&winter, &[("confirmed", "1")]);
        let page = saved(
            &admin,
            admin.post_form(&format!("{path}/new"), &agreed).await,
            "saved=hours",
        )
        .await;
        assert!(
            page.contains("From 7 Dec 2026") && page.contains("Saved 10:42"),
            "{page}"
        );
        assert!(page.contains("Holds today"), "{page}");
        let twice = text(admin.post_form(&format!("{path}/new"), &agreed).await, 422).await;
        assert!(
            twice.contains("There are hours that begin on this day already"),
            "{twice}"
        );

        let (_, providers) = admin.get_json("/api/v1/providers").await;
        assert_eq!(providers[0]["hours"], providers[0]["patterns"][0]["hours"]);
        assert_eq!(providers[0]["patterns"][0]["from"], json!(null));
        assert_eq!(providers[0]["patterns"][1]["from"], "2026-12-07");
        let tuesday = |h: &&serde_json::Value| h["weekday"] == 2;
        let later = providers[0]["patterns"][1]["hours"].as_array().unwrap();
        assert_eq!(later.iter().filter(tuesday).count(), 1);

        // The present hours, changed, do not touch what lies under the later ones; nor the other way round.
        let present = with(&WEEK, &[("d2", ""), ("pattern", "1970-01-01")]);
        let asked = text(admin.post_form(&path, &present).await, 409).await;
        assert!(
            asked.contains("Tue 1 Dec 10:00") && !asked.contains("Tue 8 Dec"),
            "{asked}"
        );
        let day = format!("{path}/2026-12-07");
        let copied = text(admin.post_form(&day, &[("d1", "9-12"), ("copy", "1")]).await, 200).await;
        assert_eq!(copied.matches(r#"value="9-12""#).count(), 5, "{copied}");
        let wider = with(&WEEK, &[("d2", "9-18")]);
        saved(&admin, admin.post_form(&day, &wider).await, "saved=hours").await;
        assert!(admin.page(&format!("{day}?lang=en")).await.contains("09:00-18:00"));

        // 7 December comes: those are the present ones.
        clinic.it_is("2026-12-07T08:00:00+08:00");
        let admin = clinic.signed_in("admin").await;
        let page = admin.page(&format!("/settings/providers/{id}?lang=en")).await;
        assert!(page.contains(r#"name="pattern" value="2026-12-07""#), "{page}");
        let (_, providers) = admin.get_json("/api/v1/providers").await;
        assert_eq!(providers[0]["hours"], providers[0]["patterns"][1]["hours"]);
    }
);

both!(later_hours_are_removed_with_a_question, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.providers[0].id;
    let path = format!("/settings/providers/{id}/hours");
    let evening = with(&WEEK, &[("d2", "8:45-12, 13:30-21"), ("valid_from", "2026-12-07")]);
    saved(
        &admin,
        admin.post_form(&format!("{path}/new"), &evening).await,
        "saved=hours",
    )
    .await;
    book(&clinic, 0, "2026-12-08T19:00:00+08:00", 30).await;
    let remove = format!("{path}/2026-12-07/remove");
    let asked = text(admin.post_form(&format!("{remove}?lang=en"), &[]).await, 409).await;
    assert!(
        asked.contains("Not removed yet")
            && asked.contains("Tue 8 Dec 19:00")
            && asked.contains(&format!(r#"action="{remove}""#)),
        "{asked}"
    );
    saved(
        &admin,
        admin.post_form(&remove, &[("confirmed", "1")]).await,
        "saved=hours",
    )
    .await;
    assert_eq!(clinic.count("SELECT count(*) AS n FROM hour_patterns").await, 0);
    assert_eq!(
        clinic
            .count(&format!(
                "SELECT count(*) AS n FROM weekly_hours WHERE provider_id = {id}"
            ))
            .await,
        12,
        "the first ones are whole"
    );
    for gone in [remove, format!("{path}/1970-01-01/remove")] {
        assert_eq!(admin.post_form(&gone, &[]).await.status(), 404, "{gone}");
    }
    let changes = "SELECT count(*) AS n FROM audit_log WHERE subject = 'provider_hours'";
    assert_eq!(clinic.count(changes).await, 2);
});

both!(single_days_are_set_copied_and_given_back, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.providers[0].id;
    let path = format!("/settings/providers/{id}/days");
    let one = [("days_from", "2026-11-27"), ("days_hours", "8:45-12")];
    for (change, field) in [
        (("days_from", "2026-11-01"), "days_from"),
        (("days_until", "2026-11-26"), "days_until"),
        (("days_until", "2027-11-26"), "days_until"),
        (("days_hours", ""), "days_hours"),
        (("days_hours", "late"), "days_hours"),
        (("days_weekdays", "8"), "days_weekdays"),
        (("days_weekdays", "1"), "days_from"),
    ] {
        let page = text(admin.post_form(&path, &with(&one, &[change])).await, 422).await;
        assert!(page.contains(&format!(r#"id="f-{field}-e""#)), "{change:?}: {page}");
    }
    // A shorter Friday asks for what lies in the afternoon of that Friday.
    book(&clinic, 0, "2026-11-27T15:00:00+08:00", 30).await;
    book(&clinic, 0, "2026-11-26T15:00:00+08:00", 30).await;
    let asked = text(admin.post_form(&format!("{path}?lang=en"), &one).await, 409).await;
    assert!(
        asked.contains("1 future booking falls outside") && asked.contains("Fri 27 Nov 15:00"),
        "{asked}"
    );
    let page = saved(
        &admin,
        admin.post_form(&path, &with(&one, &[("confirmed", "1")])).await,
        "saved=days",
    )
    .await;
    assert!(page.contains("27 Nov 2026 Fri · 08:45-12:00"), "{page}");

    // The week after is as this one: only the Friday differs.
    let copy = [("days_from", "2026-11-30"), ("days_until", "2026-12-06"), ("copy", "1")];
    saved(&admin, admin.post_form(&path, &copy).await, "saved=days").await;
    let (_, providers) = admin.get_json("/api/v1/providers").await;
    assert_eq!(
        providers[0]["days"],
        json!([
            {"day": "2026-11-27", "from": "08:45", "until": "12:00"},
            {"day": "2026-12-04", "from": "08:45", "until": "12:00"},
        ])
    );
    saved(&admin, admin.post_form(&path, &copy).await, "same=days").await;

    // On duty on closed days only when that is said.
    let names = [("name", "店庆"), ("name_en", "Anniversary")];
    let closed = with(&names, &[("day", "2027-01-11"), ("until", "2027-01-13")]);
    saved(&admin, admin.post_form("/settings/holidays", &closed).await, "saved=").await;
    let duty = [
        ("days_from", "2027-01-11"),
        ("days_until", "2027-01-12"),
        ("days_hours", "9-11"),
    ];
    let refused = text(admin.post_form(&path, &duty).await, 422).await;
    assert!(refused.contains("the clinic is closed"), "{refused}");
    saved(
        &admin,
        admin.post_form(&path, &with(&duty, &[("days_closed", "1")])).await,
        "saved=days",
    )
    .await;

    book(&clinic, 0, "2027-01-12T10:00:00+08:00", 30).await;
    let both = [("from", "2027-01-11"), ("until", "2027-01-12")];
    let remove = format!("{path}/remove");
    let asked = text(admin.post_form(&remove, &both).await, 409).await;
    assert!(
        asked.contains("Not removed yet") && asked.contains(r#"name="until" value="2027-01-12""#),
        "{asked}"
    );
    saved(
        &admin,
        admin.post_form(&remove, &with(&both, &[("confirmed", "1")])).await,
        "saved=days",
    )
    .await;
    assert_eq!(clinic.count("SELECT count(*) AS n FROM dated_hours").await, 2);
    assert_eq!(admin.post_form(&remove, &both).await.status(), 404);
    let words = admin.page("/settings/audit?lang=en").await;
    assert!(words.contains("Hours of single days"), "{words}");
});

both!(a_provider_works_at_further_chairs, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let (who, other) = (clinic.sample.providers[0].clone(), clinic.sample.providers[1].chair_id);
    let (own, further) = (who.chair_id.to_string(), other.to_string());
    let path = format!("/settings/providers/{}", who.id);
    let fields = [
        ("name", "李医生"),
        ("name_en", "Dr Li"),
        ("kind", "doctor"),
        ("chair", own.as_str()),
        ("active", "1"),
        ("further", further.as_str()),
        ("further", own.as_str()),
    ];
    let page = saved(&admin, admin.post_form(&path, &fields).await, "saved=provider").await;
    assert!(
        page.contains(&format!(r#"name="further" value="{further}" checked"#)),
        "{page}"
    );
    let (_, providers) = admin.get_json("/api/v1/providers").await;
    assert_eq!(
        providers[0]["further_chair_ids"],
        json!([other]),
        "the own one is not a further one"
    );

    // A visit in that chair: it is not taken away without a question, and the chair stays in use.
    book(&clinic, 0, "2026-11-24T10:00:00+08:00", 30).await;
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::appointments as a;
            use diesel::prelude::*;
            diesel::update(a::table).set(a::chair_id.eq(other)).execute(c)?;
            Ok(())
        })
        .await;
    let without: Vec<_> = fields[..5].to_vec();
    let asked = text(admin.post_form(&format!("{path}?lang=en"), &without).await, 409).await;
    assert!(
        asked.contains("1 future booking is in a chair that would no longer do"),
        "{asked}"
    );
    clinic.it_is("2026-11-25T10:00:00+08:00");
    let admin = clinic.signed_in("admin").await;
    let second = &clinic.sample.providers[1];
    let moved = [
        ("name", "王医生"),
        ("name_en", "Dr Wang"),
        ("kind", "doctor"),
        ("chair", own.as_str()),
        ("active", "1"),
    ];
    let path = format!("/settings/providers/{}", second.id);
    saved(&admin, admin.post_form(&path, &moved).await, "saved=provider").await;
    let off = [("name", "2号椅"), ("name_en", "Chair 2")];
    let refused = text(
        admin
            .post_form(&format!("/settings/chairs/{other}?lang=en"), &off)
            .await,
        422,
    )
    .await;
    assert!(refused.contains("Dr Li works at this chair"), "{refused}");
});
