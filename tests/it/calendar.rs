//! Visits in calendars outside: invitations by email, the patient's file, a provider's feed. What we write is read here by a
//! parser, and mails by Python's own.

use std::process::Command;

use chairside::app::App;
use chairside::clinic::ProviderId;
use chairside::patients::Channel;
use chairside::platform::config::{MailTransport, Tls};
use chairside::platform::db::schema::{appointments as a, messages as m};
use chairside::staff::{Actor, Role};
use diesel::prelude::*;
use icalendar::{Calendar, Component, Event};
use reqwest::Response;
use serde_json::{Value, json};

use crate::api_contract::run;
use crate::both;
use crate::gateways::mail::{log, smtp};
use crate::messaging::{Who, ZHANG, patient};
use crate::support::{Browser, Clinic, make_patient};

/// A calendar by the rules of RFC 5545, 3.1: whole lines of 75 octets at most, ended by CRLF.
fn calendar(text: &str) -> Calendar {
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    text.parse().unwrap()
}
fn only(calendar: &Calendar) -> &Event {
    assert_eq!(calendar.events().count(), 1);
    calendar.events().next().unwrap()
}
fn value<'e>(event: &'e Event, key: &str) -> &'e str {
    event.property_value(key).unwrap_or_default()
}

async fn book(api: &Browser, clinic: &Clinic, who: i64, provider: usize, at: &str) -> Value {
    let service = clinic.sample.services.iter().find(|s| s.code == "check-up").unwrap();
    let body = json!({ "patient_id": who, "service_id": service.id, "provider_id": clinic.sample.providers[provider].id,
        "starts_at": at, "notify": true });
    let (status, booked) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 201, "{booked}");
    booked
}
async fn step(api: &Browser, visit: &Value, action: &str, mut body: Value) -> Value {
    body["version"] = visit["version"].clone();
    let path = format!("/api/v1/appointments/{}/{action}", visit["id"]);
    let (status, done) = api.post_json(&path, &body).await;
    assert_eq!(status, 200, "{done}");
    done
}

// --- Invitations -----------------------------------------------------------------------------------------------------

/// The same clinic, sending its mail to a server of the test's.
fn mailing(clinic: &Clinic, port: u16) -> App {
    let mut config = clinic.app.config.clone();
    config.mail.transport = MailTransport::Smtp;
    config.mail.host = "localhost".into();
    config.mail.port = port;
    config.mail.tls = Tls::None;
    config.mail.from = "知齿口腔 <desk@clinic.example>".into();
    App::open(config, clinic.app.clock.clone()).unwrap()
}

