//! Messages for a festival or a day of the clinic's own, and for a date on a patient's record.

use serde_json::{Map, Value, json};

use super::skip;
use crate::messaging::{Cause, MessageCause, OCCASION, Purpose, Verdict};
use crate::outreach::model::OccasionId;
use crate::outreach::store::{due, occasions};
use crate::patients::{PatientDateId, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

fn named(name: &str) -> Map<String, Value> {
    Map::from_iter([("occasion".to_owned(), json!(name))])
}

/// Greetings on a festival.
pub struct OccasionCause;

impl MessageCause for OccasionCause {
    fn kind(&self) -> &'static str {
        OCCASION
    }

    fn verdict(&self, c: &mut Conn, _: Instant, cause: &Cause, _: Purpose, lang: Lang) -> Result<Verdict> {
        Ok(match occasions::find(c, OccasionId(cause.id.unwrap_or(0)))? {
            Some(occasion) => Verdict::Send(named(occasion.name_in(lang))),
            None => skip("occasion-gone", "这个节日已删除", "The day was removed"),
        })
    }

    fn example(&self, c: &mut Conn, _: Instant, _: PatientId, purpose: Purpose) -> Result<Option<Cause>> {
        if purpose != Purpose::Greeting {
            return Ok(None);
        }
        let first = occasions::list(c)?.into_iter().next();
        Ok(first.map(|o| Cause {
            kind: self.kind().into(),
            id: Some(o.id.0),
            version: None,
        }))
    }
}

/// Greetings on a date of the record.
pub struct DateCause;

impl MessageCause for DateCause {
    fn kind(&self) -> &'static str {
        "patient-date"
    }

    fn verdict(&self, c: &mut Conn, _: Instant, cause: &Cause, _: Purpose, lang: Lang) -> Result<Verdict> {
        Ok(match due::kind_of_date(c, PatientDateId(cause.id.unwrap_or(0)))? {
            Some(kind) => Verdict::Send(named(kind.name_in(lang))),
            None => skip("date-gone", "这个日期已从档案删除", "The date was taken off the record"),
        })
    }
}
