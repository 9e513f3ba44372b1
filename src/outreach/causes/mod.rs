//! What outreach answers when messaging asks, just before a message is sent, whether it is still wanted.

mod days;
mod plans;
mod rules;
mod visits;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use serde_json::Map;

pub use days::{DateCause, OccasionCause};
pub use plans::PlanCause;
pub use rules::RuleWishes;
pub use visits::AppointmentCause;

use super::jobs::Exclusion;
use super::model::{Recall, RecallId, RecallState, is_minor};
use super::store::recalls;
use crate::appointments::online;
use crate::clinic::{self, ServiceId};
use crate::messaging::{Cause, MessageCause, Purpose, Verdict};
use crate::patients::{self, PatientId};
use crate::platform::clock::{Instant, day_bounds, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, Text};
use crate::platform::links::PublicLinks;

/// How many days the link in a recall opens.
const BOOK_LINK_DAYS: i64 = 60;

fn skip(code: &'static str, zh: &str, en: &str) -> Verdict {
    Verdict::Skip(code, Text::new(zh, en))
}

/// The cause of a recall's messages. Its version is the recall's due day, as days of the common era: a finished visit
/// makes another day due, and the message senseless; a contact in between does not.
pub(super) fn recall_cause(id: RecallId, due_on: NaiveDate) -> Cause {
    Cause {
        kind: "recall".into(),
        id: Some(id.0),
        version: Some(i64::from(due_on.num_days_from_ce())),
    }
}

/// The day that [`recall_cause`] made a version of.
fn due_day(version: i64) -> NaiveDate {
    let days = i32::try_from(version)
        .ok()
        .and_then(NaiveDate::from_num_days_from_ce_opt);
    days.unwrap_or_default()
}

/// Messages about a recall.
pub struct RecallCause(pub PublicLinks);

impl MessageCause for RecallCause {
    fn kind(&self) -> &'static str {
        "recall"
    }

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, _purpose: Purpose, lang: Lang) -> Result<Verdict> {
        let recall = match recalls::get_recall(c, RecallId(cause.id.unwrap_or(0))) {
            Ok(recall) => recall,
            Err(Error::NotFound(_)) => return Ok(skip("recall-gone", "复诊提醒已撤销", "The recall was taken back")),
            Err(e) => return Err(e),
        };
        // A family's text goes out as long as it is for one of them.
        let mut names = recalls::companions(c, &recall, cause.version.map_or(recall.due_on, due_day), now)?;
        let is_of_family = !names.is_empty();
        match recall_over(c, now, &recall, cause)? {
            Some(no) if names.is_empty() => return Ok(no),
            Some(_) => (),
            None => names.insert(0, patients::get_patient(c, recall.patient_id)?.name),
        }
        let service = clinic::get_service(c, recall.service_id)?;
        let mut map = Map::new();
        map.insert("name".into(), names_joined(&names, lang).into());
        map.insert("service".into(), service.name_in(lang).into());
        map.insert("date".into(), lang.date(recall.due_on).into());
        if let Some(link) = self.link(c, now, &recall, is_of_family)? {
            map.insert("link".into(), link.into());
        }
        Ok(Verdict::Send(map))
    }

    fn example(&self, c: &mut Conn, _now: Instant, patient: PatientId, purpose: Purpose) -> Result<Option<Cause>> {
        if purpose != Purpose::Recall {
            return Ok(None);
        }
        let latest = recalls::of_patient(c, patient, 1)?.pop();
        Ok(latest.map(|(recall, ..)| recall_cause(recall.id, recall.due_on)))
    }
}

impl RecallCause {
    /// Where the patient books, not before it is due; a family on a page for all of them.
    fn link(&self, c: &mut Conn, now: Instant, recall: &Recall, is_of_family: bool) -> Result<Option<String>> {
        if !is_of_family {
            return book_link(
                c,
                now,
                &self.0,
                recall.patient_id,
                (Some(recall.service_id), recall.due_on),
            );
        }
        let clinic = clinic::snapshot(c)?;
        if !clinic.online.open || clinic.bookable_online().is_empty() {
            return Ok(None);
        }
        let ends_at = book_link_ends_at(now, clinic.site.tz());
        let path = online::family_path(&self.0.keys, recall.patient_id, ends_at);
        Ok(Some(self.0.url(&path)))
    }
}