/// The parts of a mail, outermost first: type, parameters, file name and, of what is no container, content.
fn parts(raw_base64: &Value) -> Vec<Value> {
    let script = "import sys,json,base64,email,email.policy\n\
        m=email.message_from_bytes(base64.b64decode(sys.argv[1]),policy=email.policy.default)\n\
        print(json.dumps([{'type':p.get_content_type(),'parameters':dict(p['content-type'].params),'file':p.get_filename(),\
        'text':None if p.is_multipart() else p.get_payload(decode=True).decode()} for p in m.walk()]))";
    let raw = raw_base64.as_str().unwrap();
    let out = Command::new("/usr/bin/python3")
        .args(["-c", script, raw])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

/// The invitation in the latest mail, which its row has kept; and what its part and the calendar itself say is asked.
async fn invitation(clinic: &Clinic, server: &crate::gateways::Server, mails: usize) -> Calendar {
    let got = log(server, "message");
    assert_eq!(got.len(), mails);
    let parts = parts(&got[mails - 1]["raw"]);
    let types: Vec<&str> = parts.iter().map(|p| p["type"].as_str().unwrap()).collect();
    let wanted = [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ];
    assert_eq!(types, wanted);
    assert_eq!(parts[5]["file"], "visit.ics");
    assert_eq!(parts[4]["text"], parts[5]["text"]);
    let text = parts[4]["text"].as_str().unwrap();
    let kept: Option<String> = clinic
        .sql(|c| {
            let emails = m::table.filter(m::channel.eq("email"));
            Ok(emails.order(m::updated_at.desc()).select(m::calendar).first(c)?)
        })
        .await;
    assert_eq!(kept.as_deref(), Some(text));
    let read = calendar(text);
    assert_eq!(parts[4]["parameters"]["charset"], "utf-8");
    assert_eq!(
        parts[4]["parameters"]["method"],
        *read.property_value("METHOD").unwrap()
    );
    read
}

both!(an_invitation_follows_the_visit, |clinic| {
    let server = smtp(&[]);
    let app = mailing(&clinic, server.port());
    let round = async || {
        clinic.minutes_pass(3);
        app.dispatcher().dispatch().await.unwrap();
    };
    let who = Who {
        channel: Channel::Email,
        ..ZHANG
    };
    let who = patient(&clinic, who).await.0;
    let api = clinic.api(Role::FrontDesk).await;
    let texted = make_patient(&clinic, "孙丽", "13900007731").await.0;
    book(&api, &clinic, texted, 1, "2026-11-25T09:00:00+08:00").await;
    round().await;
    let plain = "SELECT count(*) AS n FROM messages WHERE channel = 'sms' AND state = 'accepted' AND calendar IS NULL";
    assert_eq!(clinic.count(plain).await, 1);

    let visit = book(&api, &clinic, who, 0, "2026-11-25T09:00:00+08:00").await;
    round().await;
    let booked = invitation(&clinic, &server, 1).await;
    let event = only(&booked);
    let uid = event.get_uid().unwrap().to_owned();
    assert_eq!(uid.len(), 32);
    assert_eq!(booked.property_value("METHOD"), Some("REQUEST"));
    assert_eq!(i64::from(event.get_sequence().unwrap()), visit["version"]);
    let link = value(event, "URL").to_owned();
    for (key, wanted) in [
        ("SUMMARY", "知齿口腔：就诊预约"),
        ("DTSTAMP", "20261123T024800Z"),
        ("DTSTART", "20261125T010000Z"),
        ("DTEND", "20261125T013000Z"),
        ("STATUS", "CONFIRMED"),
        ("TRANSP", "OPAQUE"),
        ("ORGANIZER", "mailto:desk@clinic.example"),
        ("LOCATION", clinic.sample.site.address.as_str()),
        ("DESCRIPTION", &format!("确认、改期或取消：{link}")),
    ] {
        assert_eq!(value(event, key), wanted, "{key}");
    }
    assert_eq!(event.get_attendees()[0].cal_address, "mailto:zhang@clinic.example");
    assert!(
        !booked.to_string().contains("检查"),
        "what is done is nobody's business"
    );
    let path = link.strip_prefix(&clinic.base).unwrap();
    assert!(clinic.visitor().page(path).await.contains("09:00"));
    let last: i64 = clinic
        .sql(|c| Ok(m::table.select(m::id).filter(m::channel.eq("email")).first(c)?))
        .await;
    let desk = clinic.signed_in("desk").await;
    assert!(desk.page(&format!("/messages/{last}")).await.contains("日历邀请"));

    // A reminder of the same visit changes nothing in the calendar.
    clinic.it_is("2026-11-24T18:00:00+08:00");
    chairside::outreach::plan(&clinic.app.db, clinic.now()).await.unwrap();
    round().await;
    let reminded = invitation(&clinic, &server, 2).await;
    assert_eq!(only(&reminded).get_uid(), Some(uid.as_str()));
    assert_eq!(only(&reminded).get_sequence(), event.get_sequence());
    assert_eq!(value(only(&reminded), "DTSTART"), "20261125T010000Z");

    let to = json!({ "starts_at": "2026-11-26T10:00:00+08:00" });
    let moved = step(&api, &visit, "move", to).await;
    round().await;
    let second = invitation(&clinic, &server, 3).await;
    assert_eq!(second.property_value("METHOD"), Some("REQUEST"));
    assert_eq!(only(&second).get_uid(), Some(uid.as_str()));
    assert!(only(&second).get_sequence() > event.get_sequence());
    assert_eq!(value(only(&second), "DTSTART"), "20261126T020000Z");

    // What the patient does by their own link reaches their calendar, too.
    let id = chairside::appointments::AppointmentId(moved["id"].as_i64().unwrap());
    let to = chairside::appointments::Target {
        starts_at: chairside::platform::clock::Instant::parse_rfc3339("2026-11-26T11:00:00+08:00").unwrap(),
        provider: None,
        minutes: None,
    };
    let own = Actor::patient("192.0.2.1".into(), "r".into());
    let version = moved["version"].as_i64().unwrap();
    let now = clinic.now();
    let moved_again = chairside::appointments::reschedule(&clinic.app.db, now, own, (id, version), to)
        .await
        .unwrap();
    round().await;
    let own = invitation(&clinic, &server, 4).await;
    assert!(only(&own).get_sequence() > only(&second).get_sequence());
    assert_eq!(value(only(&own), "DTSTART"), "20261126T030000Z");

    let moved = json!({ "id": id, "version": moved_again.version });
    step(&api, &moved, "cancel", json!({ "reason": "有事" })).await;
    round().await;
    let third = invitation(&clinic, &server, 5).await;
    assert_eq!(third.property_value("METHOD"), Some("CANCEL"));
    assert_eq!(only(&third).get_uid(), Some(uid.as_str()));
    assert!(only(&third).get_sequence() > only(&own).get_sequence());
    for (key, wanted) in [
        ("STATUS", "CANCELLED"),
        ("TRANSP", "TRANSPARENT"),
        ("DTSTART", "20261126T030000Z"),
        ("ORGANIZER", "mailto:desk@clinic.example"),
    ] {
        assert_eq!(value(only(&third), key), wanted, "{key}");
    }
    assert_eq!(only(&third).get_attendees(), event.get_attendees());
});

// --- The patient's file ----------------------------------------------------------------------------------------------

both!(a_patient_takes_the_visit_along, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007731").await.0;
    let api = clinic.api(Role::FrontDesk).await;
    let visit = book(&api, &clinic, who, 0, "2026-11-25T09:00:00+08:00").await;
    let id = visit["id"].as_i64().unwrap();
    let row: chairside::appointments::Appointment = clinic.sql(move |c| Ok(a::table.find(id).first(c)?)).await;
    let path = chairside::appointments::visit_path(&clinic.app.keys, &row);
    let file = format!("{path}/visit.ics");
    let phone = clinic.visitor();
    let page = phone.page(&path).await;
    assert!(page.contains(&format!("href=\"{file}\"")) && page.contains("加入日历"));

    let answer = phone.get(&file).await;
    assert_eq!(answer.status(), 200);
    for (name, wanted) in [
        ("content-type", "text/calendar; charset=utf-8"),
        ("content-disposition", "attachment; filename=\"visit.ics\""),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.headers()[name], wanted);
    }
    let zh = calendar(&answer.text().await.unwrap());
    assert_eq!(zh.property_value("METHOD"), Some("PUBLISH"));
    assert_eq!(value(only(&zh), "DTSTART"), "20261125T010000Z");
    assert_eq!(value(only(&zh), "URL"), format!("{}{path}", clinic.base));
    assert!(only(&zh).get_attendees().is_empty());
    let en = phone.get(&format!("{file}?lang=en")).await.text().await.unwrap();
    assert!(value(only(&calendar(&en)), "SUMMARY").ends_with(": appointment"));
    assert_eq!(only(&calendar(&en)).get_uid(), only(&zh).get_uid());

    // Not for who guesses, not for what is over.
    assert_eq!(
        phone.get(&format!("/v/{}/visit.ics", "A".repeat(40))).await.status(),
        404
    );
    step(&api, &visit, "cancel", json!({ "reason": "有事" })).await;
    let gone = phone.get(&file).await;
    assert_eq!(gone.status(), 410);
    assert!(gone.text().await.unwrap().contains("Your visit is cancelled"));
    assert!(!phone.page(&path).await.contains("visit.ics"));
    clinic.it_is("2026-11-25T11:00:00+08:00");
    assert_eq!(phone.get(&file).await.status(), 410);
});

