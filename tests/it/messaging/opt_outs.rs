//! Opt-outs at the desk, over JSON, and as they work.

use chairside::messaging::{Carrier, MessageState, NewMessage, Purpose};
use chairside::patients::PatientId;
use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Scripted, Who, ZHANG, note, over, patient, put, stands};
use crate::api_contract::{call, read, run};
use crate::both;
use crate::support::Clinic;

fn of(clinic: &Clinic, key: &str, who: PatientId, purpose: Purpose, template: &str) -> NewMessage {
    NewMessage {
        purpose,
        template: template.into(),
        ..note(clinic, key, who)
    }
}

const SON: Who = Who {
    name: "张小明",
    email: None,
    ..ZHANG
};

both!(the_desk_notes_an_opt_out_and_lifts_it, |clinic| {
    let (zhang, son) = (patient(&clinic, ZHANG).await, patient(&clinic, SON).await);
    let desk = clinic.signed_in("desk").await;
    let path = format!("/patients/{zhang}/opt-outs");
    let page = desk.page(&format!("{path}?lang=en")).await;
    for expected in [
        "Nothing is opted out of",
        "138 0000 1234",
        "zhang@clinic.example",
        "张小明",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let form = [
        ("channel", "sms"),
        ("scope", "marketing"),
        ("note", " 电话里说  别再发广告 "),
    ];
    assert_eq!(desk.post_form(&path, &form).await.status(), 303);
    assert_eq!(desk.post_form(&path, &form).await.status(), 409);
    let zh = desk.page(&format!("{path}?lang=zh")).await;
    for expected in [
        "推广和问候",
        "电话里说 别再发广告",
        "告诉了",
        "满意度调查",
        "照常发：就诊提醒",
    ] {
        assert!(zh.contains(expected), "{expected}: {zh}");
    }
    let record = desk.page(&format!("/patients/{zhang}?lang=en")).await;
    assert!(
        record.contains("SMS opted out: Offers and greetings") && record.contains(&path),
        "{record}"
    );
    // It holds for all at the number, and for what the words stand under: surveys, too.
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let mut held = Vec::new();
    for (key, who, purpose, template) in [
        ("a", zhang, Purpose::Recall, "recall"),
        ("b", son, Purpose::Birthday, "birthday"),
        ("c", son, Purpose::Survey, "survey"),
    ] {
        held.push(put(&clinic, of(&clinic, key, who, purpose, template)).await);
    }
    let care = put(&clinic, of(&clinic, "d", zhang, Purpose::FollowUp, "follow-up")).await;
    dispatcher.dispatch_once().await.unwrap();
    let out = (MessageState::Skipped, "opted-out".to_owned());
    for id in &held {
        assert_eq!(stands(&clinic, *id).await, out);
    }
    assert_eq!(stands(&clinic, care).await.0, MessageState::Accepted);
    let message = desk.page(&format!("/messages/{}?lang=en", held[0])).await;
    assert!(message.contains(&format!("href=\"{path}\"")), "{message}");
    // A text that says how to refuse it is refused so, whatever it is for.
    let says = "UPDATE templates SET body = body || '拒收请回复R' WHERE code = 'follow-up'";
    run(&clinic, says.to_owned()).await;
    let care = put(&clinic, of(&clinic, "e", zhang, Purpose::FollowUp, "follow-up")).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, care).await, out);
    // Nobody else's can be lifted by this way.
    let id = clinic.count("SELECT id AS n FROM opt_outs").await;
    let li = patient(
        &clinic,
        Who {
            phone: Some("+8613800009999"),
            ..ZHANG
        },
    )
    .await;
    let lift = format!("/patients/{li}/opt-outs/{id}/lift");
    assert_eq!(desk.post_form(&lift, &[]).await.status(), 404);
    let lift = format!("{path}/{id}/lift");
    assert_eq!(desk.post_form(&lift, &[]).await.status(), 303);
    assert_eq!(desk.post_form(&lift, &[]).await.status(), 404);
    clinic.minutes_pass(24 * 60);
    let back = put(&clinic, of(&clinic, "f", zhang, Purpose::Recall, "recall")).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, back).await.0, MessageState::Accepted);
    for action in ["unsubscribe", "subscribe"] {
        let audited = format!(
            "SELECT count(*) AS n FROM audit_log WHERE action = '{action}' AND patient_id = {zhang} \
             AND detail LIKE 'sms marketing at %: told %别再发广告' AND detail NOT LIKE '%0000%'"
        );
        assert_eq!(clinic.count(&audited).await, 1, "{action}");
    }
});

