//! What people do with dates, their kinds and referrals: one write each, audited.

use chrono::{Datelike, NaiveDate};

use super::model::{DateKind, DateKindId, PatientDateId};
use super::store;
use crate::patients::{PatientId, find_by_chart_no, find_home, find_patient, get_patient};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db, is_in_use};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::staff::{Actor, Changes, Subject, audit, stale};

/// Longest name of a kind.
const NAME_MAX: usize = 30;
/// Years that a date may lie in.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// What is wanted of a kind of dates.
#[derive(Debug, Clone)]
pub(super) struct KindWanted {
    /// Chinese name.
    pub(super) name: String,
    /// English name.
    pub(super) name_en: String,
    /// Whether it comes every year.
    pub(super) yearly: bool,
}

impl KindWanted {
    /// Itself without surrounding space, or what is wrong with it.
    fn checked(mut self) -> Result<KindWanted> {
        let mut faults = Faults::default();
        for (field, name) in [("name", &mut self.name), ("name_en", &mut self.name_en)] {
            *name = name.trim().to_owned();
            if name.is_empty() {
                faults.require(field);
            } else if name.chars().count() > NAME_MAX {
                faults.add(field, "too_long", "最多 30 个字符", "At most 30 characters");
            }
        }
        faults.finish().map(|()| self)
    }
}

/// Adds a kind of dates.
pub(super) async fn add_kind(db: &Db, now: Instant, actor: Actor, wanted: KindWanted) -> Result<DateKindId> {
    let wanted = wanted.checked()?;
    db.write(move |c| {
        let id = store::insert_kind(c, now, (&wanted.name, &wanted.name_en), wanted.yearly)?;
        audit(c, now, &actor, "create", Subject::of("date_kinds", id.0), &wanted.name)?;
        Ok(id)
    })
    .await
}

/// Changes a kind that still has `version`.
pub(super) async fn change_kind(
    db: &Db,
    now: Instant,
    actor: Actor,
    (id, version): (DateKindId, i64),
    wanted: KindWanted,
) -> Result<()> {
    let wanted = wanted.checked()?;
    db.write(move |c| {
        let before = store::find_kind(c, id)?.ok_or(Error::NotFound("date kind"))?;
        let subject = Subject::of("date_kinds", id.0);
        let after = DateKind {
            name: wanted.name,
            name_en: wanted.name_en,
            yearly: wanted.yearly,
            ..before.clone()
        };
        if !store::update_kind(c, now, &after, version)? {
            let zone = find_home(c)?.zone;
            return Err(stale(c, zone, subject)?);
        }
        let mut changes = Changes::default();
        changes.note("name", &before.name, &after.name);
        changes.note("name_en", &before.name_en, &after.name_en);
        changes.note("yearly", before.yearly, after.yearly);
        audit(c, now, &actor, "update", subject, &format!("{}; {changes}", after.name))
    })
    .await
}

/// Removes a kind that is not in use.
pub(super) async fn remove_kind(db: &Db, now: Instant, actor: Actor, id: DateKindId) -> Result<()> {
    db.write(move |c| {
        let kind = store::find_kind(c, id)?.ok_or(Error::NotFound("date kind"))?;
        match store::delete_kind(c, id) {
            Ok(()) => {}
            // The whole write is undone.
            Err(Error::Db(e)) if is_in_use(&e) => {
                return Err(Error::conflict(
                    "in_use",
                    "有患者或规则在使用这种日期，不能删除",
                    "Patients or rules use this kind of date: it stays",
                ));
            }
            Err(e) => return Err(e),
        }
        audit(c, now, &actor, "delete", Subject::of("date_kinds", id.0), &kind.name)
    })
    .await
}

/// Adds a date to a patient's record.
///
/// # Errors
/// Faults at `kind` and `day`.
pub(super) async fn add_date(
    db: &Db,
    now: Instant,
    actor: Actor,
    patient: PatientId,
    (kind, day): (DateKindId, NaiveDate),
) -> Result<PatientDateId> {
    db.write(move |c| {
        get_patient(c, patient)?;
        let mut faults = Faults::default();
        if !YEARS.contains(&day.year()) {
            faults.add(
                "day",
                "out_of_range",
                "年份应为 1900 到 2200",
                "A year from 1900 to 2200",
            );
        }
        let of = store::find_kind(c, kind)?;
        if of.is_none() {
            faults.add("kind", "unknown", "没有这种日期", "There is no such kind of date");
        }
        faults.finish()?;
        let Some(id) = store::insert_date(c, now, patient, (kind, day))? else {
            return Err(Error::field(
                "day",
                "taken",
                "这个日期已经登记",
                "This date is there already",
            ));
        };
        let subject = Subject::of_patient("patients", patient.0, patient.0);
        let name = of.map_or_else(String::new, |of| of.name);
        audit(c, now, &actor, "update", subject, &format!("dates: + {name}"))?;
        Ok(id)
    })
    .await
}

/// Takes a date off a patient's record.
pub(super) async fn remove_date(
    db: &Db,
    now: Instant,
    actor: Actor,
    (patient, id): (PatientId, PatientDateId),
) -> Result<()> {
    db.write(move |c| {
        if !store::delete_date(c, patient, id)? {
            return Err(Error::stale());
        }
        let subject = Subject::of_patient("patients", patient.0, patient.0);
        audit(c, now, &actor, "update", subject, "dates: -")
    })
    .await
}

/// Who is said to have sent a patient.
#[derive(Debug, Clone)]
pub(super) enum Sender {
    /// Whoever has this chart number; empty: nobody.
    ChartNo(String),
    /// This one; none: nobody.
    Patient(Option<PatientId>),
}

impl Sender {
    fn find(&self, c: &mut Conn) -> Result<Option<PatientId>> {
        let unknown = |zh: &str, en: &str| Error::field("referred_by", "unknown", zh, en);
        let found = match self {
            Sender::Patient(None) => return Ok(None),
            Sender::ChartNo(text) if text.trim().is_empty() => return Ok(None),
            Sender::Patient(Some(id)) => {
                find_patient(c, *id)?.ok_or_else(|| unknown("没有这位患者", "There is no such patient"))?
            }
            Sender::ChartNo(text) => find_by_chart_no(c, text.trim())?
                .ok_or_else(|| unknown("没有这个病历号", "There is no such chart number"))?,
        };
        Ok(Some(found.id))
    }
}

/// Writes down who sent a patient.
///
/// # Errors
/// At `referred_by`: nobody known, or themselves; `NotFound` for the patient.
pub(super) async fn refer(db: &Db, now: Instant, actor: Actor, patient: PatientId, by: Sender) -> Result<()> {
    db.write(move |c| {
        get_patient(c, patient)?;
        let by = by.find(c)?;
        if by == Some(patient) {
            return Err(Error::field(
                "referred_by",
                "self",
                "不能是本人",
                "Nobody sends themselves",
            ));
        }
        if store::referrer_of(c, patient)?.map(|p| p.id) == by {
            return Ok(());
        }
        store::set_referrer(c, now, patient, by)?;
        let subject = Subject::of_patient("patients", patient.0, patient.0);
        audit(c, now, &actor, "update", subject, "referred_by")
    })
    .await
}
