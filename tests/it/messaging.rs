//! The outbox and its dispatcher: queued once, sent once, or a reason why not. Gateways are scripted here; the real ones are
//! in `gateways.rs`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chairside::messaging::{
    Carrier, Cause, Dispatcher, Message, MessageCause, MessageId, MessageState, NewMessage, Purpose, Verdict,
    cancel_for, find_message, queue,
};
use chairside::patients::{Channel, PatientId, Sex};
use chairside::platform::clock::Instant;
use chairside::platform::db::Conn;
use chairside::platform::error::Result;
use chairside::platform::i18n::{Lang, Text};
use chairside::platform::mail::{Mail, Mailer};
use chairside::platform::outcome::{Outcome, Sending};
use chairside::platform::sms::{self, SmsSender};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::{Map, json};

use crate::both;
use crate::support::{Clinic, Engine};

/// A patient to write to.
#[derive(Clone)]
pub struct Who {
    pub name: &'static str,
    pub phone: Option<&'static str>,
    pub email: Option<&'static str>,
    pub language: Lang,
    pub channel: Channel,
    pub marketing: bool,
    pub deceased: bool,
}

pub const ZHANG: Who = Who {
    name: "张伟",
    phone: Some("+8613800001234"),
    email: Some("zhang@clinic.example"),
    language: Lang::Zh,
    channel: Channel::Sms,
    marketing: true,
    deceased: false,
};

/// Registers a patient.
pub async fn patient(clinic: &Clinic, who: Who) -> PatientId {
    use chairside::platform::db::schema::patients as p;
    let now = clinic.now();
    clinic
        .sql(move |c| {
            let count: i64 = p::table.count().get_result(c)?;
            Ok(diesel::insert_into(p::table)
                .values((
                    (
                        p::chart_no.eq(format!("T{count}")),
                        p::name.eq(who.name),
                        p::search_name.eq(who.name.to_lowercase()),
                        p::initials.eq("zw"),
                        p::sex.eq(Sex::Male),
                        p::phone.eq(who.phone),
                        p::phone_tail.eq(who.phone.map(|t| t[t.len() - 4..].to_owned())),
                        p::email.eq(who.email),
                        p::language.eq(who.language),
                        p::channel.eq(who.channel),
                        p::marketing.eq(who.marketing),
                        p::vip.eq(false),
                    ),
                    (
                        p::needs.eq(""),
                        p::allergies.eq(""),
                        p::history.eq(""),
                        p::occupation.eq(""),
                        p::address.eq(""),
                        p::source.eq(""),
                        p::note.eq(""),
                        p::completeness.eq(50),
                        p::deceased.eq(who.deceased),
                        p::version.eq(1_i64),
                        p::created_at.eq(now),
                        p::updated_at.eq(now),
                    ),
                ))
                .returning(p::id)
                .get_result(c)?)
        })
        .await
}

/// A message about nothing but the patient, due now, good for a day.
pub fn note(clinic: &Clinic, key: &str, patient: PatientId) -> NewMessage {
    NewMessage {
        dedupe_key: key.into(),
        patient,
        cause: Cause {
            kind: "patient".into(),
            id: Some(patient.0),
            version: None,
        },
        purpose: Purpose::FollowUp,
        template: "follow-up".into(),
        carrier: None,
        due_at: clinic.now(),
        expires_at: clinic.now().plus_minutes(24 * 60),
        priority: 5,
    }
}

pub async fn put(clinic: &Clinic, message: NewMessage) -> MessageId {
    put_or_not(clinic, message).await.expect("queued")
}
async fn put_or_not(clinic: &Clinic, message: NewMessage) -> Option<MessageId> {
    let now = clinic.now();
    clinic.sql(move |c| queue(c, now, &message)).await
}
pub async fn get(clinic: &Clinic, id: MessageId) -> Message {
    clinic.sql(move |c| find_message(c, id)).await.expect("message")
}
fn reason(m: &Message) -> String {
    m.why().map(|r| r.code).unwrap_or_default()
}
/// State and reason code.
pub async fn stands(clinic: &Clinic, id: MessageId) -> (MessageState, String) {
    let m = get(clinic, id).await;
    (m.state, reason(&m))
}