both!(a_wrong_opt_out_is_shown_again, |clinic| {
    let son = patient(&clinic, SON).await;
    let desk = clinic.signed_in("desk").await;
    let path = format!("/patients/{son}/opt-outs?lang=en");
    let long = "x".repeat(201);
    for (channel, scope, note, why) in [
        ("email", "all", "", "The record has no such number"),
        ("sms", "", "", "This is required"),
        ("sms", "nothing", "", "cannot be read"),
        ("sms", "all", long.as_str(), "At most 200 characters"),
    ] {
        let form = [("channel", channel), ("scope", scope), ("note", note)];
        let answer = desk.post_form(&path, &form).await;
        assert_eq!(answer.status(), 422, "{why}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(why) && page.contains(note), "{why}: {page}");
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM opt_outs").await, 0);
    let nobody = patient(&clinic, Who { phone: None, ..SON }).await;
    let page = desk.page(&format!("/patients/{nobody}/opt-outs?lang=en")).await;
    assert!(page.contains("no mobile number and no email"), "{page}");
});

both!(opt_outs_over_the_api, |clinic| {
    let (zhang, son) = (patient(&clinic, ZHANG).await, patient(&clinic, SON).await);
    let api = clinic.api(Role::FrontDesk).await;
    let path = format!("/api/v1/patients/{zhang}/opt-outs");
    let post = async |body: Value| call(&api, Method::POST, &path, &[], Some(&body)).await;
    let made = post(json!({ "channel": "email", "scope": "all", "note": "by phone" })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(
        (&made.body["address"], &made.body["scope"]),
        (&json!("zhang@clinic.example"), &json!("all"))
    );
    let again = post(json!({ "channel": "email", "scope": "all" })).await;
    assert_eq!((again.status, again.code()), (409, "opted_out_already"));
    let list = read(&api, &path).await.body;
    assert_eq!(list["items"], json!([made.body]));
    let sms = json!({ "channel": "sms", "address": "+8613800001234", "refused": false, "suppressed": false, "shared_with": [son] });
    assert_eq!(list["addresses"][0], sms);
    let at = format!("/api/v1/patients/{son}/opt-outs");
    let none = call(
        &api,
        Method::POST,
        &at,
        &[],
        Some(&json!({ "channel": "email", "scope": "all" })),
    )
    .await;
    assert_eq!((none.status, none.fault()), (422, "channel"), "{}", none.body);
    let one = format!("{path}/{}", made.body["id"]);
    assert_eq!(call(&api, Method::DELETE, &one, &[], None).await.status, 204);
    assert_eq!(call(&api, Method::DELETE, &one, &[], None).await.status, 404);
    assert_eq!(read(&api, &path).await.body["items"], json!([]));
    assert_eq!(read(&api, "/api/v1/patients/999/opt-outs").await.status, 404);
});

both!(who_stops_everything_is_told_so_once_a_day, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let visitor = clinic.visitor();
    let writes = async |text: &str, id: i32| {
        let url = format!("/gateway/kannel/inbound?from=%2B8613800001234&to=1069&text={text}&id={id}");
        visitor.page(&url).await;
        dispatcher.dispatch_once().await.unwrap();
        gateway.count()
    };
    assert_eq!(writes("R", 1).await, 0, "reminders go on");
    assert_eq!(writes("STOP", 2).await, 1);
    let (to, text) = gateway.got.lock().unwrap()[0].clone();
    assert!(
        to == "+8613800001234" && text.contains("已退订") && text.contains("订阅”"),
        "{text}"
    );
    let mut more = of(&clinic, "a", zhang, Purpose::Reminder, "follow-up");
    more.carrier = Some(Carrier::Sms);
    let more = put(&clinic, more).await;
    // Said again, or again after a change of mind: once a day.
    for (text, id) in [("STOP", 3), ("START", 4), ("STOP", 5)] {
        assert_eq!(writes(text, id).await, 1, "{text}");
    }
    assert_eq!(stands(&clinic, more).await, (MessageState::Skipped, "opted-out".into()));
    clinic.minutes_pass(24 * 60 + 1);
    assert_eq!(writes("START", 6).await, 1);
    assert_eq!(writes("STOP", 7).await, 2);
});
