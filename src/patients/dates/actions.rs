//! What people do with dates, their kinds and referrals: one write each, audited.

use chrono::Datelike;

use super::model::{DateKindId, PatientDateId};
use super::store;
use crate::patients::{PatientId, find_by_chart_no, get_patient, parse_exported_day};
use crate::platform::clock::Instant;
use crate::platform::db::{Db, is_in_use};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::{Faults, Input};
use crate::staff::{Actor, Subject, audit};

/// Longest name of a kind.
const NAME_MAX: usize = 30;
/// Years that a date may lie in.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// Adds a kind of dates.
pub(super) async fn add_kind(db: &Db, now: Instant, actor: Actor, input: Input) -> Result<()> {
    let mut faults = Faults::default();
    for field in ["name", "name_en"] {
        match input.get(field).trim() {
            "" => faults.require(field),
            name if name.chars().count() > NAME_MAX => {
                faults.add(field, "too_long", "最多 30 个字符", "At most 30 characters");
            }
            _ => {}
        }
    }
    faults.finish()?;
    db.write(move |c| {
        let names = (input.get("name").trim(), input.get("name_en").trim());
        let id = store::insert_kind(c, now, names, input.ticked("yearly"))?;
        audit(c, now, &actor, "create", Subject::of("date_kinds", id.0), names.0)
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
pub(super) async fn add_date(db: &Db, now: Instant, actor: Actor, patient: PatientId, input: Input) -> Result<()> {
    let mut faults = Faults::default();
    let day = parse_exported_day(input.get("day")).filter(|d| YEARS.contains(&d.year()));
    match (input.get("day"), day) {
        ("", _) => faults.require("day"),
        (_, None) => faults.add(
            "day",
            "invalid",
            "日期格式为 2026-11-24",
            "A date looks like 2026-11-24",
        ),
        _ => {}
    }
    let kind: Option<i64> = input.need("kind", &mut faults);
    faults.finish()?;
    let (Some(day), Some(kind)) = (day, kind.map(DateKindId)) else {
        return Ok(());
    };
    db.write(move |c| {
        get_patient(c, patient)?;
        let Some(of) = store::find_kind(c, kind)? else {
            return Err(Error::field(
                "kind",
                "unknown",
                "没有这种日期",
                "There is no such kind of date",
            ));
        };
        if store::insert_date(c, now, patient, (kind, day))?.is_none() {
            return Err(Error::field(
                "day",
                "taken",
                "这个日期已经登记",
                "This date is there already",
            ));
        }
        let subject = Subject::of_patient("patients", patient.0, patient.0);
        audit(c, now, &actor, "update", subject, &format!("dates: + {}", of.name))
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

/// Writes down who sent a patient, by chart number; empty: nobody.
pub(super) async fn refer(db: &Db, now: Instant, actor: Actor, patient: PatientId, chart_no: String) -> Result<()> {
    db.write(move |c| {
        get_patient(c, patient)?;
        let wrong = |code, zh: &str, en: &str| Error::field("referred_by", code, zh, en);
        let by = match chart_no.trim() {
            "" => None,
            text => match find_by_chart_no(c, text)? {
                None => return Err(wrong("unknown", "没有这个病历号", "There is no such chart number")),
                Some(p) if p.id == patient => return Err(wrong("self", "不能是本人", "Nobody sends themselves")),
                Some(p) => Some(p.id),
            },
        };
        store::set_referrer(c, now, patient, by)?;
        let subject = Subject::of_patient("patients", patient.0, patient.0);
        audit(c, now, &actor, "update", subject, "referred_by")
    })
    .await
}
