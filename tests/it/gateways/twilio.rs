//! Texts by Twilio: recorded answers, signed calls.

use chairside::messaging::{MessageId, MessageState, NewMessage};
use chairside::platform::config::Secret;
use chairside::platform::config::gateways::{Kind, Twilio};
use reqwest::Response;
use serde_json::json;

use super::double::{ACCOUNT, Double, TOKEN, Vendor, twilio_signature};
use super::{on_both, outcomes, round};
use crate::messaging::{ZHANG, get, note, patient, put, stands};
use crate::support::{Clinic, Engine};

pub fn gateway(url: &str) -> Kind {
    Kind::Twilio(Twilio {
        url: url.into(),
        account: ACCOUNT.into(),
        token: Secret(TOKEN.into()),
        sender: "+15005550006".into(),
        ..Twilio::default()
    })
}

async fn start(engine: Engine) -> (Clinic, Double) {
    let double = Double::start(Vendor::Twilio);
    let url = double.base.clone();
    let clinic = Clinic::start(engine, move |c| {
        c.sms.gateways.insert("abroad".into(), gateway(&url).into());
        c.sms.order = vec!["abroad".into()];
    })
    .await;
    (clinic, double)
}

/// Calls as Twilio does, signed for `signed_for`.
async fn call(clinic: &Clinic, url: &str, signed_for: (&str, &str), form: &[(&str, &str)]) -> Response {
    let signature = twilio_signature(signed_for.0, signed_for.1, form);
    let client = clinic.visitor().client;
    let request = client.post(url).header("X-Twilio-Signature", signature).form(form);
    request.send().await.unwrap()
}

async fn reports(clinic: &Clinic) -> i64 {
    clinic.count("SELECT count(*) AS n FROM message_reports").await
}

#[test]
fn a_text_goes_out_and_its_report_is_believed_only_when_signed() {
    on_both(async |engine| {
        let (clinic, double) = start(engine).await;
        let zhang = patient(&clinic, ZHANG).await;
        let mut ids = Vec::new();
        for key in ["a", "b"] {
            let minutes = if key == "a" { 24 * 60 } else { 90 };
            let text = NewMessage {
                expires_at: clinic.now().plus_minutes(minutes),
                ..note(&clinic, key, zhang)
            };
            ids.push(put(&clinic, text).await);
            round(&clinic).await;
        }
        let got = double.got();
        assert_eq!(got.len(), 2);
        // As long as the settings say, but not longer than it is of use.
        assert_eq!(got[1].form()["ValidityPeriod"], "5400");
        assert_eq!(got[0].path, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
        let form = got[0].form();
        let m = get(&clinic, ids[0]).await;
        assert_eq!(
            (
                form["To"].as_str(),
                form["From"].as_str(),
                form["ValidityPeriod"].as_str()
            ),
            ("+8613800001234", "+15005550006", "14400")
        );
        assert_eq!(Some(&form["Body"]), m.body.as_ref());
        assert_eq!(
            (m.state, m.gateway_id.as_deref()),
            (MessageState::Accepted, Some("SM1"))
        );
        let callback = form["StatusCallback"].clone();
        assert!(
            callback.starts_with(&format!("{}/gateway/abroad/report/", clinic.base)),
            "{callback}"
        );
        let others = got[1].form()["StatusCallback"].clone();
        let delivered = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("NewField", "x")];
        for (token, signed) in [("wrong", callback.as_str()), (TOKEN, &others), ("", &callback)] {
            let refused = call(&clinic, &callback, (token, signed), &delivered).await;
            assert_eq!(refused.status(), 403, "{token} {signed}");
        }
        let plain = clinic.visitor().client.post(&callback).form(&delivered);
        assert_eq!(plain.send().await.unwrap().status(), 403);
        assert_eq!(
            (stands(&clinic, ids[0]).await.0, reports(&clinic).await),
            (MessageState::Accepted, 0)
        );
        // Sent after delivered, and the same once more: nothing changes twice.
        for (status, rows) in [("delivered", 1), ("sent", 2), ("delivered", 2), ("undelivered", 3)] {
            let form = [("MessageSid", "SM1"), ("MessageStatus", status)];
            let answer = call(&clinic, &callback, (TOKEN, &callback), &form).await;
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.headers()["content-type"], "text/xml; charset=utf-8");
            assert_eq!(answer.text().await.unwrap(), "<Response/>");
            assert_eq!(
                (stands(&clinic, ids[0]).await.0, reports(&clinic).await),
                (MessageState::Delivered, rows)
            );
        }
        // The reference is worth nothing at a gateway that does not sign.
        let path = callback.replace("/abroad/", "/kannel/");
        let visitor = clinic.visitor().client;
        assert_eq!(
            visitor.get(format!("{path}?type=2")).send().await.unwrap().status(),
            404
        );
        // Rightly signed, but of a message that is none of ours.
        let unknown = format!("{}/gateway/abroad/report/AAAA", clinic.base);
        assert_eq!(
            call(&clinic, &unknown, (TOKEN, &unknown), &delivered).await.status(),
            404
        );
    });
}

