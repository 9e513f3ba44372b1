//! What can only be done on the day itself.

use super::super::model::Appointment;
use super::super::model::stage::{Stage, stage_of};
use super::super::store;
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};

/// Nobody comes on another day than the one booked: whoever does is moved to today first.
pub(super) fn is_today(c: &mut Conn, now: Instant, a: &Appointment) -> Result<()> {
    let zone = clinic::get_site(c, a.site_id)?.tz();
    if a.starts_at.day(zone) <= now.day(zone) {
        return Ok(());
    }
    Err(Error::conflict(
        "too_early",
        "预约不在今天：请先改到今天",
        "The appointment is on a later day: move it to today first",
    ))
}

/// After its day everybody has left: there is nothing to note any more.
pub(super) fn is_still_here(c: &mut Conn, now: Instant, a: &Appointment) -> Result<()> {
    let zone = clinic::get_site(c, a.site_id)?.tz();
    if stage_of(a, now, zone).is_some_and(|(stage, _)| stage == Stage::Ready) {
        return Ok(());
    }
    Err(Error::conflict(
        "day_over",
        "就诊当天已过，患者已离开",
        "The day of the visit is over: the patient has left",
    ))
}

/// Who was noted as not having come comes later on the same day, and takes the time again if nobody else has it.
pub(super) fn come_after_all(c: &mut Conn, now: Instant, a: &Appointment) -> Result<()> {
    let zone = clinic::get_site(c, a.site_id)?.tz();
    if a.starts_at.day(zone) != now.day(zone) {
        return Err(Error::conflict(
            "day_over",
            "预约的那天已过：请另约时间",
            "The day of the appointment is over: book another",
        ));
    }
    let seconds: Vec<_> = a.second_id.into_iter().collect();
    store::take_turns(c, &[(a.provider_id, a.chair_id)], &seconds, &[a.patient_id])
}
