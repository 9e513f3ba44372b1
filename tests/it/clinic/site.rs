//! The clinic's data and its zone.

use super::{SITE, book, saved, text, with};
use crate::both;

both!(the_site_is_saved_and_says_when_and_by_whom, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let page = saved(&admin, admin.post_form("/settings/site", &SITE).await, "saved=site").await;
    assert!(page.contains("已保存 10:42") && page.contains("吴管理"), "{page}");
    assert!(page.contains(r#"value="0571 1111 2222""#));
    let detail = clinic
        .count("SELECT count(*) AS n FROM audit_log WHERE subject = 'sites' AND detail LIKE '%phone: 0571 8765 4321 -> 0571 1111 2222%'")
        .await;
    assert_eq!(detail, 1);
    let again = saved(&admin, admin.post_form("/settings/site", &SITE).await, "same=site").await;
    assert!(again.contains("没有改动"));
});

both!(zones_come_with_their_offset_and_currencies_with_their_name, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let page = admin.page("/settings/site?lang=zh").await;
    let zones = page
        .split(r#"name="zone""#)
        .nth(1)
        .unwrap()
        .split("</select>")
        .next()
        .unwrap();
    let first = zones.split("<option").nth(1).unwrap();
    assert!(
        zones.contains(r#"<optgroup label="常用">"#) && first.contains("Asia/Shanghai (UTC+08:00)"),
        "{first}"
    );
    assert_eq!(
        zones.matches(" selected").count(),
        1,
        "the chosen one stands in two groups, and is chosen once"
    );
    assert!(zones.contains("America/New York (UTC-05:00)") && zones.contains(r#"<optgroup label="Europe">"#));
    assert!(
        page.contains(r#"<option value="CNY" selected>CNY 人民币</option>"#),
        "{page}"
    );
});

both!(wrong_site_data_is_marked_at_the_field_and_kept, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let cases = [
        ("name", "", "This is required"),
        ("zone", "Asia/Peking", "There is no such zone"),
        ("currency", "XXX", "Not an ISO 4217"),
        ("currency", "JPY", "not supported yet"),
        ("country", "XX", "two-letter country code"),
        ("phone", "call <us>", "digits, spaces"),
        ("name", "知齿\r\nBcc: x@evil.example", "One line only"),
        ("name_en", "Zhichi\u{1}", "One line only"),
        ("address", "杭州\n西湖", "One line only"),
        ("language", "fr", "cannot be read"),
    ];
    for (field, value, message) in cases {
        let answer = admin
            .post_form("/settings/site?lang=en", &with(&SITE, &[(field, value)]))
            .await;
        let page = text(answer, 422).await;
        assert!(page.contains(message), "{field}: {page}");
        assert!(page.contains(&format!(r#"id="f-{field}-e""#)), "{field}");
        assert!(
            page.contains("Hangzhou") && page.contains("0571 1111 2222") == (field != "phone"),
            "{field}"
        );
    }
    let unchanged = clinic
        .count("SELECT count(*) AS n FROM sites WHERE phone = '0571 8765 4321'")
        .await;
    assert_eq!(unchanged, 1);
});

both!(another_zone_asks_first_when_visits_are_booked, |clinic| {
    let admin = clinic.signed_in("admin").await;
    book(&clinic, 0, "2026-11-24T10:00:00+08:00", 30).await;
    let moved = with(&SITE, &[("zone", "Europe/Berlin")]);
    let page = text(admin.post_form("/settings/site?lang=en", &moved).await, 409).await;
    assert!(
        page.contains("1 future booking will show at another time of day"),
        "{page}"
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM sites WHERE zone = 'Asia/Shanghai'")
            .await,
        1
    );
    let agreed = with(&moved, &[("confirmed", "1")]);
    saved(&admin, admin.post_form("/settings/site", &agreed).await, "saved=site").await;
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM sites WHERE zone = 'Europe/Berlin'")
            .await,
        1
    );
});
