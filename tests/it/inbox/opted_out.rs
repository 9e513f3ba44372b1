//! Who wants no messages at all, and is to be answered.

use chairside::staff::Role;
use serde_json::json;

use super::{MOTHER, booked, waiting, writes};
use crate::both;

both!(who_wants_nothing_more_is_not_answered_in_vain, |clinic| {
    booked(&clinic, "孙丽", MOTHER, "2026-11-25T09:00:00+08:00").await;
    writes(&clinic, MOTHER, "能换个医生吗？").await;
    writes(&clinic, MOTHER, "STOP").await;
    let (desk, api) = (clinic.signed_in("desk").await, clinic.api(Role::FrontDesk).await);
    let page = desk.page("/inbox/1?lang=zh").await;
    assert!(
        page.contains("对方退订了所有消息") && page.contains("/opt-outs\">退订：孙丽</a>"),
        "{page}"
    );
    let answer = json!({ "version": api.get_json("/api/v1/inbox/1").await.1["version"], "text": "可以的" });
    let (status, refused) = api.post_json("/api/v1/inbox/1/answers", &answer).await;
    assert_eq!(
        (status, &refused["errors"][0]["code"]),
        (422, &json!("opted_out")),
        "{refused}"
    );
    assert!(waiting(&desk).await.contains("孙丽"), "it waits for somebody");
    // They write again that they do want messages.
    writes(&clinic, MOTHER, "START").await;
    let (status, sent) = api.post_json("/api/v1/inbox/1/answers", &answer).await;
    assert_eq!(status, 200, "{sent}");
});
