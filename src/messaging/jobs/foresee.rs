//! What would be sent, were it sent now: the questions of a real send, and nothing written.

use serde_json::{Map, Value};

use super::super::actions::basic_variables;
use super::super::model::{Carrier, Message, Purpose, Reason, Verdict, sample_of};
use super::super::store;
use super::Dispatcher;
use super::ask::{Answer, in_words, receiver};
use super::timing::timing;
use crate::clinic::{self, Site};
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// What would become of a message that waits.
#[derive(Debug, Clone)]
pub enum Foresight {
    /// It goes out.
    Goes {
        /// To this address.
        to: String,
        /// Subject line of an email.
        title: String,
        /// Text.
        body: String,
        /// Parts of a text message.
        segments: Option<i32>,
        /// Whether an invitation goes with it.
        invites: bool,
        /// Files that go with it: name and bytes.
        files: Vec<(String, i32)>,
        /// Not before this time, and why; none: when it is due.
        later: Option<(Instant, Reason)>,
    },
    /// It does not, and why: it is not wanted any more, or cannot be made.
    Stays(Reason),
}

/// What a template says to a patient.
#[derive(Debug, Clone)]
pub struct Example {
    /// The variables.
    pub values: Map<String, Value>,
    /// Whether a visit or recall of the patient stands behind them; else what is told of it is made up.
    pub real: bool,
}

/// How long the token of a patient's link is.
const LINK_TOKEN_CHARS: usize = 40;

impl Dispatcher {
    /// What would be sent now, exactly. The cause is asked as for a real send. What it would say is shown whole, with the
    /// patient's own link in it: who may read messages at all (the desk) reads it in the sent text a moment later anyway, the
    /// link opens nothing that they may not do with that visit themselves, and each look at a message is audited. Nothing is
    /// gained by hiding it, and a text that is not the final one is what this is to prevent.
    pub fn foresee(&self, c: &mut Conn, now: Instant, message: &Message) -> Result<Foresight> {
        let site = clinic::the_site(c)?;
        let patient = receiver(c, message)?;
        let worded = in_words(c, message, &site)?;
        let message = &worded.message;
        let (to, variables) = match self.wanted(c, now, (message, worded.says()), (&site, patient.as_ref()))? {
            Ok(wanted) => wanted,
            Err(answer) => return Ok(stays(answer)),
        };
        if self.is_off(message.channel) {
            return Ok(Foresight::Stays(Reason::code("channel-off")));
        }
        let all = self.family(c, now, (&worded, &site), (&to, &variables), false)?;
        let ((text, _), variables, members) = match self.together(&worded, all) {
            Some(together) => together,
            None => match self.text(&worded, &variables) {
                Ok(text) => (text, variables, Vec::new()),
                Err(reason) => return Ok(Foresight::Stays(reason)),
            },
        };
        // Hours and caps count when its turn comes, which may be later than now.
        let turn = now.max(message.next_try_at);
        let later = match timing(c, turn, message, (&site, patient.as_ref()), &to)? {
            Ok(()) => match self.route(c, turn, &worded, &variables)? {
                Ok(_) => None,
                Err(Answer::Later(at, reason)) => Some((at, reason)),
                Err(answer) => return Ok(stays(answer)),
            },
            Err(Answer::Later(at, reason)) => Some((at, reason)),
            Err(answer) => return Ok(stays(answer)),
        };
        Ok(Foresight::Goes {
            files: self
                .enclosures(c, message)?
                .into_iter()
                .map(|f| (f.name, store::size_of(&f.content)))
                .collect(),
            invites: self.invitation(c, now, (message, &members), &to)?.is_some(),
            to,
            body: self.letter(&site, message, &text).plain(),
            title: text.subject,
            segments: (message.channel == Carrier::Sms).then_some(text.size.parts),
            later,
        })
    }

    /// A made-up link, as long as a real one, so that the parts are counted right.
    pub(super) fn sample_link(&self, purpose: Option<Purpose>) -> String {
        let token = "A".repeat(LINK_TOKEN_CHARS);
        let path = match purpose {
            Some(Purpose::Recall) => format!("/r/{token}?s=2"),
            _ => format!("/v/{token}"),
        };
        self.config.server.url(&path)
    }

    /// The variables of a message for `purpose` to a patient: of the visit or recall that it would be about, where there is
    /// one. The link is a made-up one: a preview asks what a text looks like, and opens nobody's visit.
    pub fn example(
        &self,
        c: &mut Conn,
        now: Instant,
        (site, patient): (&Site, &Patient),
        purpose: Option<Purpose>,
        lang: Lang,
    ) -> Result<Example> {
        let mut values = sample_of(site, purpose, lang);
        values.extend(basic_variables(lang, site, patient));
        if let Some(link) = values.get_mut("link") {
            *link = self.sample_link(purpose).into();
        }
        let Some(purpose) = purpose else {
            return Ok(Example { values, real: false });
        };
        for cause in self.causes.iter().rev() {
            let Some(about) = cause.example(c, now, patient.id, purpose)? else {
                continue;
            };
            if let Verdict::Send(mut own) = cause.verdict(c, now, &about, purpose, lang)? {
                own.retain(|name, _| name != "link" && values.contains_key(name));
                values.extend(own);
                return Ok(Example { values, real: true });
            }
        }
        Ok(Example { values, real: false })
    }
}

fn stays(answer: Answer) -> Foresight {
    match answer {
        Answer::Skip(reason) | Answer::Fail(reason) | Answer::Later(_, reason) => Foresight::Stays(reason),
    }
}
