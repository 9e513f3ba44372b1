//! Judging a time without booking it: what [`super::book`] would say, and why.

use super::super::model::free::{Blocked, Span};
use super::super::model::{Action, Appointment, AppointmentId};
use super::super::store::{self, Except};
use super::moving::Target;
use super::place::Place;
use super::steps::wrong_state;
use crate::clinic::{ChairId, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;

/// A time that is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// For what.
    pub service: ServiceId,
    /// With whom; none: anyone who does it.
    pub provider: Option<ProviderId>,
    /// In which chair; none: in any that fits.
    pub chair: Option<ChairId>,
    /// When.
    pub starts_at: Instant,
    /// How long; none: as the service says.
    pub minutes: Option<i32>,
    /// For whom, if it is known.
    pub patient: Option<PatientId>,
    /// The visit that would be moved there: it is not in its own way.
    pub appointment: Option<AppointmentId>,
}

/// Why a time is not free.
#[derive(Debug, Clone)]
pub struct Reason {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub text: Text,
    /// What is in the way, where it is a stretch of time.
    pub span: Option<Span>,
}

/// What is said of a time; no reason: it is free.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The clinic's zone.
    pub zone: chrono_tz::Tz,
    /// What booking would say.
    pub all: Option<Reason>,
    /// Of each provider.
    pub each: Vec<(ProviderId, Option<Reason>)>,
}

/// What booking would say of a time, altogether and of each provider.
pub fn judge(c: &mut Conn, now: Instant, asked: &Asked) -> Result<Judged> {
    let place = Place::load(c, now, asked.service, asked.provider, asked.minutes)?.in_chair(asked.chair)?;
    place.check_start(now, asked.starts_at)?;
    let except = Except {
        patient: asked.patient,
        appointment: asked.appointment,
        hold: None,
    };
    let zone = place.zone();
    let day = asked.starts_at.day(zone);
    let candidates = place.candidates(c, (day, day), except)?;
    let said = |of: &[_]| {
        let blocked = place.choose(of, asked.starts_at).err();
        blocked.map(|blocked| reason(&blocked, zone))
    };
    let each = candidates.iter();
    Ok(Judged {
        zone,
        all: said(&candidates),
        each: each
            .map(|one| (one.provider, said(std::slice::from_ref(one))))
            .collect(),
    })
}

/// Why a visit cannot be moved there, by the same rules as moving it; none: it can.
pub fn judge_move(c: &mut Conn, now: Instant, id: AppointmentId, to: &Target) -> Result<Option<Text>> {
    let a = store::get_appointment(c, id)?;
    if !a.allows(Action::Move) {
        return Ok(Some(wrong_state(&a).text()));
    }
    match place_moved(c, now, &a, to) {
        Ok(()) => Ok(None),
        Err(Error::Conflict { text, .. }) => Ok(Some(text)),
        Err(Error::Invalid(faults)) => Ok(faults.into_iter().next().map(|f| f.text)),
        Err(e) => Err(e),
    }
}

fn place_moved(c: &mut Conn, now: Instant, a: &Appointment, to: &Target) -> Result<()> {
    let provider = Some(to.provider.unwrap_or(a.provider_id));
    let minutes = to.minutes.or_else(|| i32::try_from(a.minutes()).ok());
    let mut place = Place::load(c, now, a.service_id, provider, minutes)?.in_chair(to.chair)?;
    if to.starts_at == a.starts_at {
        place.wish.earliest = place.wish.earliest.min(a.starts_at);
    }
    place.check_start(now, to.starts_at)?;
    let except = Except {
        patient: Some(a.patient_id),
        appointment: Some(a.id),
        hold: None,
    };
    place.place(c, to.starts_at, except).map(|_| ())
}

fn reason(blocked: &Blocked, zone: chrono_tz::Tz) -> Reason {
    Reason {
        code: blocked.code(),
        text: blocked.text(zone),
        span: blocked.span(),
    }
}
