//! Judging a time without booking it: what [`super::book`] would say, and why.

use super::super::model::free::{Blocked, Span};
use super::super::store::Except;
use super::place::Place;
use crate::clinic::{ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;

/// A time that is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// For what.
    pub service: ServiceId,
    /// With whom; none: anyone who does it.
    pub provider: Option<ProviderId>,
    /// When.
    pub starts_at: Instant,
    /// How long; none: as the service says.
    pub minutes: Option<i32>,
    /// For whom, if it is known.
    pub patient: Option<PatientId>,
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
    let place = Place::load(c, now, asked.service, asked.provider, asked.minutes)?;
    place.check_start(now, asked.starts_at)?;
    let except = Except {
        patient: asked.patient,
        ..Except::default()
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

fn reason(blocked: &Blocked, zone: chrono_tz::Tz) -> Reason {
    Reason {
        code: blocked.code(),
        text: blocked.text(zone),
        span: blocked.span(),
    }
}
