//! Minds are changed while messages go out: what was cancelled, moved, refused or stopped before a message was started is
//! not sent, and the ledger and the gateway tell the same.
//!
//! The clock moves on by a millisecond whenever a change has been answered. A try that was started at that time or later was
//! started after the change's commit: there must be none.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chairside::appointments::{self, Booking};
use chairside::messaging::{Cause, Dispatcher, MessageId, NewMessage, Purpose};
use chairside::patients::{Channel, PatientId};
use chairside::platform::clock::Instant;
use chairside::platform::mail::{Mail, Mailer};
use chairside::platform::outcome::{Outcome, Sending};
use chairside::platform::sms::{self, SmsSender};
use chairside::staff::{Actor, Role};
use diesel::prelude::*;
use rand::seq::SliceRandom;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{long_or, service};
use crate::both;
use crate::messaging::{ZHANG, note, patient, put};
use crate::support::{Browser, Clinic, make_patient};

/// How a mind is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Cancelled,
    Moved,
    Dead,
    ByWord,
    ByLink,
    ByDesk,
    Stopped,
}
const WAYS: [Way; 7] = [
    Way::Cancelled,
    Way::Moved,
    Way::Dead,
    Way::ByWord,
    Way::ByLink,
    Way::ByDesk,
    Way::Stopped,
];

impl Way {
    /// What the ledger says of a message that was not sent for it.
    fn reason(self) -> &'static str {
        match self {
            Way::Cancelled => "cancelled",
            Way::Moved => "moved",
            Way::Dead => "deceased",
            Way::ByWord | Way::ByLink => "opted-out",
            Way::ByDesk => "wants-none",
            Way::Stopped => "stopped",
        }
    }
}

/// A message and what its regret needs to know.
struct Case {
    way: Way,
    n: usize,
    patient: PatientId,
    message: MessageId,
    /// The visit's path in the API, or the link in an earlier mail.
    path: String,
}

/// A gateway that keeps pace with the changes of mind: one more send for each of them.
struct Paced {
    pace: Semaphore,
    got: Mutex<Vec<(String, String)>>,
}

impl Paced {
    fn take(&self, to: &str, body: &str) -> Sending<'_> {
        self.got.lock().unwrap().push((to.to_owned(), body.to_owned()));
        Box::pin(async {
            self.pace.acquire().await.unwrap().forget();
            Outcome::Accepted { id: None }
        })
    }
}
impl SmsSender for Paced {
    fn name(&self) -> &'static str {
        "capture"
    }
    fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
        self.take(&text.to, &text.body)
    }
}
impl Mailer for Paced {
    fn name(&self) -> &'static str {
        "capture"
    }
    fn send<'a>(&'a self, mail: &'a Mail, _: Duration) -> Sending<'a> {
        self.take(&mail.to, &mail.text)
    }
}

fn mobile(n: usize) -> String {
    format!("137{n:08}")
}

/// A quarter of an hour of its own among those of its way, `week` weeks ahead: in weeks without a holiday.
fn time(n: usize, week: usize) -> String {
    let round = n / WAYS.len();
    let (day, at) = (round / 10 % 5, round % 10);
    let first = chrono::NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
    let date = first + chrono::TimeDelta::days(i64::try_from(week * 7 + day).unwrap());
    format!("{date}T{:02}:{:02}:00+08:00", 9 + at / 4, at % 4 * 15)
}

