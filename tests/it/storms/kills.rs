//! The real program, killed again and again while it hands messages to a real Kannel: what the telephone network got is
//! counted at the network.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant as Moment};

use chairside::platform::clock::Clock;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rand::RngExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::long_or;
use crate::gateways::Server;
use crate::gateways::texts::{kannel, phones_got};
use crate::support::{Clinic, Engine, make_patient};

/// Messages that one instance hands over at once; as many may have an answer that is not written down yet.
const AT_ONCE: usize = 8;
const IN_FLIGHT: usize = 2 * AT_ONCE;
/// How long an instance that does nothing is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// An instance of the program, at its own port.
struct Instance {
    folder: PathBuf,
    port: u16,
    child: Child,
}

impl Instance {
    fn start(folder: &Path, port: u16) -> Instance {
        Instance {
            folder: folder.to_owned(),
            port,
            child: serve(folder, port),
        }
    }

    /// As a power cut does it; it comes back at once.
    fn kill(&mut self) {
        assert!(self.child.try_wait().unwrap().is_none(), "it ended by itself");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn again(&mut self) {
        self.child = serve(&self.folder, self.port);
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn serve(folder: &Path, port: u16) -> Child {
    Command::new(env!("CARGO_BIN_EXE_chairside"))
        .env_clear()
        .current_dir(folder)
        .args(["--config", "settings.toml", "serve"])
        .env("CHAIRSIDE_SERVER__LISTEN", format!("127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Takes the gateway's reports and forgets them: what was perhaps sent stays that. (Kannel's smsbox itself falls over, by an
/// assertion, when who takes its reports is killed again and again.)
async fn reports() -> String {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", socket.local_addr().unwrap());
    actix_web::rt::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            actix_web::rt::spawn(async move {
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

/// The settings of all instances, in a folder.
fn settle_in(clinic: &Clinic, smsbox: u16, reports: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kills_{:08x}", rand::random::<u32>()));
    std::fs::create_dir_all(&folder).unwrap();
    let settings = format!(
        r#"
[database]
url = "{}"
[secrets]
key = "{}"
[server]
public_url = "{reports}"
workers = 1
[log]
filter = "off"
[jobs]
dispatch = "* * * * * *"
[dispatch]
concurrency = {AT_ONCE}
lease_seconds = 7
send_timeout_seconds = 2
[sms]
use = ["kannel"]
[sms.gateways.kannel]
kind = "kannel"
url = "http://127.0.0.1:{smsbox}/cgi-bin/sendsms"
user = "clinic"
password = "s3cret"
sender = "10690001"
rate_per_second = 1000
concurrency = {AT_ONCE}
"#,
        clinic.app.config.database.url, clinic.app.config.secrets.key.0
    );
    std::fs::write(folder.join("settings.toml"), settings).unwrap();
    folder
}

fn number(n: usize) -> String {
    format!("+86139{n:08}")
}

/// Messages that may go out at any hour, each to a number of its own.
async fn queue(clinic: &Clinic, messages: usize) {
    let patient = make_patient(clinic, "张伟", "13800001234").await;
    let now = Clock::System.now();
    let until = now.plus_minutes(24 * 60);
    let rows: Vec<String> = (0..messages)
        .map(|n| {
            format!(
                "('storm:{n}', {patient}, 'patient', {patient}, 'desk', 'follow-up', 'sms', 'zh', '{}', 'queued', 5, {now}, {until}, \
                 {now}, 0, '{{}}', {now}, {now})",
                number(n),
                now = now.0,
                until = until.0
            )
        })
        .collect();
    clinic
        .sql(move |c| {
            for chunk in rows.chunks(500) {
                c.batch_execute(&format!(
                    "INSERT INTO messages (dedupe_key, patient_id, subject, subject_id, purpose, template, channel, language, \
                     recipient, state, priority, due_at, expires_at, next_try_at, attempts, variables, created_at, updated_at) \
                     VALUES {}",
                    chunk.join(", ")
                ))?;
            }
            Ok(())
        })
        .await;
}

/// A count that takes no turn of those who write.
async fn count(clinic: &Clinic, sql: &'static str) -> usize {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let rows = clinic
        .app
        .db
        .read(move |c| Ok(diesel::sql_query(sql).get_result::<Row>(c)?.n));
    usize::try_from(rows.await.unwrap()).unwrap()
}

/// Waits until the instances have come so far.
async fn until(clinic: &Clinic, sql: &'static str, done: impl Fn(usize) -> bool) -> usize {
    let (mut last, mut since) = (usize::MAX, Moment::now());
    loop {
        let n = count(clinic, sql).await;
        if done(n) {
            return n;
        }
        if n != last {
            (last, since) = (n, Moment::now());
        }
        assert!(since.elapsed() < PATIENCE, "nothing moves: {n}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Tries of which nobody knows yet how they end.
async fn open_tries(clinic: &Clinic) -> Vec<(i64, i32)> {
    use chairside::platform::db::schema::message_attempts as a;
    clinic
        .app
        .db
        .read(|c| {
            Ok(a::table
                .filter(a::finished_at.is_null())
                .select((a::message_id, a::number))
                .load(c)?)
        })
        .await
        .unwrap()
}

/// What the network got, by number: once Kannel has passed on what it took.
async fn at_the_network(clinic: &Clinic, gateway: &Server) -> BTreeMap<String, usize> {
    let taken = "SELECT count(*) AS n FROM messages WHERE state IN ('accepted', 'delivered')";
    let (taken, since) = (count(clinic, taken).await, Moment::now());
    loop {
        let mut got: BTreeMap<String, usize> = BTreeMap::new();
        for text in phones_got(gateway) {
            *got.entry(text["to"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        if got.len() >= taken || since.elapsed() > PATIENCE {
            return got;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn killed_again_and_again(engine: Engine, instances: usize) {
    use chairside::platform::db::schema::{message_attempts as a, messages as m};
    let messages = usize::try_from(long_or("CHAIRSIDE_STORM_MESSAGES", 200)).unwrap();
    let kills = usize::try_from(long_or("CHAIRSIDE_STORM_KILLS", 3)).unwrap();
    let began = Moment::now();
    let gateway = kannel("http://127.0.0.1:9/mo");
    let clinic = Clinic::start(engine, |_| {}).await;
    queue(&clinic, messages).await;
    let ports: Vec<u16> = (0..instances).map(|_| free_port()).collect();
    let folder = settle_in(&clinic, gateway.port(), &reports().await);
    let mut running: Vec<Instance> = ports.iter().map(|port| Instance::start(&folder, *port)).collect();
    let (mut done, mut in_flight) = (0, BTreeSet::new());
    for kill in 0..kills {
        // At a moment of chance, with something left for all the kills that follow.
        let share = (messages - done) / (kills - kill + 1);
        let target = done + rand::rng().random_range(1..=(share * 2).max(2));
        let tries = "SELECT count(*) AS n FROM message_attempts";
        done = until(&clinic, tries, |n| n >= target.min(messages)).await;
        let victim = rand::rng().random_range(0..instances);
        running[victim].kill();
        in_flight.extend(open_tries(&clinic).await);
        running[victim].again();
    }
    let open = "SELECT count(*) AS n FROM messages WHERE state IN ('queued', 'claimed', 'sending')";
    until(&clinic, open, |n| n == 0).await;
    drop(running);
    let got = at_the_network(&clinic, &gateway).await;
    let (rows, crashed, unanswered) = clinic
        .sql(|c| {
            let rows = m::table.filter(m::dedupe_key.like("storm:%")).select((
                m::id,
                m::recipient.assume_not_null(),
                m::state,
                m::reason,
            ));
            let of = |outcome| {
                a::table
                    .filter(a::outcome.eq(outcome))
                    .select((a::message_id, a::number))
            };
            Ok((
                rows.load::<(i64, String, String, Option<String>)>(c)?,
                of("crashed").load::<(i64, i32)>(c)?,
                of("unknown").load::<(i64, i32)>(c)?,
            ))
        })
        .await;
    let perhaps: BTreeSet<i64> = crashed.iter().chain(&unanswered).map(|(id, _)| *id).collect();
    assert_eq!(rows.len(), messages);
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, to, state, reason) in &rows {
        *states.entry(state).or_default() += 1;
        let times = got.get(to).copied().unwrap_or(0);
        let as_it_says = match state.as_str() {
            "accepted" | "delivered" => times == 1,
            "uncertain" => times <= 1 && perhaps.contains(id),
            _ => false,
        };
        assert!(
            as_it_says,
            "message {id} is {state} ({reason:?}), and the network got it {times} times"
        );
    }
    eprintln!(
        "{engine:?}, {instances} instance(s): {messages} messages, {kills} kills in {:.0} s: {states:?}; maybe sent {} (crashed \
         {}, no answer {}), in flight at the kills {}; the network got {}, of the crashed {}",
        began.elapsed().as_secs_f64(),
        perhaps.len(),
        crashed.len(),
        unanswered.len(),
        in_flight.len(),
        got.values().sum::<usize>(),
        rows.iter()
            .filter(|(id, to, ..)| perhaps.contains(id) && got.contains_key(to))
            .count(),
    );
    assert!(got.values().all(|times| *times == 1), "something arrived twice");
    assert!(crashed.len() <= kills * IN_FLIGHT, "{} of {kills} kills", crashed.len());
    if engine == Engine::Sqlite {
        // Nobody else writes between a kill and the look: nothing is called "perhaps" that was not in flight.
        assert!(crashed.iter().all(|tried| in_flight.contains(tried)), "{crashed:?}");
    }
}

#[test]
fn killed_over_a_kannel_nothing_is_lost_and_nothing_goes_twice_on_sqlite() {
    actix_web::rt::System::new().block_on(killed_again_and_again(Engine::Sqlite, 1));
}

#[test]
fn three_killed_over_a_kannel_lose_nothing_and_send_nothing_twice_on_postgres() {
    actix_web::rt::System::new().block_on(killed_again_and_again(Engine::Postgres, 3));
}
