//! When a chair can be used, beside the visits in it.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Blocked, Span, spans};
use crate::clinic::Rota;
use crate::platform::clock::day_bounds;
use crate::platform::i18n::Text;

/// What is known of a chair. The default is one that is always open.
#[derive(Debug, Clone)]
pub struct ChairTime {
    /// What it is called.
    pub name: Text,
    /// When it is open; none: whenever somebody works at it.
    pub rota: Option<Arc<Rota>>,
    /// When it is out of service, and why.
    pub closed: Vec<(Span, String)>,
}

impl Default for ChairTime {
    fn default() -> ChairTime {
        ChairTime {
            name: Text::new("", ""),
            rota: None,
            closed: Vec::new(),
        }
    }
}

impl ChairTime {
    /// The stretches of a day in which it is not open, by start; being out of service is not among them.
    pub fn shut(&self, zone: Tz, day: NaiveDate) -> Vec<Span> {
        let Some(rota) = &self.rota else {
            return Vec::new();
        };
        let (mut from, end) = day_bounds(zone, day);
        let mut shut = Vec::new();
        for open in spans(rota.on(day), zone, day) {
            if from < open.from {
                shut.push(Span { from, until: open.from });
            }
            from = open.until;
        }
        if from < end {
            shut.push(Span { from, until: end });
        }
        shut
    }
    /// What of `[from, until)` it cannot be used for.
    pub(super) fn blocked(&self, zone: Tz, taken: Span) -> Option<Blocked> {
        if let Some(rota) = &self.rota {
            let day = taken.from.day(zone);
            if !spans(rota.on(day), zone, day).iter().any(|s| s.holds(taken)) {
                return Some(Blocked::ChairShut(self.name.clone()));
            }
        }
        let closed = self.closed.iter().find(|(span, _)| span.overlaps(taken));
        closed.map(|(span, why)| Blocked::ChairClosed(*span, self.name.clone(), why.clone()))
    }
}
