//! Site and chairs.

use super::super::model::{Chair, ChairId, Outcome, Provider, Site, Why, objection};
use super::super::store::{self, BookingsOf};
use super::By;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::staff::{Changes, Subject, audit};

/// Saves the site's data. Another zone moves the clock on the wall under every visit that is booked: it asks first.
pub(in crate::clinic) fn save_site(c: &mut Conn, by: &By, site: &Site) -> Result<Outcome> {
    let before = store::get_site(c, site.id)?;
    let mut changes = Changes::default();
    changes.note("name", &before.name, &site.name);
    changes.note("name_en", &before.name_en, &site.name_en);
    changes.note("phone", &before.phone, &site.phone);
    changes.note("address", &before.address, &site.address);
    changes.note("address_en", &before.address_en, &site.address_en);
    changes.note("zone", &before.zone, &site.zone);
    changes.note("language", before.language, site.language);
    changes.note("currency", &before.currency, &site.currency);
    changes.note("country", &before.country, &site.country);
    if changes.is_empty() {
        return Ok(Outcome::Same);
    }
    if before.zone != site.zone {
        let bookings = store::list_bookings(c, BookingsOf::Site, by.now)?;
        if let Some(ask) = objection(Why::OtherZone, bookings, by.agreed) {
            return Ok(ask);
        }
    }
    store::update_site(c, site.id, site)?;
    by.updated(c, "sites", site.id.0, &changes)?;
    Ok(Outcome::Saved)
}

/// Adds a chair (id 0), at the end of the board, or changes one. A chair that future visits or a provider need stays; asks
/// before visits are left in a chair of another kind than they need. Tells its row.
pub(in crate::clinic) fn save_chair(c: &mut Conn, by: &By, chair: &Chair) -> Result<(Outcome, ChairId)> {
    name_is_free(&store::list_chairs(c, true)?, chair).finish()?;
    if chair.id == ChairId(0) {
        let last = store::list_chairs(c, true)?.iter().map(|ch| ch.position).max();
        let chair = Chair {
            position: last.unwrap_or(0) + 1,
            ..chair.clone()
        };
        let id = store::insert_chair(c, &chair)?;
        by.created(c, "chairs", id.0, &chair.name)?;
        return Ok((Outcome::Saved, id));
    }
    let before = store::get_chair(c, chair.id)?;
    let mut changes = Changes::default();
    changes.note("name", &before.name, &chair.name);
    changes.note("name_en", &before.name_en, &chair.name_en);
    changes.note("active", before.active, chair.active);
    changes.note("chair_kind", &before.kind, &chair.kind);
    if changes.is_empty() {
        return Ok((Outcome::Same, chair.id));
    }
    if before.active && !chair.active {
        chair_may_go(c, by, chair.id)?;
    }
    if before.kind != chair.kind {
        let clinic = store::snapshot(c)?;
        let mut bookings = store::list_bookings(c, BookingsOf::Chair(chair.id), by.now)?;
        bookings.retain(|b| !before.kind.is_empty() && clinic.rules(b.service_id).chair_kind == before.kind);
        if let Some(ask) = objection(Why::OtherChair, bookings, by.agreed) {
            return Ok((ask, chair.id));
        }
    }
    store::update_chair(
        c,
        &Chair {
            position: before.position,
            ..chair.clone()
        },
    )?;
    by.updated(c, "chairs", chair.id.0, &changes)?;
    Ok((Outcome::Saved, chair.id))
}

/// Two chairs of one name cannot be told apart on the board.
fn name_is_free(chairs: &[Chair], chair: &Chair) -> Faults {
    let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
    let mut faults = Faults::default();
    for other in chairs.iter().filter(|o| o.id != chair.id) {
        if same(&other.name, &chair.name) {
            faults.add(
                "name",
                "taken",
                "已有同名的椅位",
                "There is a chair of this name already",
            );
        }
        if same(&other.name_en, &chair.name_en) {
            faults.add(
                "name_en",
                "taken",
                "已有同名的椅位",
                "There is a chair of this name already",
            );
        }
    }
    faults
}

fn chair_may_go(c: &mut Conn, by: &By, id: ChairId) -> Result<()> {
    let booked = store::list_bookings(c, BookingsOf::Chair(id), by.now)?.len();
    if booked > 0 {
        return Err(Error::field(
            "active",
            "in_use",
            format!("还有 {booked} 个未来预约使用此椅位，请先改约"),
            format!("{booked} future bookings use this chair; move them first"),
        ));
    }
    let providers = store::list_providers(c, false)?;
    let clinic = store::snapshot(c)?;
    let works = |p: &&Provider| p.chair_id == id || clinic.further_chairs(p.id).any(|chair| chair == id);
    match providers.iter().find(works) {
        None => Ok(()),
        Some(p) => Err(Error::field(
            "active",
            "in_use",
            format!("{} 在此椅位工作，请先换椅位", p.name),
            format!("{} works at this chair; give them another one first", p.name_en),
        )),
    }
}

/// Moves a chair one place up (`-1`) or down (`1`) on the board.
pub(in crate::clinic) fn move_chair(c: &mut Conn, by: &By, id: ChairId, step: isize) -> Result<Outcome> {
    let chairs = store::list_chairs(c, true)?;
    let at = place_of(&chairs, id)?;
    match at.checked_add_signed(step) {
        Some(to) => put_chair(c, by, (chairs, at), to),
        None => Ok(Outcome::Same),
    }
}

/// Puts a chair at a place on the board, 1 or later; those from there on move down. Chairs that are out of use have places, too.
pub(in crate::clinic) fn place_chair(c: &mut Conn, by: &By, id: ChairId, place: i32) -> Result<Outcome> {
    let chairs = store::list_chairs(c, true)?;
    let at = place_of(&chairs, id)?;
    let to = usize::try_from(place).unwrap_or(0);
    if !(1..=chairs.len()).contains(&to) {
        let last = chairs.len();
        return Err(Error::field(
            "position",
            "out_of_range",
            format!("应为 1 到 {last}"),
            format!("From 1 to {last}"),
        ));
    }
    put_chair(c, by, (chairs, at), to - 1)
}

fn place_of(chairs: &[Chair], id: ChairId) -> Result<usize> {
    let at = chairs.iter().position(|ch| ch.id == id);
    at.ok_or(Error::NotFound("chair"))
}

/// Puts the chair that is at a place (from 0) to another. The change must have been made on the newest state of this chair.
fn put_chair(c: &mut Conn, by: &By, (mut chairs, at): (Vec<Chair>, usize), to: usize) -> Result<Outcome> {
    if to == at || to >= chairs.len() {
        return Ok(Outcome::Same);
    }
    let moved = chairs.remove(at);
    let id = moved.id;
    chairs.insert(to, moved);
    let mut changed = Vec::new();
    for (chair, position) in chairs.iter().zip(1..) {
        if chair.position != position {
            store::update_chair(
                c,
                &Chair {
                    position,
                    ..chair.clone()
                },
            )?;
            let mut changes = Changes::default();
            changes.note("position", chair.position, position);
            changed.push((chair.id, changes));
        }
    }
    by.on_newest(c, "chairs", id.0)?;
    for (chair, changes) in changed {
        let subject = Subject::of("chairs", chair.0);
        audit(c, by.now, &by.actor, "update", subject, &changes.to_string())?;
    }
    Ok(Outcome::Saved)
}
