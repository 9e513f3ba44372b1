//! How freed times are offered by themselves.

use super::super::model::{Ask, Source, WaitingRules};
use super::super::store;
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::staff::{Actor, Changes, Subject, audit, check_seen};

/// What these rules are in the audit.
pub const RULES: &str = "waiting_rules";

/// Stores the site's rules; `wanted.since` is set here. `seen`: the version that they were changed on, if one was named.
/// Whether anything changed.
///
/// # Errors
/// `stale`.
pub fn save_rules(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    seen: Option<i64>,
    mut wanted: WaitingRules,
) -> Result<bool> {
    let site = clinic::the_site(c)?.id;
    let before = store::waiting_rules(c, site)?;
    let list = |sources: &[Source]| sources.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
    let mut changes = Changes::default();
    changes.note("ask", before.ask, wanted.ask);
    changes.note("batch", before.batch, wanted.batch);
    changes.note("deadline_minutes", before.deadline_minutes, wanted.deadline_minutes);
    changes.note("sources", list(&before.sources), list(&wanted.sources));
    let subject = Subject::of(RULES, site.0);
    if changes.is_empty() {
        return check_seen(c, seen, subject).map(|()| false);
    }
    // What got free while nobody was to be asked stays with the desk.
    wanted.since = if before.ask == Ask::Off { now } else { before.since };
    store::save_waiting_rules(c, site, &wanted)?;
    check_seen(c, seen, subject)?;
    audit(c, now, actor, "update", subject, &changes.to_string())?;
    Ok(true)
}
