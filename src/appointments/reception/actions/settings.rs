//! When waiting is too long, and what is laid out before a visit.

use std::ops::RangeInclusive;

use super::super::store::{self, Supplies};
use crate::appointments::model::stage::{Limits, Stage, WaitAlerts};
use crate::clinic::{self, ServiceId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::web::form::Faults;
use crate::staff::{Actor, Changes, Subject, audit, check_seen};

/// What the limits of waiting are in the audit.
pub const ALERTS: &str = "wait_alerts";
/// What supplies are there.
pub const SUPPLIES: &str = "service_supplies";
/// Minutes that a limit may have.
const MINUTES: RangeInclusive<i32> = 1..=600;
/// Longest list of supplies, in characters.
const SUPPLIES_MAX: usize = 300;

/// Everything wrong with the limits of a stage, at the fields of its amber and its red.
pub fn check_limits(limits: Limits, fields: [&str; 2], faults: &mut Faults) {
    for (name, minutes) in fields.into_iter().zip([limits.amber, limits.red]) {
        if !MINUTES.contains(&minutes) {
            faults.add(name, "out_of_range", "应为 1 到 600 分钟", "From 1 to 600 minutes");
        }
    }
    let [amber, red] = fields;
    if faults.of(amber).is_none() && faults.of(red).is_none() && limits.amber >= limits.red {
        faults.add(red, "out_of_range", "红色应比黄色晚", "Red comes after amber");
    }
}

/// Stores the site's limits. `seen`: the version that they were changed on, if one was named. Whether anything changed.
///
/// # Errors
/// `stale`.
pub fn save_alerts(c: &mut Conn, now: Instant, actor: &Actor, seen: Option<i64>, wanted: &WaitAlerts) -> Result<bool> {
    let site = clinic::the_site(c)?.id;
    let before = store::wait_alerts(c, site)?;
    let mut changes = Changes::default();
    for stage in Stage::ALL {
        let show = |l: Limits| format!("{}/{}", l.amber, l.red);
        changes.note(stage.as_str(), show(before.of(*stage)), show(wanted.of(*stage)));
    }
    let subject = Subject::of(ALERTS, site.0);
    if changes.is_empty() {
        return check_seen(c, seen, subject).map(|()| false);
    }
    store::save_wait_alerts(c, site, wanted)?;
    check_seen(c, seen, subject)?;
    audit(c, now, actor, "update", subject, &changes.to_string())?;
    Ok(true)
}

/// Everything wrong with supplies; `fields`: those of the Chinese and of the English text.
pub fn check_supplies(s: &Supplies, fields: [&str; 2], faults: &mut Faults) {
    for (field, text) in fields.into_iter().zip([&s.zh, &s.en]) {
        if text.chars().count() > SUPPLIES_MAX {
            faults.add(field, "too_long", "最多 300 字", "At most 300 characters");
        }
    }
}

/// Stores what is laid out before a visit of a service. `seen`: the version that it was changed on, if one was named.
/// Whether anything changed.
///
/// # Errors
/// `stale`; `NotFound`: no such service.
pub fn save_supplies(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (id, seen): (ServiceId, Option<i64>),
    wanted: &Supplies,
) -> Result<bool> {
    clinic::get_service(c, id)?;
    let old = store::list_supplies(c)?.remove(&id).unwrap_or_default();
    let subject = Subject::of(SUPPLIES, id.0);
    if old == *wanted {
        return check_seen(c, seen, subject).map(|()| false);
    }
    store::save_supplies(c, id, wanted)?;
    let mut changes = Changes::default();
    changes.note("zh", &old.zh, &wanted.zh);
    changes.note("en", &old.en, &wanted.en);
    check_seen(c, seen, subject)?;
    audit(c, now, actor, "update", subject, &changes.to_string())?;
    Ok(true)
}
