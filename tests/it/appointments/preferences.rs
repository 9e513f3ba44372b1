//! What patients prefer, why times are offered, and that "anyone" is whoever has least to do.

use chairside::platform::clock::Instant;
use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{booked, booking, provider, service};
use crate::api_contract::{call, read};
use crate::both;
use crate::support::{Browser, make_patient};

async fn put(api: &Browser, path: &str, body: Value) -> crate::api_contract::Answer {
    call(api, Method::PUT, path, &[], Some(&body)).await
}
async fn search(api: &Browser, body: Value) -> Value {
    let answer = call(api, Method::POST, "/api/v1/slots/search", &[], Some(&body)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}
/// Start and reason of what is offered first.
fn suggested(found: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let list = found["suggestions"].as_array().unwrap().iter();
    list.map(|s| (text(&s["starts_at"]), text(&s["why"]))).collect()
}

both!(what_a_patient_has_said_is_kept_and_changed_on_its_version, |clinic| {
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let path = format!("/api/v1/patients/{who}/preferences");
    let none = read(&api, &path).await;
    assert_eq!(
        (
            &none.body["version"],
            &none.body["weekdays"],
            none.headers["etag"].to_str().unwrap()
        ),
        (&json!(0), &json!([]), "\"0\"")
    );
    for (more, field) in [
        (json!({ "provider_id": 999 }), "provider_id"),
        (json!({ "weekdays": [8] }), "weekdays"),
        (json!({ "from_time": "soon" }), "from_time"),
        (json!({ "from_time": "15:00", "until_time": "14:00" }), "until_time"),
    ] {
        let mut body = more;
        body["version"] = json!(0);
        let wrong = put(&api, &path, body).await;
        assert_eq!((wrong.status, wrong.fault()), (422, field), "{}", wrong.body);
    }
    let doctor = provider(&clinic, 2).id;
    let body =
        json!({ "version": 0, "provider_id": doctor, "weekdays": [5, 3], "from_time": "14:00", "until_time": "18:00" });
    let saved = put(&api, &path, body.clone()).await;
    assert_eq!(
        (saved.status, &saved.body["version"], &saved.body["weekdays"]),
        (200, &json!(1), &json!([3, 5])),
        "{}",
        saved.body
    );
    assert_eq!(
        (&saved.body["from_time"], &saved.body["set_by"]),
        (&json!("14:00"), &json!("API front-desk"))
    );
    let stale = put(&api, &path, body).await;
    assert_eq!(
        (stale.status, &stale.body["changed_by"], &stale.body["current"]),
        (409, &json!("API front-desk"), &saved.body),
        "{}",
        stale.body
    );
    // The page shows and changes the same; a form on an old version keeps what was typed.
    let page_path = format!("/patients/{who}/preferences");
    let page = desk.page(&page_path).await;
    assert!(
        page.contains("value=\"14:00\"") && page.contains("name=\"weekdays\" value=\"3\" checked"),
        "{page}"
    );
    let fields = [
        ("version", "0"),
        ("provider_id", ""),
        ("weekdays", "1"),
        ("from_time", "09:15"),
        ("until_time", ""),
    ];
    let late = desk.post_form(&page_path, &fields).await;
    assert_eq!(late.status(), 409);
    let late = late.text().await.unwrap();
    assert!(
        late.contains("value=\"09:15\"") && late.contains("API front-desk"),
        "{late}"
    );
    let mut fields = fields;
    fields[0] = ("version", "1");
    fields[3] = ("from_time", "99:99");
    let wrong = desk.post_form(&page_path, &fields).await;
    assert_eq!(wrong.status(), 422);
    assert!(wrong.text().await.unwrap().contains("99:99"));
    fields[3] = ("from_time", "09:15");
    assert_eq!(desk.post_form(&page_path, &fields).await.status(), 303);
    let now = read(&api, &path).await.body;
    assert_eq!(
        (
            &now["version"],
            &now["provider_id"],
            &now["weekdays"],
            &now["from_time"]
        ),
        (&json!(2), &Value::Null, &json!([1]), &json!("09:15"))
    );
    // It is shown where somebody books.
    let panel = desk.page(&format!("/day?book={who}")).await;
    assert!(panel.contains("周一 · 09:15 起"), "{panel}");
    let record = desk.page(&format!("/patients/{who}")).await;
    assert!(record.contains(&page_path), "{record}");
    assert_eq!(read(&api, "/api/v1/patients/999/preferences").await.status, 404);
});

both!(times_to_offer_first_say_why, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let check_up = service(&clinic, "check-up").id;
    let doctor = provider(&clinic, 1).id;
    let ask = json!({ "visits": [{ "patient_id": who, "service_id": check_up }], "provider_id": doctor, "from": "2026-11-24" });
    let found = search(&api, ask.clone()).await;
    let first = suggested(&found);
    assert_eq!(first.len(), 3, "{found}");
    assert_eq!(
        (first[0].1.as_str(), &first[0].0),
        (
            "soonest",
            &found["proposals"][0][0]["starts_at"].as_str().unwrap().to_owned()
        )
    );
    // Said: Thursdays from 15 on.
    let body = json!({ "version": 0, "weekdays": [4], "from_time": "15:00" });
    assert_eq!(
        put(&api, &format!("/api/v1/patients/{who}/preferences"), body)
            .await
            .status,
        200
    );
    let preferred = suggested(&search(&api, ask.clone()).await);
    assert_eq!(preferred[0], first[0], "the soonest stays what it is");
    assert_eq!(
        preferred[1],
        ("2026-11-26T15:00:00+08:00".to_owned(), "preferred".to_owned())
    );
    // The desk sees the same, with the reasons in words.
    let desk = clinic.signed_in("desk").await;
    let page = desk
        .page(&format!(
            "/find?patient={who}&service={check_up}&with={doctor}&from=2026-11-24"
        ))
        .await;
    assert!(
        page.contains("优先推荐") && page.contains("患者偏好") && page.contains("周四 · 15:00 起"),
        "{page}"
    );
    // Half an hour before a visit that is there leaves no useless gap; a quarter of an hour earlier does.
    let other = make_patient(&clinic, "钱一", "13900007732").await;
    let taken = booked(
        &api,
        &booking(&clinic, other, "check-up", 1, "2026-11-25T10:00:00+08:00"),
    )
    .await;
    let narrow = json!({ "visits": [{ "service_id": check_up }], "provider_id": doctor, "from": "2026-11-25", "weekdays": [3],
        "from_time": "09:15", "until_time": "12:00", "limit": 3 });
    let found = search(&api, narrow).await;
    let offered = suggested(&found);
    assert_eq!(
        offered[0],
        ("2026-11-25T09:15:00+08:00".to_owned(), "soonest".to_owned()),
        "{found}"
    );
    assert_eq!(offered[1].1, "closes-gap", "{found}");
    let at = |text: &str| Instant::parse_rfc3339(text).unwrap().0;
    let length = i64::from(service(&clinic, "check-up").minutes) * 60_000;
    let (start, from, until) = (
        at(&offered[1].0),
        at(taken["starts_at"].as_str().unwrap()),
        at(taken["ends_at"].as_str().unwrap()),
    );
    assert!(
        start + length == from || start == until,
        "beside the visit that is there: {found}"
    );
});

