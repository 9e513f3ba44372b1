//! When providers work and chairs are open: weekly patterns, sessions of single days, leave, chairs out of service.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::super::model::{
    DayPlan, Leave, LeaveId, Outcome, Rota, SINCE_EVER, Week, Whose, Why, days_of, objection, show_day, taken_by_leave,
};
use super::super::store::{self, BookingsOf};
use super::By;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::Changes;

/// The hours of a provider or a chair before and after a change.
struct Change<'a> {
    whose: Whose,
    before: &'a Rota,
    after: Rota,
}

impl Change<'_> {
    /// Asks first when visits that fitted the present hours do not fit the new ones.
    fn objection(&self, c: &mut Conn, by: &By, zone: Tz) -> Result<Option<Outcome>> {
        let mut bookings = store::list_bookings(c, BookingsOf::from(self.whose), by.now)?;
        bookings.retain(|b| b.is_thrown_out(zone, self.before, &self.after));
        Ok(objection(Why::OutsideHours, bookings, by.agreed))
    }
}

fn zone_of(c: &mut Conn, whose: Whose) -> Result<Tz> {
    let site = match whose {
        Whose::Provider(id) => store::get_provider(c, id)?.site_id,
        Whose::Chair(id) => store::get_chair(c, id)?.site_id,
    };
    Ok(store::get_site(c, site)?.tz())
}

/// What the audit says of a pattern: the first one has no day.
fn pattern_words(from: NaiveDate, week: &Week) -> String {
    match from {
        SINCE_EVER => week.show(),
        _ => format!("{from} | {}", week.show()),
    }
}

/// Changes the weekly hours that begin on `from`; without a day, those that hold today.
pub(in crate::clinic) fn save_pattern(
    c: &mut Conn,
    by: &By,
    whose: Whose,
    from: Option<NaiveDate>,
    week: &Week,
) -> Result<Outcome> {
    let zone = zone_of(c, whose)?;
    let rota = store::snapshot(c)?.rota(whose);
    let found = match from {
        Some(from) => rota.patterns().find(|(day, _)| *day == from),
        None => rota.pattern_on(by.now.day(zone)),
    };
    let (from, before) = found.ok_or(Error::NotFound("hours"))?;
    if before == week {
        return Ok(Outcome::Same);
    }
    let change = Change {
        whose,
        before: &rota,
        after: (*rota).clone().with_pattern(from, week.clone()),
    };
    if let Some(ask) = change.objection(c, by, zone)? {
        return Ok(ask);
    }
    store::replace_pattern(c, whose, from, week)?;
    let mut changes = Changes::default();
    changes.note("hours", pattern_words(from, before), pattern_words(from, week));
    by.updated(c, whose.hours_kind(), whose.id(), &changes)?;
    Ok(Outcome::Saved)
}

/// Adds weekly hours that hold from a day on, until the next ones begin.
pub(in crate::clinic) fn add_pattern(
    c: &mut Conn,
    by: &By,
    whose: Whose,
    from: NaiveDate,
    week: &Week,
) -> Result<Outcome> {
    let zone = zone_of(c, whose)?;
    let rota = store::snapshot(c)?.rota(whose);
    if from < by.now.day(zone) {
        return Err(Error::field(
            "valid_from",
            "out_of_range",
            "只能从今天或以后开始",
            "It can begin today or later",
        ));
    }
    if rota.patterns().any(|(day, _)| day == from) {
        return Err(Error::field(
            "valid_from",
            "taken",
            "已有从这一天开始的工作时间，请修改那一套",
            "There are hours that begin on this day already: change those",
        ));
    }
    let change = Change {
        whose,
        before: &rota,
        after: (*rota).clone().with_pattern(from, week.clone()),
    };
    if let Some(ask) = change.objection(c, by, zone)? {
        return Ok(ask);
    }
    store::replace_pattern(c, whose, from, week)?;
    by.on_newest(c, whose.hours_kind(), whose.id())?;
    by.created(c, whose.hours_kind(), whose.id(), &pattern_words(from, week))?;
    Ok(Outcome::Saved)
}

/// Removes weekly hours that begin on a day: those before hold on. The first ones stay.
pub(in crate::clinic) fn remove_pattern(c: &mut Conn, by: &By, whose: Whose, from: NaiveDate) -> Result<Outcome> {
    let zone = zone_of(c, whose)?;
    let rota = store::snapshot(c)?.rota(whose);
    let found = rota.patterns().find(|(day, _)| *day == from && *day != SINCE_EVER);
    let (_, week) = found.ok_or(Error::NotFound("hours"))?;
    let change = Change {
        whose,
        before: &rota,
        after: (*rota).clone().without_pattern(from),
    };
    if let Some(ask) = change.objection(c, by, zone)? {
        return Ok(ask);
    }
    store::delete_pattern(c, whose, from)?;
    by.on_newest(c, whose.hours_kind(), whose.id())?;
    by.deleted(c, whose.hours_kind(), whose.id(), &pattern_words(from, week))?;
    Ok(Outcome::Saved)
}

