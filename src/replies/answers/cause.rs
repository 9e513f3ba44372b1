//! What automatic answers say, when the dispatcher asks for it.

use serde_json::{Map, Value, json};

use super::{LIST, asked_about, in_a_line};
use crate::appointments::{Appointment, AppointmentId, find_appointment, visit_path};
use crate::clinic;
use crate::messaging::inbox::{self, TextId};
use crate::messaging::{Cause, MessageCause, Purpose, Verdict};
use crate::patients;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::links::PublicLinks;

/// The kind of these messages' cause; its row is the visit's.
pub(super) const ABOUT_VISIT: &str = "answer";
/// The template that asks which visit is meant, and the kind of its cause; that's row is the text's.
pub(super) const WHICH: &str = "answer-which";

/// Automatic answers to what patients write.
pub struct AnswerCause(pub PublicLinks);

impl MessageCause for AnswerCause {
    fn kind(&self) -> &'static str {
        ABOUT_VISIT
    }

    fn verdict(&self, c: &mut Conn, _: Instant, cause: &Cause, _: Purpose, lang: Lang) -> Result<Verdict> {
        let visit = match cause.id {
            Some(id) => find_appointment(c, AppointmentId(id))?,
            None => None,
        };
        let Some(visit) = visit else {
            return Ok(Verdict::Send(Map::from_iter([("text".to_owned(), json!(""))])));
        };
        Ok(Verdict::Send(self.variables(c, &visit, lang)?))
    }
}

impl AnswerCause {
    fn variables(&self, c: &mut Conn, visit: &Appointment, lang: Lang) -> Result<Map<String, Value>> {
        let site = clinic::get_site(c, visit.site_id)?;
        let provider = clinic::get_provider(c, visit.provider_id)?;
        let patient = patients::get_patient(c, visit.patient_id)?;
        let local = visit.starts_at.local(site.tz());
        let link = self.0.url(&format!("{}?show=times", visit_path(&self.0.keys, visit)));
        let mut map = Map::new();
        for (name, value) in [
            ("name", patient.name.clone()),
            ("title", patient.name),
            ("date", lang.day(local.date())),
            ("time", local.format("%H:%M").to_string()),
            ("provider", provider.name_in(lang).to_owned()),
            ("address", site.address_in(lang).to_owned()),
            ("link", link),
            ("text", String::new()),
        ] {
            map.insert(name.into(), json!(value));
        }
        Ok(map)
    }
}

/// Asks which of several visits is meant.
pub struct WhichCause(pub PublicLinks);

impl MessageCause for WhichCause {
    fn kind(&self) -> &'static str {
        WHICH
    }

    /// Lists the visits as they stand when it is sent, and keeps which number is which.
    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, _: Purpose, lang: Lang) -> Result<Verdict> {
        let sender = inbox::sender_of(c, TextId(cause.id.unwrap_or(0)))?.unwrap_or_default();
        let visits = asked_about(c, now, &sender)?;
        let Some(first) = visits.first().filter(|_| visits.len() > 1) else {
            let why = Text::new("已不需要区分是哪个预约", "There are no longer several visits");
            return Ok(Verdict::Skip("one-visit", why));
        };
        let mut lines = Vec::new();
        for (n, visit) in visits.iter().enumerate() {
            lines.push(format!("{} {}", n + 1, in_a_line(c, visit, lang)?));
        }
        let ids: Vec<i64> = visits.iter().map(|v| v.id.0).collect();
        let mut map = AnswerCause(self.0.clone()).variables(c, first, lang)?;
        map.insert("visits".into(), json!(lines.join(lang.pick("；", "; "))));
        map.insert(LIST.into(), json!(ids));
        Ok(Verdict::Send(map))
    }
}
