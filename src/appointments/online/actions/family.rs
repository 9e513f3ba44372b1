//! A family that books together: one after the other, all of them or none.

use chrono::NaiveDate;

use super::super::model::Limit;
use super::{Asking, Confirmed, book_limited, is_open, limit_with, read_note, taken_is_no_error};
use crate::appointments::actions::{Finding, Place, Together, Wanted, Whom, find_times};
use crate::appointments::model::together::Filter;
use crate::appointments::store::{SeriesKind, insert_series, take_turns};
use crate::appointments::{Appointment, AppointmentId};
use crate::clinic::{self, ChairId, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::staff::Actor;

/// Ways to place a family that are offered.
const OFFERED: usize = 120;

/// One of a family, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relative {
    /// Who.
    pub patient: PatientId,
    /// For what.
    pub service: ServiceId,
}

/// Free times for a family from a day on, one after the other, soonest first, by each service's notice and horizon: of each
/// member when and with whom.
///
/// # Errors
/// `NotFound` for a service that is not booked online.
pub fn times_together(c: &mut Conn, now: Instant, family: &[Relative], first: NaiveDate) -> Result<Vec<Vec<Asking>>> {
    let clinic = clinic::snapshot(c)?;
    let mut visits = Vec::with_capacity(family.len());
    for member in family {
        is_open(&clinic, member.service)?;
        visits.push(Wanted {
            patient: Some(member.patient),
            service: member.service,
            minutes: None,
            days_after: 0,
            item: None,
        });
    }
    let finding = Finding {
        visits,
        together: Together::BackToBack,
        whom: Whom::Anyone,
        filter: Filter::default(),
        first,
        limit: OFFERED,
        online: true,
    };
    let found = find_times(c, now, &finding)?;
    let whole = found.list.into_iter().map(|way| {
        let asked = family.iter().zip(way).map(|(member, free)| {
            free.map(|free| Asking {
                service: member.service,
                provider: Some(free.provider),
                starts_at: free.start,
            })
        });
        asked.collect::<Option<Vec<Asking>>>()
    });
    Ok(whole.flatten().collect())
}

/// Books for a family, by the link of one of them. Field: `note`.
///
/// # Errors
/// A fault at `note`; `NotFound` for a service that is not booked online.
pub async fn book_family(
    ctx: &Ctx,
    actor: Actor,
    visits: Vec<(PatientId, Asking)>,
    input: Input,
) -> Result<Confirmed<Vec<Appointment>>> {
    let now = ctx.now();
    let done = ctx
        .db
        .write(move |c| {
            let mut faults = Faults::default();
            let note = read_note(&input, &mut faults);
            faults.finish()?;
            take_all_turns(c, now, &visits)?;
            if let Some(why) = limit_of_all(c, now, &visits)? {
                return Ok(Confirmed::Refused(why));
            }
            let mut booked = Vec::with_capacity(visits.len());
            for (patient, asking) in &visits {
                match book_limited(c, now, &actor, (*patient, note.clone()), *asking, None)? {
                    Confirmed::Booked(a) => booked.push(*a),
                    // The whole write is undone.
                    _ => return Err(Error::conflict("slot_taken", "时间已被占用", "The time is taken")),
                }
            }
            let ids: Vec<AppointmentId> = booked.iter().map(|a| a.id).collect();
            if ids.len() > 1 {
                insert_series(c, now, SeriesKind::Family, &ids)?;
            }
            Ok(Confirmed::Booked(booked))
        })
        .await;
    taken_is_no_error(done)
}

/// In one order over all of them, so that two who book several cannot wait for each other.
fn take_all_turns(c: &mut Conn, now: Instant, visits: &[(PatientId, Asking)]) -> Result<()> {
    let clinic = clinic::snapshot(c)?;
    let mut whom: Vec<(ProviderId, ChairId)> = Vec::new();
    for (_, asking) in visits {
        is_open(&clinic, asking.service)?;
        whom.extend(Place::load(c, now, asking.service, asking.provider, None)?.whom());
    }
    let everybody: Vec<ProviderId> = clinic.providers.iter().map(|p| p.id).collect();
    let patients: Vec<PatientId> = visits.iter().map(|(patient, _)| *patient).collect();
    take_turns(c, &whom, &everybody, &patients)
}

/// Why one of them does not book so many visits.
fn limit_of_all(c: &mut Conn, now: Instant, visits: &[(PatientId, Asking)]) -> Result<Option<Limit>> {
    for (n, (patient, _)) in visits.iter().enumerate() {
        let before = visits.iter().take(n).filter(|(who, _)| who == patient).count();
        let why = limit_with(c, now, *patient, i64::try_from(before).unwrap_or(0))?;
        if why.is_some() {
            return Ok(why);
        }
    }
    Ok(None)
}
