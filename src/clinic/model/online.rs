//! How patients book by themselves, on pages without a login.

use std::ops::RangeInclusive;

use super::{ServiceId, SiteId};
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};
use crate::platform::i18n::Lang;

/// Until when before a visit its patient changes it, in hours.
pub const CHANGE_HOURS: RangeInclusive<i32> = 0..=720;
/// How often a patient moves a visit.
pub const MOVES: RangeInclusive<i32> = 0..=20;
/// How many visits ahead, and broken ones, are counted.
pub const COUNTED: RangeInclusive<i32> = 1..=20;
/// Over how many days broken visits are counted.
pub const BROKEN_DAYS: RangeInclusive<i32> = 1..=732;
/// Most complaints in the list.
pub const COMPLAINTS_MAX: i32 = 40;

/// The site's rules for what patients do online. Notice and horizon of a booking are each service's own
/// ([`super::BookingRules`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlineRules {
    /// Whether patients book by themselves at all.
    pub open: bool,
    /// Whether people who have no record here may.
    pub new_patients: bool,
    /// A visit is moved and cancelled by its patient until so many minutes before it begins …
    pub change_minutes: i32,
    /// … and moved so often.
    pub moves_max: i32,
    /// Who has so many visits ahead books no more.
    pub planned_max: i32,
    /// Who broke (missed, or cancelled of their own accord) so many visits books and moves by telephone; none: nobody has to.
    pub broken_max: Option<i32>,
    /// Visits that were broken in so many days count.
    pub broken_days: i32,
}

impl Default for OnlineRules {
    fn default() -> Self {
        OnlineRules {
            open: true,
            new_patients: true,
            change_minutes: 120,
            moves_max: 3,
            planned_max: 3,
            broken_max: Some(3),
            broken_days: 180,
        }
    }
}

impl OnlineRules {
    /// Visits that begin before this can only be changed by telephone.
    pub fn change_from(&self, now: Instant) -> Instant {
        now + i64::from(self.change_minutes) * MINUTE_MS
    }
    /// Since when broken visits count.
    pub fn broken_since(&self, now: Instant) -> Instant {
        now + -i64::from(self.broken_days) * DAY_MS
    }
}

/// What patients say brings them (主诉), and the service that it is booked as.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Complaint {
    /// Row id.
    pub id: i64,
    /// Where.
    pub site_id: SiteId,
    /// Chinese: 牙痛.
    pub name: String,
    /// English: Toothache.
    pub name_en: String,
    /// What is booked.
    pub service_id: ServiceId,
    /// Not to be put off: the page asks to call first.
    pub urgent: bool,
    /// Order in the list, from 1.
    pub position: i32,
}

impl Complaint {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
}
