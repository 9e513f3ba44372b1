//! The running service: its first administrator, its log.

use std::process::Stdio;

use super::{Running, browser, empty_database, folder, post};
use crate::support::Engine;

/// From an empty database to a signed-in administrator, as the operator does it.
async fn first_administrator(engine: Engine) {
    let folder = folder("first");
    let running = Running::start(&folder, &empty_database(engine, &folder));
    let (base, link) = (running.base.clone(), running.link.clone().expect("a link is printed"));
    assert!(link.starts_with(&format!("{base}/welcome/")), "{link}");
    let client = browser();
    let status = |url: String| {
        let client = client.clone();
        async move { client.get(url).send().await.unwrap().status().as_u16() }
    };
    // Nobody can sign in by a default account, and a guessed link opens nothing.
    for (login, password) in [
        ("admin", "chairside-demo"),
        ("admin", "admin"),
        ("administrator", "password"),
    ] {
        let (code, _) = post(
            &client,
            &format!("{base}/sign-in"),
            &[("login", login), ("password", password)],
        )
        .await;
        assert_eq!(code, 422, "{login}");
    }
    assert_eq!(status(format!("{base}/welcome/{}", "A".repeat(43))).await, 404);
    assert_eq!(status(link.clone()).await, 200);
    // The password rules, at the field, and nothing is made.
    let try_with = |password: &'static str| {
        let (client, link) = (client.clone(), format!("{link}?lang=en"));
        async move {
            post(
                &client,
                &link,
                &[("name", "吴管理"), ("login", "Wu.Guanli"), ("password", password)],
            )
            .await
        }
    };
    for (password, why) in [
        ("short", "at least 12"),
        ("aaaaaaaaaaaaaaa", "one short piece"),
        ("wu.guanli-2026-x", "login"),
        ("mypassword-2026", "password-e"),
    ] {
        let (code, text) = try_with(password).await;
        assert_eq!(code, 422, "{password}");
        assert!(
            text.contains(why) && text.contains(r#"id="f-password-e""#),
            "{password}: {text}"
        );
        assert!(text.contains("吴管理") && !text.contains(password), "{text}");
    }
    assert_eq!(try_with("correct horse battery").await.0, 303);
    // Signed in at once; the link is used up.
    assert_eq!(status(format!("{base}/settings/staff")).await, 200);
    assert_eq!(status(link.clone()).await, 410);
    assert_eq!(try_with("another horse battery").await.0, 410);
    let other = browser();
    let fields = [("login", "wu.guanli"), ("password", "correct horse battery")];
    assert_eq!(post(&other, &format!("{base}/sign-in"), &fields).await.0, 303);
    assert!(running.stop("-TERM").success(), "SIGTERM ends it with 0");
}

#[test]
fn the_first_administrator_comes_by_a_link_on_sqlite() {
    actix_web::rt::System::new().block_on(first_administrator(Engine::Sqlite));
}

#[test]
fn the_first_administrator_comes_by_a_link_on_postgres() {
    actix_web::rt::System::new().block_on(first_administrator(Engine::Postgres));
}

#[test]
fn a_restart_prints_a_new_link_until_somebody_used_one() {
    let folder = folder("restart");
    let database = empty_database(Engine::Sqlite, &folder);
    let first = Running::start(&folder, &database);
    assert!(first.link.is_some());
    assert!(first.stop("-INT").success(), "SIGINT ends it with 0");
    let second = Running::start(&folder, &database);
    assert!(second.link.is_some());
    actix_web::rt::System::new().block_on(async {
        let fields = [("name", "吴"), ("login", "wu"), ("password", "correct horse battery")];
        assert_eq!(post(&browser(), second.link.as_deref().unwrap(), &fields).await.0, 303);
    });
    assert!(second.stop("-TERM").success());
    let third = Running::start(&folder, &database);
    assert!(third.link.is_none(), "there is an administrator now");
    assert!(third.stop("-TERM").success());
}

