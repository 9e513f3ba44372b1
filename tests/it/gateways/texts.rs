//! Text messages, over `tests/tools/kannel.sh`.

use std::process::Command;
use std::time::{Duration, Instant as Moment};

use chairside::messaging::{MessageId, MessageState};
use chairside::platform::config::Secret;
use chairside::platform::config::gateways::{Kannel, Kind};
use chairside::platform::i18n::Lang;
use serde_json::Value;

use super::{Server, folder, outcomes, round, run, tool};
use crate::messaging::{Who, ZHANG, get, note, patient, put, stands};
use crate::support::{Clinic, Engine};

/// Longest wait for something a daemon does by itself.
const SOON: Duration = Duration::from_secs(20);

pub fn kannel(mo_url: &str) -> Server {
    let dir = folder("kannel");
    let mut command = Command::new(tool("kannel.sh"));
    command.arg("start").arg(&dir).arg(mo_url);
    Server::start(command, dir)
}

pub fn phones_got(server: &Server) -> Vec<Value> {
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

/// The gateway over a smsbox.
fn smsbox(port: u16, password: &str) -> Kind {
    Kind::Kannel(Kannel {
        url: format!("http://127.0.0.1:{port}/cgi-bin/sendsms"),
        user: "clinic".into(),
        password: Secret(password.into()),
        sender: "10690001".into(),
    })
}

async fn sms_clinic(engine: Engine, port: u16, password: &'static str) -> Clinic {
    Clinic::start(engine, move |c| c.sms.only("kannel", smsbox(port, password))).await
}

/// Waits until a message stands in `state`: what Kannel does takes its own time.
pub async fn until(clinic: &Clinic, id: MessageId, state: MessageState) {
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
        let server = kannel(&format!("{}/gateway/kannel/inbound", clinic.base));
        clinic.app.config.sms.only("kannel", smsbox(server.port(), "s3cret"));
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
