//! A running clinic for a test: its own database (a copy of one that was migrated and filled once), its own port, a clock
//! that the test moves, and browsers that keep their cookies.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;

use chairside::app::App;
use chairside::cli::demo::clinic::{PASSWORD, Sample};
use chairside::platform::clock::{Clock, Instant};
use chairside::platform::config::{Config, Secret};
use chairside::platform::db::{Conn, Db};
use chairside::platform::error::Result;
use chairside::staff::{self, Role};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::Value;

/// Monday 23 November 2026, 10:42 in Shanghai: the moment at which every test's clinic begins.
pub const START: &str = "2026-11-23T10:42:00+08:00";

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// `both!(name, |clinic| { … })` makes two tests of one body: `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! both {
    ($(#[$m:meta])* $name:ident, |$clinic:ident| $body:block) => {
        $(#[$m])*
        mod $name {
            #[allow(unused_imports, reason = "shared by both")]
            use super::*;
            async fn body($clinic: $crate::support::Clinic) $body
            #[test]
            fn sqlite() { $crate::support::run($crate::support::Engine::Sqlite, body) }
            #[test]
            fn postgres() { $crate::support::run($crate::support::Engine::Postgres, body) }
        }
    };
}

/// Runs a test body against a started clinic.
pub fn run<F: Future<Output = ()>>(engine: Engine, body: impl FnOnce(Clinic) -> F) {
    actix_web::rt::System::new().block_on(async {
        let clinic = Clinic::start(engine, |_| {}).await;
        body(clinic).await;
    });
}

/// A started clinic.
pub struct Clinic {
    pub app: App,
    pub engine: Engine,
    pub base: String,
    pub sample: Sample,
}

impl Clinic {
    /// A clinic with settings of its own.
    pub async fn start(engine: Engine, change: impl FnOnce(&mut Config)) -> Clinic {
        let mut config = config();
        let (url, sample) = fresh_database(engine);
        config.database.url = url;
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", socket.local_addr().unwrap());
        config.server.public_url.clone_from(&base);
        change(&mut config);
        let clock = Clock::manual(Instant::parse_rfc3339(START).unwrap());
        let app = App::open(config, clock).unwrap();
        actix_web::rt::spawn(app.server(socket).unwrap());
        Clinic {
            app,
            engine,
            base,
            sample,
        }
    }

    /// A second instance of the same clinic: same database and clock, another port.
    pub async fn another_instance(&self) -> Clinic {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", socket.local_addr().unwrap());
        let app = App::open(self.app.config.clone(), self.app.clock.clone()).unwrap();
        actix_web::rt::spawn(app.server(socket).unwrap());
        Clinic {
            app,
            engine: self.engine,
            base,
            sample: self.sample.clone(),
        }
    }

    pub fn now(&self) -> Instant {
        self.app.clock.now()
    }
    /// Moves the clock forward.
    pub fn minutes_pass(&self, minutes: i64) {
        self.app.clock.advance(minutes * 60_000);
    }
    /// Sets the clock to an RFC 3339 time.
    pub fn it_is(&self, time: &str) {
        self.app.clock.set(Instant::parse_rfc3339(time).unwrap());
    }

    /// A browser that is not signed in.
    pub fn visitor(&self) -> Browser {
        rustls_ready();
        let client = Client::builder()
            .cookie_store(true)
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Browser {
            client,
            base: self.base.clone(),
            bearer: None,
        }
    }
    /// A browser signed in as the sample account `login` (admin, desk, nurse, doctor, manager, desk2).
    pub async fn signed_in(&self, login: &str) -> Browser {
        let browser = self.visitor();
        let answer = browser
            .post_form("/sign-in", &[("login", login), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.status(), 303, "sign-in of {login}");
        browser
    }
    /// An API client with a role's token.
    pub async fn api(&self, role: Role) -> Browser {
        let now = self.now();
        let token = self
            .app
            .db
            .write(move |c| staff::issue_token(c, now, role))
            .await
            .unwrap();
        Browser {
            bearer: Some(token),
            ..self.visitor()
        }
    }

    /// Asks the database directly (for what no page shows).
    pub async fn sql<T: Send + 'static>(&self, f: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> T {
        self.app.db.write(f).await.unwrap()
    }
    /// A count by SQL that both databases understand: `SELECT count(*) AS n …`.
    pub async fn count(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let sql = sql.to_owned();
        self.sql(move |c| Ok(diesel::sql_query(sql).get_result::<Row>(c)?.n))
            .await
    }
}

/// A browser or API client.
pub struct Browser {
    pub client: Client,
    pub base: String,
    pub bearer: Option<String>,
}

impl Browser {
    fn send(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.bearer {
            Some(token) => request.bearer_auth(token),
            None => request.header("Sec-Fetch-Site", "same-origin"),
        }
    }
    pub async fn get(&self, path: &str) -> Response {
        self.send(self.client.get(format!("{}{path}", self.base)))
            .send()
            .await
            .unwrap()
    }
    /// A page's text; it must be there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "GET {path}: {text}");
        text
    }
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(self.client.post(format!("{}{path}", self.base)).form(fields))
            .send()
            .await
            .unwrap()
    }
    pub async fn get_json(&self, path: &str) -> (u16, Value) {
        json(self.get(path).await).await
    }
    pub async fn post_json(&self, path: &str, body: &Value) -> (u16, Value) {
        json(
            self.send(self.client.post(format!("{}{path}", self.base)).json(body))
                .send()
                .await
                .unwrap(),
        )
        .await
    }
    pub async fn patch_json(&self, path: &str, body: &Value) -> (u16, Value) {
        json(
            self.send(self.client.patch(format!("{}{path}", self.base)).json(body))
                .send()
                .await
                .unwrap(),
        )
        .await
    }
}

