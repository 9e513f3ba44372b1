//! Settings: the clinic's data, chairs, providers, hours, leave, services, holidays; the API that reads them.

use chairside::platform::clock::Instant;
use chairside::platform::db::Conn;
use chairside::platform::error::Result;
use chairside::staff::Role;
use diesel::prelude::*;
use reqwest::Response;
use serde_json::json;

use crate::both;
use crate::support::{Browser, Clinic};

/// A planned visit of a new patient with the sample's provider and their chair.
async fn book(clinic: &Clinic, provider: usize, start: &str, minutes: i64) {
    use chairside::platform::db::schema::appointments as a;
    let start = Instant::parse_rfc3339(start).unwrap();
    let end = start.plus_minutes(minutes);
    let who = clinic.sample.providers[provider].clone();
    let (site, service, now) = (clinic.sample.site.id, clinic.sample.services[0].id, clinic.now());
    let chart = format!("T{provider}-{}", start.0);
    let place = (
        a::site_id.eq(site),
        a::provider_id.eq(who.id),
        a::chair_id.eq(who.chair_id),
    );
    let time = (
        a::starts_at.eq(start),
        a::ends_at.eq(end),
        a::busy_from.eq(start),
        a::busy_until.eq(end),
    );
    clinic
        .sql(move |c| {
            let patient = patient(c, &chart, now)?;
            let what = (
                a::patient_id.eq(patient),
                a::service_id.eq(service),
                a::status.eq("booked"),
                a::note.eq(""),
            );
            let row = (
                a::source.eq("desk"),
                a::version.eq(1_i64),
                a::created_at.eq(now),
                a::updated_at.eq(now),
            );
            diesel::insert_into(a::table)
                .values((place, time, what, row))
                .execute(c)?;
            Ok(())
        })
        .await;
}

#[rustfmt::skip]
fn patient(c: &mut Conn, chart: &str, now: Instant) -> Result<i64> {
    use chairside::platform::db::schema::patients as p;
    let row = (
        (p::chart_no.eq(chart), p::name.eq("试"), p::search_name.eq("试"), p::initials.eq("s"), p::sex.eq("unknown")),
        (p::language.eq("zh"), p::channel.eq("sms"), p::marketing.eq(false), p::vip.eq(false), p::needs.eq("")),
        (p::allergies.eq(""), p::history.eq(""), p::occupation.eq(""), p::address.eq(""), p::source.eq(""), p::note.eq("")),
        (p::completeness.eq(0), p::deceased.eq(false), p::version.eq(1_i64), p::created_at.eq(now), p::updated_at.eq(now)),
    );
    Ok(diesel::insert_into(p::table).values(row).returning(p::id).get_result(c)?)
}

/// Follows a save to the page it leads to; it must have been saved.
async fn saved(browser: &Browser, answer: Response, word: &str) -> String {
    let status = answer.status();
    let location = answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
    assert_eq!(status, 303, "{}", answer.text().await.unwrap());
    let location = location.unwrap();
    assert!(location.contains(word), "{location}");
    browser.page(location.split('#').next().unwrap()).await
}

async fn text(answer: Response, status: u16) -> String {
    let got = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    text
}

const SITE: [(&str, &str); 9] = [
    ("name", "知齿口腔"),
    ("name_en", "Zhichi Dental"),
    ("phone", "0571 1111 2222"),
    ("address", "杭州"),
    ("address_en", "Hangzhou"),
    ("zone", "Asia/Shanghai"),
    ("language", "zh"),
    ("currency", "CNY"),
    ("country", "CN"),
];

fn with<'a>(fields: &[(&'a str, &'a str)], change: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<_> = fields
        .iter()
        .filter(|(n, _)| !change.iter().any(|(c, _)| c == n))
        .copied()
        .collect();
    all.extend_from_slice(change);
    all
}

