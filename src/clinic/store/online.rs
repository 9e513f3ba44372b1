//! What patients may do online.

use diesel::prelude::*;

use super::super::model::{Complaint, OnlineRules, SiteId};
use crate::platform::db::schema::{complaints, online_rules};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

type RulesRow = (SiteId, bool, bool, i32, i32, i32, Option<i32>, i32);

/// The site's rules, or the usual ones.
pub fn online_rules(c: &mut Conn, site: SiteId) -> Result<OnlineRules> {
    let row: Option<RulesRow> = online_rules::table.find(site).first(c).optional()?;
    Ok(row.map_or_else(
        OnlineRules::default,
        |(_, open, new_patients, change_minutes, moves_max, planned_max, broken_max, broken_days)| OnlineRules {
            open,
            new_patients,
            change_minutes,
            moves_max,
            planned_max,
            broken_max,
            broken_days,
        },
    ))
}
/// Sets them.
pub fn save_online_rules(c: &mut Conn, site: SiteId, r: &OnlineRules) -> Result<()> {
    let values = (
        online_rules::open.eq(r.open),
        online_rules::new_patients.eq(r.new_patients),
        online_rules::change_minutes.eq(r.change_minutes),
        online_rules::moves_max.eq(r.moves_max),
        online_rules::planned_max.eq(r.planned_max),
        online_rules::broken_max.eq(r.broken_max),
        online_rules::broken_days.eq(r.broken_days),
    );
    let changed = diesel::update(online_rules::table.find(site)).set(values).execute(c)?;
    if changed == 0 {
        Both(
            diesel::insert_into(online_rules::table)
                .values((online_rules::site_id.eq(site), values))
                .on_conflict_do_nothing(),
        )
        .execute(c)?;
    }
    Ok(())
}

/// What patients choose from, in order.
pub fn list_complaints(c: &mut Conn) -> Result<Vec<Complaint>> {
    Ok(complaints::table
        .order((complaints::position, complaints::id))
        .load(c)?)
}
/// Adds one; the id of the value is ignored.
pub fn insert_complaint(c: &mut Conn, x: &Complaint) -> Result<i64> {
    Ok(diesel::insert_into(complaints::table)
        .values((
            complaints::site_id.eq(x.site_id),
            complaints::name.eq(&x.name),
            complaints::name_en.eq(&x.name_en),
            complaints::service_id.eq(x.service_id),
            complaints::urgent.eq(x.urgent),
            complaints::position.eq(x.position),
        ))
        .returning(complaints::id)
        .get_result(c)?)
}
/// Changes one.
pub fn update_complaint(c: &mut Conn, x: &Complaint) -> Result<()> {
    diesel::update(complaints::table.find(x.id))
        .set((
            complaints::name.eq(&x.name),
            complaints::name_en.eq(&x.name_en),
            complaints::service_id.eq(x.service_id),
            complaints::urgent.eq(x.urgent),
            complaints::position.eq(x.position),
        ))
        .execute(c)?;
    Ok(())
}
/// Takes one out of the list.
pub fn delete_complaint(c: &mut Conn, id: i64) -> Result<()> {
    diesel::delete(complaints::table.find(id)).execute(c)?;
    Ok(())
}
