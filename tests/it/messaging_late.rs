//! Answers that come too late or cannot be written down at once, and callers who are not the gateway.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chairside::messaging::{Dispatcher, MessageState};
use chairside::patients::Channel;
use chairside::platform::mail::{Mail, Mailer};
use chairside::platform::outcome::{Outcome, Sending};
use chairside::platform::sms::{self, SmsSender};
use diesel::RunQueryDsl;
use tokio::sync::Notify;

use crate::both;
use crate::messaging::{Who, ZHANG, get, note, patient, put, stands};
use crate::support::{Clinic, Engine};

/// A gateway that takes a message at once and answers when it is told to.
struct Slow {
    outcome: Outcome,
    got: AtomicUsize,
    taken: Notify,
    answers: Notify,
}
impl Slow {
    fn answering(outcome: Outcome) -> Arc<Slow> {
        Arc::new(Slow {
            outcome,
            got: AtomicUsize::new(0),
            taken: Notify::new(),
            answers: Notify::new(),
        })
    }
    fn take(&self) -> Sending<'_> {
        self.got.fetch_add(1, Ordering::SeqCst);
        self.taken.notify_one();
        Box::pin(async {
            self.answers.notified().await;
            self.outcome.clone()
        })
    }
    fn over(self: &Arc<Slow>, clinic: &Clinic) -> Dispatcher {
        Dispatcher {
            sms: vec![self.clone()],
            mail: Some(self.clone()),
            ..clinic.app.dispatcher()
        }
    }
}
impl SmsSender for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }
    fn send<'a>(&'a self, _: &'a sms::Text, _: Duration) -> Sending<'a> {
        self.take()
    }
}
impl Mailer for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }
    fn send<'a>(&'a self, _: &'a Mail, _: Duration) -> Sending<'a> {
        self.take()
    }
}

both!(
    an_answer_after_the_lease_settles_what_is_certain_and_nothing_goes_twice,
    |clinic| {
        use MessageState::{Accepted, Failed, Queued, Uncertain};
        let accepted = Outcome::Accepted { id: Some("g1".into()) };
        let refused = Outcome::Permanent {
            code: "400".into(),
            text: "Missing receiver".into(),
        };
        let passing = Outcome::Passing {
            retry_after: None,
            text: "503 later".into(),
        };
        let (crashed, maybe) = ((Uncertain, "crashed"), (Queued, "maybe-sent"));
        for (n, (channel, outcome, swept, ends)) in [
            (Channel::Sms, accepted.clone(), crashed, (Accepted, "")),
            (Channel::Email, accepted, maybe, (Accepted, "")),
            (Channel::Sms, refused.clone(), crashed, (Failed, "refused")),
            (Channel::Email, refused, maybe, (Failed, "refused")),
            // Sent again by the desk, perhaps: the program does not do it, too.
            (Channel::Sms, passing, crashed, crashed),
        ]
        .into_iter()
        .enumerate()
        {
            let who = patient(&clinic, Who { channel, ..ZHANG }).await;
            let id = put(&clinic, note(&clinic, &format!("late-{n}"), who)).await;
            let gateway = Slow::answering(outcome);
            let (first, second) = (gateway.over(&clinic), gateway.over(&clinic));
            let sending = actix_web::rt::spawn(async move { first.dispatch_once().await.unwrap() });
            gateway.taken.notified().await;
            // The lease runs out while the gateway has it: another instance sweeps.
            clinic
                .app
                .clock
                .advance(1_000 * clinic.app.config.dispatch.lease_seconds);
            assert_eq!(second.dispatch_once().await.unwrap().reaped, 1, "case {n}");
            let (state, why) = stands(&clinic, id).await;
            assert_eq!((state, why.as_str()), swept, "case {n}");
            gateway.answers.notify_one();
            let report = sending.await.unwrap();
            let (state, why) = stands(&clinic, id).await;
            assert_eq!((state, why.as_str()), ends, "case {n}: {report:?}");
            // Its try tells what the gateway said, and no second one follows, however long one waits.
            clinic.minutes_pass(60);
            second.dispatch_once().await.unwrap();
            assert_eq!(gateway.got.load(Ordering::SeqCst), 1, "case {n}: sent twice");
            let tries =
                format!("SELECT count(*) AS n FROM message_attempts WHERE message_id = {id} AND outcome <> 'crashed'");
            assert_eq!(clinic.count(&tries).await, 1, "case {n}");
            if state == Accepted {
                assert_eq!(get(&clinic, id).await.gateway_id.as_deref(), Some("g1"), "case {n}");
            }
        }
    }
);

