//! The last questions before a message goes out, in one short transaction that commits before the gateway is called. What a
//! cause cancels before that commit is not sent.

use serde_json::{Map, Value};

use super::super::actions::basic_variables;
use super::super::model::{
    Carrier, Draft, Message, MessageId, MessageState, Reason, Rendered, Verdict, no_address, render, sample, send_time,
};
use super::super::store::{self, Sent};
use super::sweep::pause_of;
use super::{Dispatcher, End};
use crate::clinic::{self, Site};
use crate::patients::{self, Channel, Patient};
use crate::platform::clock::{DAY_MS, Instant, at_minute, day_bounds, next_day};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::links;

/// Commercial messages a patient gets in a day at most (messaging.md 3.4).
const MARKETING_A_DAY: i64 = 1;
/// How long delivery reports are taken.
const REPORTS_MS: i64 = 7 * DAY_MS;
/// Purpose of the report URL's signature.
pub const REPORT_PURPOSE: &str = "kannel-dlr";

/// A message that is to be handed to its gateway now.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The row as it was before.
    pub message: Message,
    /// The claim under which it is sent.
    pub lease: String,
    /// Address.
    pub recipient: String,
    /// Subject line.
    pub title: String,
    /// Text.
    pub body: String,
    /// The clinic's name in the message's language.
    pub clinic: String,
    /// Where its gateway reports.
    pub report_url: String,
    /// Number of the try.
    pub number: i32,
    /// When it was started.
    pub at: Instant,
}

pub(super) enum Started {
    Go(Box<Outgoing>),
    Done(End),
}

/// What the questions came to, short of sending.
enum Answer {
    Skip(Reason),
    Fail(Reason),
    Later(Instant, Reason),
}

impl Answer {
    fn skip(code: &str) -> Answer {
        Answer::Skip(Reason::code(code))
    }
}

/// Yes, or why not (now).
type Asked<T> = Result<T, Answer>;

impl Dispatcher {
    /// Marks a claimed message as being sent, if it still may be.
    pub(super) fn start(&self, c: &mut Conn, now: Instant, id: MessageId, lease: &str) -> Result<Started> {
        let Some(message) = store::hold_claimed(c, now, id, lease)? else {
            return Ok(Started::Done(End::Lost));
        };
        if let Some(pause) = pause_of(c, now, message.channel)? {
            store::release(
                c,
                now,
                id,
                pause.until,
                Some(&Reason::said("settings", &pause.said).stored()),
            )?;
            return Ok(Started::Done(End::Postponed));
        }
        let site = clinic::the_site(c)?;
        let patient = patients::get_patient(c, message.patient_id)?;
        match self.ask(c, now, &message, (&site, &patient))? {
            Ok(go) => self.go(c, now, message, go).map(|o| Started::Go(Box::new(o))),
            Err(Answer::Skip(reason)) => end(c, now, id, MessageState::Skipped, &reason),
            Err(Answer::Fail(reason)) => end(c, now, id, MessageState::Failed, &reason),
            Err(Answer::Later(at, reason)) => {
                store::release(c, now, id, at, Some(&reason.stored()))?;
                Ok(Started::Done(End::Postponed))
            }
        }
    }

    /// All questions, in the order in which a clerk would want to read the answer.
    fn ask(
        &self,
        c: &mut Conn,
        now: Instant,
        message: &Message,
        (site, patient): (&Site, &Patient),
    ) -> Result<Asked<Ready>> {
        if message.expires_at <= now {
            return Ok(Err(Answer::skip("too-late")));
        }
        let recipient = match may_reach(message, patient) {
            Ok(recipient) => recipient.to_owned(),
            Err(code) => return Ok(Err(Answer::skip(code))),
        };
        if store::is_opted_out(c, message.channel, &recipient, message.purpose)? {
            return Ok(Err(Answer::skip("opted-out")));
        }
        let mut variables = basic_variables(message.language, site, patient);
        match self.verdict(c, now, message)? {
            Verdict::Skip(code, words) => return Ok(Err(Answer::Skip(Reason::with(code, words)))),
            Verdict::Send(more) => variables.extend(more),
        }
        if let Err(answer) = timing(c, now, message, site)? {
            return Ok(Err(answer));
        }
        if self.gateway(message.channel).is_none() {
            return Ok(Err(Answer::skip("channel-off")));
        }
        let text = match self.text(c, message, &variables)? {
            Ok(text) => text,
            Err(reason) => return Ok(Err(Answer::Fail(reason))),
        };
        Ok(Ok(Ready {
            clinic: site.name_in(message.language).to_owned(),
            recipient,
            variables,
            text,
        }))
    }

    /// Asks the cause. A message about nothing but the patient is always wanted; one whose cause nobody answers for is a bug.
    fn verdict(&self, c: &mut Conn, now: Instant, message: &Message) -> Result<Verdict> {
        match self
            .causes
            .iter()
            .rev()
            .find(|cause| cause.kind() == message.cause_kind)
        {
            Some(cause) => cause.verdict(c, now, &message.cause(), message.purpose, message.language),
            None if message.cause_kind == "patient" => Ok(Verdict::Send(Map::new())),
            None if message.is_test() => {
                let mut values = sample(Some(message.purpose), message.language);
                // The clinic and the reader are real.
                values.retain(|name, _| !["name", "title", "clinic", "phone"].contains(&name.as_str()));
                Ok(Verdict::Send(values))
            }
            None => Ok(Verdict::Skip(
                "unknown-cause",
                Text::new(
                    format!("无法确认是否仍需要发送（{}）", message.cause_kind),
                    format!("Nobody can say whether it is still wanted ({})", message.cause_kind),
                ),
            )),
        }
    }

