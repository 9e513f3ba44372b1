//! SQL of working time and booking rules.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::{
    Blockout, BlockoutServices, BookingRules, ChairId, DatedHours, Hours, MakeupDay, Parts, ProviderId, ProviderKind,
    SINCE_EVER, ServiceId, Session, SiteId, Week, Whose,
};
use super::list_hours;
use crate::platform::db::schema::{
    blockout_services, blockouts, booking_rules, dated_hours, hour_patterns, makeup_days, provider_chairs, weekly_hours,
};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};

/// The days from which patterns of weekly hours hold, the first ones left out.
pub fn list_pattern_days(c: &mut Conn) -> Result<Vec<(Whose, NaiveDate)>> {
    let rows: Vec<(Option<ProviderId>, Option<ChairId>, NaiveDate)> = hour_patterns::table
        .order((
            hour_patterns::provider_id,
            hour_patterns::chair_id,
            hour_patterns::valid_from,
        ))
        .select((
            hour_patterns::provider_id,
            hour_patterns::chair_id,
            hour_patterns::valid_from,
        ))
        .load(c)?;
    let whose = |(provider, chair, from)| Some((Whose::of(provider, chair)?, from));
    Ok(rows.into_iter().filter_map(whose).collect())
}
/// The weekly hours of all providers that hold on a day.
pub fn list_hours_on(c: &mut Conn, day: NaiveDate) -> Result<Vec<Hours>> {
    let begins = list_pattern_days(c)?;
    let since = |p: ProviderId| {
        let own = begins
            .iter()
            .filter(|(of, from)| *of == Whose::Provider(p) && *from <= day);
        own.map(|(_, from)| *from).max().unwrap_or(SINCE_EVER)
    };
    let mut hours = list_hours(c)?;
    hours.retain(|h| h.provider_id.is_some_and(|p| h.valid_from == since(p)));
    Ok(hours)
}
/// Sets the weekly hours of a provider or a chair that hold from a day on.
pub fn replace_pattern(c: &mut Conn, whose: impl Into<Whose>, from: NaiveDate, week: &Week) -> Result<()> {
    let whose = whose.into();
    delete_pattern(c, whose, from)?;
    if from != SINCE_EVER {
        let row = (
            hour_patterns::provider_id.eq(whose.provider()),
            hour_patterns::chair_id.eq(whose.chair()),
            hour_patterns::valid_from.eq(from),
        );
        diesel::insert_into(hour_patterns::table).values(row).execute(c)?;
    }
    for (sessions, weekday) in week.0.iter().zip(1..) {
        for s in sessions {
            diesel::insert_into(weekly_hours::table)
                .values((
                    weekly_hours::provider_id.eq(whose.provider()),
                    weekly_hours::chair_id.eq(whose.chair()),
                    weekly_hours::weekday.eq(weekday),
                    weekly_hours::start_minute.eq(s.start),
                    weekly_hours::end_minute.eq(s.end),
                    weekly_hours::valid_from.eq(from),
                ))
                .execute(c)?;
        }
    }
    Ok(())
}
/// Removes the weekly hours that begin on a day: those before hold on.
pub fn delete_pattern(c: &mut Conn, whose: Whose, from: NaiveDate) -> Result<()> {
    // One of the two columns is null, and so is what is compared with it: the other one tells.
    let of = weekly_hours::provider_id
        .eq(whose.provider())
        .or(weekly_hours::chair_id.eq(whose.chair()));
    let of = weekly_hours::table.filter(of).filter(weekly_hours::valid_from.eq(from));
    diesel::delete(of).execute(c)?;
    let of = hour_patterns::provider_id
        .eq(whose.provider())
        .or(hour_patterns::chair_id.eq(whose.chair()));
    let of = hour_patterns::table
        .filter(of)
        .filter(hour_patterns::valid_from.eq(from));
    diesel::delete(of).execute(c)?;
    Ok(())
}
/// Sessions of single days, by day and time.
pub fn list_dated_hours(c: &mut Conn) -> Result<Vec<DatedHours>> {
    Ok(dated_hours::table
        .order((dated_hours::day, dated_hours::start_minute, dated_hours::id))
        .load(c)?)
}
/// Sets the sessions of one day of a provider or a chair; none: the usual ones again.
pub fn replace_dated_hours(c: &mut Conn, whose: impl Into<Whose>, day: NaiveDate, sessions: &[Session]) -> Result<()> {
    let whose = whose.into();
    let of = dated_hours::provider_id
        .eq(whose.provider())
        .or(dated_hours::chair_id.eq(whose.chair()));
    let of = dated_hours::table.filter(of).filter(dated_hours::day.eq(day));
    diesel::delete(of).execute(c)?;
    for s in sessions {
        diesel::insert_into(dated_hours::table)
            .values((
                dated_hours::provider_id.eq(whose.provider()),
                dated_hours::chair_id.eq(whose.chair()),
                dated_hours::day.eq(day),
                dated_hours::start_minute.eq(s.start),
                dated_hours::end_minute.eq(s.end),
            ))
            .execute(c)?;
    }
    Ok(())
}
/// Days worked as another weekday, by day.
pub fn list_makeup_days(c: &mut Conn) -> Result<Vec<MakeupDay>> {
    Ok(makeup_days::table.order(makeup_days::day).load(c)?)
}
/// Adds one; `id` of the value is ignored.
pub fn insert_makeup_day(c: &mut Conn, m: &MakeupDay) -> Result<i64> {
    Ok(diesel::insert_into(makeup_days::table)
        .values((
            makeup_days::site_id.eq::<SiteId>(m.site_id),
            makeup_days::day.eq(m.day),
            makeup_days::weekday.eq(m.weekday),
            makeup_days::name.eq(&m.name),
            makeup_days::name_en.eq(&m.name_en),
        ))
        .returning(makeup_days::id)
        .get_result(c)?)
}
/// Removes one.
pub fn delete_makeup_day(c: &mut Conn, id: i64) -> Result<()> {
    diesel::delete(makeup_days::table.find(id)).execute(c)?;
    Ok(())
}
/// Blockouts, by time of day, and the services that may use each.
pub fn list_blockouts(c: &mut Conn) -> Result<(Vec<Blockout>, BlockoutServices)> {
    let list = blockouts::table
        .order((blockouts::start_minute, blockouts::id))
        .load(c)?;
    let services = blockout_services::table
        .order((blockout_services::blockout_id, blockout_services::service_id))
        .load(c)?;
    Ok((list, services))
}
/// Adds a blockout and the services that may use it; `id` of the value is ignored.
pub fn insert_blockout(c: &mut Conn, b: &Blockout, services: &[ServiceId]) -> Result<i64> {
    let id = diesel::insert_into(blockouts::table)
        .values((
            blockouts::site_id.eq::<SiteId>(b.site_id),
            blockouts::provider_id.eq(b.provider_id),
            blockouts::weekday.eq(b.weekday),
            blockouts::day.eq(b.day),
            blockouts::start_minute.eq(b.start_minute),
            blockouts::end_minute.eq(b.end_minute),
            blockouts::valid_from.eq(b.valid_from),
            blockouts::valid_until.eq(b.valid_until),
            blockouts::release_days.eq(b.release_days),
            blockouts::name.eq(&b.name),
            blockouts::name_en.eq(&b.name_en),
            blockouts::travel_minutes.eq(b.travel_minutes),
            blockouts::chair_id.eq(b.chair_id),
        ))
        .returning(blockouts::id)
        .get_result(c)?;
    insert_blockout_services(c, id, services)?;
    Ok(id)
}
fn insert_blockout_services(c: &mut Conn, id: i64, services: &[ServiceId]) -> Result<()> {
    for service in services {
        diesel::insert_into(blockout_services::table)
            .values((
                blockout_services::blockout_id.eq::<i64>(id),
                blockout_services::service_id.eq(service),
            ))
            .execute(c)?;
    }
    Ok(())
}
/// Changes a blockout and the services that may use it.
pub fn update_blockout(c: &mut Conn, b: &Blockout, services: &[ServiceId]) -> Result<()> {
    diesel::update(blockouts::table.find(b.id))
        .set((
            blockouts::provider_id.eq(b.provider_id),
            blockouts::weekday.eq(b.weekday),
            blockouts::day.eq(b.day),
            blockouts::start_minute.eq(b.start_minute),
            blockouts::end_minute.eq(b.end_minute),
            blockouts::valid_from.eq(b.valid_from),
            blockouts::valid_until.eq(b.valid_until),
            blockouts::release_days.eq(b.release_days),
            blockouts::name.eq(&b.name),
            blockouts::name_en.eq(&b.name_en),
            blockouts::travel_minutes.eq(b.travel_minutes),
            blockouts::chair_id.eq(b.chair_id),
        ))
        .execute(c)?;
    diesel::delete(blockout_services::table.filter(blockout_services::blockout_id.eq(b.id))).execute(c)?;
    insert_blockout_services(c, b.id, services)
}
/// Removes a blockout.
pub fn delete_blockout(c: &mut Conn, id: i64) -> Result<()> {
    diesel::delete(blockout_services::table.filter(blockout_services::blockout_id.eq(id))).execute(c)?;
    diesel::delete(blockouts::table.find(id)).execute(c)?;
    Ok(())
}
/// The chairs of a provider beside their own.
pub fn replace_further_chairs(c: &mut Conn, provider: ProviderId, chairs: &[ChairId]) -> Result<()> {
    diesel::delete(provider_chairs::table.filter(provider_chairs::provider_id.eq(provider))).execute(c)?;
    for chair in chairs {
        let row = (
            provider_chairs::provider_id.eq(provider),
            provider_chairs::chair_id.eq(chair),
        );
        diesel::insert_into(provider_chairs::table).values(row).execute(c)?;
    }
    Ok(())
}

