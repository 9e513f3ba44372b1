//! Messages about an appointment.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::super::store::{due, known};
use super::{book_link, skip};
use crate::appointments::{
    Appointment, AppointmentId, Status, check_in_number, find_appointment, visit_event, visit_path, visits_of_click,
};
use crate::messaging::{Cause, MessageCause, Purpose, Verdict};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::ical::Event;
use crate::platform::links::PublicLinks;
use crate::{callbacks, clinic};

/// Messages about an appointment: reminders, and the confirmations and change notices of `appointments`.
pub struct AppointmentCause(pub PublicLinks);

impl AppointmentCause {
    fn variables(&self, c: &mut Conn, a: &Appointment, lang: Lang) -> Result<Map<String, Value>> {
        let site = clinic::get_site(c, a.site_id)?;
        let provider = clinic::get_provider(c, a.provider_id)?;
        let local = a.starts_at.local(site.tz());
        let link = self.0.url(&visit_path(&self.0.keys, a));
        let mut map = Map::new();
        map.insert("date".into(), lang.day(local.date()).into());
        map.insert("time".into(), local.format("%H:%M").to_string().into());
        map.insert("provider".into(), provider.name_in(lang).into());
        map.insert("address".into(), site.address_in(lang).into());
        map.insert("link".into(), link.into());
        map.insert("number".into(), check_in_number(&self.0.keys, a.id).into());
        Ok(map)
    }
}

impl MessageCause for AppointmentCause {
    fn kind(&self) -> &'static str {
        "appointment"
    }

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, purpose: Purpose, lang: Lang) -> Result<Verdict> {
        let id = AppointmentId(cause.id.unwrap_or(0));
        let Some(a) = find_appointment(c, id)? else {
            return Ok(skip("appointment-gone", "预约已不存在", "The appointment is gone"));
        };
        let together = self.together(c, now, cause, purpose)?;
        if let [first, _, ..] = together.as_slice() {
            let mut variables = self.variables(c, first, lang)?;
            let zone = clinic::get_site(c, first.site_id)?.tz();
            variables.insert("time".into(), times(&together, zone, lang).into());
            return Ok(Verdict::Send(variables));
        }
        let a = together.into_iter().next().unwrap_or(a);
        let version = if a.id == id { cause.version } else { None };
        if let Some(no) = self.not_wanted(c, now, (&a, version), purpose)? {
            return Ok(no);
        }
        let mut variables = self.variables(c, &a, lang)?;
        let link = match purpose {
            Purpose::Missed => book_link(c, now, &self.0, a.patient_id, (Some(a.service_id), NaiveDate::MIN))?,
            Purpose::Survey => Some(self.0.url(&callbacks::survey::path(&self.0.keys, &a))),
            _ => variables.remove("link").and_then(|l| l.as_str().map(str::to_owned)),
        };
        variables.remove("link");
        variables.extend(link.map(|l| ("link".to_owned(), Value::from(l))));
        Ok(Verdict::Send(variables))
    }

    fn events(
        &self,
        c: &mut Conn,
        now: Instant,
        cause: &Cause,
        (purpose, lang): (Purpose, Lang),
    ) -> Result<Vec<Event>> {
        if matches!(purpose, Purpose::FollowUp | Purpose::Survey | Purpose::Missed) {
            return Ok(Vec::new());
        }
        let mut visits = self.together(c, now, cause, purpose)?;
        if visits.is_empty() {
            visits.extend(find_appointment(c, AppointmentId(cause.id.unwrap_or(0)))?);
        }
        let event = |a: &Appointment| -> Result<Event> {
            let site = clinic::get_site(c, a.site_id)?;
            Ok(visit_event(&self.0, a, &site, lang))
        };
        visits.iter().map(event).collect()
    }

    fn example(&self, c: &mut Conn, now: Instant, patient: PatientId, purpose: Purpose) -> Result<Option<Cause>> {
        let found = match purpose {
            Purpose::Reminder | Purpose::Confirmation | Purpose::Change | Purpose::Answer => {
                due::next_visit(c, patient, now)?
            }
            Purpose::FollowUp | Purpose::Survey => due::last_visit(c, patient, Status::Done)?,
            Purpose::Missed => due::last_visit(c, patient, Status::NoShow)?,
            _ => None,
        };
        Ok(found.map(|id| Cause {
            kind: self.kind().into(),
            id: Some(id.0),
            version: None,
        }))
    }
}