/// Who, what about, and the message, which is not queued yet.
async fn prepare(clinic: &Clinic, way: Way, n: usize) -> (Case, NewMessage) {
    let (patient_id, path, message) = match way {
        Way::Cancelled | Way::Moved => {
            let who = make_patient(clinic, "孙丽", &mobile(n)).await;
            let booking = Booking {
                patient: who,
                service: chairside::clinic::ServiceId(service(clinic, "check-up")),
                provider: None,
                chair: None,
                starts_at: Instant::parse_rfc3339(&time(n, usize::from(way == Way::Moved))).unwrap(),
                minutes: Some(15),
                note: String::new(),
                source: "desk",
                tell: false,
                hold: None,
                overbook: None,
            };
            let visit = appointments::book(&clinic.app.db, clinic.now(), Actor::system("test"), booking).await;
            let visit = visit.unwrap_or_else(|e| panic!("{n}: {e:?}"));
            let reminder = NewMessage {
                cause: Cause {
                    kind: "appointment".into(),
                    id: Some(visit.id.0),
                    version: Some(visit.version),
                },
                purpose: Purpose::Reminder,
                template: "reminder-day-before".into(),
                ..note(clinic, &format!("regret:{n}"), who)
            };
            (who, format!("/api/v1/appointments/{}", visit.id), reminder)
        }
        Way::ByLink => {
            let address: &'static str = format!("p{n}@clinic.example").leak();
            let who = crate::messaging::Who {
                email: Some(address),
                channel: Channel::Email,
                ..ZHANG
            };
            let who = patient(clinic, who).await;
            let earlier = put(clinic, note(clinic, &format!("earlier:{n}"), who)).await;
            clinic.app.dispatcher().dispatch().await.unwrap();
            let body = crate::messaging::get(clinic, earlier).await.body.unwrap();
            let link = body[body.find("/u/").unwrap()..].trim().to_owned();
            (who, link, note(clinic, &format!("regret:{n}"), who))
        }
        _ => {
            let who = make_patient(clinic, "孙丽", &mobile(n)).await;
            (who, String::new(), note(clinic, &format!("regret:{n}"), who))
        }
    };
    let case = Case {
        way,
        n,
        patient: patient_id,
        message: MessageId(0),
        path,
    };
    (case, message)
}

/// Changes a mind as people do; false: it was too late, and was told.
async fn change(case: &Case, desk: &Browser, api: &Browser) -> bool {
    let ok = |(status, answer): (u16, serde_json::Value)| {
        assert_eq!(status, 200, "{:?} {}: {answer}", case.way, case.n);
        true
    };
    let patient = format!("/api/v1/patients/{}", case.patient);
    match case.way {
        Way::Cancelled => {
            let body = json!({ "version": 1, "reason": "有事" });
            ok(api.post_json(&format!("{}/cancel", case.path), &body).await)
        }
        Way::Moved => {
            let body = json!({ "version": 1, "starts_at": time(case.n, 2) });
            ok(api.post_json(&format!("{}/move", case.path), &body).await)
        }
        Way::Dead => ok(api
            .patch_json(&patient, &json!({ "version": 1, "deceased": true }))
            .await),
        Way::ByDesk => ok(api
            .patch_json(&patient, &json!({ "version": 1, "channel": "none" }))
            .await),
        Way::ByWord => {
            let path = format!(
                "/gateway/kannel/inbound?from=86{}&to=1069&text=STOP&id=w{}",
                mobile(case.n),
                case.n
            );
            assert_eq!(desk.get(&path).await.status(), 200);
            true
        }
        Way::ByLink => {
            let sent = desk.post_form(&case.path, &[("List-Unsubscribe", "One-Click")]).await;
            assert!(sent.status().is_success(), "{}", sent.status());
            true
        }
        Way::Stopped => {
            let sent = desk.post_form(&format!("/messages/{}/stop", case.message), &[]).await;
            assert!([303, 409].contains(&sent.status().as_u16()), "{}", sent.status());
            sent.status() == 303
        }
    }
}

