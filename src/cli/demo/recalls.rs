//! A clinic that looks after its recalls has a list that can be worked in a week, not everybody who ever came; types by age and
//! risk, one that excludes another; a family; somebody who is abroad.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::clinic::Sample;
use crate::clinic::{self, Service, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::schema::{patients, recall_risks, recall_types, recalls, visits};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};

/// Recalls overdue for longer have been settled by telephone in the sample.
const OLDEST_DAYS: i64 = 35;
/// Cleanings of these days ago were perio maintenance.
const PERIO_DAYS: std::ops::Range<i64> = 75..125;
/// How many of them.
const PERIO: i64 = 8;
/// Who says how much at risk somebody is.
const DOCTOR: &str = "李明";
/// Patients at high and at low risk.
const RISKS: [&str; 6] = ["high", "low", "high", "low", "high", "low"];

fn service(sample: &Sample, code: &str) -> Result<Service> {
    let found = sample.services.iter().find(|s| s.code == code);
    found.cloned().ok_or(Error::NotFound("service"))
}

/// Fluoride for children, perio maintenance instead of cleaning, other intervals by risk.
///
/// # Errors
/// Those of the database.
pub fn types(c: &mut Conn, now: Instant, sample: &Sample) -> Result<()> {
    let (cleaning, fluoride) = (service(sample, "cleaning")?, service(sample, "fluoride")?);
    let perio = Service {
        code: "perio".into(),
        name: "牙周维护".into(),
        name_en: "Perio maintenance".into(),
        minutes: 60,
        colour: "#00756f".into(),
        price_minor: 48_000,
        recall_months: Some(3),
        position: i32::try_from(sample.services.len()).unwrap_or(0) + 1,
        ..cleaning.clone()
    };
    let perio_id = clinic::insert_service(c, &perio)?;
    for provider in sample.providers.iter().skip(4) {
        clinic::link_service_provider(c, perio_id, provider.id)?;
    }
    let hygiene = "洁治";
    insert_type(c, now, (cleaning.id, hygiene, 1), (Some(3), Some(12)), None)?;
    insert_type(c, now, (perio_id, hygiene, 2), (Some(2), None), None)?;
    insert_type(c, now, (fluoride.id, "", 0), (Some(3), None), Some(12))?;
    let today = now.day(sample.site.tz());
    let was = visits::table
        .filter(
            visits::service_id
                .eq(Some(cleaning.id))
                .and(visits::status.eq("finished")),
        )
        .filter(visits::day.gt(plus_days(today, -PERIO_DAYS.end)))
        .filter(visits::day.le(plus_days(today, -PERIO_DAYS.start)))
        .order(visits::id)
        .limit(PERIO)
        .select(visits::id);
    let ids: Vec<i64> = was.load(c)?;
    diesel::update(visits::table.filter(visits::id.eq_any(ids)))
        .set((
            visits::service_id.eq(Some(perio_id)),
            visits::service_name.eq(perio.name),
        ))
        .execute(c)?;
    risks(c, now, cleaning.id)
}

/// Some of those who come for cleaning are more, or less, at risk.
fn risks(c: &mut Conn, now: Instant, cleaning: ServiceId) -> Result<()> {
    let treated: Vec<PatientId> = visits::table
        .filter(visits::service_id.eq(Some(cleaning)).and(visits::status.eq("finished")))
        .group_by(visits::patient_id)
        .order(visits::patient_id)
        .limit(i64::try_from(RISKS.len()).unwrap_or(0))
        .select(visits::patient_id)
        .load(c)?;
    for (patient, risk) in treated.into_iter().zip(RISKS) {
        let row = (
            recall_risks::patient_id.eq(patient),
            recall_risks::risk.eq(risk),
            recall_risks::set_by.eq(DOCTOR),
            recall_risks::set_at.eq(now),
            recall_risks::version.eq(1_i64),
        );
        Both(diesel::insert_into(recall_risks::table).values(row)).execute(c)?;
    }
    Ok(())
}

fn insert_type(
    c: &mut Conn,
    now: Instant,
    (service, exclusive, rank): (ServiceId, &str, i32),
    (high, low): (Option<i32>, Option<i32>),
    age_until: Option<i32>,
) -> Result<()> {
    use recall_types as t;
    let days = |months: Option<i32>| months.map(|_| 0);
    let row = (
        t::service_id.eq(service),
        t::high_months.eq(high),
        t::high_days.eq(days(high)),
        t::low_months.eq(low),
        t::low_days.eq(days(low)),
        t::age_until.eq(age_until),
        t::exclusive.eq(exclusive.to_owned()),
        t::rank.eq(rank),
        t::version.eq(1_i64),
        t::updated_at.eq(now),
    );
    Both(diesel::insert_into(t::table).values(row)).execute(c)?;
    Ok(())
}

/// Leaves the recalls of the last weeks; the older ones were declined. One patient is abroad, and two share a number.
///
/// # Errors
/// Those of the database.
pub fn thin_out(c: &mut Conn, today: NaiveDate) -> Result<()> {
    let old = recalls::table.filter(
        recalls::state
            .eq("due")
            .and(recalls::due_on.lt(plus_days(today, -OLDEST_DAYS))),
    );
    diesel::update(old)
        .set((recalls::state.eq("declined"), recalls::last_result.eq("declined")))
        .execute(c)?;
    let due: Vec<(i64, PatientId, Option<String>, Option<String>)> = recalls::table
        .inner_join(patients::table)
        .filter(recalls::state.eq("due").and(recalls::due_on.le(today)))
        .filter(patients::phone.is_not_null())
        .order((recalls::due_on, recalls::id))
        .limit(3)
        .select((recalls::id, recalls::patient_id, patients::phone, patients::phone_tail))
        .load(c)?;
    let [abroad, first, second] = due.as_slice() else {
        return Ok(());
    };
    let back = plus_days(today, 30);
    diesel::update(recalls::table.filter(recalls::id.eq(abroad.0)))
        .set((
            recalls::paused_until.eq(Some(back)),
            recalls::due_on.eq(back),
            recalls::reason.eq("出国，下月回"),
        ))
        .execute(c)?;
    diesel::update(patients::table.filter(patients::id.eq(second.1)))
        .set((
            patients::phone.eq(first.2.clone()),
            patients::phone_tail.eq(first.3.clone()),
        ))
        .execute(c)?;
    Ok(())
}
