//! Setting up from nothing; what holds for every settings page; the API.

use chairside::staff::Role;

use super::{SERVICE, SITE, saved, text, with};
use crate::both;
use crate::support::Clinic;

/// As `chairside serve` finds it for the first time: a site without anything, and an administrator.
async fn emptied(clinic: &Clinic) {
    clinic
        .sql(|c| {
            for sql in [
                "DELETE FROM blockout_services",
                "DELETE FROM blockouts",
                "DELETE FROM complaints",
                "DELETE FROM booking_rules",
                "DELETE FROM service_providers",
                "DELETE FROM weekly_hours",
                "DELETE FROM providers",
                "DELETE FROM services",
                "DELETE FROM chairs",
                "DELETE FROM holidays",
                "UPDATE sites SET phone = '', address = ''",
            ] {
                diesel::connection::SimpleConnection::batch_execute(c, sql)?;
            }
            Ok(())
        })
        .await;
}

both!(an_empty_clinic_is_set_up_step_by_step, |clinic| {
    emptied(&clinic).await;
    let begin = |who: &'static str| {
        let visitor = clinic.visitor();
        async move {
            let fields = [("login", who), ("password", "chairside-demo")];
            let answer = visitor.post_form("/sign-in", &fields).await;
            answer.headers()["location"].to_str().unwrap().to_owned()
        }
    };
    assert_eq!(begin("admin").await, "/settings");
    assert_eq!(begin("desk").await, "/");
    let admin = clinic.signed_in("admin").await;
    let next = |page: &str| {
        let rest = page
            .split_once(r#"class="next""#)
            .map_or("", |(_, rest)| rest)
            .to_owned();
        rest.split("href=\"")
            .nth(1)
            .unwrap_or("")
            .split('"')
            .next()
            .unwrap_or("")
            .to_owned()
    };
    let page = admin.page("/settings?lang=en").await;
    assert!(page.contains("Nothing can be booked yet"), "{page}");
    assert!(page.contains("SMS: kept here, not sent"), "{page}");
    assert_eq!(next(&page), "/settings/site");
    saved(&admin, admin.post_form("/settings/site", &SITE).await, "saved=site").await;
    assert_eq!(next(&admin.page("/settings").await), "/settings/chairs");

    // A provider needs a chair.
    let page = admin.page("/settings/providers/new").await;
    assert!(
        page.contains("Add a chair first") && page.contains(r#"href="/settings/chairs""#),
        "{page}"
    );
    let early = [("name", "李"), ("name_en", "Li"), ("kind", "doctor"), ("active", "1")];
    let refused = text(admin.post_form("/settings/providers/new", &early).await, 422).await;
    assert!(
        refused.contains(r#"id="f-chair-e""#) && refused.contains("<b>Chair</b>: Add a chair first"),
        "{refused}"
    );

    let chair = [("name", "1号椅"), ("name_en", "Chair 1")];
    saved(
        &admin,
        admin.post_form("/settings/chairs", &chair).await,
        "saved=chairs",
    )
    .await;
    assert_eq!(next(&admin.page("/settings").await), "/settings/services");
    let plain: Vec<_> = SERVICE.iter().filter(|(n, _)| *n != "code").copied().collect();
    saved(
        &admin,
        admin.post_form("/settings/services/new", &plain).await,
        "saved=service",
    )
    .await;
    let (_, services) = admin.get_json("/api/v1/services").await;
    assert_eq!(services[0]["code"], "whitening", "a code is made from the English name");
    assert!(admin.page("/settings/services").await.contains("Nobody does it"));
    assert_eq!(next(&admin.page("/settings").await), "/settings/providers");

    let chair = clinic.count("SELECT id AS n FROM chairs").await.to_string();
    let service = services[0]["id"].to_string();
    let new = with(&early, &[("chair", chair.as_str()), ("services", service.as_str())]);
    let page = saved(
        &admin,
        admin.post_form("/settings/providers/new", &new).await,
        "saved=provider",
    )
    .await;
    assert!(page.contains("Cannot be booked yet: no hours"), "{page}");
    assert!(
        admin
            .page("/settings/providers")
            .await
            .contains("Cannot be booked yet: no hours")
    );
    let id = clinic.count("SELECT id AS n FROM providers").await;
    let ticked = format!(r#"name="providers" value="{id}" checked"#);
    assert!(admin.page("/settings/services/new").await.contains(&ticked));

    // Hours as people write them; Monday's for the whole week.
    let path = format!("/settings/providers/{id}/hours");
    let copied = admin
        .post_form(&path, &[("d1", "8-12，13:30～18"), ("d6", "9-12"), ("copy", "1")])
        .await;
    let page = text(copied, 200).await;
    assert_eq!(page.matches(r#"value="8-12，13:30～18""#).count(), 5, "{page}");
    assert!(
        page.contains(r#"value="9-12""#) && page.contains("Not saved yet"),
        "{page}"
    );
    assert_eq!(clinic.count("SELECT count(*) AS n FROM weekly_hours").await, 0);
    let day = "8-12，13:30～18";
    let week = [
        ("d1", day),
        ("d2", day),
        ("d3", day),
        ("d4", day),
        ("d5", day),
        ("d6", "9-12"),
    ];
    let page = saved(&admin, admin.post_form(&path, &week).await, "saved=hours").await;
    assert!(!page.contains("Cannot be booked yet"), "{page}");
    assert_eq!(clinic.count("SELECT count(*) AS n FROM weekly_hours").await, 11);
    assert!(!admin.page("/settings").await.contains("Nothing can be booked yet"));
    assert_eq!(begin("admin").await, "/");
});

both!(the_summary_of_faults_names_each_field_and_leads_to_it, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let wrong = with(&SERVICE, &[("minutes", "4"), ("buffer_after", "500")]);
    let answer = admin.post_form("/settings/services/new?lang=zh", &wrong).await;
    let page = text(answer, 422).await;
    for part in [
        r##"<a href="#f-minutes"><b>时长（分钟）</b>：请填 5 到 480 之间的整数</a>"##,
        r##"<a href="#f-buffer_after"><b>之后清洁（分钟）</b>：请填 0 到 120 之间的整数</a>"##,
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let off = [("name", "1号椅"), ("name_en", "Chair 1")];
    let path = format!("/settings/chairs/{}?lang=en", clinic.sample.providers[0].chair_id);
    let page = text(admin.post_form(&path, &off).await, 422).await;
    assert!(
        page.contains(r##"<a href="#f-active"><b>In use</b>: "##) && page.contains(r#"id="f-active""#),
        "{page}"
    );
});

both!(every_settings_page_is_whole_in_both_languages, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let (provider, service) = (clinic.sample.providers[0].id, clinic.sample.services[0].id);
    let chair = clinic.sample.providers[0].chair_id;
    let user = clinic.sample.users[0];
    for path in [
        "/settings".to_owned(),
        "/settings/site".into(),
        "/settings/chairs".into(),
        format!("/settings/chairs/{chair}"),
        "/settings/providers".into(),
        "/settings/providers/new".into(),
        format!("/settings/providers/{provider}"),
        "/settings/services".into(),
        "/settings/services/new".into(),
        format!("/settings/services/{service}"),
        format!("/settings/providers/{provider}/hours/new"),
        "/settings/holidays".into(),
        "/settings/blockouts".into(),
        "/settings/blockouts/new".into(),
        "/settings/blockouts/1".into(),
        "/settings/staff".into(),
        "/settings/staff/new".into(),
        format!("/settings/staff/{user}"),
        "/settings/audit".into(),
    ] {
        let zh = admin.page(&format!("{path}?lang=zh")).await;
        let en = admin.page(&format!("{path}?lang=en")).await;
        for page in [&zh, &en] {
            assert_eq!(page.matches("<h1").count(), 1, "{path}");
            assert_eq!(page.matches("<main id=\"main\"").count(), 1, "{path}");
            let mut ids: Vec<&str> = page
                .split(" id=\"")
                .skip(1)
                .filter_map(|s| s.split('"').next())
                .collect();
            let all = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), all, "{path}: an id stands twice");
        }
        assert_ne!(zh, en, "{path}");
    }
    for path in [
        "/settings/chairs/99",
        "/settings/providers/99",
        "/settings/services/99",
        "/settings/blockouts/99",
        "/settings/providers/1/hours/2026-12-07",
        "/settings/providers/1/hours/soon",
        "/settings/providers/99/hours/new",
        "/settings/staff/99",
        "/settings/chairs/x",
    ] {
        assert_eq!(admin.get(path).await.status(), 404, "{path}");
    }
});

both!(the_api_shows_the_set_up_to_every_role, |clinic| {
    for role in [Role::Doctor, Role::FrontDesk] {
        let api = clinic.api(role).await;
        let (status, site) = api.get_json("/api/v1/site").await;
        assert_eq!((status, site["zone"].as_str()), (200, Some("Asia/Shanghai")));
        let (status, services) = api.get_json("/api/v1/services").await;
        assert_eq!((status, services.as_array().unwrap().len()), (200, 12));
        assert_eq!(services[0]["code"], "check-up");
        let (status, chairs) = api.get_json("/api/v1/chairs").await;
        assert_eq!((status, chairs.as_array().unwrap().len()), (200, 5));
    }
    assert_eq!(clinic.visitor().get_json("/api/v1/site").await.0, 401);
});
