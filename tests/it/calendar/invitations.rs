//! Invitations by email follow the visit.

use std::process::Command;

use chairside::app::App;
use chairside::patients::Channel;
use chairside::platform::config::{MailTransport, Tls};
use chairside::platform::db::schema::messages as m;
use chairside::staff::{Actor, Role};
use diesel::prelude::*;
use icalendar::{Calendar, Component};
use serde_json::{Value, json};

use super::{book, calendar, only, step, value};
use crate::both;
use crate::gateways::mail::{log, smtp};
use crate::messaging::{Who, ZHANG, patient};
use crate::support::{Clinic, make_patient};

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
    chairside::outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
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
        chair: None,
        minutes: None,
        overbook: None,
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
