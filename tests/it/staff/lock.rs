//! The lock of a desk that several people share.

use chairside::cli::demo::clinic::PASSWORD;
use chairside::staff::Role;

use crate::both;
use crate::support::{Browser, Clinic, Engine};

const WAY_BACK: &str = "/unlock?next=/patients%3Fq%3Dsun";

/// Locked by hand on the page `/patients?q=sun`.
async fn lock(browser: &Browser) {
    let answer = browser.post_form("/lock", &[("next", "/patients?q=sun")]).await;
    assert_eq!(
        (answer.status().as_u16(), location(&answer)),
        (303, WAY_BACK.to_owned())
    );
}

fn location(answer: &reqwest::Response) -> String {
    let header = answer.headers().get("location");
    header.map_or_else(String::new, |l| l.to_str().unwrap().to_owned())
}

async fn leads_to(browser: &Browser, path: &str, to: &str) {
    let answer = browser.get(path).await;
    assert_eq!(
        (answer.status().as_u16(), location(&answer)),
        (303, to.to_owned()),
        "{path}"
    );
}

both!(a_locked_session_opens_nothing_but_the_password_page, |clinic| {
    let (browser, api) = (clinic.signed_in("desk").await, clinic.api(Role::FrontDesk).await);
    let page = browser.page("/patients?q=sun&lang=en").await;
    assert!(
        page.contains(
            r#"<form method="post" action="/lock"><input type="hidden" name="next" value="/patients?q=sun">"#
        ),
        "{page}"
    );
    lock(&browser).await;
    leads_to(&browser, "/patients?q=sun", WAY_BACK).await;
    leads_to(&browser, "/day", "/unlock?next=/day").await;
    assert_eq!(browser.get("/api/v1/patients").await.status(), 401);
    let fragment = browser
        .client
        .get(format!("{}/patients/pick?q=s", clinic.base))
        .header("HX-Request", "true");
    let fragment = fragment
        .header("Referer", format!("{}/recall?weeks=1", clinic.base))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            fragment.status().as_u16(),
            fragment.headers()["hx-redirect"].to_str().unwrap()
        ),
        (401, "/unlock?next=/recall%3Fweeks%3D1")
    );
    // Neither what waits nor who is there is shown, in both languages.
    for (lang, words) in [
        ("en", ["Locked", "Unlock", "Somebody else: sign in"]),
        ("zh", ["屏幕已锁定", "解锁", "换人登录"]),
    ] {
        let shown = browser.page(&format!("{WAY_BACK}&lang={lang}")).await;
        assert!(
            words.iter().all(|w| shown.contains(w)) && !shown.contains("class=\"rail\""),
            "{shown}"
        );
    }
    // Another instance knows (cookies go by host, not by port), and a token has no screen to lock.
    let there = clinic.another_instance().await;
    let answer = browser.client.get(format!("{}/day", there.base)).send().await.unwrap();
    assert_eq!(location(&answer), "/unlock?next=/day");
    assert_eq!(api.get("/api/v1/patients").await.status(), 200);

    let wrong = browser
        .post_form(&format!("{WAY_BACK}&lang=en"), &[("password", "wrong")])
        .await;
    assert_eq!(wrong.status(), 422);
    let told = wrong.text().await.unwrap();
    assert!(
        told.contains("The password is wrong") && told.contains("next=/patients%3Fq%3Dsun"),
        "{told}"
    );
    leads_to(&browser, "/day", "/unlock?next=/day").await;
    let right = browser.post_form(WAY_BACK, &[("password", PASSWORD)]).await;
    assert_eq!(
        (right.status().as_u16(), location(&right)),
        (303, "/patients?q=sun".to_owned())
    );
    assert!(browser.page("/patients?q=sun").await.contains("class=\"rail\""));
    // Open, there is nothing to unlock.
    leads_to(&browser, WAY_BACK, "/patients?q=sun").await;
    for action in ["lock", "unlock", "unlock-failed"] {
        let sql = format!("SELECT count(*) AS n FROM audit_log WHERE action = '{action}'");
        assert_eq!(clinic.count(&sql).await, 1, "{action}");
    }
});

both!(nobody_is_led_elsewhere_by_the_lock, |clinic| {
    let browser = clinic.signed_in("desk").await;
    for next in ["//evil.example", "/\\evil.example", "https://evil.example"] {
        let answer = browser.post_form("/lock", &[("next", next)]).await;
        assert_eq!(location(&answer), "/unlock?next=/");
        let form = [("password", PASSWORD), ("to", next), ("sent", "a=b")];
        let answer = browser.post_form(&format!("/unlock?next={next}"), &form).await;
        assert_eq!(
            (answer.status().as_u16(), location(&answer)),
            (303, "/".to_owned()),
            "{next}"
        );
    }
});

both!(guesses_at_the_lock_count_as_those_at_the_door, |clinic| {
    let browser = clinic.signed_in("desk").await;
    lock(&browser).await;
    for n in 0..10 {
        let path = if n % 2 == 0 { WAY_BACK } else { "/sign-in" };
        let form = [("login", "desk"), ("password", "wrong")];
        assert_eq!(browser.post_form(path, &form).await.status(), 422);
    }
    let answer = browser.post_form(WAY_BACK, &[("password", PASSWORD)]).await;
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("retry-after"));
    clinic.minutes_pass(16);
    assert_eq!(
        browser.post_form(WAY_BACK, &[("password", PASSWORD)]).await.status(),
        303
    );
});

