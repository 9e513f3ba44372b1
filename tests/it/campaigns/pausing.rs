//! A campaign that is paused, goes on and is stopped: what waits already waits with it.

use chairside::staff::Role;
use serde_json::json;

use super::{ledger, plan, started, step, vips};
use crate::both;

both!(it_pauses_goes_on_and_stops, |clinic| {
    vips(&clinic, 4).await;
    let api = clinic.api(Role::Manager).await;
    let at = started(&clinic, &api, 2).await;
    assert_eq!(plan(&clinic).await, 1);
    assert_eq!(step(&api, &at, "pause").await["state"], "paused");
    clinic.it_is("2026-11-23T15:00:00+08:00");
    assert_eq!(plan(&clinic).await, 0);
    assert_eq!(step(&api, &at, "resume").await["state"], "running");
    assert_eq!(plan(&clinic).await, 1);
    // Two are queued and not sent yet: stopping withdraws them.
    let stopped = step(&api, &at, "stop").await;
    assert_eq!(
        (&stopped["state"], &stopped["messages"]["skipped"]),
        (&json!("stopped"), &json!(2)),
        "{stopped}"
    );
    assert!(
        ledger(&clinic)
            .await
            .iter()
            .all(|(_, _, why)| why == "campaign-stopped")
    );
    clinic.it_is("2026-11-24T15:00:00+08:00");
    assert_eq!(plan(&clinic).await, 0);
    let (_, seen) = api.get_json(&at).await;
    for wrong in ["start", "pause", "resume", "stop"] {
        let body = json!({ "version": seen["version"], "step": wrong });
        let (status, refused) = api.post_json(&format!("{at}/steps"), &body).await;
        assert_eq!((status, &refused["code"]), (409, &json!("wrong_state")), "{wrong}");
    }
});

both!(while_it_is_paused_nothing_goes_out, |clinic| {
    vips(&clinic, 4).await;
    let api = clinic.api(Role::Manager).await;
    let at = started(&clinic, &api, 2).await;
    assert_eq!(plan(&clinic).await, 1);
    let sent = async || {
        clinic.app.dispatcher().dispatch().await.unwrap();
        clinic
            .count("SELECT count(*) AS n FROM messages WHERE purpose = 'campaign' AND state = 'accepted'")
            .await
    };
    assert_eq!(step(&api, &at, "pause").await["state"], "paused");
    assert_eq!(sent().await, 0);
    // For longer than a message would be of use.
    clinic.it_is("2026-11-30T10:30:00+08:00");
    assert_eq!((plan(&clinic).await, sent().await), (0, 0));
    let waits = clinic.count("SELECT count(*) AS n FROM messages WHERE purpose = 'campaign' AND state = 'queued'");
    assert_eq!(waits.await, 1);
    step(&api, &at, "resume").await;
    assert_eq!(sent().await, 1);
    // One that a sender had claimed before is asked once more.
    clinic.it_is("2026-11-30T15:30:00+08:00");
    assert_eq!(plan(&clinic).await, 2);
    clinic
        .sql(|c| {
            use chairside::platform::db::schema::{campaigns, messages as m};
            use diesel::prelude::*;
            diesel::update(campaigns::table)
                .set(campaigns::state.eq("paused"))
                .execute(c)?;
            Ok(diesel::update(m::table.filter(m::state.eq("queued")))
                .set(m::reason.eq(None::<String>))
                .execute(c)?)
        })
        .await;
    assert_eq!(sent().await, 1);
    let why =
        clinic.count("SELECT count(*) AS n FROM messages WHERE state = 'queued' AND reason LIKE 'campaign-paused%'");
    assert_eq!(why.await, 2);
});
