//! What holds for all of the JSON API: versions as `ETag`, errors as problem+json, and why a time is not free.

use chairside::staff::Role;
use diesel::connection::SimpleConnection;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Browser, Clinic, make_patient};

/// An answer with its headers.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }
    /// The first field at which something is wrong.
    pub fn fault(&self) -> &str {
        self.body["errors"][0]["field"].as_str().unwrap_or("")
    }
}

/// A request with headers of its own.
pub async fn call(api: &Browser, method: Method, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
    let mut request = api.client.request(method, format!("{}{path}", api.base));
    if let Some(token) = &api.bearer {
        request = request.bearer_auth(token);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, headers, body }
}
pub async fn read(api: &Browser, path: &str) -> Answer {
    call(api, Method::GET, path, &[], None).await
}
pub async fn run(clinic: &Clinic, sql: String) {
    clinic.sql(move |c| Ok(c.batch_execute(&sql)?)).await;
}
/// A visit, a call task and an appointment of one patient, each with id 1.
async fn one_of_each(clinic: &Clinic) {
    let who = make_patient(clinic, "孙丽", "13900007731").await;
    let sql = "INSERT INTO visits (id, patient_id, day, started_at, provider_name, service_name, complaint, diagnosis, advice, \
               next_visit, status, version, created_at, updated_at) VALUES (1, 1, '2026-11-20', 1, '', '', '', '', '', '', 'draft', 1, 1, 1)";
    run(clinic, sql.to_owned()).await;
    let api = clinic.api(Role::FrontDesk).await;
    let service = clinic.sample.services.iter().find(|s| s.code == "check-up").unwrap().id;
    let body = json!({ "patient_id": who, "service_id": service, "starts_at": "2026-11-25T09:00:00+08:00" });
    let (status, booked) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!((status, &booked["id"]), (201, &json!(1)), "{booked}");
}

/// Something with a version: where it is read, how and with what it is changed (more than once), on which version first.
struct Versioned {
    path: &'static str,
    change: (Method, &'static str),
    bodies: [Value; 3],
}

#[rustfmt::skip]
fn versioned() -> Vec<Versioned> {
    let patch = |path, bodies| Versioned { path, change: (Method::PATCH, path), bodies };
    vec![
        patch("/api/v1/patients/1", ["靠窗", "怕冷", "x"].map(|needs| json!({ "needs": needs }))),
        patch("/api/v1/visits/1", ["牙痛", "牙龈出血", "x"].map(|text| json!({ "complaint": text }))),
        patch("/api/v1/rules/1", [3, 4, 5].map(|priority| json!({ "priority": priority }))),
        patch("/api/v1/occasions/1", ["新年", "元旦节", "x"].map(|name| json!({ "name": name }))),
        patch("/api/v1/recall-types/1", [3, 4, 5].map(|rank| json!({ "rank": rank }))),
        patch("/api/v1/recall-settings", [3, 4, 5].map(|days| json!({ "family_days": days }))),
        Versioned {
            path: "/api/v1/appointments/1",
            change: (Method::POST, "/api/v1/appointments/1/move"),
            bodies: [json!({ "starts_at": "2026-11-25T10:00:00+08:00" }), json!({ "starts_at": "2026-11-25T11:00:00+08:00" }), json!({ "starts_at": "2026-11-25T14:00:00+08:00" })],
        },
    ]
}

both!(a_change_names_the_version_it_was_made_on, |clinic| {
    one_of_each(&clinic).await;
    let (one, two) = (clinic.api(Role::Manager).await, clinic.signed_in("manager").await);
    drop(two);
    for Versioned {
        path,
        change: (method, at),
        bodies,
    } in versioned()
    {
        let first = read(&one, path).await;
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        let version = first.body["version"].as_i64().unwrap();
        assert_eq!(tag, format!("\"{version}\""), "{path}");
        // Known already: nothing is sent.
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
            let same = call(&one, Method::GET, path, &[("If-None-Match", &known)], None).await;
            assert_eq!((same.status, &same.body), (304, &json!("")), "{path} {known}");
            assert_eq!(same.headers["etag"], tag.as_str());
        }
        let other = call(&one, Method::GET, path, &[("If-None-Match", "\"999\"")], None).await;
        assert_eq!((other.status, &other.body), (200, &first.body));
        let change =
            async |headers: &[(&str, &str)], body: &Value| call(&one, method.clone(), at, headers, Some(body)).await;
        let with_version = |body: &Value, version: i64| {
            let mut body = body.clone();
            body["version"] = json!(version);
            body
        };
        // Neither, both but different, unreadable: refused before anything is looked at.
        let neither = change(&[], &bodies[0]).await;
        assert_eq!(
            (neither.status, neither.code()),
            (428, "precondition_required"),
            "{path}"
        );
        let differ = change(&[("If-Match", &tag)], &with_version(&bodies[0], version + 7)).await;
        assert_eq!((differ.status, differ.fault()), (422, "version"), "{path}");
        for wrong in ["*", "3", "W/\"1\"", "\"1\", \"2\"", "\"one\""] {
            let answer = change(&[("If-Match", wrong)], &bodies[0]).await;
            assert_eq!((answer.status, answer.fault()), (422, "If-Match"), "{path} {wrong}");
        }
        // By header, then by body.
        let changed = change(&[("If-Match", &tag)], &bodies[0]).await;
        assert_eq!(changed.status, 200, "{path} {}", changed.body);
        let newer = changed.body["version"].as_i64().unwrap();
        assert!(newer > version, "{path}");
        assert_eq!(changed.headers["etag"], format!("\"{newer}\"").as_str(), "{path}");
        let both = change(
            &[("If-Match", &format!("\"{newer}\""))],
            &with_version(&bodies[1], newer),
        )
        .await;
        assert_eq!(both.status, 200, "{path} {}", both.body);
        // Stale: 412 by header, 409 by body; both say who, when, and what it is by now.
        let by_header = change(&[("If-Match", &tag)], &bodies[2]).await;
        let by_body = change(&[], &with_version(&bodies[2], version)).await;
        assert_eq!(
            (by_header.status, by_body.status),
            (412, 409),
            "{path} {} {}",
            by_header.body,
            by_body.body
        );
        let now = read(&one, path).await;
        for stale in [by_header, by_body] {
            assert_eq!(stale.code(), "stale", "{path}");
            assert_eq!(stale.body["changed_by"], "API manager", "{path} {}", stale.body);
            assert_eq!(
                stale.body["changed_at"], "2026-11-23T02:42:00.000Z",
                "{path} {}",
                stale.body
            );
            assert_eq!(stale.body["current"], now.body, "{path}");
            let detail = stale.body["detail"].as_str().unwrap();
            assert!(
                detail.contains("API manager") && detail.contains("10:42"),
                "{path} {detail}"
            );
        }
    }
});

