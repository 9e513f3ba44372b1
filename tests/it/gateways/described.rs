//! Texts by a gateway that is only described: a real smsbox of Kannel, and one that speaks JSON.

use std::collections::BTreeMap;

use chairside::messaging::MessageState;
use chairside::platform::config::Secret;
use chairside::platform::config::gateways::{
    Class, ContentType, Http, HttpInbound, HttpReport, Kind, Method, Place, ReportStatus, Rule, Success,
};
use serde_json::json;

use super::double::{Double, Vendor};
use super::texts::{kannel, phones_got, until};
use super::{on_both, post_json, round, run};
use crate::messaging::{ZHANG, get, note, patient, put, stands};
use crate::support::{Clinic, Engine};

const CALLS: &str = "cQ7zVn3kP0sXw9Lt";

fn map(pairs: &[(&str, ReportStatus)]) -> BTreeMap<String, ReportStatus> {
    pairs
        .iter()
        .map(|(said, status)| ((*said).to_owned(), *status))
        .collect()
}

#[test]
fn a_real_kannel_is_described_and_used() {
    run(async {
        let server = kannel("http://127.0.0.1:9/mo");
        let port = server.port();
        let described = Http {
            url: format!(
                "http://127.0.0.1:{port}/cgi-bin/sendsms?username={{{{ user }}}}&password={{{{ password }}}}\
                 &from={{{{ sender }}}}&to={{{{ to }}}}&text={{{{ text }}}}&coding=2&charset=UTF-8&dlr-mask=31\
                 &dlr-url={{{{ report_url }}}}%3Ftype%3D%25d%26reply%3D%25A"
            ),
            method: Method::Get,
            user: "clinic".into(),
            password: Secret("s3cret".into()),
            sender: "10690001".into(),
            success: Success {
                http: vec![202],
                regex: "^[03]: ".into(),
                ..Success::default()
            },
            report: HttpReport {
                status: "type".into(),
                said: "reply".into(),
                map: map(&[
                    ("1", ReportStatus::Delivered),
                    ("2", ReportStatus::Failed),
                    ("8", ReportStatus::Accepted),
                    ("16", ReportStatus::Rejected),
                ]),
                answer: "ok".into(),
                ..HttpReport::default()
            },
            ..Http::default()
        };
        let clinic = Clinic::start(Engine::Sqlite, move |c| {
            c.sms.only("other", Kind::Http(Box::new(described)))
        })
        .await;
        let zhang = patient(&clinic, ZHANG).await;
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        until(&clinic, id, MessageState::Delivered).await;
        let got = phones_got(&server);
        assert_eq!(got.len(), 1, "{got:?}");
        assert_eq!(got[0]["text"].as_str(), get(&clinic, id).await.body.as_deref());
        assert_eq!(
            (got[0]["to"].as_str(), got[0]["from"].as_str()),
            (Some("+8613800001234"), Some("10690001"))
        );
    });
}

async fn json_gateway(engine: Engine) -> (Clinic, Double) {
    let double = Double::start(Vendor::Plain);
    let described = Http {
        url: format!("{}/send", double.base),
        content_type: ContentType::Json,
        body: r#"{"to":"{{ to }}","text":"{{ text }}","ref":"{{ reference }}","key":"{{ password }}"}"#.into(),
        password: Secret("s3\"cret".into()),
        headers: BTreeMap::from([("X-Client".to_owned(), "{{ user }}".to_owned())]),
        user: "chair".into(),
        callback_secret: Secret(CALLS.into()),
        success: Success {
            pointer: "/code".into(),
            equals: vec!["0".into()],
            ..Success::default()
        },
        message_id: Place {
            pointer: "/id".into(),
            ..Place::default()
        },
        rules: vec![Rule {
            regex: "blacklist".into(),
            class: Class::OptedOut,
        }],
        report: HttpReport {
            url: format!("{}/asked/{{{{ id }}}}?to={{{{ to }}}}", double.base),
            items: "/reports".into(),
            reference: "ref".into(),
            id: "/msg/id".into(),
            status: "stat".into(),
            said: "err".into(),
            map: map(&[("DELIVRD", ReportStatus::Delivered), ("UNDELIV", ReportStatus::Failed)]),
            answer: "SUCCESS".into(),
        },
        inbound: HttpInbound {
            items: "/".into(),
            from: "mobile".into(),
            text: "content".into(),
            id: "id+time".into(),
            answer: r#"{"code":0}"#.into(),
        },
        ..Http::default()
    };
    let clinic = Clinic::start(engine, move |c| c.sms.only("other", Kind::Http(Box::new(described)))).await;
    (clinic, double)
}

