//! The real program: wrong settings are refused with a text that helps, the first administrator is set up by a one-time
//! link, and a signal ends the service in good order.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use reqwest::redirect;

use crate::support::{Engine, postgres_url};

/// Longest a start or stop may take here.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program in an empty folder with nothing but these variables.
fn program(folder: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chairside"));
    command.env_clear().current_dir(folder).envs(variables.iter().copied());
    command
}

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}_{:08x}", rand::random::<u32>()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn output(command: &mut Command) -> (Output, String) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, text)
}

/// Refused: exit code not 0, every part of the message there, no password, no database made.
fn refused(variables: &[(&str, &str)], file: Option<&str>, says: &[&str]) {
    let folder = folder("refused");
    if let Some(file) = file {
        std::fs::write(folder.join("chairside.toml"), file).unwrap();
    }
    let (output, text) = output(program(&folder, variables).arg("serve"));
    assert_eq!(output.status.code(), Some(1), "{variables:?} {file:?}: {text}");
    for part in says {
        assert!(
            text.contains(part),
            "{variables:?} {file:?}: {part:?} is missing in: {text}"
        );
    }
    assert!(!text.contains("s3cret"), "{text}");
    assert!(
        !folder.join("chairside.db").exists(),
        "{variables:?}: a database was made"
    );
}

#[test]
fn unknown_keys_are_named() {
    let hint = "chairside config";
    refused(
        &[("CHAIRSIDE_SERVER__NONSENSE", "1")],
        None,
        &["server.nonsense", "CHAIRSIDE_SERVER__NONSENSE", hint],
    );
    refused(&[("CHAIRSIDE_NONSENSE", "1")], None, &["nonsense", "no such key", hint]);
    let section = ["server: is no value but a section", "server.", hint];
    refused(&[("CHAIRSIDE_SERVER", "1")], None, &section);
    refused(&[], Some("server = 5\n"), &section);
    refused(
        &[],
        Some("[server]\nlistne = \"127.0.0.1:1\"\n"),
        &["server.listne", "no such key", hint],
    );
    refused(
        &[],
        Some("[sever]\nlisten = \"127.0.0.1:1\"\n"),
        &["sever.listen", "no such key", hint],
    );
}

#[test]
fn wrong_values_are_named() {
    for (variable, value, key) in [
        ("CHAIRSIDE_SERVER__WORKERS", "many", "server.workers"),
        ("CHAIRSIDE_SERVER__LISTEN", "here", "server.listen"),
        ("CHAIRSIDE_SERVER__PUBLIC_URL", "clinic.example", "server.public_url"),
        (
            "CHAIRSIDE_SERVER__TRUSTED_PROXIES",
            "10.0.0.1,proxy",
            "server.trusted_proxies",
        ),
        ("CHAIRSIDE_CLINIC__ZONE", "Asia/Peking", "clinic.zone"),
        ("CHAIRSIDE_CLINIC__COUNTRY", "China", "clinic.country"),
        ("CHAIRSIDE_JOBS__CLEAN_UP", "at noon", "jobs.clean_up"),
        ("CHAIRSIDE_MAIL__TRANSPORT", "smpt", "mail.transport"),
        ("CHAIRSIDE_MAIL__PORT", "70000", "mail.port"),
        ("CHAIRSIDE_DISPATCH__RETRY_SECONDS", "30,x", "dispatch.retry_seconds"),
        ("CHAIRSIDE_DISPATCH__LEASE_SECONDS", "5", "dispatch.lease_seconds"),
    ] {
        refused(&[(variable, value)], None, &[key, "configuration"]);
    }
    refused(
        &[],
        Some("[server]\nworkers = \"many\"\n"),
        &["server.workers", "chairside.toml"],
    );
    refused(
        &[],
        Some("[mail]\npassword = s3cret\n"),
        &["TOML", "line 2", "chairside.toml"],
    );
    let missing = output(program(&folder("missing"), &[]).args(["serve", "--config", "none.toml"])).1;
    assert!(missing.contains("none.toml"), "{missing}");
}

