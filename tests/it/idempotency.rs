//! `Idempotency-Key`: a write over the API that is sent again is done once, whatever happens in between.

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

both!(every_write_of_the_api_is_done_once, |clinic| {
    let manager = clinic.api(Role::Manager).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let visit = "INSERT INTO visits (id, patient_id, day, started_at, provider_name, service_name, complaint, diagnosis, advice, \
                 next_visit, status, version, created_at, updated_at) VALUES (1, 1, '2026-11-20', 1, '', '', '', '', '', '', 'draft', 1, 1, 1)";
    run(&clinic, (visit, visit)).await;
    let task = "INSERT INTO call_tasks (id, occurrence, kind, patient_id, script, role, reason, priority, due_at, state, attempts, \
                version, created_at, updated_at) VALUES (1, 'x', 'undelivered', 1, 'general', 'nurse', '{}', 0, 1, 'open', 0, 1, 1, 1)";
    run(&clinic, (task, task)).await;
    // The first ended with nobody saying how, the second was missed.
    let past = "INSERT INTO appointments (site_id, patient_id, provider_id, chair_id, service_id, starts_at, ends_at, busy_from, \
                busy_until, status, note, source, version, created_at, updated_at) SELECT s.id, 1, p.id, p.chair_id, 1, \
                t, t + 600000, t, t + 600000, CASE n WHEN 1 THEN 'booked' ELSE 'no-show' END, '', 'desk', 1, 1, 1 \
                FROM sites s, providers p, (SELECT 1 AS n, 1795395600000 AS t UNION SELECT 2, 1795392000000) AS v WHERE p.id = 1 ORDER BY n";
    run(&clinic, (past, past)).await;
    // By operation of the document, in this order: the path asked for and the body.
    let booked = booking(&clinic, who, "09:00");
    let mut calls: Vec<(&str, &str, String, Value)> = vec![
        (
            "post",
            "/api/v1/patients",
            "/api/v1/patients".into(),
            json!({ "name": "钱一", "phone": "13800000001" }),
        ),
        (
            "patch",
            "/api/v1/patients/{id}",
            format!("/api/v1/patients/{who}"),
            json!({ "version": 1, "needs": "靠窗" }),
        ),
        ("post", BOOK, BOOK.into(), booked),
        (
            "post",
            "/api/v1/appointments/{id}/{action}",
            format!("{BOOK}/3/confirm"),
            json!({ "version": 1 }),
        ),
        (
            "post",
            "/api/v1/appointments/{id}/undo",
            format!("{BOOK}/3/undo"),
            json!({ "version": 2 }),
        ),
        (
            "post",
            "/api/v1/appointments/batch",
            format!("{BOOK}/batch"),
            json!({ "kind": "course", "appointments": [booking(&clinic, who, "14:00"), booking(&clinic, who, "15:00")] }),
        ),
        (
            "post",
            "/api/v1/holds",
            "/api/v1/holds".into(),
            json!({ "service_id": 1, "starts_at": booking(&clinic, who, "16:00")["starts_at"] }),
        ),
        (
            "post",
            "/api/v1/walk-ins",
            "/api/v1/walk-ins".into(),
            json!({ "patient_id": who, "service_id": 1, "urgency": "soon" }),
        ),
        (
            "post",
            "/api/v1/walk-ins/{id}/leave",
            "/api/v1/walk-ins/1/leave".into(),
            json!({ "version": 1, "reason": "等不及" }),
        ),
        (
            "post",
            "/api/v1/waiting-list",
            "/api/v1/waiting-list".into(),
            json!({ "patient_id": who, "service_id": 1 }),
        ),
        (
            "patch",
            "/api/v1/waiting-list/{id}",
            "/api/v1/waiting-list/1".into(),
            json!({ "version": 1, "withdraw": true }),
        ),
        (
            "post",
            "/api/v1/day-end/{id}",
            "/api/v1/day-end/1".into(),
            json!({ "version": 1, "end": "no-show" }),
        ),
        (
            "post",
            "/api/v1/unscheduled/{id}/aside",
            "/api/v1/unscheduled/2/aside".into(),
            json!({ "version": 1, "reason": "搬家" }),
        ),
        (
            "post",
            "/api/v1/leave-plans",
            "/api/v1/leave-plans".into(),
            json!({ "provider_id": 1, "from": "2026-12-10T08:00:00+08:00", "until": "2026-12-10T18:00:00+08:00", "visits": [] }),
        ),
        (
            "post",
            "/api/v1/leave-plans/{id}/undo",
            "/api/v1/leave-plans/1/undo".into(),
            json!({ "version": 1 }),
        ),
        (
            "patch",
            "/api/v1/visits/{id}",
            "/api/v1/visits/1".into(),
            json!({ "version": 1, "complaint": "牙痛" }),
        ),
        (
            "patch",
            "/api/v1/patients/{id}/plan",
            format!("/api/v1/patients/{who}/plan"),
            json!({ "version": 0, "items": [{ "service_id": 1, "teeth": "36" }] }),
        ),
        (
            "post",
            "/api/v1/callbacks/{id}/attempts",
            "/api/v1/callbacks/1/attempts".into(),
            json!({ "version": 1, "result": "reached", "note": "好" }),
        ),
        (
            "patch",
            "/api/v1/rules/{id}",
            "/api/v1/rules/1".into(),
            json!({ "version": 1, "priority": 3 }),
        ),
        (
            "post",
            "/api/v1/missed-calls",
            "/api/v1/missed-calls".into(),
            json!({ "number": "13900007731" }),
        ),
        (
            "post",
            "/api/v1/inbox/{id}/answers",
            "/api/v1/inbox/1/answers".into(),
            json!({ "version": 2, "text": "好的" }),
        ),
        (
            "post",
            "/api/v1/inbox/{id}/steps",
            "/api/v1/inbox/1/steps".into(),
            json!({ "version": 3, "step": "reopen" }),
        ),
        (
            "post",
            "/api/v1/segments",
            "/api/v1/segments".into(),
            json!({ "name": "人", "name_en": "All", "definition": { "groups": [{ "conditions": [
                { "not": true, "is": { "field": "vip" } } ] }] } }),
        ),
        (
            "patch",
            "/api/v1/segments/{id}",
            "/api/v1/segments/1".into(),
            json!({ "version": 1, "name": "全体" }),
        ),
        (
            "post",
            "/api/v1/segment-marks",
            "/api/v1/segment-marks".into(),
            json!({ "segment_id": 1, "patient_id": who, "mark": "called" }),
        ),
        (
            "post",
            "/api/v1/campaigns",
            "/api/v1/campaigns".into(),
            json!({ "name": "人", "name_en": "All", "segment_id": 1, "template": "campaign-check-up", "per_day": 1,
                "weekdays": [1], "from": "09:00", "until": "17:00", "first_day": "2026-11-23" }),
        ),
        (
            "post",
            "/api/v1/campaigns/{id}/steps",
            "/api/v1/campaigns/1/steps".into(),
            json!({ "version": 1, "step": "start" }),
        ),
    ];
    calls.extend(crate::outreach::api::writes(&clinic).await);
    for (n, (method, _, path, body)) in calls.iter().enumerate() {
        let (key, method) = (
            format!("write-{n}"),
            Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(),
        );
        let key = [("Idempotency-Key", key.as_str())];
        let first = call(&manager, method.clone(), path, &key, Some(body)).await;
        assert!(
            matches!(first.status, 200 | 201),
            "{method} {path}: {} {}",
            first.status,
            first.body
        );
        let audited = "SELECT count(*) AS n FROM audit_log";
        let before = clinic.count(audited).await;
        let again = call(&manager, method.clone(), path, &key, Some(body)).await;
        assert_eq!(
            (again.status, replayed(&again)),
            (first.status, true),
            "{method} {path}: {}",
            again.body
        );
        assert_eq!(again.body, first.body, "{method} {path}");
        assert_eq!(clinic.count(audited).await, before, "{method} {path} was done twice");
    }
    let document = serde_json::to_value(chairside::app::openapi::document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["post", "patch", "put"].into_iter().filter(|m| item[m].is_object()) {
            // Placing a walk-in needs one who waits: reception::walk_ins tries it.
            if chairside::app::openapi::READS_BY_POST.contains(&path.as_str()) || path.ends_with("/place") {
                continue;
            }
            assert!(
                calls.iter().any(|c| c.0 == method && c.1 == path),
                "{method} {path} is not tried here"
            );
        }
    }
});