#[test]
fn who_has_opted_out_at_twilio_has_opted_out_here() {
    on_both(async |engine| {
        let (clinic, double) = start(engine).await;
        double.refuses("21610", "Attempt to send to unsubscribed recipient");
        let zhang = patient(&clinic, ZHANG).await;
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        assert_eq!(
            stands(&clinic, id).await,
            (MessageState::Failed, "refused-opted-out".into())
        );
        assert_eq!(outcomes(&clinic, id).await[0].0, "opted-out");
        let noted = "SELECT count(*) AS n FROM opt_outs WHERE address = '+8613800001234' AND scope = 'all' \
                     AND evidence = 'gateway abroad: 21610'";
        assert_eq!(clinic.count(noted).await, 1);
        let next = put(&clinic, note(&clinic, "b", zhang)).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, next).await, (MessageState::Skipped, "opted-out".into()));
        assert_eq!(double.count(), 1);
        let page = clinic
            .signed_in("desk")
            .await
            .page(&format!("/messages/{id}?lang=en"))
            .await;
        assert!(page.contains("has told the carrier to stop"), "{page}");
    });
}

#[test]
fn texts_of_patients_are_signed_and_taken_once() {
    on_both(async |engine| {
        let (clinic, _double) = start(engine).await;
        patient(&clinic, ZHANG).await;
        let url = format!("{}/gateway/abroad/inbound", clinic.base);
        let outs = "SELECT count(*) AS n FROM opt_outs WHERE address = '+8613800001234'";
        let text = async |id: &str, text: &str, kind: &str| {
            let form = [
                ("MessageSid", id),
                ("From", "+8613800001234"),
                ("To", "+15005550006"),
                ("Body", text),
                ("NumMedia", "0"),
                ("OptOutType", kind),
            ];
            let form = if kind.is_empty() { &form[..5] } else { &form[..] };
            assert_eq!(call(&clinic, &url, ("wrong", &url), form).await.status(), 403);
            let answer = call(&clinic, &url, (TOKEN, &url), form).await;
            assert_eq!(
                (answer.status().as_u16(), answer.text().await.unwrap().as_str()),
                (200, "<Response/>")
            );
            clinic.count(outs).await
        };
        assert_eq!(text("SM1", "START", "").await, 0);
        assert_eq!(text("SM2", "Stop", "").await, 1);
        // The first once more, by Twilio or by somebody who has seen it: the stop stands.
        assert_eq!(text("SM1", "START", "").await, 1);
        assert_eq!(text("SM3", "START", "START").await, 0);
        // Twilio takes CANCEL for a stop of everything, and sends nothing more.
        assert_eq!(text("SM4", "CANCEL", "STOP").await, 1);
        assert_eq!(text("SM4", "CANCEL", "STOP").await, 1);
        let told = "SELECT count(*) AS n FROM messages WHERE template = 'answer-stopped'";
        assert_eq!(clinic.count(told).await, 0, "Twilio tells them itself");
    });
}

#[test]
fn what_is_not_reported_is_asked_for() {
    on_both(async |engine| {
        let (clinic, double) = start(engine).await;
        let zhang = patient(&clinic, ZHANG).await;
        let sent = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        let ask = async || clinic.app.dispatcher().ask_gateways().await.unwrap();
        assert_eq!(ask().await, "0 asked, 0 learned");
        clinic.minutes_pass(3);
        double.answers(200, json!({"sid": "SM1", "status": "sent", "error_code": null}));
        assert_eq!(ask().await, "1 asked, 0 learned");
        double.answers(200, json!({"sid": "SM1", "status": "undelivered", "error_code": 30005}));
        assert_eq!(ask().await, "1 asked, 1 learned");
        let got = double.got();
        assert_eq!(got[1].path, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/SM1.json"));
        assert_eq!(
            stands(&clinic, sent).await,
            (MessageState::Failed, "not-delivered".into())
        );
        assert_eq!(ask().await, "0 asked, 0 learned");
        // Perhaps sent: it is looked for by number, words and time.
        double.answers(500, "?");
        let perhaps = put(&clinic, note(&clinic, "b", zhang)).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, perhaps).await.0, MessageState::Uncertain);
        clinic.minutes_pass(3);
        let body = get(&clinic, perhaps).await.body.unwrap();
        let one = |date: &str, body: &str| json!({"sid": "SM9", "status": "delivered", "error_code": null, "body": body, "date_created": date});
        let earlier = one("Mon, 23 Nov 2026 02:30:00 +0000", &body);
        double.answers(
            200,
            json!({"messages": [earlier, one("Mon, 23 Nov 2026 02:45:01 +0000", "another")]}),
        );
        assert_eq!(ask().await, "1 asked, 0 learned");
        double.answers(
            200,
            json!({"messages": [earlier, one("Mon, 23 Nov 2026 02:45:01 +0000", &body)]}),
        );
        assert_eq!(ask().await, "1 asked, 1 learned");
        assert_eq!(double.got()[4].query["To"], "+8613800001234");
        assert_eq!(double.got()[4].query["DateSent>"], "2026-11-23");
        assert_eq!(stands(&clinic, perhaps).await.0, MessageState::Delivered);
    });
}