// --- A provider's feed -----------------------------------------------------------------------------------------------

/// The path of the address that a page shows this once.
async fn address(clinic: &Clinic, answer: Response) -> String {
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    let shown = page.split("id=\"feed-address\" readonly value=\"").nth(1).unwrap();
    let shown = shown.split('"').next().unwrap();
    let path = shown.strip_prefix(&clinic.base).unwrap().to_owned();
    let secret = path
        .strip_prefix("/calendar/")
        .and_then(|p| p.strip_suffix(".ics"))
        .unwrap();
    assert_eq!(secret.len(), 43, "256 bits");
    assert_eq!(
        clinic
            .count(&format!(
                "SELECT count(*) AS n FROM calendar_feeds WHERE token_hash LIKE '%{secret}%'"
            ))
            .await,
        0
    );
    path
}
/// Summary and place of a feed's events, by time.
async fn told(reader: &Browser, path: &str) -> Vec<(String, String)> {
    let read = calendar(&reader.page(path).await);
    let told = read
        .events()
        .map(|e| (value(e, "SUMMARY").to_owned(), value(e, "LOCATION").to_owned()));
    told.collect()
}

both!(a_feed_tells_a_providers_visits_and_nobody_elses, |clinic| {
    let (sun, li) = (
        make_patient(&clinic, "孙丽", "13900007731").await.0,
        make_patient(&clinic, "Smith, John; Jr", "13900007732").await.0,
    );
    let api = clinic.api(Role::FrontDesk).await;
    let own = book(&api, &clinic, sun, 0, "2026-11-25T09:00:00+08:00").await;
    let off = book(&api, &clinic, li, 0, "2026-11-25T10:00:00+08:00").await;
    let helped = book(&api, &clinic, li, 1, "2026-11-26T09:00:00+08:00").await;
    book(&api, &clinic, li, 1, "2026-11-26T14:00:00+08:00").await;
    let old = book(&api, &clinic, sun, 0, "2026-11-27T09:00:00+08:00").await;
    step(&api, &off, "cancel", json!({ "reason": "有事" })).await;
    let doctor = clinic.sample.providers[0].clone();
    let second = format!(
        "UPDATE appointments SET second_id = {} WHERE id = {}",
        doctor.id, helped["id"]
    );
    run(&clinic, second).await;
    let back = 40 * 86_400_000_i64;
    let long_ago = format!(
        "UPDATE appointments SET starts_at = starts_at - {back}, ends_at = ends_at - {back}, busy_from = busy_from - {back}, \
         busy_until = busy_until - {back}, status = 'done' WHERE id = {}",
        old["id"]
    );
    run(&clinic, long_ago).await;
    let leave = [
        ("leave_from", "2026-12-14T08:00"),
        ("leave_to", "2026-12-15T18:00"),
        ("leave_reason", "手术住院"),
    ];
    let admin = clinic.signed_in("admin").await;
    let saved = admin
        .post_form(&format!("/settings/providers/{}/leave", doctor.id), &leave)
        .await;
    assert_eq!(saved.status(), 303);

    let page = clinic.signed_in("doctor").await;
    assert!(page.page("/day").await.contains("href=\"/calendar\""));
    assert!(page.page("/calendar").await.contains("生成地址"));
    let path = address(&clinic, page.post_form("/calendar", &[]).await).await;
    let reader = clinic.visitor();
    let answer = reader.get(&path).await;
    for (name, wanted) in [
        ("content-type", "text/calendar; charset=utf-8"),
        ("cache-control", "private, no-cache"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(answer.headers()[name], wanted);
    }
    let text = answer.text().await.unwrap();
    let feed = calendar(&text);
    let name = format!("{} · {}", clinic.sample.site.name, doctor.name);
    assert_eq!(feed.property_value("X-WR-CALNAME"), Some(name.as_str()));
    assert_eq!(feed.property_value("REFRESH-INTERVAL"), Some("PT3600S"));
    let told = told(&reader, &path).await;
    let summaries: Vec<&str> = told.iter().map(|(s, _)| s.as_str()).collect();
    assert_eq!(summaries, ["检查 · 孙*", "检查 · S*（配合）", "休假"]);
    assert!(told[0].1.contains('椅'), "{told:?}");
    for secret in ["13900007731", "孙丽", "手术住院", "Smith"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let first = feed.events().next().unwrap();
    assert_eq!(i64::from(first.get_sequence().unwrap()), own["version"]);
    assert_eq!(value(first, "LAST-MODIFIED"), "20261123T024200Z");
    assert_eq!(value(first, "DTSTAMP"), "20261123T024200Z");

    // The same visit under the same name, changed.
    clinic.minutes_pass(5);
    let to = json!({ "starts_at": "2026-11-25T11:00:00+08:00" });
    step(&api, &own, "move", to).await;
    let after = calendar(&reader.page(&path).await);
    let moved = after.events().next().unwrap();
    assert_eq!(moved.get_uid(), first.get_uid());
    assert!(moved.get_sequence() > first.get_sequence());
    assert_eq!(value(moved, "DTSTART"), "20261125T030000Z");
    assert_eq!(value(moved, "LAST-MODIFIED"), "20261123T024700Z");
});

both!(a_feed_is_read_again_only_when_it_changed, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await.0;
    let page = clinic.signed_in("doctor").await;
    let path = address(&clinic, page.post_form("/calendar", &[]).await).await;
    let reader = clinic.visitor();
    let ask = async |tag: &str| {
        let request = reader.client.get(format!("{}{path}", clinic.base));
        request.header("If-None-Match", tag).send().await.unwrap()
    };
    let tag = reader.get(&path).await.headers()["etag"].to_str().unwrap().to_owned();
    clinic.minutes_pass(10);
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let same = ask(&known).await;
        assert_eq!(same.status(), 304, "{known}");
        assert_eq!(same.headers()["etag"], *tag);
        assert_eq!(same.headers()["cache-control"], "private, no-cache");
    }
    book(&api, &clinic, who, 0, "2026-11-25T09:00:00+08:00").await;
    let other = ask(&tag).await;
    assert_eq!(other.status(), 200);
    assert_ne!(other.headers()["etag"], *tag);

    // That it was read is noted once an hour.
    let noted = |at: &str| format!("SELECT count(*) AS n FROM calendar_feeds WHERE last_read_at = {at}");
    let start = clinic.now().plus_minutes(-10).0;
    assert_eq!(clinic.count(&noted(&start.to_string())).await, 1);
    clinic.minutes_pass(50);
    reader.page(&path).await;
    assert_eq!(clinic.count(&noted(&clinic.now().0.to_string())).await, 1);
    assert!(page.page("/calendar").await.contains("上次读取约在"));
});

