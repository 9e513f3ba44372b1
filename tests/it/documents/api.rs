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