async fn json(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn rustls_ready() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// The settings tests start from.
pub fn config() -> Config {
    let mut config = Config::defaults().unwrap();
    config.secrets.key = Secret("07".repeat(32));
    config.server.workers = 2;
    config.database.readers = 4;
    config.database.writers = 8;
    config
}

/// A copy of the sample clinic's database, as URL.
fn fresh_database(engine: Engine) -> (String, Sample) {
    let name = format!("t_{}_{:08x}", std::process::id(), rand::random::<u32>());
    match engine {
        Engine::Sqlite => {
            let template = once("sqlite", |path| {
                let url = format!("sqlite:{}", path.display());
                build_sample(&url);
            });
            let copy = scratch().join(format!("{name}.db"));
            std::fs::copy(&template, &copy).unwrap();
            let url = format!("sqlite:{}", copy.display());
            let sample = load_sample(&url);
            (url, sample)
        }
        Engine::Postgres => {
            let server = postgres_url();
            let template = format!("template_{}", build_id());
            once("postgres", |done| {
                admin(&server, &format!("DROP DATABASE IF EXISTS {template}"));
                admin(&server, &format!("CREATE DATABASE {template}"));
                build_sample(&on_server(&server, &template));
                std::fs::write(done, "built").unwrap();
            });
            admin(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
            let url = on_server(&server, &name);
            let sample = load_sample(&url);
            (url, sample)
        }
    }
}

/// The private cluster that tests/run started. Without it half of the tests would be untested: that is a failure.
pub fn postgres_url() -> String {
    std::env::var("CHAIRSIDE_TEST_PG")
        .expect("CHAIRSIDE_TEST_PG is not set: run the tests with tests/run, which starts PostgreSQL")
}

fn on_server(server: &str, database: &str) -> String {
    format!("{}/{database}", server.rsplit_once('/').unwrap().0)
}

fn admin(server: &str, sql: &str) {
    let mut last = None;
    // Copying a template fails while somebody else copies it.
    for _ in 0..200 {
        let tried = PgConnection::establish(server)
            .map_err(|e| e.to_string())
            .and_then(|mut c| c.batch_execute(sql).map_err(|e| e.to_string()));
        match tried {
            Ok(()) => return,
            Err(e) => last = Some(e),
        }
        std::thread::yield_now();
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("{sql}: {last:?}");
}

fn scratch() -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// Differs for every build of the tests, so that templates of an older one are not used.
fn build_id() -> String {
    let exe = std::env::current_exe().unwrap();
    let modified = std::fs::metadata(exe).unwrap().modified().unwrap();
    let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
    let server = std::env::var("CHAIRSIDE_TEST_PG").unwrap_or_default();
    let port: String = server.chars().filter(char::is_ascii_digit).collect();
    format!("{:x}_{port}", since.as_millis())
}

/// Makes something once over all test processes; the others wait for it.
fn once(what: &str, make: impl FnOnce(&PathBuf)) -> PathBuf {
    let done = scratch().join(format!("template_{what}_{}", build_id()));
    let lock = File::create(scratch().join(format!("{what}.lock"))).unwrap();
    lock.lock().unwrap();
    if !done.exists() {
        let building = scratch().join(format!("building_{what}_{}", build_id()));
        for suffix in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{suffix}", building.display())));
        }
        make(&building);
        std::fs::rename(&building, &done).unwrap();
    }
    done
}

fn build_sample(url: &str) {
    let mut config = config();
    config.database.url = url.to_owned();
    config.database.readers = 1;
    config.database.writers = 1;
    let now = Instant::parse_rfc3339(START).unwrap();
    let app = App::open(config, Clock::manual(now)).unwrap();
    app.db
        .write_now(move |c| chairside::cli::demo::clinic::build(c, now))
        .unwrap();
    if url.starts_with("sqlite") {
        app.db.checkpoint().unwrap();
    }
}

fn load_sample(url: &str) -> Sample {
    let mut config = config();
    config.database.url = url.to_owned();
    let sizes = chairside::platform::db::PoolSizes { readers: 1, writers: 1 };
    let db = Db::open(&config.database_url().unwrap(), sizes).unwrap();
    db.read_now(|c| {
        Ok(Sample {
            site: chairside::clinic::the_site(c)?,
            providers: chairside::clinic::list_providers(c, true)?,
            services: chairside::clinic::list_services(c, true)?,
            users: staff::list_users(c)?.into_iter().map(|u| u.id).collect(),
        })
    })
    .unwrap()
}

/// Table, column and "may be null" of every column, sorted.
pub fn columns(c: &mut Conn) -> Result<Vec<(String, String, bool)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        t: String,
        #[diesel(sql_type = diesel::sql_types::Text)]
        col: String,
        #[diesel(sql_type = diesel::sql_types::Bool)]
        nullable: bool,
    }
    let sql = match c {
        Conn::Sqlite(_) => {
            "SELECT m.name AS t, p.name AS col, p.\"notnull\" = 0 AS nullable FROM sqlite_master m, pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'"
        }
        Conn::Pg(_) => {
            "SELECT table_name::text AS t, column_name::text AS col, is_nullable = 'YES' AS nullable \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'"
        }
    };
    let mut rows: Vec<_> = diesel::sql_query(sql)
        .load::<Row>(c)?
        .into_iter()
        .map(|r| (r.t, r.col, r.nullable))
        .collect();
    rows.sort();
    Ok(rows)
}

