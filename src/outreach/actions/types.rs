//! Recall types: how the recall of each service is worked out.

use super::super::model::RecallType;
use super::super::store::recalls;
use super::recalculate::{Foreseen, foresee, take_stock};
use crate::clinic;
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
    if foreseen.total() > 0 && agreed != Some(foreseen.total()) {
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
    let interval = |i: Option<super::super::model::Interval>| i.map(|i| i.text().en);
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
/// `stale`.
pub async fn set_family_days(db: &Db, now: Instant, actor: Actor, version: i64, days: i32) -> Result<bool> {
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
