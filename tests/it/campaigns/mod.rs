//! Campaigns: prepared, started with two minutes to think better of it, spread over days, stopped, and what became of them.

mod left_out;
mod pausing;

use chairside::outreach;
use chairside::patients::PatientId;
use chairside::platform::db::schema::{messages as m, patients as p};
use chairside::staff::Role;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Browser, Clinic, all, make_patient};

/// VIP patients, by the order of the segment.
async fn vips(clinic: &Clinic, n: usize) -> Vec<PatientId> {
    let mut ids = Vec::new();
    for i in 0..n {
        ids.push(make_patient(clinic, &format!("患者{i}"), &format!("139000088{i:02}")).await);
    }
    let who = ids.clone();
    clinic
        .sql(move |c| {
            diesel::update(p::table.filter(p::id.eq_any(who)))
                .set(p::vip.eq(true))
                .execute(c)?;
            Ok(())
        })
        .await;
    ids
}

async fn segment(api: &Browser) -> i64 {
    let body = json!({ "name": "特需", "name_en": "VIPs", "definition": { "groups": [{ "conditions": [{ "is": { "field": "vip" } }] }] } });
    let (status, made) = api.post_json("/api/v1/segments", &body).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_i64().unwrap()
}

fn for_segment(segment: i64, per_day: i32) -> Value {
    json!({ "name": "老患者", "name_en": "Old hands", "segment_id": segment, "template": "campaign-check-up", "per_day": per_day,
        "weekdays": [1, 2, 3, 4, 5], "from": "09:00", "until": "17:00", "first_day": "2026-11-23", "skip_booked": true, "rest_days": 30 })
}

async fn made(api: &Browser, body: &Value) -> String {
    let (status, made) = api.post_json("/api/v1/campaigns", body).await;
    assert_eq!((status, &made["state"]), (201, &json!("draft")), "{made}");
    format!("/api/v1/campaigns/{}", made["id"])
}

async fn step(api: &Browser, at: &str, step: &str) -> Value {
    let (_, seen) = api.get_json(at).await;
    let (status, done) = api
        .post_json(
            &format!("{at}/steps"),
            &json!({ "version": seen["version"], "step": step }),
        )
        .await;
    assert_eq!(status, 200, "{step}: {done}");
    done
}

async fn plan(clinic: &Clinic) -> usize {
    outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap()
        .queued
}

/// A campaign of a segment, past its two minutes.
async fn started(clinic: &Clinic, api: &Browser, per_day: i32) -> String {
    let at = made(api, &for_segment(segment(api).await, per_day)).await;
    step(api, &at, "start").await;
    clinic.minutes_pass(2);
    at
}

both!(the_forecast_counts_campaigns, |clinic| {
    let who = vips(&clinic, 4).await;
    let no = who[1];
    clinic
        .sql(move |c| {
            diesel::update(p::table.find(no))
                .set(p::marketing.eq(false))
                .execute(c)?;
            Ok(())
        })
        .await;
    let api = clinic.api(Role::Manager).await;
    let told = async || {
        let (_, told) = api.get_json("/api/v1/message-forecast").await;
        let mut ahead = told["ahead"].as_array().unwrap().clone();
        ahead.retain(|x| x["purpose"] == "campaign");
        let day = |x: &Value| {
            (
                x["day"].as_str().unwrap().to_owned(),
                x["goes"].as_i64(),
                x["excluded"].as_i64(),
            )
        };
        ahead.iter().map(day).collect::<Vec<_>>()
    };
    let on = |day: &str, goes, excluded| (day.to_owned(), Some(goes), Some(excluded));
    let at = made(&api, &for_segment(segment(&api).await, 1)).await;
    assert_eq!(told().await, [], "a draft brings nothing");
    step(&api, &at, "start").await;
    let all = [on("2026-11-23", 1, 1), on("2026-11-24", 1, 0), on("2026-11-25", 1, 0)];
    assert_eq!(told().await, all, "held, it is not written down yet");
    clinic.minutes_pass(2);
    assert_eq!(plan(&clinic).await, 1);
    assert_eq!(told().await, all[1..]);
    step(&api, &at, "pause").await;
    assert_eq!(told().await, []);
});

/// The messages of campaigns: to whom, state, code of the reason.
async fn ledger(clinic: &Clinic) -> Vec<(PatientId, String, String)> {
    let rows: Vec<(Option<PatientId>, String, Option<String>)> = clinic
        .sql(|c| {
            let all = m::table.filter(m::subject.eq("campaign")).order(m::patient_id);
            Ok(all.select((m::patient_id, m::state, m::reason)).load(c)?)
        })
        .await;
    let code = |r: Option<String>| r.unwrap_or_default().split('|').next().unwrap().to_owned();
    rows.into_iter()
        .map(|(id, state, r)| (id.unwrap(), state, code(r)))
        .collect()
}

