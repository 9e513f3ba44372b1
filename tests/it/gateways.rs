//! The senders against real servers: `tests/tools/smtp.py` (aiosmtpd) and `tests/tools/kannel.sh` (bearerbox, smsbox and a
//! fake telephone network).

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant as Moment};

use chairside::messaging::{MessageId, MessageState};
use chairside::patients::Channel;
use chairside::platform::config::{Config, MailTransport, Secret, SmsTransport, Tls};
use chairside::platform::i18n::Lang;
use serde_json::Value;

use crate::messaging::{Who, ZHANG, get, note, patient, put, stands};
use crate::support::{Clinic, Engine};

/// Longest wait for something a daemon does by itself.
const SOON: Duration = Duration::from_secs(20);

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
struct Server {
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
    fn port(&self) -> u16 {
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

fn smtp(args: &[&str]) -> Server {
    let dir = folder("smtp");
    let mut command = Command::new("/usr/bin/python3");
    command
        .arg(tool("smtp.py"))
        .arg("--log")
        .arg(dir.join("log"))
        .args(args);
    Server::start(command, dir)
}

/// What an SMTP server logged.
fn log(server: &Server, event: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(server.dir.join("log")).unwrap_or_default();
    text.lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .filter(|e| e["event"] == event)
        .collect()
}

async fn mail_clinic(server: &Server, change: impl FnOnce(&mut Config)) -> Clinic {
    let port = server.port();
    Clinic::start(Engine::Sqlite, move |c| {
        c.mail.transport = MailTransport::Smtp;
        c.mail.host = "localhost".into();
        c.mail.port = port;
        c.mail.tls = Tls::None;
        c.mail.from = "知齿口腔 <desk@clinic.example>".into();
        change(c);
    })
    .await
}

async fn mail_to(clinic: &Clinic, address: &'static str, lang: Lang) -> MessageId {
    let who = Who {
        email: Some(address),
        channel: Channel::Email,
        language: lang,
        ..ZHANG
    };
    let id = patient(clinic, who).await;
    put(clinic, note(clinic, address, id)).await
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

fn run(test: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(test);
}

/// The Chinese of a quoted-printable or base64 part is checked through Python's own parser.
fn parsed(raw_base64: &str) -> Value {
    let script = "import sys,json,base64,email,email.policy\n\
        m=email.message_from_bytes(base64.b64decode(sys.argv[1]),policy=email.policy.default)\n\
        print(json.dumps({'headers':{k.lower():str(v) for k,v in m.items()},'type':m.get_content_type(),\
        'text':m.get_body(('plain',)).get_content(),'html':m.get_body(('html',)).get_content()}))";
    let out = Command::new("/usr/bin/python3")
        .args(["-c", script, raw_base64])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn a_mail_arrives_whole_in_both_parts() {
    run(async {
        let server = smtp(&[]);
        let clinic = mail_clinic(&server, |_| {}).await;
        let zh = mail_to(&clinic, "zhang@clinic.example", Lang::Zh).await;
        round(&clinic).await;
        let en = mail_to(&clinic, "wei@clinic.example", Lang::En).await;
        round(&clinic).await;
        for id in [zh, en] {
            assert_eq!(stands(&clinic, id).await, (MessageState::Accepted, String::new()));
        }
        let got = log(&server, "message");
        assert_eq!(got.len(), 2);
        assert_eq!(got[0]["from"], "desk@clinic.example");
        let mail = parsed(got[0]["raw"].as_str().unwrap());
        let kept = get(&clinic, zh).await;
        assert_eq!(mail["type"], "multipart/alternative");
        assert_eq!(
            mail["text"].as_str().unwrap().replace("\r\n", "\n").trim(),
            kept.body.unwrap()
        );
        assert_eq!(mail["headers"]["subject"], "您恢复得怎么样？");
        assert_eq!(mail["headers"]["message-id"], format!("<m{zh}@clinic.example>"));
        assert_eq!(mail["headers"]["auto-submitted"], "auto-generated");
        assert_eq!(mail["headers"]["date"], "Mon, 23 Nov 2026 02:42:00 +0000");
        assert!(
            mail["html"].as_str().unwrap().contains("张伟，您好！")
                && mail["headers"]["from"].as_str().unwrap().contains("知齿口腔")
        );
        assert_eq!(
            parsed(got[1]["raw"].as_str().unwrap())["headers"]["subject"],
            "How are you doing?"
        );
    });
}

#[test]
fn mail_goes_over_starttls_and_tls_with_a_login() {
    run(async {
        let certs = folder("certs");
        assert!(Command::new(tool("certs.sh")).arg(&certs).status().unwrap().success());
        let file = |name: &str| certs.join(name).to_str().unwrap().to_owned();
        let (cert, key, ca) = (file("cert.pem"), file("key.pem"), file("ca.pem"));
        for (mode, tls) in [("starttls", Tls::Starttls), ("smtps", Tls::Tls)] {
            let server = smtp(&["--tls", mode, "--cert", &cert, "--key", &key, "--auth", "clinic:s3cret"]);
            let with = |password: &'static str, ca: String| {
                move |c: &mut Config| {
                    c.mail.tls = tls;
                    c.mail.ca_file = ca;
                    c.mail.user = "clinic".into();
                    c.mail.password = Secret(password.into());
                }
            };
            let clinic = mail_clinic(&server, with("s3cret", ca.clone())).await;
            let id = mail_to(&clinic, "zhang@clinic.example", Lang::Zh).await;
            let second = mail_to(&clinic, "wei@clinic.example", Lang::Zh).await;
            round(&clinic).await;
            for id in [id, second] {
                assert_eq!(
                    stands(&clinic, id).await.0,
                    MessageState::Accepted,
                    "{mode} {:?}",
                    outcomes(&clinic, id).await
                );
            }
            let got = log(&server, "message");
            assert_eq!(
                (&got[0]["tls"], &got[0]["user"]),
                (&Value::Bool(true), &Value::from("clinic")),
                "{mode}"
            );
            // A wrong password and an unknown authority are the settings' fault: the message waits, no try is burnt.
            for (change, said) in [
                (with("wrong", ca.clone()), "535"),
                (with("s3cret", String::new()), "mail.ca_file"),
            ] {
                let clinic = mail_clinic(&server, change).await;
                let id = mail_to(&clinic, "zhang@clinic.example", Lang::Zh).await;
                round(&clinic).await;
                assert_eq!(
                    stands(&clinic, id).await,
                    (MessageState::Queued, "settings".into()),
                    "{mode}"
                );
                let (outcome, detail) = outcomes(&clinic, id).await.remove(0);
                assert!(outcome == "config" && detail.contains(said), "{mode}: {detail}");
                assert_eq!(get(&clinic, id).await.attempts, 0);
            }
        }
        // No TLS offered where TLS is asked for.
        let server = smtp(&[]);
        let clinic = mail_clinic(&server, |c| c.mail.tls = Tls::Starttls).await;
        let id = mail_to(&clinic, "zhang@clinic.example", Lang::Zh).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, id).await, (MessageState::Queued, "settings".into()));
    });
}

#[test]
fn refusals_of_mail_and_their_classes() {
    run(async {
        let server = smtp(&[]);
        let clinic = mail_clinic(&server, |_| {}).await;
        let refused = mail_to(&clinic, "refuse-a@clinic.example", Lang::Zh).await;
        let rejected = mail_to(&clinic, "reject-a@clinic.example", Lang::Zh).await;
        let later = mail_to(&clinic, "later-a@clinic.example", Lang::Zh).await;
        let dropped = mail_to(&clinic, "drop-a@clinic.example", Lang::Zh).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, refused).await, (MessageState::Failed, "refused".into()));
        assert!(outcomes(&clinic, refused).await[0].1.contains("550"));
        assert_eq!(
            stands(&clinic, rejected).await,
            (MessageState::Failed, "refused".into())
        );
        for id in [later, dropped] {
            assert_eq!(
                stands(&clinic, id).await,
                (MessageState::Queued, "retry".into()),
                "{:?}",
                outcomes(&clinic, id).await
            );
        }
        clinic.minutes_pass(1);
        round(&clinic).await;
        assert_eq!(stands(&clinic, later).await.0, MessageState::Accepted);
        assert_eq!(
            log(&server, "message").iter().filter(|m| m["answer"] == "250").count(),
            1
        );
    });
}

