//! Services and holidays.

use serde_json::json;

use super::{SERVICE, book, saved, text, with};
use crate::both;

both!(services_are_added_and_changed, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let by = clinic.sample.providers[0].id.to_string();
    let new = with(&SERVICE, &[("providers", by.as_str())]);
    saved(
        &admin,
        admin.post_form("/settings/services/new?lang=en", &new).await,
        "saved=service",
    )
    .await;
    let (_, list) = admin.get_json("/api/v1/services").await;
    let made = list
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["code"] == "whitening")
        .unwrap()
        .clone();
    assert_eq!(made["price_minor"], 128_050);
    assert_eq!(made["colour"], "#3b78df");
    assert_eq!(made["recall_months"], 12);
    assert_eq!(made["provider_ids"], json!([clinic.sample.providers[0].id]));
    let twice = text(admin.post_form("/settings/services/new", &new).await, 422).await;
    assert!(twice.contains("This code is taken"), "{twice}");
    let path = format!("/settings/services/{}", made["id"]);
    let page = saved(
        &admin,
        admin.post_form(&path, &with(&SERVICE, &[("minutes", "75")])).await,
        "saved=service",
    )
    .await;
    assert!(page.contains(r#"value="75""#) && !page.contains("name=\"code\""));
    let changed =
        "SELECT count(*) AS n FROM audit_log WHERE subject = 'services' AND detail LIKE '%minutes: 60 -> 75%'";
    assert_eq!(clinic.count(changed).await, 1);
});

both!(wrong_service_data_is_marked_at_the_field, |clinic| {
    let admin = clinic.signed_in("admin").await;
    for (field, value, message) in [
        ("code", "White ning", "lower-case letters"),
        ("minutes", "4", "from 5 to 480"),
        ("minutes", "", "required"),
        ("buffer_after", "121", "from 0 to 120"),
        ("colour", "blue", "written like #3b78df"),
        ("price", "1.234", "An amount such as"),
        ("recall_months", "61", "from 1 to 60"),
        ("follow_up_days", "-1", "from 0 to 365"),
        ("follow_up_at", "25:00", "written like 10:00"),
        ("providers", "99999", "no longer there"),
    ] {
        let answer = admin
            .post_form("/settings/services/new?lang=en", &with(&SERVICE, &[(field, value)]))
            .await;
        let page = text(answer, 422).await;
        assert!(
            page.contains(message) && page.contains(&format!(r#"id="f-{field}-e""#)),
            "{field}: {page}"
        );
        assert!(page.contains("美白"), "{field}");
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM services").await, 12);
});

both!(holidays_are_added_once_with_a_question_and_removed, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let day = [("day", "2026-12-25"), ("name", "圣诞"), ("name_en", "Christmas")];
    book(&clinic, 0, "2026-12-25T10:00:00+08:00", 30).await;
    let asked = text(admin.post_form("/settings/holidays?lang=en", &day).await, 409).await;
    assert!(asked.contains("1 future booking falls on this day"), "{asked}");
    let page = saved(
        &admin,
        admin
            .post_form("/settings/holidays", &with(&day, &[("confirmed", "1")]))
            .await,
        "saved=",
    )
    .await;
    assert!(page.contains("Christmas") && page.contains("Saved 10:42"), "{page}");
    let twice = text(admin.post_form("/settings/holidays", &day).await, 422).await;
    assert!(twice.contains("a holiday already: Christmas"), "{twice}");
    for wrong in ["2026-02-30", "soon", "", "1970-01-01"] {
        let answer = text(
            admin
                .post_form("/settings/holidays", &with(&day, &[("day", wrong)]))
                .await,
            422,
        )
        .await;
        assert!(answer.contains(r#"id="f-day-e""#), "{wrong}");
    }
    let id = clinic
        .count("SELECT id AS n FROM holidays WHERE name_en = 'Christmas'")
        .await;
    saved(
        &admin,
        admin.post_form(&format!("/settings/holidays/{id}/remove"), &[]).await,
        "saved=",
    )
    .await;
    assert_eq!(
        admin
            .post_form(&format!("/settings/holidays/{id}/remove"), &[])
            .await
            .status(),
        404
    );
});
