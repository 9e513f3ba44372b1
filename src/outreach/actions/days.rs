//! How a festival or a day of the clinic's own is added, changed and removed.

use chrono::NaiveDate;

use super::super::model::{Calendar, Occasion, OccasionId};
use super::super::store::occasions;
use crate::clinic;
use crate::platform::clock::{Instant, is_in_calendar};
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::staff::{Actor, Changes, Subject, audit, stale};

/// Longest name.
const NAME_MAX: usize = 30;

/// What of a day can be edited.
#[derive(Debug, Clone)]
pub struct DayChange {
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// By which calendar.
    pub calendar: Calendar,
    /// Month of a yearly one.
    pub month: Option<i32>,
    /// Day of the month of a yearly one.
    pub day: Option<i32>,
    /// The day of one that comes once.
    pub on_date: Option<NaiveDate>,
}

impl DayChange {
    fn check(&self) -> Faults {
        let mut f = Faults::default();
        for (field, text) in [("name", &self.name), ("name_en", &self.name_en)] {
            if text.trim().is_empty() {
                f.require(field);
            } else if text.chars().count() > NAME_MAX {
                f.add(field, "too_long", "最多 30 个字符", "At most 30 characters");
            }
        }
        if self.calendar == Calendar::Once {
            match self.on_date {
                None => f.require("on_date"),
                Some(day) if !is_in_calendar(day) => {
                    f.add("on_date", "out_of_range", "这个日期太远", "That day is too far away");
                }
                Some(_) => {}
            }
            return f;
        }
        let longest = match (self.calendar, self.month.unwrap_or(0)) {
            (Calendar::Lunar, 1..=12) => 30,
            (_, 2) => 29,
            (_, 4 | 6 | 9 | 11) => 30,
            (_, 1 | 3 | 5 | 7 | 8 | 10 | 12) => 31,
            _ => 0,
        };
        if longest == 0 {
            f.add("month", "out_of_range", "应为 1 到 12", "From 1 to 12");
        } else if !self.day.is_some_and(|d| (1..=longest).contains(&d)) {
            let (zh, en) = (format!("应为 1 到 {longest}"), format!("From 1 to {longest}"));
            f.add("day", "out_of_range", zh, en);
        }
        f
    }

    fn apply(self, x: &mut Occasion) {
        let yearly = self.calendar != Calendar::Once;
        x.name = self.name.trim().to_owned();
        x.name_en = self.name_en.trim().to_owned();
        x.calendar = self.calendar;
        x.month = self.month.filter(|_| yearly);
        x.day = self.day.filter(|_| yearly);
        x.on_date = self.on_date.filter(|_| !yearly);
    }
}

/// Adds a day.
pub async fn add_day(db: &Db, now: Instant, actor: Actor, change: DayChange) -> Result<OccasionId> {
    change.check().finish()?;
    db.write(move |c| {
        let last = occasions::list(c)?.iter().map(|o| o.id.0).max().unwrap_or(0);
        let mut day = Occasion {
            id: OccasionId(0),
            code: format!("own-{}", last + 1),
            name: String::new(),
            name_en: String::new(),
            calendar: change.calendar,
            month: None,
            day: None,
            on_date: None,
            version: 1,
            updated_at: now,
        };
        change.apply(&mut day);
        let id = occasions::insert(c, &day)?.ok_or_else(Error::stale)?;
        audit(c, now, &actor, "create", Subject::of("occasions", id.0), &day.name)?;
        Ok(id)
    })
    .await
}

/// Changes a day that still has `version`.
pub async fn change_day(
    db: &Db,
    now: Instant,
    actor: Actor,
    (id, version): (OccasionId, i64),
    change: DayChange,
) -> Result<()> {
    change.check().finish()?;
    db.write(move |c| {
        let (zone, subject) = (clinic::the_site(c)?.tz(), Subject::of("occasions", id.0));
        let before = occasions::get(c, id)?;
        let mut day = before.clone();
        change.apply(&mut day);
        if !occasions::update(c, now, &day, version)? {
            return Err(stale(c, zone, subject)?);
        }
        let when = |o: &Occasion| format!("{} {:?}-{:?} {:?}", o.calendar, o.month, o.day, o.on_date);
        let mut changes = Changes::default();
        changes.note("name", &before.name, &day.name);
        changes.note("name_en", &before.name_en, &day.name_en);
        changes.note("when", when(&before), when(&day));
        audit(c, now, &actor, "update", subject, &format!("{}; {changes}", day.name))
    })
    .await
}

/// Removes a day on which no rule counts.
pub async fn remove_day(db: &Db, now: Instant, actor: Actor, id: OccasionId) -> Result<()> {
    db.write(move |c| {
        let day = occasions::get(c, id)?;
        if !occasions::delete(c, id)? {
            return Err(Error::conflict(
                "in_use",
                "有规则在使用这一天，请先删除规则",
                "A rule counts on this day: remove the rule first",
            ));
        }
        audit(c, now, &actor, "delete", Subject::of("occasions", id.0), &day.name)
    })
    .await
}
