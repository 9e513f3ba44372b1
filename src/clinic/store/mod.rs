//! All SQL of the clinic's set-up.

mod online;
mod rota;
mod settings;
mod snapshot;

use chrono::NaiveDate;
use diesel::prelude::*;

pub use online::*;
pub use rota::*;
pub use settings::*;
pub use snapshot::{Snapshot, snapshot};

use super::model::{
    Chair, ChairId, Holiday, HolidayId, Hours, Leave, LeaveId, Provider, ProviderId, ProviderKind, Service, ServiceId,
    Site, SiteId, Whose,
};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{
    chairs, holidays, leaves, providers, service_providers, services, sites, weekly_hours,
};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::staff::UserId;

/// The site. One installation runs one site for now; every table carries its id.
pub fn the_site(c: &mut Conn) -> Result<Site> {
    // No LIMIT: SQLite prepares a statement with one anew each time, and there is one row.
    let sites: Vec<Site> = sites::table.order(sites::id).load(c)?;
    sites.into_iter().next().ok_or(Error::NotFound("site"))
}
/// A site by id.
pub fn get_site(c: &mut Conn, id: SiteId) -> Result<Site> {
    sites::table
        .find(id)
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("site"))
}
/// Chairs in board order; inactive ones only if asked.
pub fn list_chairs(c: &mut Conn, inactive_too: bool) -> Result<Vec<Chair>> {
    let mut query = chairs::table.order((chairs::position, chairs::id)).into_boxed();
    if !inactive_too {
        query = query.filter(chairs::active.eq(true));
    }
    Ok(query.load(c)?)
}
/// Providers in board order; inactive ones only if asked.
pub fn list_providers(c: &mut Conn, inactive_too: bool) -> Result<Vec<Provider>> {
    let mut query = providers::table
        .order((providers::position, providers::id))
        .into_boxed();
    if !inactive_too {
        query = query.filter(providers::active.eq(true));
    }
    Ok(query.load(c)?)
}
/// A provider that may be gone.
pub fn find_provider(c: &mut Conn, id: ProviderId) -> Result<Option<Provider>> {
    Ok(providers::table.find(id).first(c).optional()?)
}
/// A provider that must be there.
pub fn get_provider(c: &mut Conn, id: ProviderId) -> Result<Provider> {
    find_provider(c, id)?.ok_or(Error::NotFound("provider"))
}
/// Services in list order; inactive ones only if asked.
pub fn list_services(c: &mut Conn, inactive_too: bool) -> Result<Vec<Service>> {
    let mut query = services::table.order((services::position, services::id)).into_boxed();
    if !inactive_too {
        query = query.filter(services::active.eq(true));
    }
    Ok(query.load(c)?)
}
/// A service that may be gone.
pub fn find_service(c: &mut Conn, id: ServiceId) -> Result<Option<Service>> {
    Ok(services::table.find(id).first(c).optional()?)
}
/// A service that must be there.
pub fn get_service(c: &mut Conn, id: ServiceId) -> Result<Service> {
    find_service(c, id)?.ok_or(Error::NotFound("service"))
}
/// Which provider does which service.
pub fn list_service_providers(c: &mut Conn) -> Result<Vec<(ServiceId, ProviderId)>> {
    Ok(service_providers::table
        .order((service_providers::service_id, service_providers::provider_id))
        .load(c)?)
}
/// All weekly hours of all patterns, by weekday and time.
pub fn list_hours(c: &mut Conn) -> Result<Vec<Hours>> {
    Ok(weekly_hours::table
        .order((
            weekly_hours::provider_id,
            weekly_hours::chair_id,
            weekly_hours::weekday,
            weekly_hours::start_minute,
        ))
        .load(c)?)
}
/// Holidays from `from` to `until`, both included.
pub fn list_holidays(c: &mut Conn, from: NaiveDate, until: NaiveDate) -> Result<Vec<Holiday>> {
    Ok(holidays::table
        .filter(holidays::day.between(from, until))
        .order(holidays::day)
        .load(c)?)
}
/// Leaves that touch `[from, until)`.
pub fn list_leaves(c: &mut Conn, from: Instant, until: Instant) -> Result<Vec<Leave>> {
    Ok(leaves::table
        .filter(leaves::ends_at.gt(from).and(leaves::starts_at.lt(until)))
        .order(leaves::starts_at)
        .load(c)?)
}

