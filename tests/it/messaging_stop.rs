//! The real program is told to stop while a gateway hangs: it ends in its time, says "perhaps sent", and does not send again.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Moment};

use chairside::messaging::{MessageState, NewMessage};
use chairside::platform::clock::Instant;
use chrono::Timelike;
use diesel::RunQueryDsl;

use crate::both;
use crate::messaging::{Who, ZHANG, note, patient, put, stands};
use crate::support::Clinic;

/// `server.shutdown_seconds`.
const SHUTDOWN: u64 = 3;
/// Longest that what the program does by itself may take.
const SOON: Duration = Duration::from_secs(30);

/// An HTTP gateway that reads what it is sent and never answers.
fn hanging_gateway() -> (u16, Arc<Mutex<Vec<String>>>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let got: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&got);
    std::thread::spawn(move || {
        let mut held: Vec<TcpStream> = Vec::new();
        for stream in socket.incoming() {
            let mut stream = stream.unwrap();
            let (mut request, mut part) = (Vec::new(), [0_u8; 4096]);
            while !request.windows(4).any(|w| w == b"\r\n\r\n") {
                match stream.read(&mut part) {
                    Ok(n) if n > 0 => request.extend(&part[..n]),
                    _ => break,
                }
            }
            if request.is_empty() {
                continue; // the program has looked whether somebody is there
            }
            seen.lock()
                .unwrap()
                .push(String::from_utf8_lossy(&request).into_owned());
            held.push(stream);
        }
    });
    (port, got)
}

struct Running(Child);
impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// `serve` on the clinic's database, until it says where it is.
fn serve(clinic: &Clinic, gateway: u16) -> Running {
    let (url, seconds) = (
        format!("http://127.0.0.1:{gateway}/cgi-bin/sendsms"),
        SHUTDOWN.to_string(),
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_chairside"));
    command
        .env_clear()
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .envs([
            ("DATABASE_URL", clinic.app.config.database.url.as_str()),
            ("CHAIRSIDE_SECRETS__KEY", &"07".repeat(32)),
            ("CHAIRSIDE_SERVER__LISTEN", "127.0.0.1:0"),
            ("CHAIRSIDE_SERVER__WORKERS", "1"),
            ("CHAIRSIDE_SERVER__SHUTDOWN_SECONDS", &seconds),
            ("CHAIRSIDE_SMS__USE", "main"),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__KIND", "kannel"),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__URL", &url),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__USER", "clinic"),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__PASSWORD", "s3cret"),
            ("CHAIRSIDE_JOBS__DISPATCH", "* * * * * *"),
            ("CHAIRSIDE_LOG__FILTER", "error"),
        ])
        .arg("serve")
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let running = Running(child);
    assert!(
        lines.any(|l| l.unwrap().starts_with("Chairside on ")),
        "it did not start"
    );
    running
}

async fn until(what: &str, mut there: impl FnMut() -> bool) {
    let began = Moment::now();
    while !there() {
        assert!(began.elapsed() < SOON, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Tells it to stop; how long that took.
async fn stopped(mut running: Running) -> Duration {
    let pid = running.0.id().to_string();
    let began = Moment::now();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let mut ended = None;
    until("it does not stop", || {
        ended = running.0.try_wait().unwrap();
        ended.is_some()
    })
    .await;
    assert!(ended.unwrap().success(), "{ended:?}");
    began.elapsed()
}

both!(
    a_stop_while_the_gateway_hangs_ends_in_time_and_sends_nothing_twice,
    |clinic| {
        // The program has the real clock: it is noon somewhere, and there the clinic is.
        let noon = i64::from(chrono::Utc::now().hour()) - 12;
        clinic
            .sql(move |c| Ok(diesel::sql_query(format!("UPDATE sites SET zone = 'Etc/GMT{noon:+}'")).execute(c)?))
            .await;
        let now = Instant(chrono::Utc::now().timestamp_millis());
        clinic.app.clock.set(now);
        let zhang = patient(&clinic, ZHANG).await;
        let wang = patient(
            &clinic,
            Who {
                phone: Some("+8613900005678"),
                ..ZHANG
            },
        )
        .await;
        let first = put(&clinic, note(&clinic, "a", zhang)).await;
        let (port, got) = hanging_gateway();
        let count = || got.lock().unwrap().len();

        let running = serve(&clinic, port);
        until("nothing was sent", || count() == 1).await;
        let took = stopped(running).await;
        assert!(took < Duration::from_secs(SHUTDOWN + 1), "{took:?}");
        // At once, not when its lease runs out: nobody is left who would know better.
        assert_eq!(
            stands(&clinic, first).await,
            (MessageState::Uncertain, "no-answer".into())
        );
        let tries = "SELECT count(*) AS n FROM message_attempts WHERE outcome = 'unknown' AND finished_at IS NOT NULL";
        assert_eq!(clinic.count(tries).await, 1);

        // Started again, it sends what is new, and what was perhaps sent not again.
        clinic.app.clock.set(Instant(chrono::Utc::now().timestamp_millis()));
        let message: NewMessage = note(&clinic, "b", wang);
        let second = put(&clinic, message).await;
        let running = serve(&clinic, port);
        until("the second was not sent", || count() == 2).await;
        let took = stopped(running).await;
        assert!(took < Duration::from_secs(SHUTDOWN + 1), "{took:?}");
        let requests = got.lock().unwrap().clone();
        assert!(
            requests[0].contains("13800001234") && requests[1].contains("13900005678"),
            "{requests:?}"
        );
        assert_eq!(requests.len(), 2);
        assert_eq!(
            stands(&clinic, first).await,
            (MessageState::Uncertain, "no-answer".into())
        );
        assert_eq!(
            stands(&clinic, second).await,
            (MessageState::Uncertain, "no-answer".into())
        );
    }
);
