//! All SQL of visits that were left over.

use diesel::prelude::*;

use crate::appointments::store::Place;
use crate::appointments::{Appointment, Status};
use crate::clinic::SiteId;
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointments as a, patients};
use crate::platform::error::Result;

const OPEN: [Status; 4] = [Status::Booked, Status::Confirmed, Status::Arrived, Status::InChair];

/// Visits that start in `[from, until)`, should have ended by `now`, and have not: so many after a place, by start.
pub fn left_over(
    c: &mut Conn,
    (site, (from, until)): (SiteId, (Instant, Instant)),
    now: Instant,
    (after, limit): (Option<Place>, i64),
) -> Result<Vec<(Appointment, Patient)>> {
    let mut query = a::table
        .inner_join(patients::table)
        .filter(a::site_id.eq(site).and(a::status.eq_any(OPEN)))
        .filter(a::starts_at.ge(from).and(a::starts_at.lt(until)))
        .filter(a::ends_at.le(now))
        .order((a::starts_at, a::id))
        .limit(limit)
        .select((a::all_columns, patients::all_columns))
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(a::starts_at.gt(at).or(a::starts_at.eq(at).and(a::id.gt(id))));
    }
    Ok(query.load(c)?)
}
/// How many visits that start in `[from, until)` and should have ended by `now` have not, and when the latest of them began.
pub fn count_left_over(
    c: &mut Conn,
    site: SiteId,
    (from, until): (Instant, Instant),
    now: Instant,
) -> Result<Option<(usize, Instant)>> {
    let starts: Vec<Instant> = a::table
        .filter(a::site_id.eq(site).and(a::status.eq_any(OPEN)))
        .filter(a::starts_at.ge(from).and(a::starts_at.lt(until)))
        .filter(a::ends_at.le(now))
        .order(a::starts_at.desc())
        .select(a::starts_at)
        .load(c)?;
    Ok(starts.first().map(|latest| (starts.len(), *latest)))
}
