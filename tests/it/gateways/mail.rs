//! Mail, over `tests/tools/smtp.py`.

use std::process::Command;

use chairside::messaging::{MessageId, MessageState};
use chairside::patients::Channel;
use chairside::platform::config::{Config, MailTransport, Secret, Tls};
use chairside::platform::i18n::Lang;
use chairside::platform::mail::tag;
use serde_json::Value;

use super::{Server, folder, outcomes, round, run, tool};
use crate::messaging::{Who, ZHANG, get, note, patient, put, stands};
use crate::support::{Clinic, Engine};

pub fn smtp(args: &[&str]) -> Server {
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
pub fn log(server: &Server, event: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(server.dir.join("log")).unwrap_or_default();
    text.lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .filter(|e| e["event"] == event)
        .collect()
}

pub async fn mail_clinic(server: &Server, change: impl FnOnce(&mut Config)) -> Clinic {
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

pub(super) async fn mail_to(clinic: &Clinic, address: &'static str, lang: Lang) -> MessageId {
    let who = Who {
        email: Some(address),
        channel: Channel::Email,
        language: lang,
        ..ZHANG
    };
    let id = patient(clinic, who).await;
    put(clinic, note(clinic, address, id)).await
}

/// The Chinese of a quoted-printable or base64 part is checked through Python's own parser.
pub(super) fn parsed(raw_base64: &str) -> Value {
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

/// The way out in a mail's headers, which is the one in its text and at its foot.
fn kept_way_out(mail: &Value) -> String {
    let header = mail["headers"]["list-unsubscribe"].as_str().unwrap().to_owned();
    let url = header.trim_matches(['<', '>']);
    assert!(mail["text"].as_str().unwrap().trim().ends_with(url) && mail["html"].as_str().unwrap().contains(url));
    header
}

pub(super) fn message_id(clinic: &Clinic, id: MessageId) -> String {
    format!("<m{}@clinic.example>", tag::make(&clinic.app.keys, id.0))
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
        assert_eq!(mail["headers"]["message-id"], message_id(&clinic, zh));
        assert_eq!(mail["headers"]["auto-submitted"], "auto-generated");
        assert!(
            kept_way_out(&mail).starts_with(&format!("<{}/u/", clinic.base)),
            "{mail}"
        );
        assert_eq!(mail["headers"]["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
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
        // There is no such address: it is not tried again.
        let only_mail = Who {
            phone: None,
            email: Some("Refuse-a@clinic.example"),
            channel: Channel::Email,
            ..ZHANG
        };
        let gone = patient(&clinic, only_mail).await;
        let gone = put(&clinic, note(&clinic, "gone", gone)).await;
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
            stands(&clinic, gone).await,
            (MessageState::Skipped, "address-bounces".into())
        );
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
        round(&clinic).await;
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
                ids.iter().filter(|i| **i == message_id(&clinic, id)).count(),
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

#[test]
fn a_greylisted_mail_waits_five_minutes_and_a_refused_sender_is_a_matter_of_settings() {
    run(async {
        let server = smtp(&["--greylist", "0"]);
        let clinic = mail_clinic(&server, |_| {}).await;
        let id = mail_to(&clinic, "greylist-a@clinic.example", Lang::Zh).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, id).await, (MessageState::Queued, "retry".into()));
        assert_eq!(get(&clinic, id).await.next_try_at, clinic.now().plus_minutes(5));
        clinic.minutes_pass(5);
        round(&clinic).await;
        assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);

        let clinic = mail_clinic(&server, |c| c.mail.bounce_to = "refuse-sender@clinic.example".into()).await;
        let id = mail_to(&clinic, "zhang@clinic.example", Lang::Zh).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, id).await, (MessageState::Queued, "settings".into()));
        assert_eq!(get(&clinic, id).await.attempts, 0);
    });
}