both!(the_site_is_saved_and_says_when_and_by_whom, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let page = saved(&admin, admin.post_form("/settings/site", &SITE).await, "saved=site").await;
    assert!(page.contains("已保存 10:42") && page.contains("吴管理"), "{page}");
    assert!(page.contains(r#"value="0571 1111 2222""#));
    let detail = clinic
        .count("SELECT count(*) AS n FROM audit_log WHERE subject = 'sites' AND detail LIKE '%phone: 0571 8765 4321 -> 0571 1111 2222%'")
        .await;
    assert_eq!(detail, 1);
    let again = saved(&admin, admin.post_form("/settings/site", &SITE).await, "same=site").await;
    assert!(again.contains("没有改动"));
});

both!(zones_come_with_their_offset_and_currencies_with_their_name, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let page = admin.page("/settings/site?lang=zh").await;
    let zones = page
        .split(r#"name="zone""#)
        .nth(1)
        .unwrap()
        .split("</select>")
        .next()
        .unwrap();
    let first = zones.split("<option").nth(1).unwrap();
    assert!(
        zones.contains(r#"<optgroup label="常用">"#) && first.contains("Asia/Shanghai (UTC+08:00)"),
        "{first}"
    );
    assert_eq!(
        zones.matches(" selected").count(),
        1,
        "the chosen one stands in two groups, and is chosen once"
    );
    assert!(zones.contains("America/New York (UTC-05:00)") && zones.contains(r#"<optgroup label="Europe">"#));
    assert!(
        page.contains(r#"<option value="CNY" selected>CNY 人民币</option>"#),
        "{page}"
    );
});

both!(wrong_site_data_is_marked_at_the_field_and_kept, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let cases = [
        ("name", "", "This is required"),
        ("zone", "Asia/Peking", "There is no such zone"),
        ("currency", "XXX", "Not an ISO 4217"),
        ("currency", "JPY", "not supported yet"),
        ("country", "XX", "two-letter country code"),
        ("phone", "call <us>", "digits, spaces"),
        ("name", "知齿\r\nBcc: x@evil.example", "One line only"),
        ("name_en", "Zhichi\u{1}", "One line only"),
        ("address", "杭州\n西湖", "One line only"),
        ("language", "fr", "cannot be read"),
    ];
    for (field, value, message) in cases {
        let answer = admin
            .post_form("/settings/site?lang=en", &with(&SITE, &[(field, value)]))
            .await;
        let page = text(answer, 422).await;
        assert!(page.contains(message), "{field}: {page}");
        assert!(page.contains(&format!(r#"id="f-{field}-e""#)), "{field}");
        assert!(
            page.contains("Hangzhou") && page.contains("0571 1111 2222") == (field != "phone"),
            "{field}"
        );
    }
    let unchanged = clinic
        .count("SELECT count(*) AS n FROM sites WHERE phone = '0571 8765 4321'")
        .await;
    assert_eq!(unchanged, 1);
});

both!(another_zone_asks_first_when_visits_are_booked, |clinic| {
    let admin = clinic.signed_in("admin").await;
    book(&clinic, 0, "2026-11-24T10:00:00+08:00", 30).await;
    let moved = with(&SITE, &[("zone", "Europe/Berlin")]);
    let page = text(admin.post_form("/settings/site?lang=en", &moved).await, 409).await;
    assert!(
        page.contains("1 future booking will show at another time of day"),
        "{page}"
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM sites WHERE zone = 'Asia/Shanghai'")
            .await,
        1
    );
    let agreed = with(&moved, &[("confirmed", "1")]);
    saved(&admin, admin.post_form("/settings/site", &agreed).await, "saved=site").await;
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM sites WHERE zone = 'Europe/Berlin'")
            .await,
        1
    );
});

both!(
    chairs_are_added_renamed_ordered_and_kept_while_they_are_needed,
    |clinic| {
        let admin = clinic.signed_in("admin").await;
        let fields = [("name", "6号椅"), ("name_en", "Chair 6")];
        let page = saved(
            &admin,
            admin.post_form("/settings/chairs?lang=en", &fields).await,
            "saved=chairs",
        )
        .await;
        assert!(page.contains("Chair 6"));
        let empty = text(admin.post_form("/settings/chairs", &[("name", "x")]).await, 422).await;
        assert!(empty.contains(r#"id="f-name_en-e""#) && empty.contains(r#"value="x""#));

        let twice = [("name", "7号椅"), ("name_en", "chair 6 ")];
        let refused = text(admin.post_form("/settings/chairs", &twice).await, 422).await;
        assert!(
            refused.contains(r#"id="f-name_en-e""#) && refused.contains("There is a chair of this name already"),
            "{refused}"
        );

        let first = clinic.sample.providers[0].chair_id;
        let renamed = [("name", "一号"), ("name_en", "One"), ("active", "1")];
        let path = format!("/settings/chairs/{first}");
        saved(&admin, admin.post_form(&path, &renamed).await, "saved=chair").await;
        let order = admin.post_form(&format!("{path}/move"), &[("to", "down")]).await;
        saved(&admin, order, "saved=chairs").await;
        let (_, chairs) = admin.get_json("/api/v1/chairs").await;
        assert_eq!(chairs[1]["name_en"], "One");
        assert_eq!(chairs[1]["position"], 2);

        book(&clinic, 0, "2026-11-24T10:00:00+08:00", 30).await;
        book(&clinic, 0, "2026-11-24T11:00:00+08:00", 30).await;
        let off = [("name", "一号"), ("name_en", "One")];
        let refused = text(admin.post_form(&format!("{path}?lang=en"), &off).await, 422).await;
        assert!(refused.contains("2 future bookings use this chair"), "{refused}");
        clinic.it_is("2026-11-25T10:00:00+08:00");
        let admin = clinic.signed_in("admin").await;
        let refused = text(admin.post_form(&path, &off).await, 422).await;
        assert!(refused.contains("Dr Li works at this chair"), "{refused}");
        assert_eq!(clinic.count("SELECT count(*) AS n FROM chairs WHERE active").await, 6);
    }
);

both!(hours_are_checked_previewed_and_saved, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.providers[0].id;
    let (page, path) = (
        format!("/settings/providers/{id}?lang=en"),
        format!("/settings/providers/{id}/hours"),
    );
    assert!(admin.page(&page).await.contains(r#"value="08:45-12:00, 13:30-18:00""#));
    let week = |tuesday| {
        [
            ("d1", "08:45-12:00, 13:30-18:00"),
            ("d2", tuesday),
            ("d3", "9:00-17:00"),
        ]
    };
    for (wrong, why) in [
        ("08:45-12:00, 11:00-13:00", "overlaps"),
        ("13:00-14:00, 09:00-10:00", "in order"),
        ("12:00-09:00", "end later"),
        ("early", "Cannot read"),
    ] {
        let answer = text(admin.post_form(&path, &week(wrong)).await, 422).await;
        assert!(
            answer.contains(why) && answer.contains(r#"id="f-d2-e""#) && answer.contains(wrong),
            "{answer}"
        );
    }
    book(&clinic, 0, "2026-11-24T10:00:00+08:00", 30).await;
    book(&clinic, 0, "2026-11-24T17:40:00+08:00", 30).await; // outside already: not this change's doing
    book(&clinic, 1, "2026-11-24T10:00:00+08:00", 30).await; // somebody else's
    let asked = text(admin.post_form(&path, &week("13:00-18:00")).await, 409).await;
    assert!(
        asked.contains("1 future booking falls outside the new hours"),
        "{asked}"
    );
    assert!(
        asked.contains("Tue 24 Nov 10:00") && asked.contains(r#"name="confirmed" value="1""#),
        "{asked}"
    );
    assert!(!admin.page(&page).await.contains("13:00-18:00\""));

    book(&clinic, 0, "2026-11-24T11:00:00+08:00", 30).await;
    let agreed = with(&week("13:00-18:00"), &[("confirmed", "1")]);
    let asked = text(admin.post_form(&path, &agreed).await, 409).await;
    assert!(
        asked.contains("2 future bookings fall outside"),
        "one more was booked meanwhile: {asked}"
    );
    let agreed = with(&week("13:00-18:00"), &[("confirmed", "2")]);
    let page = saved(&admin, admin.post_form(&path, &agreed).await, "saved=hours").await;
    assert!(
        page.contains("Saved 10:42") && page.contains(r#"value="13:00-18:00""#),
        "{page}"
    );
    let (_, providers) = admin.get_json("/api/v1/providers").await;
    assert_eq!(
        providers[0]["hours"],
        json!([
            {"weekday": 1, "from": "08:45", "until": "12:00"},
            {"weekday": 1, "from": "13:30", "until": "18:00"},
            {"weekday": 2, "from": "13:00", "until": "18:00"},
            {"weekday": 3, "from": "09:00", "until": "17:00"},
        ])
    );
});

both!(leave_is_previewed_added_and_removed, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.providers[0].id;
    let path = format!("/settings/providers/{id}/leave");
    let wrong = [
        ("leave_from", "2026-12-01T13:30"),
        ("leave_to", "2026-12-01T13:30"),
        ("leave_reason", "牙会"),
    ];
    let answer = text(admin.post_form(&format!("{path}?lang=en"), &wrong).await, 422).await;
    assert!(answer.contains("end later") && answer.contains("牙会"), "{answer}");
    let answer = text(admin.post_form(&path, &[("leave_from", "soon")]).await, 422).await;
    assert!(answer.contains(r#"id="f-leave_from-e""#) && answer.contains(r#"id="f-leave_to-e""#));

    book(&clinic, 0, "2026-12-01T14:00:00+08:00", 30).await;
    let leave = [
        ("leave_from", "2026-12-01T13:30"),
        ("leave_to", "2026-12-02T18:00"),
        ("leave_reason", "牙会"),
    ];
    let asked = text(admin.post_form(&path, &leave).await, 409).await;
    assert!(asked.contains("1 future booking falls within this leave"), "{asked}");
    assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 0);
    let page = saved(
        &admin,
        admin.post_form(&path, &with(&leave, &[("confirmed", "1")])).await,
        "saved=leave",
    )
    .await;
    assert!(page.contains("Tue 1 Dec 13:30") && page.contains("牙会"), "{page}");
    let begins = Instant::parse_rfc3339("2026-12-01T13:30:00+08:00").unwrap().0;
    assert_eq!(
        clinic
            .count(&format!("SELECT count(*) AS n FROM leaves WHERE starts_at = {begins}"))
            .await,
        1
    );

    let leave_id = clinic.count("SELECT max(id) AS n FROM leaves").await;
    let other = clinic.sample.providers[1].id;
    let foreign = admin
        .post_form(&format!("/settings/providers/{other}/leave/{leave_id}/remove"), &[])
        .await;
    assert_eq!(foreign.status(), 404);
    saved(
        &admin,
        admin.post_form(&format!("{path}/{leave_id}/remove"), &[]).await,
        "saved=leave",
    )
    .await;
    assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 0);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE subject = 'provider_leave'")
            .await,
        2
    );
});

both!(providers_are_added_changed_and_deactivated_with_a_question, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let chair = clinic.sample.providers[0].chair_id.to_string();
    let service = clinic.sample.services[1].id.to_string();
    let doctor = clinic.sample.users[3].to_string();
    let new = [
        ("name", "钱医生"),
        ("name_en", "Dr Qian"),
        ("kind", "doctor"),
        ("chair", chair.as_str()),
        ("services", service.as_str()),
        ("active", "1"),
    ];
    let taken = with(&new, &[("account", doctor.as_str())]);
    let refused = text(admin.post_form("/settings/providers/new?lang=en", &taken).await, 422).await;
    assert!(refused.contains("This account belongs to Dr Li"), "{refused}");
    let page = saved(
        &admin,
        admin.post_form("/settings/providers/new", &new).await,
        "saved=provider",
    )
    .await;
    assert!(page.contains("Dr Qian"));
    let (_, list) = admin.get_json("/api/v1/providers").await;
    let made = list
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["name_en"] == "Dr Qian")
        .unwrap()
        .clone();
    assert_eq!(made["service_ids"], json!([clinic.sample.services[1].id]));
    assert_eq!(made["position"], 6);

    book(&clinic, 1, "2026-11-24T10:00:00+08:00", 30).await;
    let id = clinic.sample.providers[1].id;
    let chair = clinic.sample.providers[1].chair_id.to_string();
    let path = format!("/settings/providers/{id}");
    let off = [
        ("name", "王医生"),
        ("name_en", "Dr Wang"),
        ("kind", "doctor"),
        ("chair", chair.as_str()),
    ];
    let asked = text(admin.post_form(&path, &off).await, 409).await;
    assert!(asked.contains("1 future booking is with this provider"), "{asked}");
    saved(
        &admin,
        admin.post_form(&path, &with(&off, &[("confirmed", "1")])).await,
        "saved=provider",
    )
    .await;
    let (_, list) = admin.get_json("/api/v1/providers").await;
    assert!(!list.to_string().contains("Dr Wang"));
    let links = format!("SELECT count(*) AS n FROM service_providers WHERE provider_id = {id}");
    assert_eq!(clinic.count(&links).await, 0);
});

const SERVICE: [(&str, &str); 12] = [
    ("code", "whitening"),
    ("name", "美白"),
    ("name_en", "Whitening"),
    ("minutes", "60"),
    ("buffer_before", "0"),
    ("buffer_after", "10"),
    ("colour", "#3B78DF"),
    ("price", "1280.50"),
    ("recall_months", "12"),
    ("follow_up_days", ""),
    ("follow_up_at", "16:30"),
    ("active", "1"),
];

both!(services_are_added_and_changed, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let by = clinic.sample.providers[0].id.to_string();
    let new = with(&SERVICE, &[("providers", by.as_str())]);
    saved(
        &admin,
        admin.post_form("/settings/services/new?lang=en", &new).await,
        "saved=service",
    )
    .await;
    let (_, list) = admin.get_json("/api/v1/services").await;
    let made = list
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["code"] == "whitening")
        .unwrap()
        .clone();
    assert_eq!(made["price_minor"], 128_050);
    assert_eq!(made["colour"], "#3b78df");
    assert_eq!(made["recall_months"], 12);
    assert_eq!(made["provider_ids"], json!([clinic.sample.providers[0].id]));
    let twice = text(admin.post_form("/settings/services/new", &new).await, 422).await;
    assert!(twice.contains("This code is taken"), "{twice}");
    let path = format!("/settings/services/{}", made["id"]);
    let page = saved(
        &admin,
        admin.post_form(&path, &with(&SERVICE, &[("minutes", "75")])).await,
        "saved=service",
    )
    .await;
    assert!(page.contains(r#"value="75""#) && !page.contains("name=\"code\""));
    let changed =
        "SELECT count(*) AS n FROM audit_log WHERE subject = 'services' AND detail LIKE '%minutes: 60 -> 75%'";
    assert_eq!(clinic.count(changed).await, 1);
});

both!(wrong_service_data_is_marked_at_the_field, |clinic| {
    let admin = clinic.signed_in("admin").await;
    for (field, value, message) in [
        ("code", "White ning", "lower-case letters"),
        ("minutes", "4", "from 5 to 480"),
        ("minutes", "", "required"),
        ("buffer_after", "121", "from 0 to 120"),
        ("colour", "blue", "written like #3b78df"),
        ("price", "1.234", "An amount such as"),
        ("recall_months", "61", "from 1 to 60"),
        ("follow_up_days", "-1", "from 0 to 365"),
        ("follow_up_at", "25:00", "written like 10:00"),
        ("providers", "99999", "no longer there"),
    ] {
        let answer = admin
            .post_form("/settings/services/new?lang=en", &with(&SERVICE, &[(field, value)]))
            .await;
        let page = text(answer, 422).await;
        assert!(
            page.contains(message) && page.contains(&format!(r#"id="f-{field}-e""#)),
            "{field}: {page}"
        );
        assert!(page.contains("美白"), "{field}");
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM services").await, 12);
});

both!(holidays_are_added_once_with_a_question_and_removed, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let day = [("day", "2026-12-25"), ("name", "圣诞"), ("name_en", "Christmas")];
    book(&clinic, 0, "2026-12-25T10:00:00+08:00", 30).await;
    let asked = text(admin.post_form("/settings/holidays?lang=en", &day).await, 409).await;
    assert!(asked.contains("1 future booking falls on this day"), "{asked}");
    let page = saved(
        &admin,
        admin
            .post_form("/settings/holidays", &with(&day, &[("confirmed", "1")]))
            .await,
        "saved=",
    )
    .await;
    assert!(page.contains("Christmas") && page.contains("Saved 10:42"), "{page}");
    let twice = text(admin.post_form("/settings/holidays", &day).await, 422).await;
    assert!(twice.contains("a holiday already: Christmas"), "{twice}");
    for wrong in ["2026-02-30", "soon", "", "1970-01-01"] {
        let answer = text(
            admin
                .post_form("/settings/holidays", &with(&day, &[("day", wrong)]))
                .await,
            422,
        )
        .await;
        assert!(answer.contains(r#"id="f-day-e""#), "{wrong}");
    }
    let id = clinic
        .count("SELECT id AS n FROM holidays WHERE name_en = 'Christmas'")
        .await;
    saved(
        &admin,
        admin.post_form(&format!("/settings/holidays/{id}/remove"), &[]).await,
        "saved=",
    )
    .await;
    assert_eq!(
        admin
            .post_form(&format!("/settings/holidays/{id}/remove"), &[])
            .await
            .status(),
        404
    );
});

/// As `chairside serve` finds it for the first time: a site without anything, and an administrator.
async fn emptied(clinic: &Clinic) {
    clinic
        .sql(|c| {
            for sql in [
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
        "/settings/holidays".into(),
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
