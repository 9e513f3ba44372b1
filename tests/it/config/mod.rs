//! The real program: wrong settings are refused with a text that helps, the first administrator is set up by a one-time
//! link, and a signal ends the service in good order.

mod demo;
mod quiet;
mod serving;
mod settings;

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