/// Sets the sessions of several days.
pub(in crate::clinic) fn save_days(c: &mut Conn, by: &By, whose: Whose, plan: &DayPlan) -> Result<Outcome> {
    let zone = zone_of(c, whose)?;
    let rota = store::snapshot(c)?.rota(whose);
    if !days_of(plan.first, plan.last).any(|day| plan.wants(&rota, day)) {
        return Err(Error::field(
            "days_from",
            "nothing",
            "没有符合的日子：诊所休诊，或不是所选的星期几",
            "No day is left: the clinic is closed, or it is none of the chosen weekdays",
        ));
    }
    let changed = plan.changes(&rota);
    if changed.is_empty() {
        return Ok(Outcome::Same);
    }
    let with = |rota: Rota, (day, sessions): &(NaiveDate, _)| rota.with_day(*day, Vec::clone(sessions));
    let change = Change {
        whose,
        before: &rota,
        after: changed.iter().fold((*rota).clone(), with),
    };
    if let Some(ask) = change.objection(c, by, zone)? {
        return Ok(ask);
    }
    for (day, sessions) in &changed {
        store::replace_dated_hours(c, whose, *day, sessions)?;
    }
    by.on_newest(c, whose.days_kind(), whose.id())?;
    let words: Vec<String> = changed
        .iter()
        .map(|(day, s)| format!("{day} {}", show_day(s)))
        .collect();
    by.created(c, whose.days_kind(), whose.id(), &words.join("; "))?;
    Ok(Outcome::Saved)
}

/// Gives the days from `first` to `last` their usual sessions again.
pub(in crate::clinic) fn remove_days(
    c: &mut Conn,
    by: &By,
    whose: Whose,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Outcome> {
    let zone = zone_of(c, whose)?;
    let rota = store::snapshot(c)?.rota(whose);
    let gone: Vec<_> = rota.dated().filter(|(day, _)| (first..=last).contains(day)).collect();
    if gone.is_empty() {
        return Err(Error::NotFound("sessions of these days"));
    }
    let change = Change {
        whose,
        before: &rota,
        after: gone
            .iter()
            .fold((*rota).clone(), |rota, (day, _)| rota.without_day(*day)),
    };
    if let Some(ask) = change.objection(c, by, zone)? {
        return Ok(ask);
    }
    for (day, _) in &gone {
        store::replace_dated_hours(c, whose, *day, &[])?;
    }
    by.on_newest(c, whose.days_kind(), whose.id())?;
    let words: Vec<String> = gone.iter().map(|(day, s)| format!("{day} {}", show_day(s))).collect();
    by.deleted(c, whose.days_kind(), whose.id(), &words.join("; "))?;
    Ok(Outcome::Saved)
}

/// Adds a leave, or a time in which a chair is out of service. Asks first when visits are booked within it. Tells its row.
pub(in crate::clinic) fn add_leave(
    c: &mut Conn,
    by: &By,
    whose: Whose,
    leave: &Leave,
) -> Result<(Outcome, Option<LeaveId>)> {
    zone_of(c, whose)?;
    let bookings = store::list_bookings(c, BookingsOf::from(whose), by.now)?;
    let taken = taken_by_leave(bookings, leave);
    let why = match whose {
        Whose::Provider(_) => Why::InLeave,
        Whose::Chair(_) => Why::ChairClosed,
    };
    if let Some(ask) = objection(why, taken, by.agreed) {
        return Ok((ask, None));
    }
    let id = store::insert_leave(c, whose, leave.starts_at, leave.ends_at, &leave.reason)?;
    by.on_newest(c, whose.leave_kind(), whose.id())?;
    let what = format!("{} - {}", leave.starts_at, leave.ends_at);
    by.created(c, whose.leave_kind(), whose.id(), &what)?;
    Ok((Outcome::Saved, Some(id)))
}

/// Removes a leave, or takes a chair into service again.
pub(in crate::clinic) fn remove_leave(c: &mut Conn, by: &By, whose: Whose, id: LeaveId) -> Result<Outcome> {
    let leave = store::find_leave(c, id)?
        .filter(|l| l.is_of(whose))
        .ok_or(Error::NotFound("leave"))?;
    store::delete_leave(c, id)?;
    let what = format!("{} - {}", leave.starts_at, leave.ends_at);
    by.deleted(c, whose.leave_kind(), whose.id(), &what)?;
    Ok(Outcome::Saved)
}
