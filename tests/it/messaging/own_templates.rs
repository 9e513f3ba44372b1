//! Templates of the clinic's own, their versions, the language that stands in, and what is found in a text.

use chairside::messaging::{MessageState, NewMessage, Purpose};
use chairside::patients::Channel;
use chairside::platform::config::gateways::{Kannel, Kind};
use chairside::platform::i18n::Lang;
use chairside::staff::Role;

use super::{Scripted, Who, ZHANG, note, over, patient, put, stands};
use crate::both;
use crate::support::{Browser, Clinic, Engine, run};

async fn refused(admin: &Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = admin.post_form(path, fields).await;
    assert_eq!(answer.status(), 422);
    answer.text().await.unwrap()
}

both!(a_manager_makes_copies_and_archives_a_template, |clinic| {
    let manager = clinic.signed_in("manager").await;
    let bad = [
        ("name", ""),
        ("name_en", "Dental day"),
        ("purpose", "follow-up"),
        ("code", "Not a code"),
    ];
    let page = refused(&manager, "/templates/new?lang=en", &bad).await;
    assert!(
        page.contains("id=\"f-name-e\"") && page.contains("id=\"f-code-e\"") && page.contains("Dental day"),
        "{page}"
    );
    let page = refused(
        &manager,
        "/templates/new",
        &[("name", "确认"), ("name_en", "x"), ("purpose", "confirmation")],
    )
    .await;
    assert!(
        page.contains("id=\"f-purpose-e\""),
        "what the program sends by itself is not made: {page}"
    );
    let good = [
        ("name", "爱牙日"),
        ("name_en", "Dental day!"),
        ("purpose", "follow-up"),
        ("code", ""),
    ];
    let made = manager.post_form("/templates/new", &good).await;
    assert_eq!(made.status(), 303);
    assert!(
        made.headers()["location"]
            .to_str()
            .unwrap()
            .starts_with("/templates/dental-day?")
    );
    let editor = manager.page("/templates/dental-day?lang=en").await;
    assert!(
        editor.contains("how are you after your visit"),
        "it begins with what is shipped: {editor}"
    );
    let taken = refused(
        &manager,
        "/templates/new?lang=zh",
        &[
            ("code", "dental-day"),
            ("name", "甲"),
            ("name_en", "a"),
            ("purpose", "recall"),
        ],
    )
    .await;
    assert!(taken.contains("这个代码已被使用"), "{taken}");
    // A copy has the texts of the other and its purpose.
    let form = manager.page("/templates/new?from=dental-day&lang=en").await;
    assert!(
        form.contains("Copy of Dental day!") && form.contains("爱牙日（副本）"),
        "{form}"
    );
    let copied = manager
        .post_form(
            "/templates/new",
            &[("from", "dental-day"), ("name", "二"), ("name_en", "Dental day!")],
        )
        .await;
    assert!(
        copied.headers()["location"]
            .to_str()
            .unwrap()
            .starts_with("/templates/dental-day-2?")
    );
    // A rule takes it: it is offered, and then not to be archived.
    let rule = manager
        .post_form(
            "/rules/new",
            &[
                ("kind", "visit-finished"),
                ("name", "关怀"),
                ("name_en", "Care"),
                ("days", "1"),
                ("side", "after"),
                ("at", "10:00"),
                ("window", "480"),
                ("template", "dental-day"),
                ("priority", "5"),
                ("active", "1"),
            ],
        )
        .await;
    assert_eq!(rule.status(), 303);
    let editor = manager.page("/templates/dental-day?lang=zh").await;
    assert!(
        editor.contains(">关怀</a>") && !editor.contains("/templates/dental-day/archive"),
        "{editor}"
    );
    let in_use = manager
        .post_form("/templates/dental-day/archive?lang=en", &[("version", "1")])
        .await;
    assert_eq!(in_use.status(), 409);
    assert!(in_use.text().await.unwrap().contains("cannot be archived: Care"));
    let gone = manager
        .post_form("/templates/dental-day-2/archive", &[("version", "1")])
        .await;
    assert_eq!(gone.status(), 303);
    assert_eq!(
        manager
            .post_form("/templates/dental-day-2/archive", &[("version", "1")])
            .await
            .status(),
        409,
        "somebody was faster"
    );
    let rules = manager.page("/rules/new?kind=visit-finished&lang=zh").await;
    assert!(
        rules.contains("value=\"dental-day\"") && !rules.contains("value=\"dental-day-2\""),
        "{rules}"
    );
    assert!(manager.page("/templates?lang=en").await.contains("Archived (1)"));
    let back = manager
        .post_form("/templates/dental-day-2/restore", &[("version", "2")])
        .await;
    assert_eq!(back.status(), 303);
    assert!(
        manager
            .page("/rules/new?kind=visit-finished")
            .await
            .contains("value=\"dental-day-2\"")
    );
    // What is shipped belongs to the program.
    assert_eq!(
        manager
            .post_form("/templates/birthday/archive", &[("version", "1")])
            .await
            .status(),
        404
    );
    // Its names are the clinic's.
    let renamed = manager
        .post_form(
            "/templates/dental-day",
            &[
                ("head_version", "1"),
                ("name", "牙齿日"),
                ("name_en", "Tooth day"),
                ("fallback", "en"),
            ],
        )
        .await;
    assert_eq!(renamed.status(), 303);
    assert!(manager.page("/templates?lang=zh").await.contains("牙齿日"));
    let stale = [
        ("head_version", "1"),
        ("name", "别的"),
        ("name_en", "Other"),
        ("fallback", ""),
    ];
    assert_eq!(manager.post_form("/templates/dental-day", &stale).await.status(), 409);
});

