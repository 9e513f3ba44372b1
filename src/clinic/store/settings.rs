//! SQL of the settings pages: changes, and the bookings that a change touches.

use diesel::prelude::*;

use super::super::model::{
    Booking, Chair, ChairId, Holiday, HolidayId, Leave, LeaveId, Provider, ProviderId, Service, ServiceId, Setup, Whose,
};
use super::{list_chairs, list_providers, list_service_providers, list_services, the_site};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{
    appointments, chairs, holidays, leaves, providers, scripts, service_providers, services,
};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};

/// States in which a visit is still to come (`appointments::Status::is_planned`, which lies above this module).
const PLANNED: [&str; 2] = ["booked", "confirmed"];

/// Whose bookings are wanted.
#[derive(Debug, Clone, Copy)]
pub enum BookingsOf {
    /// Everybody's.
    Site,
    /// A chair's.
    Chair(ChairId),
    /// A provider's, those included in which they help.
    Provider(ProviderId),
    /// A service's.
    Service(ServiceId),
}

/// Planned visits that begin after `now`, earliest first.
pub fn list_bookings(c: &mut Conn, of: BookingsOf, now: Instant) -> Result<Vec<Booking>> {
    let mut query = appointments::table
        .inner_join(services::table)
        .filter(appointments::starts_at.gt(now))
        .filter(appointments::status.eq_any(PLANNED))
        .order((appointments::starts_at, appointments::id))
        .select((
            appointments::id,
            appointments::starts_at,
            appointments::ends_at,
            appointments::provider_id,
            appointments::second_id,
            appointments::chair_id,
            appointments::service_id,
            services::name,
            services::name_en,
        ))
        .into_boxed();
    query = match of {
        BookingsOf::Site => query,
        BookingsOf::Chair(id) => query.filter(appointments::chair_id.eq(id)),
        BookingsOf::Provider(id) => query.filter(
            appointments::provider_id
                .eq(id)
                .or(appointments::second_id.eq(Some(id))),
        ),
        BookingsOf::Service(id) => query.filter(appointments::service_id.eq(id)),
    };
    Ok(query.load(c)?)
}

/// What setting the clinic up has come to; accounts and gateways are the caller's to say.
pub fn load_setup(c: &mut Conn, accounts: usize, gateways: bool) -> Result<Setup> {
    let clinic = super::snapshot(c)?;
    Ok(Setup {
        site: the_site(c)?,
        chairs: list_chairs(c, false)?,
        services: list_services(c, false)?,
        providers: list_providers(c, false)?,
        does: list_service_providers(c)?,
        rotas: clinic.providers.iter().map(|p| (p.id, clinic.rota(p.id))).collect(),
        accounts,
        gateways,
    })
}

/// Whether anybody can be booked for anything yet.
pub fn can_be_booked(c: &mut Conn) -> Result<bool> {
    let s = super::snapshot(c)?;
    let does = |p: &Provider| s.services.iter().any(|v| v.active && s.does.contains(&(v.id, p.id)));
    Ok(s.providers
        .iter()
        .any(|p| p.active && does(p) && !s.rota(p.id).is_blank()))
}

/// A chair that must be there.
pub fn get_chair(c: &mut Conn, id: ChairId) -> Result<Chair> {
    chairs::table
        .find(id)
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("chair"))
}
/// Changes a chair.
pub fn update_chair(c: &mut Conn, ch: &Chair) -> Result<()> {
    diesel::update(chairs::table.find(ch.id))
        .set((
            chairs::name.eq(&ch.name),
            chairs::name_en.eq(&ch.name_en),
            chairs::position.eq(ch.position),
            chairs::active.eq(ch.active),
            chairs::kind.eq(&ch.kind),
        ))
        .execute(c)?;
    Ok(())
}
/// Changes a provider.
pub fn update_provider(c: &mut Conn, p: &Provider) -> Result<()> {
    diesel::update(providers::table.find(p.id))
        .set((
            providers::user_id.eq(p.user_id),
            providers::name.eq(&p.name),
            providers::name_en.eq(&p.name_en),
            providers::kind.eq(p.kind),
            providers::speciality.eq(&p.speciality),
            providers::speciality_en.eq(&p.speciality_en),
            providers::chair_id.eq(p.chair_id),
            providers::position.eq(p.position),
            providers::active.eq(p.active),
            providers::day_max.eq(p.day_max),
        ))
        .execute(c)?;
    Ok(())
}
/// Adds a service unless its code is taken: then `None`.
pub fn insert_new_service(c: &mut Conn, s: &Service) -> Result<Option<ServiceId>> {
    let statement = diesel::insert_into(services::table)
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
        .on_conflict_do_nothing()
        .returning(services::id);
    Ok(Both(statement).get_result(c).optional()?)
}
/// Changes a service; its code stays.
pub fn update_service(c: &mut Conn, s: &Service) -> Result<()> {
    diesel::update(services::table.find(s.id))
        .set((
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
        .execute(c)?;
    Ok(())
}
/// Says that a provider no longer does a service.
pub fn unlink_service_provider(c: &mut Conn, service: ServiceId, provider: ProviderId) -> Result<()> {
    diesel::delete(service_providers::table.find((service, provider))).execute(c)?;
    Ok(())
}
impl From<Whose> for BookingsOf {
    fn from(whose: Whose) -> BookingsOf {
        match whose {
            Whose::Provider(id) => BookingsOf::Provider(id),
            Whose::Chair(id) => BookingsOf::Chair(id),
        }
    }
}

/// The times away of a provider or a chair that end after `since`, earliest first.
pub fn list_leaves_of(c: &mut Conn, whose: Whose, since: Instant) -> Result<Vec<Leave>> {
    let of = leaves::provider_id
        .eq(whose.provider())
        .or(leaves::chair_id.eq(whose.chair()));
    Ok(leaves::table
        .filter(of)
        .filter(leaves::ends_at.gt(since))
        .order((leaves::starts_at, leaves::id))
        .load(c)?)
}
/// A time away that may be gone.
pub fn find_leave(c: &mut Conn, id: LeaveId) -> Result<Option<Leave>> {
    Ok(leaves::table.find(id).first(c).optional()?)
}
/// Removes a leave.
pub fn delete_leave(c: &mut Conn, id: LeaveId) -> Result<()> {
    diesel::delete(leaves::table.find(id)).execute(c)?;
    Ok(())
}
/// A holiday that may be gone.
pub fn find_holiday(c: &mut Conn, id: HolidayId) -> Result<Option<Holiday>> {
    Ok(holidays::table.find(id).first(c).optional()?)
}
/// Removes a holiday.
pub fn delete_holiday(c: &mut Conn, id: HolidayId) -> Result<()> {
    diesel::delete(holidays::table.find(id)).execute(c)?;
    Ok(())
}
/// Code and names of the call scripts that a service may ask for.
pub fn list_scripts(c: &mut Conn) -> Result<Vec<(String, String, String)>> {
    Ok(scripts::table
        .order(scripts::code)
        .select((scripts::code, scripts::name, scripts::name_en))
        .load(c)?)
}
