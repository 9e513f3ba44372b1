//! The API and the search.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::register;
use crate::both;
use crate::support::Browser;

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect()
}

async fn found(api: &Browser, q: &str) -> Vec<String> {
    let (status, list) = api.get_json(&format!("/api/v1/patients?q={q}")).await;
    assert_eq!(status, 200, "{list}");
    names(&list).into_iter().map(ToOwned::to_owned).collect()
}

both!(the_api_registers_lists_finds_and_changes, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let body = json!({ "name": "曾子墨", "phone": "138 1111 2222", "birth_date": "1973-08-06", "sex": "female", "chart_no": "a 100", "consent_sms": true });
    let answer = api
        .client
        .post(format!("{}/api/v1/patients", api.base))
        .bearer_auth(api.bearer.as_ref().unwrap())
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["location"], "/api/v1/patients/1");
    assert_eq!(answer.headers()["etag"], "\"1\"");
    let made: Value = answer.json().await.unwrap();
    assert_eq!(made["chart_no"], "A100");
    assert_eq!(made["phone"], "+8613811112222");
    assert_eq!(made["consent_sms"], true);
    assert_eq!(made["age"], 53);
    // A possible duplicate, with the candidates; confirmed, it is made.
    let twin = json!({ "name": "曾子墨", "phone": "13811112222" });
    let (status, refused) = api.post_json("/api/v1/patients", &twin).await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (409, Some("possible_duplicate")),
        "{refused}"
    );
    assert_eq!(refused["candidates"][0]["id"], 1);
    assert_eq!(refused["candidates"][0]["phone_masked"], "138 •••• 2222");
    let confirmed = json!({ "name": "曾子墨", "phone": "13811112222", "confirm_duplicate": true });
    register(&api, confirmed).await;
    let (status, taken) = api
        .post_json(
            "/api/v1/patients",
            &json!({ "name": "Ann Lee", "phone": "+44 7911 123456", "chart_no": "A100" }),
        )
        .await;
    assert_eq!(
        (status, taken["code"].as_str()),
        (409, Some("chart_no_taken")),
        "{taken}"
    );
    let ann = register(
        &api,
        json!({ "name": "Ann Lee", "phone": "+44 7911 123456", "email": "ann@example.org", "language": "en" }),
    )
    .await;
    // Paging through all.
    let (_, page) = api.get_json("/api/v1/patients?limit=2").await;
    assert_eq!((names(&page).len(), page["next_after"].as_i64()), (2, Some(2)));
    let (_, page) = api.get_json("/api/v1/patients?limit=2&after=2").await;
    assert_eq!((names(&page), page["next_after"].as_i64()), (vec!["Ann Lee"], None));
    // Changes name their version; what is left out stays, null clears.
    let path = format!("/api/v1/patients/{ann}");
    let (status, changed) = api
        .patch_json(
            &path,
            &json!({ "version": 1, "email": null, "vip": true, "needs": "Quiet room" }),
        )
        .await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (
            changed["version"].as_i64(),
            changed["email"].is_null(),
            changed["vip"].as_bool()
        ),
        (Some(2), true, Some(true))
    );
    assert_eq!(changed["phone"], "+447911123456");
    let (status, stale) = api.patch_json(&path, &json!({ "version": 1, "needs": "x" })).await;
    assert_eq!((status, stale["code"].as_str()), (409, Some("stale")));
    let (status, shown) = api.get_json(&path).await;
    assert_eq!((status, shown["needs"].as_str()), (200, Some("Quiet room")));
    assert_eq!(api.get_json("/api/v1/patients/999").await.0, 404);
    assert_eq!(
        api.patch_json("/api/v1/patients/999", &json!({ "version": 1 })).await.0,
        404
    );
});

both!(a_list_tells_who_somebody_is_and_no_more_and_is_audited, |clinic| {
    let desk = clinic.api(Role::FrontDesk).await;
    let body = json!({ "name": "曾子墨", "phone": "13811112222", "birth_date": "1973-08-06", "sex": "female", "allergies": "青霉素",
        "address": "文三路 90 号", "note": "怕疼", "email": "zeng@example.org", "national_id": "" });
    register(&desk, body).await;
    let nurse = clinic.api(Role::Nurse).await;
    let known = [
        "age",
        "birth_year",
        "chart_no",
        "deceased",
        "id",
        "name",
        "phone_masked",
        "sex",
        "vip",
    ];
    for query in ["limit=100", "q=zzm", "after=0"] {
        let (status, list) = nurse.get_json(&format!("/api/v1/patients?{query}")).await;
        assert_eq!(status, 200, "{list}");
        let item = list["items"][0].as_object().unwrap();
        assert_eq!(item.keys().map(String::as_str).collect::<Vec<_>>(), known, "{query}");
        assert_eq!(
            (&item["phone_masked"], &item["birth_year"]),
            (&json!("138 •••• 2222"), &json!(1973))
        );
    }
    for detail in ["1 patients of all", "1 patients of q=zzm", "1 patients of after=0"] {
        let row = format!(
            "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'patients' AND actor LIKE '%nurse%' AND detail = '{detail}'"
        );
        assert_eq!(clinic.count(&row).await, 1, "{detail}");
    }
    // The record itself: one by one, each reading with its row.
    let reads = "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND patient_id = 1";
    assert_eq!(clinic.count(reads).await, 0);
    assert_eq!(nurse.get_json("/api/v1/patients/1").await.1["phone"], "+8613811112222");
    assert_eq!(clinic.count(reads).await, 1);
});