/// A gateway that does what it is told and remembers what it got.
#[derive(Default)]
struct Scripted {
    outcomes: Mutex<VecDeque<Outcome>>,
    got: Mutex<Vec<(String, String)>>,
}

impl Scripted {
    fn new(outcomes: impl IntoIterator<Item = Outcome>) -> Arc<Scripted> {
        Arc::new(Scripted {
            outcomes: Mutex::new(outcomes.into_iter().collect()),
            got: Mutex::default(),
        })
    }
    fn next(&self, to: &str, body: &str) -> Outcome {
        self.got.lock().unwrap().push((to.to_owned(), body.to_owned()));
        let next = self.outcomes.lock().unwrap().pop_front();
        next.unwrap_or(Outcome::Accepted { id: Some("g".into()) })
    }
    fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }
}
impl SmsSender for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }
    fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
        Box::pin(std::future::ready(self.next(&text.to, &text.body)))
    }
}
impl Mailer for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }
    fn send<'a>(&'a self, mail: &'a Mail, _: Duration) -> Sending<'a> {
        Box::pin(std::future::ready(self.next(&mail.to, &mail.text)))
    }
}
fn over(clinic: &Clinic, gateway: &Arc<Scripted>) -> Dispatcher {
    Dispatcher {
        sms: Some(gateway.clone()),
        mail: Some(gateway.clone()),
        ..clinic.app.dispatcher()
    }
}
fn passing(retry_after: Option<i64>) -> Outcome {
    Outcome::Passing {
        retry_after,
        text: "503 later".into(),
    }
}

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
    let first = put(&clinic, reminder(&clinic, 1, zhang)).await;
    let second = put(&clinic, reminder(&clinic, 2, zhang)).await;
    let gateway = Scripted::new([]);
    let mut config = clinic.app.config.clone();
    config.dispatch.concurrency = 1;
    let dispatcher = Dispatcher {
        sms: Some(Arc::new(Canceller(clinic.another_instance().await, gateway.clone()))),
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
    for text in ["TD", "td", "%E9%80%80%E8%AE%A2"] {
        assert_eq!(
            visitor
                .page(&format!(
                    "/gateway/kannel/mo?from=%2B8613800001234&to=1069&text={text}&id=7"
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
        .page("/gateway/kannel/mo?from=8613800001234&to=1069&text=Stop.&id=8")
        .await;
    assert_eq!(send("c", Purpose::FollowUp, "follow-up").await, opted_out);
    visitor
        .page("/gateway/kannel/mo?from=8613800001234&to=1069&text=%E8%AE%A2%E9%98%85&id=9")
        .await;
    assert_eq!(
        send("d", Purpose::FollowUp, "follow-up").await.0,
        MessageState::Accepted
    );
    visitor
        .page("/gateway/kannel/mo?from=8613800001234&to=1069&text=I+will+be+late&id=10")
        .await;
    let said = "SELECT count(*) AS n FROM audit_log WHERE action = 'inbound' AND detail LIKE '%late%'";
    assert_eq!(clinic.count(said).await, 0);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'inbound'")
            .await,
        4
    );
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
        sms: Some(Arc::new(Stopper(clinic.app.stop.clone(), gateway.clone()))),
        config: Arc::new(config),
        ..clinic.app.dispatcher()
    };
    let report = dispatcher.dispatch().await.unwrap();
    assert_eq!((report.claimed, report.accepted, gateway.count()), (5, 1, 1));
    let back = "SELECT count(*) AS n FROM messages WHERE state = 'queued' AND lease IS NULL";
    assert_eq!(clinic.count(back).await, 4);
});

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
        sms: Some(dies.clone()),
        mail: Some(dies.clone()),
        ..clinic.app.dispatcher()
    };
    let crash = async || {
        let task = actix_web::rt::spawn({
            let dying = dying.clone();
            async move { dying.dispatch_once().await }
        });
        let before = *dies.0.lock().unwrap();
        while *dies.0.lock().unwrap() == before {
            tokio::task::yield_now().await;
        }
        while clinic
            .count("SELECT count(*) AS n FROM messages WHERE state = 'claimed'")
            .await
            > 0
        {}
        task.abort();
    };
    crash().await;
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
    crash().await;
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

