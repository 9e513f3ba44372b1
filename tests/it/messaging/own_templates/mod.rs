//! Templates of the clinic's own, their versions, and the language that stands in.

mod lint;

use chairside::messaging::{MessageState, NewMessage, Purpose};
use chairside::patients::Channel;
use chairside::platform::i18n::Lang;
use chairside::staff::Role;

use super::{Scripted, Who, ZHANG, note, over, patient, put, stands};
use crate::both;
use crate::support::Browser;

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