both!(a_start_can_be_taken_back_for_two_minutes, |clinic| {
    vips(&clinic, 2).await;
    let manager = clinic.signed_in("manager").await;
    let api = clinic.api(Role::Manager).await;
    let of = segment(&api).await.to_string();
    let form = [
        ("name", "老患者"),
        ("name_en", "Old hands"),
        ("segment", of.as_str()),
        ("template", "campaign-check-up"),
        ("per_day", "1"),
        ("first_day", "2026-11-23"),
        ("weekday-1", "1"),
        ("weekday-2", "1"),
        ("from", "09:00"),
        ("until", "17:00"),
        ("rest_days", "30"),
    ];
    let answer = manager.post_form("/campaigns/new", &form).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    let page = answer.headers()["location"].to_str().unwrap().to_owned();
    // What it would do, before it does.
    let preview = manager.page(&format!("{page}?lang=zh")).await;
    for part in [
        "<b>2</b> 位患者",
        "<b>2</b> 位会收到",
        "2026年11月24日",
        "好久不见",
        "每条 ",
    ] {
        assert!(preview.contains(part), "{part}: {preview}");
    }
    let english = manager.page(&format!("{page}?lang=en")).await;
    assert!(
        english.contains("would get it") && english.contains("24 Nov 2026"),
        "{english}"
    );
    let at = format!("/api/v1{page}");
    assert_eq!(step(&api, &at, "start").await["state"], "running");
    assert_eq!(plan(&clinic).await, 0, "it is held");
    let held = manager.page(&format!("{page}?lang=zh")).await;
    assert!(held.contains("撤销开始"), "{held}");
    assert_eq!(step(&api, &at, "undo").await["state"], "draft");
    clinic.minutes_pass(5);
    assert_eq!(plan(&clinic).await, 0, "it was taken back");
    step(&api, &at, "start").await;
    clinic.minutes_pass(2);
    assert_eq!(plan(&clinic).await, 1);
    // Then it is too late.
    let (_, seen) = api.get_json(&at).await;
    let late = json!({ "version": seen["version"], "step": "undo" });
    let (status, refused) = api.post_json(&format!("{at}/steps"), &late).await;
    assert_eq!((status, &refused["code"]), (409, &json!("wrong_state")));
    // The desk sees it, and starts nothing.
    let desk = clinic.signed_in("desk").await;
    assert!(desk.page(&format!("{page}?lang=zh")).await.contains("已交付"));
    let (version, step) = (seen["version"].to_string(), "stop");
    let stop = [("version", version.as_str()), ("step", step)];
    assert_eq!(desk.post_form(&format!("{page}/step"), &stop).await.status(), 403);
    let trail = "SELECT count(*) AS n FROM audit_log WHERE subject = 'campaigns' AND action IN ('start', 'undo')";
    assert_eq!(clinic.count(trail).await, 3);
});

both!(so_many_a_day_on_its_weekdays_between_its_times, |clinic| {
    let who = vips(&clinic, 5).await;
    let api = clinic.api(Role::Manager).await;
    let at = started(&clinic, &api, 2).await;
    // 10:44: the first of two.
    assert_eq!(plan(&clinic).await, 1);
    assert_eq!(plan(&clinic).await, 0);
    clinic.it_is("2026-11-23T13:00:00+08:00");
    assert_eq!(plan(&clinic).await, 1);
    clinic.it_is("2026-11-23T16:59:00+08:00");
    assert_eq!(plan(&clinic).await, 0, "that is today's number");
    clinic.app.dispatcher().dispatch().await.unwrap();
    clinic.it_is("2026-11-24T08:59:00+08:00");
    assert_eq!(plan(&clinic).await, 0);
    // The server was away: what was not handed over in time is of another day.
    clinic.it_is("2026-11-24T17:30:00+08:00");
    assert_eq!(plan(&clinic).await, 0);
    clinic.it_is("2026-11-28T12:00:00+08:00");
    assert_eq!(plan(&clinic).await, 0, "a Saturday");
    clinic.it_is("2026-11-30T16:00:00+08:00");
    assert_eq!(plan(&clinic).await, 2);
    clinic.app.dispatcher().dispatch().await.unwrap();
    clinic.it_is("2026-12-01T09:00:00+08:00");
    assert_eq!(plan(&clinic).await, 1);
    clinic.app.dispatcher().dispatch().await.unwrap();
    plan(&clinic).await;
    let (_, seen) = api.get_json(&at).await;
    assert_eq!(
        (&seen["state"], &seen["people"]["queued"]),
        (&json!("done"), &json!(5)),
        "{seen}"
    );
    assert_eq!(seen["messages"]["accepted"], 5);
    let got: Vec<PatientId> = ledger(&clinic).await.into_iter().map(|(id, ..)| id).collect();
    assert_eq!(got, who);
    let urgency =
        "SELECT count(*) AS n FROM messages WHERE subject = 'campaign' AND priority = 9 AND purpose = 'campaign'";
    assert_eq!(clinic.count(urgency).await, 5);
});