both!(anyone_is_whoever_has_least_to_do_that_day, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let check_up = service(&clinic, "check-up").id;
    let mut counts = std::collections::BTreeMap::new();
    for (n, at) in ["09:00", "10:00", "11:00", "14:00", "15:00", "16:00"]
        .iter()
        .enumerate()
    {
        let who = make_patient(&clinic, "刘洋", &format!("1390001000{n}")).await;
        let starts_at = format!("2026-11-25T{at}:00+08:00");
        // What is offered first at this time is what "anyone" comes to.
        let path = format!("/api/v1/slots?service_id={check_up}&from=2026-11-25&days=1&limit=500");
        let slots = read(&api, &path).await.body;
        let first = slots["slots"]
            .as_array()
            .unwrap()
            .iter()
            .find(|s| s["starts_at"] == json!(starts_at))
            .unwrap()
            .clone();
        let a = booked(
            &api,
            &json!({ "patient_id": who, "service_id": check_up, "starts_at": starts_at }),
        )
        .await;
        assert_eq!(a["provider_id"], first["provider_id"], "{at}");
        *counts.entry(a["provider_id"].as_i64().unwrap()).or_insert(0) += 1;
    }
    let (least, most) = (counts.values().min().unwrap(), counts.values().max().unwrap());
    assert!(counts.len() > 1 && most - least <= 1, "shared evenly: {counts:?}");
});
