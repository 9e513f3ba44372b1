//! The outbox and its dispatcher: queued once, sent once, or a reason why not. Gateways are scripted here; the real ones are
//! in `gateways`.

mod ahead;
pub mod bounces;
mod busy;
mod consents;
mod failing;
mod families;
mod ledger;
mod letters;
mod manners;
mod opt_outs;
mod own_templates;
mod queueing;
mod reports;
mod sending;
mod templates;
mod undelivered;
mod unsubscribe;
mod urgency;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chairside::messaging::{
    Cause, Dispatcher, Message, MessageId, MessageState, NewMessage, Purpose, find_message, queue,
};
use chairside::patients::{Channel, PatientId, Sex};
use chairside::platform::i18n::Lang;
use chairside::platform::mail::{Mail, Mailer};
use chairside::platform::outcome::{Outcome, Sending};
use chairside::platform::sms::{self, SmsSender};
use diesel::prelude::*;

use crate::support::Clinic;

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
    name: &'static str,
    outcomes: Mutex<VecDeque<Outcome>>,
    got: Mutex<Vec<(String, String)>>,
}

impl Scripted {
    fn new(outcomes: impl IntoIterator<Item = Outcome>) -> Arc<Scripted> {
        Scripted::named("capture", outcomes)
    }
    fn named(name: &'static str, outcomes: impl IntoIterator<Item = Outcome>) -> Arc<Scripted> {
        Arc::new(Scripted {
            name,
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
        self.name
    }
    fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
        Box::pin(std::future::ready(self.next(&text.to, &text.body)))
    }
}

impl Mailer for Scripted {
    fn name(&self) -> &'static str {
        "capture"
    }
    fn send<'a>(&'a self, mail: &'a Mail, _: Duration) -> Sending<'a> {
        Box::pin(std::future::ready(self.next(&mail.to, &mail.text)))
    }
}

fn over(clinic: &Clinic, gateway: &Arc<Scripted>) -> Dispatcher {
    Dispatcher {
        sms: vec![gateway.clone()],
        mail: Some(gateway.clone()),
        ..clinic.app.dispatcher()
    }
}