#[test]
fn values_that_make_no_sense_are_told_with_what_is_possible() {
    for (variable, value, says) in [
        ("SECURITY__SIGN_IN_FAILURES", "0", "from 1 to 1000"),
        ("SECURITY__SIGN_IN_WINDOW_MINUTES", "0", "from 1 to 1440"),
        ("SECURITY__SESSION_HOURS", "0", "from 1 to 720"),
        ("SECURITY__SESSION_HOURS", "9223372036854775807", "from 1 to 720"),
        ("SECURITY__SESSION_IDLE_MINUTES", "0", "from 1 to 10080"),
        ("SERVER__PUBLIC_URL", "http://", "name a host"),
        ("SERVER__PUBLIC_URL", "https://clinic.example/?x=1", "name a host"),
        ("SERVER__WORKERS", "100000", "from 0 to 1024"),
        ("SMS__URL", "httpfoo", "sendsms"),
        ("SMS__MAX_SEGMENTS", "0", "from 1 to 255"),
        ("DISPATCH__BATCH", "0", "from 1 to 10000"),
        ("DISPATCH__CONCURRENCY", "0", "from 1 to 1000"),
        (
            "DISPATCH__SEND_TIMEOUT_SECONDS",
            "18446744073709551615",
            "dispatch.send_timeout_seconds",
        ),
        ("DISPATCH__RETRY_SECONDS", "30,0", "from 1 to 604800"),
        ("DISPATCH__UNCERTAIN_MINUTES", "-1", "from 1 to 10080"),
        ("DATABASE__READERS", "0", "from 1 to 1000"),
        ("DATABASE__WRITERS", "0", "from 1 to 1000"),
        ("MAIL__PORT", "0", "from 1 to 65535"),
        ("SERVER__METRICS_FROM", "everybody", "server.metrics_from"),
    ] {
        let key = variable.to_lowercase().replace("__", ".");
        refused(
            &[(&format!("CHAIRSIDE_{variable}"), value)],
            None,
            &["configuration", &key, says],
        );
    }
}

#[test]
fn a_wrong_key_file_says_what_to_do() {
    let key = |path: &str| [("CHAIRSIDE_SECRETS__KEY_FILE", path.to_owned())];
    let [(name, path)] = key("no/such/folder/chairside.key");
    refused(
        &[(name, &path)],
        None,
        &["secrets.key_file", "no/such/folder", "secrets.key"],
    );
    let broken = folder("key").join("broken.key");
    std::fs::write(&broken, "not a key").unwrap();
    let [(name, path)] = key(&broken.display().to_string());
    refused(
        &[(name, &path)],
        None,
        &["secrets.key_file", "broken.key", "64 hexadecimal digits", "backup"],
    );
}

#[test]
fn a_token_is_made_only_for_a_database_that_is_there() {
    let here = folder("token");
    let token =
        |folder: &Path, more: &[&str]| output(program(folder, &[]).args(["token", "--role", "manager"]).args(more));
    let (refused, text) = token(&here, &[]);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    assert!(text.contains("no database") && text.contains("--data"), "{text}");
    assert_eq!(std::fs::read_dir(&here).unwrap().count(), 0, "nothing was made");
    let database = here.join("chairside.db");
    Running::start(&here, &format!("sqlite:{}", database.display())).stop("-TERM");
    let (made, text) = token(&here, &["--data", "."]);
    assert!(made.status.success() && made.stdout.len() > 40, "{text}");
    std::fs::remove_file(here.join("chairside.key")).unwrap();
    let (refused, text) = token(&here, &[]);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    assert!(
        text.contains("secrets.key_file") && !here.join("chairside.key").exists(),
        "{text}"
    );
}

