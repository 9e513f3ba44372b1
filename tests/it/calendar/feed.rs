//! A provider's private feed.

use chairside::clinic::ProviderId;
use chairside::staff::Role;
use icalendar::Component;
use reqwest::Response;
use serde_json::json;

use super::{book, calendar, step, value};
use crate::api_contract::run;
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

/// The path of the address that a page shows this once.
async fn address(clinic: &Clinic, answer: Response) -> String {
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    let shown = page.split("id=\"feed-address\" readonly value=\"").nth(1).unwrap();
    let shown = shown.split('"').next().unwrap();
    let path = shown.strip_prefix(&clinic.base).unwrap().to_owned();
    let secret = path
        .strip_prefix("/calendar/")
        .and_then(|p| p.strip_suffix(".ics"))
        .unwrap();
    assert_eq!(secret.len(), 43, "256 bits");
    assert_eq!(
        clinic
            .count(&format!(
                "SELECT count(*) AS n FROM calendar_feeds WHERE token_hash LIKE '%{secret}%'"
            ))
            .await,
        0
    );
    path
}
/// Summary and place of a feed's events, by time.
async fn told(reader: &Browser, path: &str) -> Vec<(String, String)> {
    let read = calendar(&reader.page(path).await);
    let told = read
        .events()
        .map(|e| (value(e, "SUMMARY").to_owned(), value(e, "LOCATION").to_owned()));
    told.collect()
}

both!(a_feed_tells_a_providers_visits_and_nobody_elses, |clinic| {
    let (sun, li) = (
        make_patient(&clinic, "孙丽", "13900007731").await.0,
        make_patient(&clinic, "Smith, John; Jr", "13900007732").await.0,
    );
    let api = clinic.api(Role::FrontDesk).await;
    let own = book(&api, &clinic, sun, 0, "2026-11-25T09:00:00+08:00").await;
    let off = book(&api, &clinic, li, 0, "2026-11-25T10:00:00+08:00").await;
    let helped = book(&api, &clinic, li, 1, "2026-11-26T09:00:00+08:00").await;
    book(&api, &clinic, li, 1, "2026-11-26T14:00:00+08:00").await;
    let old = book(&api, &clinic, sun, 0, "2026-11-27T09:00:00+08:00").await;
    step(&api, &off, "cancel", json!({ "reason": "有事" })).await;
    let doctor = clinic.sample.providers[0].clone();
    let second = format!(
        "UPDATE appointments SET second_id = {} WHERE id = {}",
        doctor.id, helped["id"]
    );
    run(&clinic, second).await;
    let back = 40 * 86_400_000_i64;
    let long_ago = format!(
        "UPDATE appointments SET starts_at = starts_at - {back}, ends_at = ends_at - {back}, busy_from = busy_from - {back}, \
         busy_until = busy_until - {back}, status = 'done' WHERE id = {}",
        old["id"]
    );
    run(&clinic, long_ago).await;
    let leave = [
        ("leave_from", "2026-12-14T08:00"),
        ("leave_to", "2026-12-15T18:00"),
        ("leave_reason", "手术住院"),
    ];
    let admin = clinic.signed_in("admin").await;
    let saved = admin
        .post_form(&format!("/settings/providers/{}/leave", doctor.id), &leave)
        .await;
    assert_eq!(saved.status(), 303);

    let page = clinic.signed_in("doctor").await;
    assert!(page.page("/day").await.contains("href=\"/calendar\""));
    assert!(page.page("/calendar").await.contains("生成地址"));
    let path = address(&clinic, page.post_form("/calendar", &[]).await).await;
    let reader = clinic.visitor();
    let answer = reader.get(&path).await;
    for (name, wanted) in [
        ("content-type", "text/calendar; charset=utf-8"),
        ("cache-control", "private, no-cache"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(answer.headers()[name], wanted);
    }
    let text = answer.text().await.unwrap();
    let feed = calendar(&text);
    let name = format!("{} · {}", clinic.sample.site.name, doctor.name);
    assert_eq!(feed.property_value("X-WR-CALNAME"), Some(name.as_str()));
    assert_eq!(feed.property_value("REFRESH-INTERVAL"), Some("PT3600S"));
    let told = told(&reader, &path).await;
    let summaries: Vec<&str> = told.iter().map(|(s, _)| s.as_str()).collect();
    assert_eq!(summaries, ["检查 · 孙*", "检查 · S*（配合）", "休假"]);
    assert!(told[0].1.contains('椅'), "{told:?}");
    for secret in ["13900007731", "孙丽", "手术住院", "Smith"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let first = feed.events().next().unwrap();
    assert_eq!(i64::from(first.get_sequence().unwrap()), own["version"]);
    assert_eq!(value(first, "LAST-MODIFIED"), "20261123T024200Z");
    assert_eq!(value(first, "DTSTAMP"), "20261123T024200Z");

    // The same visit under the same name, changed.
    clinic.minutes_pass(5);
    let to = json!({ "starts_at": "2026-11-25T11:00:00+08:00" });
    step(&api, &own, "move", to).await;
    let after = calendar(&reader.page(&path).await);
    let moved = after.events().next().unwrap();
    assert_eq!(moved.get_uid(), first.get_uid());
    assert!(moved.get_sequence() > first.get_sequence());
    assert_eq!(value(moved, "DTSTART"), "20261125T030000Z");
    assert_eq!(value(moved, "LAST-MODIFIED"), "20261123T024700Z");
});

both!(a_feed_is_read_again_only_when_it_changed, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await.0;
    let page = clinic.signed_in("doctor").await;
    let path = address(&clinic, page.post_form("/calendar", &[]).await).await;
    let reader = clinic.visitor();
    let ask = async |tag: &str| {
        let request = reader.client.get(format!("{}{path}", clinic.base));
        request.header("If-None-Match", tag).send().await.unwrap()
    };
    let tag = reader.get(&path).await.headers()["etag"].to_str().unwrap().to_owned();
    clinic.minutes_pass(10);
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let same = ask(&known).await;
        assert_eq!(same.status(), 304, "{known}");
        assert_eq!(same.headers()["etag"], *tag);
        assert_eq!(same.headers()["cache-control"], "private, no-cache");
    }
    book(&api, &clinic, who, 0, "2026-11-25T09:00:00+08:00").await;
    let other = ask(&tag).await;
    assert_eq!(other.status(), 200);
    assert_ne!(other.headers()["etag"], *tag);

    // That it was read is noted once an hour.
    let noted = |at: &str| format!("SELECT count(*) AS n FROM calendar_feeds WHERE last_read_at = {at}");
    let start = clinic.now().plus_minutes(-10).0;
    assert_eq!(clinic.count(&noted(&start.to_string())).await, 1);
    clinic.minutes_pass(50);
    reader.page(&path).await;
    assert_eq!(clinic.count(&noted(&clinic.now().0.to_string())).await, 1);
    assert!(page.page("/calendar").await.contains("上次读取约在"));
});

