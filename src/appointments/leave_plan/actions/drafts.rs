//! A leave that the desk prepares and a manager approves.

use super::super::model::{Draft, DraftId, DraftState, PlanId, Wanted};
use super::super::store;
use super::{Chosen, all_of_them, approve};
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::{Actor, Subject, audit, stale};

/// What a draft is in the audit.
const DRAFTS: &str = "leave_drafts";

/// Keeps what is to become of every visit that a leave takes, until a manager approves it. Changes nothing.
///
/// # Errors
/// `stale` when the visits are not those of `chosen` any more.
pub fn prepare(c: &mut Conn, now: Instant, actor: &Actor, w: &Wanted, chosen: &[Chosen]) -> Result<DraftId> {
    let visits = store::affected(c, now, w)?
        .into_iter()
        .map(|(a, _)| a)
        .collect::<Vec<_>>();
    all_of_them(&visits, chosen)?;
    let choices: Vec<_> = chosen.iter().map(|x| (x.id, x.version, x.fate)).collect();
    let id = store::insert_draft(c, now, &actor.name, w, &choices)?;
    audit(c, now, actor, "create", Subject::of(DRAFTS, id.0), "")?;
    Ok(id)
}

/// What was chosen in a draft.
fn chosen_in(draft: &Draft) -> Vec<Chosen> {
    let each = draft.choices().into_iter();
    each.map(|(id, version, fate)| Chosen { id, version, fate }).collect()
}

fn end(c: &mut Conn, seen: (DraftId, i64), to: (DraftState, Option<PlanId>)) -> Result<()> {
    if store::end_draft(c, seen, to)? {
        return Ok(());
    }
    let zone = clinic::the_site(c)?.tz();
    Err(stale(c, zone, Subject::of(DRAFTS, seen.0.0))?)
}

/// Does what a draft says, or `instead` of it.
///
/// # Errors
/// `stale` when the draft or the visits are not as they were; those of [`approve`].
pub fn approve_draft(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    seen: (DraftId, i64),
    instead: Option<(Wanted, Vec<Chosen>)>,
) -> Result<PlanId> {
    let draft = store::get_draft(c, seen.0)?;
    if draft.state != DraftState::Waiting {
        end(c, seen, (DraftState::Approved, None))?;
        return Err(Error::stale());
    }
    let (w, chosen) = instead.unwrap_or_else(|| (draft.wanted(), chosen_in(&draft)));
    let plan = approve(c, now, actor, &w, &chosen)?;
    end(c, seen, (DraftState::Approved, Some(plan)))?;
    audit(c, now, actor, "approve", Subject::of(DRAFTS, seen.0.0), "")?;
    Ok(plan)
}

/// Puts a draft away.
///
/// # Errors
/// `stale` when it is approved, put away or changed already.
pub fn drop_draft(c: &mut Conn, now: Instant, actor: &Actor, seen: (DraftId, i64)) -> Result<()> {
    store::get_draft(c, seen.0)?;
    end(c, seen, (DraftState::Dropped, None))?;
    audit(c, now, actor, "delete", Subject::of(DRAFTS, seen.0.0), "")
}
