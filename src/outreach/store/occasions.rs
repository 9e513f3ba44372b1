//! Festivals and the clinic's own days.

use diesel::prelude::*;

use super::super::model::{Calendar, Occasion, OccasionId};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{occasions as o, rules};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};

/// All of them, in the order in which they were made.
pub fn list(c: &mut Conn) -> Result<Vec<Occasion>> {
    Ok(o::table.order(o::id).load(c)?)
}
/// One that may be gone.
pub fn find(c: &mut Conn, id: OccasionId) -> Result<Option<Occasion>> {
    Ok(o::table.find(id).first(c).optional()?)
}
/// One that must be there.
pub fn get(c: &mut Conn, id: OccasionId) -> Result<Occasion> {
    find(c, id)?.ok_or(Error::NotFound("occasion"))
}
/// Adds one unless its code is there already; `id` of the value is ignored.
pub fn insert(c: &mut Conn, x: &Occasion) -> Result<Option<OccasionId>> {
    let insert = diesel::insert_into(o::table)
        .values((
            (o::code.eq(&x.code), o::name.eq(&x.name), o::name_en.eq(&x.name_en)),
            (
                o::calendar.eq::<Calendar>(x.calendar),
                o::month.eq(x.month),
                o::day.eq(x.day),
            ),
            (
                o::on_date.eq(x.on_date),
                o::version.eq(1_i64),
                o::updated_at.eq(x.updated_at),
            ),
        ))
        .on_conflict_do_nothing()
        .returning(o::id);
    Ok(Both(insert).get_result(c).optional()?)
}
/// Writes what can be edited, if the row still has `version`; false when somebody was faster.
pub fn update(c: &mut Conn, now: Instant, x: &Occasion, version: i64) -> Result<bool> {
    let row = o::table.filter(o::id.eq(x.id).and(o::version.eq(version)));
    let n = diesel::update(row)
        .set((
            (o::name.eq(&x.name), o::name_en.eq(&x.name_en)),
            (
                o::calendar.eq::<Calendar>(x.calendar),
                o::month.eq(x.month),
                o::day.eq(x.day),
            ),
            (
                o::on_date.eq(x.on_date),
                o::version.eq(version.saturating_add(1)),
                o::updated_at.eq(now),
            ),
        ))
        .execute(c)?;
    Ok(n == 1)
}
/// Removes one on which no rule counts; false: one does.
pub fn delete(c: &mut Conn, id: OccasionId) -> Result<bool> {
    let counted = rules::table.filter(rules::occasion_id.eq(id));
    if diesel::select(diesel::dsl::exists(counted)).get_result::<bool>(c)? {
        return Ok(false);
    }
    diesel::delete(o::table.find(id)).execute(c)?;
    Ok(true)
}
