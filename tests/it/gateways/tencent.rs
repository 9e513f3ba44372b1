//! Texts by Tencent Cloud: approved templates, signed requests, calls that know a secret, a queue of reports.

use chairside::messaging::MessageState;
use chairside::platform::config::Secret;
use chairside::platform::config::gateways::{Kind, Tencent};
use serde_json::{Value, json};

use super::double::{Double, TENCENT, Vendor};
use super::{enter_template, on_both, post_json, round};
use crate::messaging::{ZHANG, get, note, patient, put, stands};
use crate::support::{Clinic, Engine};

const CALLS: &str = "cQ7zVn3kP0sXw9Lt";
const OK: &str = r#"{"result":0,"errmsg":"OK"}"#;

async fn start(engine: Engine) -> (Clinic, Double) {
    let double = Double::start(Vendor::Tencent);
    let gateway = Kind::Tencent(Tencent {
        url: double.base.clone(),
        key_id: TENCENT.0.into(),
        key_secret: Secret(TENCENT.1.into()),
        app_id: "1400006666".into(),
        signature: "微笑口腔".into(),
        callback_secret: Secret(CALLS.into()),
        pull: true,
        ..Tencent::default()
    });
    let clinic = Clinic::start(engine, move |c| c.sms.only("tencent", gateway)).await;
    let entered = enter_template(&clinic, ("follow-up", "zh"), "tencent", "1110: clinic, name").await;
    assert_eq!(entered.status(), 303);
    (clinic, double)
}

fn report(sid: &str, status: &str) -> Value {
    json!([{"user_receive_time": "2026-11-23 10:42:03", "nationcode": "86", "mobile": "13800001234",
        "report_status": status, "errmsg": if status == "SUCCESS" { "DELIVRD" } else { "MK:0001" },
        "description": "words", "sid": sid}])
}

#[test]
fn a_text_goes_out_and_its_report_is_believed_only_from_who_knows() {
    on_both(async |engine| {
        let (clinic, double) = start(engine).await;
        let zhang = patient(&clinic, ZHANG).await;
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        let got = double.got();
        assert_eq!(
            (
                got[0].headers["x-tc-action"].as_str(),
                got[0].headers["x-tc-region"].as_str()
            ),
            ("SendSms", "ap-guangzhou")
        );
        let mut body = got[0].json();
        let context = body.as_object_mut().unwrap().remove("SessionContext").unwrap();
        assert_eq!(context.as_str().unwrap().len(), 40);
        assert_eq!(
            body,
            json!({"PhoneNumberSet": ["+8613800001234"], "SmsSdkAppId": "1400006666", "SignName": "微笑口腔",
                "TemplateId": "1110", "TemplateParamSet": ["知齿口腔", "张伟"]})
        );
        let m = get(&clinic, id).await;
        assert_eq!(
            (m.state, m.gateway_id.as_deref()),
            (MessageState::Accepted, Some("5000:1"))
        );
        let url = format!("/gateway/tencent/report/{CALLS}");
        let wrong = post_json(&clinic, "/gateway/tencent/report/wrong", &report("5000:1", "SUCCESS")).await;
        assert_eq!((wrong.0, stands(&clinic, id).await.0), (403, MessageState::Accepted));
        for (sid, status, state) in [
            ("9999:9", "SUCCESS", MessageState::Accepted),
            ("5000:1", "SUCCESS", MessageState::Delivered),
            ("5000:1", "SUCCESS", MessageState::Delivered),
            ("5000:1", "FAIL", MessageState::Delivered),
        ] {
            assert_eq!(
                post_json(&clinic, &url, &report(sid, status)).await,
                (200, OK.to_owned())
            );
            assert_eq!(stands(&clinic, id).await.0, state, "{sid} {status}");
        }
        assert_eq!(clinic.count("SELECT count(*) AS n FROM message_reports").await, 2);
    });
}

