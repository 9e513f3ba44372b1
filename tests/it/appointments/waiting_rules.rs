//! Freed times that are offered without the desk: off until an administrator turns it on; whom, how many at a time, how long.

use chairside::appointments::waiting::ask_by_itself;
use chairside::staff::Role;
use serde_json::{Value, json};

use super::waiting::waits;
use super::{booked, booking, provider, step, undo};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

const OFFERED: &str = "SELECT count(*) AS n FROM slot_offers";
const ASKED: &str = "SELECT count(*) AS n FROM slot_offers WHERE state = 'asked'";
const OPEN: &str = "SELECT count(*) AS n FROM freed_slots WHERE state = 'open'";

async fn rules(clinic: &Clinic, ask: &str, batch: &str, sources: &[&str]) {
    let mut fields = vec![("ask", ask), ("batch", batch), ("minutes", "45")];
    fields.extend(sources.iter().map(|s| (*s, "1")));
    let admin = clinic.signed_in("admin").await;
    let saved = admin.post_form("/settings/waiting-list", &fields).await;
    assert_eq!(saved.status(), 303, "{}", saved.text().await.unwrap());
}
async fn cleaning(clinic: &Clinic, api: &Browser, mobile: &str, at: &str) -> Value {
    let who = make_patient(clinic, "周走", mobile).await;
    booked(
        api,
        &booking(clinic, who, "cleaning", 5, &format!("2026-11-25T{at}:00+08:00")),
    )
    .await
}
async fn cancelled(api: &Browser, a: &Value) -> Value {
    let (status, done) = step(api, a, "cancel", json!({ "reason": "出差" })).await;
    assert_eq!(status, 200, "{done}");
    done
}
async fn a_minute_later(clinic: &Clinic) -> String {
    clinic.minutes_pass(1);
    ask_by_itself(&clinic.app.db, clinic.now()).await.unwrap()
}

both!(nobody_is_asked_by_itself_until_it_is_turned_on, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    for n in 0..3 {
        waits(&clinic, &api, "刘洋", &format!("1390001000{n}"), json!({})).await;
    }
    let before = cleaning(&clinic, &api, "13900019990", "10:00").await;
    cancelled(&api, &before).await;
    a_minute_later(&clinic).await;
    assert_eq!(clinic.count(OFFERED).await, 0, "off");
    rules(&clinic, "one", "3", &["waiting"]).await;
    a_minute_later(&clinic).await;
    assert_eq!(
        clinic.count(OFFERED).await,
        0,
        "what got free before is left to the desk"
    );
    let a = cleaning(&clinic, &api, "13900019991", "14:00").await;
    let gone = cancelled(&api, &a).await;
    let at_once = ask_by_itself(&clinic.app.db, clinic.now()).await.unwrap();
    assert!(
        at_once.starts_with("0 freed times"),
        "it can still be taken back: {at_once}"
    );
    let done = a_minute_later(&clinic).await;
    assert!(done.contains("1 offered"), "{done}");
    assert_eq!(
        (clinic.count(OFFERED).await, clinic.count(ASKED).await),
        (3, 1),
        "one by one"
    );
    let by_system = "SELECT count(*) AS n FROM audit_log WHERE actor = 'ask-waiting' AND action = 'offer' AND subject = 'freed_slots'";
    assert_eq!(clinic.count(by_system).await, 1);
    let slot = clinic.count("SELECT max(id) AS n FROM freed_slots").await;
    let desk = clinic.signed_in("desk").await;
    let page = desk.page(&format!("/waiting-list/fill/{slot}?lang=en")).await;
    assert!(page.contains("Offered by itself"), "{page}");
    let list = desk.page("/waiting-list?lang=en").await;
    assert!(
        list.contains("offered by themselves") && list.contains("45 minutes to answer"),
        "{list}"
    );
    assert!(!list.contains("/settings/waiting-list"), "not the desk's to change");
    // Ended by the desk, it is not begun again.
    assert_eq!(
        desk.post_form(&format!("/waiting-list/fill/{slot}/stop"), &[])
            .await
            .status(),
        303
    );
    a_minute_later(&clinic).await;
    assert_eq!((clinic.count(OFFERED).await, clinic.count(ASKED).await), (3, 0));
    assert_eq!(gone["status"], "cancelled");
});

both!(batches_sources_and_whom_no_message_reaches, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    rules(&clinic, "batch", "2", &["waiting"]).await;
    for n in 0..4 {
        waits(&clinic, &api, "刘洋", &format!("1390001000{n}"), json!({})).await;
    }
    let silent = "UPDATE patients SET channel = 'none' WHERE phone = '+8613900010000'";
    clinic
        .sql(move |c| Ok(diesel::RunQueryDsl::execute(diesel::sql_query(silent), c)?))
        .await;
    let a = cleaning(&clinic, &api, "13900019991", "14:00").await;
    cancelled(&api, &a).await;
    a_minute_later(&clinic).await;
    assert_eq!((clinic.count(OFFERED).await, clinic.count(ASKED).await), (3, 2));
    let others = "SELECT count(*) AS n FROM slot_offers WHERE source <> 'waiting'";
    assert_eq!(clinic.count(others).await, 0, "not whose visit was cancelled");
    let kept = "SELECT count(*) AS n FROM freed_slots WHERE batch = 2 AND deadline_minutes = 45 AND state = 'offering'";
    assert_eq!(clinic.count(kept).await, 1);
});

