//! What somebody says who wants to be put on the list. Pure.

use chrono::NaiveDate;

use super::super::model::{Limit, RequestState};
use crate::appointments::waiting::EntryId;
use crate::clinic::{ProviderId, ServiceId, SiteId};
use crate::messaging::Carrier;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;

/// So many days ahead people wait at most, and when they do not say until when.
pub const LAST_DAYS: (i64, i64) = (180, 30);

id_type! {
    /// Row id of a request to be put on the list.
    ListRequestId
}

text_enum! {
    /// When in the day it suits.
    #[derive(Default)]
    DayPart {
        /// 都可以
        #[default]
        Any = "any",
        /// 上午
        Morning = "morning",
        /// 下午
        Afternoon = "afternoon",
        /// 傍晚以后
        Evening = "evening",
    }
}

impl DayPart {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            DayPart::Any => Text::new("都可以", "Any time"),
            DayPart::Morning => Text::new("上午（12:00 前）", "Morning (until 12:00)"),
            DayPart::Afternoon => Text::new("下午（12:00 起）", "Afternoon (from 12:00)"),
            DayPart::Evening => Text::new("傍晚（17:00 起）", "Evening (from 17:00)"),
        }
    }
    /// From which minute of the day, and until which.
    pub fn minutes(self) -> (Option<i32>, Option<i32>) {
        match self {
            DayPart::Any => (None, None),
            DayPart::Morning => (None, Some(12 * 60)),
            DayPart::Afternoon => (Some(12 * 60), None),
            DayPart::Evening => (Some(17 * 60), None),
        }
    }
}

/// A request that waits for its proof.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct ListRequest {
    /// Row id.
    pub id: ListRequestId,
    /// Where.
    pub site_id: SiteId,
    /// For what.
    pub service_id: ServiceId,
    /// With whom; none: anyone who does it.
    pub provider_id: Option<ProviderId>,
    /// `135`; empty: any day.
    pub weekdays: String,
    /// Not before this minute of the day.
    pub from_minute: Option<i32>,
    /// Over by this minute of the day.
    pub until_minute: Option<i32>,
    /// Last day that suits.
    pub last_day: NaiveDate,
    /// What they say, for the desk.
    pub note: String,
    /// Their name.
    pub name: String,
    /// Where the message goes …
    pub channel: Carrier,
    /// … number (E.164) or email address.
    pub address: String,
    /// Day of birth, if given.
    pub birth_date: Option<NaiveDate>,
    /// Who answers for a child; else empty.
    pub guardian: String,
    /// Of the page they saw.
    pub language: Lang,
    /// Network address it came from.
    pub ip: String,
    /// Where it stands; `Booked`: on the list.
    pub state: RequestState,
    /// Why it was refused.
    pub refusal: Option<Limit>,
    /// Whose it is, once that is known.
    pub patient_id: Option<PatientId>,
    /// What it became.
    pub entry_id: Option<EntryId>,
    /// How often the message was asked for.
    pub sends: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}