both!(api_faults_name_the_field_in_the_callers_language, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let bad = json!({ "name": "", "phone": "123", "national_id": "11010119900101121X" });
    for (lang, expected) in [("zh-CN", "此项必填"), ("en", "This is required")] {
        let answer = api
            .client
            .post(format!("{}/api/v1/patients", api.base))
            .bearer_auth(api.bearer.as_ref().unwrap())
            .header("Accept-Language", lang)
            .json(&bad)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 422);
        let problem: Value = answer.json().await.unwrap();
        let fields: Vec<_> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, ["name", "national_id", "phone"], "{problem}");
        assert_eq!(problem["errors"][0]["message"], expected);
    }
    for (body, field) in [
        (json!({ "name": "x", "colour": "red" }), "colour"),
        (json!({ "name": "李明", "phone": "13800001234", "sex": "robot" }), "sex"),
    ] {
        let (status, problem) = api.post_json("/api/v1/patients", &body).await;
        assert_eq!(
            (status, problem["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{problem}"
        );
    }
    for query in ["limit=0", "limit=1000", "q=x&after=1"] {
        assert_eq!(
            api.get_json(&format!("/api/v1/patients?{query}")).await.0,
            422,
            "{query}"
        );
    }
    assert_eq!(
        api.patch_json("/api/v1/patients/1", &json!({ "name": "x" })).await.0,
        428
    );
});

both!(the_best_match_comes_first, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let people = [
        ("孙丽", "13800007701"),
        ("孙丽丽", "13800000002"),
        ("宋磊", "13800000377"),
        ("单丽", "13877000004"),
        ("解晓东", "13800000005"),
        ("Sally Long", "13800000006"),
        ("王孙丽", "13800000007"),
    ];
    for (name, phone) in people {
        register(&api, json!({ "name": name, "phone": phone })).await;
    }
    assert_eq!(found(&api, "%E5%AD%99%E4%B8%BD").await, ["孙丽", "孙丽丽", "王孙丽"]);
    // 宋磊 ends with 77, 孙丽 has it among the rest; 单丽 is read Shan Li.
    assert_eq!(found(&api, "sl77").await, ["宋磊", "孙丽", "单丽"]);
    assert_eq!(found(&api, "xxd").await, ["解晓东"]);
    let initials = found(&api, "sl").await;
    assert_eq!(initials.len(), 5, "{initials:?}");
    assert_eq!(initials[4], "孙丽丽");
    assert_eq!(found(&api, "sally").await, ["Sally Long"]);
    assert_eq!(found(&api, "long").await, ["Sally Long"]);
    assert_eq!(found(&api, "377").await, ["宋磊"]);
    assert_eq!(found(&api, "0377").await, ["宋磊"]);
    assert_eq!(found(&api, "P00003").await, ["宋磊"]);
    for nothing in ["%25", "_", "'", "77%25", "zz", "99999999999"] {
        assert_eq!(found(&api, nothing).await, [""; 0], "{nothing}");
    }
});

both!(a_whole_number_is_found_as_its_owner_says_it, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    register(
        &api,
        json!({ "name": "任座机", "phone": "13800007741", "other_phone": "0571-89245070" }),
    )
    .await;
    register(&api, json!({ "name": "Ann Lee", "phone": "+44 7911 123456" })).await;
    for q in [
        "0571-89245070",
        "057189245070",
        "0571%2089245070",
        "%2B86%20571%2089245070",
        "89245070",
        "0086%20571%2089245070",
    ] {
        assert_eq!(found(&api, q).await, ["任座机"], "{q}");
    }
    for q in [
        "%2B44%207911%20123456",
        "004407911123456",
        "7911123456",
        "07911%20123456",
    ] {
        let list = found(&api, q).await;
        assert!(list == ["Ann Lee"] || q == "004407911123456", "{q}: {list:?}");
    }
    clinic
        .sql(|c| {
            let british = diesel::sql_query("UPDATE sites SET country = 'GB'");
            Ok(diesel::RunQueryDsl::execute(british, c)?)
        })
        .await;
    assert_eq!(found(&api, "07911%20123456").await, ["Ann Lee"]);
    assert_eq!(found(&api, "(07911)%20123456").await, ["Ann Lee"]);
});
