//! What the product does of what this machine can do: `cargo bench --bench clinic`.
//!
//! Every figure is taken in the same run as the ceiling it is compared with, on the same cores, by the same client; what is
//! printed last are the ratios. A word after `--` takes a part alone: `pages`, `messages` or `planner`. The sizes are set by
//! CHAIRSIDE_BENCH_MESSAGES (100000) and CHAIRSIDE_BENCH_PATIENTS (10000,100000), one database alone by
//! CHAIRSIDE_BENCH_ENGINE (SQLite, PostgreSQL). PostgreSQL is measured when CHAIRSIDE_TEST_PG names a server (tests/run starts one:
//! `tests/run --only bench`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a measurement that cannot go on stops"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::too_many_lines,
    clippy::as_conversions,
    reason = "it measures the machine it runs on"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

mod history;
mod lateness;
mod load;
mod memory;
mod messages;
mod planner;

use load::{Load, get, load, load_for, post, rate};
use memory::{Watch, resident_mb};

/// How long each figure is taken.
const SPAN: Duration = Duration::from_secs(4);
/// The demo's moment: a Monday morning, so that every run sees the same full day.
const NOW: &str = "2026-11-23T10:42:00+08:00";

fn main() {
    // `cargo bench` passes --bench; `cargo nextest`/`cargo test --benches` would not: there is nothing to test here.
    if !std::env::args().any(|a| a == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    println!("cores: {}", std::thread::available_parallelism().map_or(0, usize::from));
    runtime.block_on(async {
        let hello = if wanted("pages") { hello_ceiling().await } else { 0.0 };
        let server = std::env::var("CHAIRSIDE_TEST_PG").ok();
        for (name, server) in [("SQLite", None), ("PostgreSQL", server.as_deref())] {
            if std::env::var("CHAIRSIDE_BENCH_ENGINE").is_ok_and(|only| only != name) {
                continue;
            }
            if name == "PostgreSQL" && server.is_none() {
                println!("PostgreSQL: not measured, CHAIRSIDE_TEST_PG is not set");
                continue;
            }
            println!("\n{name}");
            if wanted("messages") {
                messages::messages(server).await;
            }
            if wanted("planner") {
                planner::planner(server).await;
            }
            if wanted("pages") {
                println!("\n{:<44} {hello:>9.0} req/s", "ceiling: actix hello, 16 connections");
                engine(name, server, hello).await;
            }
        }
    });
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_chairside")).unwrap().len();
    println!(
        "binary size: {:.1} MB",
        f64::from(u32::try_from(size / 1024).unwrap()) / 1024.0
    );
}

/// Whether a part is to be measured: all are, unless one is named.
fn wanted(part: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|a| !a.starts_with('-')).peekable();
    named.peek().is_none() || named.any(|a| a == part)
}

/// The same framework answering four bytes, in this process.
async fn hello_ceiling() -> f64 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            actix_web::HttpServer::new(|| {
                actix_web::App::new().route("/", actix_web::web::get().to(|| async { "hello" }))
            })
            .workers(2)
            .listen(socket)
            .unwrap()
            .run()
            .await
            .unwrap();
        });
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    load(&address.to_string(), 16, Arc::new(|_| get("/", "")))
        .await
        .per_second
}

