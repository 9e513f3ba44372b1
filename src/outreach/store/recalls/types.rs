//! Recall types, their triggers, and what recalls were last worked out by.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::super::model::{Interval, RecallType};
use crate::clinic::{self, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{recall_settings, recall_triggers, recall_types};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};

#[derive(Queryable)]
struct TypeRow {
    service: ServiceId,
    high: (Option<i32>, Option<i32>),
    low: (Option<i32>, Option<i32>),
    ages: (Option<i32>, Option<i32>),
    exclusive: String,
    rank: i32,
    version: i64,
}

/// The type of every service, in list order.
pub fn list_types(c: &mut Conn) -> Result<Vec<RecallType>> {
    use recall_types as t;
    let rows: Vec<TypeRow> = t::table
        .select((
            t::service_id,
            (t::high_months, t::high_days),
            (t::low_months, t::low_days),
            (t::age_from, t::age_until),
            t::exclusive,
            t::rank,
            t::version,
        ))
        .load(c)?;
    let triggers: Vec<(ServiceId, ServiceId)> = recall_triggers::table
        .order((recall_triggers::service_id, recall_triggers::trigger_id))
        .select((recall_triggers::service_id, recall_triggers::trigger_id))
        .load(c)?;
    let services = clinic::list_services(c, true)?;
    Ok(services
        .into_iter()
        .map(|s| {
            let row = rows.iter().find(|row| row.service == s.id);
            RecallType {
                service: s.id,
                name: s.name,
                name_en: s.name_en,
                normal: s.recall_months.map(Interval::of_months),
                high: row.and_then(|r| Interval::stored(r.high.0, r.high.1)),
                low: row.and_then(|r| Interval::stored(r.low.0, r.low.1)),
                age_from: row.and_then(|r| r.ages.0),
                age_until: row.and_then(|r| r.ages.1),
                exclusive: row.map(|r| r.exclusive.clone()).unwrap_or_default(),
                rank: row.map_or(0, |r| r.rank),
                triggers: triggers.iter().filter(|(of, _)| *of == s.id).map(|(_, t)| *t).collect(),
                version: row.map_or(0, |r| r.version),
            }
        })
        .collect())
}

/// The type of a service that must be there.
pub fn get_type(c: &mut Conn, service: ServiceId) -> Result<RecallType> {
    let found = list_types(c)?.into_iter().find(|t| t.service == service);
    found.ok_or(Error::NotFound("service"))
}

/// Writes a type, if it still has the version it was read with; false when somebody was faster.
pub fn save_type(c: &mut Conn, now: Instant, kind: &RecallType) -> Result<bool> {
    use recall_types as t;
    let values = (
        t::high_months.eq(kind.high.map(|i| i.months)),
        t::high_days.eq(kind.high.map(|i| i.days)),
        t::low_months.eq(kind.low.map(|i| i.months)),
        t::low_days.eq(kind.low.map(|i| i.days)),
        t::age_from.eq(kind.age_from),
        t::age_until.eq(kind.age_until),
        t::exclusive.eq(kind.exclusive.clone()),
        t::rank.eq(kind.rank),
        t::version.eq(kind.version + 1),
        t::updated_at.eq(now),
    );
    let written = if kind.version == 0 {
        let row = (t::service_id.eq(kind.service), values);
        Both(diesel::insert_into(t::table).values(row).on_conflict_do_nothing()).execute(c)?
    } else {
        let at = t::service_id.eq(kind.service).and(t::version.eq(kind.version));
        diesel::update(t::table.filter(at)).set(values).execute(c)?
    };
    if written != 1 {
        return Ok(false);
    }
    diesel::delete(recall_triggers::table.filter(recall_triggers::service_id.eq(kind.service))).execute(c)?;
    for trigger in &kind.triggers {
        let row = (
            recall_triggers::service_id.eq(kind.service),
            recall_triggers::trigger_id.eq(*trigger),
        );
        Both(diesel::insert_into(recall_triggers::table).values(row)).execute(c)?;
    }
    Ok(true)
}

/// What recalls were last worked out by, and how far that has come.
#[derive(Debug, Clone, Queryable)]
pub struct Progress {
    /// How many days after the one that is due a family's other recalls are told along.
    pub family_days: i32,
    /// The types as of then. None: never.
    pub basis: Option<String>,
    /// Up to which patient. None: all.
    pub reached: Option<PatientId>,
    /// Up to which day birthdays were looked at.
    pub born_until: Option<NaiveDate>,
    /// Up to when changed patients were looked at.
    pub people_until: Option<Instant>,
    /// Rises with every change of the days.
    pub version: i64,
}

/// Days for families until somebody sets others.
const FAMILY_DAYS: i32 = 30;

/// What recalls were last worked out by. The row is missing where a database was emptied.
pub fn progress(c: &mut Conn) -> Result<Progress> {
    use recall_settings as s;
    let found: Option<Progress> = s::table
        .find(1)
        .select((
            s::family_days,
            s::basis,
            s::reached,
            s::born_until,
            s::people_until,
            s::version,
        ))
        .first(c)
        .optional()?;
    Ok(found.unwrap_or(Progress {
        family_days: FAMILY_DAYS,
        basis: None,
        reached: None,
        born_until: None,
        people_until: None,
        version: 1,
    }))
}

fn make_row(c: &mut Conn) -> Result<()> {
    use recall_settings as s;
    let row = (s::id.eq(1_i64), s::family_days.eq(FAMILY_DAYS), s::version.eq(1_i64));
    Both(diesel::insert_into(s::table).values(row).on_conflict_do_nothing()).execute(c)?;
    Ok(())
}

/// Notes how far the work has come.
pub fn save_progress(c: &mut Conn, p: &Progress) -> Result<()> {
    use recall_settings as s;
    make_row(c)?;
    diesel::update(s::table.find(1))
        .set((
            s::basis.eq(p.basis.clone()),
            s::reached.eq(p.reached),
            s::born_until.eq(p.born_until),
            s::people_until.eq(p.people_until),
        ))
        .execute(c)?;
    Ok(())
}

/// Sets how many days a family's other recalls are told along; false when somebody was faster.
pub fn save_family_days(c: &mut Conn, version: i64, days: i32) -> Result<bool> {
    use recall_settings as s;
    make_row(c)?;
    let n = diesel::update(s::table.filter(s::id.eq(1).and(s::version.eq(version))))
        .set((s::family_days.eq(days), s::version.eq(version + 1)))
        .execute(c)?;
    Ok(n == 1)
}
