//! Festivals and the clinic's own days, kinds of dates, and a patient's dates over the API.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::super::plan_at;
use super::{audited, delete, delete_if, fault, patch_if, post};
use crate::api_contract::read;
use crate::both;
use crate::support::make_patient;

const DAYS: &str = "/api/v1/occasions";
const KINDS: &str = "/api/v1/date-kinds";

/// A greeting on the day itself, of a rule that counts from `anchor`.
fn greeting(anchor: &str, field: &str, id: &Value) -> Value {
    let step = json!({ "action": "message", "offset_days": 0, "at_minute": 540, "window_minutes": 600, "template": "greeting" });
    json!({ "anchor": anchor, "name": "祝福", "name_en": "Greeting", "steps": [step], field: id })
}

both!(days_are_listed_added_changed_and_removed, |clinic| {
    let api = clinic.api(Role::Manager).await;
    let list = read(&api, DAYS).await.body;
    let spring = &list["items"][1];
    assert_eq!(
        (&spring["code"], &spring["calendar"], &spring["next_days"][0]),
        (&json!("spring-festival"), &json!("lunar"), &json!("2027-02-06"))
    );
    let day = json!({ "name": "腊八", "name_en": "Laba", "calendar": "lunar", "month": 12, "day": 8 });
    let made = post(&api, DAYS, &day).await;
    assert_eq!(
        (made.status, &made.body["next_days"][0]),
        (201, &json!("2027-01-15")),
        "{}",
        made.body
    );
    let path = made.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(
        (made.headers["etag"].to_str().unwrap(), made.body["version"].as_i64()),
        ("\"1\"", Some(1))
    );
    for (change, field, code) in [
        (json!({ "name": "" }), "name", "required"),
        (json!({ "name_en": "x".repeat(31) }), "name_en", "too_long"),
        (json!({ "month": 13 }), "month", "out_of_range"),
        (json!({ "day": 31 }), "day", "out_of_range"),
        (json!({ "calendar": "once" }), "on_date", "required"),
        (
            json!({ "calendar": "once", "on_date": "9999-12-31" }),
            "on_date",
            "out_of_range",
        ),
        (json!({ "calendar": "once", "on_date": "soon" }), "on_date", "invalid"),
        (json!({ "calendar": "moon" }), "calendar", "invalid"),
    ] {
        let mut wrong = day.clone();
        for (name, value) in change.as_object().unwrap() {
            wrong[name] = value.clone();
        }
        assert_eq!(fault(&post(&api, DAYS, &wrong).await), (422, field, code), "{change}");
        let changed = patch_if(&api, &path, 1, &change).await;
        assert_eq!(fault(&changed), (422, field, code), "{change}");
    }
    let once = json!({ "calendar": "once", "on_date": "2026-12-01" });
    let changed = patch_if(&api, &path, 1, &once).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(
        (
            &changed.body["next_days"],
            &changed.body["month"],
            &changed.body["name"]
        ),
        (&json!(["2026-12-01"]), &Value::Null, &json!("腊八"))
    );
    let stale = patch_if(&api, &path, 1, &once).await;
    assert_eq!((stale.status, &stale.body["current"]), (412, &changed.body));
    // As long as a rule counts on it, it stays.
    let rule = post(
        &api,
        "/api/v1/rules",
        &greeting("occasion", "occasion_id", &made.body["id"]),
    )
    .await;
    assert_eq!(
        (rule.status, &rule.body["occasion_id"]),
        (201, &made.body["id"]),
        "{}",
        rule.body
    );
    let used = delete(&api, &path).await;
    assert_eq!((used.status, used.code()), (409, "in_use"));
    let rule = rule.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(delete_if(&api, &rule, 1).await.status, 204);
    assert_eq!(delete(&api, &path).await.status, 204);
    assert_eq!(
        (delete(&api, &path).await.status, read(&api, &path).await.status),
        (404, 404)
    );
    for action in ["create", "update", "delete"] {
        assert_eq!(audited(&clinic, "occasions", action).await, 1, "{action}");
    }
});