/// Ends with a day: what is shown before and what is sent is the same text.
fn book_link_ends_at(now: Instant, zone: Tz) -> Instant {
    day_bounds(zone, plus_days(now.day(zone), BOOK_LINK_DAYS)).1
}

/// Where a patient books a service, not before a day; none: it is not booked online.
fn book_link(
    c: &mut Conn,
    now: Instant,
    links: &PublicLinks,
    patient: PatientId,
    (service, not_before): (Option<ServiceId>, NaiveDate),
) -> Result<Option<String>> {
    let clinic = clinic::snapshot(c)?;
    let bookable = clinic.bookable_online();
    let offered = service.is_none_or(|service| bookable.iter().any(|s| s.id == service));
    if !clinic.online.open || bookable.is_empty() || !offered {
        return Ok(None);
    }
    let zone = clinic.site.tz();
    let today = now.day(zone);
    let path = online::book_path(&links.keys, patient, book_link_ends_at(now, zone));
    let mut query = Vec::new();
    query.extend(service.map(|s| format!("s={s}")));
    query.extend((not_before > today).then(|| format!("f={not_before}")));
    let sign = if query.is_empty() { "" } else { "?" };
    Ok(Some(links.url(&format!("{path}{sign}{}", query.join("&")))))
}

fn recall_over(c: &mut Conn, now: Instant, recall: &Recall, cause: &Cause) -> Result<Option<Verdict>> {
    let today = now.day(clinic::the_site(c)?.tz());
    let no = match recall.state {
        RecallState::Declined => skip("recall-declined", "患者已谢绝", "The patient declined"),
        RecallState::Off => skip("recall-off", "复诊提醒已停用", "The recall is switched off"),
        RecallState::Ended => skip(
            "recall-replaced",
            "已由其他复诊代替，或已不适用",
            "Another recall goes before it, or it is no longer for the patient",
        ),
        RecallState::Due if recall.is_paused(today) => skip("recall-paused", "复诊提醒已暂停", "The recall is paused"),
        RecallState::Due if cause.version.is_some_and(|v| due_day(v) != recall.due_on) => skip(
            "recall-moved",
            "已就诊，或到期日已改",
            "The visit has taken place, or it is due on another day",
        ),
        RecallState::Due if recalls::is_booked(c, recall.patient_id, recall.service_id, now)? => {
            skip("recall-booked", "已有预约", "An appointment is there already")
        }
        RecallState::Due => return Ok(None),
    };
    Ok(Some(no))
}

/// [`RecallCause`] for a family, before it is noted whom a text speaks for: with these names.
pub(super) struct Together<'a>(pub &'a RecallCause, pub Vec<String>);

impl MessageCause for Together<'_> {
    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, purpose: Purpose, lang: Lang) -> Result<Verdict> {
        let mut verdict = self.0.verdict(c, now, cause, purpose, lang)?;
        if let Verdict::Send(variables) = &mut verdict {
            variables.insert("name".into(), names_joined(&self.1, lang).into());
            let recall = recalls::get_recall(c, RecallId(cause.id.unwrap_or(0)))?;
            if let Some(link) = self.0.link(c, now, &recall, self.1.len() > 1)? {
                variables.insert("link".into(), link.into());
            }
        }
        Ok(verdict)
    }
}

/// Names of a family, in a row.
fn names_joined(names: &[String], lang: Lang) -> String {
    names.join(lang.pick("、", ", "))
}

/// Messages about nothing but the patient: birthday greetings.
pub struct PatientCause;

impl MessageCause for PatientCause {
    fn kind(&self) -> &'static str {
        "patient"
    }

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, purpose: Purpose, _lang: Lang) -> Result<Verdict> {
        let Some(patient) = patients::find_patient(c, PatientId(cause.id.unwrap_or(0)))? else {
            return Ok(skip("patient-gone", "患者已不存在", "The patient is gone"));
        };
        if patient.deceased {
            return Ok(skip("patient-deceased", "患者已故", "The patient has died"));
        }
        if purpose == Purpose::Birthday && !patient.marketing {
            return Ok(skip(
                "no-marketing",
                "患者不接收祝福和推广",
                "The patient wants no greetings",
            ));
        }
        if purpose == Purpose::Birthday && is_minor(patient.birth_date, now.day(clinic::the_site(c)?.tz())) {
            let why = Exclusion::Minor.text();
            return Ok(Verdict::Skip("minor", why));
        }
        Ok(Verdict::Send(Map::new()))
    }
}
