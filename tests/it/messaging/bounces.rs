//! Mail that comes back, as a mail server hands it in.

use std::net::TcpListener;
use std::path::Path;

use chairside::app::App;
use chairside::messaging::{Carrier, MessageId, MessageState};
use chairside::patients::{Channel, PatientId};
use chairside::platform::config::Secret;
use chairside::platform::mail::tag;
use diesel::prelude::*;

use super::{Who, ZHANG, get, note, patient, put, stands};
use crate::both;
use crate::support::Clinic;

pub const TOKEN: &str = "a-token-of-the-mail-server";
pub const BY_EMAIL: Who = Who {
    channel: Channel::Email,
    phone: None,
    ..ZHANG
};

/// The same clinic, to which a mail server hands in what comes back.
pub fn with_mailbox(clinic: &Clinic) -> Clinic {
    let mut config = clinic.app.config.clone();
    config.mail.inbound_token = Secret(TOKEN.into());
    config.mail.bounce_to = "bounce@clinic.example".into();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", socket.local_addr().unwrap());
    let app = App::open(config, clinic.app.clock.clone()).unwrap();
    actix_web::rt::spawn(app.server(socket).unwrap());
    Clinic {
        app,
        engine: clinic.engine,
        base,
        sample: clinic.sample.clone(),
    }
}

/// A mail server's mail about the message that `of` names.
pub fn mail(name: &str, of: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/data/bounces")
        .join(name);
    std::fs::read_to_string(path)
        .unwrap()
        .replace("{VERP}", &format!("bounce+{of}@clinic.example"))
        .replace("{ID}", &format!("<m{of}@clinic.example>"))
        .replace("{TO}", "zhang@clinic.example")
}