both!(dates_of_patients_and_their_kinds, |clinic| {
    let (manager, desk) = (clinic.api(Role::Manager).await, clinic.api(Role::FrontDesk).await);
    let made = post(
        &manager,
        KINDS,
        &json!({ "name": " 戴牙套 ", "name_en": "Braces", "yearly": true }),
    )
    .await;
    assert_eq!(
        (made.status, &made.body["name"]),
        (201, &json!("戴牙套")),
        "{}",
        made.body
    );
    for (body, field, code) in [
        (json!({ "name": " ", "name_en": "x" }), "name", "required"),
        (json!({ "name": "x", "name_en": "x".repeat(31) }), "name_en", "too_long"),
        (
            json!({ "name": "x", "name_en": "x", "yearly": "yes" }),
            "yearly",
            "invalid",
        ),
    ] {
        assert_eq!(fault(&post(&manager, KINDS, &body).await), (422, field, code), "{body}");
    }
    let path = made.headers["location"].to_str().unwrap().to_owned();
    let changed = patch_if(&manager, &path, 1, &json!({ "name": "戴牙套纪念日" })).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(
        (&changed.body["yearly"], &changed.body["version"]),
        (&json!(true), &json!(2))
    );
    let stale = patch_if(&manager, &path, 1, &json!({ "yearly": false })).await;
    assert_eq!((stale.status, &stale.body["current"]), (412, &changed.body));
    assert_eq!(stale.body["changed_by"], "API manager");
    assert_eq!(read(&desk, KINDS).await.body["items"], json!([changed.body]));

    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let dates = format!("/api/v1/patients/{who}/dates");
    let kind = &made.body["id"];
    let date = post(&desk, &dates, &json!({ "kind_id": kind, "day": "2024-12-03" })).await;
    assert_eq!(date.status, 201, "{}", date.body);
    assert_eq!(
        (&date.body["kind"], &date.body["day"]),
        (&json!("戴牙套纪念日"), &json!("2024-12-03"))
    );
    for (body, field, code) in [
        (json!({ "kind_id": 999, "day": "2024-12-03" }), "kind_id", "unknown"),
        (json!({ "kind_id": kind, "day": "1899-12-31" }), "day", "out_of_range"),
        (json!({ "kind_id": kind, "day": "2024-12-03" }), "day", "taken"),
        (json!({ "kind_id": kind, "day": "昨天" }), "day", "invalid"),
        (json!({ "day": "2024-12-03" }), "kind_id", "required"),
    ] {
        assert_eq!(fault(&post(&desk, &dates, &body).await), (422, field, code), "{body}");
    }
    assert_eq!(read(&desk, &dates).await.body["items"], json!([date.body]));
    let nobody = post(
        &desk,
        "/api/v1/patients/999/dates",
        &json!({ "kind_id": kind, "day": "2024-12-03" }),
    )
    .await;
    assert_eq!(
        (nobody.status, read(&desk, "/api/v1/patients/999/dates").await.status),
        (404, 404)
    );
    assert_eq!(delete(&manager, &path).await.code(), "in_use");
    // A rule counts from it, and greets two years later.
    let rule = post(
        &manager,
        "/api/v1/rules",
        &greeting("record-date", "date_kind_id", kind),
    )
    .await;
    assert_eq!(rule.status, 201, "{}", rule.body);
    assert_eq!(plan_at(&clinic, "2026-12-03T09:00:00+08:00").await.queued, 1);
    let (manager, desk) = (clinic.api(Role::Manager).await, clinic.api(Role::FrontDesk).await);
    let rule = rule.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(delete_if(&manager, &rule, 1).await.status, 204);
    let date = date.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(
        (delete(&desk, &date).await.status, delete(&desk, &date).await.status),
        (204, 404)
    );
    assert_eq!(
        (
            delete(&manager, &path).await.status,
            delete(&manager, &path).await.status
        ),
        (204, 404)
    );
    assert_eq!(audited(&clinic, "date_kinds", "update").await, 1);
    let noted = "SELECT count(*) AS n FROM audit_log WHERE subject = 'patients' AND patient_id = 1 AND action IN ('read', 'update')";
    assert_eq!(clinic.count(noted).await, 3, "added, read, removed");
});

both!(a_kind_of_dates_is_renamed_on_its_page, |clinic| {
    let manager = clinic.signed_in("manager").await;
    let kind = [("name", "戴牙套"), ("name_en", "Braces")];
    assert_eq!(manager.post_form("/settings/dates", &kind).await.status(), 303);
    let id = clinic.count("SELECT id AS n FROM date_kinds").await;
    let path = format!("/settings/dates/{id}");
    assert!(
        manager
            .page("/settings/dates")
            .await
            .contains(&format!("href=\"{path}\""))
    );
    let form = manager.page(&path).await;
    assert!(
        form.contains("戴牙套") && form.contains("name=\"version\" value=\"1\""),
        "{form}"
    );
    let empty = [("version", "1"), ("name", ""), ("name_en", "Still here")];
    let answer = manager.post_form(&path, &empty).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    assert!(page.contains("f-name-e") && page.contains("Still here"), "{page}");
    let named = [
        ("version", "1"),
        ("name", "戴牙套纪念日"),
        ("name_en", "Braces"),
        ("yearly", "1"),
    ];
    assert_eq!(manager.post_form(&path, &named).await.status(), 303);
    assert_eq!(
        manager.post_form(&path, &named).await.status(),
        409,
        "of the version before"
    );
    let list = manager.page("/settings/dates?lang=zh").await;
    assert!(list.contains("戴牙套纪念日") && list.contains("每年"), "{list}");
});
