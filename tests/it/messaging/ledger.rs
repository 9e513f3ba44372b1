//! The ledger as proof: what was not sent on a day, and why; as a page, as a table and over JSON.

use std::collections::BTreeSet;

use chairside::messaging::{MessageId, Purpose};
use chairside::patients::Channel;
use chairside::staff::Role;

use super::{Scripted, Who, ZHANG, note, over, patient, put};
use crate::api_contract::{read, run};
use crate::both;
use crate::support::Clinic;

/// A message that was sent, two reminders that were not, and one that is not due yet; all made on 23 November.
async fn a_day(clinic: &Clinic) -> [MessageId; 4] {
    let zhang = patient(clinic, ZHANG).await;
    let silent = Who {
        name: "=SUM(A1)",
        phone: Some("+8613900007777"),
        channel: Channel::None,
        ..ZHANG
    };
    let dead = Who {
        name: "李明",
        deceased: true,
        ..ZHANG
    };
    let sent = put(clinic, note(clinic, "a", zhang)).await;
    let mut unsent = Vec::new();
    for (key, who) in [("b", silent), ("c", dead)] {
        let mut message = note(clinic, key, patient(clinic, who).await);
        message.purpose = Purpose::Reminder;
        unsent.push(put(clinic, message).await);
    }
    let mut later = note(clinic, "d", zhang);
    later.due_at = clinic.now().plus_minutes(5 * 24 * 60);
    later.expires_at = later.due_at.plus_minutes(60);
    let later = put(clinic, later).await;
    over(clinic, &Scripted::new([])).dispatch_once().await.unwrap();
    [sent, unsent[0], unsent[1], later]
}

/// The messages that a page lists, in order.
fn listed(page: &str) -> Vec<i64> {
    let links = page.split("href=\"/messages/").skip(1);
    links.filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
}

both!(what_was_not_sent_yesterday_takes_three_clicks, |clinic| {
    let [sent, silent, dead, later] = a_day(&clinic).await.map(|id| id.0);
    clinic.it_is("2026-11-24T09:00:00+08:00");
    let desk = clinic.signed_in("desk").await;
    let page = desk.page("/messages?lang=en").await;
    let yesterday = "from=2026-11-23&amp;until=2026-11-23&amp;state=unsent";
    assert!(
        page.contains(yesterday) && page.contains("Not sent yesterday"),
        "{page}"
    );
    assert_eq!(listed(&page), [later, dead, silent, sent]);
    let page = desk
        .page(&format!("/messages?{}", yesterday.replace("&amp;", "&")))
        .await;
    assert_eq!(listed(&page), [dead, silent]);
    // Each filter keeps the others.
    let reminders = "state=unsent&amp;from=2026-11-23&amp;until=2026-11-23&amp;purpose=reminder";
    for part in [
        reminders,
        "The patient has died (1)",
        "The patient does not want to be contacted (1)",
        "Visit reminder <b>2</b>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let zh = desk
        .page("/messages?state=unsent&from=2026-11-23&until=2026-11-23&purpose=reminder&lang=zh")
        .await;
    assert!(zh.contains("昨天没有发出的") && zh.contains("患者已故 (1)"), "{zh}");
    for (query, shown) in [
        ("purpose=reminder", vec![dead, silent]),
        ("purpose=reminder&reason=deceased", vec![dead]),
        ("reason=deceased&from=2026-11-24", vec![]),
        ("from=2026-11-24", vec![later]),
        ("until=2026-11-23", vec![dead, silent, sent]),
        ("until=2026-11-22", vec![]),
        ("state=unsent", vec![later, dead, silent]),
        ("state=attention", vec![]),
        ("gateway=capture", vec![sent]),
        ("gateway=other", vec![]),
        ("q=李明", vec![dead]),
        ("q=+86 139 0000 7777", vec![silent]),
        ("q=139 0000 7777&state=queued", vec![]),
    ] {
        let page = desk.page(&format!("/messages?{}", query.replace('+', "%2B"))).await;
        assert_eq!(listed(&page), shown, "{query}: {page}");
    }
    // The days that are looked at stand in the form.
    let page = desk.page("/messages?reason=deceased").await;
    assert!(
        page.contains("name=\"from\" type=\"date\" value=\"2026-10-26\""),
        "{page}"
    );
    // What cannot be read is told at its field, and stays.
    for (query, told) in [
        ("from=2026-11-24&until=2026-11-23", "by a year at most"),
        ("from=2025-01-01&until=2026-11-23", "by a year at most"),
        ("from=soon", "value=\"soon\""),
        ("reason=%25", "There is no such reason"),
        ("state=nonsense", "This cannot be read"),
    ] {
        let page = desk.page(&format!("/messages?{query}&lang=en")).await;
        assert!(
            page.contains(told) && page.contains("class=\"fault\""),
            "{query}: {page}"
        );
        assert_eq!(listed(&page), [] as [i64; 0], "{query}");
    }
});

/// Adds so many skipped messages that were due at different times of the day before.
async fn many(clinic: &Clinic, n: i64) {
    let at = clinic.now().plus_minutes(-24 * 60).0;
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n}) \
         INSERT INTO messages (dedupe_key, subject, purpose, template, channel, language, recipient, state, reason, priority, due_at, \
         expires_at, next_try_at, attempts, variables, created_at, updated_at) \
         SELECT 'many' || i, 'test', 'recall', 'recall', 'sms', 'zh', '+8613900009999', 'skipped', 'too-late', 5, {at} + i % 7, \
         {at}, {at}, 0, '{{}}', {at}, {at} FROM n"
    );
    run(clinic, sql).await;
}

