//! How fast a gateway is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chairside::messaging::{Dispatcher, MessageState};
use chairside::platform::outcome::{Outcome, Sending};
use chairside::platform::sms::{Limit, SmsSender, Text};
use tokio_util::sync::CancellationToken;

use super::on_both;
use crate::messaging::{ZHANG, note, patient, put, stands};
use crate::support::Clinic;

/// Takes one text every ten seconds, and tells its process to stop with the first.
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
            limit: Limit::new(0.1, 4),
            stop: clinic.app.stop.clone(),
            got: AtomicUsize::new(0),
        });
        let dispatcher = Dispatcher {
            sms: vec![gateway.clone()],
            ..clinic.app.dispatcher()
        };
        // So slow a gateway gets no more at once than go out within half of the time that a claim holds.
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
