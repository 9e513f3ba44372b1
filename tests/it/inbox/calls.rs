//! Calls that nobody took.

use chairside::staff::Role;
use serde_json::json;

use super::{MOTHER, answers, waiting};
use crate::both;
use crate::support::make_patient;

both!(a_missed_call_is_texted_once_a_day_and_waits, |clinic| {
    let exchange = clinic.api(Role::FrontDesk).await;
    let call = async |number: &str| {
        exchange
            .post_json("/api/v1/missed-calls", &json!({ "number": number }))
            .await
    };
    make_patient(&clinic, "孙丽", MOTHER).await;
    assert_eq!(call(MOTHER).await, (200, json!({ "texted": true })));
    assert_eq!(call("+86 139 0000 7731").await, (200, json!({ "texted": false })));
    assert_eq!(
        call("0571 8765 4321").await,
        (200, json!({ "texted": false })),
        "no mobile number"
    );
    let (status, fault) = call("nobody").await;
    assert_eq!((status, fault["errors"][0]["field"].as_str()), (422, Some("number")));
    let sent = answers(&clinic).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, "missed-call");
    let list = waiting(&clinic.signed_in("desk").await).await;
    assert!(list.contains("孙丽") && list.contains("未接来电"));
    clinic.it_is("2026-11-24T10:00:00+08:00");
    assert_eq!(call(MOTHER).await, (200, json!({ "texted": true })));
});

both!(the_desk_enters_a_missed_call_by_hand, |clinic| {
    make_patient(&clinic, "孙丽", MOTHER).await;
    let desk = clinic.signed_in("desk").await;
    let wrong = desk
        .post_form("/inbox/missed-calls", &[("number", "139 0000 77<")])
        .await;
    assert_eq!(wrong.status(), 422);
    let page = wrong.text().await.unwrap();
    assert!(
        page.contains("没有这样的号码") && page.contains("value=\"139 0000 77&lt;\"") && page.contains("open"),
        "{page}"
    );
    let entered = desk
        .post_form("/inbox/missed-calls", &[("number", "139 0000 7731")])
        .await;
    assert_eq!(entered.status(), 303);
    let talk = entered.headers()["location"].to_str().unwrap().to_owned();
    let page = desk.page(&format!("{talk}?lang=zh")).await;
    assert!(page.contains("孙丽") && page.contains("未接来电"), "{page}");
    assert_eq!(answers(&clinic).await.len(), 1);
});