/// Adds a site; `id` of the value is ignored, here and below.
pub fn insert_site(c: &mut Conn, s: &Site) -> Result<SiteId> {
    Ok(diesel::insert_into(sites::table)
        .values((
            sites::name.eq(&s.name),
            sites::name_en.eq(&s.name_en),
            sites::phone.eq(&s.phone),
            sites::address.eq(&s.address),
            sites::address_en.eq(&s.address_en),
            sites::zone.eq(&s.zone),
            sites::language.eq::<Lang>(s.language),
            sites::currency.eq(&s.currency),
            sites::country.eq(&s.country),
            sites::updated_at.eq(s.updated_at),
        ))
        .returning(sites::id)
        .get_result(c)?)
}
/// Changes a site's data.
pub fn update_site(c: &mut Conn, id: SiteId, s: &Site) -> Result<()> {
    diesel::update(sites::table.find(id))
        .set((
            sites::name.eq(&s.name),
            sites::name_en.eq(&s.name_en),
            sites::phone.eq(&s.phone),
            sites::address.eq(&s.address),
            sites::address_en.eq(&s.address_en),
            sites::zone.eq(&s.zone),
            sites::language.eq(s.language),
            sites::currency.eq(&s.currency),
            sites::country.eq(&s.country),
            sites::updated_at.eq(s.updated_at),
        ))
        .execute(c)?;
    Ok(())
}
/// Adds a chair.
pub fn insert_chair(c: &mut Conn, ch: &Chair) -> Result<ChairId> {
    Ok(diesel::insert_into(chairs::table)
        .values((
            chairs::site_id.eq(ch.site_id),
            chairs::name.eq(&ch.name),
            chairs::name_en.eq(&ch.name_en),
            chairs::position.eq(ch.position),
            chairs::active.eq(ch.active),
            chairs::kind.eq(&ch.kind),
        ))
        .returning(chairs::id)
        .get_result(c)?)
}
/// Adds a provider.
pub fn insert_provider(c: &mut Conn, p: &Provider) -> Result<ProviderId> {
    Ok(diesel::insert_into(providers::table)
        .values((
            providers::site_id.eq(p.site_id),
            providers::user_id.eq::<Option<UserId>>(p.user_id),
            providers::name.eq(&p.name),
            providers::name_en.eq(&p.name_en),
            providers::kind.eq::<ProviderKind>(p.kind),
            providers::speciality.eq(&p.speciality),
            providers::speciality_en.eq(&p.speciality_en),
            providers::chair_id.eq(p.chair_id),
            providers::position.eq(p.position),
            providers::active.eq(p.active),
            providers::day_max.eq(p.day_max),
        ))
        .returning(providers::id)
        .get_result(c)?)
}
/// Adds a service.
pub fn insert_service(c: &mut Conn, s: &Service) -> Result<ServiceId> {
    Ok(diesel::insert_into(services::table)
        .values((
            services::code.eq(&s.code),
            services::name.eq(&s.name),
            services::name_en.eq(&s.name_en),
            services::minutes.eq(s.minutes),
            services::buffer_before.eq(s.buffer_before),
            services::buffer_after.eq(s.buffer_after),
            services::colour.eq(&s.colour),
            services::price_minor.eq(s.price_minor),
            services::recall_months.eq(s.recall_months),
            services::follow_up_days.eq(s.follow_up_days),
            services::follow_up_minute.eq(s.follow_up_minute),
            services::follow_up_script.eq(&s.follow_up_script),
            services::position.eq(s.position),
            services::active.eq(s.active),
        ))
        .returning(services::id)
        .get_result(c)?)
}
/// Says that a provider does a service.
pub fn link_service_provider(c: &mut Conn, service: ServiceId, provider: ProviderId) -> Result<()> {
    diesel::insert_into(service_providers::table)
        .values((
            service_providers::service_id.eq(service),
            service_providers::provider_id.eq(provider),
        ))
        .execute(c)?;
    Ok(())
}
/// Adds a session of weekly hours of a provider.
pub fn insert_hours(
    c: &mut Conn,
    provider: ProviderId,
    weekday: i32,
    start_minute: i32,
    end_minute: i32,
) -> Result<()> {
    diesel::insert_into(weekly_hours::table)
        .values((
            weekly_hours::provider_id.eq(provider),
            weekly_hours::weekday.eq(weekday),
            weekly_hours::start_minute.eq(start_minute),
            weekly_hours::end_minute.eq(end_minute),
        ))
        .execute(c)?;
    Ok(())
}
/// Adds a holiday.
pub fn insert_holiday(c: &mut Conn, site: SiteId, day: NaiveDate, name: &str, name_en: &str) -> Result<HolidayId> {
    Ok(diesel::insert_into(holidays::table)
        .values((
            holidays::site_id.eq(site),
            holidays::day.eq(day),
            holidays::name.eq(name),
            holidays::name_en.eq(name_en),
        ))
        .returning(holidays::id)
        .get_result(c)?)
}
/// Adds a provider's leave, or a time in which a chair is out of service.
pub fn insert_leave(
    c: &mut Conn,
    whose: impl Into<Whose>,
    starts_at: Instant,
    ends_at: Instant,
    reason: &str,
) -> Result<LeaveId> {
    let whose = whose.into();
    Ok(diesel::insert_into(leaves::table)
        .values((
            leaves::provider_id.eq(whose.provider()),
            leaves::chair_id.eq(whose.chair()),
            leaves::starts_at.eq(starts_at),
            leaves::ends_at.eq(ends_at),
            leaves::reason.eq(reason),
        ))
        .returning(leaves::id)
        .get_result(c)?)
}
