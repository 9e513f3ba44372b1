//! Texts by Aliyun: approved templates, signed requests, calls that know a secret.

use chairside::messaging::MessageState;
use chairside::platform::config::Secret;
use chairside::platform::config::gateways::{Aliyun, Kind};
use serde_json::{Value, json};

use super::double::{ALIYUN, Double, Vendor};
use super::{enter_template, on_both, outcomes, post_json, round};
use crate::messaging::{ZHANG, get, note, patient, put, stands};
use crate::support::{Clinic, Engine};

const CALLS: &str = "cQ7zVn3kP0sXw9Lt";

async fn start(engine: Engine) -> (Clinic, Double) {
    let double = Double::start(Vendor::Aliyun);
    let gateway = Kind::Aliyun(Aliyun {
        url: double.base.clone(),
        key_id: ALIYUN.0.into(),
        key_secret: Secret(ALIYUN.1.into()),
        signature: "微笑口腔".into(),
        callback_secret: Secret(CALLS.into()),
    });
    let clinic = Clinic::start(engine, move |c| c.sms.only("aliyun", gateway)).await;
    (clinic, double)
}

#[test]
fn a_text_without_a_template_of_aliyuns_fails_and_says_why() {
    on_both(async |engine| {
        let (clinic, double) = start(engine).await;
        let zhang = patient(&clinic, ZHANG).await;
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        let desk = clinic.signed_in("desk").await;
        for (lang, says) in [
            ("zh", "模板没有填写这个网关的模板编号"),
            ("en", "has no code of this gateway&#39;s approved templates"),
        ] {
            let page = desk.page(&format!("/messages/{id}?lang={lang}")).await;
            assert!(page.replace("'", "&#39;").contains(says), "{page}");
        }
        round(&clinic).await;
        assert_eq!(
            stands(&clinic, id).await,
            (MessageState::Failed, "no-provider-template".into())
        );
        assert_eq!((double.count(), outcomes(&clinic, id).await.len()), (0, 0));
    });
}

#[test]
fn the_template_is_entered_with_ours() {
    on_both(async |engine| {
        let (clinic, _double) = start(engine).await;
        let admin = clinic.signed_in("admin").await;
        let page = admin.page("/templates/follow-up?lang=en").await;
        assert!(
            page.contains("name=\"sms_zh_aliyun\"") && !page.contains("name=\"sms_zh_tencent\""),
            "only what is configured: {page}"
        );
        assert!(!page.contains("name=\"email_zh_aliyun\""), "mails are texts");
        for (typed, lang, says) in [
            ("SMS 1", "en", "such as SMS_123456"),
            ("SMS_1: nmae", "zh", "没有变量“nmae”"),
            ("SMS_1: link", "en", "There is no variable"),
        ] {
            let refused = enter_template(&clinic, ("follow-up", lang), "aliyun", typed).await;
            assert_eq!(refused.status(), 422);
            let page = refused.text().await.unwrap();
            assert!(
                page.contains("id=\"f-sms_zh_aliyun-e\"") && page.contains(says) && page.contains(typed),
                "{typed}: {page}"
            );
        }
        let saved = enter_template(
            &clinic,
            ("follow-up", "en"),
            "aliyun",
            " SMS_123456：name，where=clinic",
        )
        .await;
        assert_eq!(saved.status(), 303);
        let page = admin.page("/templates/follow-up").await;
        assert!(page.contains("value=\"SMS_123456: name, where=clinic\""), "{page}");
        let changed = "SELECT count(*) AS n FROM templates WHERE code = 'follow-up' AND version = 2";
        assert_eq!(clinic.count(changed).await, 1, "a change like any other");
        assert_eq!(
            enter_template(&clinic, ("follow-up", "en"), "aliyun", "")
                .await
                .status(),
            303
        );
        assert_eq!(clinic.count("SELECT count(*) AS n FROM template_providers").await, 0);
    });
}

