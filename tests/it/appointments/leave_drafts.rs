//! A leave over booked visits that the desk prepares and a manager approves; one message a patient; calls that are found again.

use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{booked, booking, provider, step};
use crate::api_contract::{call, read};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

const DRAFTS: &str = "/api/v1/leave-drafts";
const LEAVE: (&str, &str) = ("2026-12-01T08:00:00+08:00", "2026-12-01T18:30:00+08:00");

/// Two check-ups of one patient and one of another, with the first doctor on the first of December.
async fn visits(clinic: &Clinic, api: &Browser) -> Vec<Value> {
    let twice = make_patient(clinic, "刘一", "13900010001").await;
    let once = make_patient(clinic, "刘二", "13900010002").await;
    let mut list = Vec::new();
    for (who, at) in [(twice, "09:00"), (twice, "15:00"), (once, "10:00")] {
        list.push(
            booked(
                api,
                &booking(clinic, who, "check-up", 1, &format!("2026-12-01T{at}:00+08:00")),
            )
            .await,
        );
    }
    list
}
fn plan_of(clinic: &Clinic, choices: &[(&Value, &str, Option<&str>)]) -> Value {
    let visits: Vec<Value> = choices
        .iter()
        .map(|(a, choice, at)| json!({ "id": a["id"], "version": a["version"], "choice": choice, "starts_at": at }))
        .collect();
    json!({ "provider_id": provider(clinic, 1).id, "from": LEAVE.0, "until": LEAVE.1, "reason": "牙会", "visits": visits })
}
async fn post(api: &Browser, path: &str, body: &Value) -> (u16, Value) {
    let answer = call(api, Method::POST, path, &[("Accept-Language", "en")], Some(body)).await;
    (answer.status, answer.body)
}
async fn count(clinic: &Clinic, what: &str) -> i64 {
    clinic.count(&format!("SELECT count(*) AS n FROM {what}")).await
}

both!(the_desk_prepares_a_leave_and_a_manager_approves_it, |clinic| {
    let (desk, manager) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Manager).await);
    let list = visits(&clinic, &desk).await;
    let wanted = plan_of(
        &clinic,
        &[
            (&list[0], "move", Some("2026-12-02T09:00:00+08:00")),
            (&list[1], "move", Some("2026-12-02T15:00:00+08:00")),
            (&list[2], "call", None),
        ],
    );
    // All of the visits have to be named, as they are.
    let mut part = wanted.clone();
    part["visits"].as_array_mut().unwrap().pop();
    assert_eq!(post(&desk, DRAFTS, &part).await.1["code"], "stale");
    let (status, draft) = post(&desk, DRAFTS, &wanted).await;
    assert_eq!(
        (status, &draft["state"], &draft["prepared_by"]),
        (201, &json!("waiting"), &json!("API front-desk")),
        "{draft}"
    );
    assert_eq!(
        (&draft["visits"][0]["starts_at"], &draft["visits"][2]["choice"]),
        (&json!("2026-12-02T01:00:00.000Z"), &json!("call"))
    );
    assert_eq!(
        (count(&clinic, "leaves").await, count(&clinic, "leave_plans").await),
        (0, 0),
        "preparing changes nothing"
    );
    assert_eq!(
        read(&desk, &format!("/api/v1/appointments/{}", list[0]["id"]))
            .await
            .body["version"],
        1
    );
    // The desk does not approve.
    let path = format!("{DRAFTS}/{}", draft["id"]);
    let approve = format!("{path}/approve");
    assert_eq!(post(&desk, &approve, &json!({ "version": 1 })).await.0, 403);
    assert_eq!(post(&desk, "/api/v1/leave-plans", &wanted).await.0, 403);
    assert_eq!(read(&manager, DRAFTS).await.body["drafts"].as_array().unwrap().len(), 1);
    assert_eq!(post(&manager, &approve, &json!({})).await.0, 428);
    let (status, plan) = post(&manager, &approve, &json!({ "version": 1 })).await;
    assert_eq!((status, &plan["approved_by"]), (201, &json!("API manager")), "{plan}");
    assert_eq!(plan["visits"][2]["to_call"], true);
    let now = read(&desk, &format!("/api/v1/appointments/{}", list[0]["id"]))
        .await
        .body;
    assert_eq!(now["starts_at"], "2026-12-02T01:00:00.000Z");
    let (status, again) = post(&manager, &approve, &json!({ "version": 1 })).await;
    assert_eq!(
        (status, &again["code"], &again["current"]["plan_id"]),
        (409, &json!("stale"), &plan["id"]),
        "{again}"
    );
    assert_eq!(read(&manager, DRAFTS).await.body["drafts"], json!([]));
    // Two visits of one patient were moved: one message tells of both.
    let messages = "messages WHERE template = 'visit-moved'";
    assert_eq!(count(&clinic, messages).await, 1);
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    let both = "messages WHERE template = 'visit-moved' AND body LIKE '%09:00%' AND body LIKE '%15:00%'";
    assert_eq!(count(&clinic, both).await, 1);
    // Who is to be called is found again, until the visit is dealt with.
    let plans = read(&desk, "/api/v1/leave-plans").await.body;
    assert_eq!(
        (&plans["plans"][0]["id"], &plans["plans"][0]["to_call"]),
        (&plan["id"], &json!(1))
    );
    assert_eq!(
        step(&desk, &list[2], "cancel", json!({ "reason": "另约" })).await.0,
        200
    );
    assert_eq!(read(&desk, "/api/v1/leave-plans").await.body["plans"][0]["to_call"], 0);
});

