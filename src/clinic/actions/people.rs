//! Providers, their weekly hours and their leave.

use super::super::model::{
    Leave, LeaveId, Outcome, Provider, ProviderId, SINCE_EVER, ServiceId, Week, Why, objection, taken_by_leave,
    thrown_out,
};
use super::super::store::{self, BookingsOf};
use super::By;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::Changes;

/// Adds a provider (id 0), at the end of the board, or changes one; and which services they do. Asks before one is
/// deactivated who has visits booked.
pub(in crate::clinic) fn save_provider(
    c: &mut Conn,
    by: &By,
    provider: &Provider,
    services: &[ServiceId],
) -> Result<(Outcome, ProviderId)> {
    account_is_free(c, provider)?;
    if provider.id == ProviderId(0) {
        let last = store::list_providers(c, true)?.iter().map(|p| p.position).max();
        let provider = Provider {
            position: last.unwrap_or(0) + 1,
            ..provider.clone()
        };
        let id = store::insert_provider(c, &provider)?;
        for service in services {
            store::link_service_provider(c, *service, id)?;
        }
        by.created(c, "providers", id.0, &provider.name)?;
        return Ok((Outcome::Saved, id));
    }
    let id = provider.id;
    let before = store::get_provider(c, id)?;
    let mut changes = differences(&before, provider);
    if before.active && !provider.active {
        let bookings = store::list_bookings(c, BookingsOf::Provider(id), by.now)?;
        if let Some(ask) = objection(Why::OfProvider, bookings, by.agreed) {
            return Ok((ask, id));
        }
    }
    relink(c, id, services, &mut changes)?;
    if changes.is_empty() {
        return Ok((Outcome::Same, id));
    }
    store::update_provider(
        c,
        &Provider {
            position: before.position,
            ..provider.clone()
        },
    )?;
    by.updated(c, "providers", id.0, &changes)?;
    Ok((Outcome::Saved, id))
}

fn differences(before: &Provider, after: &Provider) -> Changes {
    let mut changes = Changes::default();
    changes.note("name", &before.name, &after.name);
    changes.note("name_en", &before.name_en, &after.name_en);
    changes.note("kind", before.kind, after.kind);
    changes.note("speciality", &before.speciality, &after.speciality);
    changes.note("speciality_en", &before.speciality_en, &after.speciality_en);
    changes.note("chair", before.chair_id, after.chair_id);
    changes.note_option("account", before.user_id, after.user_id);
    changes.note("active", before.active, after.active);
    changes
}

fn account_is_free(c: &mut Conn, provider: &Provider) -> Result<()> {
    let Some(user) = provider.user_id else { return Ok(()) };
    let others = store::list_providers(c, true)?;
    match others.iter().find(|p| p.user_id == Some(user) && p.id != provider.id) {
        None => Ok(()),
        Some(other) => Err(Error::field(
            "account",
            "taken",
            format!("此账户已属于 {}", other.name),
            format!("This account belongs to {}", other.name_en),
        )),
    }
}

fn relink(c: &mut Conn, id: ProviderId, services: &[ServiceId], changes: &mut Changes) -> Result<()> {
    let mut before: Vec<ServiceId> = store::list_service_providers(c)?
        .into_iter()
        .filter(|(_, p)| *p == id)
        .map(|(s, _)| s)
        .collect();
    let mut after = services.to_vec();
    before.sort();
    after.sort();
    for service in before.iter().filter(|s| !after.contains(s)) {
        store::unlink_service_provider(c, *service, id)?;
    }
    for service in after.iter().filter(|s| !before.contains(s)) {
        store::link_service_provider(c, *service, id)?;
    }
    let show = |list: &[ServiceId]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    changes.note("services", show(&before), show(&after));
    Ok(())
}

/// Replaces the weekly hours. Asks first when visits that fitted the old ones do not fit the new ones.
pub(in crate::clinic) fn save_hours(c: &mut Conn, by: &By, id: ProviderId, week: &Week) -> Result<Outcome> {
    let provider = store::get_provider(c, id)?;
    let zone = store::get_site(c, provider.site_id)?.tz();
    let rota = store::snapshot(c)?.rota(id);
    let (from, before) = match rota.pattern_on(by.now.day(zone)) {
        Some((from, before)) => (from, before.clone()),
        None => (SINCE_EVER, Week::default()),
    };
    if before == *week {
        return Ok(Outcome::Same);
    }
    let bookings = store::list_bookings(c, BookingsOf::Provider(id), by.now)?;
    let outside = thrown_out(bookings, zone, &before, week);
    if let Some(ask) = objection(Why::OutsideHours, outside, by.agreed) {
        return Ok(ask);
    }
    store::replace_pattern(c, id, from, week)?;
    let mut changes = Changes::default();
    changes.note("hours", before.show(), week.show());
    by.updated(c, "provider_hours", id.0, &changes)?;
    Ok(Outcome::Saved)
}

/// Adds a leave. Asks first when visits are booked within it.
pub(in crate::clinic) fn add_leave(c: &mut Conn, by: &By, leave: &Leave) -> Result<Outcome> {
    let provider = store::get_provider(c, leave.provider_id)?;
    let bookings = store::list_bookings(c, BookingsOf::Provider(provider.id), by.now)?;
    let taken = taken_by_leave(bookings, leave);
    if let Some(ask) = objection(Why::InLeave, taken, by.agreed) {
        return Ok(ask);
    }
    store::insert_leave(c, provider.id, leave.starts_at, leave.ends_at, &leave.reason)?;
    let what = format!("{} - {}", leave.starts_at, leave.ends_at);
    by.created(c, "provider_leave", provider.id.0, &what)?;
    Ok(Outcome::Saved)
}

/// Removes a provider's leave.
pub(in crate::clinic) fn remove_leave(c: &mut Conn, by: &By, provider: ProviderId, id: LeaveId) -> Result<Outcome> {
    let leave = store::find_leave(c, id)?
        .filter(|l| l.provider_id == provider)
        .ok_or(Error::NotFound("leave"))?;
    store::delete_leave(c, id)?;
    let what = format!("{} - {}", leave.starts_at, leave.ends_at);
    by.deleted(c, "provider_leave", provider.0, &what)?;
    Ok(Outcome::Saved)
}