both!(a_shortened_visit_frees_time_and_taking_it_back_takes_it, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    rules(&clinic, "one", "3", &["waiting"]).await;
    let a = cleaning(&clinic, &api, "13900019991", "14:00").await;
    let (status, shorter) = step(&api, &a, "move", json!({ "minutes": 20 })).await;
    assert_eq!(status, 200, "{shorter}");
    assert_eq!(clinic.count(OPEN).await, 1, "the rest of it");
    assert_eq!(undo(&api, &shorter).await.0, 200);
    a_minute_later(&clinic).await;
    assert_eq!(clinic.count(OPEN).await, 0, "it is the visit's again");
    let a = api.get_json(&format!("/api/v1/appointments/{}", a["id"])).await.1;
    waits(&clinic, &api, "刘洋", "13900010001", json!({ "minutes": 15 })).await;
    assert_eq!(step(&api, &a, "move", json!({ "minutes": 20 })).await.0, 200);
    a_minute_later(&clinic).await;
    assert_eq!(clinic.count(ASKED).await, 1);
});

both!(what_a_leave_had_taken_is_offered_when_it_is_taken_back, |clinic| {
    let (api, admin) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("admin").await);
    rules(&clinic, "one", "3", &["waiting"]).await;
    let a = cleaning(&clinic, &api, "13900019991", "14:00").await;
    waits(&clinic, &api, "刘洋", "13900010001", json!({})).await;
    let who = provider(&clinic, 5).id;
    let (visit, fate) = (format!("{}:{}", a["id"], a["version"]), format!("v{}", a["id"]));
    let id = who.to_string();
    let fields = [
        ("provider", id.as_str()),
        ("from", "2026-11-25T08:00"),
        ("until", "2026-11-25T18:30"),
        ("reason", "牙会"),
        ("visit", visit.as_str()),
        (fate.as_str(), "cancel"),
    ];
    let done = clinic
        .signed_in("manager")
        .await
        .post_form("/leave-plan", &fields)
        .await;
    assert_eq!(done.status(), 303, "{}", done.text().await.unwrap());
    a_minute_later(&clinic).await;
    assert_eq!(
        (clinic.count(OPEN).await, clinic.count(OFFERED).await),
        (0, 0),
        "nobody is there"
    );
    let leave = clinic.count("SELECT max(id) AS n FROM leaves").await;
    let path = format!("/settings/providers/{who}/leave/{leave}/remove");
    assert_eq!(admin.post_form(&path, &[("confirm", "1")]).await.status(), 303);
    let said = a_minute_later(&clinic).await;
    assert!(said.contains("1 free again"), "{said}");
    a_minute_later(&clinic).await;
    assert_eq!(clinic.count(ASKED).await, 1);
});

both!(the_settings_keep_what_is_typed_and_say_what_is_wrong, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let page = admin.page("/settings/waiting-list?lang=en").await;
    assert!(
        page.contains("Filling gaps by itself") && page.contains("Not by itself"),
        "{page}"
    );
    let wrong = [("ask", "batch"), ("batch", "1"), ("minutes", "2")];
    let answer = admin.post_form("/settings/waiting-list", &wrong).await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    for field in ["f-batch-e", "f-minutes-e", "f-sources-e"] {
        assert!(text.contains(field), "{field}: {text}");
    }
    rules(&clinic, "batch", "4", &["waiting", "recall"]).await;
    let changed = "SELECT count(*) AS n FROM audit_log WHERE subject = 'waiting_rules'";
    assert_eq!(clinic.count(changed).await, 1);
    rules(&clinic, "batch", "4", &["waiting", "recall"]).await;
    assert_eq!(clinic.count(changed).await, 1, "nothing has changed");
});

both!(the_best_are_ticked_before_the_desk_chooses, |clinic| {
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    for n in 0..5 {
        waits(&clinic, &api, "刘洋", &format!("1390001000{n}"), json!({})).await;
    }
    let a = cleaning(&clinic, &api, "13900019991", "14:00").await;
    cancelled(&api, &a).await;
    let slot = clinic.count("SELECT max(id) AS n FROM freed_slots").await;
    let page = desk.page(&format!("/waiting-list/fill/{slot}")).await;
    let ticked = page
        .split("name=\"who\" value=\"")
        .skip(1)
        .filter(|rest| rest.split('>').next().unwrap().contains("checked"));
    assert_eq!(ticked.count(), 3, "{page}");
});
