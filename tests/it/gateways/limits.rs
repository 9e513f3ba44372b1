//! How fast a gateway is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chairside::messaging::{Dispatcher, MessageState};
use chairside::patients::Channel;
use chairside::platform::db::schema::patients as p;
use chairside::platform::mail::{Mail, Mailer};
use chairside::platform::outcome::{Outcome, Sending};
use chairside::platform::sms::{Limit, SmsSender, Text};
use diesel::prelude::*;
use tokio_util::sync::CancellationToken;

use super::on_both;
use crate::both;
use crate::messaging::{Who, ZHANG, note, patient, put, stands};
use crate::support::{Clinic, make_patient};

/// Takes one text every two seconds, and tells its process to stop with the first.
struct Leisurely {
    limit: Limit,
    stop: CancellationToken,
    got: AtomicUsize,
}

impl SmsSender for Leisurely {
    fn name(&self) -> &'static str {
        "capture"
    }
    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
    fn send<'a>(&'a self, _: &'a Text, _: Duration) -> Sending<'a> {
        self.got.fetch_add(1, Ordering::SeqCst);
        self.stop.cancel();
        Box::pin(std::future::ready(Outcome::Accepted { id: None }))
    }
}

#[test]
fn a_stop_ends_the_wait_for_a_turn() {
    on_both(async |engine| {
        let clinic = Clinic::start(engine, |_| {}).await;
        let zhang = patient(&clinic, ZHANG).await;
        let mut ids = Vec::new();
        for key in ["a", "b", "c"] {
            ids.push(put(&clinic, note(&clinic, key, zhang)).await);
        }
        let gateway = Arc::new(Leisurely {
            limit: Limit::new(0.5, 4),
            stop: clinic.app.stop.clone(),
            got: AtomicUsize::new(0),
        });
        let dispatcher = Dispatcher {
            sms: vec![gateway.clone()],
            ..clinic.app.dispatcher()
        };
        // So slow a gateway gets no more at once than go out in a few seconds.
        let report = dispatcher.dispatch().await.unwrap();
        assert_eq!(
            (report.claimed, report.accepted, gateway.got.load(Ordering::SeqCst)),
            (3, 1, 1)
        );
        let back = "SELECT count(*) AS n FROM messages WHERE state = 'queued' AND lease IS NULL";
        assert_eq!(clinic.count(back).await, 2);
        let sent = ids.iter().map(|id| stands(&clinic, *id));
        let sent = crate::support::all(sent).await;
        assert_eq!(
            sent.iter()
                .filter(|(state, _)| *state == MessageState::Accepted)
                .count(),
            1
        );
    });
}

/// Takes 20 messages a second, from whomever.
struct Steady {
    limit: Limit,
    got: AtomicUsize,
}

impl Steady {
    fn new() -> Arc<Steady> {
        Arc::new(Steady {
            limit: Limit::new(20.0, 4),
            got: AtomicUsize::new(0),
        })
    }
    fn take<'a>(&self) -> Sending<'a> {
        self.got.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(Outcome::Accepted { id: None }))
    }
}

impl SmsSender for Steady {
    fn name(&self) -> &'static str {
        "capture"
    }
    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
    fn send<'a>(&'a self, _: &'a Text, _: Duration) -> Sending<'a> {
        self.take()
    }
}

impl Mailer for Steady {
    fn name(&self) -> &'static str {
        "capture"
    }
    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
    fn send<'a>(&'a self, _: &'a Mail, _: Duration) -> Sending<'a> {
        self.take()
    }
}

both!(instances_share_the_rate_of_a_gateway, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    for n in 0..50 {
        put(&clinic, note(&clinic, &format!("{n}"), zhang)).await;
    }
    let (one, two) = (Steady::new(), Steady::new());
    let with = |gateway: &Arc<Steady>| Dispatcher {
        sms: vec![gateway.clone()],
        ..clinic.app.dispatcher()
    };
    let (first, second) = (with(&one), with(&two));
    let begun = Instant::now();
    let (first, second) = tokio::join!(first.dispatch(), second.dispatch());
    let took = begun.elapsed();
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.accepted + second.accepted, 50, "{first:?} {second:?}");
    let got = [&one, &two].map(|g| g.got.load(Ordering::SeqCst));
    assert!(got.iter().all(|n| *n > 0), "{got:?}");
    // A second's worth at once, and thirty more at twenty a second. Each at its own rate would take a quarter of a second.
    assert!(took >= Duration::from_millis(1450), "{got:?} in {took:?}");
});

both!(mail_has_a_rate_too, |clinic| {
    let who = patient(
        &clinic,
        Who {
            channel: Channel::Email,
            ..ZHANG
        },
    )
    .await;
    for n in 0..30 {
        put(&clinic, note(&clinic, &format!("{n}"), who)).await;
    }
    let server = Steady::new();
    let dispatcher = Dispatcher {
        mail: Some(server.clone()),
        ..clinic.app.dispatcher()
    };
    let begun = Instant::now();
    assert_eq!(dispatcher.dispatch().await.unwrap().accepted, 30);
    assert!(begun.elapsed() >= Duration::from_millis(450), "{:?}", begun.elapsed());
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM gateway_turns WHERE gateway = 'email'")
            .await,
        1
    );
});

both!(what_is_not_sent_leaves_its_turn_to_the_next, |clinic| {
    let (zhang, gone) = (
        patient(&clinic, ZHANG).await,
        make_patient(&clinic, "某人", "13600000001").await,
    );
    clinic
        .sql(move |c| {
            Ok(diesel::update(p::table.find(gone))
                .set(p::deceased.eq(true))
                .execute(c)?)
        })
        .await;
    for n in 0..60 {
        put(&clinic, note(&clinic, &format!("{n}"), gone)).await;
    }
    put(&clinic, note(&clinic, "last", zhang)).await;
    let gateway = Arc::new(Steady {
        limit: Limit::new(1.0, 4),
        got: AtomicUsize::new(0),
    });
    let dispatcher = Dispatcher {
        sms: vec![gateway.clone()],
        ..clinic.app.dispatcher()
    };
    let begun = Instant::now();
    let report = dispatcher.dispatch().await.unwrap();
    assert_eq!(
        (report.accepted, gateway.got.load(Ordering::SeqCst)),
        (1, 1),
        "{report:?}"
    );
    // At one a second 61 turns would take a minute.
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
});
