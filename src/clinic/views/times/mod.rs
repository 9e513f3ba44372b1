//! When somebody works or a chair is open: the sections of their page, and the page of one pattern of weekly hours.

mod days;
mod hours;

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::{Leave, Rota, Week, Whose};
use super::super::pages::{Shown, path_of};
use crate::platform::web::layout::Frame;
use crate::staff::AuditEntry;

pub(super) use days::span_of;
pub(super) use hours::week_line;
pub(in crate::clinic) use hours::{PatternPage, pattern};

/// What the sections show.
pub(in crate::clinic) struct Times {
    pub whose: Whose,
    pub rota: Arc<Rota>,
    pub today: NaiveDate,
    pub zone: Tz,
    pub leaves: Vec<Leave>,
    pub last_hours: Option<AuditEntry>,
    pub last_days: Option<AuditEntry>,
    pub last_leave: Option<AuditEntry>,
}

impl Times {
    /// The weekly hours that hold today.
    pub(in crate::clinic) fn week(&self) -> Week {
        let present = self.rota.pattern_on(self.today);
        present.map(|(_, week)| week.clone()).unwrap_or_default()
    }
    /// Where a form of theirs is sent.
    fn path(&self, form: &str) -> String {
        format!("{}/{form}", path_of(self.whose))
    }
}

/// The forms of the sections.
pub(in crate::clinic) struct Forms {
    pub hours: Shown,
    /// Of weekly hours that begin later.
    pub removal: Shown,
    pub days: Shown,
    pub days_removal: Shown,
    pub leave: Shown,
}

/// All sections.
pub(super) fn sections(frame: &Frame, times: &Times, forms: &Forms) -> Markup {
    html! {
        (hours::hours(frame, times, forms))
        (days::days(frame, times, forms))
        (days::leave(frame, times, &forms.leave))
    }
}