both!(an_address_is_renewed_and_ended, |clinic| {
    let (page, reader) = (clinic.signed_in("doctor").await, clinic.visitor());
    let first = address(&clinic, page.post_form("/calendar", &[]).await).await;
    let again = page.page("/calendar").await;
    assert!(!again.contains("feed-address") && again.contains("李明"), "shown once");
    let second = address(&clinic, page.post_form("/calendar", &[]).await).await;
    assert_ne!(first, second);
    assert_eq!(reader.get(&first).await.status(), 404);
    assert_eq!(reader.get(&second).await.status(), 200);

    // The administrator has the same of everybody, and nobody else does.
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.providers[0].id;
    let path = format!("/settings/providers/{id}/calendar");
    assert!(admin.page(&format!("/settings/providers/{id}")).await.contains(&path));
    assert!(admin.page(&path).await.contains("换新地址"));
    let third = address(&clinic, admin.post_form(&path, &[]).await).await;
    assert_eq!(reader.get(&second).await.status(), 404);
    let ended = admin.post_form(&format!("{path}/revoke"), &[]).await;
    assert_eq!(
        (ended.status().as_u16(), &ended.headers()["location"]),
        (303, &format!("{path}?saved=feed").parse().unwrap())
    );
    assert_eq!(reader.get(&third).await.status(), 404);
    let fourth = address(&clinic, page.post_form("/calendar", &[]).await).await;
    assert_eq!(page.post_form("/calendar/revoke", &[]).await.status(), 303);
    assert_eq!(reader.get(&fourth).await.status(), 404);
    let audited = |action| {
        format!("SELECT count(*) AS n FROM audit_log WHERE subject = 'calendar_feeds' AND action = '{action}'")
    };
    for (action, times) in [("create", 2), ("renew", 2), ("delete", 2)] {
        assert_eq!(clinic.count(&audited(action)).await, times, "{action}");
    }
    assert!(admin.page("/settings/audit?lang=en").await.contains("Calendar feed"));

    // Who is no provider has none.
    let desk = clinic.signed_in("desk").await;
    assert!(desk.page("/calendar?lang=en").await.contains("no provider"));
    assert_eq!(desk.post_form("/calendar", &[]).await.status(), 404);
});