#[test]
fn a_wrong_database_is_told_without_its_password() {
    let refused = |url: &str, says: &[&str]| refused(&[("DATABASE_URL", url)], None, says);
    refused(
        "postgers://chair:s3cret@db/clinic",
        &["DATABASE_URL", "postgers", "sqlite:PATH"],
    );
    refused("clinic.db", &["DATABASE_URL", "sqlite:PATH", "postgres://"]);
    refused(
        "sqlite:no/such/folder/clinic.db",
        &["no/such/folder/clinic.db", "folder exists"],
    );
    refused(
        "postgres://chair:s3cret@127.0.0.1:1/clinic",
        &["127.0.0.1:1/clinic", "refused", "that the server runs"],
    );
    refused(
        "postgres://chair:s3cret@no-such-host.invalid/clinic",
        &["no-such-host.invalid", "DATABASE_URL"],
    );
    refused("postgres://chair:x%s3cret@127.0.0.1:1/clinic", &["%25", "DATABASE_URL"]);
    refused("postgres://chair:x@s3cret@127.0.0.1:1/clinic", &["%40", "DATABASE_URL"]);
    refused("postgres://chair:s3cret/@127.0.0.1:1/clinic", &["DATABASE_URL"]);
}

#[test]
fn a_taken_address_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(
        &[("CHAIRSIDE_SERVER__LISTEN", &address)],
        None,
        &[&address, "server.listen"],
    );
}

#[test]
fn config_prints_every_key() {
    let (output, _) = output(program(&folder("config"), &[]).arg("config"));
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, chairside::platform::config::DEFAULTS);
    let section = |name: &str| text.contains(&format!("[{name}]"));
    assert!(
        [
            "server", "database", "secrets", "clinic", "security", "jobs", "dispatch", "mail", "sms", "log"
        ]
        .iter()
        .all(|s| section(s))
    );
}

/// `serve` as a child, stopped when the test ends.
struct Running {
    child: Child,
    base: String,
    link: Option<String>,
    out: BufReader<std::process::ChildStdout>,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Running {
    /// Starts and waits until it says where it is.
    fn start(folder: &Path, database: &str) -> Running {
        Running::start_logging(folder, database, "warn", Stdio::inherit())
    }

    fn start_logging(folder: &Path, database: &str, filter: &str, log: Stdio) -> Running {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (listen, base) = (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{port}"));
        let variables = [
            ("DATABASE_URL", database),
            ("CHAIRSIDE_SERVER__LISTEN", &listen),
            ("CHAIRSIDE_SERVER__PUBLIC_URL", &base),
            ("CHAIRSIDE_SERVER__WORKERS", "1"),
            ("CHAIRSIDE_LOG__FILTER", filter),
        ];
        let mut child = program(folder, &variables)
            .arg("serve")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut running = Running {
            child,
            base,
            link: None,
            out,
        };
        running.wait_until_it_serves();
        // Announced before the workers run: the first answer says that signals are heeded, too.
        let mut probe = TcpStream::connect(&listen).unwrap();
        probe.write_all(b"GET /health/live HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        probe.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 200 "), "{answer}");
        running
    }

    fn wait_until_it_serves(&mut self) {
        loop {
            let mut line = String::new();
            assert_ne!(self.out.read_line(&mut line).unwrap(), 0, "it ended before it served");
            if line.contains("/welcome/") {
                self.link = Some(line.trim().to_owned());
            }
            if line.starts_with("Chairside on ") {
                return;
            }
        }
    }

    fn stop(mut self, signal: &str) -> ExitStatus {
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it did not stop");
    }
}

fn empty_database(engine: Engine, folder: &Path) -> String {
    match engine {
        Engine::Sqlite => format!("sqlite:{}", folder.join("fresh.db").display()),
        Engine::Postgres => {
            let (server, name) = (postgres_url(), format!("fresh_{:08x}", rand::random::<u32>()));
            let mut admin = PgConnection::establish(&server).unwrap();
            admin.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
            format!("{}/{name}", server.rsplit_once('/').unwrap().0)
        }
    }
}

fn browser() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .cookie_store(true)
        .redirect(redirect::Policy::none())
        .build()
        .unwrap()
}

