//! Health, errors, headers, migrations, jobs over instances.

use crate::both;
use crate::support::{Clinic, Engine};

both!(health_metrics_and_headers, |clinic| {
    let browser = clinic.visitor();
    assert_eq!(browser.page("/health/live").await, "live\n");
    assert_eq!(browser.page("/health/ready").await, "ready\n");
    clinic.app.scheduler().unwrap().run_due().await.unwrap();
    let metrics = browser.page("/metrics").await;
    assert!(
        metrics.contains("chairside_job_runs_total{job=\"dispatch\""),
        "{metrics}"
    );
    for name in [
        "chairside_http_request_seconds_bucket{route=\"/health/live\"",
        "chairside_messages_oldest_waiting_seconds",
    ] {
        assert!(metrics.contains(name), "{name}: {metrics}");
    }
    // A second service in the process counts in the same place.
    let other = clinic.another_instance().await;
    assert!(
        other
            .visitor()
            .page("/metrics")
            .await
            .contains("chairside_job_runs_total")
    );
    let answer = browser.get("/sign-in").await;
    for header in [
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
        "x-request-id",
        "cache-control",
    ] {
        assert!(answer.headers().contains_key(header), "{header}");
    }
});

both!(what_is_not_there_is_told_as_page_or_json, |clinic| {
    let browser = clinic.visitor();
    let page = browser.get("/nothing?lang=en").await;
    assert_eq!(page.status(), 404);
    assert!(page.text().await.unwrap().contains("There is nothing here"));
    let api = browser.get("/api/v1/nothing").await;
    assert_eq!(api.status(), 404);
    assert_eq!(api.headers()["content-type"], "application/problem+json");
    let wrong = clinic.api(chairside::staff::Role::FrontDesk).await;
    let answer = wrong.post_json("/api/v1/slots", &serde_json::json!({})).await;
    assert_eq!(
        (answer.0, answer.1["code"].as_str()),
        (405, Some("method_not_allowed")),
        "{}",
        answer.1
    );
});

both!(forms_are_taken_from_our_own_pages_only, |clinic| {
    // As a browser sends them over plain HTTP to a name that is not localhost: no Sec-Fetch-Site.
    let plain = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let post = |origin: &str, more: Option<(&'static str, &'static str)>| {
        let mut request = plain
            .post(format!("{}/sign-in", clinic.base))
            .header("Origin", origin)
            .form(&[("login", "desk"), ("password", "chairside-demo")]);
        if let Some((name, value)) = more {
            request = request.header(name, value);
        }
        request.send()
    };
    let own = clinic.base.clone();
    assert_eq!(post(&own, None).await.unwrap().status(), 303);
    assert_eq!(post(&own, Some(("Cookie", "lang=en"))).await.unwrap().status(), 303);
    for foreign in ["null", "https://evil.example"] {
        let answer = post(foreign, None).await.unwrap();
        assert_eq!(answer.status(), 403, "{foreign}");
        assert!(answer.text().await.unwrap().contains("不是从本系统的页面发出"));
    }
    let page = plain.get(format!("{}/sign-in", clinic.base)).send().await.unwrap();
    assert_eq!(
        page.headers()["referrer-policy"],
        "same-origin",
        "or forms have no Origin"
    );
    // A program with a token may carry cookies and has no Origin.
    let api = clinic.api(chairside::staff::Role::FrontDesk).await;
    let answer = plain
        .post(format!("{}/api/v1/appointments", clinic.base))
        .bearer_auth(api.bearer.as_ref().unwrap())
        .header("Cookie", "lang=en; other=1")
        .json(&serde_json::json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 422);
});

both!(bodies_that_cannot_be_kept_are_told_and_never_break, |clinic| {
    use crate::support::make_patient;
    let (desk, api) = (
        clinic.signed_in("desk").await,
        clinic.api(chairside::staff::Role::FrontDesk).await,
    );
    let id = make_patient(&clinic, "刘芳", "13900000003").await;
    // PostgreSQL keeps no NUL: forms leave it out, the API says so.
    assert_eq!(desk.get("/patients?q=a%00b").await.status(), 200);
    assert_eq!(desk.get("/day?q=%00&book=find").await.status(), 200);
    let visitor = clinic.visitor();
    let answer = visitor
        .post_form("/sign-in", &[("login", "a\0b"), ("password", "x")])
        .await;
    assert_eq!(answer.status(), 422);
    let nul = serde_json::json!({ "patient_id": id, "note": "a\u{0}b" });
    let (status, answer) = api.post_json("/api/v1/appointments", &nul).await;
    assert_eq!(
        (status, answer["code"].as_str()),
        (400, Some("bad_request")),
        "{answer}"
    );
    assert_eq!(api.get_json("/api/v1/patients?q=%00").await.0, 400);
    // A long form is a form; an endless one is not.
    let long = "病".repeat(3_900);
    let fields = [("name", "长文"), ("phone", "13712340000"), ("history", long.as_str())];
    assert_eq!(desk.post_form("/patients", &fields).await.status(), 303);
    let endless = "x".repeat(600_000);
    assert_eq!(desk.post_form("/patients", &[("name", &endless)]).await.status(), 413);
    let (status, answer) = api
        .post_json("/api/v1/patients", &serde_json::json!({ "note": endless }))
        .await;
    assert_eq!((status, answer["code"].as_str()), (413, Some("too_large")), "{answer}");
    // Not an object, and a value of another type, at the field.
    let (status, answer) = api.post_json("/api/v1/patients", &serde_json::json!(["数组"])).await;
    assert_eq!(
        (status, answer["errors"][0]["field"].as_str()),
        (422, Some("body")),
        "{answer}"
    );
    let (status, answer) = api
        .post_json("/api/v1/patients", &serde_json::json!({ "name": "x", "sex": 1 }))
        .await;
    assert_eq!(
        (status, answer["errors"][0]["field"].as_str()),
        (422, Some("sex")),
        "{answer}"
    );
});