#[test]
fn a_mail_without_an_answer_is_sent_once_more_under_the_same_id() {
    run(async {
        let server = smtp(&[]);
        let clinic = mail_clinic(&server, |c| c.dispatch.send_timeout_seconds = 1).await;
        let slow = mail_to(&clinic, "slow-3-a@clinic.example", Lang::Zh).await;
        let cut = mail_to(&clinic, "cut-a@clinic.example", Lang::Zh).await;
        let began = Moment::now();
        round(&clinic).await;
        assert!(began.elapsed() < Duration::from_millis(2800), "{:?}", began.elapsed());
        for id in [slow, cut] {
            assert_eq!(stands(&clinic, id).await, (MessageState::Queued, "maybe-sent".into()));
            assert_eq!(outcomes(&clinic, id).await[0].0, "unknown");
        }
        clinic.minutes_pass(1);
        round(&clinic).await;
        for id in [slow, cut] {
            assert_eq!(stands(&clinic, id).await, (MessageState::Uncertain, "no-answer".into()));
        }
        clinic.minutes_pass(120);
        round(&clinic).await;
        let ids: Vec<String> = log(&server, "message")
            .iter()
            .map(|m| {
                parsed(m["raw"].as_str().unwrap())["headers"]["message-id"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        for id in [slow, cut] {
            assert_eq!(
                ids.iter().filter(|i| **i == format!("<m{id}@clinic.example>")).count(),
                2,
                "{ids:?}"
            );
        }
    });
}

#[test]
fn a_mail_server_that_is_away_is_tried_again() {
    run(async {
        let server = smtp(&[]);
        let clinic = mail_clinic(&server, |_| {}).await;
        let port = server.port().to_string();
        drop(server);
        let id = mail_to(&clinic, "zhang@clinic.example", Lang::Zh).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, id).await, (MessageState::Queued, "retry".into()));
        let server = smtp(&["--port", &port]);
        clinic.minutes_pass(1);
        round(&clinic).await;
        assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
        assert_eq!(log(&server, "message").len(), 1);
    });
}

fn kannel(mo_url: &str) -> Server {
    let dir = folder("kannel");
    let mut command = Command::new(tool("kannel.sh"));
    command.arg("start").arg(&dir).arg(mo_url);
    Server::start(command, dir)
}

fn phones_got(server: &Server) -> Vec<Value> {
    let out = Command::new(tool("kannel.sh"))
        .arg("sent")
        .arg(&server.dir)
        .output()
        .unwrap();
    String::from_utf8(out.stdout)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

async fn sms_clinic(engine: Engine, port: u16, password: &'static str) -> Clinic {
    Clinic::start(engine, move |c| {
        c.sms.transport = SmsTransport::Kannel;
        c.sms.url = format!("http://127.0.0.1:{port}/cgi-bin/sendsms");
        c.sms.user = "clinic".into();
        c.sms.password = Secret(password.into());
        c.sms.sender = "10690001".into();
    })
    .await
}

/// Waits until a message stands in `state`: what Kannel does takes its own time.
async fn until(clinic: &Clinic, id: MessageId, state: MessageState) {
    let began = Moment::now();
    while stands(clinic, id).await.0 != state {
        assert!(began.elapsed() < SOON, "{:?}", get(clinic, id).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn a_text_goes_through_kannel_and_its_report_comes_back() {
    run(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let server = kannel("http://127.0.0.1:9/mo");
            let clinic = sms_clinic(engine, server.port(), "s3cret").await;
            let zhang = patient(&clinic, ZHANG).await;
            let wei = patient(
                &clinic,
                Who {
                    language: Lang::En,
                    phone: Some("+8613900005678"),
                    ..ZHANG
                },
            )
            .await;
            let long = "复诊前请注意：{{ name }}，".to_owned() + &"请按时刷牙，少吃甜食。".repeat(12);
            clinic
                .sql(move |c| {
                    use chairside::platform::db::schema::templates as t;
                    use diesel::prelude::*;
                    let row = t::table.filter(t::code.eq("birthday")).filter(t::channel.eq("sms"));
                    Ok(diesel::update(row.filter(t::language.eq("zh")))
                        .set(t::body.eq(long))
                        .execute(c)?)
                })
                .await;
            let mut many = note(&clinic, "long", zhang);
            many.template = "birthday".into();
            let ids = [
                put(&clinic, note(&clinic, "zh", zhang)).await,
                put(&clinic, note(&clinic, "en", wei)).await,
                put(&clinic, many).await,
            ];
            round(&clinic).await;
            for id in ids {
                assert!(
                    ["accepted"].contains(&outcomes(&clinic, id).await[0].0.as_str()),
                    "{:?}",
                    outcomes(&clinic, id).await
                );
                until(&clinic, id, MessageState::Delivered).await;
            }
            let got = phones_got(&server);
            assert_eq!(got.len(), 3, "{got:?}");
            for id in ids {
                let m = get(&clinic, id).await;
                let body = m.body.unwrap();
                let arrived = got
                    .iter()
                    .find(|g| g["text"] == body.as_str())
                    .unwrap_or_else(|| panic!("{body} in {got:?}"));
                assert_eq!(arrived["parts"].as_i64(), m.segments.map(i64::from), "{body}");
                assert_eq!(arrived["to"].as_str(), m.recipient.as_deref());
                assert_eq!(arrived["from"], "10690001");
            }
            assert!(
                clinic
                    .count("SELECT count(*) AS n FROM message_reports WHERE status = 'accepted'")
                    .await
                    >= 1
            );
        }
    });
}

#[test]
fn a_wrong_password_at_kannel_is_a_matter_of_settings() {
    run(async {
        let server = kannel("http://127.0.0.1:9/mo");
        let clinic = sms_clinic(Engine::Sqlite, server.port(), "wrong").await;
        let zhang = patient(&clinic, ZHANG).await;
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, id).await, (MessageState::Queued, "settings".into()));
        let (outcome, said) = outcomes(&clinic, id).await.remove(0);
        assert!(outcome == "config" && said.contains("403"), "{said}");
        assert_eq!((get(&clinic, id).await.attempts, phones_got(&server).len()), (0, 0));
    });
}

#[test]
fn a_text_waits_for_a_kannel_that_is_away_and_for_a_network_that_is() {
    run(async {
        // A port on which nobody listens.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut clinic = sms_clinic(Engine::Sqlite, port, "s3cret").await;
        let zhang = patient(&clinic, ZHANG).await;
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        assert_eq!(
            stands(&clinic, id).await,
            (MessageState::Queued, "retry".into()),
            "{:?}",
            outcomes(&clinic, id).await
        );
        let server = kannel(&format!("{}/gateway/kannel/mo", clinic.base));
        clinic.app.config.sms.url = format!("http://127.0.0.1:{}/cgi-bin/sendsms", server.port());
        let restarted = clinic.another_instance().await;
        let script = |args: &[&str]| {
            let (command, rest) = args.split_first().unwrap();
            let status = Command::new(tool("kannel.sh"))
                .arg(command)
                .arg(&server.dir)
                .args(rest)
                .status()
                .unwrap();
            assert!(status.success(), "{args:?}");
        };
        script(&["phones", "off"]);
        clinic.minutes_pass(1);
        restarted.app.dispatcher().dispatch_once().await.unwrap();
        // "3: Queued for later delivery": Kannel has it.
        assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
        assert_eq!(phones_got(&server).len(), 0);
        script(&["phones", "on"]);
        until(&clinic, id, MessageState::Delivered).await;
        assert_eq!(phones_got(&server).len(), 1);
        // And a telephone answers.
        script(&["mo", "+8613800001234", "10690001", "退订"]);
        let began = Moment::now();
        let opted_out = "SELECT count(*) AS n FROM opt_outs WHERE address = '+8613800001234' AND scope = 'marketing'";
        while clinic.count(opted_out).await == 0 {
            assert!(began.elapsed() < SOON);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}
