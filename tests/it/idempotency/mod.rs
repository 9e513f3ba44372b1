//! `Idempotency-Key`: a write over the API that is sent again is done once, whatever happens in between.

mod desk;
mod each;

use std::collections::BTreeSet;

use chairside::patients::PatientId;
use chairside::platform::db::Conn;
use chairside::staff::Role;
use diesel::connection::SimpleConnection;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_contract::{Answer, call};
use crate::both;
use crate::support::{Browser, Clinic, all, make_patient};

const BOOK: &str = "/api/v1/appointments";

/// A booking of a check-up at `at` on Wednesday with the first provider.
fn booking(clinic: &Clinic, patient: PatientId, at: &str) -> Value {
    let service = clinic.sample.services.iter().find(|s| s.code == "check-up").unwrap().id;
    let starts_at = format!("2026-11-25T{at}:00+08:00");
    json!({ "patient_id": patient, "service_id": service, "provider_id": clinic.sample.providers[0].id, "starts_at": starts_at })
}
async fn keyed(api: &Browser, key: &str, path: &str, body: &Value) -> Answer {
    call(api, Method::POST, path, &[("Idempotency-Key", key)], Some(body)).await
}
fn replayed(answer: &Answer) -> bool {
    answer.headers.contains_key("idempotent-replayed")
}
async fn appointments(clinic: &Clinic) -> i64 {
    clinic.count("SELECT count(*) AS n FROM appointments").await
}
/// Runs statements; `(SQLite's, PostgreSQL's)`.
async fn run(clinic: &Clinic, (sqlite, postgres): (&'static str, &'static str)) {
    clinic
        .sql(move |c| {
            let sql = if matches!(c, Conn::Pg(_)) { postgres } else { sqlite };
            Ok(c.batch_execute(sql)?)
        })
        .await;
}

both!(the_same_request_is_answered_as_the_first_time, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let body = booking(&clinic, who, "09:00");
    let first = keyed(&api, "k-1", BOOK, &body).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert!(!replayed(&first));
    // Other visits come and go; the answer stays what it was.
    let id = first.body["id"].as_i64().unwrap();
    let cancel = json!({ "version": 1, "reason": "出差" });
    assert_eq!(api.post_json(&format!("{BOOK}/{id}/cancel"), &cancel).await.0, 200);
    let again = keyed(&api, "k-1", BOOK, &body).await;
    assert_eq!((again.status, replayed(&again)), (201, true));
    assert_eq!(again.body, first.body);
    for header in ["location", "etag", "content-type"] {
        assert_eq!(again.headers.get(header), first.headers.get(header), "{header}");
    }
    assert_eq!(again.headers["location"], format!("{BOOK}/{id}").as_str());
    assert_eq!(appointments(&clinic).await, 1);
    // Another request with the key is refused, be it another body, another path or another version.
    let other = keyed(&api, "k-1", BOOK, &booking(&clinic, who, "10:00")).await;
    assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"));
    let elsewhere = keyed(&api, "k-1", &format!("{BOOK}/{id}/confirm"), &body).await;
    assert_eq!((elsewhere.status, elsewhere.code()), (422, "idempotency_key_reused"));
    // Another account's keys are its own.
    let manager = clinic.api(Role::Manager).await;
    let theirs = keyed(&manager, "k-1", BOOK, &booking(&clinic, who, "11:00")).await;
    assert_eq!((theirs.status, replayed(&theirs)), (201, false));
    // A day later the key is free, and clean-up forgets it.
    clinic.minutes_pass(24 * 60);
    let later = keyed(&api, "k-1", BOOK, &booking(&clinic, who, "15:00")).await;
    assert_eq!((later.status, replayed(&later)), (201, false), "{}", later.body);
    clinic.minutes_pass(24 * 60);
    let now = clinic.now();
    let gone = clinic
        .sql(move |c| chairside::platform::web::forget_old_keys(c, now))
        .await;
    assert_eq!(gone, 2);
});

both!(a_key_is_1_to_255_visible_characters, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let body = booking(&clinic, who, "09:00");
    for wrong in ["", "a b", &"x".repeat(256)] {
        let answer = keyed(&api, wrong, BOOK, &body).await;
        assert_eq!((answer.status, answer.fault()), (422, "Idempotency-Key"), "{wrong:?}");
    }
    let longest = "x".repeat(255);
    assert_eq!(keyed(&api, &longest, BOOK, &body).await.status, 201);
    // On a page's form and on reading the header means nothing.
    let read = call(&api, Method::GET, BOOK, &[("Idempotency-Key", "a b")], None).await;
    assert_eq!(read.status, 200);
});

