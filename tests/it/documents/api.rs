//! Documents over JSON.

use chairside::staff::Role;
use serde_json::json;

use super::*;
use crate::both;

both!(documents_are_put_in_and_sent_over_the_api, |clinic| {
    let api = clinic.api(Role::Nurse).await;
    let who = born(&clinic, "13900004431", false).await;
    let body = json!({ "patient_id": who, "kind": "result", "title": " 血常规  11月 " });
    let (status, made) = api.post_json("/api/v1/documents", &body).await;
    assert_eq!(
        (status, &made["title"], &made["files"]),
        (201, &json!("血常规 11月"), &json!([])),
        "{made}"
    );
    let at = format!("/api/v1/documents/{}", made["id"]);
    let file = format!("{at}/files/zh?name=blood.pdf");
    // Without a file there is nothing to open.
    let sendings = "/api/v1/sendings";
    let send = json!({ "patient_id": who, "document_ids": [made["id"]] });
    let (status, told) = api.post_json(sendings, &send).await;
    assert_eq!((status, &told["errors"][0]["code"]), (422, &json!("no_file")), "{told}");
    // The version it is made on is named; a key makes it once.
    let (status, _) = api.put_file(&file, &[], PDF).await;
    assert_eq!(status, 428);
    let keyed = [("If-Match", "\"1\""), ("Idempotency-Key", "file-1")];
    let large = [PDF, &vec![b' '; 200_000][..]].concat();
    for _ in 0..2 {
        let (status, done) = api.put_file(&file, &keyed, &large).await;
        assert_eq!((status, &done["version"]), (200, &json!(2)), "{done}");
        assert_eq!(
            done["files"],
            json!([{ "language": "zh", "name": "blood.pdf", "media_type": "application/pdf", "size": large.len() }])
        );
    }
    let (status, stale) = api.put_file(&file, &[("If-Match", "\"1\"")], PDF).await;
    assert_eq!((status, &stale["code"]), (412, &json!("stale")), "{stale}");
    let (status, told) = api.put_file(&file, &[("If-Match", "\"2\"")], b"<html>").await;
    assert_eq!((status, &told["errors"][0]["field"]), (422, &json!("body")), "{told}");
    let huge = [PDF, &vec![b' '; 10 * 1024 * 1024][..]].concat();
    let (status, told) = api.put_file(&file, &[("If-Match", "\"2\"")], &huge).await;
    assert_eq!(
        (status, &told["errors"][0]["code"]),
        (422, &json!("too_large")),
        "{told}"
    );
    let got = api.get(&format!("{at}/files/zh")).await;
    assert_eq!(got.bytes().await.unwrap().len(), large.len());
    // Sent once, however often it is asked for with one key.
    let key = [("Idempotency-Key", "send-1")];
    let first = crate::api_contract::call(&api, reqwest::Method::POST, sendings, &key, Some(&send)).await;
    let again = crate::api_contract::call(&api, reqwest::Method::POST, sendings, &key, Some(&send)).await;
    assert_eq!(
        (first.status, again.status, &first.body),
        (201, 201, &again.body),
        "{}",
        first.body
    );
    let (_, list) = api.get_json(&format!("{sendings}?patient_id={who}")).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["items"][0]["document_ids"], json!([made["id"]]));
    goes_out(&clinic).await;
    assert_eq!(bodies(&clinic, "documents").await.len(), 1);
    let (status, told) = api.put_file(&file, &[("If-Match", "\"2\"")], PDF).await;
    assert_eq!((status, &told["code"]), (409, &json!("sent_already")), "{told}");
    // The patient's and the clinic's are two lists.
    let (_, theirs) = api.get_json(&format!("/api/v1/documents?patient_id={who}")).await;
    let (_, clinics) = api.get_json("/api/v1/documents").await;
    assert_eq!(
        (theirs["items"].as_array().unwrap().len(), &clinics["items"]),
        (1, &json!([]))
    );
    let (status, gone) = api
        .post_json(&format!("{at}/steps"), &json!({ "version": 2, "step": "withdraw" }))
        .await;
    assert!(status == 200 && gone["withdrawn_at"].is_string(), "{gone}");
    let (status, told) = api.post_json(sendings, &send).await;
    assert_eq!(
        (status, &told["errors"][0]["field"]),
        (422, &json!("document")),
        "{told}"
    );
    let (status, _) = api
        .post_json("/api/v1/documents", &json!({ "kind": "result", "title": "x" }))
        .await;
    assert_eq!(status, 422, "a result is somebody's");
    let nobody = json!({ "patient_id": 999_999, "kind": "result", "title": "x" });
    assert_eq!(api.post_json("/api/v1/documents", &nobody).await.0, 404);
});