both!(a_day_goes_over_pages, |clinic| {
    many(&clinic, 230).await;
    let desk = clinic.signed_in("desk").await;
    let (mut at, mut seen) = ("/messages?purpose=recall&lang=en".to_owned(), Vec::new());
    loop {
        let page = desk.page(&at).await;
        seen.extend(listed(&page));
        let Some(next) = page.split("href=\"").find_map(|rest| {
            let path = rest.split('"').next()?;
            let is_next = path.contains("before=") && !path.contains("lang=");
            is_next.then(|| path.replace("&amp;", "&"))
        }) else {
            break;
        };
        at = next;
    }
    assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (230, 230));
    let api = clinic.api(Role::FrontDesk).await;
    let (_, one) = api.get_json("/api/v1/messages?from=2026-11-01&limit=1").await;
    assert_eq!(one["next_after"], serde_json::Value::Null, "{one}");
});

both!(the_list_is_kept_as_a_table, |clinic| {
    a_day(&clinic).await;
    clinic.it_is("2026-11-24T09:00:00+08:00");
    let desk = clinic.signed_in("desk").await;
    let answer = desk.get("/messages.csv?from=2026-11-23&until=2026-11-23&lang=en").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"messages-2026-11-23-2026-11-23.csv\""
    );
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.starts_with(&[0xEF, 0xBB, 0xBF]));
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(text.lines().count(), 1 + 3, "{text}");
    for part in [
        "'=SUM(A1)",
        "2026-11-23 ",
        "Visit reminder",
        "The patient has died",
        "'+8613800001234",
        ",capture",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("您好"), "what it says is read one by one: {text}");
    let exports = "SELECT count(*) AS n FROM audit_log WHERE action = 'export' AND subject = 'messages' \
                   AND detail LIKE '3 messages of from=2026-11-23%'";
    assert_eq!(clinic.count(exports).await, 1);
    // Without days and a patient, the last 30 days.
    let zh = desk.page("/messages.csv?state=skipped&lang=zh").await;
    assert!(zh.contains("应发时间") && zh.lines().count() == 1 + 2, "{zh}");
    assert_eq!(desk.get("/messages.csv?from=soon").await.status(), 422);
    many(&clinic, 20_001).await;
    let answer = desk.get("/messages.csv?purpose=recall&lang=en").await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains("choose fewer days"));
});

both!(the_api_searches_the_ledger, |clinic| {
    let [sent, silent, dead, later] = a_day(&clinic).await.map(|id| id.0);
    clinic.it_is("2026-11-24T09:00:00+08:00");
    let api = clinic.api(Role::FrontDesk).await;
    for (query, found) in [
        ("state=unsent", vec![silent, dead, later]),
        ("from=2026-11-23&until=2026-11-23&state=unsent", vec![silent, dead]),
        ("purpose=reminder&reason=wants-none", vec![silent]),
        ("channel=email", vec![]),
        ("gateway=capture", vec![sent]),
        ("q=%E6%9D%8E%E6%98%8E", vec![dead]),
    ] {
        let answer = read(&api, &format!("/api/v1/messages?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let items = answer.body["items"].as_array().unwrap();
        let ids: Vec<i64> = items.iter().map(|m| m["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, found, "{query}");
    }
    for (query, field) in [
        ("state=nonsense", "state"),
        ("purpose=nonsense", "purpose"),
        ("reason=%7C", "reason"),
        ("from=soon", "from"),
        ("from=2026-11-24&until=2026-11-23", "from"),
        ("until=9999-01-01", "until"),
        ("from=2026-11-23&after=1", "after"),
    ] {
        let answer = read(&api, &format!("/api/v1/messages?{query}")).await;
        assert_eq!(
            (answer.status, answer.fault()),
            (422, field),
            "{query}: {}",
            answer.body
        );
    }
});
