//! Types and rules of the clinic. Pure.

mod codes;
mod days;
mod effect;
mod hours;
pub mod online;
mod rota;
mod rules;
mod setup;
mod whose;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;

use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;
use crate::staff::UserId;

pub use codes::{
    COMMON_CURRENCIES, COMMON_ZONES, Currency, check_settings, code_for, currencies, currency, is_colour, is_country,
    is_zone, offset_of, parse_price, show_price, zones,
};
pub use days::{DayPlan, days_of, runs};
pub use effect::{Agreed, Booking, Effect, Outcome, Why, objection, taken_by_leave};
pub use hours::{Session, WEEKDAY_CODES, Week, parse_day, parse_minute, show_day, show_minute};
pub use online::{Complaint, OnlineRules};
pub use rota::{DatedHours, MakeupDay, Rota, SINCE_EVER, SiteDays};
pub use rules::{Blockout, BlockoutServices, BookingRules, GRID_MINUTES, GRIDS, Part, Parts};
pub use setup::{Setup, Step, Task, not_bookable};
pub use whose::Whose;

id_type! {
    /// Row id of a site.
    SiteId
}
id_type! {
    /// Row id of a chair (operatory).
    ChairId
}
id_type! {
    /// Row id of a provider: whoever treats.
    ProviderId
}
id_type! {
    /// Row id of a service (visit type).
    ServiceId
}
id_type! {
    /// Row id of a session of weekly hours.
    HoursId
}
id_type! {
    /// Row id of a holiday.
    HolidayId
}
id_type! {
    /// Row id of a time in which a provider is away, or a chair out of service.
    LeaveId
}

impl ProviderKind {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            ProviderKind::Doctor => Text::new("医生", "Doctor"),
            ProviderKind::Hygienist => Text::new("洁牙师", "Hygienist"),
            ProviderKind::Nurse => Text::new("护士", "Nurse"),
        }
    }
}

text_enum! {
    /// What a provider is.
    ProviderKind {
        /// 医生
        Doctor = "doctor",
        /// 洁牙师
        Hygienist = "hygienist",
        /// 护士
        Nurse = "nurse",
    }
}

/// A place where patients come, with its own clock, language and money.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Site {
    /// Row id.
    pub id: SiteId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// For patients, as people write it.
    pub phone: String,
    /// Chinese address.
    pub address: String,
    /// English address.
    pub address_en: String,
    /// IANA name; see [`Site::tz`].
    pub zone: String,
    /// Language of staff pages and of patients who chose none.
    pub language: Lang,
    /// ISO 4217.
    pub currency: String,
    /// ISO country of phone numbers without a country code.
    pub country: String,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Site {
    /// The site's zone. A name that chrono-tz does not know is refused when the site is saved; UTC stands in for one that
    /// a newer version forgot.
    pub fn tz(&self) -> Tz {
        self.zone.parse().unwrap_or(Tz::UTC)
    }
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
    /// Address in a language.
    pub fn address_in(&self, lang: Lang) -> &str {
        lang.pick(&self.address, &self.address_en)
    }
}

/// A dental chair with its room: where a visit happens.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Chair {
    /// Row id.
    pub id: ChairId,
    /// Where it stands.
    pub site_id: SiteId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Order on the board, from 1.
    pub position: i32,
    /// Whether it is in use.
    pub active: bool,
    /// What it is good for beyond the usual (surgery, x-ray, …); empty: the usual.
    pub kind: String,
}

impl Chair {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
}

/// Whoever treats: doctor, hygienist, nurse.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Provider {
    /// Row id.
    pub id: ProviderId,
    /// Where they work.
    pub site_id: SiteId,
    /// Their account, if they sign in.
    pub user_id: Option<UserId>,
    /// Chinese name, with title if wanted: 李医生.
    pub name: String,
    /// English name: Dr Li.
    pub name_en: String,
    /// What they are.
    pub kind: ProviderKind,
    /// 全科, 正畸, …
    pub speciality: String,
    /// The same in English.
    pub speciality_en: String,
    /// The chair they work at.
    pub chair_id: ChairId,
    /// Order on the board, from 1.
    pub position: i32,
    /// Whether they take appointments.
    pub active: bool,
    /// At most so many visits a day, whatever for; none: as many as fit.
    pub day_max: Option<i32>,
}

impl Provider {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
    /// Speciality in a language.
    pub fn speciality_in(&self, lang: Lang) -> &str {
        lang.pick(&self.speciality, &self.speciality_en)
    }
}

/// A visit type: what is booked.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Service {
    /// Row id.
    pub id: ServiceId,
    /// Stable short name, e.g. `cleaning`.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Minutes the patient is in the chair.
    pub minutes: i32,
    /// Minutes before that the chair and provider are taken (preparing).
    pub buffer_before: i32,
    /// Minutes after that the chair and provider are taken (cleaning).
    pub buffer_after: i32,
    /// `#rrggbb` of its mark on the board.
    pub colour: String,
    /// Price in minor units of the site's currency.
    pub price_minor: i64,
    /// A finished visit makes a recall due after so many months.
    pub recall_months: Option<i32>,
    /// A finished visit makes a follow-up call due after so many days …
    pub follow_up_days: Option<i32>,
    /// … at this minute of the day …
    pub follow_up_minute: i32,
    /// … with this script.
    pub follow_up_script: Option<String>,
    /// Order in lists, from 1.
    pub position: i32,
    /// Whether it can be booked.
    pub active: bool,
}

impl Service {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
}

/// One session of the week of a provider or a chair, in the site's wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, diesel::Queryable)]
pub struct Hours {
    /// Row id.
    pub id: HoursId,
    /// Of this provider …
    pub provider_id: Option<ProviderId>,
    /// 1 = Monday … 7 = Sunday.
    pub weekday: i32,
    /// Minute of the day it begins.
    pub start_minute: i32,
    /// Minute of the day it ends (at most 1440).
    pub end_minute: i32,
    /// The day from which the pattern holds that it belongs to.
    pub valid_from: NaiveDate,
    /// … or of this chair.
    pub chair_id: Option<ChairId>,
}

impl Hours {
    /// Whether it is theirs.
    pub fn is_of(&self, whose: Whose) -> bool {
        Whose::of(self.provider_id, self.chair_id) == Some(whose)
    }
}

/// A day on which the site is closed.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Holiday {
    /// Row id.
    pub id: HolidayId,
    /// Where.
    pub site_id: SiteId,
    /// When.
    pub day: NaiveDate,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
}

impl Holiday {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
}

/// A time in which a provider is away, or a chair out of service.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Leave {
    /// Row id.
    pub id: LeaveId,
    /// Of this provider …
    pub provider_id: Option<ProviderId>,
    /// From.
    pub starts_at: Instant,
    /// Until, exclusive.
    pub ends_at: Instant,
    /// For colleagues; may be empty.
    pub reason: String,
    /// … or of this chair.
    pub chair_id: Option<ChairId>,
}

impl Leave {
    /// Whether it is theirs.
    pub fn is_of(&self, whose: Whose) -> bool {
        Whose::of(self.provider_id, self.chair_id) == Some(whose)
    }
}
