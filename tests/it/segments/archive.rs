//! A segment is put away when nothing needs it any more, and brought back.

use super::*;

fn campaign(segment: &Value) -> Value {
    json!({ "name": "新春", "name_en": "New year", "segment_id": segment, "template": "campaign-check-up", "per_day": 10,
        "weekdays": [1, 2, 3, 4, 5], "from": "09:00", "until": "17:00", "first_day": "2026-11-23" })
}

async fn step(api: &Browser, at: &str, step: &str) -> (u16, Value) {
    let (_, seen) = api.get_json(at).await;
    let body = json!({ "version": seen["version"], "step": step });
    api.post_json(&format!("{at}/steps"), &body).await
}

/// The names of a list of segments.
async fn listed(api: &Browser, query: &str) -> Value {
    let (status, list) = api.get_json(&format!("/api/v1/segments{query}")).await;
    assert_eq!(status, 200, "{list}");
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].clone())
        .collect()
}

both!(what_still_needs_a_segment_is_named, |clinic| {
    three(&clinic).await;
    let api = clinic.api(Role::Manager).await;
    let id = made(&api, "特需", vip()).await["id"].clone();
    let at = format!("/api/v1/segments/{id}");
    let send = json!({ "action": "message", "offset_days": 1, "at_minute": 600, "window_minutes": 480, "template": "follow-up" });
    let rule =
        json!({ "anchor": "visit-finished", "name": "术后", "name_en": "After", "segment_id": id, "steps": [send] });
    let (status, rule) = api.post_json("/api/v1/rules", &rule).await;
    assert_eq!(status, 201, "{rule}");
    let (_, draft) = api.post_json("/api/v1/campaigns", &campaign(&id)).await;
    let (status, told) = step(&api, &at, "archive").await;
    assert_eq!((status, &told["code"]), (409, &json!("in_use")), "{told}");
    let why = told["detail"].as_str().unwrap();
    assert!(why.contains("规则“术后”、群发“新春”"), "{why}");
    // Deleting says the same.
    let manager = clinic.signed_in("manager").await;
    let page = manager
        .post_form(&format!("/segments/{id}/remove?lang=en"), &[("version", "1")])
        .await;
    assert_eq!(page.status(), 409);
    let page = page.text().await.unwrap();
    assert!(
        page.contains("rule &quot;After&quot;") || page.contains("rule \"After\""),
        "{page}"
    );
    // The rule goes to everybody, the campaign is started and stopped.
    let other = format!("/api/v1/rules/{}", rule["id"]);
    let (status, changed) = api
        .patch_json(&other, &json!({ "version": 1, "segment_id": null }))
        .await;
    assert_eq!(status, 200, "{changed}");
    let run = format!("/api/v1/campaigns/{}", draft["id"]);
    for (done, still) in [("start", true), ("pause", true), ("stop", false)] {
        assert_eq!(step(&api, &run, done).await.0, 200, "{done}");
        let (status, told) = step(&api, &at, "archive").await;
        assert_eq!(status, if still { 409 } else { 200 }, "{done}: {told}");
    }
});

both!(a_segment_of_past_campaigns_is_put_away_and_brought_back, |clinic| {
    three(&clinic).await;
    let api = clinic.api(Role::Manager).await;
    let id = made(&api, "特需", vip()).await["id"].clone();
    made(&api, "其他", vip()).await;
    let (at, page_at) = (format!("/api/v1/segments/{id}"), format!("/segments/{id}"));
    let (_, sent) = api.post_json("/api/v1/campaigns", &campaign(&id)).await;
    let run = format!("/api/v1/campaigns/{}", sent["id"]);
    for done in ["start", "stop"] {
        assert_eq!(step(&api, &run, done).await.0, 200, "{done}");
    }
    let manager = clinic.signed_in("manager").await;
    let post = async |to: &str, version: &str| {
        let answer = manager
            .post_form(&format!("{page_at}/{to}?lang=zh"), &[("version", version)])
            .await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    // It cannot be deleted, for the campaign tells to whom it went; it can be put away.
    let (status, page) = post("remove", "1").await;
    assert!(status == 409 && page.contains("可以归档"), "{page}");
    assert!(manager.page(&format!("{page_at}?lang=zh")).await.contains("归档"));
    assert_eq!(post("archive", "1").await.0, 303);
    assert_eq!(post("archive", "1").await.0, 409, "on another version");
    assert_eq!(
        (listed(&api, "").await, listed(&api, "?archived=true").await),
        (json!(["其他"]), json!(["特需"]))
    );
    let list = manager.page("/segments?lang=zh").await;
    assert!(
        list.contains("已归档 (1)") && !list.contains(&format!("{page_at}/count")),
        "{list}"
    );
    for choice in ["/campaigns/new?lang=zh", "/rules/new?lang=zh"] {
        let page = manager.page(choice).await;
        assert!(
            page.contains("其他") && !page.contains("特需</option>"),
            "{choice}: {page}"
        );
    }
    let result = manager.page(&format!("/campaigns/{}?lang=zh", sent["id"])).await;
    assert!(result.contains("特需"), "{result}");
    // Nothing new goes by it, and it is not changed.
    let (status, told) = api.post_json("/api/v1/campaigns", &campaign(&id)).await;
    assert_eq!(
        (status, &told["errors"][0]["field"]),
        (422, &json!("segment")),
        "{told}"
    );
    let (status, told) = api.patch_json(&at, &json!({ "version": 2, "name": "x" })).await;
    assert_eq!((status, &told["code"]), (409, &json!("archived")), "{told}");
    let page = manager.page(&format!("{page_at}?lang=zh")).await;
    assert!(
        page.contains("这个分组已归档") && !page.contains("发给所有人"),
        "{page}"
    );
    // Brought back, all is as before.
    let (status, back) = step(&api, &at, "restore").await;
    assert_eq!((status, &back["archived_at"]), (200, &Value::Null), "{back}");
    assert_eq!(listed(&api, "").await, json!(["其他", "特需"]));
    assert_eq!(api.post_json("/api/v1/campaigns", &campaign(&id)).await.0, 201);
    for (action, n) in [("archive", 1), ("restore", 1)] {
        let trail = format!("SELECT count(*) AS n FROM audit_log WHERE subject = 'segments' AND action = '{action}'");
        assert_eq!(clinic.count(&trail).await, n, "{action}");
    }
});
