//! The last questions before a message goes out: may it reach anybody, is it still wanted, is it the hour, and what does it
//! say. Asked in the transaction that marks it as being sent, and by whoever wants to know what would be sent now.

use serde_json::{Map, Value};

use super::super::actions::{agreed, basic_variables, clinic_variables, has_way_out, unsubscribe_path};
use super::super::model::{
    Carrier, Draft, Message, MessageCause, Reason, Rendered, Verdict, no_address, refusal, render, sample_of,
};
use super::super::store::{self, Template};
use super::super::views::Letter;
use super::Dispatcher;
use super::family::Family;
use super::route::Route;
use super::timing::{is_limited, timing};
use crate::clinic::Site;
use crate::patients::{self, Channel, Patient};
use crate::platform::clock::{Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ical::{self, Invitation, Method};
use crate::platform::mail::Enclosure;

/// After how long a cause that wants a message to wait is asked again.
const ASK_AGAIN_MS: i64 = 10 * MINUTE_MS;

/// What the questions came to, short of sending.
pub(super) enum Answer {
    Skip(Reason),
    Fail(Reason),
    Later(Instant, Reason),
}

impl Answer {
    pub(super) fn skip(code: &str) -> Answer {
        Answer::Skip(Reason::code(code))
    }
}

/// Yes, or why not (now).
pub(super) type Asked<T> = Result<T, Answer>;

/// A message that may go.
pub(super) struct Ready {
    pub recipient: String,
    pub variables: Map<String, Value>,
    pub text: Rendered,
    pub letter: Letter,
    pub invitation: Option<Invitation>,
    pub enclosures: Vec<Enclosure>,
    pub route: Route,
    /// Version of the template's text.
    pub version: i64,
    /// Its language.
    pub language: Lang,
    /// The others that go out with it.
    pub members: Vec<Message>,
}

/// A family's text with its version, its variables, and the others that it is for.
pub(super) type Together = ((Rendered, i64), Map<String, Value>, Vec<Message>);

/// Which patient a message is for; none: it goes to an address that somebody gave.
pub(super) fn receiver(c: &mut Conn, message: &Message) -> Result<Option<Patient>> {
    message.patient_id.map(|id| patients::get_patient(c, id)).transpose()
}

/// A message in the language in which it is written, with its text: where the template has none in the patient's language,
/// another stands in.
pub(super) struct Worded {
    pub message: Message,
    /// None: there is no such template.
    pub template: Option<Template>,
}

impl Worded {
    /// The template's text.
    pub fn says(&self) -> &str {
        self.template.as_ref().map_or("", |t| &t.body)
    }
}

pub(super) fn in_words(c: &mut Conn, message: &Message, site: &Site) -> Result<Worded> {
    let which = (message.template.as_str(), message.channel);
    let template = store::find_written(c, which, message.language, site.language)?;
    Ok(Worded {
        message: Message {
            language: template.as_ref().map_or(message.language, |t| t.language),
            ..message.clone()
        },
        template,
    })
}

impl Dispatcher {
    /// All questions, in the order in which a clerk would want to read the answer.
    pub(super) fn ask(
        &self,
        c: &mut Conn,
        now: Instant,
        message: &Message,
        (site, patient): (&Site, Option<&Patient>),
    ) -> Result<Asked<Ready>> {
        let worded = in_words(c, message, site)?;
        let message = &worded.message;
        let (recipient, variables) = match self.wanted(c, now, (message, worded.says()), (site, patient))? {
            Ok(wanted) => wanted,
            Err(answer) => return Ok(Err(answer)),
        };
        if is_limited(message) {
            store::lock_address(c, &recipient)?;
            if let Some(patient) = patient {
                store::lock_patient(c, patient.id)?;
            }
        }
        if let Err(answer) = timing(c, now, message, (site, patient), &recipient)? {
            return Ok(Err(answer));
        }
        if self.is_off(message.channel) {
            return Ok(Err(Answer::skip("channel-off")));
        }
        let all = self.family(c, now, (&worded, site), (&recipient, &variables), true)?;
        let ((text, version), variables, members) = match self.together(&worded, all) {
            Some(together) => together,
            None => match self.text(&worded, &variables) {
                Ok(text) => (text, variables, Vec::new()),
                Err(reason) => return Ok(Err(Answer::Fail(reason))),
            },
        };
        let route = match self.route(c, now, &worded, &variables)? {
            Ok(route) => route,
            Err(answer) => return Ok(Err(answer)),
        };
        Ok(Ok(Ready {
            route,
            letter: self.letter(site, message, &text),
            invitation: self.invitation(c, now, (message, &members), &recipient)?,
            enclosures: self.enclosures(c, message)?,
            recipient,
            variables,
            text,
            version,
            language: message.language,
            members,
        }))
    }

    /// What a family's message says; none: there is no family, or it would be too long for one text.
    pub(super) fn together(&self, worded: &Worded, family: Option<Family>) -> Option<Together> {
        let family = family?;
        let text = self.text(worded, &family.variables).ok()?;
        Some((text, family.variables, family.members))
    }

    /// Whether it is wanted at all, at whatever hour: to which address, and with which variables. `says`: its template's text.
    pub(super) fn wanted(
        &self,
        c: &mut Conn,
        now: Instant,
        (message, says): (&Message, &str),
        (site, patient): (&Site, Option<&Patient>),
    ) -> Result<Asked<(String, Map<String, Value>)>> {
        if message.expires_at <= now {
            return Ok(Err(Answer::skip("too-late")));
        }
        let recipient = match may_reach(message, patient) {
            Ok(recipient) => recipient.to_owned(),
            Err(code) => return Ok(Err(Answer::skip(code))),
        };
        if refuses(c, message, patient)? {
            return Ok(Err(Answer::skip(refusal(message.channel))));
        }
        let wants_none = store::is_opted_out(c, (message.channel, &recipient), (message.purpose, says))?;
        if wants_none && !message.confirms_stop() {
            return Ok(Err(Answer::skip("opted-out")));
        }
        let health = store::find_health(c, message.channel, &recipient)?;
        if health.is_some_and(|h| h.suppressed_at.is_some()) {
            return Ok(Err(Answer::skip("address-bounces")));
        }
        let mut variables = if message.is_test() {
            sample_of(site, Some(message.purpose), message.language)
        } else {
            clinic_variables(message.language, site)
        };
        if let Some(patient) = patient {
            variables.extend(basic_variables(message.language, site, patient));
        }
        match self.verdict(c, now, message)? {
            Verdict::Skip(code, words) => return Ok(Err(Answer::Skip(Reason::with(code, words)))),
            Verdict::Wait(code, words) => return Ok(Err(Answer::Later(now + ASK_AGAIN_MS, Reason::with(code, words)))),
            Verdict::Send(more) => variables.extend(more),
        }
        Ok(Ok((recipient, variables)))
    }

    /// Asks the cause, then the rule that planned it.
    fn verdict(&self, c: &mut Conn, now: Instant, message: &Message) -> Result<Verdict> {
        let verdict = self.verdict_of_cause(c, now, message)?;
        if let (Verdict::Send(_), Some(rules)) = (&verdict, &self.rules)
            && let Some((code, words)) = rules.objection(c, now, message)?
        {
            return Ok(Verdict::Skip(code, words));
        }
        Ok(verdict)
    }

    /// A message about nothing but the patient is always wanted; one whose cause nobody answers for is a bug.
    fn verdict_of_cause(&self, c: &mut Conn, now: Instant, message: &Message) -> Result<Verdict> {
        match self.cause_of(message) {
            Some(cause) => cause.verdict(c, now, &message.cause(), message.purpose, message.language),
            None if message.cause_kind == "patient" => Ok(Verdict::Send(Map::new())),
            None if message.is_test() || message.confirms_stop() => Ok(Verdict::Send(Map::new())),
            None => Ok(Verdict::Skip(
                "unknown-cause",
                Text::new(
                    format!("无法确认是否仍需要发送（{}）", message.cause_kind),
                    format!("Nobody can say whether it is still wanted ({})", message.cause_kind),
                ),
            )),
        }
    }

    pub(super) fn cause_of(&self, message: &Message) -> Option<&dyn MessageCause> {
        let mut latest = self.causes.iter().rev();
        latest
            .find(|cause| cause.kind() == message.cause_kind)
            .map(AsRef::as_ref)
    }

    /// What goes with an email that is about a time, from whom the email is from. An invitation is to one event (RFC 5546,
    /// 3.2.2): a family gets its visits as a calendar to keep.
    pub(super) fn invitation(
        &self,
        c: &mut Conn,
        now: Instant,
        (message, members): (&Message, &[Message]),
        to: &str,
    ) -> Result<Option<Invitation>> {
        let (Carrier::Email, Ok(from)) = (message.channel, self.config.mail.from.parse()) else {
            return Ok(None);
        };
        let mut events = Vec::new();
        for one in std::iter::once(message).chain(members) {
            if let Some(cause) = self.cause_of(one) {
                events.extend(cause.events(c, now, &one.cause(), (one.purpose, one.language))?);
            }
        }
        Ok(match events.as_slice() {
            [] => None,
            [event] => Some(ical::invitation(event, &from, to, now)),
            all => Some(Invitation {
                method: Method::Publish,
                text: ical::file(all, now),
            }),
        })
    }

    /// The files that go with an email.
    pub(super) fn enclosures(&self, c: &mut Conn, message: &Message) -> Result<Vec<Enclosure>> {
        match (message.channel, self.cause_of(message)) {
            (Carrier::Email, Some(cause)) if !message.is_test() => cause.files(c, &message.cause(), message.language),
            _ => Ok(Vec::new()),
        }
    }

    /// What it says, and with which version of the template's text.
    pub(super) fn text(&self, worded: &Worded, variables: &Map<String, Value>) -> Result<(Rendered, i64), Reason> {
        let Worded { message, template } = worded;
        let Some(template) = template else {
            return Err(Reason::said("no-template", &message.template));
        };
        if template.body.is_empty() {
            return Err(Reason::code("no-text"));
        }
        let mark = if message.is_test() {
            message.language.pick("【测试】", "[Test] ")
        } else {
            ""
        };
        let draft = Draft {
            subject: format!("{mark}{}", template.subject),
            body: format!("{mark}{}", template.body),
        };
        let text = render(&draft, variables).map_err(|e| Reason::said("template-error", &e))?;
        let most = self.config.sms.max_segments;
        if message.channel == Carrier::Sms && text.size.parts > most {
            return Err(Reason::said("too-long", &format!("{} > {most}", text.size.parts)));
        }
        Ok((text, template.version))
    }

    /// A text as a letter of the clinic's, with the way out where there has to be one.
    pub(super) fn letter(&self, site: &Site, message: &Message, text: &Rendered) -> Letter {
        let lang = message.language;
        let way_out = || self.config.server.url(&unsubscribe_path(&self.keys, message));
        Letter {
            lang,
            clinic: site.name_in(lang).to_owned(),
            address: site.address_in(lang).to_owned(),
            phone: site.phone.clone(),
            title: text.subject.clone(),
            text: text.body.clone(),
            unsubscribe: has_way_out(message).then(way_out),
        }
    }

    /// Whether this way of sending is switched off.
    pub(super) fn is_off(&self, channel: Carrier) -> bool {
        match channel {
            Carrier::Sms => self.sms.is_empty(),
            Carrier::Email => self.mail.is_none(),
        }
    }
}

/// The address to send to today, or why none.
fn may_reach<'p>(message: &'p Message, patient: Option<&'p Patient>) -> Result<&'p str, &'static str> {
    let Some(patient) = patient.filter(|_| !message.purpose.answers()) else {
        return message.recipient.as_deref().ok_or(no_address(message.channel));
    };
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

/// Whether the patient has said no to this channel. A test goes to who asked for it.
fn refuses(c: &mut Conn, message: &Message, patient: Option<&Patient>) -> Result<bool> {
    match patient.filter(|_| !message.is_test()) {
        Some(patient) => Ok(message.channel.refused(agreed(c, patient, message.purpose)?)),
        None => Ok(false),
    }
}