both!(a_newer_programs_database_is_left_alone, |clinic| {
    clinic
        .sql(|c| {
            let sql = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";
            Ok(diesel::connection::SimpleConnection::batch_execute(c, sql)?)
        })
        .await;
    let answer = clinic.visitor().get("/health/ready").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().contains("newer version"));
    let opened = chairside::app::App::open(clinic.app.config.clone(), clinic.app.clock.clone());
    let told = opened.err().expect("refused");
    assert!(told.contains("newer version") && told.contains("9999"), "{told}");
});

#[test]
fn the_api_document_tells_how_a_call_is_refused() {
    let document = serde_json::to_value(chairside::app::openapi::document()).unwrap();
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, o)| o["responses"].is_object())
        {
            operations += 1;
            let given = operation["requestBody"].is_object() || operation["parameters"].is_array();
            let mut statuses = vec!["401", "403"];
            if given {
                statuses.extend(["400", "422"]);
            }
            for status in statuses {
                let told = operation["responses"][status]["description"].is_string();
                assert!(told, "{method} {path}: {status}");
            }
        }
    }
    assert!(operations > 20, "{operations}");
}

both!(head_is_answered_as_get_without_a_body, |clinic| {
    let (visitor, desk) = (clinic.visitor(), clinic.signed_in("desk").await);
    let api = clinic.api(chairside::staff::Role::FrontDesk).await;
    for (browser, path) in [
        (&visitor, "/health/live"),
        (&visitor, "/health/ready"),
        (&visitor, "/sign-in"),
        (&visitor, "/api/v1/openapi.json"),
        (&visitor, "/v/nothing"),
        (&visitor, "/patients"),
        (&desk, "/patients"),
        (&desk, "/messages"),
        (&desk, "/sign-out"),
        (&api, "/api/v1/site"),
    ] {
        let got = browser.get(path).await.status();
        let mut request = browser.client.head(format!("{}{path}", browser.base));
        if let Some(token) = &browser.bearer {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), got, "{path}");
        assert_eq!(answer.text().await.unwrap(), "", "{path}");
    }
});

#[test]
fn metrics_are_for_the_addresses_listed() {
    actix_web::rt::System::new().block_on(async {
        let here: std::net::IpAddr = "127.0.0.1".parse().unwrap();
        let scraper: std::net::IpAddr = "10.0.0.7".parse().unwrap();
        let nobody = Clinic::start(Engine::Sqlite, |c| c.server.metrics_from.clear()).await;
        assert_eq!(nobody.visitor().get("/metrics").await.status(), 404);
        let behind_a_proxy = Clinic::start(Engine::Sqlite, |c| {
            c.server.trusted_proxies = vec![here];
            c.server.metrics_from = vec![scraper];
        })
        .await;
        let visitor = behind_a_proxy.visitor();
        for (from, status) in [("10.0.0.7", 200), ("203.0.113.9", 404), ("10.0.0.7, 203.0.113.9", 404)] {
            let request = visitor.client.get(format!("{}/metrics", visitor.base));
            let answer = request.header("X-Forwarded-For", from).send().await.unwrap();
            assert_eq!(answer.status(), status, "{from}");
        }
        let open = Clinic::start(Engine::Sqlite, |_| {}).await;
        let claimed = open.visitor().client.get(format!("{}/metrics", open.base));
        let answer = claimed.header("X-Forwarded-For", "203.0.113.9").send().await.unwrap();
        assert_eq!(
            answer.status(),
            200,
            "nobody else's word for where a request comes from"
        );
    });
}

#[test]
fn the_api_document_names_values_as_they_are_sent() {
    fn texts<'a>(value: &'a serde_json::Value, found: &mut Vec<&'a str>) {
        match value {
            serde_json::Value::Object(map) => {
                if let Some(serde_json::Value::Array(list)) = map.get("enum") {
                    found.extend(list.iter().filter_map(serde_json::Value::as_str));
                }
                map.values().for_each(|inner| texts(inner, found));
            }
            serde_json::Value::Array(list) => list.iter().for_each(|inner| texts(inner, found)),
            _ => {}
        }
    }
    let document = serde_json::to_value(chairside::app::openapi::document()).unwrap();
    let mut found = Vec::new();
    texts(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    let odd: Vec<_> = found
        .iter()
        .filter(|text| text.chars().any(char::is_uppercase))
        .collect();
    assert!(odd.is_empty(), "{odd:?}");
    let values = |name: &str| document["components"]["schemas"][name]["enum"].clone();
    let stored = |list: Vec<&'static str>| serde_json::json!(list);
    use chairside::{appointments::Status, platform::i18n::Lang};
    assert_eq!(
        values("Status"),
        stored(Status::ALL.iter().map(|v| v.as_str()).collect())
    );
    assert_eq!(values("Lang"), stored(Lang::ALL.iter().map(|v| v.as_str()).collect()));
}