both!(a_refusal_is_kept_and_a_failure_is_not, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (one, two) = (
        make_patient(&clinic, "甲", "13900000001").await,
        make_patient(&clinic, "乙", "13900000002").await,
    );
    let first = keyed(&api, "first", BOOK, &booking(&clinic, one, "09:00")).await;
    let body = booking(&clinic, two, "09:00");
    let taken = keyed(&api, "second", BOOK, &body).await;
    assert_eq!((taken.status, taken.code()), (409, "slot_taken"));
    let cancel = json!({ "version": 1, "reason": "出差" });
    let path = format!("{BOOK}/{}/cancel", first.body["id"]);
    assert_eq!(api.post_json(&path, &cancel).await.0, 200);
    let again = keyed(&api, "second", BOOK, &body).await;
    assert_eq!(
        (again.status, again.code(), replayed(&again)),
        (409, "slot_taken", true)
    );
    assert_eq!(again.body, taken.body, "with the times that were offered");
    assert_eq!(again.headers["content-type"], "application/problem+json");
    // Whatever breaks is rolled back and may be tried again with the same key.
    run(
        &clinic,
        (
            "CREATE TRIGGER broken AFTER INSERT ON appointments BEGIN SELECT RAISE(ABORT, 'disk on fire'); END",
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk on fire'; END $$; \
             CREATE TRIGGER broken AFTER INSERT ON appointments FOR EACH ROW EXECUTE FUNCTION broken()",
        ),
    )
    .await;
    assert_eq!(keyed(&api, "third", BOOK, &body).await.status, 500);
    run(&clinic, ("DROP TRIGGER broken", "DROP TRIGGER broken ON appointments")).await;
    let third = keyed(&api, "third", BOOK, &body).await;
    assert_eq!((third.status, replayed(&third)), (201, false), "{}", third.body);
});

both!(many_at_once_with_one_key_over_instances_book_once, |clinic| {
    let other = clinic.another_instance().await;
    let here = clinic.api(Role::FrontDesk).await;
    let there = Browser {
        bearer: here.bearer.clone(),
        ..other.visitor()
    };
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let body = booking(&clinic, who, "09:00");
    let (here, there, body) = (&here, &there, &body);
    let tries = (0..100).map(|i| keyed(if i % 2 == 0 { here } else { there }, "one", BOOK, body));
    let answers = all(tries).await;
    let mut ids = BTreeSet::new();
    for answer in &answers {
        match answer.status {
            201 => drop(ids.insert(answer.body["id"].to_string())),
            409 => {
                assert_eq!(answer.code(), "in_progress");
                assert!(answer.headers.contains_key("retry-after"));
            }
            _ => panic!("{} {}", answer.status, answer.body),
        }
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(answers.iter().filter(|a| a.status == 201 && !replayed(a)).count(), 1);
    let after = keyed(there, "one", BOOK, body).await;
    assert_eq!((after.status, replayed(&after)), (201, true));
    assert_eq!(appointments(&clinic).await, 1);
});

both!(a_run_that_broke_off_is_taken_over_when_its_lease_is_over, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let body = booking(&clinic, who, "09:00");
    assert_eq!(keyed(&api, "k", BOOK, &body).await.status, 201);
    // As a crash leaves it before the booking's commit: the key is claimed, and nothing is done.
    let undo = "DELETE FROM appointment_events; DELETE FROM provider_times; DELETE FROM appointments; \
                UPDATE idempotency_keys SET status = NULL, body = NULL, location = NULL, etag = NULL";
    run(&clinic, (undo, undo)).await;
    let waiting = keyed(&api, "k", BOOK, &body).await;
    assert_eq!((waiting.status, waiting.code()), (409, "in_progress"));
    assert_eq!(waiting.headers["retry-after"], "1");
    clinic.minutes_pass(1);
    let done = keyed(&api, "k", BOOK, &body).await;
    assert_eq!((done.status, replayed(&done)), (201, false));
    assert!(replayed(&keyed(&api, "k", BOOK, &body).await));
});

both!(a_run_that_lost_its_key_meanwhile_changes_nothing, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    // Another run takes the key over while this one is about to commit.
    run(
        &clinic,
        (
            "CREATE TRIGGER over AFTER INSERT ON appointments BEGIN UPDATE idempotency_keys SET claim = 'other'; END",
            "CREATE FUNCTION over_() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN UPDATE idempotency_keys SET claim = 'other'; RETURN NULL; END $$; \
             CREATE TRIGGER over_ AFTER INSERT ON appointments FOR EACH ROW EXECUTE FUNCTION over_()",
        ),
    )
    .await;
    let lost = keyed(&api, "k", BOOK, &booking(&clinic, who, "09:00")).await;
    assert_eq!((lost.status, lost.code()), (409, "in_progress"), "{}", lost.body);
    assert_eq!(appointments(&clinic).await, 0);
    let undone = "SELECT count(*) AS n FROM appointment_events";
    assert_eq!(clinic.count(undone).await, 0);
});
