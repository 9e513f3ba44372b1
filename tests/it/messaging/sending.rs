//! The dispatcher: once, in time, or not at all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chairside::messaging::{
    Cause, Dispatcher, MessageCause, MessageId, MessageState, NewMessage, Purpose, Verdict, cancel_for,
};
use chairside::patients::{Channel, PatientId};
use chairside::platform::clock::Instant;
use chairside::platform::db::Conn;
use chairside::platform::error::Result;
use chairside::platform::i18n::{Lang, Text};
use chairside::platform::mail::{Mail, Mailer};
use chairside::platform::outcome::Sending;
use chairside::platform::sms::{self, SmsSender};
use diesel::prelude::*;
use serde_json::{Map, json};

use super::{Scripted, Who, ZHANG, get, note, over, patient, put, stands};
use crate::both;
use crate::support::Clinic;

/// A cause whose answers the test sets.
#[derive(Default)]
struct Visits(Mutex<HashMap<i64, &'static str>>);

impl MessageCause for Visits {
    fn kind(&self) -> &'static str {
        "appointment"
    }
    fn verdict(&self, _: &mut Conn, _: Instant, cause: &Cause, _: Purpose, lang: Lang) -> Result<Verdict> {
        if let Some(code) = self.0.lock().unwrap().get(&cause.id.unwrap()) {
            return Ok(Verdict::Skip(code, Text::new("预约已取消", "The visit was cancelled")));
        }
        let mut variables = Map::new();
        for (k, v) in [
            ("date", lang.pick("11月24日 周二", "Tue 24 Nov")),
            ("time", "09:30"),
            ("provider", lang.pick("李医生", "Dr Li")),
            ("link", "https://c.example/v/TOKEN"),
        ] {
            variables.insert(k.into(), json!(v));
        }
        Ok(Verdict::Send(variables))
    }
}

fn reminder(clinic: &Clinic, visit: i64, patient: PatientId) -> NewMessage {
    NewMessage {
        dedupe_key: format!("appointment:{visit}:v1:reminder-day-before"),
        cause: Cause {
            kind: "appointment".into(),
            id: Some(visit),
            version: Some(1),
        },
        purpose: Purpose::Reminder,
        template: "reminder-day-before".into(),
        ..note(clinic, "", patient)
    }
}

both!(the_job_sends_what_is_due_and_the_page_shows_it, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    let wang = patient(
        &clinic,
        Who {
            name: "Wang <Li>",
            language: Lang::En,
            channel: Channel::Email,
            ..ZHANG
        },
    )
    .await;
    let sms = put(&clinic, note(&clinic, "a", zhang)).await;
    let mail = put(&clinic, note(&clinic, "b", wang)).await;
    let mut later = note(&clinic, "c", zhang);
    later.due_at = clinic.now().plus_minutes(60);
    let later = put(&clinic, later).await;
    let ran = clinic.app.scheduler().unwrap().run_due().await.unwrap();
    assert!(ran.contains(&"dispatch"), "{ran:?}");
    assert_eq!(stands(&clinic, later).await.0, MessageState::Queued);
    let m = get(&clinic, sms).await;
    assert_eq!((m.state, m.segments, m.attempts), (MessageState::Accepted, Some(1), 1));
    let body = m.body.unwrap();
    assert!(
        body.starts_with("【知齿口腔】张伟，您好！") && body.contains("0571 8765 4321"),
        "{body}"
    );
    let desk = clinic.signed_in("desk").await;
    let list = desk.page("/messages?lang=en").await;
    assert!(list.contains("张伟") && list.contains("Wang &lt;Li&gt;"), "{list}");
    assert!(list.contains("Sent") && list.contains("Queued") && list.contains("really sent"));
    let page = desk.page(&format!("/messages/{sms}?lang=zh")).await;
    assert!(page.contains(&body) && page.contains("138 0000 1234"), "{page}");
    let page = desk.page(&format!("/messages/{mail}")).await;
    assert!(
        page.contains("How are you doing?") && page.contains("Wang &lt;Li&gt;,"),
        "{page}"
    );
    let lists = "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'messages' AND patient_id IS NULL \
                 AND detail = 'list of 3'";
    assert_eq!(clinic.count(lists).await, 1);
    let api = clinic.api(chairside::staff::Role::FrontDesk).await;
    assert_eq!(api.get_json("/api/v1/messages").await.0, 200);
    assert_eq!(clinic.count(lists).await, 2);
    let read =
        "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'messages' AND patient_id IS NOT NULL";
    assert_eq!(clinic.count(read).await, 2);
    for (query, shown) in [
        ("q=张伟", true),
        ("q=1234", true),
        ("q=李", false),
        ("channel=sms", true),
        ("state=failed", false),
    ] {
        let list = desk.page(&format!("/messages?{query}")).await;
        assert_eq!(list.contains(&format!("href=\"/messages/{sms}\"")), shown, "{query}");
    }
    assert_eq!(clinic.signed_in("doctor").await.get("/messages").await.status(), 403);
});

