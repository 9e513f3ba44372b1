//! When messages may go out, and how many: changed.

use super::super::model::{Caps, Manners};
use super::super::store;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::{self, Actor, Changes, Subject};

/// Puts the clinic's manners in the place of those that have the same version. Gives whether anything changed.
pub fn save_manners(c: &mut Conn, now: Instant, actor: &Actor, to: &Manners) -> Result<bool> {
    let was = store::the_manners(c)?;
    if was.version != to.version {
        return Err(Error::stale());
    }
    if was == *to {
        return Ok(false);
    }
    if !store::put_manners(c, now, to)? {
        return Err(Error::stale());
    }
    let detail = differences(&was, to).to_string();
    staff::audit(c, now, actor, "update", Subject::of("manners", 1), &detail)?;
    Ok(true)
}

fn differences(was: &Manners, to: &Manners) -> Changes {
    let mut changes = Changes::default();
    let hours = |w: super::super::model::Window| format!("{}-{}", w.from, w.until);
    changes.note("care", hours(was.care), hours(to.care));
    changes.note("other", hours(was.other), hours(to.other));
    changes.note("holidays", was.on_holidays, to.on_holidays);
    let mut caps = |of: &str, was: Caps, to: Caps| {
        changes.note_option(&format!("{of} day"), was.a_day, to.a_day);
        changes.note_option(&format!("{of} week"), was.a_week, to.a_week);
        changes.note_option(&format!("{of} month"), was.a_month, to.a_month);
    };
    caps("person", was.person, to.person);
    caps("family", was.family, to.family);
    changes.note("survey days", was.survey_days, to.survey_days);
    changes.note("greeting hours", was.greeting_hours, to.greeting_hours);
    changes
}
