//! Who gets nothing, and why: known when the list is made, or found out before it goes out.

use chairside::patients::PatientId;
use chairside::staff::Role;
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use super::{ledger, plan, started, vips};
use crate::both;

both!(who_is_left_out_is_told_with_the_reason, |clinic| {
    let who = vips(&clinic, 9).await;
    let [plain, refuses, nowhere, child, calls, booked, gone, out, left] = who[..] else {
        panic!("nine")
    };
    let sql = format!(
        "UPDATE patients SET marketing = FALSE WHERE id = {refuses};\
         UPDATE patients SET phone = NULL WHERE id = {nowhere};\
         UPDATE patients SET birth_date = '2015-05-05' WHERE id = {child};\
         UPDATE patients SET channel = 'phone' WHERE id = {calls};\
         INSERT INTO opt_outs (channel, address, scope, evidence, at) VALUES ('sms', '+8613900008807', 'marketing', 'R', 0);"
    );
    clinic.sql(move |c| Ok(c.batch_execute(&sql)?)).await;
    let book = chairside::appointments::Booking {
        patient: booked,
        service: clinic.sample.services.iter().find(|s| s.code == "cleaning").unwrap().id,
        provider: None,
        chair: None,
        starts_at: chairside::platform::clock::Instant::parse_rfc3339("2026-11-25T09:00:00+08:00").unwrap(),
        minutes: None,
        note: String::new(),
        source: "desk",
        tell: false,
        hold: None,
        overbook: None,
    };
    let actor = chairside::staff::Actor::system("test");
    chairside::appointments::book(&clinic.app.db, clinic.now(), actor, book)
        .await
        .unwrap();
    let api = clinic.api(Role::Manager).await;
    let at = started(&clinic, &api, 1).await;
    // The list is written down with the first look; who dies or leaves the segment afterwards is left out, too.
    clinic.it_is("2026-11-23T10:50:00+08:00");
    assert_eq!(plan(&clinic).await, 1);
    let sql = format!(
        "UPDATE patients SET deceased = TRUE WHERE id = {gone}; UPDATE patients SET vip = FALSE WHERE id = {left};"
    );
    clinic.sql(move |c| Ok(c.batch_execute(&sql)?)).await;
    clinic.it_is("2026-11-24T10:50:00+08:00");
    assert_eq!(plan(&clinic).await, 0, "nobody is left who may be written to");
    plan(&clinic).await;
    let reasons: Vec<(PatientId, String)> = ledger(&clinic)
        .await
        .into_iter()
        .map(|(id, _, why)| (id, why))
        .collect();
    let expected = [
        (plain, ""),
        (refuses, "no-consent"),
        (nowhere, "no-phone"),
        (child, "minor"),
        (calls, "wants-calls"),
        (booked, "campaign-booked"),
        (gone, "deceased"),
        (out, "opted-out"),
        (left, "left-segment"),
    ];
    assert_eq!(reasons, expected.map(|(id, why)| (id, why.to_owned())));
    let (_, seen) = api.get_json(&at).await;
    assert_eq!(
        (&seen["state"], &seen["people"]["excluded"]),
        (&json!("done"), &json!(8)),
        "{seen}"
    );
    let page = clinic.signed_in("desk").await;
    let not = page
        .page(&format!("{}?show=not&lang=zh", at.trim_start_matches("/api/v1")))
        .await;
    for part in ["未成年", "已退订", "已有未来预约", "已不符合分组条件"] {
        assert!(not.contains(part), "{part}: {not}");
    }
    // A second campaign leaves out who got the first one.
    let again = started(&clinic, &api, 1).await;
    plan(&clinic).await;
    let (_, seen) = api.get_json(&again).await;
    assert_eq!(seen["people"]["queued"], Value::Null, "{seen}");
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM messages WHERE reason LIKE 'campaign-recently%'")
            .await,
        1
    );
});

both!(what_changes_before_it_goes_out_is_heeded, |clinic| {
    let who = vips(&clinic, 3).await;
    let api = clinic.api(Role::Manager).await;
    let at = started(&clinic, &api, 500).await;
    clinic.it_is("2026-11-23T16:59:00+08:00");
    assert_eq!(plan(&clinic).await, 3);
    let sql = format!("UPDATE patients SET vip = FALSE WHERE id = {}", who[1]);
    clinic.sql(move |c| Ok(c.batch_execute(&sql)?)).await;
    clinic.app.dispatcher().dispatch().await.unwrap();
    let states: Vec<(String, String)> = ledger(&clinic).await.into_iter().map(|(_, s, r)| (s, r)).collect();
    let accepted = ("accepted".to_owned(), String::new());
    let left = ("skipped".to_owned(), "left-segment".to_owned());
    assert_eq!(states, [accepted.clone(), left, accepted]);
    // What follows within 15 days is counted.
    let sql = format!(
        "INSERT INTO conversations (channel, address, state, last_at, version, updated_at) VALUES ('sms', '+8613900008800', 'new', 0, 1, 0);\
         INSERT INTO inbound_texts (conversation_id, gateway, kind, body, reading, at) SELECT MAX(id), 'x', 'text', '好', 'words', {0} FROM conversations;\
         INSERT INTO opt_outs (channel, address, scope, evidence, at) VALUES ('sms', '+8613900008802', 'marketing', 'R', {0});",
        clinic.now().plus_minutes(60).0
    );
    clinic.sql(move |c| Ok(c.batch_execute(&sql)?)).await;
    let (_, seen) = api.get_json(&at).await;
    assert_eq!(
        (&seen["answers"], &seen["opt_outs"], &seen["bookings"]),
        (&json!(1), &json!(1), &json!(0)),
        "{seen}"
    );
});