#[test]
fn a_text_goes_out_and_its_report_is_believed_only_from_who_knows() {
    on_both(async |engine| {
        let (clinic, double) = start(engine).await;
        enter_template(&clinic, ("follow-up", "en"), "aliyun", "SMS_123456: name, where=clinic").await;
        let zhang = patient(&clinic, ZHANG).await;
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        let got = double.got();
        let (query, headers) = (&got[0].query, &got[0].headers);
        assert_eq!(
            (
                query["PhoneNumbers"].as_str(),
                query["SignName"].as_str(),
                query["TemplateCode"].as_str()
            ),
            ("13800001234", "微笑口腔", "SMS_123456")
        );
        let parameters: Value = serde_json::from_str(&query["TemplateParam"]).unwrap();
        assert_eq!(parameters, json!({"name": "张伟", "where": "知齿口腔"}));
        assert_eq!(
            (headers["x-acs-date"].as_str(), headers["content-length"].as_str()),
            ("2026-11-23T02:42:00Z", "0")
        );
        let m = get(&clinic, id).await;
        assert_eq!(
            (m.state, m.gateway_id.as_deref()),
            (MessageState::Accepted, Some("9006197469364981^0"))
        );
        let reference = query["OutId"].clone();
        let report = |out_id: &str, biz_id: &str, success: bool| {
            json!([{"phone_number": "13800001234", "send_time": "2026-11-23 10:42:01", "report_time": "2026-11-23 10:42:03",
                "success": success, "err_code": if success { "DELIVERED" } else { "MOBILE_NOT_ON_SERVICE" },
                "err_msg": "words", "sms_size": "1", "biz_id": biz_id, "out_id": out_id}])
        };
        let url = format!("/gateway/aliyun/report/{CALLS}");
        let ours = report(&reference, "9006197469364981^0", true);
        for wrong in [
            "/gateway/aliyun/report/wrong",
            "/gateway/aliyun/report/-",
            "/gateway/aliyun/inbound",
        ] {
            assert_eq!(post_json(&clinic, wrong, &ours).await.0, 403, "{wrong}");
        }
        assert_eq!(post_json(&clinic, &url, &json!({"not": "a list"})).await.0, 400);
        // What is not ours is taken and forgotten.
        let taken = (200, r#"{"code":0,"msg":"成功"}"#.to_owned());
        for unknown in [report("AAAA", "x", true), report("", "1^0", true)] {
            assert_eq!(post_json(&clinic, &url, &unknown).await, taken);
        }
        assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
        for _ in 0..2 {
            assert_eq!(post_json(&clinic, &url, &ours).await, taken);
        }
        assert_eq!(stands(&clinic, id).await.0, MessageState::Delivered);
        assert_eq!(clinic.count("SELECT count(*) AS n FROM message_reports").await, 1);
        // A report without our reference is known by Aliyun's id.
        let second = put(&clinic, note(&clinic, "b", zhang)).await;
        round(&clinic).await;
        let biz_id = get(&clinic, second).await.gateway_id.unwrap();
        assert_eq!(post_json(&clinic, &url, &report("", &biz_id, false)).await, taken);
        assert_eq!(
            stands(&clinic, second).await,
            (MessageState::Failed, "not-delivered".into())
        );
    });
}

#[test]
fn limits_of_a_day_wait_for_the_next_one_and_wrong_keys_for_somebody() {
    on_both(async |engine| {
        let (clinic, double) = start(engine).await;
        enter_template(&clinic, ("follow-up", "en"), "aliyun", "SMS_123456: name").await;
        let zhang = patient(&clinic, ZHANG).await;
        double.refuses("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:40");
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        assert_eq!(
            stands(&clinic, id).await,
            (MessageState::Queued, "gateway-hours".into())
        );
        let m = get(&clinic, id).await;
        assert_eq!(
            (m.next_try_at.rfc3339().as_str(), m.attempts),
            ("2026-11-23T16:00:00.000Z", 0)
        );
        // Whose time is over by then is not sent at all.
        double.refuses("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:40");
        let mut short = note(&clinic, "b", zhang);
        short.expires_at = clinic.now().plus_minutes(60);
        let short = put(&clinic, short).await;
        round(&clinic).await;
        assert_eq!(
            stands(&clinic, short).await,
            (MessageState::Dead, "gateway-too-late".into())
        );
        // The day after, at an hour at which it may be sent.
        clinic.it_is("2026-11-24T08:00:00+08:00");
        round(&clinic).await;
        assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
        double.refuses("isv.AMOUNT_NOT_ENOUGH", "账户余额不足");
        let broke = put(&clinic, note(&clinic, "c", zhang)).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, broke).await, (MessageState::Queued, "settings".into()));
        let page = clinic.signed_in("desk").await.page("/messages?lang=en").await;
        assert!(
            page.contains("Sending is paused") && page.contains("账户余额不足"),
            "{page}"
        );
    });
}

