//! Templates.

use crate::both;

both!(
    a_template_that_would_take_time_or_room_is_refused_at_its_field,
    |clinic| {
        let admin = clinic.signed_in("admin").await;
        for source in [
            "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}",
            "{{ \"x\" * 100000000 }}",
        ] {
            for (lang, says) in [("zh", "第 1 行"), ("en", "Line 1")] {
                let path = format!("/templates/birthday?lang={lang}");
                let answer = admin
                    .post_form(&path, &[("sms_zh_body", source), ("sms_zh_version", "1")])
                    .await;
                assert_eq!(answer.status(), 422);
                let page = answer.text().await.unwrap();
                assert!(
                    page.contains(r#"id="f-sms_zh_body-e""#) && page.contains(says),
                    "{page}"
                );
            }
            let path = "/templates/preview?channel=sms&language=zh&code=birthday&lang=en";
            let answer = admin.post_form(path, &[("sms_zh_body", source)]).await;
            assert!(answer.text().await.unwrap().contains("cannot be used"), "{source}");
        }
    }
);

both!(templates_are_edited_with_a_preview, |clinic| {
    let admin = clinic.signed_in("admin").await;
    assert_eq!(clinic.signed_in("desk").await.get("/templates").await.status(), 403);
    let list = admin.page("/templates?lang=zh").await;
    for code in [
        "reminder-day-before",
        "reminder-same-day",
        "booking-confirmed",
        "visit-moved",
        "visit-cancelled",
        "recall",
        "birthday",
        "follow-up",
    ] {
        assert!(list.contains(&format!("/templates/{code}")), "{code}");
    }
    let page = admin.page("/templates/birthday").await;
    assert!(
        page.contains("【知齿口腔】张伟，祝您生日快乐") && page.contains("条短信"),
        "{page}"
    );
    let form = |sms_zh: &'static str, version: &'static str| {
        vec![
            ("sms_zh_body", sms_zh),
            ("sms_zh_version", version),
            ("sms_en_body", "Happy birthday {{ name }}. Reply STOP to opt out"),
            ("sms_en_version", "1"),
            ("email_zh_subject", "生日快乐"),
            ("email_zh_body", "{{ name }}，生日快乐"),
            ("email_zh_version", "1"),
            ("email_en_subject", "Happy birthday"),
            ("email_en_body", "Dear {{ name }}"),
            ("email_en_version", "1"),
        ]
    };
    let wrong = admin
        .post_form("/templates/birthday?lang=en", &form("{{ diagnosis }}好", "1"))
        .await;
    assert_eq!(wrong.status(), 422);
    let text = wrong.text().await.unwrap();
    assert!(
        text.contains("{{ diagnosis }}好") && text.contains("Line 1: There is no variable &quot;diagnosis&quot;"),
        "{text}"
    );
    for (body, why) in [
        (
            "{name} [姓名]，生日快乐",
            "第 1 行：“{name}”不会被替换，请写成 {{ name }}",
        ),
        ("生日快乐\n{{ name", "第 2 行：“{{”没有用“}}”结束"),
        ("{{ name | shout }}", "第 1 行：没有“shout”这种处理"),
        ("{{ time }}", "第 1 行：这类消息没有“time”这个变量"),
    ] {
        let answer = admin.post_form("/templates/birthday?lang=zh", &form(body, "1")).await;
        assert_eq!(answer.status(), 422, "{body}");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains(why) && page.contains(r#"id="f-sms_zh_body-e""#),
            "{body}: {page}"
        );
    }
    let saved = admin
        .post_form(
            "/templates/birthday",
            &form("【{{ clinic }}】{{ name }}，生日快乐哦，拒收请回复R", "1"),
        )
        .await;
    assert_eq!(saved.status(), 303);
    let page = admin
        .page(&format!("{}&lang=en", saved.headers()["location"].to_str().unwrap()))
        .await;
    assert!(
        page.contains("Saved ") && page.contains(r#"href="/templates""#),
        "{page}"
    );
    assert!(
        page.contains(r#"href="/settings" aria-current="page""#),
        "it is a part of the settings: {page}"
    );
    assert!(
        !page.contains("{{ service }}"),
        "what others may not see is not offered"
    );
    assert_eq!(
        admin
            .post_form("/templates/birthday", &form("【{{ clinic }}】别人的，拒收请回复R", "1"))
            .await
            .status(),
        409
    );
    let birthday = "SELECT version AS n FROM templates WHERE code = 'birthday' AND channel = 'sms' AND language = 'zh'";
    assert_eq!(clinic.count(birthday).await, 2);
    let lacking = admin
        .post_form(
            "/templates/preview?channel=sms&language=zh&lang=en&code=reminder-day-before",
            &[("sms_zh_body", "{{ name }}，明天见")],
        )
        .await
        .text()
        .await
        .unwrap();
    assert!(
        lacking.contains("张伟，明天见") && lacking.contains("time of the visit") && lacking.contains("has no link"),
        "{lacking}"
    );
    let preview = admin
        .post_form(
            "/templates/preview?channel=sms&language=en&lang=en&code=birthday",
            &[("sms_en_body", "Hi {{ name }} – see you")],
        )
        .await
        .text()
        .await
        .unwrap();
    assert!(
        preview.contains("Hi Zhang Wei – see you") && preview.contains("1 SMS parts") && preview.contains("“–”"),
        "{preview}"
    );
    let broken = admin
        .post_form(
            "/templates/preview?channel=sms&language=en&code=birthday",
            &[("sms_en_body", "{{ oops")],
        )
        .await;
    assert_eq!(broken.status(), 200);
    assert_eq!(admin.get("/templates/nothing").await.status(), 404);
});
