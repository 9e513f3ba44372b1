//! Mail as receivers judge it: signed by the clinic's domain, in one thread, with a way back for bounces. The judge is dkimpy.

use std::process::Command;

use chairside::messaging::MessageId;
use chairside::patients::Channel;
use chairside::platform::config::{Config, Secret};
use chairside::platform::i18n::Lang;
use chairside::platform::mail::tag;
use chairside::staff::Role;
use serde_json::{Value, json};

use super::mail::{log, mail_clinic, mail_to, message_id, parsed, smtp};
use super::{folder, round, run};
use crate::messaging::{Who, ZHANG, bounces, patient};
use crate::support::Clinic;

fn openssl(args: &[&str]) -> Vec<u8> {
    let out = Command::new("openssl").args(args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// A key in a file, and the DNS record for it as OpenSSL has it.
fn key(form: &[&str]) -> (String, String) {
    let file = folder("dkim").join("dkim.pem").display().to_string();
    openssl(&[&["genrsa", "-out", &file], form, &["2048"]].concat());
    let public = String::from_utf8(openssl(&["rsa", "-in", &file, "-pubout"])).unwrap();
    let base64: String = public.lines().filter(|l| !l.starts_with("-----")).collect();
    (file, format!("v=DKIM1; k=rsa; p={base64}"))
}

fn sign(c: &mut Config, file: &str) {
    c.mail.dkim_domain = "clinic.example".into();
    c.mail.dkim_selector = "chairside".into();
    c.mail.dkim_key_file = file.into();
}

/// Whether dkimpy takes a mail for signed, and which headers the signature covers.
fn judged(raw: &str, record: &str) -> (bool, Vec<String>) {
    let script = "import sys,json,base64,dkim\n\
        raw=base64.b64decode(sys.argv[1])\n\
        def txt(name,timeout=5):\n    assert name==b'chairside._domainkey.clinic.example.',name\n    return sys.argv[2].encode()\n\
        d=dkim.DKIM(raw)\n\
        try: ok=d.verify(dnsfunc=txt)\n\
        except dkim.DKIMException as e: ok=False\n\
        print(json.dumps([ok,[h.decode().lower() for h in (d.include_headers or []) ] or [k.decode().lower() for k,_ in d.signed_headers]]))";
    let out = Command::new("/usr/bin/python3")
        .args(["-c", script, raw, record])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn raw(server: &super::Server, n: usize) -> String {
    log(server, "message")[n]["raw"].as_str().unwrap().to_owned()
}

#[test]
fn a_receiver_finds_the_signature_right_and_the_way_out_under_it() {
    run(async {
        for form in [&["-traditional"][..], &[]] {
            let (file, record) = key(form);
            let server = smtp(&[]);
            let clinic = mail_clinic(&server, |c| sign(c, &file)).await;
            mail_to(&clinic, "zhang@clinic.example", Lang::Zh).await;
            mail_to(&clinic, "wei@clinic.example", Lang::En).await;
            round(&clinic).await;
            for n in 0..2 {
                let (right, covered) = judged(&raw(&server, n), &record);
                assert!(right, "{form:?}");
                for header in [
                    "from",
                    "to",
                    "subject",
                    "date",
                    "message-id",
                    "list-unsubscribe",
                    "list-unsubscribe-post",
                ] {
                    assert!(covered.iter().any(|h| h == header), "{header} is not in {covered:?}");
                }
            }
            // The judge does judge.
            let text = log(&server, "message")[0]["text"]
                .as_str()
                .unwrap()
                .replace("List-Unsubscribe: <http", "List-Unsubscribe: <https");
            let altered = {
                use base64::Engine;
                base64::engine::general_purpose::STANDARD.encode(text)
            };
            assert!(!judged(&altered, &record).0);
            let printed = printed_record(&file);
            assert_eq!(printed, format!("chairside._domainkey.clinic.example. TXT\n{record}\n"));
        }
    });
}

/// What `chairside dkim` says.
fn printed_record(file: &str) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_chairside"))
        .env_clear()
        .env("CHAIRSIDE_MAIL__DKIM_DOMAIN", "clinic.example")
        .env("CHAIRSIDE_MAIL__DKIM_SELECTOR", "chairside")
        .env("CHAIRSIDE_MAIL__DKIM_KEY_FILE", file)
        .current_dir(folder("dkim-record"))
        .arg("dkim")
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

async fn booked_by(clinic: &Clinic, channel: Channel) -> Value {
    let who = patient(clinic, Who { channel, ..ZHANG }).await;
    let service = clinic.sample.services.iter().find(|s| s.code == "check-up").unwrap();
    let body = json!({ "patient_id": who, "service_id": service.id, "provider_id": clinic.sample.providers[0].id,
        "starts_at": "2026-11-25T09:00:00+08:00", "notify": true });
    let (status, booked) = clinic
        .api(Role::FrontDesk)
        .await
        .post_json("/api/v1/appointments", &body)
        .await;
    assert_eq!(status, 201, "{booked}");
    booked
}

#[test]
fn mails_about_one_visit_are_one_thread_and_each_has_its_own_way_back() {
    run(async {
        let (file, record) = key(&[]);
        let server = smtp(&[]);
        let clinic = mail_clinic(&server, |c| {
            sign(c, &file);
            c.mail.bounce_to = "bounce@clinic.example".into();
        })
        .await;
        let visit = booked_by(&clinic, Channel::Email).await;
        clinic.minutes_pass(3);
        round(&clinic).await;
        let api = clinic.api(Role::FrontDesk).await;
        let mut version = visit["version"].clone();
        for at in ["2026-11-26T10:00:00+08:00", "2026-11-26T11:00:00+08:00"] {
            let body = json!({ "version": version, "starts_at": at });
            let path = format!("/api/v1/appointments/{}/move", visit["id"]);
            let (status, moved) = api.post_json(&path, &body).await;
            assert_eq!(status, 200, "{moved}");
            version = moved["version"].clone();
            clinic.minutes_pass(3);
            round(&clinic).await;
        }
        let got = log(&server, "message");
        assert_eq!(got.len(), 3);
        let mails: Vec<Value> = got.iter().map(|m| parsed(m["raw"].as_str().unwrap())).collect();
        let names: Vec<&str> = mails
            .iter()
            .map(|m| m["headers"]["message-id"].as_str().unwrap())
            .collect();
        assert!(names[0] != names[1] && names[1] != names[2]);
        assert!(mails[0]["headers"].get("in-reply-to").is_none() && mails[0]["headers"].get("references").is_none());
        for mail in &mails[1..] {
            assert_eq!(mail["headers"]["in-reply-to"], names[0]);
            assert_eq!(mail["headers"]["references"], names[0]);
        }
        for (n, mail) in mails.iter().enumerate() {
            let id = tag::in_message_id(&clinic.app.keys, names[n]).unwrap();
            assert_eq!(names[n], message_id(&clinic, MessageId(id)));
            let back = got[n]["from"].as_str().unwrap();
            assert!(
                back.starts_with("bounce+") && back.ends_with("@clinic.example"),
                "{back}"
            );
            assert_eq!(tag::in_address(&clinic.app.keys, back), Some(id));
            assert!(
                mail["headers"]["from"]
                    .as_str()
                    .unwrap()
                    .contains("desk@clinic.example")
            );
            // About a visit: nothing to refuse. With a calendar in it, the signature is right, too.
            assert!(mail["headers"].get("list-unsubscribe").is_none());
            let (right, covered) = judged(&raw(&server, n), &record);
            assert!(
                right && (n == 0 || covered.iter().any(|h| h == "references")),
                "{covered:?}"
            );
        }
        // No more of the visit is in the thread than what went to the same address.
        let greeting = mail_to(&clinic, "zhang@clinic.example", Lang::Zh).await;
        round(&clinic).await;
        let last = parsed(&raw(&server, 3));
        assert_eq!(last["headers"]["message-id"], message_id(&clinic, greeting));
        assert!(last["headers"].get("references").is_none());
    });
}

#[test]
fn what_the_desk_answers_stands_under_the_letter() {
    run(async {
        let server = smtp(&[]);
        let clinic = mail_clinic(&server, |c| c.mail.inbound_token = Secret(bounces::TOKEN.into())).await;
        let desk = clinic.signed_in("desk").await;
        // The second name is none that may stand in a header.
        let names = ["<CAF+1.a=b@mail.example.com>", "<no name <x>@mail.example.com>"];
        for (n, name) in names.iter().enumerate() {
            let letter = format!(
                "From: Ann <ann{n}@x.example>\nTo: desk@clinic.example\nSubject: Prices\nMessage-ID: {name}\n\nHow much?\n"
            );
            assert_eq!(bounces::taken(&clinic, letter).await, "letter");
            let of = format!("FROM conversations WHERE address = 'ann{n}@x.example'");
            let id = clinic.count(&format!("SELECT id AS n {of}")).await;
            let version = clinic.count(&format!("SELECT version AS n {of}")).await.to_string();
            let answer = [("version", version.as_str()), ("text", "200 yuan")];
            let answered = desk.post_form(&format!("/inbox/{id}/answer"), &answer).await;
            assert_eq!(answered.status(), 303);
            clinic.minutes_pass(2);
            round(&clinic).await;
        }
        let mails: Vec<Value> = [raw(&server, 0), raw(&server, 1)].iter().map(|m| parsed(m)).collect();
        for header in ["in-reply-to", "references"] {
            assert_eq!(mails[0]["headers"][header], names[0]);
            assert!(mails[1]["headers"].get(header).is_none(), "{}", mails[1]["headers"]);
        }
    });
}
