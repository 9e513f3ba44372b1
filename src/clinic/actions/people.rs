//! Providers, what they do, and where.

use super::super::model::{Booking, ChairId, Outcome, Provider, ProviderId, ServiceId, Why, objection};
use super::super::store::{self, BookingsOf};
use super::By;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::Changes;

/// Adds a provider (id 0), at the end of the board, or changes one; which services they do, and at which further chairs.
/// Asks before one is deactivated who has visits booked, and before a chair is taken from them that visits need.
pub(in crate::clinic) fn save_provider(
    c: &mut Conn,
    by: &By,
    provider: &Provider,
    services: &[ServiceId],
    further: &[ChairId],
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
        store::replace_further_chairs(c, id, further)?;
        by.created(c, "providers", id.0, &provider.name)?;
        return Ok((Outcome::Saved, id));
    }
    let id = provider.id;
    let before = store::get_provider(c, id)?;
    let mut changes = differences(&before, provider);
    let had: Vec<ChairId> = store::snapshot(c)?.further_chairs(id).collect();
    changes.note("further_chairs", ids(&had), ids(further));
    let chairs = |own: ChairId, more: &[ChairId]| [&[own], more].concat();
    let (old, new) = (chairs(before.chair_id, &had), chairs(provider.chair_id, further));
    let touched = match before.active && !provider.active {
        true => (
            Why::OfProvider,
            store::list_bookings(c, BookingsOf::Provider(id), by.now)?,
        ),
        false => (Why::OtherChair, in_lost_chairs(c, by, id, (&old, &new))?),
    };
    if let Some(ask) = objection(touched.0, touched.1, by.agreed) {
        return Ok((ask, id));
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
    store::replace_further_chairs(c, id, further)?;
    by.updated(c, "providers", id.0, &changes)?;
    Ok((Outcome::Saved, id))
}

/// The visits in chairs that a provider would have no more. A service that needs a kind of chair does not ask whose it is.
fn in_lost_chairs(c: &mut Conn, by: &By, id: ProviderId, (old, new): (&[ChairId], &[ChairId])) -> Result<Vec<Booking>> {
    let clinic = store::snapshot(c)?;
    let lost = |chair| old.contains(&chair) && !new.contains(&chair);
    let mut bookings = store::list_bookings(c, BookingsOf::Provider(id), by.now)?;
    bookings.retain(|b| b.provider_id == id && lost(b.chair_id) && clinic.rules(b.service_id).chair_kind.is_empty());
    Ok(bookings)
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
    changes.note_option("day_max", before.day_max, after.day_max);
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
    changes.note("services", ids(&before), ids(&after));
    Ok(())
}

fn ids<T: ToString>(list: &[T]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
