//! Recall types: how the recall of each service is worked out.

use super::super::model::{Interval, RecallType};
use super::super::store::recalls;
use super::parts::{interval, within};
use super::recalculate::{Foreseen, foresee, take_stock};
use crate::clinic::{self, ServiceId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Changes, Subject, audit};

/// Longest name of an exclusive group, in characters.
const GROUP_MAX: usize = 40;

/// What became of a change.
pub enum Saved {
    /// It is done.
    Done,
    /// Nothing had changed.
    Same,
    /// Recalls would change: it has to be agreed to.
    Ask(Foreseen),
}

/// Ages that a type may begin or end at.
const AGE_MAX: i32 = 150;
/// Highest rank.
const RANK_MAX: i32 = 99;
/// Most days that a family's other recalls are told along.
const FAMILY_DAYS_MAX: i32 = 366;

/// What is wanted of a type, before it is known to be possible.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Months, weeks and days at high risk; nothing: as at normal risk …
    pub high: [Option<i32>; 3],
    /// … and at low risk.
    pub low: [Option<i32>; 3],
    /// For patients from this age on …
    pub age_from: Option<i32>,
    /// … and until they are this old.
    pub age_until: Option<i32>,
    /// The group of which a patient has one open recall.
    pub exclusive: String,
    /// The highest of the group goes first.
    pub rank: Option<i32>,
    /// Finished visits for which services make it due.
    pub triggers: Vec<ServiceId>,
}

impl Wanted {
    /// What is set of a type now.
    pub fn of(kind: &RecallType) -> Wanted {
        let parts = |i: Option<Interval>| {
            i.map_or([None; 3], |i| {
                let (months, weeks, days) = i.parts();
                [Some(months), Some(weeks), Some(days)]
            })
        };
        Wanted {
            high: parts(kind.high),
            low: parts(kind.low),
            age_from: kind.age_from,
            age_until: kind.age_until,
            exclusive: kind.exclusive.clone(),
            rank: Some(kind.rank),
            triggers: kind.started_by(),
        }
    }

    /// The type as it is wanted, on the version that was read; what is not possible is told at its field.
    pub fn read(mut self, known: &RecallType, all: &[RecallType], version: i64, faults: &mut Faults) -> RecallType {
        if self.triggers.is_empty() {
            faults.require("triggers");
        } else if self.triggers.iter().any(|id| all.iter().all(|t| t.service != *id)) {
            faults.add("triggers", "unknown", "没有这个项目", "There is no such service");
        }
        self.triggers.sort();
        self.triggers.dedup();
        // Its own visits alone are what is meant without any.
        if self.triggers == [known.service] {
            self.triggers.clear();
        }
        RecallType {
            high: interval("high", self.high, faults),
            low: interval("low", self.low, faults),
            age_from: within("age_from", self.age_from, 0..=AGE_MAX, faults),
            age_until: within("age_until", self.age_until, 1..=AGE_MAX, faults),
            exclusive: self.exclusive.trim().to_owned(),
            rank: within("rank", self.rank, 0..=RANK_MAX, faults).unwrap_or(0),
            triggers: self.triggers,
            version,
            ..known.clone()
        }
    }
}

/// Changes a type on the version that was read. Unless so many recalls were agreed to as would change, it asks first. The
/// recalls themselves follow in short steps, by [`super::recalculate`].
///
/// # Errors
/// Faults at the fields; `stale`.
pub async fn change_type(
    db: &Db,
    now: Instant,
    actor: Actor,
    wanted: RecallType,
    agreed: Option<usize>,
) -> Result<Saved> {
    check(&wanted).finish()?;
    let trial = wanted.clone();
    let (before, foreseen) = db
        .read(move |c| {
            let mut types = recalls::list_types(c)?;
            let Some(place) = types.iter_mut().find(|t| t.service == trial.service) else {
                return Err(Error::NotFound("service"));
            };
            let before = place.clone();
            // The months are the service's.
            *place = RecallType {
                normal: before.normal,
                ..trial
            };
            Ok((before, foresee(c, now, &types)?))
        })
        .await?;
    if before.version == wanted.version
        && before.basis()
            == (RecallType {
                normal: before.normal,
                ..wanted.clone()
            })
            .basis()
    {
        return Ok(Saved::Same);
    }
    // Who has not seen how it stands is told that first.
    let is_seen = before.version == wanted.version;
    if is_seen && foreseen.total() > 0 && agreed != Some(foreseen.total()) {
        return Ok(Saved::Ask(foreseen));
    }
    db.write(move |c| save(c, now, &actor, &before, &wanted)).await?;
    Ok(Saved::Done)
}

fn save(c: &mut Conn, now: Instant, actor: &Actor, before: &RecallType, wanted: &RecallType) -> Result<()> {
    take_stock(c, now)?;
    let subject = || Subject::of("recall_types", wanted.service.0);
    if before.version != wanted.version || !recalls::save_type(c, now, wanted)? {
        let zone = clinic::the_site(c)?.tz();
        return Err(staff::stale(c, zone, subject())?);
    }
    let mut changes = Changes::default();
    let interval = |i: Option<Interval>| i.map(|i| i.text().en);
    changes.note_option("high_interval", interval(before.high), interval(wanted.high));
    changes.note_option("low_interval", interval(before.low), interval(wanted.low));
    changes.note_option("age_from", before.age_from, wanted.age_from);
    changes.note_option("age_until", before.age_until, wanted.age_until);
    changes.note("exclusive", &before.exclusive, &wanted.exclusive);
    changes.note("rank", before.rank, wanted.rank);
    let list = |t: &RecallType| t.triggers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    changes.note("triggers", list(before), list(wanted));
    audit(c, now, actor, "update", subject(), &changes.to_string())
}

fn check(t: &RecallType) -> Faults {
    let mut faults = Faults::default();
    for (field, interval) in [("high_months", t.high), ("low_months", t.low)] {
        if interval.is_some_and(|i| i.months == 0 && i.days == 0) {
            faults.add(field, "out_of_range", "间隔至少 1 天", "At least one day");
        }
    }
    if t.age_from.zip(t.age_until).is_some_and(|(from, until)| until <= from) {
        faults.add(
            "age_until",
            "out_of_range",
            "应大于起始年龄",
            "Must be above the age it begins at",
        );
    }
    if t.exclusive.chars().count() > GROUP_MAX {
        let (zh, en) = (
            format!("最多 {GROUP_MAX} 个字"),
            format!("At most {GROUP_MAX} characters"),
        );
        faults.add("exclusive", "too_long", zh, en);
    }
    faults
}

/// Sets how many days after the one that is due a family's other recalls are told along.
///
/// # Errors
/// A fault at `family_days`; `stale`.
pub async fn set_family_days(db: &Db, now: Instant, actor: Actor, version: i64, days: i32) -> Result<bool> {
    let mut faults = Faults::default();
    within("family_days", Some(days), 0..=FAMILY_DAYS_MAX, &mut faults);
    faults.finish()?;
    db.write(move |c| {
        let before = recalls::progress(c)?;
        let subject = || Subject::of("recall_settings", 1);
        if before.version != version {
            let zone = clinic::the_site(c)?.tz();
            return Err(staff::stale(c, zone, subject())?);
        }
        if before.family_days == days {
            return Ok(false);
        }
        if !recalls::save_family_days(c, version, days)? {
            return Err(Error::stale());
        }
        let mut changes = Changes::default();
        changes.note("family_days", before.family_days, days);
        audit(c, now, &actor, "update", subject(), &changes.to_string())?;
        Ok(true)
    })
    .await
}
