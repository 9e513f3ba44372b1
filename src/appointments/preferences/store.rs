//! The rows of preferences.

use diesel::prelude::*;

use super::model::{Preferences, Wanted};
use crate::appointments::model::together::Filter;
use crate::appointments::waiting::days_of;
use crate::clinic::ProviderId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::patient_preferences as t;
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

type Row = (
    PatientId,
    Option<ProviderId>,
    String,
    Option<i32>,
    Option<i32>,
    String,
    Instant,
    i64,
);

/// What a patient has said, if anything.
pub fn find_preferences(c: &mut Conn, patient: PatientId) -> Result<Option<Preferences>> {
    let row: Option<Row> = t::table.find(patient).first(c).optional()?;
    let shown = |(patient, provider, weekdays, from, until, set_by, set_at, version): Row| Preferences {
        patient,
        wanted: Wanted {
            provider,
            when: Filter {
                weekdays: days_of(&weekdays),
                from,
                until,
            },
        },
        set_by,
        set_at,
        version,
    };
    Ok(row.map(shown))
}

/// Stores them, if they are still of `version` (0: there are none). Whether they were.
pub fn put_preferences(c: &mut Conn, p: &Preferences, version: i64) -> Result<bool> {
    let days = (1..).zip(p.wanted.when.weekdays).filter(|(_, on)| *on);
    let weekdays: String = days.map(|(n, _): (u32, bool)| n.to_string()).collect();
    let values = (
        t::provider_id.eq(p.wanted.provider),
        t::weekdays.eq(weekdays),
        t::from_minute.eq(p.wanted.when.from),
        t::until_minute.eq(p.wanted.when.until),
        t::set_by.eq(&p.set_by),
        t::set_at.eq(p.set_at),
        t::version.eq(version + 1),
    );
    let changed = if version == 0 {
        let new = diesel::insert_into(t::table).values((t::patient_id.eq(p.patient), values));
        Both(new.on_conflict_do_nothing()).execute(c)?
    } else {
        let as_read = t::table.filter(t::patient_id.eq(p.patient).and(t::version.eq(version)));
        diesel::update(as_read).set(values).execute(c)?
    };
    Ok(changed == 1)
}