both!(every_version_is_kept_and_can_be_put_back, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let zhang = patient(&clinic, ZHANG).await;
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let save = async |text: &str, version: &str| {
        let fields = [("sms_zh_body", text), ("sms_zh_version", version)];
        admin.post_form("/templates/follow-up", &fields).await.status().as_u16()
    };
    let before = put(&clinic, note(&clinic, "a", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(save("【{{ clinic }}】{{ name }}，今天感觉如何？", "1").await, 303);
    assert_eq!(
        save("【{{ clinic }}】{{ name }}，明天感觉如何？", "1").await,
        409,
        "stale"
    );
    assert_eq!(save("【{{ clinic }}】{{ name }}，明天感觉如何？", "2").await, 303);
    let after = put(&clinic, note(&clinic, "b", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    // A message names the version that it was written with.
    let api = clinic.api(Role::FrontDesk).await;
    for (id, version) in [(before, 1), (after, 3)] {
        let (status, message) = api.get_json(&format!("/api/v1/messages/{id}")).await;
        assert_eq!(
            (status, &message["template_version"]),
            (200, &serde_json::json!(version))
        );
    }
    let page = admin.page("/templates/follow-up/versions?lang=zh").await;
    assert!(
        page.contains("<del>今</del><ins>明</ins>") && page.contains("随程序提供") && page.contains("版本 3"),
        "{page}"
    );
    let text = clinic
        .count("SELECT id AS n FROM templates WHERE code = 'follow-up' AND channel = 'sms' AND language = 'zh'")
        .await;
    let text = text.to_string();
    let restore = async |version: &str| {
        let fields = [("text", text.as_str()), ("version", version), ("back_to", "1")];
        admin
            .post_form("/templates/follow-up/versions/restore", &fields)
            .await
            .status()
            .as_u16()
    };
    assert_eq!(restore("2").await, 409, "it has changed since");
    assert_eq!(restore("3").await, 303);
    assert!(admin.page("/templates/follow-up").await.contains("就诊后感觉如何"));
    let again = put(&clinic, note(&clinic, "c", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    let (_, message) = api.get_json(&format!("/api/v1/messages/{again}")).await;
    assert_eq!(message["template_version"], 4);
    let who = "SELECT count(*) AS n FROM template_versions WHERE version > 1 AND actor <> ''";
    assert_eq!(clinic.count(who).await, 3);
});

both!(another_language_stands_in_where_one_has_no_text, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let english = Who {
        name: "Ann Bell",
        language: Lang::En,
        ..ZHANG
    };
    let ann = patient(&clinic, english.clone()).await;
    let saved = admin
        .post_form(
            "/templates/follow-up?lang=en",
            &[
                ("sms_en_body", ""),
                ("sms_en_version", "1"),
                ("head_version", "1"),
                ("fallback", ""),
            ],
        )
        .await;
    assert_eq!(saved.status(), 303);
    assert!(
        admin
            .page("/templates/follow-up?lang=en")
            .await
            .contains("the Chinese one is sent instead")
    );
    let id = put(&clinic, note(&clinic, "a", ann)).await;
    dispatcher.dispatch_once().await.unwrap();
    let sent = gateway.got.lock().unwrap()[0].1.clone();
    assert!(sent.starts_with("【知齿口腔】Ann Bell，您好"), "{sent}");
    let api = clinic.api(Role::FrontDesk).await;
    let (_, message) = api.get_json(&format!("/api/v1/messages/{id}")).await;
    assert_eq!(
        (&message["language"], &message["text_language"]),
        (&"en".into(), &"zh".into())
    );
    let desk = clinic.signed_in("desk").await;
    assert!(
        desk.page(&format!("/messages/{id}?lang=en"))
            .await
            .contains("the template has none in the patient")
    );
    // English stands in for English: there is nothing to send, and the pages say so before anything fails.
    let saved = admin
        .post_form("/templates/follow-up", &[("head_version", "1"), ("fallback", "en")])
        .await;
    assert_eq!(saved.status(), 303);
    assert!(
        admin
            .page("/templates/follow-up?lang=en")
            .await
            .contains("No text: SMS (English)")
    );
    assert!(admin.page("/templates?lang=en").await.contains("1 fault"));
    let failing = put(&clinic, note(&clinic, "b", ann)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, failing).await, (MessageState::Failed, "no-text".into()));
    // Without any email text, whoever prefers email and has a telephone gets a text message.
    for (field, version) in [("email_zh", "email_zh_version"), ("email_en", "email_en_version")] {
        let (subject, body) = (format!("{field}_subject"), format!("{field}_body"));
        let fields = [(subject.as_str(), ""), (body.as_str(), ""), (version, "1")];
        assert_eq!(admin.post_form("/templates/follow-up", &fields).await.status(), 303);
    }
    let wang = patient(
        &clinic,
        Who {
            channel: Channel::Email,
            ..ZHANG
        },
    )
    .await;
    let texted = put(&clinic, note(&clinic, "c", wang)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, texted).await.0, MessageState::Accepted);
    assert!(gateway.got.lock().unwrap().last().unwrap().0.starts_with("+86"));
    // The last text cannot go, too.
    let last = refused(
        &admin,
        "/templates/follow-up",
        &[("sms_zh_body", ""), ("sms_zh_version", "1")],
    )
    .await;
    assert!(last.contains("id=\"f-sms_zh_body-e\""), "{last}");
});

both!(
    what_is_forbidden_is_a_fault_at_its_field_and_the_rest_is_warned_of,
    |clinic| {
        let admin = clinic.signed_in("admin").await;
        for (body, says) in [
            ("【{{ clinic }}】全市最好的诊所，拒收请回复R", "广告法"),
            ("【{{ clinic }}】低息贷款，拒收请回复R", "运营商"),
            ("【{{ clinic }}】看 t.cn/abc ，拒收请回复R", "短链接"),
            ("【{{ clinic }}】看 http://a.example/ ，拒收请回复R", "没有加密"),
            ("【{{ clinic }}】看 https://a.example/ ，拒收请回复R", "不是诊所的网址"),
            ("【{{ clinic }}】生日快乐", "退订"),
            ("【{{ clinic }}】生日\u{200b}快乐，拒收请回复R", "U+200B"),
        ] {
            let fields = [("sms_zh_body", body), ("sms_zh_version", "1")];
            let page = refused(&admin, "/templates/birthday?lang=zh", &fields).await;
            assert!(
                page.contains("id=\"f-sms_zh_body-e\"") && page.contains(says),
                "{body}: {page}"
            );
            // The same stands beside the text while it is typed.
            let live = admin
                .post_form(
                    "/templates/preview?channel=sms&language=zh&code=birthday&lang=zh",
                    &fields,
                )
                .await;
            assert!(live.text().await.unwrap().contains(says), "{body}");
        }
        // Allowed, and warned of: a word of health, and a variable that the other language lacks.
        let fields = [
            ("sms_zh_body", "【{{ clinic }}】{{ name }}，拔牙后感觉如何？"),
            ("sms_zh_version", "1"),
            ("sms_en_body", "How are you?"),
            ("sms_en_version", "1"),
        ];
        let live = admin
            .post_form(
                "/templates/preview?channel=sms&language=zh&code=follow-up&lang=en",
                &fields,
            )
            .await
            .text()
            .await
            .unwrap();
        assert!(
            live.contains("tells of the patient")
                && live.contains("{{ name }} is in the Chinese text and not in the English"),
            "{live}"
        );
        assert_eq!(admin.post_form("/templates/follow-up", &fields).await.status(), 303);
        let list = admin.page("/templates?lang=en").await;
        assert!(list.contains("warning"), "{list}");
        // An English text that one quote makes twice as dear, and the plain one for it.
        let curly = [("sms_en_body", "It’s {{ name }}"), ("sms_en_version", "2")];
        let live = admin
            .post_form(
                "/templates/preview?channel=sms&language=en&code=follow-up&lang=en",
                &curly,
            )
            .await
            .text()
            .await
            .unwrap();
        assert!(
            live.contains("“’”") && live.contains("value=\"sms_en_\"") && live.contains("UCS-2"),
            "{live}"
        );
        let plain = [curly[0], curly[1], ("plain", "sms_en_")];
        let page = admin
            .post_form("/templates/follow-up/preview?lang=en", &plain)
            .await
            .text()
            .await
            .unwrap();
        assert!(
            page.contains("It's {{ name }}") || page.contains("It&#39;s {{ name }}"),
            "{page}"
        );
    }
);

/// A clinic whose texts reach Chinese networks as they stand, at a price.
async fn priced(engine: Engine) -> Clinic {
    Clinic::start(engine, |config| {
        let kannel = Kannel {
            url: "http://127.0.0.1:9/cgi-bin/sendsms".into(),
            ..Kannel::default()
        };
        config.sms.only("local", Kind::Kannel(kannel));
        if let Some(gateway) = config.sms.gateways.get_mut("local") {
            gateway.price_per_part = Some(0.045);
        }
    })
    .await
}

async fn signed_and_priced(clinic: Clinic) {
    let admin = clinic.signed_in("admin").await;
    super::patient(
        &clinic,
        Who {
            name: "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十",
            ..ZHANG
        },
    )
    .await;
    for (body, says) in [
        ("您好，感觉如何？", "没有签名"),
        ("【{{ clinic }}】【重要】您好", "只能用一次"),
    ] {
        let fields = [("sms_zh_body", body), ("sms_zh_version", "1")];
        let page = refused(&admin, "/templates/follow-up?lang=zh", &fields).await;
        assert!(page.contains(says), "{body}: {page}");
    }
    // With the longest name that a patient has, a text of one part has two.
    let long = "【{{ clinic }}】{{ name }}，您好！就诊后感觉如何？如有不适，请随时致电我们诊所的前台";
    let live = admin
        .post_form(
            "/templates/preview?channel=sms&language=zh&code=follow-up&lang=en",
            &[("sms_zh_body", long)],
        )
        .await
        .text()
        .await
        .unwrap();
    assert!(
        live.contains("1 SMS parts; at most") && live.contains("2 parts (UCS-2), about 0.090 CNY"),
        "{live}"
    );
}

#[test]
fn a_text_is_signed_and_its_price_is_told_at_its_longest() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        run(engine, move |plain| async move {
            drop(plain);
            signed_and_priced(priced(engine).await).await;
        });
    }
}

both!(an_old_template_keeps_its_purpose_for_tests, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let sent = admin
        .post_form("/templates/birthday/test", &[("to", "13800001234"), ("language", "zh")])
        .await;
    assert_eq!(sent.status(), 303);
    clinic.app.dispatcher().dispatch_once().await.unwrap();
    let birthday =
        "SELECT count(*) AS n FROM messages WHERE purpose = 'birthday' AND state = 'accepted' AND template_version = 1";
    assert_eq!(clinic.count(birthday).await, 1);
    let unused = NewMessage {
        purpose: Purpose::Birthday,
        template: "nothing".into(),
        ..note(&clinic, "x", patient(&clinic, ZHANG).await)
    };
    let id = put(&clinic, unused).await;
    clinic.app.dispatcher().dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, id).await, (MessageState::Failed, "no-template".into()));
});