async fn hand_in(clinic: &Clinic, raw: impl Into<reqwest::Body>, token: &str) -> (u16, String) {
    let client = clinic.visitor().client;
    let mut request = client.post(format!("{}/inbound/email", clinic.base)).body(raw);
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

pub async fn taken(clinic: &Clinic, raw: String) -> String {
    let (status, said) = hand_in(clinic, raw, TOKEN).await;
    assert_eq!(status, 200, "{said}");
    said
}

/// A mail about nothing but the patient, sent. Its name, too.
async fn sent(clinic: &Clinic, key: &str, who: PatientId) -> (MessageId, String) {
    let id = put(clinic, note(clinic, key, who)).await;
    clinic.app.dispatcher().dispatch().await.unwrap();
    (id, tag::make(&clinic.app.keys, id.0))
}

fn days_pass(clinic: &Clinic, days: i64) {
    clinic.minutes_pass(days * 24 * 60);
}

both!(a_bounce_fails_its_mail_and_stops_its_address, |clinic| {
    let clinic = with_mailbox(&clinic);
    let zhang = patient(&clinic, BY_EMAIL).await;
    let (first, name) = sent(&clinic, "a", zhang).await;
    let accepted = (MessageState::Accepted, String::new());
    assert_eq!(stands(&clinic, first).await, accepted);

    // Nobody can invent one: not by the receiver's address, not by the number of a message, not for another one's.
    let forged = name.replace(&first.0.to_string(), &(first.0 + 1).to_string());
    for of in [
        "",
        &first.0.to_string(),
        &format!("{first}.00000000000000000000"),
        &forged,
    ] {
        let said = taken(&clinic, mail("postfix-unknown.eml", of)).await;
        assert!(said.starts_with("ignored"), "{of}: {said}");
    }
    assert_eq!(
        taken(&clinic, mail("vacation.eml", &name)).await,
        "ignored: written by a program"
    );
    let letter = mail("vacation.eml", &name)
        .replace("Auto-Submitted: auto-replied (vacation)\nPrecedence: bulk\n", "")
        .replace("Return-Path: <>\n", "");
    assert_eq!(taken(&clinic, letter).await, "letter");
    assert_eq!(stands(&clinic, first).await, accepted);

    // By the address it came to; the mail server that wrote it encloses nothing.
    let bounce = mail("postfix-unknown.eml", &name);
    let by_address = bounce.replace(&format!("<m{name}@clinic.example>"), "<other@clinic.example>");
    assert_eq!(taken(&clinic, by_address).await, "bounced");
    assert_eq!(stands(&clinic, first).await, (MessageState::Failed, "bounced".into()));
    assert_eq!(taken(&clinic, bounce).await, "ignored: known already");

    let (second, _) = sent(&clinic, "b", zhang).await;
    let stopped = (MessageState::Skipped, "address-bounces".into());
    assert_eq!(stands(&clinic, second).await, stopped);
    let desk = clinic.signed_in("desk").await;
    let page = desk.page(&format!("/messages/{first}?lang=en")).await;
    assert!(
        page.contains("The mail came back: 550 5.1.1") && page.contains("came back: no such address"),
        "{page}"
    );
    let page = desk.page(&format!("/messages/{second}?lang=zh")).await;
    assert!(page.contains("寄往这个邮箱的邮件被退回，已停发"), "{page}");

    let record = |lang: &str| format!("/patients/{zhang}?lang={lang}");
    let (zh, en) = (desk.page(&record("zh")).await, desk.page(&record("en")).await);
    assert!(
        zh.contains("寄往这个邮箱的邮件被退回：550 5.1.1") && zh.contains("重新启用"),
        "{zh}"
    );
    assert!(
        en.contains("Mail to this address came back: 550 5.1.1") && en.contains("Try again"),
        "{en}"
    );
    let doctor = clinic.signed_in("doctor").await;
    let seen = doctor.page(&record("en")).await;
    assert!(seen.contains("came back") && !seen.contains("Try again"), "{seen}");
    let again = format!("/patients/{zhang}/email-again");
    assert_eq!(doctor.post_form(&again, &[]).await.status(), 403);

    // Another address of theirs works, …
    set_address(&clinic, zhang, "wei@clinic.example").await;
    assert_eq!(stands(&clinic, sent(&clinic, "c", zhang).await.0).await, accepted);
    let seen = desk.page(&record("en")).await;
    assert!(!seen.contains("Mail to this address came back"), "{seen}");
    // … the old one still does not, however it is typed, …
    set_address(&clinic, zhang, "Zhang@Clinic.example").await;
    assert_eq!(stands(&clinic, sent(&clinic, "d", zhang).await.0).await, stopped);
    // … until somebody says so.
    assert_eq!(desk.post_form(&again, &[]).await.status(), 303);
    assert!(
        !desk
            .page(&record("en"))
            .await
            .contains("Mail to this address came back")
    );
    assert_eq!(stands(&clinic, sent(&clinic, "e", zhang).await.0).await, accepted);
    let audited = "SELECT count(*) AS n FROM audit_log WHERE action = 'try-address' AND patient_id IS NOT NULL";
    assert_eq!(clinic.count(audited).await, 1);
});

both!(who_has_a_mobile_is_texted_when_mail_comes_back, |clinic| {
    let clinic = with_mailbox(&clinic);
    let both_ways = Who {
        channel: Channel::Email,
        ..ZHANG
    };
    let zhang = patient(&clinic, both_ways).await;
    let (first, name) = sent(&clinic, "a", zhang).await;
    assert_eq!(get(&clinic, first).await.channel, Carrier::Email);
    assert_eq!(taken(&clinic, mail("postfix-unknown.eml", &name)).await, "bounced");
    let (second, _) = sent(&clinic, "b", zhang).await;
    let m = get(&clinic, second).await;
    assert_eq!((m.channel, m.state), (Carrier::Sms, MessageState::Accepted));
    // Who insists on mail is told why there is none.
    let mut by_mail = note(&clinic, "c", zhang);
    by_mail.carrier = Some(Carrier::Email);
    let third = put(&clinic, by_mail).await;
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(
        stands(&clinic, third).await,
        (MessageState::Skipped, "address-bounces".into())
    );
});

async fn set_address(clinic: &Clinic, id: PatientId, address: &'static str) {
    use chairside::platform::db::schema::patients as p;
    clinic
        .sql(move |c| Ok(diesel::update(p::table.find(id)).set(p::email.eq(address)).execute(c)?))
        .await;
}

both!(passing_failures_add_up_and_policy_does_not, |clinic| {
    let clinic = with_mailbox(&clinic);
    let zhang = patient(&clinic, BY_EMAIL).await;
    // The mail server still tries: not final.
    let (id, name) = sent(&clinic, "delayed", zhang).await;
    assert_eq!(taken(&clinic, mail("postfix-delayed.eml", &name)).await, "delayed");
    assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
    let page = clinic
        .signed_in("desk")
        .await
        .page(&format!("/messages/{id}?lang=en"))
        .await;
    assert!(page.contains("still trying"), "{page}");
    // Then it gives up. The one that encloses only headers, and has lost the address, is known by the mail's name.
    let expired = mail("postfix-expired.eml", &name).replace(&format!("bounce+{name}"), "desk");
    assert_eq!(taken(&clinic, expired).await, "bounced-soft");
    assert_eq!(stands(&clinic, id).await, (MessageState::Failed, "bounced".into()));

    for n in 0..4 {
        let (id, name) = sent(&clinic, &format!("policy{n}"), zhang).await;
        let refused = mail("postfix-unknown.eml", &name).replace("5.1.1", "5.7.1");
        assert_eq!(taken(&clinic, refused).await, "bounced-policy");
        assert_eq!(stands(&clinic, id).await.0, MessageState::Failed);
    }
    // A second one within a month, then one after it: the address goes on; a third within a month stops it.
    let full = async |key: &str| {
        let (id, name) = sent(&clinic, key, zhang).await;
        assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted, "{key}");
        let raw = mail("postfix-unknown.eml", &name).replace("5.1.1", "5.2.2");
        assert_eq!(taken(&clinic, raw).await, "bounced-soft");
    };
    days_pass(&clinic, 20);
    full("20").await;
    days_pass(&clinic, 20);
    full("40").await;
    days_pass(&clinic, 9);
    full("49").await;
    let (id, _) = sent(&clinic, "after", zhang).await;
    assert_eq!(
        stands(&clinic, id).await,
        (MessageState::Skipped, "address-bounces".into())
    );
});

both!(only_who_knows_the_token_hands_in_mail, |clinic| {
    let raw = || mail("postfix-unknown.eml", "1.0");
    assert_eq!(
        hand_in(&clinic, raw(), TOKEN).await.0,
        404,
        "without a token there is no such address"
    );
    let clinic = with_mailbox(&clinic);
    assert_eq!(hand_in(&clinic, raw(), TOKEN).await.0, 200);
    assert_eq!(hand_in(&clinic, vec![b'x'; 3 * 1024 * 1024], TOKEN).await.0, 413);
    assert_eq!(hand_in(&clinic, Vec::new(), TOKEN).await.0, 200);
    for _ in 0..15 {
        assert_eq!(hand_in(&clinic, raw(), "").await.0, 401);
        assert_eq!(hand_in(&clinic, raw(), "a-token-of-the-mail-serveR").await.0, 401);
    }
    assert_eq!(hand_in(&clinic, raw(), TOKEN).await.0, 429);
});
