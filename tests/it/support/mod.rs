//! A running clinic for a test: its own database (a copy of one that was migrated and filled once), its own port, a clock
//! that the test moves, and browsers that keep their cookies.

mod database;

use std::net::TcpListener;

use chairside::app::App;
use chairside::cli::demo::clinic::{PASSWORD, Sample};
use chairside::platform::clock::{Clock, Instant};
use chairside::platform::config::gateways::{Kannel, Kind};
use chairside::platform::config::{Config, Secret};
use chairside::platform::db::Conn;
use chairside::platform::error::Result;
use chairside::staff::{self, Role};
use diesel::{QueryableByName, RunQueryDsl};
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::Value;

use database::fresh_database;
pub use database::{columns, postgres_url};

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
            // Nothing here is encrypted, and reading the machine's certificates takes a tenth of a test.
            .tls_certs_only([])
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
    /// A form with files: field, file name, content.
    pub async fn post_files(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Response {
        const EDGE: &str = "----chairside-test-7c1f";
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(head.as_bytes());
        }
        for (name, file, content) in files {
            let disposition = format!("form-data; name=\"{name}\"; filename=\"{file}\"");
            let head = format!(
                "--{EDGE}\r\nContent-Disposition: {disposition}\r\nContent-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
        let request = self.client.post(format!("{}{path}", self.base)).body(body);
        let kind = format!("multipart/form-data; boundary={EDGE}");
        self.send(request.header("Content-Type", kind)).send().await.unwrap()
    }
    /// A file as the body of a request.
    pub async fn put_file(&self, path: &str, headers: &[(&str, &str)], content: &[u8]) -> (u16, Value) {
        let mut request = self.client.put(format!("{}{path}", self.base)).body(content.to_vec());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        json(self.send(request).send().await.unwrap()).await
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
    // Not in use: it only calls us.
    let kannel = Kannel {
        url: "http://127.0.0.1:9/cgi-bin/sendsms".into(),
        ..Kannel::default()
    };
    config.sms.gateways.insert("kannel".into(), Kind::Kannel(kannel).into());
    // Tests move the clock by hours; what locks a desk is tested with it.
    config.security.lock_idle_minutes = 0;
    config.database.readers = 4;
    config.database.writers = 8;
    config
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

/// Books a cleaning for somebody, as the desk does; `tell`: the patient gets a confirmation.
pub async fn book_cleaning(
    clinic: &Clinic,
    patient: chairside::patients::PatientId,
    time: &str,
    tell: bool,
) -> chairside::appointments::Appointment {
    use chairside::appointments::{Booking, book};
    use chairside::staff::Actor;
    let booking = Booking {
        patient,
        service: clinic.sample.services.iter().find(|s| s.code == "cleaning").unwrap().id,
        provider: None,
        chair: None,
        starts_at: chairside::platform::clock::Instant::parse_rfc3339(time).unwrap(),
        minutes: None,
        note: String::new(),
        source: "desk",
        tell,
        hold: None,
        overbook: None,
    };
    book(&clinic.app.db, clinic.now(), Actor::system("test"), booking)
        .await
        .unwrap()
}