both!(a_document_is_renamed_until_it_is_sent, |clinic| {
    let (nurse, doctor) = (clinic.api(Role::Nurse).await, clinic.api(Role::Doctor).await);
    let desk = clinic.signed_in("desk").await;
    let who = born(&clinic, "13900004432", false).await;
    let id = put_in(&desk, "/documents", "leaflet", "刷牙").await;
    let at = format!("/api/v1/documents/{id}");
    let (status, told) = nurse.patch_json(&at, &json!({ "title": "刷牙方法" })).await;
    assert_eq!(status, 428, "{told}");
    let named = json!({ "version": 1, "title": " 刷牙  方法 ", "title_en": "How to brush" });
    let (status, done) = nurse.patch_json(&at, &named).await;
    assert_eq!(
        (status, &done["title"], &done["version"]),
        (200, &json!("刷牙 方法"), &json!(2)),
        "{done}"
    );
    assert_eq!(
        (&done["title_en"], &done["kind"]),
        (&json!("How to brush"), &json!("leaflet"))
    );
    let (status, told) = nurse.patch_json(&at, &named).await;
    assert_eq!((status, &told["current"]["version"]), (409, &json!(2)), "{told}");
    for (body, field) in [
        (json!({ "version": 2, "title": " " }), "title"),
        (json!({ "version": 2, "title_en": "x".repeat(61) }), "title_en"),
        (json!({ "version": 2, "kind": "report" }), "kind"),
    ] {
        let (status, told) = nurse.patch_json(&at, &body).await;
        assert_eq!((status, &told["errors"][0]["field"]), (422, &json!(field)), "{told}");
    }
    // The clinic's are the desk's; a patient's everybody's who may see the patient.
    let (status, _) = doctor.patch_json(&at, &json!({ "version": 2, "title": "x" })).await;
    assert_eq!(status, 403);
    let report = json!({ "patient_id": who, "kind": "report", "title": "x" });
    let (_, own) = doctor.post_json("/api/v1/documents", &report).await;
    let own = format!("/api/v1/documents/{}", own["id"]);
    let (status, told) = doctor
        .patch_json(&own, &json!({ "version": 1, "kind": "result", "title": "血常规" }))
        .await;
    assert_eq!((status, &told["kind"]), (200, &json!("result")), "{told}");
    let send = json!({ "patient_id": who, "document_ids": [id] });
    assert_eq!(nurse.post_json("/api/v1/sendings", &send).await.0, 201);
    let (status, told) = nurse.patch_json(&at, &json!({ "version": 2, "title": "x" })).await;
    assert_eq!((status, &told["code"]), (409, &json!("sent_already")), "{told}");
});

both!(
    what_was_sent_is_listed_by_patient_and_by_document_and_taken_back,
    |clinic| {
        let api = clinic.api(Role::Nurse).await;
        let desk = clinic.signed_in("desk").await;
        let id = put_in(&desk, "/documents", "leaflet", "刷牙方法").await;
        let mut sent = Vec::new();
        for n in 0..3 {
            let who = born(&clinic, &format!("1390000444{n}"), false).await;
            let send = json!({ "patient_id": who, "document_ids": [id] });
            let (status, made) = api.post_json("/api/v1/sendings", &send).await;
            assert_eq!((status, &made["message_state"]), (201, &json!("queued")), "{made}");
            assert_eq!(made["patient_id"], json!(who));
            sent.push(made["id"].clone());
        }
        let of = format!("/api/v1/sendings?document_id={id}&limit=2");
        let (_, first) = api.get_json(&of).await;
        let next = first["next"].as_str().unwrap();
        let (_, rest) = api.get_json(&format!("{of}&cursor={next}")).await;
        let ids = |page: &serde_json::Value| -> Vec<serde_json::Value> {
            let items = page["items"].as_array().unwrap();
            items.iter().map(|s| s["id"].clone()).collect()
        };
        assert_eq!(
            (ids(&first), ids(&rest)),
            (vec![sent[2].clone(), sent[1].clone()], vec![sent[0].clone()])
        );
        for query in ["", "?patient_id=1&document_id=1"] {
            assert_eq!(
                api.get_json(&format!("/api/v1/sendings{query}")).await.0,
                422,
                "{query}"
            );
        }
        for query in ["?patient_id=999999", "?document_id=999999"] {
            assert_eq!(
                api.get_json(&format!("/api/v1/sendings{query}")).await.0,
                404,
                "{query}"
            );
        }
        // Taken back within two minutes; then it is too late.
        let take_back = async |id: &serde_json::Value| {
            let path = format!("/api/v1/sendings/{id}");
            let done = crate::api_contract::call(&api, reqwest::Method::DELETE, &path, &[], None).await;
            (done.status, done.body["code"].as_str().unwrap_or("").to_owned())
        };
        assert_eq!(take_back(&sent[0]).await.0, 204);
        assert_eq!(take_back(&sent[0]).await, (409, "wrong_state".into()));
        assert_eq!(take_back(&json!(999_999)).await.0, 404);
        goes_out(&clinic).await;
        assert_eq!(bodies(&clinic, "documents").await.len(), 2);
        assert_eq!(take_back(&sent[1]).await, (409, "wrong_state".into()));
        let (_, list) = api.get_json(&format!("/api/v1/sendings?document_id={id}")).await;
        let states: Vec<_> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| &s["message_state"])
            .collect();
        assert_eq!(states, [&json!("accepted"), &json!("accepted"), &json!("skipped")]);
    }
);
