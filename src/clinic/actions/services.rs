//! Services (visit types) and how they are booked.

use std::collections::BTreeMap;

use super::super::model::{Booking, BookingRules, Outcome, ProviderId, Service, ServiceId, Why, objection};
use super::super::store::{self, BookingsOf, Snapshot};
use super::By;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::Changes;

/// Adds a service (id 0), at the end of the list, or changes one; who does it, and how it is booked. Visits already booked
/// keep their time; asks first when some of them do not meet the new rules.
pub(in crate::clinic) fn save_service(
    c: &mut Conn,
    by: &By,
    service: &Service,
    providers: &[ProviderId],
    rules: &BookingRules,
) -> Result<(Outcome, ServiceId)> {
    if service.id == ServiceId(0) {
        let id = add(c, by, service, providers)?;
        if *rules != BookingRules::default() {
            store::save_rules(c, id, rules)?;
        }
        return Ok((Outcome::Saved, id));
    }
    let before = store::get_service(c, service.id)?;
    let clinic = store::snapshot(c)?;
    let had = clinic.rules(service.id);
    let mut changes = differences(&before, service);
    if had != rules {
        note_rules(&mut changes, had, rules);
        let bookings = store::list_bookings(c, BookingsOf::Service(service.id), by.now)?;
        let off = off_rules(&clinic, bookings, had, rules);
        if let Some(ask) = objection(Why::OffRules, off, by.agreed) {
            return Ok((ask, service.id));
        }
        store::save_rules(c, service.id, rules)?;
    }
    relink(c, service.id, providers, &mut changes)?;
    if changes.is_empty() {
        return Ok((Outcome::Same, service.id));
    }
    store::update_service(
        c,
        &Service {
            position: before.position,
            ..service.clone()
        },
    )?;
    by.updated(c, "services", service.id.0, &changes)?;
    Ok((Outcome::Saved, service.id))
}

fn add(c: &mut Conn, by: &By, service: &Service, providers: &[ProviderId]) -> Result<ServiceId> {
    let last = store::list_services(c, true)?.iter().map(|s| s.position).max();
    let service = Service {
        position: last.unwrap_or(0) + 1,
        ..service.clone()
    };
    let id = store::insert_new_service(c, &service)?
        .ok_or_else(|| Error::field("code", "taken", "这个代码已被使用", "This code is taken"))?;
    for provider in providers {
        store::link_service_provider(c, id, *provider)?;
    }
    by.created(c, "services", id.0, &service.code)?;
    Ok(id)
}

fn differences(before: &Service, after: &Service) -> Changes {
    let mut changes = Changes::default();
    changes.note("name", &before.name, &after.name);
    changes.note("name_en", &before.name_en, &after.name_en);
    changes.note("minutes", before.minutes, after.minutes);
    changes.note("buffer_before", before.buffer_before, after.buffer_before);
    changes.note("buffer_after", before.buffer_after, after.buffer_after);
    changes.note("colour", &before.colour, &after.colour);
    changes.note("price_minor", before.price_minor, after.price_minor);
    changes.note_option("recall_months", before.recall_months, after.recall_months);
    changes.note_option("follow_up_days", before.follow_up_days, after.follow_up_days);
    changes.note("follow_up_minute", before.follow_up_minute, after.follow_up_minute);
    changes.note_option(
        "follow_up_script",
        before.follow_up_script.as_ref(),
        after.follow_up_script.as_ref(),
    );
    changes.note("active", before.active, after.active);
    changes
}

fn note_rules(changes: &mut Changes, before: &BookingRules, after: &BookingRules) {
    changes.note("grid_minutes", before.grid_minutes, after.grid_minutes);
    changes.note("chair_kind", &before.chair_kind, &after.chair_kind);
    changes.note(
        "provider_parts",
        before.provider_parts.show(),
        after.provider_parts.show(),
    );
    changes.note_option("second_kind", before.second_kind, after.second_kind);
    changes.note("second_parts", before.second_parts.show(), after.second_parts.show());
    changes.note_option("per_day_max", before.per_day_max, after.per_day_max);
    changes.note("online", before.online, after.online);
    changes.note("notice_minutes", before.notice_minutes, after.notice_minutes);
    changes.note("horizon_days", before.horizon_days, after.horizon_days);
}

/// Those that met the old rules and do not meet the new ones: another chair, a second person, fewer a day.
fn off_rules(clinic: &Snapshot, bookings: Vec<Booking>, before: &BookingRules, after: &BookingRules) -> Vec<Booking> {
    let zone = clinic.site.tz();
    let mut counts: BTreeMap<_, i32> = BTreeMap::new();
    let mut off = bookings;
    off.retain(|b| {
        let nth = counts.entry((b.provider_id, b.starts_at.day(zone))).or_default();
        *nth += 1;
        meets(clinic, b, before, *nth) && !meets(clinic, b, after, *nth)
    });
    off
}

/// Whether a visit, the `nth` of its provider that day, meets rules.
fn meets(clinic: &Snapshot, b: &Booking, rules: &BookingRules, nth: i32) -> bool {
    let chair = clinic.find_chair(b.chair_id).map_or("", |chair| chair.kind.as_str());
    let second = b.second_id.and_then(|id| clinic.find_provider(id)).map(|p| p.kind);
    (rules.chair_kind.is_empty() || rules.chair_kind == chair)
        && (rules.second_kind.is_none() || rules.second_kind == second)
        && rules.per_day_max.is_none_or(|most| nth <= most)
}

fn relink(c: &mut Conn, id: ServiceId, providers: &[ProviderId], changes: &mut Changes) -> Result<()> {
    let mut before: Vec<ProviderId> = store::list_service_providers(c)?
        .into_iter()
        .filter(|(s, _)| *s == id)
        .map(|(_, p)| p)
        .collect();
    let mut after = providers.to_vec();
    before.sort();
    after.sort();
    for provider in before.iter().filter(|p| !after.contains(p)) {
        store::unlink_service_provider(c, id, *provider)?;
    }
    for provider in after.iter().filter(|p| !before.contains(p)) {
        store::link_service_provider(c, id, *provider)?;
    }
    let show = |list: &[ProviderId]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    changes.note("providers", show(&before), show(&after));
    Ok(())
}