/// Runs futures at the same time.
pub async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    use std::pin::Pin;
    use std::task::Poll;
    let mut running: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (future, slot) in running.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(cx)
            {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// A patient with a mobile number, straight into the database (what registering does is tested elsewhere).
pub async fn make_patient(clinic: &Clinic, name: &str, mobile: &str) -> chairside::patients::PatientId {
    use chairside::platform::db::schema::patients as p;
    use diesel::ExpressionMethods;
    let (name, phone, now) = (name.to_owned(), format!("+86{mobile}"), clinic.now());
    let chart = format!("T{:08x}", rand::random::<u32>());
    clinic
        .sql(move |c| {
            let texts = (
                p::needs.eq(""),
                p::allergies.eq(""),
                p::history.eq(""),
                p::occupation.eq(""),
                p::address.eq(""),
                p::source.eq(""),
                p::note.eq(""),
                p::initials.eq(""),
                p::sex.eq("unknown"),
                p::language.eq("zh"),
                p::channel.eq("sms"),
            );
            let flags = (
                p::marketing.eq(true),
                p::vip.eq(false),
                p::deceased.eq(false),
                p::completeness.eq(40),
                p::version.eq(1_i64),
            );
            let own = (
                p::chart_no.eq(chart),
                p::search_name.eq(&name),
                p::name.eq(&name),
                p::phone_tail.eq(&phone[10..]),
                p::phone.eq(&phone),
                p::created_at.eq(now),
                p::updated_at.eq(now),
            );
            Ok(diesel::insert_into(p::table)
                .values((own, texts, flags))
                .returning(p::id)
                .get_result(c)?)
        })
        .await
}
