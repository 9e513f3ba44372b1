//! The review at the end of a day: every way a visit can have ended, without times that nobody saw, and taken back at once.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, booking, step};
use crate::both;
use crate::support::make_patient;

both!(the_review_claims_no_times_and_is_taken_back_as_one, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let mut visits = Vec::new();
    for (i, at) in ["10:45", "11:15", "14:00", "14:30", "15:00"].iter().enumerate() {
        let who = make_patient(&clinic, &format!("陈{i}"), &format!("1390001000{i}")).await;
        let at = format!("2026-11-23T{at}:00+08:00");
        visits.push(booked(&api, &booking(&clinic, who, "check-up", 1, &at)).await);
    }
    let (_, here) = step(&api, &visits[1], "arrive", json!({})).await;
    assert_eq!(here["status"], "arrived");
    // Near the end of the day, today's board leads to what is left over; not before.
    clinic.it_is("2026-11-23T16:00:00+08:00");
    let desk = clinic.signed_in("desk").await;
    assert!(!desk.page("/day").await.contains("/day-end"));
    clinic.it_is("2026-11-23T17:40:00+08:00");
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    let board = desk.page("/day").await;
    assert!(
        board.contains("/day-end?day=2026-11-23") && board.contains("今天有 5 个"),
        "{board}"
    );
    let now = |a: &Value| {
        let (api, path) = (&api, format!("/api/v1/appointments/{}", a["id"]));
        async move { api.get_json(&path).await.1 }
    };
    let ends = ["finish", "left-unseen", "cancelled", "no-show", "finish"];
    let said: Vec<String> = visits
        .iter()
        .zip(ends)
        .map(|(a, end)| format!("{}:{}:{end}", a["id"], if a["id"] == here["id"] { 2 } else { 1 }))
        .collect();
    let mut fields = vec![("day", "2026-11-23")];
    fields.extend(said.iter().map(|s| ("end", s.as_str())));
    let answer = desk.post_form("/day-end", &fields).await;
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(to.starts_with("/day-end?day=2026-11-23&done=5&failed=0&did="), "{to}");
    for (a, state) in visits.iter().zip(["done", "cancelled", "cancelled", "no-show", "done"]) {
        assert_eq!(now(a).await["status"], state);
    }
    let done = now(&visits[0]).await;
    for stamp in ["arrived_at", "seated_at", "finished_at"] {
        assert_eq!(done[stamp], Value::Null, "{stamp}: nobody saw it");
    }
    assert_eq!(now(&visits[1]).await["cancel_reason"], "到诊后未就诊离开");
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM visits").await,
        2,
        "with their records"
    );
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM messages").await,
        0,
        "nobody is told"
    );
    let (_, report) = clinic
        .api(Role::Manager)
        .await
        .get_json("/api/v1/reports/waiting")
        .await;
    assert!(
        !report.to_string().contains("\"n\":1") && !report.to_string().contains("\"n\":2"),
        "{report}"
    );
    // All of it was one click.
    let page = desk.page(&to).await;
    let form = page.split("/undo\"").nth(1).unwrap_or_else(|| panic!("{page}"));
    let version = form
        .split("name=\"version\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let id = to.split("did=").nth(1).unwrap();
    let back = [("version", version), ("back", "/day-end?day=2026-11-23")];
    let answer = desk.post_form(&format!("/appointments/{id}/undo"), &back).await;
    assert_eq!(answer.headers()["location"], "/day-end?day=2026-11-23");
    for (a, state) in visits.iter().zip(["booked", "arrived", "booked", "booked", "booked"]) {
        assert_eq!(now(a).await["status"], state);
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM visits").await, 0);
});

both!(the_review_s_endings_fit_what_is_known, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let a = booked(&api, &booking(&clinic, who, "check-up", 1, "2026-11-23T11:00:00+08:00")).await;
    let (_, a) = step(&api, &a, "arrive", json!({})).await;
    let (_, a) = step(&api, &a, "seat", json!({})).await;
    clinic.it_is("2026-11-23T18:00:00+08:00");
    let api = clinic.api(Role::FrontDesk).await;
    let settle = async |end: &str| {
        let body = json!({ "version": a["version"], "end": end });
        api.post_json(&format!("/api/v1/day-end/{}", a["id"]), &body).await
    };
    for end in ["no-show", "cancelled", "left-unseen"] {
        assert_eq!(
            settle(end).await.1["code"],
            "wrong_state",
            "{end}: they were in the chair"
        );
    }
    let (status, done) = settle("finish").await;
    assert_eq!((status, &done["status"]), (200, &json!("done")), "{done}");
    assert_eq!(
        (&done["seated_at"], &done["finished_at"]),
        (&a["seated_at"], &Value::Null)
    );
    let (_, report) = clinic
        .api(Role::Manager)
        .await
        .get_json("/api/v1/reports/waiting")
        .await;
    assert!(!report.to_string().contains("\"n\":1"), "{report}");
});
