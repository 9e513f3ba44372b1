//! Reminders of one day to one number go out as one message that lists them with numbers: a mother with two children gets
//! one text, not three. The template says how, with `{% if family is defined %}`; one that does not is sent to each.
//!
//! Each member is asked as if it were sent by itself: who is cancelled or moved is not in the list, and has its own reason
//! when its own turn comes. Members are taken in the transaction that starts the message, so that each goes out once.

use serde_json::{Map, Value, json};

use super::super::model::{Message, MessageId, may_combine, names_family};
use super::super::store;
use super::Dispatcher;
use super::ask::receiver;
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
    pub members: Vec<MessageId>,
    /// The variables with the list of all in it.
    pub variables: Map<String, Value>,
}

/// A line of the list.
struct Entry {
    message: MessageId,
    visit: Option<i64>,
    time: String,
    name: String,
}

impl Entry {
    fn of(message: &Message, variables: &Map<String, Value>) -> Entry {
        let text = |name: &str| variables.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        Entry {
            message: message.id,
            visit: message.cause_id,
            time: text("time"),
            name: text("name"),
        }
    }
}

impl Dispatcher {
    /// Those that go out with a message that is about to; none: it goes by itself. To `take` them, their rows are locked.
    pub(super) fn family(
        &self,
        c: &mut Conn,
        now: Instant,
        (message, site): (&Message, &Site),
        (recipient, variables): (&str, &Map<String, Value>),
        take: bool,
    ) -> Result<Option<Family>> {
        // An approved template of a gateway has no list.
        let listed = self.sms.iter().all(|s| s.provider().is_none());
        if !may_combine(message.purpose, message.channel) || message.patient_id.is_none() || !listed {
            return Ok(None);
        }
        let text = store::find_template(c, &message.template, message.channel, message.language)?;
        if !text.is_some_and(|t| names_family(&t.body)) {
            return Ok(None);
        }
        let day = day_bounds(site.tz(), message.due_at.day(site.tz()));
        let mut list = vec![Entry::of(message, variables)];
        for other in store::relatives(c, now, (message, recipient), day, (MEMBERS_MAX, take))? {
            // In the language of the message that they are in.
            let other = Message {
                language: message.language,
                ..other
            };
            let patient = receiver(c, &other)?;
            let Ok((to, own)) = self.wanted(c, now, &other, (site, patient.as_ref()))? else {
                continue;
            };
            if to == recipient && own.get("date") == variables.get("date") {
                list.push(Entry::of(&other, &own));
            }
        }
        if list.len() == 1 {
            return Ok(None);
        }
        list.sort_by(|a, b| (&a.time, a.message).cmp(&(&b.time, b.message)));
        let lines: Vec<String> = (1..)
            .zip(&list)
            .map(|(n, e)| format!("{n} {} {}", e.name, e.time))
            .collect();
        let visits: Vec<Option<i64>> = list.iter().map(|e| e.visit).collect();
        let mut variables = variables.clone();
        variables.insert("family".into(), json!(lines.join(message.language.pick("；", "; "))));
        variables.insert(LIST.into(), json!(visits));
        let members = list.into_iter().map(|e| e.message).filter(|id| *id != message.id);
        Ok(Some(Family {
            members: members.collect(),
            variables,
        }))
    }
}
