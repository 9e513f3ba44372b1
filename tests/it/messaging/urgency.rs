//! What is urgent goes first, whatever waits: behind a campaign, behind a slow gateway, after one that was away.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chairside::messaging::{Carrier, Dispatcher, MessageId, MessageState, NewMessage};
use chairside::platform::clock::Instant;
use chairside::platform::mail::{Mail, Mailer};
use chairside::platform::outcome::{Outcome, Sending};
use chairside::platform::sms::{self, SmsSender};
use tokio::sync::Semaphore;

use super::{Scripted, Who, ZHANG, note, over, patient, put, stands};
use crate::both;
use crate::support::Clinic;

/// Least urgent: a campaign's.
const CAMPAIGN: i32 = 9;

/// A gateway that answers as often as it is let, and keeps the order in which it was called.
struct Slow {
    answers: Semaphore,
    got: Mutex<Vec<String>>,
}

impl Slow {
    fn new() -> Arc<Slow> {
        Arc::new(Slow {
            answers: Semaphore::new(0),
            got: Mutex::default(),
        })
    }
    fn take(&self, to: &str) -> Sending<'_> {
        self.got.lock().unwrap().push(to.to_owned());
        Box::pin(async {
            self.answers.acquire().await.unwrap().forget();
            Outcome::Accepted { id: None }
        })
    }
    fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }
}
impl SmsSender for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }
    fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
        self.take(&text.to)
    }
}
impl Mailer for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }
    fn send<'a>(&'a self, mail: &'a Mail, _: Duration) -> Sending<'a> {
        self.take(&mail.to)
    }
}

/// A campaign to one patient: what counts here is how much waits.
async fn campaign(clinic: &Clinic, who: chairside::patients::PatientId, n: usize, carrier: Carrier) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for i in 0..n {
        let message = NewMessage {
            priority: CAMPAIGN,
            carrier: Some(carrier),
            ..note(clinic, &format!("campaign:{carrier}:{i}"), who)
        };
        ids.push(put(clinic, message).await);
    }
    ids
}

async fn until(done: impl AsyncFn() -> bool) {
    while !done().await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

both!(a_reminder_overtakes_a_campaign_at_a_slow_gateway, |clinic| {
    const ANNA: Who = Who {
        phone: Some("+8613900000002"),
        ..ZHANG
    };
    let (zhang, anna) = (patient(&clinic, ZHANG).await, patient(&clinic, ANNA).await);
    campaign(&clinic, zhang, 100, Carrier::Sms).await;
    let gateway = Slow::new();
    let dispatcher = Dispatcher {
        sms: vec![gateway.clone()],
        ..clinic.app.dispatcher()
    };
    let at_once = clinic.app.config.dispatch.concurrency;
    let sending = actix_web::rt::spawn(async move { dispatcher.dispatch().await.unwrap() });
    until(async || gateway.got().len() == at_once).await;
    // All slots are taken, and more of the campaign is claimed. Now a visit is to be reminded of.
    let reminder = NewMessage {
        priority: 3,
        ..note(&clinic, "reminder", anna)
    };
    let reminder = put(&clinic, reminder).await;
    until(async || stands(&clinic, reminder).await.0 == MessageState::Claimed).await;
    gateway.answers.add_permits(1);
    until(async || gateway.got().len() > at_once).await;
    assert_eq!(gateway.got()[at_once], "+8613900000002", "it is the next, of all");
    gateway.answers.add_permits(1000);
    let report = sending.await.unwrap();
    assert_eq!((report.claimed, report.accepted), (101, 101), "{report:?}");
});

both!(a_mail_server_that_hangs_keeps_no_text_waiting, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    campaign(&clinic, zhang, 30, Carrier::Email).await;
    let texts = campaign(&clinic, zhang, 30, Carrier::Sms).await;
    let (server, gateway) = (Slow::new(), Scripted::new([]));
    let dispatcher = Dispatcher {
        mail: Some(server.clone()),
        ..over(&clinic, &gateway)
    };
    let sending = actix_web::rt::spawn(async move { dispatcher.dispatch().await.unwrap() });
    until(async || gateway.count() == texts.len()).await;
    assert_eq!(server.got().len(), clinic.app.config.dispatch.concurrency);
    server.answers.add_permits(1000);
    assert_eq!(sending.await.unwrap().accepted, 60);
});

/// Not there, or not willing, until it is.
struct Away(Mutex<Option<Outcome>>, Mutex<Vec<String>>);

impl SmsSender for Away {
    fn name(&self) -> &'static str {
        "away"
    }
    fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
        let refused = self.0.lock().unwrap().clone();
        if refused.is_none() {
            self.1.lock().unwrap().push(text.to.clone());
        }
        Box::pin(std::future::ready(refused.unwrap_or(Outcome::Accepted { id: None })))
    }
}

/// Sends over a gateway that answers `outcome` for so many minutes, and all of it so many minutes after that.
async fn a_while_of(clinic: &Clinic, outcome: Outcome, (away, after): (i64, i64), claimed_at_most: usize) {
    let (code, gateway) = (
        outcome.code(),
        Arc::new(Away(Mutex::new(Some(outcome)), Mutex::default())),
    );
    let mut config = clinic.app.config.clone();
    config.dispatch.concurrency = 1;
    let dispatcher = Dispatcher {
        sms: vec![gateway.clone()],
        config: Arc::new(config),
        ..clinic.app.dispatcher()
    };
    // The most urgent comes last.
    let mut ids = Vec::new();
    for n in 0..40_i32 {
        let who = Who {
            phone: Some(format!("+86139000000{:02}", 99 - n).leak()),
            ..ZHANG
        };
        let message = NewMessage {
            priority: 9 - n / 5,
            expires_at: clinic.now().plus_minutes(180),
            ..note(clinic, &format!("{code}:{n}"), patient(clinic, who).await)
        };
        ids.push((put(clinic, message).await, 9 - n / 5, 99 - n));
    }
    let gone: Instant = clinic.now();
    while clinic.now() - gone < away * 60_000 {
        let report = dispatcher.dispatch().await.unwrap();
        assert!(report.claimed <= claimed_at_most, "{code}: {report:?}");
        clinic.minutes_pass(1);
    }
    for (id, ..) in &ids {
        assert_eq!(stands(clinic, *id).await.0, MessageState::Queued, "{code}");
    }
    *gateway.0.lock().unwrap() = None;
    clinic.minutes_pass(after);
    dispatcher.dispatch().await.unwrap();
    let got = gateway.1.lock().unwrap().clone();
    let got: Vec<i32> = got.iter().map(|to| to[12..].parse().unwrap()).collect();
    assert_eq!(got.len(), ids.len(), "{code}: all went, each once: {got:?}");
    let priority = |tail: &i32| ids.iter().find(|(_, _, of)| of == tail).unwrap().1;
    assert!(got.iter().map(priority).is_sorted(), "{code}: {got:?}");
}

both!(
    after_an_hour_without_a_gateway_the_queue_goes_by_urgency_and_none_is_lost,
    |clinic| {
        // It is not knocked at for all of them, and is used again after the longest pause of one that was away.
        let away = Outcome::Unreachable("connection refused".into());
        a_while_of(&clinic, away, (60, 5), 20).await;
        a_while_of(&clinic, Outcome::Config("403".into()), (60, 60), 20).await;
        // One that says "not now" is asked by each message's own schedule, which has a sixth try after 52 minutes at the soonest.
        let busy = Outcome::Passing {
            retry_after: None,
            text: "503 later".into(),
        };
        a_while_of(&clinic, busy, (45, 75), 40).await;
    }
);