#[test]
fn answers_reports_and_texts_are_read_by_the_description() {
    on_both(async |engine| {
        let (clinic, double) = json_gateway(engine).await;
        let zhang = patient(&clinic, ZHANG).await;
        let mut ids = Vec::new();
        for key in ["a", "b"] {
            ids.push(put(&clinic, note(&clinic, key, zhang)).await);
            round(&clinic).await;
        }
        let got = double.got();
        let sent = got[0].json();
        assert_eq!(
            (&sent["to"], &sent["key"], got[0].headers["x-client"].as_str()),
            (&json!("+8613800001234"), &json!("s3\"cret"), "chair")
        );
        assert_eq!(got[0].headers["content-type"], "application/json; charset=utf-8");
        assert_eq!(sent["text"].as_str(), get(&clinic, ids[0]).await.body.as_deref());
        let second = get(&clinic, ids[1]).await.gateway_id.unwrap();
        let reports = json!({"reports": [
            {"ref": sent["ref"], "stat": "DELIVRD", "err": "0"},
            {"ref": "", "msg": {"id": second}, "stat": "UNDELIV", "err": "027"},
            {"ref": "AAAA", "stat": "DELIVRD"},
        ]});
        // Without the secret in the address there is no list of reports, and no text.
        let text = json!([{"mobile": "13800001234", "content": "退订", "id": 7, "time": "10:42"}]);
        assert_eq!(post_json(&clinic, "/gateway/other/report/wrong", &reports).await.0, 404);
        assert_eq!(post_json(&clinic, "/gateway/other/inbound/wrong", &text).await.0, 403);
        assert_eq!(stands(&clinic, ids[0]).await.0, MessageState::Accepted);
        let url = format!("/gateway/other/report/{CALLS}");
        for _ in 0..2 {
            assert_eq!(post_json(&clinic, &url, &reports).await, (200, "SUCCESS".to_owned()));
        }
        assert_eq!(stands(&clinic, ids[0]).await.0, MessageState::Delivered);
        assert_eq!(
            stands(&clinic, ids[1]).await,
            (MessageState::Failed, "not-delivered".into())
        );
        assert_eq!(clinic.count("SELECT count(*) AS n FROM message_reports").await, 2);
        for _ in 0..2 {
            let taken = post_json(&clinic, &format!("/gateway/other/inbound/{CALLS}"), &text).await;
            assert_eq!(taken, (200, r#"{"code":0}"#.to_owned()));
        }
        let texts = "SELECT count(*) AS n FROM inbound_texts";
        assert_eq!(clinic.count(texts).await, 1, "brought twice, it is one");
        let later = json!([{"mobile": "13800001234", "content": "退订", "id": 7, "time": "10:43"}]);
        post_json(&clinic, &format!("/gateway/other/inbound/{CALLS}"), &later).await;
        assert_eq!(clinic.count(texts).await, 2);
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM opt_outs WHERE scope = 'marketing'")
                .await,
            1
        );
        double.answers(200, r#"{"code":17,"msg":"in blacklist"}"#);
        let third = put(&clinic, note(&clinic, "c", zhang)).await;
        round(&clinic).await;
        assert_eq!(
            stands(&clinic, third).await,
            (MessageState::Failed, "refused-opted-out".into())
        );
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM opt_outs WHERE scope = 'all'")
                .await,
            1
        );
    });
}

#[test]
fn a_gateway_is_asked_about_what_it_has_not_reported() {
    on_both(async |engine| {
        let (clinic, double) = json_gateway(engine).await;
        let zhang = patient(&clinic, ZHANG).await;
        double.answers(200, r#"{"code":0,"id":"g/1"}"#);
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        let dispatcher = clinic.app.dispatcher();
        assert_eq!(
            dispatcher.ask_gateways().await.unwrap(),
            "0 asked, 0 learned",
            "too early"
        );
        clinic.minutes_pass(3);
        // It is not done yet, it cannot be read, it is another's, and at last it has arrived.
        for (answer, told) in [
            (r#"{"reports":[{"stat":"WAIT"}]}"#, "1 asked, 0 learned"),
            ("<html>", "1 asked, 0 learned"),
            (
                r#"{"reports":[{"msg":{"id":"g/2"},"stat":"UNDELIV"}]}"#,
                "1 asked, 0 learned",
            ),
            (r#"{"reports":[{"stat":"DELIVRD","err":"0"}]}"#, "1 asked, 1 learned"),
        ] {
            double.answers(200, answer);
            assert_eq!(dispatcher.ask_gateways().await.unwrap(), told, "{answer}");
        }
        assert_eq!(stands(&clinic, id).await.0, MessageState::Delivered);
        assert_eq!(dispatcher.ask_gateways().await.unwrap(), "0 asked, 0 learned");
        let asked = double.got().pop().unwrap();
        assert_eq!(
            (asked.path.as_str(), asked.query["to"].as_str()),
            ("/asked/g%2F1", "+8613800001234")
        );
        assert_eq!(asked.headers["x-client"], "chair");
    });
}
