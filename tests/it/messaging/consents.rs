//! A no to texts or to email on the record.

use chairside::messaging::{Carrier, MessageId, MessageState, NewMessage, Purpose};
use chairside::patients::{Channel, PatientId};
use chairside::staff::Role;
use reqwest::Method;
use serde_json::json;

use super::{Scripted, Who, ZHANG, get, note, over, patient, put, reason, stands};
use crate::api_contract::{call, read};
use crate::both;
use crate::support::Clinic;

/// Has it noted on the record that a patient does not agree.
async fn refuses(clinic: &Clinic, who: PatientId, field: &str) {
    let api = clinic.api(Role::FrontDesk).await;
    let path = format!("/api/v1/patients/{who}");
    let version = &read(&api, &path).await.body["version"];
    let change = json!({ "version": version, field: false });
    let changed = call(&api, Method::PATCH, &path, &[], Some(&change)).await;
    assert_eq!(
        (changed.status, &changed.body[field]),
        (200, &json!(false)),
        "{}",
        changed.body
    );
}

async fn sent(clinic: &Clinic, id: MessageId) -> (Carrier, MessageState, String) {
    let m = get(clinic, id).await;
    (m.channel, m.state, reason(&m))
}

both!(a_recorded_no_stops_a_channel_and_the_other_is_used, |clinic| {
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    let before = put(&clinic, note(&clinic, "before", zhang)).await;
    let mut insisted = note(&clinic, "insisted", zhang);
    insisted.carrier = Some(Carrier::Sms);
    refuses(&clinic, zhang, "consent_sms").await;
    let after = put(&clinic, note(&clinic, "after", zhang)).await;
    let insisted = put(&clinic, insisted).await;
    dispatcher.dispatch_once().await.unwrap();
    let no_texts = "refuses-sms".to_owned();
    // What waited is not sent either.
    assert_eq!(
        sent(&clinic, before).await,
        (Carrier::Sms, MessageState::Skipped, no_texts.clone())
    );
    assert_eq!(
        sent(&clinic, after).await,
        (Carrier::Email, MessageState::Accepted, String::new())
    );
    assert_eq!(
        sent(&clinic, insisted).await,
        (Carrier::Sms, MessageState::Skipped, no_texts.clone())
    );
    // No other way.
    let only = patient(&clinic, Who { email: None, ..ZHANG }).await;
    refuses(&clinic, only, "consent_sms").await;
    let id = put(&clinic, note(&clinic, "only", only)).await;
    assert_eq!(stands(&clinic, id).await, (MessageState::Skipped, no_texts));
    // No mail, for who prefers it.
    let mails = Who {
        channel: Channel::Email,
        email: Some("li@clinic.example"),
        ..ZHANG
    };
    let mails = patient(&clinic, mails).await;
    refuses(&clinic, mails, "consent_email").await;
    let id = put(&clinic, note(&clinic, "mails", mails)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        sent(&clinic, id).await,
        (Carrier::Sms, MessageState::Accepted, String::new())
    );
    // Whoever has just written is answered where they wrote.
    let answer = NewMessage {
        purpose: Purpose::Answer,
        carrier: Some(Carrier::Sms),
        ..note(&clinic, "answer", zhang)
    };
    let id = put(&clinic, answer).await;
    assert_eq!(sent(&clinic, id).await.1, MessageState::Queued);
    let desk = clinic.signed_in("desk").await;
    let page = desk.page(&format!("/messages/{before}?lang=en")).await;
    assert!(
        page.contains("does not agree to text messages") && page.contains(&format!("/patients/{zhang}/opt-outs")),
        "{page}"
    );
    let page = desk.page(&format!("/patients/{zhang}/opt-outs?lang=en")).await;
    assert!(page.contains("The record says no to this way"), "{page}");
});
