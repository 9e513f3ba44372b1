//! Messages: dispatch over a real Kannel and a real SMTP server beside a raw client's loop with as many at once.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chairside::app::App;
use chairside::platform::clock::{Clock, Instant as At};
use chairside::platform::config::gateways::{Gateway, Kannel, Kind};
use chairside::platform::config::{Config, MailTransport, Secret, Tls};
use chairside::platform::db::DatabaseUrl;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::load::rate;
use super::{NOW, fresh_postgres};

/// Sends in flight, ours and the raw client's.
const AT_ONCE: usize = 8;
/// The same over a Kannel that is waited for: asked for delivery reports, its two boxes wait for each other for 40 ms (Nagle's
/// algorithm and delayed acknowledgements) whenever nothing else is on its way between them.
const MANY_AT_ONCE: usize = 32;
/// Messages of one dispatch over a gateway.
const SENT: usize = 3000;
/// The body that the raw client sends: as long as ours.
const BODY: &str = "【知齿口腔】张伟，您好！治疗后感觉如何？如有不适请致电 0571 8765 4321。";

/// A clinic of this process, on a database of its own.
pub struct Clinic {
    pub app: App,
    dir: PathBuf,
}

impl Drop for Clinic {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

pub fn clinic(server: Option<&str>, what: &str, change: impl FnOnce(&mut Config)) -> Clinic {
    let dir = std::env::temp_dir().join(format!("chairside-bench-{what}-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let mut config = Config::defaults().unwrap();
    config.secrets.key = Secret("07".repeat(32));
    config.database.url = match server {
        Some(server) => fresh_postgres(server, what),
        None => format!("sqlite:{}", dir.join("bench.db").display()),
    };
    config.dispatch.concurrency = AT_ONCE;
    change(&mut config);
    let now = At::parse_rfc3339(NOW).unwrap();
    let app = App::open(config, Clock::manual(now)).unwrap();
    app.db
        .write_now(move |c| chairside::cli::demo::clinic::build(c, now))
        .unwrap();
    Clinic { app, dir }
}

/// A statement that may take its time.
pub fn slowly(clinic: &Clinic, sql: &str) {
    let unhurried = match clinic.app.db.url() {
        DatabaseUrl::Postgres(_) => format!("SET LOCAL statement_timeout = 0; {sql}"),
        DatabaseUrl::Sqlite(_) => sql.to_owned(),
    };
    clinic
        .app
        .db
        .write_now(move |c| Ok(c.batch_execute(&unhurried)?))
        .unwrap();
}

/// So many patients; the day of the year on which each is born, by its number `n`.
pub fn patients(clinic: &Clinic, count: usize, month_day: &str) {
    let series = match clinic.app.db.url() {
        DatabaseUrl::Postgres(_) => format!("generate_series(1, {count}) AS t(n)"),
        DatabaseUrl::Sqlite(_) => format!(
            "(WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < {count}) SELECT n FROM t) AS t"
        ),
    };
    let sql = format!(
        "INSERT INTO patients (chart_no, name, search_name, initials, sex, birth_month_day, phone, phone_tail, email, language, channel, \
         marketing, vip, needs, allergies, history, occupation, address, source, note, completeness, deceased, version, created_at, \
         updated_at) SELECT 'B' || n, '张伟', '张伟', 'zw', 'unknown', {month_day}, '+86' || (13000000000 + n), '0000', \
         'p' || n || '@clinic.example', 'zh', 'sms', TRUE, FALSE, '', '', '', '', '', '', '', 40, FALSE, 1, 0, 0 FROM {series}"
    );
    slowly(clinic, &sql);
}

/// Messages to the first patient, each due at its time.
pub fn queue(clinic: &Clinic, messages: usize, key: &str, channel: &str, priority: i32, due: impl Fn(usize) -> i64) {
    let patient: i64 = clinic
        .app
        .db
        .read_now(|c| {
            use chairside::platform::db::schema::patients as p;
            Ok(p::table.filter(p::chart_no.eq("B1")).select(p::id).first(c)?)
        })
        .unwrap();
    let all: Vec<usize> = (0..messages).collect();
    for chunk in all.chunks(500) {
        let rows: Vec<String> = chunk
            .iter()
            .map(|n| {
                let due = due(*n);
                format!(
                    "('{key}:{n}', {patient}, 'patient', {patient}, 'follow-up', 'follow-up', '{channel}', 'zh', 'queued', {priority}, \
                     {due}, {due} + 86400000, {due}, 0, '{{}}', {due}, {due})"
                )
            })
            .collect();
        let sql = format!(
            "INSERT INTO messages (dedupe_key, patient_id, subject, subject_id, purpose, template, channel, language, state, \
             priority, due_at, expires_at, next_try_at, attempts, variables, created_at, updated_at) VALUES {}",
            rows.join(", ")
        );
        clinic.app.db.write_now(move |c| Ok(c.batch_execute(&sql)?)).unwrap();
    }
}

/// Messages a second.
async fn dispatch(clinic: &Clinic) -> f64 {
    let began = Instant::now();
    let report = clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(report.accepted, SENT, "{report:?}");
    rate(SENT, began.elapsed())
}

pub async fn messages(server: Option<&str>) {
    println!("\nmessages, {AT_ONCE} at once");
    // First: what it holds in memory is told by nothing that ran before it.
    super::lateness::late(server).await;
    over_kannel(server, AT_ONCE).await;
    over_kannel(server, MANY_AT_ONCE).await;
    over_smtp(server).await;
}

/// A server of `tests/tools` that tells its port first.
struct Tool(Child, u16);

impl Drop for Tool {
    fn drop(&mut self) {
        drop(Command::new("kill").arg(self.0.id().to_string()).status());
        drop(self.0.wait());
    }
}

fn tool(command: &mut Command) -> Tool {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let port = line
        .split_whitespace()
        .nth(1)
        .unwrap_or_else(|| panic!("{command:?}: {line}"));
    Tool(child, port.parse().unwrap())
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tools").join(name)
}

/// Takes reports and forgets them.
async fn sink() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", socket.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            tokio::spawn(async move {
                let mut part = [0; 4096];
                while matches!(stream.read(&mut part).await, Ok(n) if n > 0) {
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                    if stream.write_all(answer).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    base
}

/// So many at once, each doing the same again and again.
async fn loops<T: Future<Output = ()> + Send + 'static>(at_once: usize, one: impl Fn(Arc<AtomicUsize>) -> T) -> f64 {
    let (next, began) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let tasks: Vec<_> = (0..at_once).map(|_| tokio::spawn(one(Arc::clone(&next)))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    rate(SENT, began.elapsed())
}

async fn over_kannel(server: Option<&str>, at_once: usize) {
    let reports = sink().await;
    let dir = std::env::temp_dir().join(format!("chairside-bench-kannel-{}", std::process::id()));
    let kannel = tool(
        Command::new(path("kannel.sh"))
            .arg("start")
            .arg(&dir)
            .arg("http://127.0.0.1:9/mo"),
    );
    let url = format!("http://127.0.0.1:{}/cgi-bin/sendsms", kannel.1);
    let clinic = clinic(server, "kannel", |c| {
        let settings = Kannel {
            url: url.clone(),
            user: "clinic".into(),
            password: Secret("s3cret".into()),
            sender: "10690001".into(),
        };
        let mut gateway = Gateway::from(Kind::Kannel(settings));
        (gateway.rate_per_second, gateway.concurrency) = (10_000.0, at_once);
        c.dispatch.concurrency = at_once;
        c.sms.only("kannel", gateway);
        c.server.public_url.clone_from(&reports);
    });
    patients(&clinic, 1, "NULL");
    let client = reqwest::Client::new();
    let raw = async || {
        loops(at_once, |next| {
            let (client, url, reports) = (client.clone(), url.clone(), reports.clone());
            async move {
                while next.fetch_add(1, Ordering::Relaxed) < SENT {
                    let request = client
                        .post(&url)
                        .header("Content-Type", "text/plain; charset=UTF-8")
                        .header("X-Kannel-Username", "clinic")
                        .header("X-Kannel-Password", "s3cret")
                        .header("X-Kannel-From", "10690001")
                        .header("X-Kannel-To", "+8613000000001")
                        .header("X-Kannel-Coding", "2")
                        .header("X-Kannel-DLR-Mask", "31")
                        .header("X-Kannel-DLR-Url", format!("{reports}/report?type=%d"));
                    let answer = request.body(BODY).send().await.unwrap();
                    assert_eq!(answer.status(), 202);
                    answer.bytes().await.unwrap();
                }
            }
        })
        .await
    };
    let now = clinic.app.clock.now().0;
    raw().await;
    let before = raw().await;
    queue(&clinic, SENT, "warm", "sms", 5, |_| now);
    dispatch(&clinic).await;
    queue(&clinic, SENT, "kannel", "sms", 5, |_| now);
    let ours = dispatch(&clinic).await;
    compare(&format!("Kannel, {at_once} at once"), ours, before, raw().await);
    drop(kannel);
    drop(std::fs::remove_dir_all(dir));
}

fn compare(what: &str, ours: f64, before: f64, after: f64) {
    let ceiling = before.midpoint(after);
    println!(
        "{:<44} {ceiling:>9.0} /s ({before:.0}, {after:.0})",
        format!("ceiling: raw client to {what}")
    );
    println!("{:<44} {ours:>9.0} /s", format!("dispatch over {what}"));
    println!("  ratio dispatch / raw client                 {:>9.2}", ours / ceiling);
}

async fn over_smtp(server: Option<&str>) {
    let smtp = tool(Command::new("/usr/bin/python3").arg(path("smtp.py")));
    let port = smtp.1;
    let clinic = clinic(server, "smtp", |c| {
        c.mail.transport = MailTransport::Smtp;
        c.mail.host = "127.0.0.1".into();
        c.mail.port = port;
        c.mail.tls = Tls::None;
        c.mail.from = "desk@clinic.example".into();
        (c.mail.rate_per_second, c.mail.concurrency) = (10_000.0, AT_ONCE);
    });
    patients(&clinic, 1, "NULL");
    let now = clinic.app.clock.now().0;
    queue(&clinic, SENT, "warm", "email", 5, |_| now);
    dispatch(&clinic).await;
    // As long as one of ours.
    let letter = format!(
        "Subject: x\r\n\r\n{}.\r\n",
        format!("{}\r\n", "0123456789".repeat(7)).repeat(80)
    );
    let raw = async || {
        loops(AT_ONCE, |next| {
            let letter = letter.clone();
            async move {
                let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut dialogue = Dialogue(tokio::io::BufReader::new(stream));
                dialogue.hears("220").await;
                dialogue.says("EHLO bench\r\n", "250").await;
                while next.fetch_add(1, Ordering::Relaxed) < SENT {
                    dialogue.says("MAIL FROM:<desk@clinic.example>\r\n", "250").await;
                    dialogue.says("RCPT TO:<p1@clinic.example>\r\n", "250").await;
                    dialogue.says("DATA\r\n", "354").await;
                    dialogue.says(&letter, "250").await;
                }
            }
        })
        .await
    };
    let before = raw().await;
    queue(&clinic, SENT, "smtp", "email", 5, |_| now);
    let ours = dispatch(&clinic).await;
    compare("SMTP (aiosmtpd)", ours, before, raw().await);
}

/// SMTP, spoken by hand.
struct Dialogue(tokio::io::BufReader<TcpStream>);

impl Dialogue {
    async fn says(&mut self, text: &str, code: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
        self.hears(code).await;
    }
    async fn hears(&mut self, code: &str) {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            assert!(line.starts_with(code), "{line}");
            if line.as_bytes().get(3) != Some(&b'-') {
                return;
            }
        }
    }
}
