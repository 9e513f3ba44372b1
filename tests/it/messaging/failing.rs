//! Gateways that are silent, wrong or refuse.

use std::sync::Arc;

use chairside::messaging::{Carrier, Dispatcher, MessageState, NewMessage};
use chairside::patients::Channel;
use chairside::platform::outcome::Outcome;
use diesel::prelude::*;

use super::{Scripted, Who, ZHANG, get, note, over, patient, put, reason, stands};
use crate::both;

fn passing(retry_after: Option<i64>) -> Outcome {
    Outcome::Passing {
        retry_after,
        text: "503 later".into(),
    }
}

both!(a_gateway_that_never_answers_is_left_alone_after_three, |clinic| {
    let silent = || Outcome::Unknown("no answer in time".into());
    let gateway = Scripted::new(std::iter::repeat_with(silent).take(100));
    let mut config = clinic.app.config.clone();
    config.dispatch.concurrency = 1;
    let dispatcher = Dispatcher {
        config: Arc::new(config),
        ..over(&clinic, &gateway)
    };
    let zhang = patient(&clinic, ZHANG).await;
    for i in 0..10 {
        put(&clinic, note(&clinic, &format!("n{i}"), zhang)).await;
    }
    dispatcher.dispatch().await.unwrap();
    assert_eq!(gateway.count(), 3);
    let waiting = "SELECT count(*) AS n FROM messages WHERE state = 'queued'";
    assert_eq!(clinic.count(waiting).await, 7);
    // It comes back, and so does sending.
    clinic.minutes_pass(6);
    gateway.outcomes.lock().unwrap().clear();
    dispatcher.dispatch().await.unwrap();
    assert_eq!(clinic.count(waiting).await, 0);
});

both!(
    what_a_silent_or_wrong_gateway_kept_too_long_is_not_called_ordinary,
    |clinic| {
        let zhang = patient(&clinic, ZHANG).await;
        let mail = |key: &str| NewMessage {
            carrier: Some(Carrier::Email),
            expires_at: clinic.now().plus_minutes(60),
            ..note(&clinic, key, zhang)
        };
        let (refused, lost) = (put(&clinic, mail("a")).await, put(&clinic, mail("b")).await);
        let gateway = Scripted::new(["535", "535"].map(|text| Outcome::Config(text.into())));
        over(&clinic, &gateway).dispatch().await.unwrap();
        assert_eq!(
            stands(&clinic, refused).await,
            (MessageState::Queued, "settings".into())
        );
        // The other was perhaps sent, and waits to go out once more under its own Message-ID.
        clinic
            .sql(move |c| {
                use chairside::platform::db::schema::messages as m;
                diesel::update(m::table.find(lost))
                    .set((m::state.eq("queued"), m::reason.eq("maybe-sent")))
                    .execute(c)?;
                Ok(())
            })
            .await;
        clinic.minutes_pass(61);
        over(&clinic, &Scripted::new([])).dispatch().await.unwrap();
        assert_eq!(stands(&clinic, refused).await, (MessageState::Dead, "settings".into()));
        assert_eq!(
            stands(&clinic, lost).await,
            (MessageState::Uncertain, "maybe-sent".into())
        );
    }
);

both!(retries_follow_the_schedule_and_end, |clinic| {
    let gateway = Scripted::new(std::iter::repeat_with(|| passing(None)).take(100));
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    let id = put(&clinic, note(&clinic, "a", zhang)).await;
    for (tried, seconds) in [30, 120, 600, 1800, 3600].into_iter().enumerate() {
        dispatcher.dispatch_once().await.unwrap();
        let m = get(&clinic, id).await;
        assert_eq!(
            (m.state, m.attempts, gateway.count()),
            (MessageState::Queued, i32::try_from(tried).unwrap() + 1, tried + 1)
        );
        assert_eq!(reason(&m), "retry");
        let wait = m.next_try_at - clinic.now();
        assert!(
            wait >= seconds * 500 && wait <= seconds * 1000,
            "try {tried}: {wait} ms"
        );
        assert_eq!(dispatcher.dispatch_once().await.unwrap().claimed, 0);
        clinic.app.clock.set(m.next_try_at);
    }
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, id).await, (MessageState::Dead, "gave-up".into()));
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM message_attempts WHERE outcome = 'passing'")
            .await,
        6
    );
    // A gateway's own wish is kept, but nothing is tried after its time.
    let gateway = Scripted::new([passing(Some(900)), passing(Some(900))]);
    let dispatcher = over(&clinic, &gateway);
    let mut short = note(&clinic, "b", zhang);
    short.expires_at = clinic.now().plus_minutes(20);
    let short = put(&clinic, short).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(get(&clinic, short).await.next_try_at, clinic.now().plus_minutes(15));
    clinic.minutes_pass(15);
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, short).await, (MessageState::Dead, "gave-up".into()));
});

