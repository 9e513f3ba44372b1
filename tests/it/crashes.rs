//! The real program, killed in the middle of its work: what was asked for with a key is done once.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chairside::platform::db::{DatabaseUrl, Db, PoolSizes};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::support::{Clinic, Engine, postgres_url, run};

/// How many bookings there are, how many of them at a time, and after how many answers the program is killed. However
/// slow the machine, at most `KILLED_AFTER + AT_A_TIME` can have been answered by then.
const BOOKINGS: usize = 120;
const AT_A_TIME: usize = 24;
const KILLED_AFTER: usize = 30;

/// A demo in a folder, at a time.
struct Demo {
    child: Child,
    /// Kept open: the program says what it has to say there.
    _said: BufReader<ChildStdout>,
    base: String,
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn program(folder: &Path, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chairside"));
    command.env_clear().current_dir(folder).env("DATABASE_URL", url);
    command.env("CHAIRSIDE_LOG__FILTER", "error");
    command
}

fn demo(folder: &Path, url: &str, now: &str) -> Demo {
    let mut command = program(folder, url);
    command.args(["demo", "--listen", "127.0.0.1:0", "--data", ".", "--now", now]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap();
    let base = format!("http://{address}");
    Demo {
        child,
        _said: said,
        base,
    }
}

fn token(folder: &Path, url: &str) -> String {
    let made = program(folder, url)
        .args(["token", "--role", "front-desk", "--data", "."])
        .output()
        .unwrap();
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// The n-th booking: a quarter of an hour of the first provider's mornings in March.
fn booking(n: usize) -> Value {
    let (day, quarter) = (n / 12, n % 12);
    let date = chrono::NaiveDate::from_ymd_opt(2027, 3, 8).unwrap();
    let date = date + chrono::TimeDelta::days(i64::try_from(day / 6 * 7 + day % 6).unwrap());
    let starts_at = format!("{date}T{:02}:{:02}:00+08:00", 9 + quarter / 4, quarter % 4 * 15);
    json!({ "patient_id": 1 + n, "service_id": 1, "provider_id": 1, "starts_at": starts_at, "minutes": 15 })
}

/// Sends all bookings, each with its key; what came of each, and `after` so many answers what is to be done then.
async fn send(base: &str, token: &str, after: Option<(usize, Rc<dyn Fn()>)>) -> Vec<Option<(u16, Value)>> {
    let client = Client::new();
    let answered = Arc::new(AtomicUsize::new(0));
    let room = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    for n in 0..BOOKINGS {
        let request = client
            .post(format!("{base}/api/v1/appointments"))
            .bearer_auth(token)
            .header("Idempotency-Key", format!("booking-{n}"))
            .json(&booking(n));
        let (answered, room, after) = (Arc::clone(&answered), Arc::clone(&room), after.clone());
        running.spawn_local(async move {
            let _turn = room.acquire().await.ok()?;
            let answer = request.send().await.ok()?;
            let status = answer.status().as_u16();
            let body = answer.json().await.ok()?;
            let so_many = answered.fetch_add(1, Ordering::SeqCst) + 1;
            if let Some((when, act)) = after.filter(|(when, _)| *when == so_many) {
                assert!(when <= BOOKINGS);
                act();
            }
            Some((n, (status, body)))
        });
    }
    let mut all = vec![None; BOOKINGS];
    for (n, answer) in running.join_all().await.into_iter().flatten() {
        all[n] = Some(answer);
    }
    all
}

fn count(url: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let db = Db::open(&DatabaseUrl::parse(url).unwrap(), PoolSizes { readers: 1, writers: 1 }).unwrap();
    let sql = "SELECT count(*) AS n FROM appointments WHERE source = 'api'";
    db.read_now(|c| Ok(diesel::sql_query(sql).get_result::<Row>(c)?.n))
        .unwrap()
}

fn killed_in_the_middle(folder: &Path, url: &str) {
    drop(rustls::crypto::ring::default_provider().install_default());
    let first = demo(folder, url, "2026-11-23T10:42:00+08:00");
    let token = token(folder, url);
    let pid = first.child.id().to_string();
    let kill: Rc<dyn Fn()> = Rc::new(move || {
        assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
    });
    actix_web::rt::System::new().block_on(async {
        let before = send(&first.base, &token, Some((KILLED_AFTER, kill))).await;
        drop(first);
        assert!(before.iter().any(Option::is_none), "it was killed after all was done");
        assert!(before.iter().flatten().all(|(status, _)| *status == 201), "{before:?}");
        // Two minutes later the leases of what was cut off are over.
        let second = demo(folder, url, "2026-11-23T10:44:00+08:00");
        let after = send(&second.base, &token, None).await;
        for (n, (before, after)) in before.iter().zip(&after).enumerate() {
            let (status, body) = after.as_ref().unwrap();
            assert_eq!(*status, 201, "{n}: {body}");
            if let Some((_, answered)) = before {
                assert_eq!(body, answered, "{n}: the answer of the first time");
            }
        }
    });
    assert_eq!(count(url), i64::try_from(BOOKINGS).unwrap());
}

fn folder() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("crash_{:08x}", rand::random::<u32>()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn what_was_cut_off_is_done_once_when_it_is_sent_again_on_sqlite() {
    let folder = folder();
    let url = format!("sqlite:{}/chairside.db", folder.display());
    killed_in_the_middle(&folder, &url);
}

#[test]
fn what_was_cut_off_is_done_once_when_it_is_sent_again_on_postgres() {
    let server = postgres_url();
    let name = format!("crash_{:08x}", rand::random::<u32>());
    let mut admin = PgConnection::establish(&server).unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    killed_in_the_middle(&folder(), &url);
}

/// As when the server is started anew: what was in use a moment ago may cost an answer, which says that it can be tried again.
#[test]
fn connections_that_the_server_has_cut_are_replaced() {
    run(Engine::Postgres, |clinic: Clinic| async move {
        let desk = clinic.signed_in("desk").await;
        desk.page("/patients").await;
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        clinic.sql(move |c| Ok(c.batch_execute(others)?)).await;
        let mut last = 0;
        for _ in 0..40 {
            last = desk.get("/patients").await.status().as_u16();
            assert!([200, 503].contains(&last), "{last}");
        }
        assert_eq!(last, 200);
    });
}