both!(a_cause_that_says_no_is_believed_to_the_last, |clinic| {
    let (visits, gateway) = (Arc::new(Visits::default()), Scripted::new([]));
    let dispatcher = over(&clinic, &gateway).with_cause(visits.clone());
    let zhang = patient(&clinic, ZHANG).await;
    let mut ids = Vec::new();
    for visit in 1..=4 {
        ids.push(put(&clinic, reminder(&clinic, visit, zhang)).await);
    }
    visits.0.lock().unwrap().insert(2, "appointment-cancelled");
    let now = clinic.now();
    // Queued, and claimed by somebody: both are taken back.
    set(&clinic, ids[3], "claimed", now.plus_minutes(1)).await;
    for visit in [3, 4] {
        let n = clinic
            .sql(move |c| cancel_for(c, now, "appointment", visit, "cancelled"))
            .await;
        assert_eq!(n, 1);
    }
    let report = dispatcher.dispatch_once().await.unwrap();
    assert_eq!((report.claimed, report.accepted, report.skipped), (2, 1, 1));
    assert_eq!(stands(&clinic, ids[0]).await, (MessageState::Accepted, String::new()));
    assert_eq!(
        stands(&clinic, ids[1]).await,
        (MessageState::Skipped, "appointment-cancelled".into())
    );
    assert_eq!(
        stands(&clinic, ids[2]).await,
        (MessageState::Skipped, "cancelled".into())
    );
    assert_eq!(
        stands(&clinic, ids[3]).await,
        (MessageState::Skipped, "cancelled".into())
    );
    let got = gateway.got.lock().unwrap().clone();
    assert_eq!(got.len(), 1);
    assert!(
        got[0].1.contains("11月24日 周二 09:30就诊（李医生）") && got[0].1.contains("https://c.example/v/TOKEN"),
        "{got:?}"
    );
    // A cause that nobody answers for is not sent.
    let mut odd = note(&clinic, "odd", zhang);
    odd.cause.kind = "unheard-of".into();
    let odd = put(&clinic, odd).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        stands(&clinic, odd).await,
        (MessageState::Skipped, "unknown-cause".into())
    );
});

/// A gateway that, while it sends the first text, has the second one cancelled.
struct Canceller(Clinic, Arc<Scripted>);

impl SmsSender for Canceller {
    fn name(&self) -> &'static str {
        "canceller"
    }
    fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
        Box::pin(async move {
            let now = self.0.now();
            let n = self
                .0
                .app
                .db
                .write(move |c| cancel_for(c, now, "appointment", 2, "cancelled"))
                .await;
            assert_eq!(n.unwrap(), 1);
            self.1.next(&text.to, &text.body)
        })
    }
}

both!(a_cancel_between_claim_and_send_is_seen, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    // On another number: to one number they would go out as one.
    let wang = patient(
        &clinic,
        Who {
            phone: Some("+8613800005678"),
            ..ZHANG
        },
    )
    .await;
    let first = put(&clinic, reminder(&clinic, 1, zhang)).await;
    let second = put(&clinic, reminder(&clinic, 2, wang)).await;
    let gateway = Scripted::new([]);
    let mut config = clinic.app.config.clone();
    config.dispatch.concurrency = 1;
    let dispatcher = Dispatcher {
        sms: vec![Arc::new(Canceller(clinic.another_instance().await, gateway.clone()))],
        config: Arc::new(config),
        ..clinic.app.dispatcher().with_cause(Arc::new(Visits::default()))
    };
    let report = dispatcher.dispatch_once().await.unwrap();
    assert_eq!((report.claimed, report.accepted, report.lost), (2, 1, 1));
    assert_eq!(stands(&clinic, first).await.0, MessageState::Accepted);
    assert_eq!(
        stands(&clinic, second).await,
        (MessageState::Skipped, "cancelled".into())
    );
    assert_eq!(gateway.count(), 1);
});

both!(a_stop_sends_nothing_more_and_gives_back_what_was_claimed, |clinic| {
    /// Takes one message, and tells its process to stop meanwhile.
    struct Stopper(tokio_util::sync::CancellationToken, Arc<Scripted>);
    impl SmsSender for Stopper {
        fn name(&self) -> &'static str {
            "stopper"
        }
        fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
            self.0.cancel();
            Box::pin(std::future::ready(self.1.next(&text.to, &text.body)))
        }
    }
    let zhang = patient(&clinic, ZHANG).await;
    for i in 0..5 {
        put(&clinic, note(&clinic, &format!("n{i}"), zhang)).await;
    }
    let gateway = Scripted::new([]);
    let mut config = clinic.app.config.clone();
    config.dispatch.concurrency = 1;
    let dispatcher = Dispatcher {
        sms: vec![Arc::new(Stopper(clinic.app.stop.clone(), gateway.clone()))],
        config: Arc::new(config),
        ..clinic.app.dispatcher()
    };
    let report = dispatcher.dispatch().await.unwrap();
    assert_eq!((report.claimed, report.accepted, gateway.count()), (5, 1, 1));
    let back = "SELECT count(*) AS n FROM messages WHERE state = 'queued' AND lease IS NULL";
    assert_eq!(clinic.count(back).await, 4);
});