#[test]
fn marketing_waits_for_its_hours_and_who_is_on_the_blacklist_has_opted_out() {
    on_both(async |engine| {
        let (clinic, double) = start(engine).await;
        let zhang = patient(&clinic, ZHANG).await;
        clinic.it_is("2026-11-23T20:30:00+08:00");
        double.refuses("FailedOperation.MarketingSendTimeConstraint", "marketing");
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        assert_eq!(
            stands(&clinic, id).await,
            (MessageState::Queued, "gateway-hours".into())
        );
        let next = get(&clinic, id).await.next_try_at;
        assert_eq!(next.rfc3339(), "2026-11-24T00:00:00.000Z");
        clinic.it_is("2026-11-24T08:00:00+08:00");
        double.refuses("FailedOperation.PhoneNumberInBlacklist", "blacklist");
        round(&clinic).await;
        assert_eq!(
            stands(&clinic, id).await,
            (MessageState::Failed, "refused-opted-out".into())
        );
        let noted =
            "SELECT count(*) AS n FROM opt_outs WHERE address = '+8613800001234' AND evidence LIKE 'gateway tencent:%'";
        assert_eq!(clinic.count(noted).await, 1);
        let next = put(&clinic, note(&clinic, "b", zhang)).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, next).await, (MessageState::Skipped, "opted-out".into()));
    });
}

#[test]
fn a_patients_text_that_is_told_again_changes_nothing() {
    on_both(async |engine| {
        let (clinic, _double) = start(engine).await;
        patient(&clinic, ZHANG).await;
        let reply = |time: u32, text: &str| {
            json!({"extend": "01", "mobile": "13800001234", "nationcode": "86", "sign": "微笑口腔", "text": text,
                "time": time})
        };
        let outs = "SELECT count(*) AS n FROM opt_outs WHERE address = '+8613800001234'";
        let url = format!("/gateway/tencent/inbound/{CALLS}");
        for (time, text, noted) in [(1, "订阅", 0), (2, "T", 1), (2, "T", 1), (1, "订阅", 1), (3, "订阅", 0)] {
            let wrong = post_json(&clinic, "/gateway/tencent/inbound", &reply(time, text)).await;
            assert_eq!(wrong.0, 403);
            assert_eq!(post_json(&clinic, &url, &reply(time, text)).await, (200, OK.to_owned()));
            assert_eq!(clinic.count(outs).await, noted, "{time} {text}");
        }
    });
}

#[test]
fn the_queue_of_reports_is_asked_for() {
    on_both(async |engine| {
        let (clinic, double) = start(engine).await;
        let zhang = patient(&clinic, ZHANG).await;
        let ids = [
            put(&clinic, note(&clinic, "a", zhang)).await,
            put(&clinic, note(&clinic, "b", zhang)).await,
        ];
        round(&clinic).await;
        let of = async |id| get(&clinic, id).await.gateway_id.unwrap();
        let pulled = |sid: &str, status: &str| {
            json!({"UserReceiveTime": "2026-11-23 10:42:03", "CountryCode": "86", "PhoneNumber": "+8613800001234",
                "SerialNo": sid, "ReportStatus": status, "Description": "DELIVRD", "SessionContext": ""})
        };
        let set = json!([
            pulled(&of(ids[0]).await, "SUCCESS"),
            pulled("9:9", "SUCCESS"),
            pulled(&of(ids[1]).await, "FAIL")
        ]);
        double.answers(
            200,
            json!({"Response": {"PullSmsSendStatusSet": set, "RequestId": "R"}}),
        );
        assert_eq!(
            clinic.app.dispatcher().ask_gateways().await.unwrap(),
            "1 asked, 2 learned"
        );
        assert_eq!(
            double.got()[2].json(),
            json!({"Limit": 100, "SmsSdkAppId": "1400006666"})
        );
        assert_eq!(stands(&clinic, ids[0]).await.0, MessageState::Delivered);
        assert_eq!(
            stands(&clinic, ids[1]).await,
            (MessageState::Failed, "not-delivered".into())
        );
        // Not switched on: nothing breaks.
        double.answers(
            200,
            json!({"Response": {"Error": {"Code": "FailedOperation.NotEnterpriseCertification", "Message": "?"}}}),
        );
        assert_eq!(
            clinic.app.dispatcher().ask_gateways().await.unwrap(),
            "1 asked, 0 learned"
        );
    });
}
