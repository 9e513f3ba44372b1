//! Days on which the site does not follow the calendar: holidays, and days worked as another weekday.

use std::sync::Arc;

use chrono::NaiveDate;

use super::super::model::{HolidayId, MakeupDay, Outcome, SiteDays, Why, days_of, objection};
use super::super::store::{self, BookingsOf, Snapshot};
use super::By;
use crate::platform::clock::day_bounds;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};

/// Days that follow each other, and what they are called.
pub(in crate::clinic) struct Days {
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub name: String,
    pub name_en: String,
}

/// No day is two things at once: the fault is at `field`.
fn are_free(clinic: &Snapshot, days: &Days, field: &'static str) -> Result<()> {
    for day in days_of(days.first, days.last) {
        if let Some(there) = clinic.holiday_on(day) {
            return Err(Error::field(
                field,
                "taken",
                format!("{day} 已是假日：{}", there.name),
                format!("{day} is a holiday already: {}", there.name_en),
            ));
        }
        if let Some(there) = clinic.makeup_days.iter().find(|m| m.day == day) {
            return Err(Error::field(
                field,
                "taken",
                format!("{day} 已是调休上班日：{}", there.name),
                format!("{day} is a make-up workday already: {}", there.name_en),
            ));
        }
    }
    Ok(())
}

/// Closes the site on days. Asks first when visits are booked on them.
pub(in crate::clinic) fn add_holidays(c: &mut Conn, by: &By, days: &Days) -> Result<Outcome> {
    let clinic = store::snapshot(c)?;
    are_free(&clinic, days, "day")?;
    let (site, zone) = (clinic.site.id, clinic.site.tz());
    let (from, until) = (day_bounds(zone, days.first).0, day_bounds(zone, days.last).1);
    let mut bookings = store::list_bookings(c, BookingsOf::Site, by.now)?;
    bookings.retain(|b| b.starts_at < until && from < b.ends_at);
    if let Some(ask) = objection(Why::OnHoliday, bookings, by.agreed) {
        return Ok(ask);
    }
    for day in days_of(days.first, days.last) {
        store::insert_holiday(c, site, day, &days.name, &days.name_en)?;
    }
    by.on_newest(c, "holidays", site.0)?;
    for day in days_of(days.first, days.last) {
        by.created(c, "holidays", site.0, &format!("{day} {}", days.name))?;
    }
    Ok(Outcome::Saved)
}

/// Opens the site on a day again.
pub(in crate::clinic) fn remove_holiday(c: &mut Conn, by: &By, id: HolidayId) -> Result<Outcome> {
    let holiday = store::find_holiday(c, id)?.ok_or(Error::NotFound("holiday"))?;
    store::delete_holiday(c, id)?;
    let what = format!("{} {}", holiday.day, holiday.name);
    by.deleted(c, "holidays", holiday.site_id.0, &what)?;
    Ok(Outcome::Saved)
}

/// Asks first when visits that fitted somebody's hours do not when the site's days are other ones.
fn ask(c: &mut Conn, by: &By, clinic: &Snapshot, after: SiteDays) -> Result<Option<Outcome>> {
    let (zone, after) = (clinic.site.tz(), Arc::new(after));
    let mut bookings = store::list_bookings(c, BookingsOf::Site, by.now)?;
    bookings.retain(|b| {
        b.takes().any(|whose| {
            let before = clinic.rota(whose);
            b.is_thrown_out(zone, &before, &(*before).clone().at(after.clone()))
        })
    });
    Ok(objection(Why::OutsideHours, bookings, by.agreed))
}

/// Makes days be worked as another weekday. Asks first when visits fall outside the hours of that weekday.
pub(in crate::clinic) fn add_makeup_days(c: &mut Conn, by: &By, days: &Days, weekday: i32) -> Result<Outcome> {
    let clinic = store::snapshot(c)?;
    are_free(&clinic, days, "makeup_day")?;
    let mut after = clinic.site_days();
    after
        .makeup
        .extend(days_of(days.first, days.last).map(|day| (day, weekday)));
    if let Some(ask) = ask(c, by, &clinic, after)? {
        return Ok(ask);
    }
    for day in days_of(days.first, days.last) {
        let makeup = MakeupDay {
            id: 0,
            site_id: clinic.site.id,
            day,
            weekday,
            name: days.name.clone(),
            name_en: days.name_en.clone(),
        };
        store::insert_makeup_day(c, &makeup)?;
    }
    by.on_newest(c, "makeup_days", clinic.site.id.0)?;
    for day in days_of(days.first, days.last) {
        by.created(c, "makeup_days", clinic.site.id.0, &format!("{day} {}", days.name))?;
    }
    Ok(Outcome::Saved)
}

/// Makes a day what the calendar says again. Asks first when visits fall outside its hours.
pub(in crate::clinic) fn remove_makeup_day(c: &mut Conn, by: &By, id: i64) -> Result<Outcome> {
    let clinic = store::snapshot(c)?;
    let found = clinic.makeup_days.iter().find(|m| m.id == id);
    let makeup = found.ok_or(Error::NotFound("make-up day"))?;
    let mut after = clinic.site_days();
    after.makeup.remove(&makeup.day);
    if let Some(ask) = ask(c, by, &clinic, after)? {
        return Ok(ask);
    }
    store::delete_makeup_day(c, id)?;
    by.on_newest(c, "makeup_days", clinic.site.id.0)?;
    let what = format!("{} {}", makeup.day, makeup.name);
    by.deleted(c, "makeup_days", clinic.site.id.0, &what)?;
    Ok(Outcome::Saved)
}