/// As a dispatcher that died left it.
async fn set(clinic: &Clinic, id: MessageId, state: &'static str, until: Instant) {
    clinic
        .sql(move |c| {
            Ok(
                diesel::sql_query("UPDATE messages SET state = $1, lease = 'dead', lease_until = $2 WHERE id = $3")
                    .bind::<diesel::sql_types::Text, _>(state)
                    .bind::<diesel::sql_types::BigInt, _>(until.0)
                    .bind::<diesel::sql_types::BigInt, _>(id.0)
                    .execute(c)?,
            )
        })
        .await;
}

/// A gateway during whose send the program dies: it never answers.
struct Dies(Mutex<usize>);

impl SmsSender for Dies {
    fn name(&self) -> &'static str {
        "dies"
    }
    fn send<'a>(&'a self, _: &'a sms::Text, _: Duration) -> Sending<'a> {
        *self.0.lock().unwrap() += 1;
        Box::pin(std::future::pending())
    }
}

impl Mailer for Dies {
    fn name(&self) -> &'static str {
        "dies"
    }
    fn send<'a>(&'a self, _: &'a Mail, _: Duration) -> Sending<'a> {
        *self.0.lock().unwrap() += 1;
        Box::pin(std::future::pending())
    }
}

both!(after_a_crash_nothing_is_lost_and_no_text_is_sent_twice, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    let wang = patient(
        &clinic,
        Who {
            channel: Channel::Email,
            ..ZHANG
        },
    )
    .await;
    let text = put(&clinic, note(&clinic, "a", zhang)).await;
    let mail = put(&clinic, note(&clinic, "b", wang)).await;
    let dies = Arc::new(Dies(Mutex::new(0)));
    let dying = Dispatcher {
        sms: vec![dies.clone()],
        mail: Some(dies.clone()),
        ..clinic.app.dispatcher()
    };
    // It dies with `held` messages at their gateways, each of which a lane of its own claims in its own time.
    let crash = async |held: usize| {
        let task = actix_web::rt::spawn({
            let dying = dying.clone();
            async move { dying.dispatch_once().await }
        });
        let before = *dies.0.lock().unwrap();
        while *dies.0.lock().unwrap() < before + held {
            tokio::task::yield_now().await;
        }
        task.abort();
    };
    crash(2).await;
    let claimed = put(&clinic, note(&clinic, "c", zhang)).await;
    set(&clinic, claimed, "claimed", clinic.now().plus_minutes(1)).await;
    let gateway = Scripted::new([]);
    let dispatcher = over(&clinic, &gateway);
    assert_eq!(
        dispatcher.dispatch_once().await.unwrap(),
        chairside::messaging::Report::default()
    );
    clinic.minutes_pass(2);
    let report = dispatcher.dispatch_once().await.unwrap();
    assert_eq!(report.reaped, 3, "{report:?}");
    assert_eq!(stands(&clinic, claimed).await.0, MessageState::Accepted);
    assert_eq!(stands(&clinic, text).await, (MessageState::Uncertain, "crashed".into()));
    assert_eq!(stands(&clinic, mail).await, (MessageState::Queued, "maybe-sent".into()));
    clinic.minutes_pass(60);
    // A second crash of the same mail: no third time.
    crash(1).await;
    clinic.minutes_pass(60);
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, mail).await, (MessageState::Uncertain, "crashed".into()));
    assert_eq!(gateway.count(), 1);
    let page = clinic
        .signed_in("desk")
        .await
        .page(&format!("/messages/{text}?lang=en"))
        .await;
    assert!(
        page.contains("Perhaps sent") && page.contains("Please call the patient"),
        "{page}"
    );
});

both!(two_dispatchers_send_each_message_once, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    let mut ids = Vec::new();
    for i in 0..60 {
        ids.push(put(&clinic, note(&clinic, &format!("m{i}"), zhang)).await);
    }
    let gateway = Scripted::new([]);
    let other = clinic.another_instance().await;
    let mut config = clinic.app.config.clone();
    config.dispatch.batch = 7;
    let config = Arc::new(config);
    let a = Dispatcher {
        config: config.clone(),
        ..over(&clinic, &gateway)
    };
    let b = Dispatcher {
        config,
        ..over(&other, &gateway)
    };
    let (ra, rb) = tokio::join!(a.dispatch(), b.dispatch());
    let (ra, rb) = (ra.unwrap(), rb.unwrap());
    // Either may stop early when the other is faster; the rest goes in the next round.
    let rest = a.dispatch().await.unwrap();
    assert_eq!(ra.accepted + rb.accepted + rest.accepted, 60);
    assert_eq!(gateway.count(), 60);
    for id in ids {
        assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM message_attempts").await, 60);
});