#[test]
fn a_wrong_key_is_refused_by_its_signature() {
    on_both(async |engine| {
        let double = Double::start(Vendor::Aliyun);
        let gateway = Kind::Aliyun(Aliyun {
            url: double.base.clone(),
            key_id: ALIYUN.0.into(),
            key_secret: Secret("another".into()),
            signature: "微笑口腔".into(),
            ..Aliyun::default()
        });
        let clinic = Clinic::start(engine, move |c| c.sms.only("aliyun", gateway)).await;
        enter_template(&clinic, ("follow-up", "en"), "aliyun", "SMS_123456: name").await;
        let zhang = patient(&clinic, ZHANG).await;
        let id = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        let (outcome, said) = outcomes(&clinic, id).await.remove(0);
        assert_eq!(
            (outcome.as_str(), said.contains("SignatureDoesNotMatch")),
            ("config", true),
            "{said}"
        );
        // Without a secret nobody is believed.
        assert_eq!(post_json(&clinic, "/gateway/aliyun/report/-", &json!([])).await.0, 403);
    });
}

#[test]
fn texts_of_patients_come_as_a_list() {
    on_both(async |engine| {
        let (clinic, _double) = start(engine).await;
        patient(&clinic, ZHANG).await;
        let up = |id: u32, content: &str| {
            json!([{"phone_number": "13800001234", "send_time": "2026-11-23 10:43:00", "content": content,
                "sign_name": "微笑口腔", "dest_code": "10690001", "sequence_id": id}])
        };
        let outs = "SELECT count(*) AS n FROM opt_outs WHERE address = '+8613800001234' AND scope = 'marketing'";
        let url = format!("/gateway/aliyun/inbound/{CALLS}");
        for (id, content, noted) in [
            (1, "订阅", 0),
            (2, "TD", 1),
            (2, "TD", 1),
            (1, "订阅", 1),
            (3, "订阅", 0),
        ] {
            assert_eq!(
                post_json(&clinic, "/gateway/aliyun/inbound/wrong", &up(id, content))
                    .await
                    .0,
                403
            );
            assert_eq!(
                post_json(&clinic, &url, &up(id, content)).await,
                (200, r#"{"code":0,"msg":"成功"}"#.to_owned())
            );
            assert_eq!(clinic.count(outs).await, noted, "{id} {content}");
        }
    });
}

#[test]
fn what_is_not_reported_is_asked_for() {
    on_both(async |engine| {
        let (clinic, double) = start(engine).await;
        enter_template(&clinic, ("follow-up", "en"), "aliyun", "SMS_123456: name").await;
        let zhang = patient(&clinic, ZHANG).await;
        let sent = put(&clinic, note(&clinic, "a", zhang)).await;
        round(&clinic).await;
        double.answers(502, "<html>");
        let perhaps = put(&clinic, note(&clinic, "b", zhang)).await;
        round(&clinic).await;
        assert_eq!(stands(&clinic, perhaps).await.0, MessageState::Uncertain);
        let references: Vec<String> = double.got().iter().map(|g| g.query["OutId"].clone()).collect();
        clinic.minutes_pass(3);
        let detail = |out_id: &str, status: u8, code: &str| {
            json!({"PhoneNum": "13800001234", "SendStatus": status, "ErrCode": code, "OutId": out_id,
                "TemplateCode": "SMS_123456", "Content": "words"})
        };
        let list = |details: Value| json!({"Code": "OK", "Message": "OK", "TotalCount": 2, "SmsSendDetailDTOs": {"SmsSendDetailDTO": details}});
        // Of another text of the number, which is asked about for itself.
        let both = list(json!([
            detail(&references[1], 2, "MOBILE_NOT_ON_SERVICE"),
            detail(&references[0], 3, "DELIVERED")
        ]));
        double.answers(200, &both);
        double.answers(200, &both);
        let asked = clinic.app.dispatcher().ask_gateways().await.unwrap();
        assert_eq!(asked, "2 asked, 2 learned");
        let got = double.got();
        assert_eq!(got[2].headers["x-acs-action"], "QuerySendDetails");
        assert_eq!(
            (
                got[2].query["SendDate"].as_str(),
                got[2].query["PhoneNumber"].as_str(),
                got[2].query["BizId"].as_str()
            ),
            ("20261123", "13800001234", "9006197469364981^0")
        );
        assert!(!got[3].query.contains_key("BizId"));
        assert_eq!(stands(&clinic, sent).await.0, MessageState::Delivered);
        assert_eq!(
            stands(&clinic, perhaps).await,
            (MessageState::Failed, "not-delivered".into())
        );
    });
}
