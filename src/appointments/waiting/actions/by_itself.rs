//! Offering freed times without the desk, by the clinic's rules.

use super::super::model::{Ask, Slot, SlotId, SlotState, WaitingRules};
use super::super::store;
use super::ask::{Asking, close, start};
use super::candidates::{Candidate, filling};
use crate::appointments::get_appointment;
use crate::appointments::model::{UNDO_GRACE_MS, UNDO_MS};
use crate::clinic;
use crate::platform::clock::{HOUR_MS, Instant};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::staff::Actor;

/// Whom nothing suited is looked at again after so long: others may have come onto the list.
const AGAIN_MS: i64 = HOUR_MS;
/// So many are asked about one time at most.
const MOST: usize = 30;
/// So many of the best are ticked before the desk chooses.
pub const BEST: usize = 3;

/// Every minute: times that are free again, because a leave was taken back, can be filled; and whatever got free is offered,
/// if the clinic wants that. Gives what it did.
pub async fn ask_by_itself(db: &Db, now: Instant) -> Result<String> {
    let reopened = db.write(move |c| reopen_all(c, now)).await?;
    let rules = db
        .read(|c| {
            let site = clinic::the_site(c)?.id;
            store::waiting_rules(c, site)
        })
        .await?;
    let (mut offered, mut looked) = (0, 0);
    if rules.ask != Ask::Off {
        // A step that can still be taken back has freed nothing yet.
        let settled = now + -(UNDO_MS + UNDO_GRACE_MS);
        let since = rules.since;
        let found = db
            .read(move |c| store::list_untried(c, now, (since, settled), now + -AGAIN_MS))
            .await?;
        for id in found {
            let rules = rules.clone();
            looked += 1;
            // The desk may have done something about it at this moment: then it is the desk's.
            match db.write(move |c| offer(c, now, id, &rules)).await {
                Ok(true) => offered += 1,
                Ok(false) | Err(Error::Conflict { .. } | Error::Invalid(_)) => {}
                Err(e) => return Err(e),
            }
        }
    }
    Ok(format!(
        "{looked} freed times looked at, {offered} offered, {reopened} free again"
    ))
}

/// The times whose provider is there again.
fn reopen_all(c: &mut Conn, now: Instant) -> Result<usize> {
    let mut n = 0;
    for slot in store::list_away(c, now)? {
        // Judged as any time: no leave, no other visit.
        let open = filling(c, now, slot.id)?;
        if open.gap.is_some() && store::reopen(c, now, slot.id)? {
            n += 1;
        }
    }
    Ok(n)
}

/// Begins to offer a time to the best whom it suits and whom a message reaches. Whether it did.
fn offer(c: &mut Conn, now: Instant, id: SlotId, rules: &WaitingRules) -> Result<bool> {
    let found = filling(c, now, id)?;
    if found.slot.state != SlotState::Open {
        return Ok(false);
    }
    if is_taken_back(c, &found.slot)? {
        close(c, now, &found.slot)?;
        return Ok(false);
    }
    store::tried(c, now, id)?;
    let wanted = |x: &&Candidate| rules.sources.contains(&x.source) && x.unreachable().is_none();
    let who: Vec<String> = found
        .candidates
        .iter()
        .filter(wanted)
        .take(MOST)
        .map(Candidate::key)
        .collect();
    if who.is_empty() {
        return Ok(false);
    }
    let asking = Asking {
        who,
        batch: rules.at_a_time(),
        minutes: rules.deadline_minutes,
    };
    start(c, now, &Actor::system("ask-waiting"), (id, None), &asking)?;
    Ok(true)
}

/// Whether the visit that left the time has it again: a changed length was taken back.
fn is_taken_back(c: &mut Conn, slot: &Slot) -> Result<bool> {
    let a = get_appointment(c, slot.appointment_id)?;
    let whose = a.provider_id == slot.provider_id;
    Ok(whose && a.status.occupies() && a.busy_from < slot.ends_at && slot.starts_at < a.busy_until)
}