both!(reports_come_in_any_order_and_only_move_forward, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    let urls = Arc::new(Mutex::new(Vec::new()));
    struct Urls(Arc<Mutex<Vec<String>>>);
    impl SmsSender for Urls {
        fn name(&self) -> &'static str {
            "urls"
        }
        fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
            self.0.lock().unwrap().push(text.report_url.clone());
            let outcome = if self.0.lock().unwrap().len() == 1 {
                Outcome::Accepted { id: None }
            } else {
                Outcome::Unknown("no answer in time".into())
            };
            Box::pin(std::future::ready(outcome))
        }
    }
    let dispatcher = Dispatcher {
        sms: Some(Arc::new(Urls(urls.clone()))),
        ..clinic.app.dispatcher()
    };
    let id = put(&clinic, note(&clinic, "a", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    let perhaps = put(&clinic, note(&clinic, "b", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        stands(&clinic, perhaps).await,
        (MessageState::Uncertain, "no-answer".into())
    );
    let visitor = clinic.visitor();
    let path = |i: usize| urls.lock().unwrap()[i].strip_prefix(&clinic.base).unwrap().to_owned();
    for (kind, state) in [
        (4, MessageState::Accepted),
        (1, MessageState::Delivered),
        (8, MessageState::Delivered),
        (2, MessageState::Delivered),
    ] {
        visitor.page(&format!("{}?type={kind}&reply=stat:X", path(0))).await;
        assert_eq!(stands(&clinic, id).await.0, state, "after {kind}");
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM message_reports").await, 4);
    visitor.page(&format!("{}?type=34&reply=NACK", path(1))).await;
    assert_eq!(
        stands(&clinic, perhaps).await,
        (MessageState::Failed, "undelivered-expired".into())
    );
    assert_eq!(visitor.get("/gateway/kannel/dlr/AAAA?type=1").await.status(), 404);
    let mut forged = path(1);
    forged.pop();
    assert_eq!(visitor.get(&format!("{forged}?type=1")).await.status(), 404);
});

#[test]
fn only_named_addresses_may_call_the_gateway_routes() {
    actix_web::rt::System::new().block_on(async {
        let elsewhere = vec!["192.0.2.1".parse().unwrap()];
        let clinic = Clinic::start(Engine::Sqlite, |c| c.sms.allow_from = elsewhere).await;
        let visitor = clinic.visitor();
        for path in [
            "/gateway/kannel/mo?from=8613800001234&text=STOP",
            "/gateway/kannel/dlr/AAAA?type=1",
        ] {
            assert_eq!(visitor.get(path).await.status(), 403, "{path}");
        }
        assert_eq!(clinic.count("SELECT count(*) AS n FROM opt_outs").await, 0);
    });
}

both!(the_desk_sends_again_and_stops, |clinic| {
    let gateway = Scripted::new([Outcome::Permanent {
        code: "400".into(),
        text: "Missing receiver".into(),
    }]);
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    let id = put(&clinic, note(&clinic, "a", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, id).await, (MessageState::Failed, "refused".into()));
    let desk = clinic.signed_in("desk").await;
    let list = desk.page("/messages?lang=en").await;
    assert!(
        list.contains("Needs a look") && list.contains("It was refused: 400 Missing receiver"),
        "{list}"
    );
    let again = format!("/messages/{id}/again");
    let answer = desk.post_form(&again, &[]).await;
    assert_eq!(answer.status(), 303);
    let new = answer.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(desk.post_form(&again, &[]).await.status(), 409);
    dispatcher.dispatch_once().await.unwrap();
    assert!(desk.page(&new).await.contains("Sent"));
    assert_eq!(desk.post_form(&format!("{new}/again"), &[]).await.status(), 409);
    let waits = put(&clinic, note(&clinic, "b", zhang)).await;
    assert!(desk.page(&format!("/messages/{waits}")).await.contains("Not sent yet"));
    assert_eq!(
        desk.post_form(&format!("/messages/{waits}/stop"), &[]).await.status(),
        303
    );
    assert_eq!(stands(&clinic, waits).await, (MessageState::Skipped, "stopped".into()));
    assert_eq!(
        desk.post_form(&format!("/messages/{waits}/stop"), &[]).await.status(),
        409
    );
    assert_eq!(desk.get("/messages/999999").await.status(), 404);
});

both!(
    a_template_that_would_take_time_or_room_is_refused_at_its_field,
    |clinic| {
        let admin = clinic.signed_in("admin").await;
        for source in [
            "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}",
            "{{ \"x\" * 100000000 }}",
        ] {
            for (lang, says) in [("zh", "第 1 行"), ("en", "Line 1")] {
                let path = format!("/templates/birthday?lang={lang}");
                let answer = admin
                    .post_form(&path, &[("sms_zh_body", source), ("sms_zh_version", "1")])
                    .await;
                assert_eq!(answer.status(), 422);
                let page = answer.text().await.unwrap();
                assert!(
                    page.contains(r#"id="f-sms_zh_body-e""#) && page.contains(says),
                    "{page}"
                );
            }
            let path = "/templates/preview?channel=sms&language=zh&code=birthday&lang=en";
            let answer = admin.post_form(path, &[("sms_zh_body", source)]).await;
            assert!(answer.text().await.unwrap().contains("cannot be used"), "{source}");
        }
    }
);

both!(templates_are_edited_with_a_preview, |clinic| {
    let admin = clinic.signed_in("admin").await;
    assert_eq!(clinic.signed_in("desk").await.get("/templates").await.status(), 403);
    let list = admin.page("/templates?lang=zh").await;
    for code in [
        "reminder-day-before",
        "reminder-same-day",
        "booking-confirmed",
        "visit-moved",
        "visit-cancelled",
        "recall",
        "birthday",
        "follow-up",
    ] {
        assert!(list.contains(&format!("/templates/{code}")), "{code}");
    }
    let page = admin.page("/templates/birthday").await;
    assert!(
        page.contains("【知齿口腔】张伟，祝您生日快乐") && page.contains("条短信"),
        "{page}"
    );
    let form = |sms_zh: &'static str, version: &'static str| {
        vec![
            ("sms_zh_body", sms_zh),
            ("sms_zh_version", version),
            ("sms_en_body", "Happy birthday {{ name }}"),
            ("sms_en_version", "1"),
            ("email_zh_subject", "生日快乐"),
            ("email_zh_body", "{{ name }}，生日快乐"),
            ("email_zh_version", "1"),
            ("email_en_subject", "Happy birthday"),
            ("email_en_body", "Dear {{ name }}"),
            ("email_en_version", "1"),
        ]
    };
    let wrong = admin
        .post_form("/templates/birthday?lang=en", &form("{{ diagnosis }}好", "1"))
        .await;
    assert_eq!(wrong.status(), 422);
    let text = wrong.text().await.unwrap();
    assert!(
        text.contains("{{ diagnosis }}好") && text.contains("Line 1: There is no variable &quot;diagnosis&quot;"),
        "{text}"
    );
    for (body, why) in [
        (
            "{name} [姓名]，生日快乐",
            "第 1 行：“{name}”不会被替换，请写成 {{ name }}",
        ),
        ("生日快乐\n{{ name", "第 2 行：“{{”没有用“}}”结束"),
        ("{{ name | shout }}", "第 1 行：没有“shout”这种处理"),
        ("{{ time }}", "第 1 行：这类消息没有“time”这个变量"),
    ] {
        let answer = admin.post_form("/templates/birthday?lang=zh", &form(body, "1")).await;
        assert_eq!(answer.status(), 422, "{body}");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains(why) && page.contains(r#"id="f-sms_zh_body-e""#),
            "{body}: {page}"
        );
    }
    let saved = admin
        .post_form("/templates/birthday", &form("{{ name }}，生日快乐哦", "1"))
        .await;
    assert_eq!(saved.status(), 303);
    let page = admin
        .page(&format!("{}&lang=en", saved.headers()["location"].to_str().unwrap()))
        .await;
    assert!(
        page.contains("Saved ")
            && page.contains("does not say how to opt out")
            && page.contains(r#"href="/templates""#),
        "{page}"
    );
    assert!(
        page.contains(r#"href="/settings" aria-current="page""#),
        "it is a part of the settings: {page}"
    );
    assert!(
        !page.contains("{{ service }}"),
        "what others may not see is not offered"
    );
    assert_eq!(
        admin
            .post_form("/templates/birthday", &form("别人的", "1"))
            .await
            .status(),
        409
    );
    let birthday = "SELECT version AS n FROM templates WHERE code = 'birthday' AND channel = 'sms' AND language = 'zh'";
    assert_eq!(clinic.count(birthday).await, 2);
    let lacking = admin
        .post_form(
            "/templates/preview?channel=sms&language=zh&lang=en&code=reminder-day-before",
            &[("sms_zh_body", "{{ name }}，明天见")],
        )
        .await
        .text()
        .await
        .unwrap();
    assert!(
        lacking.contains("张伟，明天见") && lacking.contains("time of the visit") && lacking.contains("has no link"),
        "{lacking}"
    );
    let preview = admin
        .post_form(
            "/templates/preview?channel=sms&language=en&lang=en",
            &[("sms_en_body", "Hi {{ name }} – see you")],
        )
        .await
        .text()
        .await
        .unwrap();
    assert!(
        preview.contains("Hi Zhang Wei – see you") && preview.contains("1 SMS parts") && preview.contains("“–”"),
        "{preview}"
    );
    let broken = admin
        .post_form(
            "/templates/preview?channel=sms&language=en",
            &[("sms_en_body", "{{ oops")],
        )
        .await;
    assert_eq!(broken.status(), 200);
    assert_eq!(admin.get("/templates/nothing").await.status(), 404);
});

both!(the_api_tells_what_happened, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    let sent = put(&clinic, note(&clinic, "a", zhang)).await;
    clinic.app.dispatcher().dispatch_once().await.unwrap();
    put(&clinic, note(&clinic, "b", zhang)).await;
    let api = clinic.api(Role::FrontDesk).await;
    let (status, list) = api
        .get_json(&format!("/api/v1/messages?patient_id={zhang}&limit=1"))
        .await;
    assert_eq!((status, list["items"].as_array().unwrap().len()), (200, 1));
    let (_, rest) = api
        .get_json(&format!("/api/v1/messages?after={}", list["next_after"]))
        .await;
    assert_eq!(rest["items"][0]["state"], "queued");
    let (_, queued) = api.get_json("/api/v1/messages?state=queued").await;
    assert_eq!(queued["items"].as_array().unwrap().len(), 1);
    let (status, one) = api.get_json(&format!("/api/v1/messages/{sent}")).await;
    assert_eq!(
        (status, &one["state"], &one["recipient"]),
        (200, &json!("accepted"), &json!("+8613800001234"))
    );
    assert_eq!(one["tries"][0]["outcome"], "accepted");
    assert!(one["body"].as_str().unwrap().contains("张伟"));
    assert_eq!(api.get_json("/api/v1/messages?state=nonsense").await.0, 422);
    assert_eq!(api.get_json("/api/v1/messages?stat=queued").await.0, 422);
    assert_eq!(api.get_json("/api/v1/messages/99999").await.0, 404);
    assert_eq!(clinic.api(Role::Doctor).await.get_json("/api/v1/messages").await.0, 403);
});
