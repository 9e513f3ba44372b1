//! Services (visit types).

use super::super::model::{Outcome, ProviderId, Service, ServiceId};
use super::super::store;
use super::By;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::Changes;

/// Adds a service (id 0), at the end of the list, or changes one; and who does it. Visits already booked keep their time.
pub(in crate::clinic) fn save_service(
    c: &mut Conn,
    by: &By,
    service: &Service,
    providers: &[ProviderId],
) -> Result<(Outcome, ServiceId)> {
    if service.id == ServiceId(0) {
        return add(c, by, service, providers).map(|id| (Outcome::Saved, id));
    }
    let before = store::get_service(c, service.id)?;
    let mut changes = differences(&before, service);
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