/// Times of several visits where a text says one: the first one's, how many there are, and the others with their days.
fn times(visits: &[Appointment], zone: Tz, lang: Lang) -> String {
    let first = visits
        .first()
        .map(|a| a.starts_at.local(zone).format("%H:%M").to_string());
    let others: Vec<String> = visits
        .iter()
        .skip(1)
        .map(|a| lang.day_time(a.starts_at, zone))
        .collect();
    let (first, n) = (first.unwrap_or_default(), visits.len());
    lang.pick(
        format!("{first}（共 {n} 次，另有 {}）", others.join("、")),
        format!("{first} ({n} visits, also {})", others.join(", ")),
    )
}

impl AppointmentCause {
    /// The visits of one click that a message tells of: those of which it still holds. Empty: it is about one visit.
    fn together(&self, c: &mut Conn, now: Instant, cause: &Cause, purpose: Purpose) -> Result<Vec<Appointment>> {
        let (Some(id), Some(version)) = (cause.id, cause.version) else {
            return Ok(Vec::new());
        };
        if !matches!(purpose, Purpose::Confirmation | Purpose::Change) {
            return Ok(Vec::new());
        }
        let mut hold = Vec::new();
        for (a, version) in visits_of_click(c, AppointmentId(id), version)? {
            if self.not_wanted(c, now, (&a, Some(version)), purpose)?.is_none() {
                hold.push(a);
            }
        }
        Ok(hold)
    }

    /// Why nobody has to be told any more of a visit as it was at `version`.
    fn not_wanted(
        &self,
        c: &mut Conn,
        now: Instant,
        (a, version): (&Appointment, Option<i64>),
        purpose: Purpose,
    ) -> Result<Option<Verdict>> {
        let moved = match version {
            Some(version) if version != a.version => known::moved_since(c, a.id, version)?,
            _ => false,
        };
        if moved {
            return Ok(Some(skip(
                "appointment-moved",
                "预约已改期",
                "The appointment was moved",
            )));
        }
        // A change is told of a cancelled visit only if it is the cancellation: not what was moved before it.
        let superseded = a.status == Status::Cancelled && version.is_some_and(|v| v < a.version);
        Ok(match purpose {
            Purpose::Change if !superseded => None,
            Purpose::FollowUp | Purpose::Survey => not_over(a),
            Purpose::Missed => self.not_missed(c, now, a)?,
            _ => not_planned(a, now),
        })
    }

    /// Why nobody has to be told that a visit was missed.
    fn not_missed(&self, c: &mut Conn, now: Instant, a: &Appointment) -> Result<Option<Verdict>> {
        if a.status != Status::NoShow {
            return Ok(Some(skip(
                "visit-not-missed",
                "患者没有爽约",
                "The visit was not missed",
            )));
        }
        let booked = due::next_visit(c, a.patient_id, now)?.is_some();
        Ok(booked.then(|| skip("booked-again", "已重新预约", "Booked again already")))
    }
}

/// Why there is nothing to ask about a visit that has not been.
fn not_over(a: &Appointment) -> Option<Verdict> {
    let no = || skip("visit-not-done", "就诊未完成", "The visit is not finished");
    (a.status != Status::Done).then(no)
}

/// Why a visit that is not ahead any more needs no reminder and no confirmation.
fn not_planned(a: &Appointment, now: Instant) -> Option<Verdict> {
    Some(match a.status {
        Status::Cancelled => skip("appointment-cancelled", "预约已取消", "The appointment was cancelled"),
        Status::NoShow => skip("appointment-no-show", "患者未到诊", "The patient did not come"),
        Status::Arrived | Status::InChair | Status::Done => {
            skip("appointment-arrived", "患者已到诊", "The patient is here already")
        }
        Status::Booked | Status::Confirmed if a.starts_at <= now => {
            skip("appointment-past", "就诊时间已过", "The visit's time is past")
        }
        Status::Booked | Status::Confirmed => return None,
    })
}