/// A demo of its own, as a process.
struct Demo {
    child: Child,
    /// Kept open: a program whose standard output is closed cannot say the rest of what it has to say.
    _said: BufReader<std::process::ChildStdout>,
    address: String,
    started_in: Duration,
    database: String,
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn demo(data: &std::path::Path, database: Option<&str>) -> Demo {
    let began = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chairside"));
    command
        .args(["demo", "--listen", "127.0.0.1:0", "--now", NOW, "--data"])
        .arg(data);
    command
        .env_remove("DATABASE_URL")
        .env_remove("CHAIRSIDE_TEST_PG")
        .env("CHAIRSIDE_LOG__FILTER", "error")
        .stdout(Stdio::piped());
    if let Some(url) = database {
        command.env("DATABASE_URL", url);
    }
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap().to_owned();
    while std::net::TcpStream::connect(&address).is_err() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let database = database.map_or_else(|| format!("sqlite:{}/chairside.db", data.display()), str::to_owned);
    Demo {
        child,
        _said: said,
        address,
        started_in: began.elapsed(),
        database,
    }
}

fn token(d: &Demo, data: &std::path::Path) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_chairside"))
        .args(["token", "--role", "front-desk", "--data"])
        .arg(data)
        .env("DATABASE_URL", &d.database)
        .env_remove("CHAIRSIDE_TEST_PG")
        .output()
        .unwrap();
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

async fn engine(name: &str, server: Option<&str>, hello: f64) {
    let dir = std::env::temp_dir().join(format!("chairside-bench-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let url = server.map(|s| fresh_postgres(s, "pages"));
    let first = demo(&dir, url.as_deref());
    println!(
        "{:<44} {:>9.0} ms",
        "first start, sample data made",
        first.started_in.as_secs_f64() * 1e3
    );
    drop(first);
    let d = demo(&dir, url.as_deref());
    println!("{:<44} {:>9.0} ms", "start with data", d.started_in.as_secs_f64() * 1e3);
    println!("{:<44} {:>9.1} MB", "resident, idle", resident_mb(d.child.id()));
    let bearer = format!("Authorization: Bearer {}\r\n", token(&d, &dir));
    let raw_read = raw_day_read(&d.database);
    let ready = load(&d.address, 16, Arc::new(|_| get("/health/live", ""))).await;
    let b = bearer.clone();
    let watch = Watch::begin(d.child.id());
    let day = load(&d.address, 16, Arc::new(move |_| get("/day?day=2026-11-23", &b))).await;
    println!(
        "{:<44} {:>9.1} MB",
        "resident, most while boards are loaded",
        watch.end()
    );
    let b = bearer.clone();
    let api = load(
        &d.address,
        16,
        Arc::new(move |_| get("/api/v1/appointments?from=2026-11-23", &b)),
    )
    .await;
    let b = bearer.clone();
    let slots = load(
        &d.address,
        16,
        Arc::new(move |_| get("/api/v1/slots?service_id=1&days=7", &b)),
    )
    .await;
    println!(
        "{:<44} {:>9.0} /s",
        "ceiling: one day's rows by diesel, 2 threads", raw_read
    );
    show("day page (board, 50 visits)", &day);
    show("day as JSON", &api);
    show("free times, 4 providers x 7 days", &slots);
    for connections in [1, 8, 32] {
        let raw = raw_commits(&d.database, connections).await;
        let booked = book(&d, &bearer, connections, Calendar::of_demo(connections)).await;
        println!(
            "{:<44} {:>9.0} /s",
            format!("ceiling: durable one-row writes, {connections} callers"),
            raw
        );
        show(&format!("booking through HTTP, {connections} connections"), &booked);
        println!(
            "  ratio booking / durable write               {:>9.2}",
            booked.per_second / raw
        );
    }
    println!(
        "{:<44} {:>9.1} MB",
        "resident, after the load",
        resident_mb(d.child.id())
    );
    println!(
        "  ratio live / hello                          {:>9.2}",
        ready.per_second / hello
    );
    println!(
        "  ratio day page / day's rows                 {:>9.2}",
        day.per_second / raw_read
    );
    println!(
        "  ratio day JSON / day's rows                 {:>9.2}",
        api.per_second / raw_read
    );
    history::grow(&d, &bearer).await;
    drop(d);
    drop(std::fs::remove_dir_all(dir));
}

fn show(what: &str, l: &Load) {
    println!(
        "{what:<44} {:>9.0} req/s  p50 {:.1} ms  p99 {:.1} ms  answers {:?}",
        l.per_second, l.p50, l.p99, l.statuses
    );
}

/// Whose times are booked, and in which weeks of the two years ahead that can be booked.
#[derive(Clone, Copy)]
struct Calendar {
    first_provider: usize,
    providers: usize,
    first_week: usize,
}

impl Calendar {
    /// The demo's doctors: a third of their weeks for each number of connections.
    fn of_demo(connections: usize) -> Calendar {
        const WEEKS: usize = 32;
        let third = [1, 8].iter().position(|n| *n == connections).unwrap_or(2);
        Calendar {
            first_provider: 1,
            providers: 4,
            first_week: 3 + third * WEEKS,
        }
    }
}

/// Books distinct times. Only what was booked counts; the few times that holidays and the sample's own visits take are seen
/// in the answers.
async fn book(d: &Demo, bearer: &str, connections: usize, of: Calendar) -> Load {
    const QUARTERS: usize = 26;
    let next = Arc::new(AtomicUsize::new(0));
    let bearer = bearer.to_owned();
    let mut load = load_for(
        SPAN / 2,
        &d.address,
        connections,
        Arc::new(move |_| {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let (provider, n) = (of.first_provider + n % of.providers, n / of.providers);
            let (quarter, day) = (n % QUARTERS, n / QUARTERS);
            let days = (of.first_week + day / 6) * 7 + day % 6;
            let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
                + chrono::TimeDelta::days(i64::try_from(days).unwrap());
            // 9:00 to 12:00 and 14:00 to 17:30.
            let minute = if quarter < 12 { 540 + quarter * 15 } else { 840 + (quarter - 12) * 15 };
            let body = format!(
                r#"{{"patient_id":{},"service_id":1,"provider_id":{provider},"starts_at":"{date}T{:02}:{:02}:00+08:00","minutes":15}}"#,
                1 + (n * of.providers + provider) % 400,
                minute / 60,
                minute % 60
            );
            post("/api/v1/appointments", &bearer, &body)
        }),
    )
    .await;
    let all: usize = load.statuses.values().sum();
    let booked = load.statuses.get(&201).copied().unwrap_or(0);
    load.per_second *= f64::from(u32::try_from(booked).unwrap()) / f64::from(u32::try_from(all.max(1)).unwrap());
    load
}

fn fresh_postgres(server: &str, what: &str) -> String {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, PgConnection};
    let name = format!("bench_{what}_{}", std::process::id());
    let mut c = PgConnection::establish(server).unwrap();
    c.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        .unwrap();
    c.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

fn open(url: &str) -> chairside::platform::db::Db {
    use chairside::platform::db::{DatabaseUrl, Db, PoolSizes};
    Db::open(&DatabaseUrl::parse(url).unwrap(), PoolSizes { readers: 2, writers: 8 }).unwrap()
}

/// The day's rows with their patients, as the board reads them, without HTTP: two threads.
fn raw_day_read(url: &str) -> f64 {
    let db = open(url);
    let done = AtomicUsize::new(0);
    let began = Instant::now();
    std::thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                while began.elapsed() < SPAN {
                    let rows = db
                        .read_now(|c| {
                            let site = chairside::clinic::the_site(c)?;
                            let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
                            let (from, until) = chairside::platform::clock::day_bounds(site.tz(), day);
                            chairside::appointments::list_between(c, site.id, from, until)
                        })
                        .unwrap();
                    assert!(rows.len() > 20);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    rate(done.load(Ordering::Relaxed), began.elapsed())
}

/// One row inserted and committed durably, by so many callers at once, through the product's own write side.
async fn raw_commits(url: &str, callers: usize) -> f64 {
    use chairside::platform::clock::Instant as At;
    use chairside::platform::db::schema::job_runs as t;
    use diesel::{ExpressionMethods, RunQueryDsl};
    let db = open(url);
    let done = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (db, done) = (db.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut n = 0_i64;
                while began.elapsed() < SPAN {
                    n += 1;
                    let tick =
                        At(n * 1000 + i64::try_from(caller).unwrap() + began.elapsed().subsec_nanos() as i64 * 100_000);
                    db.write(move |c| {
                        let row = (
                            t::job.eq("bench"),
                            t::tick.eq(tick),
                            t::instance.eq("b"),
                            t::started_at.eq(tick),
                        );
                        Ok(diesel::insert_into(t::table).values(row).execute(c)?)
                    })
                    .await
                    .ok();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for t in tasks {
        t.await.unwrap();
    }
    rate(done.load(Ordering::Relaxed), began.elapsed())
}
