//! Holidays of several days, and days worked as another weekday.

use super::{book, saved, text, with};
use crate::both;

both!(several_days_are_closed_at_once, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let before = clinic.count("SELECT count(*) AS n FROM holidays").await;
    let days = [
        ("day", "2027-02-15"),
        ("until", "2027-02-17"),
        ("name", "春节后"),
        ("name_en", "After the festival"),
    ];
    book(&clinic, 0, "2027-02-17T10:00:00+08:00", 30).await;
    let asked = text(admin.post_form("/settings/holidays?lang=en", &days).await, 409).await;
    assert!(asked.contains("1 future booking falls on this day"), "{asked}");
    let agreed = with(&days, &[("confirmed", "1")]);
    saved(&admin, admin.post_form("/settings/holidays", &agreed).await, "saved=").await;
    assert_eq!(clinic.count("SELECT count(*) AS n FROM holidays").await, before + 3);
    for (until, why) in [
        ("2027-02-14", "before the first day"),
        ("2027-03-18", "At most 31 days"),
    ] {
        let wrong = with(&days, &[("until", until)]);
        let page = text(admin.post_form("/settings/holidays", &wrong).await, 422).await;
        assert!(
            page.contains(why) && page.contains(r#"id="f-until-e""#),
            "{until}: {page}"
        );
    }
    let over = with(&days, &[("day", "2027-02-14")]);
    let page = text(admin.post_form("/settings/holidays", &over).await, 422).await;
    assert!(page.contains("is a holiday already"), "{page}");
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM holidays").await,
        before + 3,
        "all days or none"
    );
});

both!(a_weekend_is_worked_as_another_day, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let (id, base) = (clinic.sample.providers[0].id, "/settings/holidays/makeup");
    // On Mondays the first provider works in the evening, too.
    let week = [("d1", "8:45-12, 13:30-20"), ("d6", "9-12")];
    let hours = format!("/settings/providers/{id}/hours");
    saved(&admin, admin.post_form(&hours, &week).await, "saved=hours").await;
    let sunday = [
        ("makeup_day", "2026-12-06"),
        ("makeup_as", "1"),
        ("makeup_name", "补班"),
        ("makeup_name_en", "Make-up"),
    ];
    for (change, field) in [
        (("makeup_day", ""), "makeup_day"),
        (("makeup_day", "2040-01-01"), "makeup_day"),
        (("makeup_until", "2026-12-01"), "makeup_until"),
        (("makeup_as", "8"), "makeup_as"),
        (("makeup_name", ""), "makeup_name"),
    ] {
        let page = text(admin.post_form(base, &with(&sunday, &[change])).await, 422).await;
        assert!(page.contains(&format!(r#"id="f-{field}-e""#)), "{change:?}: {page}");
    }
    let page = saved(
        &admin,
        admin.post_form(&format!("{base}?lang=en"), &sunday).await,
        "saved=makeup",
    )
    .await;
    assert!(
        page.contains("6 Dec 2026 Sun") && page.contains("Monday") && page.contains("Saved 10:42"),
        "{page}"
    );
    let slots = format!(
        "/api/v1/slots?service_id={}&provider_id={id}&from=2026-12-06&days=1",
        clinic.sample.services[0].id
    );
    let (_, free) = admin.get_json(&slots).await;
    assert!(free.to_string().contains("19:30"), "{free}");

    // No day is two things.
    let twice = text(admin.post_form(base, &sunday).await, 422).await;
    assert!(twice.contains("a make-up workday already: Make-up"), "{twice}");
    let holiday = [
        ("day", "2026-12-05"),
        ("until", "2026-12-06"),
        ("name", "假"),
        ("name_en", "Off"),
    ];
    let page = text(admin.post_form("/settings/holidays", &holiday).await, 422).await;
    assert!(page.contains("2026-12-06 is a make-up workday already"), "{page}");
    let closed = with(&holiday, &[("day", "2026-12-12"), ("until", "")]);
    saved(&admin, admin.post_form("/settings/holidays", &closed).await, "saved=").await;
    let weekend = with(&sunday, &[("makeup_day", "2026-12-12"), ("makeup_until", "2026-12-13")]);
    let page = text(admin.post_form(base, &weekend).await, 422).await;
    assert!(page.contains("2026-12-12 is a holiday already: Off"), "{page}");

    // A Saturday that becomes a Tuesday, on which nobody works: its visits are asked about. So is taking a day back.
    book(&clinic, 0, "2026-12-19T10:00:00+08:00", 30).await;
    let saturday = with(&sunday, &[("makeup_day", "2026-12-19"), ("makeup_as", "2")]);
    let asked = text(admin.post_form(base, &saturday).await, 409).await;
    assert!(
        asked.contains("1 future booking falls outside the new hours"),
        "{asked}"
    );
    book(&clinic, 0, "2026-12-06T10:00:00+08:00", 30).await;
    let row = clinic.count("SELECT id AS n FROM makeup_days").await;
    let remove = format!("{base}/{row}/remove");
    let asked = text(admin.post_form(&remove, &[]).await, 409).await;
    assert!(
        asked.contains("Not removed yet") && asked.contains("Sun 6 Dec 10:00"),
        "{asked}"
    );
    saved(
        &admin,
        admin.post_form(&remove, &[("confirmed", "1")]).await,
        "saved=makeup",
    )
    .await;
    assert_eq!(admin.post_form(&remove, &[]).await.status(), 404);
    let changes = "SELECT count(*) AS n FROM audit_log WHERE subject = 'makeup_days'";
    assert_eq!(clinic.count(changes).await, 2);
});
