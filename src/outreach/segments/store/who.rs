//! Who is meant: counted, listed in pages, and which of some patients.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::{Definition, SegmentId};
use super::predicate::{Moment, asked};
use super::rows::get_segment;
use crate::patients::{Channel, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::patients;
use crate::platform::error::Result;

/// Patients asked about in one statement.
const CHUNK: usize = 500;
/// Members read in one statement.
const PAGE: i64 = 5000;

/// How many patients are meant.
///
/// # Errors
/// Those of the database.
pub fn count(c: &mut Conn, definition: &Definition, moment: Moment) -> Result<i64> {
    let asked = asked(c, definition, moment)?;
    Ok(patients::table.filter(asked).count().get_result(c)?)
}

/// How many of them have agreed to greetings and offers, and can be written to.
pub fn count_open_to_offers(c: &mut Conn, definition: &Definition, moment: Moment) -> Result<i64> {
    let asked = asked(c, definition, moment)?;
    Ok(patients::table
        .filter(asked)
        .filter(patients::marketing.eq(true))
        .filter(
            patients::channel
                .ne(Channel::None)
                .and(patients::channel.ne(Channel::Phone)),
        )
        .filter(patients::phone.is_not_null().or(patients::email.is_not_null()))
        .count()
        .get_result(c)?)
}

/// The first so many: who they are.
pub fn sample(
    c: &mut Conn,
    definition: &Definition,
    moment: Moment,
    limit: i64,
) -> Result<Vec<(PatientId, String, Option<NaiveDate>)>> {
    let asked = asked(c, definition, moment)?;
    Ok(patients::table
        .filter(asked)
        .order(patients::id)
        .limit(limit)
        .select((patients::id, patients::name, patients::birth_date))
        .load(c)?)
}

/// A page of the members, by id, after one.
///
/// # Errors
/// Those of the database.
pub fn page_of(
    c: &mut Conn,
    definition: &Definition,
    moment: Moment,
    (after, limit): (Option<PatientId>, i64),
) -> Result<Vec<PatientId>> {
    let asked = asked(c, definition, moment)?;
    Ok(patients::table
        .filter(patients::id.gt(after.unwrap_or(PatientId(0))))
        .filter(asked)
        .order(patients::id)
        .limit(limit)
        .select(patients::id)
        .load(c)?)
}

/// Everybody in a segment, by id; read in pages.
///
/// # Errors
/// When it is gone; those of the database.
pub fn members(c: &mut Conn, id: SegmentId, now: Instant) -> Result<Vec<PatientId>> {
    let (segment, moment) = (get_segment(c, id)?, Moment::at(c, now)?);
    let mut all: Vec<PatientId> = Vec::new();
    loop {
        let page = page_of(c, &segment.definition, moment, (all.last().copied(), PAGE))?;
        let last = i64::try_from(page.len()).unwrap_or(0) < PAGE;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}

/// Which of these patients are in a segment; its cost follows how many are asked about.
///
/// # Errors
/// When it is gone; those of the database.
pub fn those_in(c: &mut Conn, id: SegmentId, now: Instant, who: &[PatientId]) -> Result<HashSet<PatientId>> {
    let (segment, moment) = (get_segment(c, id)?, Moment::at(c, now)?);
    let mut found = HashSet::new();
    for chunk in who.chunks(CHUNK) {
        let asked = asked(c, &segment.definition, moment)?;
        let some: Vec<PatientId> = patients::table
            .filter(patients::id.eq_any(chunk.to_vec()))
            .filter(asked)
            .select(patients::id)
            .load(c)?;
        found.extend(some);
    }
    Ok(found)
}
