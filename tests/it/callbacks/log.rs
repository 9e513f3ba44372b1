//! The log and the API.

use chairside::staff::Role;
use serde_json::json;

use super::{due, path};
use crate::both;

both!(the_log_filters_sums_up_and_exports_safely, |clinic| {
    let nurse = clinic.signed_in("nurse").await;
    for (n, name, result, score, note) in [
        (1, "苏晴", "reached", "5", "好"),
        (2, "叶秋", "reached", "1", "=HYPERLINK(\"http://x\")"),
        (3, "孔令", "no-answer", "", ""),
    ] {
        let (id, _) = due(&clinic, name, n).await;
        let fields = [("version", "1"), ("result", result), ("score", score), ("note", note)];
        assert_eq!(nurse.post_form(&path(id), &fields).await.status(), 303);
    }
    let manager = clinic.signed_in("manager").await;
    let all = manager.page("/callbacks/log?month=2026-11&result=").await;
    assert!(
        ["苏晴", "叶秋", "孔令", "67%", "3.0"].iter().all(|t| all.contains(t)),
        "{all}"
    );
    let low = manager.page("/callbacks/log?month=2026-11&low=1").await;
    assert!(low.contains("叶秋") && !low.contains("苏晴"));
    let missed = manager.page("/callbacks/log?result=no-answer").await;
    assert!(missed.contains("孔令") && !missed.contains("苏晴"));
    assert!(
        manager
            .page("/callbacks/log?month=2026-10")
            .await
            .contains("没有符合条件的回访")
    );
    assert_eq!(manager.get("/callbacks/log?month=x").await.status(), 422);
    let csv = manager.page("/callbacks/log.csv?month=2026-11").await;
    assert!(csv.contains("'=HYPERLINK") && !csv.contains(",\"=HYPERLINK"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'export'")
            .await,
        1
    );
});

both!(the_api_lists_and_logs, |clinic| {
    let (id, _) = due(&clinic, "吴磊", 1).await;
    let api = clinic.api(Role::Nurse).await;
    let (status, list) = api.get_json("/api/v1/callbacks").await;
    assert_eq!(
        (status, &list["items"][0]["id"], &list["items"][0]["state"]),
        (200, &json!(id.0), &json!("open"))
    );
    assert_eq!(
        api.get_json("/api/v1/callbacks?state=retry").await.1["items"],
        json!([])
    );
    assert_eq!(api.get_json("/api/v1/callbacks?state=x").await.0, 422);
    let path = format!("/api/v1/callbacks/{id}/attempts");
    assert_eq!(
        api.post_json(&path, &json!({ "version": 1, "result": "sung" })).await.0,
        422
    );
    let call = json!({ "version": 1, "result": "reached", "answers": { "pain": "8" }, "score": 1, "note": "痛" });
    let (status, answer) = api.post_json(&path, &call).await;
    assert_eq!((status, &answer["alarm"]), (201, &json!("red")), "{answer}");
    assert_eq!(
        answer["made"].as_array().unwrap().len(),
        2,
        "the doctor's and the head nurse's"
    );
    let (status, answer) = api.post_json(&path, &call).await;
    assert_eq!(
        (status, &answer["code"], &answer["result"]),
        (409, &json!("stale"), &json!("reached"))
    );
    assert_eq!(
        api.get_json("/api/v1/callbacks?state=done").await.1["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
});