both!(undoing_a_plan_takes_its_one_message_back, |clinic| {
    let (desk, manager) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Manager).await);
    let list = visits(&clinic, &desk).await;
    let wanted = plan_of(
        &clinic,
        &[
            (&list[0], "cancel", None),
            (&list[1], "cancel", None),
            (&list[2], "cancel", None),
        ],
    );
    let (status, plan) = post(&manager, "/api/v1/leave-plans", &wanted).await;
    assert_eq!(status, 201, "{plan}");
    assert_eq!(
        count(&clinic, "messages WHERE template = 'visit-cancelled'").await,
        2,
        "one a patient"
    );
    let undo = format!("/api/v1/leave-plans/{}/undo", plan["id"]);
    assert_eq!(post(&manager, &undo, &json!({ "version": 1 })).await.0, 200);
    let waits = "messages WHERE template = 'visit-cancelled' AND state = 'queued'";
    assert_eq!((count(&clinic, waits).await, count(&clinic, "leaves").await), (0, 0));
    for a in &list {
        assert_eq!(
            read(&desk, &format!("/api/v1/appointments/{}", a["id"])).await.body["status"],
            "booked"
        );
    }
});

both!(a_draft_is_opened_changed_approved_and_put_away_on_the_page, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let list = visits(&clinic, &api).await;
    let (desk, manager) = (clinic.signed_in("desk").await, clinic.signed_in("manager").await);
    let first = provider(&clinic, 1).id.to_string();
    let leave = "from=2026-12-01T08:00&until=2026-12-01T18:30";
    let page = desk
        .page(&format!("/leave-plan?provider={first}&{leave}&reason=x"))
        .await;
    assert!(
        page.contains("/leave-plan/drafts") && !page.contains("批准休假和以上安排"),
        "the desk prepares only: {page}"
    );
    let fates = ["call".to_owned(), "other".to_owned(), "cancel".to_owned()];
    let mut fields: Vec<(String, String)> = vec![
        ("provider".into(), first.clone()),
        ("from".into(), "2026-12-01T08:00".into()),
        ("until".into(), "2026-12-01T18:30".into()),
        ("reason".into(), "牙会".into()),
    ];
    for (a, fate) in list.iter().zip(&fates) {
        fields.push(("visit".into(), format!("{}:{}", a["id"], a["version"])));
        fields.push((format!("v{}", a["id"]), fate.clone()));
    }
    for (name, value) in [("d", "2026-12-03"), ("t", "16:15")] {
        fields.push((format!("{name}{}", list[1]["id"]), value.into()));
    }
    let send = async |browser: &Browser, path: &str, fields: &[(String, String)]| {
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = browser.post_form(path, &pairs).await;
        let to = answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
        (answer.status().as_u16(), to.unwrap_or_default())
    };
    assert_eq!(send(&desk, "/leave-plan", &fields).await.0, 403);
    let (status, to) = send(&desk, "/leave-plan/drafts", &fields).await;
    assert_eq!((status, to.as_str()), (303, "/leave-plan/drafts/1?kept=1"));
    // The manager finds it, and finds what was chosen; another time is in its fields.
    assert!(manager.page("/leave-plan").await.contains("等待批准"));
    let page = manager.page("/leave-plan/drafts/1").await;
    let checked = |a: &Value, fate: &str| page.contains(&format!("name=\"v{}\" value=\"{fate}\" checked", a["id"]));
    assert!(
        checked(&list[0], "call") && checked(&list[1], "other") && checked(&list[2], "cancel"),
        "{page}"
    );
    assert!(
        page.contains("value=\"16:15\"") && page.contains("value=\"2026-12-03\"") && page.contains("value=\"1:1\""),
        "{page}"
    );
    fields.push(("draft".into(), "1:1".into()));
    let (status, to) = send(&manager, "/leave-plan", &fields).await;
    assert_eq!((status, to.as_str()), (303, "/leave-plan/1"));
    let lists = desk.page("/leave-plan").await;
    assert!(
        lists.contains("还要致电 1 位") && !lists.contains("等待批准"),
        "{lists}"
    );
    assert!(desk.page("/leave-plan/1").await.contains("请致电患者"));
    // It is approved once; an old form of it does nothing.
    assert_eq!(
        send(&desk, "/leave-plan/drafts/1/drop", &[("draft".into(), "1:1".into())])
            .await
            .0,
        409
    );
    // Another one is put away.
    let other = provider(&clinic, 2).id.to_string();
    let none = [
        ("provider".into(), other),
        fields[1].clone(),
        fields[2].clone(),
        fields[3].clone(),
    ];
    assert_eq!(
        send(&desk, "/leave-plan/drafts", &none).await.1,
        "/leave-plan/drafts/2?kept=1"
    );
    assert_eq!(
        send(&desk, "/leave-plan/drafts/2/drop", &[("draft".into(), "2:1".into())])
            .await
            .1,
        "/leave-plan"
    );
    assert_eq!(count(&clinic, "leave_drafts WHERE state = 'dropped'").await, 1);
});
