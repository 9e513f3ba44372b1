//! What is found in a text: faults, warnings, its signature and its price.

use chairside::platform::config::gateways::{Kannel, Kind};

use super::super::{Who, ZHANG, patient};
use super::refused;
use crate::both;
use crate::support::{Clinic, Engine, run};

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

both!(what_tells_of_documents_has_the_link_that_opens_them, |clinic| {
    let admin = clinic.signed_in("admin").await;
    for (field, version) in [("sms_zh_body", "sms_zh_version"), ("email_zh_body", "email_zh_version")] {
        let fields = [
            (field, "【{{ clinic }}】{{ name }}，为您送上{{ documents }}"),
            ("email_zh_subject", "{{ documents }}"),
            (version, "1"),
        ];
        let page = refused(&admin, "/templates/documents?lang=zh", &fields).await;
        let fault = format!("id=\"f-{field}-e\"");
        assert!(page.contains(&fault) && page.contains("{{ documents_link }}"), "{page}");
    }
    let whole = "【{{ clinic }}】{{ documents }}：{{ documents_link }}";
    let fields = [("sms_zh_body", whole), ("sms_zh_version", "1")];
    assert_eq!(admin.post_form("/templates/documents", &fields).await.status(), 303);
});

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
    patient(
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
