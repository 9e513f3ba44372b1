//! What time does to the list: answers that are overdue, times that are past, entries that have ended.

use super::super::model::{SlotId, SlotState};
use super::super::store;
use super::ask::{ask_next, close, withdraw};
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;

/// Every minute: lapses what is overdue and asks the next. Gives what it did.
pub async fn lapse(db: &Db, now: Instant) -> Result<String> {
    let late = db.read(move |c| store::slots_with_late(c, now)).await?;
    let past = db.read(move |c| store::list_past_offering(c, now)).await?;
    let (mut lapsed, mut ended) = (0, past.len());
    for id in late {
        lapsed += db.write(move |c| lapse_one(c, now, id)).await?;
    }
    for id in past {
        db.write(move |c| end_past(c, now, id)).await?;
    }
    let (closed, expired) = db
        .write(move |c| {
            let today = now.day(clinic::the_site(c)?.tz());
            Ok((store::close_past(c, now)?, store::expire_entries(c, now, today)?))
        })
        .await?;
    ended += closed;
    Ok(format!(
        "{lapsed} offers lapsed, {ended} freed times past, {expired} entries expired"
    ))
}

fn lapse_one(c: &mut Conn, now: Instant, id: SlotId) -> Result<usize> {
    // First the time itself: whoever accepts at this moment does the same.
    if !store::touch_slot(c, now, id, SlotState::Offering)? {
        return Ok(0);
    }
    let lapsed = store::lapse_offers(c, now, id)?;
    withdraw(c, now, &lapsed)?;
    let slot = store::get_slot(c, id)?;
    ask_next(c, now, &slot, 0)?;
    Ok(lapsed.len())
}

fn end_past(c: &mut Conn, now: Instant, id: SlotId) -> Result<()> {
    let slot = store::get_slot(c, id)?;
    if slot.state == SlotState::Offering {
        close(c, now, &slot)?;
    }
    Ok(())
}