type RulesRow = (
    ServiceId,
    i32,
    String,
    String,
    Option<ProviderKind>,
    String,
    Option<i32>,
    bool,
    i32,
    i32,
);

/// How each service is booked that has rules of its own.
pub fn list_rules(c: &mut Conn) -> Result<BTreeMap<ServiceId, BookingRules>> {
    let rows: Vec<RulesRow> = booking_rules::table.load(c)?;
    let parts = |text: &str| Parts::parse(text).map_err(|e| Error::Internal(e.en));
    rows.into_iter()
        .map(
            |(id, grid, chair_kind, provider, second_kind, second, per_day_max, online, notice, horizon)| {
                let rules = BookingRules {
                    grid_minutes: grid,
                    chair_kind,
                    provider_parts: parts(&provider)?,
                    second_kind,
                    second_parts: parts(&second)?,
                    per_day_max,
                    online,
                    notice_minutes: notice,
                    horizon_days: horizon,
                };
                Ok((id, rules))
            },
        )
        .collect()
}
/// Sets how a service is booked.
pub fn save_rules(c: &mut Conn, service: ServiceId, r: &BookingRules) -> Result<()> {
    let values = (
        booking_rules::grid_minutes.eq(r.grid_minutes),
        booking_rules::chair_kind.eq(&r.chair_kind),
        booking_rules::provider_parts.eq(r.provider_parts.show()),
        booking_rules::second_kind.eq(r.second_kind),
        booking_rules::second_parts.eq(r.second_parts.show()),
        booking_rules::per_day_max.eq(r.per_day_max),
        booking_rules::online.eq(r.online),
        booking_rules::notice_minutes.eq(r.notice_minutes),
        booking_rules::horizon_days.eq(r.horizon_days),
    );
    let changed = diesel::update(booking_rules::table.find(service))
        .set(values.clone())
        .execute(c)?;
    if changed == 0 {
        Both(
            diesel::insert_into(booking_rules::table)
                .values((booking_rules::service_id.eq(service), values))
                .on_conflict_do_nothing(),
        )
        .execute(c)?;
    }
    Ok(())
}
