//! What patients may do online.

use super::super::model::online::COMPLAINTS_MAX;
use super::super::model::{Complaint, OnlineRules, Outcome};
use super::super::store;
use super::By;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::Changes;

/// Changes the site's rules.
pub(in crate::clinic) fn save_online_rules(c: &mut Conn, by: &By, rules: &OnlineRules) -> Result<Outcome> {
    let clinic = store::snapshot(c)?;
    let (before, after) = (&clinic.online, rules);
    let mut changes = Changes::default();
    changes.note("open", before.open, after.open);
    changes.note("new_patients", before.new_patients, after.new_patients);
    changes.note("change_minutes", before.change_minutes, after.change_minutes);
    changes.note("moves_max", before.moves_max, after.moves_max);
    changes.note("planned_max", before.planned_max, after.planned_max);
    changes.note_option("broken_max", before.broken_max, after.broken_max);
    changes.note("broken_days", before.broken_days, after.broken_days);
    if changes.is_empty() {
        return Ok(Outcome::Same);
    }
    store::save_online_rules(c, clinic.site.id, rules)?;
    by.updated(c, "online_rules", clinic.site.id.0, &changes)?;
    Ok(Outcome::Saved)
}

/// Adds a complaint (id 0), or changes one; where it stands in the list is its `position`, and those from there on move down.
pub(in crate::clinic) fn save_complaint(c: &mut Conn, by: &By, wanted: &Complaint) -> Result<Outcome> {
    let clinic = store::snapshot(c)?;
    let before = clinic.complaints.iter().find(|x| x.id == wanted.id);
    if let Some(there) = clinic
        .complaints
        .iter()
        .find(|x| x.id != wanted.id && (x.name == wanted.name || x.name_en == wanted.name_en))
    {
        let field = if there.name == wanted.name { "name" } else { "name_en" };
        return Err(Error::field(
            field,
            "taken",
            "已有同名的主诉",
            "There is one of this name already",
        ));
    }
    if before.is_none() && i32::try_from(clinic.complaints.len()).is_ok_and(|n| n >= COMPLAINTS_MAX) {
        let n = COMPLAINTS_MAX;
        return Err(Error::field(
            "name",
            "too_many",
            format!("最多 {n} 项"),
            format!("At most {n}"),
        ));
    }
    let mut changes = Changes::default();
    if let Some(before) = before {
        changes.note("name", &before.name, &wanted.name);
        changes.note("name_en", &before.name_en, &wanted.name_en);
        changes.note("service", before.service_id, wanted.service_id);
        changes.note("urgent", before.urgent, wanted.urgent);
        changes.note("position", before.position, wanted.position);
        if changes.is_empty() {
            return Ok(Outcome::Same);
        }
    }
    let mut order: Vec<Complaint> = clinic
        .complaints
        .iter()
        .filter(|x| x.id != wanted.id)
        .cloned()
        .collect();
    let place = usize::try_from(wanted.position - 1).unwrap_or(0).min(order.len());
    order.insert(place, wanted.clone());
    for (position, x) in (1..).zip(&order) {
        let placed = Complaint { position, ..x.clone() };
        if x.id == 0 {
            let id = store::insert_complaint(c, &placed)?;
            by.created(c, "complaints", id, &x.name)?;
        } else if placed != *x || x.id == wanted.id {
            store::update_complaint(c, &placed)?;
        }
    }
    if before.is_some() {
        by.updated(c, "complaints", wanted.id, &changes)?;
    }
    Ok(Outcome::Saved)
}

/// Takes a complaint out of the list. Visits keep what was noted with them.
pub(in crate::clinic) fn remove_complaint(c: &mut Conn, by: &By, id: i64) -> Result<Outcome> {
    let clinic = store::snapshot(c)?;
    let found = clinic.complaints.iter().find(|x| x.id == id);
    let found = found.ok_or(Error::NotFound("complaint"))?;
    store::delete_complaint(c, id)?;
    by.deleted(c, "complaints", id, &found.name)?;
    Ok(Outcome::Saved)
}