    fn text(
        &self,
        c: &mut Conn,
        message: &Message,
        variables: &Map<String, Value>,
    ) -> Result<Result<Rendered, Reason>> {
        let Some(template) = store::find_template(c, &message.template, message.channel, message.language)? else {
            return Ok(Err(Reason::said("no-template", &message.template)));
        };
        let mark = if message.is_test() {
            message.language.pick("【测试】", "[Test] ")
        } else {
            ""
        };
        let draft = Draft {
            subject: format!("{mark}{}", template.subject),
            body: format!("{mark}{}", template.body),
        };
        let text = match render(&draft, variables) {
            Ok(text) => text,
            Err(e) => return Ok(Err(Reason::said("template-error", &e))),
        };
        let most = self.config.sms.max_segments;
        if message.channel == Carrier::Sms && text.size.parts > most {
            return Ok(Err(Reason::said("too-long", &format!("{} > {most}", text.size.parts))));
        }
        Ok(Ok(text))
    }

    pub(super) fn gateway(&self, channel: Carrier) -> Option<&'static str> {
        match channel {
            Carrier::Sms => self.sms.as_ref().map(|s| s.name()),
            Carrier::Email => self.mail.as_ref().map(|m| m.name()),
        }
    }

    /// Keeps exactly what the patient will get, then lets it go.
    fn go(&self, c: &mut Conn, now: Instant, message: Message, ready: Ready) -> Result<Outgoing> {
        let is_sms = message.channel == Carrier::Sms;
        let variables = serde_json::to_string(&ready.variables).map_err(|e| Error::Internal(e.to_string()))?;
        let sent = Sent {
            recipient: &ready.recipient,
            title: (!is_sms).then_some(ready.text.subject.as_str()),
            body: &ready.text.body,
            segments: is_sms.then_some(ready.text.size.parts),
            variables: &variables,
            gateway: self.gateway(message.channel).unwrap_or("off"),
            lease_until: self.lease_end(now),
        };
        let number = store::mark_sending(c, now, &message, &sent)?;
        let token = links::make(&self.keys, REPORT_PURPOSE, message.id.0, now + REPORTS_MS);
        let public = self.config.server.public_url.trim_end_matches('/');
        Ok(Outgoing {
            recipient: ready.recipient,
            title: ready.text.subject,
            body: ready.text.body,
            clinic: ready.clinic,
            lease: message.lease.clone().unwrap_or_default(),
            report_url: format!("{public}/gateway/kannel/dlr/{token}"),
            number,
            at: now,
            message,
        })
    }
}

struct Ready {
    clinic: String,
    recipient: String,
    variables: Map<String, Value>,
    text: Rendered,
}

/// Ends a message unsent; one that was perhaps sent by an earlier try ends as that.
fn end(c: &mut Conn, now: Instant, id: MessageId, state: MessageState, reason: &Reason) -> Result<Started> {
    if store::count_perhaps(c, id)? > 0 {
        let perhaps = MessageState::Uncertain;
        store::end_unsent(c, now, id, perhaps, store::MAYBE_SENT)?;
        return Ok(Started::Done(End::State(perhaps)));
    }
    store::end_unsent(c, now, id, state, &reason.stored())?;
    metrics::counter!("chairside_messages_unsent_total", "reason" => reason.code.clone()).increment(1);
    Ok(Started::Done(End::State(state)))
}

/// The address to send to today, or why none.
fn may_reach<'p>(message: &Message, patient: &'p Patient) -> Result<&'p str, &'static str> {
    if patient.deceased {
        return Err("deceased");
    }
    if patient.channel == Channel::None {
        return Err("wants-none");
    }
    if message.purpose.is_marketing() && !patient.marketing && !message.is_test() {
        return Err("no-consent");
    }
    message.channel.address_of(patient).ok_or(no_address(message.channel))
}

/// Sending hours, and not too many at once: now, or later, or not at all when later is too late.
fn timing(c: &mut Conn, now: Instant, message: &Message, site: &Site) -> Result<Asked<()>> {
    let zone = site.tz();
    let window = message.purpose.window();
    let open = send_time(window, zone, now);
    if open > now {
        return Ok(Err(later(message, open, "quiet-hours", "quiet-too-late")));
    }
    if message.purpose.is_marketing() && !message.is_test() {
        store::lock_patient(c, message.patient_id)?;
        let today = now.day(zone);
        let (from, until) = day_bounds(zone, today);
        if store::count_marketing_sent(c, message.patient_id, from, until)? >= MARKETING_A_DAY {
            let minute = i32::try_from(window.from * 60).unwrap_or(0);
            let tomorrow = at_minute(zone, next_day(today), minute);
            return Ok(Err(later(message, tomorrow, "daily-cap", "capped")));
        }
    }
    Ok(Ok(()))
}

fn later(message: &Message, at: Instant, reason: &str, too_late: &str) -> Answer {
    if at >= message.expires_at {
        Answer::skip(too_late)
    } else {
        Answer::Later(at, Reason::code(reason))
    }
}