both!(a_tick_runs_once_over_two_instances, |clinic| {
    let other = clinic.another_instance().await;
    let (mut a, mut b) = (clinic.app.scheduler().unwrap(), other.app.scheduler().unwrap());
    clinic.it_is("2026-11-24T03:40:00+08:00");
    let (ran_a, ran_b) = tokio::join!(a.run_due(), b.run_due());
    let (ran_a, ran_b) = (ran_a.unwrap(), ran_b.unwrap());
    let runs = ran_a.iter().chain(&ran_b).filter(|job| **job == "clean-up").count();
    assert_eq!(runs, 1, "{ran_a:?} {ran_b:?}");
});

both!(a_slow_job_keeps_no_other_waiting_and_a_stop_lets_it_end, |clinic| {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use chairside::platform::jobs::{Job, Scheduler, schedule};
    use tokio::sync::Notify;
    use tokio_util::sync::CancellationToken;

    let (go, ticked) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begun, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let every_second = || schedule("* * * * * *").unwrap();
    let slow = {
        let (go, begun, ended) = (go.clone(), begun.clone(), ended.clone());
        Job::new("slow", every_second(), move |_| {
            let (go, begun, ended) = (go.clone(), begun.clone(), ended.clone());
            async move {
                begun.fetch_add(1, Ordering::SeqCst);
                go.notified().await;
                ended.fetch_add(1, Ordering::SeqCst);
                Ok(String::new())
            }
        })
    };
    let quick = {
        let ticked = ticked.clone();
        Job::new("quick", every_second(), move |_| {
            let ticked = ticked.clone();
            async move {
                ticked.notify_one();
                Ok(String::new())
            }
        })
    };
    let (clock, stop) = (clinic.app.clock.clone(), CancellationToken::new());
    let zone = chrono_tz::Asia::Shanghai;
    let scheduler = Scheduler::new(
        clinic.app.db.clone(),
        clock.clone(),
        zone,
        "one".into(),
        vec![slow, quick],
    );
    let running = tokio::spawn(scheduler.run_until(stop.clone()));
    for _ in 0..3 {
        ticked.notified().await;
        clock.advance(1_000);
    }
    assert_eq!(begun.load(Ordering::SeqCst), 1, "it is not begun again while it runs");
    stop.cancel();
    go.notify_one();
    running.await.unwrap();
    assert_eq!(ended.load(Ordering::SeqCst), 1, "it came to its end");
    let noted = "SELECT count(*) AS n FROM job_runs WHERE job = 'slow' AND finished_at IS NOT NULL";
    assert_eq!(clinic.count(noted).await, 1);
});

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    let shape = |engine| {
        actix_web::rt::System::new().block_on(async {
            let clinic = Clinic::start(engine, |_| {}).await;
            clinic.sql(crate::support::columns).await
        })
    };
    let (sqlite, postgres) = (shape(Engine::Sqlite), shape(Engine::Postgres));
    assert!(sqlite.len() > 100);
    assert_eq!(sqlite, postgres);
}

both!(
    a_control_character_is_told_at_its_field_and_the_rest_is_kept,
    |clinic| {
        let (desk, visitor) = (clinic.signed_in("desk").await, clinic.visitor());
        for (lang, text, again) in [
            ("en", "invisible control character", "Send again"),
            ("zh", "不可见的控制字符", "再次提交"),
        ] {
            let form = [("name", "孙\0丽 & 母亲"), ("phone", "13900001234"), ("note", "a\0b")];
            let answer = desk.post_form(&format!("/patients?lang={lang}"), &form).await;
            assert_eq!(answer.status(), 422);
            let page = answer.text().await.unwrap();
            for part in [
                text,
                again,
                "<form class=\"card pad stack\" method=\"post\" action=\"/patients\">",
                "aria-describedby=\"f-name-e\">孙丽 &amp; 母亲</textarea>",
                "aria-describedby=\"f-note-e\">ab</textarea>",
                "<input type=\"hidden\" name=\"phone\" value=\"13900001234\">",
            ] {
                assert!(page.contains(part), "{part} in {page}");
            }
        }
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM patients WHERE phone = '+8613900001234'")
                .await,
            0
        );
        let form = [("login", "desk\0"), ("password", "a secret of mine")];
        let answer = visitor.post_form("/sign-in?lang=en", &form).await;
        assert_eq!(answer.status(), 422);
        let page = answer.text().await.unwrap();
        assert!(
            page.contains(">desk</textarea>") && !page.contains("a secret of mine"),
            "{page}"
        );
    }
);