both!(
    several_planners_and_one_that_breaks_off_write_to_nobody_twice,
    |clinic| {
        let who = vips(&clinic, 30).await;
        let api = clinic.api(Role::Manager).await;
        started(&clinic, &api, 25).await;
        clinic.it_is("2026-11-23T16:59:00+08:00");
        // It breaks off in the middle of its transaction.
        let bad = who[10];
        let (sqlite, pg) = (
            format!(
                "CREATE TRIGGER broken BEFORE INSERT ON messages WHEN NEW.patient_id = {bad} BEGIN SELECT RAISE(ABORT, 'broken'); END;"
            ),
            format!(
                "CREATE FUNCTION broken() RETURNS trigger AS $$ BEGIN IF NEW.patient_id = {bad} THEN RAISE EXCEPTION 'broken'; END IF; \
             RETURN NEW; END $$ LANGUAGE plpgsql; CREATE TRIGGER broken BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION broken();"
            ),
        );
        clinic
            .sql(move |c| {
                let sql = if matches!(c, chairside::platform::db::Conn::Pg(_)) {
                    pg
                } else {
                    sqlite
                };
                Ok(c.batch_execute(&sql)?)
            })
            .await;
        assert!(
            outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
                .await
                .is_err()
        );
        clinic
            .sql(|c| {
                let on = if matches!(c, chairside::platform::db::Conn::Pg(_)) {
                    " ON messages"
                } else {
                    ""
                };
                Ok(c.batch_execute(&format!("DROP TRIGGER broken{on}"))?)
            })
            .await;
        // Several at once, over two instances.
        let other = clinic.another_instance().await;
        let now = clinic.now();
        let dbs = [&clinic, &other, &clinic, &other];
        all(dbs
            .iter()
            .map(|of| outreach::plan(&of.app.db, now, &of.app.config.dispatch)))
        .await;
        assert_eq!(ledger(&clinic).await.len(), 25, "the day's number, and no more");
        clinic.it_is("2026-11-24T16:59:00+08:00");
        let now = clinic.now();
        all(dbs
            .iter()
            .map(|of| outreach::plan(&of.app.db, now, &of.app.config.dispatch)))
        .await;
        let got: Vec<PatientId> = ledger(&clinic).await.into_iter().map(|(id, ..)| id).collect();
        assert_eq!(got, who, "everybody, once");
    }
);

both!(a_picked_list_is_a_campaign_too, |clinic| {
    let who = vips(&clinic, 3).await;
    let api = clinic.api(Role::Manager).await;
    let mut picked = for_segment(0, 500);
    picked.as_object_mut().unwrap().remove("segment_id");
    let (status, fault) = api.post_json("/api/v1/campaigns", &picked).await;
    assert_eq!(
        (status, &fault["errors"][0]["field"]),
        (422, &json!("segment")),
        "{fault}"
    );
    picked["patient_ids"] = json!([who[2], 999_999]);
    let (status, fault) = api.post_json("/api/v1/campaigns", &picked).await;
    assert_eq!(
        (status, &fault["errors"][0]["field"]),
        (422, &json!("patient_ids")),
        "{fault}"
    );
    picked["patient_ids"] = json!([who[2], who[0]]);
    let at = made(&api, &picked).await;
    step(&api, &at, "start").await;
    clinic.it_is("2026-11-23T16:59:00+08:00");
    assert_eq!(plan(&clinic).await, 2);
    for (field, value) in [
        ("per_day", json!(0)),
        ("weekdays", json!([])),
        ("from", json!("25:00")),
        ("until", json!("08:00")),
        ("template", json!("recall")),
        ("rest_days", json!(400)),
    ] {
        let mut wrong = picked.clone();
        wrong[field] = value;
        let (status, fault) = api.post_json("/api/v1/campaigns", &wrong).await;
        assert_eq!((status, &fault["errors"][0]["field"]), (422, &json!(field)), "{fault}");
    }
    // A segment that a campaign is for stays.
    let of = segment(&api).await;
    made(&api, &for_segment(of, 1)).await;
    let manager = clinic.signed_in("manager").await;
    let gone = manager
        .post_form(&format!("/segments/{of}/remove"), &[("version", "1")])
        .await;
    assert_eq!(gone.status(), 409);
    assert!(gone.text().await.unwrap().contains("还在使用这个分组：群发"));
});
