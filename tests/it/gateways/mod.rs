//! The senders against real servers: `tests/tools/smtp.py` (aiosmtpd) and `tests/tools/kannel.sh` (bearerbox, smsbox and a
//! fake telephone network); against a double that checks signatures and answers what was recorded; and what comes back by
//! `tests/tools/dovecot.sh`.

mod alarms;
mod aliyun;
mod described;
mod double;
mod limits;
pub mod mail;
mod mailbox;
mod signed;
mod tencent;
pub mod texts;
mod twilio;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use chairside::messaging::MessageId;

use crate::support::{Clinic, Engine};

fn tool(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools").join(name)
}

/// A folder of this test's own.
fn folder(what: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let n = COUNT.fetch_add(1, Ordering::SeqCst);
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{what}-{}-{n}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// A server that tells its ports on its first line: `ready PORT…`.
pub struct Server {
    child: Child,
    ports: Vec<u16>,
    dir: PathBuf,
}

impl Server {
    fn start(mut command: Command, dir: PathBuf) -> Server {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ports = line
            .strip_prefix("ready ")
            .unwrap_or_else(|| panic!("{command:?}: {line:?}"));
        let ports = ports.split_whitespace().map(|p| p.parse().unwrap()).collect();
        Server { child, ports, dir }
    }
    pub fn port(&self) -> u16 {
        self.ports[0]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both tools end their daemons on SIGTERM, and `stop` waits for it.
        let pid = self.child.id().to_string();
        drop(Command::new("kill").arg(pid).status());
        drop(self.child.wait());
    }
}

async fn round(clinic: &Clinic) {
    clinic.app.dispatcher().dispatch_once().await.unwrap();
}

async fn outcomes(clinic: &Clinic, id: MessageId) -> Vec<(String, String)> {
    use chairside::platform::db::schema::message_attempts as a;
    use diesel::prelude::*;
    clinic
        .sql(move |c| {
            let rows: Vec<(Option<String>, Option<String>)> = a::table
                .filter(a::message_id.eq(id))
                .order(a::number)
                .select((a::outcome, a::detail))
                .load(c)?;
            Ok(rows
                .into_iter()
                .map(|(o, d)| (o.unwrap_or_default(), d.unwrap_or_default()))
                .collect())
        })
        .await
}

pub fn run(test: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(test);
}

/// The same on both databases.
fn on_both(test: impl AsyncFn(Engine)) {
    run(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            test(engine).await;
        }
    });
}

/// Calls as a gateway does; gives status and answer.
async fn post_json(clinic: &Clinic, path: &str, body: &serde_json::Value) -> (u16, String) {
    let request = clinic
        .visitor()
        .client
        .post(format!("{}{path}", clinic.base))
        .json(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Enters which template of a gateway stands for our Chinese text, as an administrator does; the rest stays as it is.
async fn enter_template(clinic: &Clinic, (code, lang): (&str, &str), kind: &str, entry: &str) -> reqwest::Response {
    use chairside::platform::db::schema::templates as t;
    use diesel::prelude::*;
    let of = code.to_owned();
    let rows = clinic.sql(move |c| {
        let rows = t::table.filter(t::code.eq(of));
        Ok(rows
            .select((t::channel, t::language, t::subject, t::body, t::version))
            .load::<(String, String, String, String, i64)>(c)?)
    });
    let mut form = vec![(format!("sms_zh_{kind}"), entry.to_owned())];
    for (channel, language, subject, body, version) in rows.await {
        let prefix = format!("{channel}_{language}_");
        form.push((format!("{prefix}subject"), subject));
        form.push((format!("{prefix}body"), body));
        form.push((format!("{prefix}version"), version.to_string()));
    }
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let admin = clinic.signed_in("admin").await;
    admin.post_form(&format!("/templates/{code}?lang={lang}"), &form).await
}