both!(an_address_is_renewed_and_ended, |clinic| {
    let (page, reader) = (clinic.signed_in("doctor").await, clinic.visitor());
    let first = address(&clinic, page.post_form("/calendar", &[]).await).await;
    let again = page.page("/calendar").await;
    assert!(!again.contains("feed-address") && again.contains("李明"), "shown once");
    let second = address(&clinic, page.post_form("/calendar", &[]).await).await;
    assert_ne!(first, second);
    assert_eq!(reader.get(&first).await.status(), 404);
    assert_eq!(reader.get(&second).await.status(), 200);

    // The administrator has the same of everybody, and nobody else does.
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.providers[0].id;
    let path = format!("/settings/providers/{id}/calendar");
    assert!(admin.page(&format!("/settings/providers/{id}")).await.contains(&path));
    assert!(admin.page(&path).await.contains("换新地址"));
    let third = address(&clinic, admin.post_form(&path, &[]).await).await;
    assert_eq!(reader.get(&second).await.status(), 404);
    let ended = admin.post_form(&format!("{path}/revoke"), &[]).await;
    assert_eq!(
        (ended.status().as_u16(), &ended.headers()["location"]),
        (303, &format!("{path}?saved=feed").parse().unwrap())
    );
    assert_eq!(reader.get(&third).await.status(), 404);
    let fourth = address(&clinic, page.post_form("/calendar", &[]).await).await;
    assert_eq!(page.post_form("/calendar/revoke", &[]).await.status(), 303);
    assert_eq!(reader.get(&fourth).await.status(), 404);
    let audited = |action| {
        format!("SELECT count(*) AS n FROM audit_log WHERE subject = 'calendar_feeds' AND action = '{action}'")
    };
    for (action, times) in [("create", 2), ("renew", 2), ("delete", 2)] {
        assert_eq!(clinic.count(&audited(action)).await, times, "{action}");
    }
    assert!(admin.page("/settings/audit?lang=en").await.contains("Calendar feed"));

    // Who is no provider has none.
    let desk = clinic.signed_in("desk").await;
    assert!(desk.page("/calendar?lang=en").await.contains("no provider"));
    assert_eq!(desk.post_form("/calendar", &[]).await.status(), 404);
});

both!(an_address_ends_with_the_account_and_guessing_with_patience, |clinic| {
    let (admin, reader) = (clinic.signed_in("admin").await, clinic.visitor());
    let of = |id: ProviderId| format!("/settings/providers/{id}/calendar");
    let (doctor, other) = (clinic.sample.providers[0].id, clinic.sample.providers[1].id);
    let path = address(&clinic, admin.post_form(&of(doctor), &[]).await).await;
    let kept = address(&clinic, admin.post_form(&of(other), &[]).await).await;
    assert_eq!(reader.get(&path).await.status(), 200);
    run(
        &clinic,
        "UPDATE staff_users SET active = FALSE WHERE login = 'doctor'".to_owned(),
    )
    .await;
    assert_eq!(reader.get(&path).await.status(), 404);
    assert!(
        admin
            .page(&format!("{}?lang=en", of(doctor)))
            .await
            .contains("does not open now")
    );

    let wrong = format!("/calendar/{}.ics", "A".repeat(43));
    for _ in 1..30 {
        assert_eq!(reader.get(&wrong).await.status(), 404);
    }
    let refused = reader.get(&wrong).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(reader.get(&kept).await.status(), 200, "who has a right one never waits");
    clinic.minutes_pass(11);
    assert_eq!(reader.get(&wrong).await.status(), 404);
});