both!(an_address_ends_with_the_account_and_guessing_with_patience, |clinic| {
    let (admin, reader) = (clinic.signed_in("admin").await, clinic.visitor());
    let of = |id: ProviderId| format!("/settings/providers/{id}/calendar");
    let (doctor, other) = (clinic.sample.providers[0].id, clinic.sample.providers[1].id);
    let path = address(&clinic, admin.post_form(&of(doctor), &[]).await).await;
    let kept = address(&clinic, admin.post_form(&of(other), &[]).await).await;
    assert_eq!(reader.get(&path).await.status(), 200);
    run(
        &clinic,
        "UPDATE staff_users SET active = FALSE WHERE login = 'doctor'".to_owned(),
    )
    .await;
    assert_eq!(reader.get(&path).await.status(), 404);
    assert!(
        admin
            .page(&format!("{}?lang=en", of(doctor)))
            .await
            .contains("does not open now")
    );

    let wrong = format!("/calendar/{}.ics", "A".repeat(43));
    for _ in 1..30 {
        assert_eq!(reader.get(&wrong).await.status(), 404);
    }
    let refused = reader.get(&wrong).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(reader.get(&kept).await.status(), 200, "who has a right one never waits");
    clinic.minutes_pass(11);
    assert_eq!(reader.get(&wrong).await.status(), 404);
});