both!(somebody_else_signs_in_at_a_locked_desk, |clinic| {
    let browser = clinic.signed_in("desk").await;
    lock(&browser).await;
    let form = [("login", "nurse"), ("password", PASSWORD)];
    assert_eq!(browser.post_form("/sign-in", &form).await.status(), 303);
    assert_eq!(browser.get("/callbacks").await.status(), 200);
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM sessions").await,
        1,
        "the locked one is over"
    );
});

both!(a_form_sent_to_a_locked_screen_is_not_lost, |clinic| {
    let browser = clinic.signed_in("desk").await;
    lock(&browser).await;
    let form = [("name", "孙丽 & 母亲"), ("phone", "13900001234")];
    let url = format!("{}/patients?lang=en", clinic.base);
    let post = browser.client.post(url).header("Sec-Fetch-Site", "same-origin");
    let answer = post
        .header("Referer", format!("{}/patients/new", clinic.base))
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 422);
    let asked = answer.text().await.unwrap();
    assert!(
        asked.contains("not saved yet") && asked.contains("action=\"/unlock?next=/patients/new\""),
        "{asked}"
    );
    let sent = asked
        .split("name=\"sent\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    let held = [("to", "/patients"), ("sent", sent.as_str()), ("password", "wrong")];
    let wrong = browser
        .post_form("/unlock?next=/patients/new", &held)
        .await
        .text()
        .await
        .unwrap();
    assert!(wrong.contains("name=\"sent\" value=\"name="), "{wrong}");
    let held = [("to", "/patients"), ("sent", sent.as_str()), ("password", PASSWORD)];
    let open = browser
        .post_form("/unlock?next=/patients/new", &held)
        .await
        .text()
        .await
        .unwrap();
    for part in [
        "<form method=\"post\" action=\"/patients\"",
        "name=\"name\" value=\"孙丽 &amp; 母亲\"",
        "name=\"phone\" value=\"13900001234\"",
        "href=\"/patients/new\"",
    ] {
        assert!(open.contains(part), "{part} in {open}");
    }
});

/// A clinic whose desks lock themselves after a quarter of an hour.
fn idle(engine: Engine) {
    actix_web::rt::System::new().block_on(async {
        let clinic = Clinic::start(engine, |c| c.security.lock_idle_minutes = 15).await;
        let browser = clinic.signed_in("desk").await;
        assert!(browser.page("/patients").await.contains("data-lock=\"15\""));
        for _ in 0..3 {
            clinic.minutes_pass(14);
            assert_eq!(browser.get("/patients").await.status(), 200);
        }
        clinic.minutes_pass(14);
        assert_eq!(browser.post_form("/here", &[]).await.status(), 204, "somebody types");
        // What a page asks by itself keeps nobody's session awake.
        for _ in 0..3 {
            clinic.minutes_pass(5);
            let poll = browser
                .client
                .get(format!("{}/day", clinic.base))
                .header("HX-Request", "true");
            let answer = poll.header("X-By-Itself", "1").send().await.unwrap();
            let open = clinic
                .count("SELECT count(*) AS n FROM sessions WHERE locked_at IS NULL")
                .await;
            assert_eq!(open, 1);
            if answer.status() == 401 {
                break;
            }
            assert_eq!(answer.status(), 200);
        }
        leads_to(&browser, "/patients", "/unlock?next=/patients").await;
        assert_eq!(
            browser
                .post_form("/unlock?next=/patients", &[("password", PASSWORD)])
                .await
                .status(),
            303
        );
        assert_eq!(browser.get("/patients").await.status(), 200);
        clinic.minutes_pass(121);
        leads_to(&browser, "/patients", "/sign-in?next=/patients").await;
    });
}
#[test]
fn a_desk_that_is_left_locks_itself_on_sqlite() {
    idle(Engine::Sqlite);
}
#[test]
fn a_desk_that_is_left_locks_itself_on_postgres() {
    idle(Engine::Postgres);
}

#[test]
fn an_open_board_does_not_keep_an_empty_desk_awake() {
    actix_web::rt::System::new().block_on(async {
        let clinic = Clinic::start(Engine::Sqlite, |c| c.security.lock_idle_minutes = 15).await;
        let browser = clinic.signed_in("desk").await;
        let page = browser.page("/day").await;
        let (_, rest) = page.split_once("data-board=\"").expect("a board that listens");
        let board = rest.split('"').next().unwrap().replace("&amp;", "&");
        let mut stream = reqwest::Url::parse("http://x/events?since=0").unwrap();
        stream.query_pairs_mut().append_pair("board", &board);
        let path = format!("/events?{}", stream.query().unwrap());
        for _ in 0..3 {
            clinic.minutes_pass(4);
            // A browser opens the stream anew whenever it broke off. Its answer has no end: it is not read.
            assert_eq!(browser.get(&path).await.status(), 200);
        }
        clinic.minutes_pass(4);
        leads_to(&browser, "/day", "/unlock?next=/day").await;
    });
}
