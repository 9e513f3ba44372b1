//! Two ways out for each visit that a leave takes, none in the way of another.

use super::model::Wanted;
use crate::appointments::Appointment;
use crate::appointments::actions::{Found, Search, find_free};
use crate::appointments::model::free::Span;
use crate::appointments::model::suggest::Free;
use crate::appointments::store::Except;
use crate::clinic::{ChairId, ProviderId};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};

/// Another time is looked for from so many days before the visit …
const DAYS_BEFORE: i64 = 14;
/// … over so many.
const DAYS: u32 = 44;

/// A visit that the leave takes, and what may become of it.
pub struct Affected {
    /// The visit.
    pub visit: Appointment,
    /// Whose.
    pub patient: Patient,
    /// The same provider at another time.
    pub later: Option<Free>,
    /// Another provider on the same day, as near to the same time as can be.
    pub other: Option<Free>,
}

/// What suggestions before this one take.
struct Taken {
    provider: ProviderId,
    chair: ChairId,
    patient: PatientId,
    span: Span,
}

/// Suggestions for all visits, in their order.
pub fn suggest(c: &mut Conn, now: Instant, w: &Wanted, visits: Vec<(Appointment, Patient)>) -> Result<Vec<Affected>> {
    let mut taken: Vec<Taken> = Vec::new();
    let mut list = Vec::with_capacity(visits.len());
    for (visit, patient) in visits {
        let later = nearest(c, now, w, &visit, &mut taken, true)?;
        let other = nearest(c, now, w, &visit, &mut taken, false)?;
        list.push(Affected {
            visit,
            patient,
            later,
            other,
        });
    }
    Ok(list)
}

/// The free time nearest to the visit's own: with the same provider, or with another one on the same day.
fn nearest(
    c: &mut Conn,
    now: Instant,
    w: &Wanted,
    visit: &Appointment,
    taken: &mut Vec<Taken>,
    same: bool,
) -> Result<Option<Free>> {
    let zone = crate::clinic::the_site(c)?.tz();
    let day = visit.starts_at.day(zone);
    let search = Search {
        service: visit.service_id,
        provider: same.then_some(visit.provider_id),
        minutes: i32::try_from(visit.minutes()).ok(),
        first: if same {
            plus_days(day, -DAYS_BEFORE).max(now.day(zone))
        } else {
            day
        },
        days: if same { DAYS } else { 1 },
        except: Except {
            patient: Some(visit.patient_id),
            appointment: Some(visit.id),
            hold: None,
        },
        online: false,
    };
    let found = match find_free(c, now, &search) {
        Ok(found) => found,
        // Nobody does it any more: nothing to suggest.
        Err(Error::Invalid(_)) => return Ok(None),
        Err(e) => return Err(e),
    };
    let fits = |f: &&Free| {
        let span = found.wish.taken(f.start);
        let away = f.provider == w.provider && span.overlaps(w.span);
        (f.provider == visit.provider_id) == same && !away && !clashes(taken, visit, f, span)
    };
    let best = found
        .free
        .iter()
        .filter(fits)
        .min_by_key(|f| ((f.start - visit.starts_at).abs(), f.start));
    let best = best.copied();
    taken.extend(best.map(|f| take(&found, visit, f)));
    Ok(best)
}

fn clashes(taken: &[Taken], visit: &Appointment, f: &Free, span: Span) -> bool {
    taken.iter().any(|t| {
        let same = t.provider == f.provider || t.chair == f.chair || t.patient == visit.patient_id;
        same && t.span.overlaps(span)
    })
}

fn take(found: &Found, visit: &Appointment, f: Free) -> Taken {
    Taken {
        provider: f.provider,
        chair: f.chair,
        patient: visit.patient_id,
        span: found.wish.taken(f.start),
    }
}
