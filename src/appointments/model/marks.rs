//! What takes time on the board beside visits: kept for some services, about to be booked, helping a colleague. Pure.

use super::AppointmentId;
use super::board::{Facts, Of, Strip};
use super::free::Span;
use crate::clinic::{ChairId, ProviderId};
use crate::platform::i18n::Text;

/// A time that is kept for some services.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Whose time; none: everybody's.
    pub provider: Option<ProviderId>,
    /// In which chair; none: in any.
    pub chair: Option<ChairId>,
    /// From when until when.
    pub span: Span,
    /// What it is called.
    pub name: Text,
}

impl Kept {
    /// Whether it keeps the time of a provider in a chair.
    pub fn is_of(&self, provider: ProviderId, chair: ChairId) -> bool {
        self.provider.is_none_or(|p| p == provider) && self.chair.is_none_or(|c| c == chair)
    }
}

/// A time that is about to be booked by somebody else.
#[derive(Debug, Clone)]
pub struct Held {
    /// With whom.
    pub provider: ProviderId,
    /// In which chair.
    pub chair: ChairId,
    /// From when until when.
    pub span: Span,
    /// Which of them.
    pub why: HeldFor,
}

/// For whom a time is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldFor {
    /// A colleague who is booking it: their name.
    Colleague(String),
    /// A patient who books online.
    Online,
    /// Whom it was offered.
    Offered,
}

/// Time of a column that is not free and not a visit of its provider.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Start in units from the top.
    pub start: i64,
    /// Length in units.
    pub length: i64,
    /// What it is.
    pub what: Marked,
}

/// What a time is taken by that is not a visit of the column's provider.
#[derive(Debug, Clone)]
pub enum Marked {
    /// Kept for some services: what it is called.
    Kept(Text),
    /// About to be booked.
    Held(HeldFor),
    /// They help a colleague with this visit of this patient.
    Helps(AppointmentId, ProviderId, String),
}

/// What takes a column's day beside its visits.
pub(super) fn marks(f: &Facts<'_>, strip: &Strip<'_>, inside: &impl Fn(&Span) -> (i64, i64)) -> Vec<Mark> {
    let that_day = |s: &Span| s.from.day(f.zone) == strip.day;
    let taken: Vec<(Span, Marked)> = match strip.of {
        Of::Provider(p) => of_provider(f, (p.id, p.chair_id), &that_day),
        Of::Chair(chair) => {
            // What is kept of one provider's time leaves the chair to others.
            let kept = f.kept.iter().filter(|k| k.provider.is_none() && that_day(&k.span));
            let kept = kept.filter(|k| k.chair.is_none_or(|c| c == chair.id));
            let held = f.held.iter().filter(|h| h.chair == chair.id && that_day(&h.span));
            kept.map(|k| (k.span, Marked::Kept(k.name.clone())))
                .chain(held.map(|h| (h.span, Marked::Held(h.why.clone()))))
                .collect()
        }
    };
    let mut marks: Vec<Mark> = taken
        .into_iter()
        .map(|(span, what)| {
            let (from, until) = inside(&span);
            Mark {
                start: from,
                length: until - from,
                what,
            }
        })
        .filter(|m| m.length > 0)
        .collect();
    marks.sort_by_key(|m| m.start);
    marks
}

/// What takes a provider's day beside their visits.
fn of_provider(
    f: &Facts<'_>,
    (own, chair): (ProviderId, ChairId),
    that_day: &impl Fn(&Span) -> bool,
) -> Vec<(Span, Marked)> {
    let kept = f.kept.iter().filter(|k| k.is_of(own, chair) && that_day(&k.span));
    let kept = kept.map(|k| (k.span, Marked::Kept(k.name.clone())));
    let held = f.held.iter().filter(|h| h.provider == own && that_day(&h.span));
    let held = held.map(|h| (h.span, Marked::Held(h.why.clone())));
    let helping = f
        .booked
        .iter()
        .filter(|(a, _)| a.second_id == Some(own) && a.status.occupies());
    let helping = helping.flat_map(|(a, p)| {
        let theirs = a.provider_times().unwrap_or_default().into_iter();
        let theirs = theirs.filter(|(who, span)| *who == own && that_day(span));
        theirs.map(|(_, span)| (span, Marked::Helps(a.id, a.provider_id, p.name.clone())))
    });
    kept.chain(held).chain(helping).collect()
}