both!(a_call_that_was_logged_says_by_whom, |clinic| {
    make_patient(&clinic, "孙丽", "13900007731").await;
    let sql = "INSERT INTO call_tasks (id, occurrence, kind, patient_id, script, role, reason, priority, due_at, state, attempts, \
               version, created_at, updated_at) VALUES (1, 'x', 'undelivered', 1, 'general', 'nurse', '{}', 0, 1, 'open', 0, 1, 1, 1)";
    run(&clinic, sql.to_owned()).await;
    let api = clinic.api(Role::Nurse).await;
    let path = "/api/v1/callbacks/1/attempts";
    let call_of = async |headers: &[(&str, &str)]| {
        call(
            &api,
            Method::POST,
            path,
            headers,
            Some(&json!({ "result": "reached", "note": "好" })),
        )
        .await
    };
    assert_eq!(call_of(&[]).await.status, 428);
    assert_eq!(call_of(&[("If-Match", "\"1\"")]).await.status, 201);
    let stale = call_of(&[("If-Match", "\"1\"")]).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"), "{}", stale.body);
    assert_eq!(stale.body["changed_by"], "API nurse");
    assert_eq!(stale.body["changed_at"], "2026-11-23T02:42:00.000Z");
    assert_eq!(stale.body["current"]["state"], "done");
});

both!(an_undo_by_somebody_else_is_told_too, |clinic| {
    one_of_each(&clinic).await;
    let (desk, manager) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Manager).await);
    let path = "/api/v1/appointments/1";
    assert_eq!(
        desk.post_json(&format!("{path}/confirm"), &json!({ "version": 1 }))
            .await
            .0,
        200
    );
    assert_eq!(
        manager
            .post_json(&format!("{path}/undo"), &json!({ "version": 2 }))
            .await
            .0,
        200
    );
    let headers = [("If-Match", "\"2\""), ("Accept-Language", "en")];
    let stale = call(
        &desk,
        Method::POST,
        &format!("{path}/arrive"),
        &headers,
        Some(&json!({})),
    )
    .await;
    assert_eq!(
        (stale.status, stale.body["changed_by"].as_str()),
        (412, Some("API manager"))
    );
    let detail = stale.body["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("A step was taken back by API manager 10:42"),
        "{detail}"
    );
});

