//! Time kept for some services.

use super::super::model::{Blockout, Booking, Outcome, ServiceId, WEEKDAY_CODES, Why, objection, show_minute};
use super::super::store::{self, BookingsOf};
use super::By;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::staff::Changes;

/// The visits that lie in time that would be kept for something else, and do not yet.
fn newly_inside(
    c: &mut Conn,
    by: &By,
    (wanted, services): (&[Blockout], &[ServiceId]),
    before: Option<(&Blockout, &[ServiceId])>,
) -> Result<Vec<Booking>> {
    let zone = store::the_site(c)?.tz();
    let today = by.now.day(zone);
    let keeps = |b: &Blockout, for_whom: &[ServiceId], visit: &Booking| {
        !for_whom.contains(&visit.service_id) && b.takes(zone, today, visit)
    };
    let mut bookings = store::list_bookings(c, BookingsOf::Site, by.now)?;
    bookings.retain(|visit| {
        wanted.iter().any(|b| keeps(b, services, visit)) && !before.is_some_and(|(b, of)| keeps(b, of, visit))
    });
    Ok(bookings)
}

/// Adds blockouts that are for the same services. Asks first when visits for others lie within. Tells their rows.
pub(in crate::clinic) fn add_blockouts(
    c: &mut Conn,
    by: &By,
    wanted: &[Blockout],
    services: &[ServiceId],
) -> Result<(Outcome, Vec<i64>)> {
    let touched = newly_inside(c, by, (wanted, services), None)?;
    let mut made = Vec::new();
    if let Some(ask) = objection(Why::InKeptTime, touched, by.agreed) {
        return Ok((ask, made));
    }
    for b in wanted {
        let id = store::insert_blockout(c, b, services)?;
        by.created(c, "blockouts", id, &format!("{} {}", when(b), b.name))?;
        made.push(id);
    }
    Ok((Outcome::Saved, made))
}

/// Changes a blockout. Asks first when visits for other services come to lie within.
pub(in crate::clinic) fn save_blockout(
    c: &mut Conn,
    by: &By,
    wanted: &Blockout,
    services: &[ServiceId],
) -> Result<Outcome> {
    let clinic = store::snapshot(c)?;
    let (before, had) = clinic.get_blockout(wanted.id)?;
    let changes = differences((before, &had), (wanted, services));
    if changes.is_empty() {
        return Ok(Outcome::Same);
    }
    let touched = newly_inside(c, by, (std::slice::from_ref(wanted), services), Some((before, &had)))?;
    if let Some(ask) = objection(Why::InKeptTime, touched, by.agreed) {
        return Ok(ask);
    }
    store::update_blockout(c, wanted, services)?;
    by.updated(c, "blockouts", wanted.id, &changes)?;
    Ok(Outcome::Saved)
}

/// Gives the time free again.
pub(in crate::clinic) fn remove_blockout(c: &mut Conn, by: &By, id: i64) -> Result<Outcome> {
    let clinic = store::snapshot(c)?;
    let (b, _) = clinic.get_blockout(id)?;
    store::delete_blockout(c, id)?;
    by.deleted(c, "blockouts", id, &format!("{} {}", when(b), b.name))?;
    Ok(Outcome::Saved)
}

fn differences((before, had): (&Blockout, &[ServiceId]), (after, services): (&Blockout, &[ServiceId])) -> Changes {
    let mut changes = Changes::default();
    let ids = |list: &[ServiceId]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    changes.note("name", &before.name, &after.name);
    changes.note("name_en", &before.name_en, &after.name_en);
    changes.note_option("provider", before.provider_id, after.provider_id);
    changes.note_option("chair", before.chair_id, after.chair_id);
    changes.note("when", when(before), when(after));
    changes.note_option("valid_from", before.valid_from, after.valid_from);
    changes.note_option("valid_until", before.valid_until, after.valid_until);
    changes.note_option("release_days", before.release_days, after.release_days);
    changes.note("travel", before.travel_minutes, after.travel_minutes);
    changes.note("services", ids(had), ids(services));
    changes
}

/// `2026-12-07 09:00-11:00`, `Mon 09:00-11:00`
fn when(b: &Blockout) -> String {
    let day = match (b.day, b.weekday) {
        (Some(day), _) => day.to_string(),
        (None, weekday) => {
            let index = usize::try_from(weekday.unwrap_or(1) - 1).unwrap_or(0);
            WEEKDAY_CODES.get(index).copied().unwrap_or("").to_owned()
        }
    };
    format!("{day} {}-{}", show_minute(b.start_minute), show_minute(b.end_minute))
}