both!(a_wrong_setting_pauses_the_channel_and_burns_no_tries, |clinic| {
    let gateway = Scripted::new([Outcome::Config("403 Authorization failed".into())]);
    let other = Scripted::new([]);
    let mut config = clinic.app.config.clone();
    config.dispatch.concurrency = 1;
    let dispatcher = Dispatcher {
        mail: Some(other.clone()),
        config: Arc::new(config),
        ..over(&clinic, &gateway)
    };
    let zhang = patient(&clinic, ZHANG).await;
    let wang = patient(
        &clinic,
        Who {
            channel: Channel::Email,
            ..ZHANG
        },
    )
    .await;
    let ids = [
        put(&clinic, note(&clinic, "a", zhang)).await,
        put(&clinic, note(&clinic, "b", zhang)).await,
    ];
    let mail = put(&clinic, note(&clinic, "c", wang)).await;
    dispatcher.dispatch_once().await.unwrap();
    for id in ids {
        assert_eq!(stands(&clinic, id).await, (MessageState::Queued, "settings".into()));
        assert_eq!(get(&clinic, id).await.attempts, 0);
    }
    assert_eq!((gateway.count(), other.count()), (1, 1));
    assert_eq!(stands(&clinic, mail).await.0, MessageState::Accepted);
    let page = clinic.signed_in("desk").await.page("/messages?lang=en").await;
    assert!(
        page.contains("Sending is paused") && page.contains("403 Authorization failed"),
        "{page}"
    );
    // Other instances keep the pause, too.
    let third = put(&clinic, note(&clinic, "d", zhang)).await;
    let instance = clinic.another_instance().await;
    over(&instance, &gateway).dispatch_once().await.unwrap();
    assert_eq!(
        (stands(&clinic, third).await.0, gateway.count()),
        (MessageState::Queued, 1)
    );
    clinic.minutes_pass(5);
    dispatcher.dispatch_once().await.unwrap();
    for id in [ids[0], ids[1], third] {
        assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
    }
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM installation WHERE name LIKE 'pause:%'")
            .await,
        0
    );
});

both!(a_fault_of_the_text_is_shown_and_sends_nothing, |clinic| {
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    let with = |key: &str, template: &str| NewMessage {
        template: template.into(),
        ..note(&clinic, key, zhang)
    };
    let none = put(&clinic, with("a", "no-such")).await;
    let gap = put(&clinic, with("b", "reminder-day-before")).await;
    let body = "长".repeat(67 * 6 + 1);
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::templates as t;
            Ok(diesel::update(t::table.filter(t::code.eq("follow-up")))
                .set(t::body.eq(body))
                .execute(c)?)
        })
        .await;
    let long = put(&clinic, with("c", "follow-up")).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        stands(&clinic, none).await,
        (MessageState::Failed, "no-template".into())
    );
    assert_eq!(
        stands(&clinic, gap).await,
        (MessageState::Failed, "template-error".into())
    );
    assert_eq!(stands(&clinic, long).await, (MessageState::Failed, "too-long".into()));
    assert_eq!(gateway.count(), 0);
});

both!(
    a_gateway_that_stays_paused_is_told_until_something_gets_through,
    |clinic| {
        let gateway = Scripted::new((0..99).map(|_| Outcome::Unreachable("connection refused".into())));
        let dispatcher = over(&clinic, &gateway);
        let zhang = patient(&clinic, ZHANG).await;
        put(&clinic, note(&clinic, "a", zhang)).await;
        let told = async || {
            clinic.app.look_for_alarms().await.unwrap();
            let desk = clinic.signed_in("desk").await;
            let zh = desk.page("/patients?lang=zh").await.contains("短信网关 capture 自");
            let page = desk.page("/patients?lang=en").await;
            let en = page.contains("SMS gateway capture has been paused since") && page.contains("connection refused");
            let gauge = format!("chairside_alarm{{code=\"paused\"}} {}", u8::from(en));
            assert!(clinic.visitor().page("/metrics").await.contains(&gauge));
            assert_eq!(zh, en);
            en
        };
        dispatcher.dispatch_once().await.unwrap();
        for _ in 0..14 {
            clinic.minutes_pass(1);
            dispatcher.dispatch_once().await.unwrap();
        }
        assert!(!told().await, "not yet");
        clinic.minutes_pass(1);
        dispatcher.dispatch_once().await.unwrap();
        assert!(gateway.count() > 2, "it was tried again and again");
        assert!(told().await);
        gateway.outcomes.lock().unwrap().clear();
        clinic.minutes_pass(5);
        dispatcher.dispatch_once().await.unwrap();
        assert!(!told().await, "something got through");
        // One that nothing waits for is none.
        gateway
            .outcomes
            .lock()
            .unwrap()
            .push_back(Outcome::Config("403".into()));
        let stopped = put(&clinic, note(&clinic, "b", zhang)).await;
        dispatcher.dispatch_once().await.unwrap();
        let desk = clinic.signed_in("desk").await;
        desk.post_form(&format!("/messages/{stopped}/stop"), &[]).await;
        clinic.minutes_pass(30);
        assert!(!told().await, "nothing waits");
    }
);