async fn post(client: &reqwest::Client, url: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = client
        .post(url)
        .header("Sec-Fetch-Site", "same-origin")
        .form(fields)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

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

/// One number by SQL, asked of a database that another process made.
fn number(database: &str, sql: &str) -> i64 {
    use diesel::{QueryableByName, RunQueryDsl, SqliteConnection};
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let query = diesel::sql_query(sql);
    let row: Row = match database.strip_prefix("sqlite:") {
        Some(path) => query.get_result(&mut SqliteConnection::establish(path).unwrap()),
        None => query.get_result(&mut PgConnection::establish(database).unwrap()),
    }
    .unwrap_or(Row { n: -1 });
    row.n
}

const BEGUN: &str = "SELECT count(*) AS n FROM installation WHERE name = 'demo' AND value = 'begun'";
const FILLED: &str = "SELECT count(*) AS n FROM installation WHERE name = 'demo' AND value = 'filled'";
const PATIENTS: &str = "SELECT count(*) AS n FROM patients";
const CALLS: &str = "SELECT count(*) AS n FROM call_tasks";

/// `demo` on a port that is free, with its output, on the day of all tests.
fn demo(folder: &Path, database: &str) -> Command {
    demo_at(folder, database, crate::support::START)
}

fn demo_at(folder: &Path, database: &str, now: &str) -> Command {
    let mut command = program(folder, &[("DATABASE_URL", database), ("CHAIRSIDE_LOG__FILTER", "warn")]);
    command.args(["demo", "--listen", "127.0.0.1:0", "--now", now]);
    command
}

/// Starts `demo`, waits until it says where it is, and tells whether it made new sample data; ends it.
fn demo_made_new_data(command: &mut Command) -> bool {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = out.by_ref().map(Result::unwrap).find(|l| l.contains("database: "));
    child.kill().unwrap();
    child.wait().unwrap();
    said.expect("it says which database").contains("(new sample data)")
}

/// A clinic's own database with an administrator in it.
async fn real_clinic(engine: Engine) -> (PathBuf, String) {
    let folder = folder("real");
    let database = empty_database(engine, &folder);
    let running = Running::start(&folder, &database);
    let fields = [("name", "吴"), ("login", "wu"), ("password", "correct horse battery")];
    assert_eq!(post(&browser(), running.link.as_deref().unwrap(), &fields).await.0, 303);
    assert!(running.stop("-TERM").success());
    (folder, database)
}

/// Neither emptied nor served: with its capture channel the demo would count a clinic's reminders as sent.
async fn the_demo_leaves_others_data_alone(engine: Engine) {
    let (folder, database) = real_clinic(engine).await;
    for options in [&["--fresh"][..], &[]] {
        let (output, text) = output(demo(&folder, &database).args(options));
        assert_eq!(output.status.code(), Some(1), "{options:?}: {text}");
        assert!(
            text.contains("no demo made") && text.contains("chairside serve"),
            "{text}"
        );
        let accounts = "SELECT count(*) AS n FROM staff_users WHERE login = 'wu'";
        assert_eq!(number(&database, accounts), 1, "{options:?}");
        assert_eq!(number(&database, PATIENTS), 0, "{options:?}");
    }
    // Patients alone (an import before the first sign-in) are somebody's data, too.
    let imported = empty_database(engine, &folder);
    let csv = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/patients.csv");
    let mut import = program(&folder, &[("DATABASE_URL", &imported)]);
    assert!(import.arg("import").arg(csv).output().unwrap().status.success());
    assert_eq!(output(demo(&folder, &imported).arg("--fresh")).0.status.code(), Some(1));
    assert_eq!(number(&imported, PATIENTS), 12);
}

#[test]
fn the_demo_leaves_others_data_alone_on_sqlite() {
    actix_web::rt::System::new().block_on(the_demo_leaves_others_data_alone(Engine::Sqlite));
}
#[test]
fn the_demo_leaves_others_data_alone_on_postgres() {
    actix_web::rt::System::new().block_on(the_demo_leaves_others_data_alone(Engine::Postgres));
}

/// Ended by force while it fills, the demo begins again; filled it is kept, and `--fresh` empties what is its own.
fn a_demo_that_was_not_finished_is_made_again(engine: Engine) {
    let folder = folder("demo");
    let database = match engine {
        Engine::Sqlite => format!("sqlite:{}", folder.join("demo.db").display()),
        Engine::Postgres => empty_database(engine, &folder),
    };
    let mut child = demo(&folder, &database).stdout(Stdio::null()).spawn().unwrap();
    let since = Instant::now();
    while number(&database, BEGUN) != 1 {
        assert!(since.elapsed() < 4 * PATIENCE, "it never began");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((number(&database, BEGUN), number(&database, FILLED)), (1, 0));
    assert_eq!(number(&database, CALLS), 0);
    assert!(demo_made_new_data(&mut demo(&folder, &database)));
    let (patients, calls) = (number(&database, PATIENTS), number(&database, CALLS));
    assert!(patients == 400 && calls > 100, "{patients} patients, {calls} calls");
    assert_eq!(number(&database, FILLED), 1);
    assert!(!demo_made_new_data(&mut demo(&folder, &database)));
    assert!(demo_made_new_data(demo(&folder, &database).arg("--fresh")));
    assert_eq!(
        (number(&database, PATIENTS), number(&database, CALLS)),
        (patients, calls)
    );
}

#[test]
fn a_demo_that_was_not_finished_is_made_again_on_sqlite() {
    a_demo_that_was_not_finished_is_made_again(Engine::Sqlite);
}
#[test]
fn a_demo_that_was_not_finished_is_made_again_on_postgres() {
    a_demo_that_was_not_finished_is_made_again(Engine::Postgres);
}

/// The sample is a day one can believe at whatever time it is made: a weekday's morning, a Sunday, an evening, before opening,
/// a holiday.
#[test]
fn the_sample_is_a_believable_day_at_any_hour() {
    for (now, seen) in [
        (crate::support::START, "in-chair"),
        ("2026-11-22T09:30:00+08:00", "in-chair"),
        ("2026-11-25T19:20:00+08:00", "in-chair"),
        ("2026-12-03T06:10:00+08:00", "confirmed"),
        ("2027-01-01T14:05:00+08:00", "in-chair"),
    ] {
        let folder = folder("hours");
        let database = format!("sqlite:{}", folder.join("demo.db").display());
        assert!(demo_made_new_data(&mut demo_at(&folder, &database, now)));
        let count = |sql: &str| number(&database, &format!("SELECT count(*) AS n FROM {sql}"));
        let midnight = chairside::platform::clock::Instant::parse_rfc3339(&format!("{}T00:00:00+08:00", &now[..10]))
            .unwrap()
            .0;
        let today = format!("appointments WHERE starts_at BETWEEN {midnight} AND {midnight} + 86400000");
        assert!(count(&today) >= 35, "{now}: {} today", count(&today));
        assert!(
            count(&format!("{today} AND status = '{seen}'")) > 0,
            "{now}: nobody is {seen}"
        );
        // Calls: some wait, some are to be tried again.
        assert!(count("call_tasks WHERE state = 'open' AND attempts = 0") >= 6, "{now}");
        assert!(count("call_tasks WHERE state = 'open' AND attempts > 0") >= 1, "{now}");
        // Messages bear the times of their rules; some go out in English.
        assert!(count("messages WHERE state = 'accepted'") > 20, "{now}");
        assert_eq!(count("messages WHERE updated_at % 900000 <> 0"), 0, "{now}");
        assert!((5..=10).contains(&count("patients WHERE language = 'en' AND email IS NOT NULL")));
        // Nobody was a patient before being registered, or has what their age forbids.
        assert_eq!(
            count("visits v JOIN patients p ON p.id = v.patient_id WHERE p.created_at > v.started_at"),
            0
        );
        let young =
            "visits v JOIN patients p ON p.id = v.patient_id WHERE julianday(v.day) - julianday(p.birth_date) <";
        assert_eq!(
            count(&format!(
                "{young} 20 * 365 AND v.service_name IN ('牙冠', '种植一期', '种植复查')"
            )),
            0
        );
        assert_eq!(
            count(&format!(
                "{young} 9 * 365 AND v.service_name IN ('正畸初诊', '正畸复诊')"
            )),
            0
        );
        assert_eq!(
            count("patients WHERE source = '单位体检' AND occupation = '学生' AND birth_date > '2010-01-01'"),
            0
        );
        assert_eq!(count("holidays WHERE name = '元旦' AND day NOT LIKE '%-01-01'"), 0);
        assert!(count("holidays WHERE name = '元旦'") >= 1 && count("holidays WHERE name = '春节'") >= 3);
    }
}
