//! Two ways out for each visit that a leave takes, none in the way of another.

use super::model::Wanted;
use crate::appointments::Appointment;
use crate::appointments::actions::{Found, Search, find_free};
use crate::appointments::model::free::{Blocked, Span, second};
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
    /// Who helps, and when.
    helps: Option<(ProviderId, Vec<Span>)>,
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
    let mut free: Vec<Free> = found
        .free
        .iter()
        .filter(|f| (f.provider == visit.provider_id) == same)
        .copied()
        .collect();
    free.sort_by_key(|f| ((f.start - visit.starts_at).abs(), f.start));
    for f in free {
        let span = found.wish.taken(f.start);
        let away = f.provider == w.provider && span.overlaps(w.span);
        if away || clashes(taken, visit, &f, span) {
            continue;
        }
        if let Ok(helper) = helper(&found, w, taken, &f) {
            taken.push(Taken {
                provider: f.provider,
                helps: helper.map(|who| (who, found.wish.second_needed(f.start))),
                chair: f.chair,
                patient: visit.patient_id,
                span,
            });
            return Ok(Some(f));
        }
    }
    Ok(None)
}

/// Who helps at a free time when the leave is as it would be, and suggestions before this one have their helpers.
fn helper(found: &Found, w: &Wanted, taken: &[Taken], f: &Free) -> Result<Option<ProviderId>, Blocked> {
    let candidate = found.candidates.iter();
    let mut candidate = candidate.filter(|x| (x.provider, x.chair) == (f.provider, f.chair));
    let Some(candidate) = candidate.next() else {
        return Ok(None);
    };
    let mut timetable = candidate.timetable.clone();
    for s in &mut timetable.seconds {
        if s.provider == w.provider {
            s.busy.push(w.span);
        }
        for t in taken {
            s.busy.extend((t.provider == s.provider).then_some(t.span));
            let helps = t.helps.iter().filter(|(who, _)| *who == s.provider);
            s.busy.extend(helps.flat_map(|(_, spans)| spans));
        }
    }
    second(&timetable, &found.wish, found.clinic.site.tz(), f.start)
}

fn clashes(taken: &[Taken], visit: &Appointment, f: &Free, span: Span) -> bool {
    taken.iter().any(|t| {
        let same = t.provider == f.provider || t.chair == f.chair || t.patient == visit.patient_id;
        let helps = t.helps.iter().filter(|(who, _)| *who == f.provider);
        same && t.span.overlaps(span) || helps.flat_map(|(_, spans)| spans).any(|s| s.overlaps(span))
    })
}