/// What `platform::telemetry` says is never logged, sent through the pages and looked for in the most talkative log.
#[test]
fn nothing_of_a_patient_and_no_secret_is_logged() {
    actix_web::rt::System::new().block_on(async {
        let folder = folder("quiet");
        let file = folder.join("log");
        let database = empty_database(Engine::Sqlite, &folder);
        let log = Stdio::from(std::fs::File::create(&file).unwrap());
        let running = Running::start_logging(&folder, &database, "debug", log);
        let (base, link) = (running.base.clone(), running.link.clone().unwrap());
        let client = browser();
        let typed = [
            ("name", "吴管理"),
            ("login", "wu"),
            ("password", "canary horse battery"),
        ];
        assert_eq!(post(&client, &link, &typed).await.0, 303);
        let patient = [
            ("name", "金丝雀"),
            ("phone", "13912345678"),
            ("sex", "male"),
            ("birth_date", "1985-03-14"),
            ("national_id", "330106198503140010"),
            ("allergies", "canary-allergy"),
            ("note", "canary-note"),
            ("language", "zh"),
            ("channel", "sms"),
        ];
        let (code, _) = post(&client, &format!("{base}/patients"), &patient).await;
        assert!(code == 303 || code == 422, "{code}");
        for path in [
            "/patients?q=canary-query",
            "/patients?q=13912345678",
            "/v/canary-token",
            "/nothing/canary-path",
        ] {
            client.get(format!("{base}{path}")).send().await.unwrap();
        }
        assert!(running.stop("-TERM").success());
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.contains("answered") && text.contains("/patients"),
            "the log is there: {text}"
        );
        let token = link.rsplit('/').next().unwrap();
        for secret in ["canary", "金丝雀", "13912345678", "330106198503140010", token] {
            let line = text.lines().find(|l| l.contains(secret));
            assert!(line.is_none(), "{secret}: {line:?}");
        }
    });
}

#[test]
fn what_cannot_be_reached_is_told_at_start_and_keeps_nothing_from_starting() {
    let folder = folder("unreachable");
    let file = folder.join("log");
    let database = empty_database(Engine::Sqlite, &folder);
    let closed = || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let (sms, smtp) = (closed(), closed());
    let open = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = format!(
        "[sms]\nuse = [\"main\", \"spare\"]\n\
         [sms.gateways.main]\nkind = \"kannel\"\nurl = \"http://127.0.0.1:{sms}/cgi-bin/sendsms\"\n\
         [sms.gateways.spare]\nkind = \"kannel\"\nurl = \"http://{}/cgi-bin/sendsms\"\n\
         [mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {smtp}\ntls = \"none\"\nfrom = \"a@clinic.example\"\n",
        open.local_addr().unwrap()
    );
    std::fs::write(folder.join("chairside.toml"), settings).unwrap();
    let log = Stdio::from(std::fs::File::create(&file).unwrap());
    let running = Running::start_logging(&folder, &database, "warn", log);
    let since = std::time::Instant::now();
    let mut text = String::new();
    while since.elapsed() < super::PATIENCE && !(text.contains("mail.host") && text.contains("sms.gateways.main.url")) {
        std::thread::sleep(std::time::Duration::from_millis(50));
        text = std::fs::read_to_string(&file).unwrap();
    }
    for told in [
        "sms.gateways.main.url",
        "mail.host",
        "cannot be reached: check this setting",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("sms.gateways.spare"), "{text}");
    assert!(running.stop("-TERM").success());
}

#[test]
fn health_asks_where_the_settings_say() {
    let folder = folder("health");
    let running = Running::start(&folder, &empty_database(Engine::Sqlite, &folder));
    let port = running.base.rsplit(':').next().unwrap().to_owned();
    for listen in ["127.0.0.1", "0.0.0.0", "[::]"] {
        let listen = format!("{listen}:{port}");
        let (out, said) =
            super::output(super::program(&folder, &[("CHAIRSIDE_SERVER__LISTEN", &listen)]).arg("health"));
        // Nobody listens on the other loopback address here; but that is where it asks.
        let asked = out.status.success() || said.contains(&format!("http://[::1]:{port}"));
        assert!(asked, "{listen}: {said}");
        assert!(out.status.success() || listen.starts_with("[::]"), "{listen}: {said}");
    }
    let url = format!("http://127.0.0.1:{port}");
    assert!(
        super::output(super::program(&folder, &[]).args(["health", "--url", &url]))
            .0
            .status
            .success()
    );
    assert!(running.stop("-TERM").success());
    let (out, _) = super::output(
        super::program(&folder, &[("CHAIRSIDE_SERVER__LISTEN", &format!("0.0.0.0:{port}"))]).arg("health"),
    );
    assert!(!out.status.success());
}
