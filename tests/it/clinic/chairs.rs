//! A chair's own hours, single days and times out of service, on the settings pages; forms filled in on an older state.

use super::{book, saved, text, with};
use crate::both;

both!(a_chair_has_hours_days_and_times_out_of_service, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let chair = clinic.sample.providers[0].chair_id;
    let path = format!("/settings/chairs/{chair}");
    let page = admin.page(&format!("{path}?lang=en")).await;
    assert!(
        page.contains("open whenever somebody works") && page.contains("In service all the time."),
        "{page}"
    );
    // Tuesdays from one on only: what is booked at ten is told first.
    book(&clinic, 0, "2026-11-24T10:00:00+08:00", 30).await;
    let hours = [("d1", "8-18"), ("d2", "13-18"), ("d3", "8-18")];
    for (day, why) in [
        ("22-2", "22:00-24:00 on this one, 00:00-02:00 on the next"),
        ("x", "Cannot read"),
    ] {
        let wrong = with(&hours, &[("d1", day)]);
        let page = text(admin.post_form(&format!("{path}/hours"), &wrong).await, 422).await;
        assert!(
            page.contains(why) && page.contains(&format!(r#"value="{day}""#)),
            "{page}"
        );
    }
    let asked = text(admin.post_form(&format!("{path}/hours"), &hours).await, 409).await;
    assert!(
        asked.contains("1 future booking falls outside the new hours") && asked.contains("Tue 24 Nov 10:00"),
        "{asked}"
    );
    let agreed = with(&hours, &[("confirmed", "1")]);
    let page = saved(
        &admin,
        admin.post_form(&format!("{path}/hours"), &agreed).await,
        "saved=hours",
    )
    .await;
    assert!(
        page.contains(r#"value="13:00-18:00""#) && page.contains("Saved 10:42"),
        "{page}"
    );
    // Other hours from a day on, which are taken back.
    let later = [("valid_from", "2026-12-07"), ("d1", "8-12")];
    let new = format!("{path}/hours/new");
    let page = saved(&admin, admin.post_form(&new, &later).await, "saved=hours").await;
    assert!(page.contains("From 7 Dec 2026"), "{page}");
    assert!(
        admin
            .page(&format!("{path}/hours/2026-12-07?lang=en"))
            .await
            .contains("08:00-12:00")
    );
    let gone = admin.post_form(&format!("{path}/hours/2026-12-07/remove"), &[]).await;
    saved(&admin, gone, "saved=hours").await;

    // A single day, and back.
    let day = [("days_from", "2026-11-25"), ("days_hours", "9-12")];
    let empty = with(&day, &[("days_hours", "")]);
    let page = text(admin.post_form(&format!("{path}/days"), &empty).await, 422).await;
    assert!(page.contains("take it out of service"), "{page}");
    let page = saved(
        &admin,
        admin.post_form(&format!("{path}/days"), &day).await,
        "saved=days",
    )
    .await;
    assert!(page.contains("25 Nov 2026 Wed · 09:00-12:00"), "{page}");
    let one = [("from", "2026-11-25"), ("until", "2026-11-25")];
    let back = admin.post_form(&format!("{path}/days/remove"), &one).await;
    saved(&admin, back, "saved=days").await;

    // Out of service over a visit.
    let repair = [
        ("leave_from", "2026-11-24T08:00"),
        ("leave_to", "2026-11-24T12:00"),
        ("leave_reason", "维修"),
    ];
    let wrong = with(&repair, &[("leave_to", "2026-11-24T07:00")]);
    let page = text(admin.post_form(&format!("{path}/leave"), &wrong).await, 422).await;
    assert!(
        page.contains(r#"id="f-leave_to-e""#) && page.contains(r#"value="维修""#),
        "{page}"
    );
    let asked = text(admin.post_form(&format!("{path}/leave"), &repair).await, 409).await;
    assert!(
        asked.contains("1 future booking is in this chair in that time") && !asked.contains("/leave-plan?"),
        "{asked}"
    );
    let agreed = with(&repair, &[("confirmed", "1")]);
    let page = saved(
        &admin,
        admin.post_form(&format!("{path}/leave"), &agreed).await,
        "saved=leave",
    )
    .await;
    assert!(page.contains("Tue 24 Nov 08:00 – Tue 24 Nov 12:00 · 维修"), "{page}");
    let list = admin.page("/settings/chairs?lang=en").await;
    assert!(
        list.contains("Out of service") && list.contains("hours of its own"),
        "{list}"
    );
    let row = clinic
        .count("SELECT id AS n FROM leaves WHERE chair_id IS NOT NULL")
        .await;
    let provider = clinic.sample.providers[0].id;
    let elsewhere = format!("/settings/providers/{provider}/leave/{row}/remove");
    assert_eq!(
        admin.post_form(&elsewhere, &[]).await.status(),
        404,
        "it is no provider's"
    );
    let gone = admin.post_form(&format!("{path}/leave/{row}/remove"), &[]).await;
    saved(&admin, gone, "saved=leave").await;
    for lost in ["hours", "days", "leave"] {
        let sent = match lost {
            "hours" => hours.to_vec(),
            "days" => day.to_vec(),
            _ => repair.to_vec(),
        };
        let status = admin
            .post_form(&format!("/settings/chairs/999999/{lost}"), &sent)
            .await
            .status();
        assert_eq!(status, 404, "{lost}");
    }
    let words = admin.page("/settings/audit?lang=en").await;
    for kind in [
        "Weekly hours of a chair",
        "Hours of a chair on single days",
        "Chair out of service",
    ] {
        assert!(words.contains(kind), "{kind}: {words}");
    }
});

both!(what_was_added_meanwhile_is_told_before_more_is_added, |clinic| {
    let (one, two) = (clinic.signed_in("admin").await, clinic.signed_in("admin").await);
    let provider = format!("/settings/providers/{}", clinic.sample.providers[0].id);
    let chair = format!("/settings/chairs/{}", clinic.sample.providers[0].chair_id);
    let leave = |n: &'static str| {
        [
            ("leave_from", "2026-12-24T08:00"),
            ("leave_to", "2026-12-24T18:00"),
            ("leave_reason", n),
        ]
    };
    let days = |n: &'static str| [("days_from", "2026-12-21"), ("days_hours", n)];
    let holiday = |n: &'static str| [("day", n), ("name", "店庆"), ("name_en", "Anniversary")];
    let worked = |n: &'static str| {
        [
            ("makeup_day", n),
            ("makeup_as", "1"),
            ("makeup_name", "补班"),
            ("makeup_name_en", "Make-up"),
        ]
    };
    // Page, form on it, what one sends and another a moment later, and of the second what is still there then.
    let cases = [
        (
            provider.clone(),
            "/leave",
            leave("甲").to_vec(),
            leave("乙").to_vec(),
            "乙",
        ),
        (
            provider.clone(),
            "/days",
            days("9-12").to_vec(),
            days("13-17").to_vec(),
            "13-17",
        ),
        (
            chair.clone(),
            "/leave",
            leave("丙").to_vec(),
            leave("丁").to_vec(),
            "丁",
        ),
        (chair, "/days", days("9-12").to_vec(), days("13-17").to_vec(), "13-17"),
        (
            "/settings/holidays".into(),
            "",
            holiday("2027-01-11").to_vec(),
            holiday("2027-01-12").to_vec(),
            "2027-01-12",
        ),
        (
            "/settings/holidays".into(),
            "/makeup",
            worked("2027-01-17").to_vec(),
            worked("2027-01-24").to_vec(),
            "2027-01-24",
        ),
    ];
    for (page, form, first, second, kept) in cases {
        let path = format!("{page}{form}");
        // Both have the page open, on which nothing was added yet.
        assert!(
            one.page(&format!("{page}?lang=en"))
                .await
                .contains(r#"name="seen" value="0""#),
            "{path}"
        );
        two.page(&format!("{page}?lang=en")).await;
        let seen = |fields: &[(&'static str, &'static str)]| with(fields, &[("seen", "0")]);
        let done = one.post_form(&path, &seen(&first)).await;
        assert_eq!(done.status(), 303, "{path}: {}", done.text().await.unwrap());
        let told = text(two.post_form(&path, &seen(&second)).await, 409).await;
        assert!(
            told.contains("Someone else has just changed this") && told.contains(&format!(r#"value="{kept}""#)),
            "{path}: {told}"
        );
        // The form that was shown again knows of the other change.
        let mut newest = String::new();
        for part in told.split(r#"id="f-seen" name="seen" value=""#).skip(1) {
            newest = part.split('"').next().unwrap().to_owned();
        }
        assert!(newest != "0" && !newest.is_empty(), "{path}: {told}");
        let mut again = second.clone();
        again.push(("seen", newest.leak()));
        let done = two.post_form(&path, &again).await;
        assert_eq!(done.status(), 303, "{path}: {}", done.text().await.unwrap());
    }
    // Nor is taken away what is not as it was shown.
    let remove = format!("{provider}/days/remove");
    let old = [("from", "2026-12-21"), ("until", "2026-12-21"), ("seen", "0")];
    let told = text(two.post_form(&remove, &old).await, 409).await;
    assert!(
        told.contains("Nothing was removed") && told.contains("13:00-17:00"),
        "{told}"
    );
});

both!(a_meeting_of_everybody_is_kept_in_one_step, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let holidays = admin.page("/settings/holidays?lang=en").await;
    assert!(
        holidays.contains(r#"href="/settings/blockouts/new?when=days""#),
        "{holidays}"
    );
    let form = admin.page("/settings/blockouts/new?when=days&lang=en").await;
    assert!(form.contains(r#"value="days" checked"#), "{form}");
    let meeting = [
        ("name", "全体会议"),
        ("name_en", "Staff meeting"),
        ("provider", ""),
        ("chair", ""),
        ("when", "days"),
        ("day", "2026-11-25"),
        ("time", "14-16"),
    ];
    let wrong = with(&meeting, &[("chair", "999999")]);
    let page = text(admin.post_form("/settings/blockouts/new", &wrong).await, 422).await;
    assert!(page.contains(r#"id="f-chair-e""#), "{page}");
    let page = saved(
        &admin,
        admin.post_form("/settings/blockouts/new", &meeting).await,
        "saved=",
    )
    .await;
    assert!(
        page.contains("Staff meeting") && page.contains("Nothing may be booked"),
        "{page}"
    );
    let api = clinic.api(chairside::staff::Role::FrontDesk).await;
    for service in &clinic.sample.services {
        let path = format!("/api/v1/slots?service_id={}&from=2026-11-25&days=1", service.id);
        let free = api.get_json(&path).await.1.to_string();
        let starts = |hour: &str| free.contains(&format!(r#""starts_at":"2026-11-25T{hour}"#));
        assert!(!starts("14") && !starts("15"), "{}: {free}", service.code);
    }
    let board = clinic
        .signed_in("desk")
        .await
        .page("/day?day=2026-11-25&by=chair&lang=en")
        .await;
    assert!(board.contains("Kept: Staff meeting"), "{board}");
});
