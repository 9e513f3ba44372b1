//! What is queued, for whom, and what forbids it.

use chairside::messaging::{Carrier, MessageState, NewMessage, Purpose};
use chairside::patients::Channel;
use chairside::platform::clock::Instant;

use super::{Scripted, Who, ZHANG, get, note, over, patient, put, put_or_not, reason, stands};
use crate::both;

both!(an_occurrence_is_queued_once_and_the_channel_is_the_patients, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    let id = put(&clinic, note(&clinic, "a", zhang)).await;
    assert_eq!(put_or_not(&clinic, note(&clinic, "a", zhang)).await, None);
    assert_eq!(get(&clinic, id).await.channel, Carrier::Sms);
    let cases: [(Who, Carrier, &str); 8] = [
        (
            Who {
                channel: Channel::Email,
                ..ZHANG
            },
            Carrier::Email,
            "",
        ),
        (Who { phone: None, ..ZHANG }, Carrier::Email, ""),
        (
            Who {
                channel: Channel::Email,
                email: None,
                ..ZHANG
            },
            Carrier::Sms,
            "",
        ),
        (
            Who {
                phone: None,
                email: None,
                ..ZHANG
            },
            Carrier::Sms,
            "no-phone",
        ),
        (
            Who {
                channel: Channel::Email,
                phone: None,
                email: None,
                ..ZHANG
            },
            Carrier::Email,
            "no-email",
        ),
        (
            Who {
                channel: Channel::None,
                ..ZHANG
            },
            Carrier::Sms,
            "wants-none",
        ),
        (
            Who {
                channel: Channel::Phone,
                ..ZHANG
            },
            Carrier::Sms,
            "wants-calls",
        ),
        (
            Who {
                deceased: true,
                ..ZHANG
            },
            Carrier::Sms,
            "deceased",
        ),
    ];
    for (i, (who, carrier, why)) in cases.into_iter().enumerate() {
        let id = patient(&clinic, who).await;
        let m = put(&clinic, note(&clinic, &format!("b{i}"), id)).await;
        let m = get(&clinic, m).await;
        let state = if why.is_empty() {
            MessageState::Queued
        } else {
            MessageState::Skipped
        };
        assert_eq!(
            (m.channel, m.state, reason(&m).as_str()),
            (carrier, state, why),
            "case {i}"
        );
    }
});

both!(nights_and_expiry, |clinic| {
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    clinic.it_is("2026-11-23T22:00:00+08:00");
    let waits = put(&clinic, note(&clinic, "waits", zhang)).await;
    let mut short = note(&clinic, "short", zhang);
    short.expires_at = clinic.now().plus_minutes(120);
    let short = put(&clinic, short).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        stands(&clinic, waits).await,
        (MessageState::Queued, "quiet-hours".into())
    );
    assert_eq!(
        stands(&clinic, short).await,
        (MessageState::Skipped, "quiet-too-late".into())
    );
    let morning = Instant::parse_rfc3339("2026-11-24T08:00:00+08:00").unwrap();
    assert_eq!(get(&clinic, waits).await.next_try_at, morning);
    clinic.app.clock.set(morning + -1);
    assert_eq!(dispatcher.dispatch_once().await.unwrap().claimed, 0);
    clinic.app.clock.set(morning);
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, waits).await.0, MessageState::Accepted);
    // The program was down for two days: what is too late by then is not sent.
    let late = put(&clinic, note(&clinic, "late", zhang)).await;
    clinic.minutes_pass(2 * 24 * 60);
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, late).await, (MessageState::Skipped, "too-late".into()));
    assert_eq!(gateway.count(), 1);
});

both!(greetings_need_consent_and_one_a_day_is_enough, |clinic| {
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    let no = patient(
        &clinic,
        Who {
            marketing: false,
            ..ZHANG
        },
    )
    .await;
    let greet = |key: &str, to, purpose, template: &str| NewMessage {
        purpose,
        template: template.into(),
        expires_at: clinic.now().plus_minutes(48 * 60),
        ..note(&clinic, key, to)
    };
    let unwanted = put(&clinic, greet("a", no, Purpose::Birthday, "birthday")).await;
    let also = put(&clinic, greet("b", no, Purpose::Recall, "recall")).await;
    let care = put(&clinic, note(&clinic, "c", no)).await;
    let birthday = put(&clinic, greet("d", zhang, Purpose::Birthday, "birthday")).await;
    dispatcher.dispatch_once().await.unwrap();
    let recall = put(&clinic, greet("e", zhang, Purpose::Recall, "recall")).await;
    let mut capped = greet("f", zhang, Purpose::Recall, "recall");
    capped.expires_at = clinic.now().plus_minutes(60);
    let capped = put(&clinic, capped).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        stands(&clinic, unwanted).await,
        (MessageState::Skipped, "no-consent".into())
    );
    assert_eq!(
        stands(&clinic, also).await,
        (MessageState::Skipped, "no-consent".into())
    );
    assert_eq!(stands(&clinic, care).await.0, MessageState::Accepted);
    assert_eq!(stands(&clinic, birthday).await.0, MessageState::Accepted);
    assert_eq!(
        stands(&clinic, recall).await,
        (MessageState::Queued, "daily-cap".into())
    );
    assert_eq!(stands(&clinic, capped).await, (MessageState::Skipped, "capped".into()));
    clinic.it_is("2026-11-24T09:00:00+08:00");
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, recall).await.0, MessageState::Accepted);
});

both!(a_reply_opts_out_and_in, |clinic| {
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    let visitor = clinic.visitor();
    let send = async |key: &str, purpose, template: &str| {
        let m = NewMessage {
            purpose,
            template: template.into(),
            ..note(&clinic, key, zhang)
        };
        let id = put(&clinic, m).await;
        dispatcher.dispatch_once().await.unwrap();
        stands(&clinic, id).await
    };
    let opted_out = (MessageState::Skipped, "opted-out".to_owned());
    for (id, text) in [(5, "TD"), (6, "td"), (7, "%E9%80%80%E8%AE%A2"), (7, "TD")] {
        assert_eq!(
            visitor
                .page(&format!(
                    "/gateway/kannel/inbound?from=%2B8613800001234&to=1069&text={text}&id={id}"
                ))
                .await,
            ""
        );
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM opt_outs").await, 1);
    assert_eq!(send("a", Purpose::Recall, "recall").await, opted_out);
    assert_eq!(
        send("b", Purpose::FollowUp, "follow-up").await.0,
        MessageState::Accepted
    );
    visitor
        .page("/gateway/kannel/inbound?from=8613800001234&to=1069&text=Stop.&id=8")
        .await;
    assert_eq!(send("c", Purpose::FollowUp, "follow-up").await, opted_out);
    visitor
        .page("/gateway/kannel/inbound?from=8613800001234&to=1069&text=%E8%AE%A2%E9%98%85&id=9")
        .await;
    assert_eq!(
        send("d", Purpose::FollowUp, "follow-up").await.0,
        MessageState::Accepted
    );
    visitor
        .page("/gateway/kannel/inbound?from=8613800001234&to=1069&text=I+will+be+late&id=10")
        .await;
    let said = "SELECT count(*) AS n FROM audit_log WHERE action = 'inbound' AND detail LIKE '%late%'";
    assert_eq!(clinic.count(said).await, 0);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'inbound'")
            .await,
        6,
        "each text, once"
    );
});