both!(errors_are_problems_in_the_callers_language, |clinic| {
    let desk = clinic.api(Role::FrontDesk).await;
    let (doctor, nobody) = (clinic.api(Role::Doctor).await, clinic.visitor());
    let long = json!({ "name": "x".repeat(70_000) });
    for (api, method, path, body, status, code) in [
        (&desk, Method::GET, "/api/v1/patients/999", None, 404, "not_found"),
        (&desk, Method::GET, "/api/v1/nothing", None, 404, "not_found"),
        (&desk, Method::GET, "/api/v1/patients?limit=0", None, 422, "invalid"),
        (&desk, Method::POST, "/api/v1/patients", Some(json!({})), 422, "invalid"),
        (&desk, Method::POST, "/api/v1/patients", Some(long), 413, "too_large"),
        (
            &desk,
            Method::DELETE,
            "/api/v1/patients",
            None,
            405,
            "method_not_allowed",
        ),
        (&nobody, Method::GET, "/api/v1/patients", None, 401, "unauthorized"),
        (
            &doctor,
            Method::POST,
            "/api/v1/patients",
            Some(json!({})),
            403,
            "forbidden",
        ),
        (
            &desk,
            Method::POST,
            "/api/v1/appointments/999/confirm",
            Some(json!({})),
            428,
            "precondition_required",
        ),
    ] {
        let mut texts = Vec::new();
        for language in ["zh-CN", "en-GB,en;q=0.9"] {
            let answer = call(
                api,
                method.clone(),
                path,
                &[("Accept-Language", language)],
                body.as_ref(),
            )
            .await;
            assert_eq!(
                (answer.status, answer.code()),
                (status, code),
                "{method} {path}: {}",
                answer.body
            );
            assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
            let member = |name: &str| answer.body[name].as_str().unwrap_or_default().to_owned();
            assert_eq!(member("type"), format!("urn:chairside:error:{code}"));
            assert_eq!(answer.body["status"], status);
            let id = answer.headers["x-request-id"].to_str().unwrap();
            assert_eq!(
                (member("instance"), member("request_id")),
                (format!("urn:uuid:{id}"), id.to_owned())
            );
            texts.push([member("title"), member("detail")]);
        }
        for (zh, en) in texts[0].iter().zip(&texts[1]) {
            assert!(
                !zh.is_ascii() && en.is_ascii() && !en.is_empty(),
                "{path}: {zh:?} {en:?}"
            );
        }
    }
});

both!(a_time_that_is_not_free_says_why, |clinic| {
    one_of_each(&clinic).await;
    let api = clinic.api(Role::FrontDesk).await;
    let id = |code: &str| clinic.sample.services.iter().find(|s| s.code == code).unwrap().id;
    let (check_up, first) = (id("check-up"), clinic.sample.providers[0].id);
    let ask = async |more: String| {
        let headers = [("Accept-Language", "en")];
        let path = format!("/api/v1/slots/why?service_id={check_up}&{more}");
        call(&api, Method::GET, &path, &headers, None).await
    };
    let at = |time: &str| format!("starts_at={}", time.replace('+', "%2B"));
    let free = ask(at("2026-11-25T09:00:00+08:00")).await;
    assert_eq!(
        (free.status, &free.body["free"], &free.body["reason"]),
        (200, &json!(true), &Value::Null)
    );
    let of_each = free.body["providers"].as_array().unwrap();
    assert_eq!(of_each.len(), 4);
    assert_eq!(of_each.iter().filter(|p| p["free"] == true).count(), 3, "{}", free.body);
    let taken = ask(format!("provider_id={first}&{}", at("2026-11-25T08:45:00+08:00"))).await;
    assert_eq!(
        (&taken.body["free"], &taken.body["reason"]),
        (&json!(false), &json!("provider_taken"))
    );
    let span = json!({ "from": "2026-11-25T09:00:00+08:00", "until": "2026-11-25T09:30:00+08:00" });
    assert_eq!(taken.body["blocking"], span);
    assert_eq!(taken.body["text"], "This time is taken (09:00–09:30)");
    let longer = format!("minutes=15&provider_id={first}&{}", at("2026-11-25T08:45:00+08:00"));
    assert_eq!(ask(longer).await.body["free"], true, "a shorter one fits");
    let elsewhere = ask(format!("patient_id=1&{}", at("2026-11-25T09:15:00+08:00"))).await;
    assert_eq!(
        (&elsewhere.body["reason"], &elsewhere.body["blocking"]),
        (&json!("patient_elsewhere"), &span)
    );
    let past = ask(at("2026-11-23T10:00:00+08:00")).await;
    assert_eq!(
        (&past.body["reason"], &past.body["blocking"]),
        (&json!("too_early"), &Value::Null)
    );
    assert_eq!(
        ask(at("2026-11-25T23:00:00+08:00")).await.body["reason"],
        "outside_hours"
    );
    // What it says is what booking says.
    let body = json!({ "patient_id": 1, "service_id": check_up, "starts_at": "2026-11-25T09:15:00+08:00" });
    let (status, refused) = api.post_json("/api/v1/appointments?lang=en", &body).await;
    assert_eq!((status, &refused["detail"]), (409, &elsewhere.body["text"]));
    for (more, field) in [
        (at("tomorrow"), "starts_at"),
        (format!("minutes=0&{}", at("2026-11-25T09:00:00+08:00")), "minutes"),
        (
            format!("provider_id=999&{}", at("2026-11-25T09:00:00+08:00")),
            "provider_id",
        ),
        (String::new(), "starts_at"),
    ] {
        let answer = ask(more).await;
        assert_eq!((answer.status, answer.fault()), (422, field), "{}", answer.body);
    }
});