both!(what_is_regretted_before_it_is_started_is_not_sent, |clinic| {
    use chairside::platform::db::schema::{message_attempts as a, messages as m};
    let each = usize::try_from(long_or("CHAIRSIDE_STORM_ROUNDS", 8)).unwrap().min(50);
    let mut prepared = Vec::new();
    for (i, way) in WAYS.iter().cycle().take(WAYS.len() * each).enumerate() {
        prepared.push(prepare(&clinic, *way, i).await);
    }
    let mut cases = Vec::new();
    for (case, message) in prepared {
        let message = put(&clinic, message).await;
        cases.push(Case { message, ..case });
    }
    let other = clinic.another_instance().await;
    let gateway = Arc::new(Paced {
        pace: Semaphore::new(0),
        got: Mutex::default(),
    });
    let mut config = clinic.app.config.clone();
    config.dispatch.concurrency = 2;
    let config = Arc::new(config);
    let over = |clinic: &Clinic| Dispatcher {
        sms: vec![gateway.clone()],
        mail: Some(gateway.clone()),
        config: Arc::clone(&config),
        ..clinic.app.dispatcher()
    };
    let before = clinic.count("SELECT count(*) AS n FROM message_attempts").await;
    let sending: Vec<_> = [over(&clinic), over(&other)]
        .map(|dispatcher| actix_web::rt::spawn(async move { dispatcher.dispatch().await.unwrap() }))
        .into();
    let (desk, api) = (
        Arc::new(clinic.signed_in("desk").await),
        Arc::new(clinic.api(Role::FrontDesk).await),
    );
    // In any order, some at once.
    cases.shuffle(&mut rand::rng());
    let (cases, next) = (Arc::new(cases), Arc::new(AtomicUsize::new(0)));
    let mut people = JoinSet::new();
    for _ in 0..4 {
        let (cases, next, gateway) = (Arc::clone(&cases), Arc::clone(&next), gateway.clone());
        let (desk, api, clock) = (Arc::clone(&desk), Arc::clone(&api), clinic.app.clock.clone());
        people.spawn_local(async move {
            let mut regretted = Vec::new();
            while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                if change(case, &desk, &api).await {
                    clock.advance(1);
                    regretted.push((case.message.0, clock.now()));
                }
                gateway.pace.add_permits(1);
            }
            regretted
        });
    }
    let regretted: BTreeMap<i64, Instant> = people.join_all().await.into_iter().flatten().collect();
    gateway.pace.add_permits(10_000);
    for ended in sending {
        ended.await.unwrap();
    }
    // What is told of the changes waits a little for their being taken back.
    clinic.minutes_pass(5);
    over(&clinic).dispatch().await.unwrap();
    let (mut sent, mut unsent): (BTreeMap<Way, usize>, BTreeMap<Way, usize>) = Default::default();
    for case in cases.iter() {
        let id = case.message;
        let (state, reason, tries) = clinic
            .sql(move |c| {
                let row = m::table.find(id).select((m::state, m::reason));
                let (state, reason): (String, Option<String>) = row.first(c)?;
                let tries = a::table.filter(a::message_id.eq(id)).select(a::started_at);
                Ok((state, reason.unwrap_or_default(), tries.load::<Instant>(c)?))
            })
            .await;
        match state.as_str() {
            "accepted" => {
                let late = regretted.get(&id.0).filter(|at| tries[0] >= **at);
                assert!(
                    late.is_none(),
                    "{:?}: started {:?}, regretted {late:?}",
                    case.way,
                    tries
                );
                assert_eq!(tries.len(), 1);
                *sent.entry(case.way).or_default() += 1;
            }
            "skipped" => {
                assert!(reason.contains(case.way.reason()), "{:?}: {reason}", case.way);
                assert_eq!(tries, []);
                *unsent.entry(case.way).or_default() += 1;
            }
            _ => panic!("{:?}: {state} {reason}", case.way),
        }
    }
    eprintln!("{:?}: too late {sent:?}, in time {unsent:?}", clinic.engine);
    assert!(
        !sent.is_empty() && !unsent.is_empty(),
        "it was no race: {sent:?} {unsent:?}"
    );
    // What the gateway got is what the ledger says was sent, each once; nothing is open.
    let tries = clinic.count("SELECT count(*) AS n FROM message_attempts").await - before;
    let mut ledger: Vec<(String, String)> = clinic
        .sql(|c| {
            let rows = m::table
                .filter(m::dedupe_key.not_like("earlier:%"))
                .filter(m::state.eq("accepted"));
            let columns = (m::recipient.assume_not_null(), m::body.assume_not_null());
            Ok(rows.select(columns).load(c)?)
        })
        .await;
    let mut got = gateway.got.lock().unwrap().clone();
    assert_eq!(i64::try_from(got.len()).unwrap(), tries);
    ledger.sort();
    got.sort();
    assert_eq!(got, ledger);
    let open = "SELECT count(*) AS n FROM messages WHERE state IN ('queued', 'claimed', 'sending')";
    assert_eq!(clinic.count(open).await, 0);
});
