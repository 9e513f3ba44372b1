//! A message about a visit that did not get through becomes a call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chairside::appointments::{self, Appointment};
use chairside::messaging::Dispatcher;
use chairside::outreach::plan;
use chairside::platform::clock::Instant;
use chairside::platform::outcome::{Outcome, Sending};
use chairside::platform::sms::{self, SmsSender};
use chairside::staff::Actor;

use super::{Scripted, over};
use crate::both;
use crate::support::{Clinic, make_patient};

const OPEN: &str = "SELECT count(*) AS n FROM call_tasks WHERE kind = 'undelivered' AND state = 'open'";

async fn booked(clinic: &Clinic, tell: bool) -> Appointment {
    let booking = appointments::Booking {
        patient: make_patient(clinic, "孙丽", "13900007731").await,
        service: clinic.sample.services.iter().find(|s| s.code == "cleaning").unwrap().id,
        provider: None,
        starts_at: Instant::parse_rfc3339("2026-11-25T09:00:00+08:00").unwrap(),
        minutes: None,
        note: String::new(),
        source: "desk",
        tell,
        hold: None,
        overbook: None,
    };
    appointments::book(&clinic.app.db, clinic.now(), Actor::system("test"), booking)
        .await
        .unwrap()
}

fn refused() -> Outcome {
    Outcome::Permanent {
        code: "400".into(),
        text: "no such number".into(),
    }
}

both!(a_confirmation_that_was_refused_is_told_by_telephone, |clinic| {
    let gateway = Scripted::new([refused(), refused()]);
    let dispatcher = over(&clinic, &gateway);
    let visit = booked(&clinic, true).await;
    clinic.minutes_pass(3);
    dispatcher.dispatch_once().await.unwrap();
    for _ in 0..2 {
        plan(&clinic.app.db, clinic.now()).await.unwrap();
    }
    assert_eq!(clinic.count(OPEN).await, 1, "once, however often it is looked at");
    let nurse = clinic.signed_in("nurse").await;
    let list = nurse.page("/callbacks?lang=zh").await;
    assert!(list.contains("孙丽") && list.contains("预约确认没有送达"), "{list}");
    // Confirmed by another way, nobody need call.
    let actor = Actor::system("test");
    let visit = appointments::confirm(&clinic.app.db, clinic.now(), actor.clone(), visit.id, visit.version)
        .await
        .unwrap();
    plan(&clinic.app.db, clinic.now()).await.unwrap();
    assert_eq!(clinic.count(OPEN).await, 0);
    // But that it was cancelled must be told, though it is not ahead any more.
    let step = (visit.id, visit.version);
    appointments::cancel(
        &clinic.app.db,
        clinic.now(),
        Actor {
            user: Some(chairside::staff::UserId(1)),
            ..actor
        },
        step,
        "医生请假",
    )
    .await
    .unwrap();
    clinic.minutes_pass(3);
    dispatcher.dispatch_once().await.unwrap();
    plan(&clinic.app.db, clinic.now()).await.unwrap();
    assert_eq!(clinic.count(OPEN).await, 1);
    // Once its time is past, it is of no use.
    clinic.it_is("2026-11-25T09:30:00+08:00");
    plan(&clinic.app.db, clinic.now()).await.unwrap();
    assert_eq!(clinic.count(OPEN).await, 0);
});

both!(what_was_perhaps_sent_is_waited_for_and_then_told, |clinic| {
    let gateway = Scripted::new([Outcome::Unknown("no answer in time".into())]);
    let dispatcher = over(&clinic, &gateway);
    booked(&clinic, true).await;
    clinic.minutes_pass(3);
    dispatcher.dispatch_once().await.unwrap();
    plan(&clinic.app.db, clinic.now()).await.unwrap();
    assert_eq!(clinic.count(OPEN).await, 0, "a report may still come");
    clinic.minutes_pass(31);
    plan(&clinic.app.db, clinic.now()).await.unwrap();
    assert_eq!(clinic.count(OPEN).await, 1);
});

/// Says yes to everything, and later that it failed.
struct Lies(Mutex<Vec<String>>);

impl SmsSender for Lies {
    fn name(&self) -> &'static str {
        "kannel"
    }
    fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
        self.0.lock().unwrap().push(text.report_url.clone());
        Box::pin(std::future::ready(Outcome::Accepted { id: None }))
    }
}

both!(
    what_a_gateway_took_and_could_not_deliver_is_told_by_telephone,
    |clinic| {
        let gateway = Arc::new(Lies(Mutex::default()));
        let dispatcher = Dispatcher {
            sms: vec![gateway.clone()],
            ..clinic.app.dispatcher()
        };
        booked(&clinic, true).await;
        clinic.minutes_pass(3);
        assert_eq!(dispatcher.dispatch_once().await.unwrap().accepted, 1);
        plan(&clinic.app.db, clinic.now()).await.unwrap();
        assert_eq!(clinic.count(OPEN).await, 0, "it is on its way");
        let url = gateway.0.lock().unwrap()[0].clone();
        let report = format!("{}?type=2&reply=undeliverable", url.strip_prefix(&clinic.base).unwrap());
        // Told twice, as gateways do.
        for _ in 0..2 {
            assert_eq!(clinic.visitor().get(&report).await.status(), 200);
        }
        plan(&clinic.app.db, clinic.now()).await.unwrap();
        assert_eq!(clinic.count(OPEN).await, 1);
        let failed = "SELECT count(*) AS n FROM messages WHERE state = 'failed'";
        assert_eq!(clinic.count(failed).await, 1);
        // And it is not sent again behind the desk's back.
        clinic.minutes_pass(60);
        assert_eq!(dispatcher.dispatch().await.unwrap().claimed, 0);
    }
);
