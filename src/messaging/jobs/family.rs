//! Reminders of one day to one number go out as one message that lists them with numbers: a mother with two children gets
//! one text, not three. One email to an address that they share lists them with their links. The template says how, with
//! `{% if family is defined %}`; one that does not is sent to each.
//!
//! Each member is asked as if it were sent by itself: who is cancelled or moved is not in the list, and has its own reason
//! when its own turn comes. Members are taken in the transaction that starts the message, so that each goes out once.

use serde_json::{Map, Value, json};

use super::super::model::{Carrier, Message, MessageId, may_combine, names_family};
use super::super::store;
use super::Dispatcher;
use super::ask::{Worded, receiver};
use crate::clinic::Site;
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Members of one message at most: it has to stay a text that can be read.
const MEMBERS_MAX: i64 = 8;
/// The variable that keeps which number of the list is which visit.
const LIST: &str = "visit_ids";

/// The others that go out with a message.
pub(super) struct Family {
    /// Their messages.
    pub members: Vec<Message>,
    /// The variables with the list of all in it.
    pub variables: Map<String, Value>,
}

/// A line of the list.
struct Entry {
    message: MessageId,
    visit: Option<i64>,
    time: String,
    name: String,
    link: String,
}

impl Entry {
    fn of(message: &Message, variables: &Map<String, Value>) -> Entry {
        let text = |name: &str| variables.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        Entry {
            message: message.id,
            visit: message.cause_id,
            time: text("time"),
            name: text("name"),
            link: text("link"),
        }
    }
}

impl Dispatcher {
    /// Those that go out with a message that is about to; none: it goes by itself. To `take` them, their rows are locked.
    pub(super) fn family(
        &self,
        c: &mut Conn,
        now: Instant,
        (worded, site): (&Worded, &Site),
        (recipient, variables): (&str, &Map<String, Value>),
        take: bool,
    ) -> Result<Option<Family>> {
        let Worded { message, template } = worded;
        // An approved template of a gateway has no list.
        let listed = message.channel == Carrier::Email || self.sms.iter().all(|s| s.provider().is_none());
        if !may_combine(message.purpose) || message.patient_id.is_none() || !listed {
            return Ok(None);
        }
        if !template.as_ref().is_some_and(|t| names_family(&t.body)) {
            return Ok(None);
        }
        let day = day_bounds(site.tz(), message.due_at.day(site.tz()));
        let (mut list, mut members) = (vec![Entry::of(message, variables)], Vec::new());
        for other in store::relatives(c, now, (message, recipient), day, (MEMBERS_MAX, take))? {
            // In the language of the message that they are in.
            let other = Message {
                language: message.language,
                ..other
            };
            let patient = receiver(c, &other)?;
            let Ok((to, own)) = self.wanted(c, now, (&other, worded.says()), (site, patient.as_ref()))? else {
                continue;
            };
            if to == recipient && own.get("date") == variables.get("date") {
                list.push(Entry::of(&other, &own));
                members.push(other);
            }
        }
        if list.len() == 1 {
            return Ok(None);
        }
        list.sort_by(|a, b| (&a.time, a.message).cmp(&(&b.time, b.message)));
        let visits: Vec<Option<i64>> = list.iter().map(|e| e.visit).collect();
        let mut variables = variables.clone();
        variables.insert("family".into(), json!(listing(message, &list)));
        variables.insert(LIST.into(), json!(visits));
        Ok(Some(Family { members, variables }))
    }
}

/// A text is answered with the number of a line; in an email each line has a link of its own.
fn listing(message: &Message, list: &[Entry]) -> String {
    let numbered = |(n, e): (usize, &Entry)| format!("{n} {} {}", e.name, e.time);
    let linked = |e: &Entry| match e.link.as_str() {
        "" => format!("{} {}", e.name, e.time),
        link => format!("{} {}{}\n{link}", e.name, e.time, message.language.pick("：", ":")),
    };
    match message.channel {
        Carrier::Sms => {
            let lines: Vec<String> = (1..).zip(list).map(numbered).collect();
            lines.join(message.language.pick("；", "; "))
        }
        Carrier::Email => list.iter().map(linked).collect::<Vec<_>>().join("\n\n"),
    }
}