#[test]
fn the_next_gateway_takes_what_the_first_cannot() {
    on_both(async |engine| {
        let (main, spare) = (Double::start(Vendor::Twilio), Double::start(Vendor::Twilio));
        let urls = [main.base.clone(), spare.base.clone()];
        let clinic = Clinic::start(engine, move |c| {
            for (name, url) in ["main", "spare"].into_iter().zip(&urls) {
                c.sms.gateways.insert(name.into(), gateway(url).into());
            }
            c.sms.order = vec!["main".into(), "spare".into()];
        })
        .await;
        let zhang = patient(&clinic, ZHANG).await;
        let used = async |id: MessageId| {
            let tries = clinic.sql(move |c| {
                use chairside::platform::db::schema::message_attempts as a;
                use diesel::prelude::*;
                let rows = a::table.filter(a::message_id.eq(id)).order(a::number);
                Ok(rows
                    .select((a::gateway, a::outcome))
                    .load::<(String, Option<String>)>(c)?)
            });
            tries
                .await
                .into_iter()
                .map(|(g, o)| format!("{g} {}", o.unwrap_or_default()))
                .collect::<Vec<_>>()
        };
        // Its settings are wrong: it is paused, and the text is the other's at once.
        main.refuses("20003", "Authenticate");
        let first = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, first).await, (MessageState::Queued, "settings".into()));
        round(&clinic).await;
        assert_eq!(used(first).await, ["main config", "spare accepted"]);
        assert_eq!(get(&clinic, first).await.attempts, 1);
        let desk = clinic.signed_in("desk").await;
        let page = desk.page("/messages?lang=en").await;
        assert!(page.contains("SMS · main") && !page.contains("SMS · spare"), "{page}");
        // While it is paused nothing is tried with it.
        let second = put(&clinic, note(&clinic, "b", zhang)).await;
        round(&clinic).await;
        assert_eq!(used(second).await, ["spare accepted"]);
        // Both are: the text waits, and burns no tries.
        spare.refuses("20003", "Authenticate");
        let third = put(&clinic, note(&clinic, "c", zhang)).await;
        round(&clinic).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, third).await, (MessageState::Queued, "settings".into()));
        assert_eq!((used(third).await.len(), get(&clinic, third).await.attempts), (1, 0));
        clinic.minutes_pass(5);
        round(&clinic).await;
        assert_eq!(used(third).await, ["spare config", "main accepted"]);
        assert_eq!((main.count(), spare.count()), (2, 3));
        assert!(!desk.page("/messages?lang=en").await.contains("SMS · "));
    });
}

#[test]
fn a_gateway_that_cannot_be_reached_leaves_its_texts_to_the_next() {
    on_both(async |engine| {
        let spare = Double::start(Vendor::Twilio);
        // A port on which nobody listens.
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = format!("http://{}", socket.local_addr().unwrap());
        drop(socket);
        let urls = [nobody, spare.base.clone()];
        let clinic = Clinic::start(engine, move |c| {
            for (name, url) in ["main", "spare"].into_iter().zip(&urls) {
                c.sms.gateways.insert(name.into(), gateway(url).into());
            }
            c.sms.order = vec!["main".into(), "spare".into()];
        })
        .await;
        let zhang = patient(&clinic, ZHANG).await;
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        assert_eq!(outcomes(&clinic, id).await[0].0, "unreachable");
        round(&clinic).await;
        assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
        assert_eq!((spare.count(), get(&clinic, id).await.attempts), (1, 1));
    });
}