both!(an_answer_is_not_forgotten_while_the_database_refuses_it, |clinic| {
    let who = patient(&clinic, ZHANG).await;
    let id = put(&clinic, note(&clinic, "a", who)).await;
    let gateway = Slow::answering(Outcome::Accepted { id: Some("g1".into()) });
    let dispatcher = gateway.over(&clinic);
    let sending = actix_web::rt::spawn(async move { dispatcher.dispatch_once().await.unwrap() });
    gateway.taken.notified().await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        clinic.sql(move |c| Ok(diesel::sql_query(sql).execute(c)?)).await
    };
    rename("message_attempts", "gone").await;
    gateway.answers.notify_one();
    let visitor = clinic.visitor();
    while !visitor
        .page("/metrics")
        .await
        .contains("chairside_message_settle_retries_total 1")
    {}
    assert_eq!(
        stands(&clinic, id).await.0,
        MessageState::Sending,
        "nothing is half-written"
    );
    rename("gone", "message_attempts").await;
    let report = sending.await.unwrap();
    assert_eq!((report.accepted, report.lost), (1, 0), "{report:?}");
    let m = get(&clinic, id).await;
    assert_eq!((m.state, m.gateway_id.as_deref()), (MessageState::Accepted, Some("g1")));
    clinic.minutes_pass(60);
    gateway.over(&clinic).dispatch_once().await.unwrap();
    assert_eq!(gateway.got.load(Ordering::SeqCst), 1);
});

#[test]
fn a_text_is_taken_only_from_the_gateway_whatever_is_forged() {
    actix_web::rt::System::new().block_on(async {
        const STOP: &str = "/gateway/kannel/inbound?from=8613800001234&text=STOP&id=1";
        let here = || vec!["127.0.0.1".parse().unwrap()];
        let gateway = || vec!["192.0.2.1".parse().unwrap()];
        // Settings, the header that comes, and whether it is let in.
        for (n, (proxies, allowed, forwarded, ok)) in [
            (vec![], vec![], None, true),
            (vec![], vec![], Some("127.0.0.1"), false),
            (vec![], vec![], Some("203.0.113.9"), false),
            (vec![], vec![], Some("nonsense"), false),
            // Nobody's word is taken who is no proxy of ours.
            (vec![], gateway(), Some("192.0.2.1"), false),
            (vec![], here(), Some("192.0.2.1"), true),
            // Behind a proxy: what it added itself counts, not what came before.
            (here(), gateway(), Some("192.0.2.1"), true),
            (here(), gateway(), Some("203.0.113.9"), false),
            (here(), gateway(), Some("192.0.2.1, 203.0.113.9"), false),
            (here(), gateway(), Some("203.0.113.9, 192.0.2.1"), true),
            (here(), gateway(), Some("nonsense"), false),
            (here(), gateway(), None, false),
            (here(), vec![], Some("127.0.0.1"), false),
        ]
        .into_iter()
        .enumerate()
        {
            let clinic = Clinic::start(Engine::Sqlite, |c| {
                c.server.trusted_proxies = proxies;
                c.sms.allow_from = allowed;
            })
            .await;
            let visitor = clinic.visitor();
            let mut request = visitor.client.get(format!("{}{STOP}", clinic.base));
            if let Some(forwarded) = forwarded {
                request = request.header("X-Forwarded-For", forwarded);
            }
            let status = request.send().await.unwrap().status();
            assert_eq!(status, if ok { 200 } else { 403 }, "case {n}");
            let noted = clinic.count("SELECT count(*) AS n FROM opt_outs").await;
            assert_eq!(noted, i64::from(ok), "case {n}");
        }
    });
}
