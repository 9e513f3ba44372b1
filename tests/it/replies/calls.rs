//! Who asks on the page of a visit to be called.

use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::{book, now_is, path};
use crate::both;

both!(a_patient_asks_on_the_page_to_be_called, |clinic| {
    let visit = book(&clinic, "孙丽", "13900007731", "2026-11-25T09:00:00+08:00").await;
    let (phone, path) = (clinic.visitor(), path(&clinic, &visit));
    assert!(phone.page(&path).await.contains("请给我回电"));
    for _ in 0..2 {
        let answer = phone.post_form(&format!("{path}/call"), &[]).await;
        assert_eq!(answer.status(), 303);
        let page = phone.page(answer.headers()["location"].to_str().unwrap()).await;
        assert!(
            page.contains("我们会尽快给您打电话") && !page.contains("请给我回电"),
            "{page}"
        );
    }
    assert_eq!(
        now_is(&clinic, &visit).await.version,
        visit.version,
        "the visit is as it was"
    );
    // The desk has it once, with the visit, and sees to it as to all that patients write.
    let api = clinic.api(Role::FrontDesk).await;
    let list = api.get_json("/api/v1/inbox").await.1;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    let talk = api
        .get_json(&format!("/api/v1/inbox/{}", list["items"][0]["id"]))
        .await
        .1;
    let texts = talk["texts"].as_array().unwrap();
    assert_eq!(texts.len(), 1, "{talk}");
    assert_eq!(
        (&texts[0]["read_as"], &texts[0]["text"], &texts[0]["appointment_id"]),
        (&json!("call-me"), &json!("请给我回电"), &json!(visit.id.0))
    );
    // Once the desk has put it away it can be asked again, which takes it out again; on another day it is another text.
    let done = json!({ "version": talk["version"], "step": "done" });
    let steps = format!("/api/v1/inbox/{}/steps", list["items"][0]["id"]);
    assert_eq!(api.post_json(&steps, &done).await.0, 200);
    assert!(phone.page(&path).await.contains("请给我回电"));
    phone.post_form(&format!("{path}/call"), &[]).await;
    let list = api.get_json("/api/v1/inbox").await.1;
    assert_eq!(list["items"][0]["state"], json!("new"), "{list}");
    clinic.it_is("2026-11-24T10:00:00+08:00");
    phone.post_form(&format!("{path}/call"), &[]).await;
    assert_eq!(clinic.count("SELECT count(*) AS n FROM inbound_texts").await, 2);
    // Whom nobody can reach is promised nothing.
    let sql = "UPDATE patients SET phone = NULL, email = NULL";
    clinic.sql(move |c| Ok(diesel::sql_query(sql).execute(c)?)).await;
    let page = phone.page(&path).await;
    assert!(
        !page.contains("请给我回电") && !page.contains("我们会尽快给您打电话"),
        "{page}"
    );
});
