//! Who waits for what, times that got free, and whom to offer them. Pure.

mod fit;
mod rules;

pub use fit::{DEADLINE_MINUTES, DEADLINES, deadline, left_free, rank, starts_in, takes, useless_rest};
pub use rules::{Ask, WaitingRules};

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::appointments::AppointmentId;
use crate::appointments::model::free::Span;
use crate::appointments::model::together::Filter;
use crate::clinic::{ChairId, ProviderId, ServiceId, SiteId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;
use crate::staff::UserId;

id_type! {
    /// Row id of an entry of the waiting list.
    EntryId
}
id_type! {
    /// Row id of a freed time.
    SlotId
}
id_type! {
    /// Row id of an offer.
    OfferId
}

text_enum! {
    /// Where an entry stands.
    EntryState {
        /// Waiting for a time.
        Waiting = "waiting",
        /// Got one.
        Booked = "booked",
        /// Does not want one any more.
        Withdrawn = "withdrawn",
        /// Its last day is past.
        Expired = "expired",
    }
}

text_enum! {
    /// How urgent it is.
    #[derive(Default)]
    Urgency {
        /// 普通
        #[default]
        Normal = "normal",
        /// 尽快
        Soon = "soon",
        /// 紧急
        Urgent = "urgent",
    }
}

text_enum! {
    /// Where a freed time stands.
    SlotState {
        /// Nobody has been asked, or nobody is any more.
        Open = "open",
        /// Somebody has been asked; it is held.
        Offering = "offering",
        /// Somebody took it.
        Filled = "filled",
        /// Taken otherwise, taken back, past, or put away.
        Closed = "closed",
    }
}

text_enum! {
    /// Where an offer stands.
    OfferState {
        /// To be asked after those before.
        Queued = "queued",
        /// Asked.
        Asked = "asked",
        /// Took it.
        Accepted = "accepted",
        /// Does not want this time.
        Declined = "declined",
        /// Does not want to be asked for this any more.
        OptedOut = "opted-out",
        /// Did not answer in time.
        Lapsed = "lapsed",
        /// Somebody else was faster, or the desk ended it.
        Over = "over",
    }
}

text_enum! {
    /// Why somebody may want a freed time.
    Source {
        /// They wait for one.
        Waiting = "waiting",
        /// Their last visit did not take place.
        Unscheduled = "unscheduled",
        /// They are due for a check-up.
        Recall = "recall",
    }
}

impl EntryState {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            EntryState::Waiting => Text::new("等候中", "Waiting"),
            EntryState::Booked => Text::new("已约上", "Booked"),
            EntryState::Withdrawn => Text::new("已撤下", "Withdrawn"),
            EntryState::Expired => Text::new("已过期", "Expired"),
        }
    }
}

impl Urgency {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Urgency::Normal => Text::new("普通", "Normal"),
            Urgency::Soon => Text::new("尽快", "Soon"),
            Urgency::Urgent => Text::new("紧急", "Urgent"),
        }
    }
}

impl OfferState {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            OfferState::Queued => Text::new("排队待问", "To be asked"),
            OfferState::Asked => Text::new("已询问", "Asked"),
            OfferState::Accepted => Text::new("已接受", "Accepted"),
            OfferState::Declined => Text::new("已谢绝", "Declined"),
            OfferState::OptedOut => Text::new("不再询问", "Not to be asked again"),
            OfferState::Lapsed => Text::new("超时未答", "No answer in time"),
            OfferState::Over => Text::new("已结束", "Over"),
        }
    }
}

impl Source {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Source::Waiting => Text::new("候补名单", "Waiting list"),
            Source::Unscheduled => Text::new("取消或爽约后未再约", "Cancelled or missed, not booked again"),
            Source::Recall => Text::new("到期复诊", "Due for a check-up"),
        }
    }
}

/// An entry's row.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Entry {
    /// Row id.
    pub id: EntryId,
    /// Where.
    pub site_id: SiteId,
    /// Who waits.
    pub patient_id: PatientId,
    /// For what.
    pub service_id: ServiceId,
    /// With whom; none: anyone who does it.
    pub provider_id: Option<ProviderId>,
    /// How long.
    pub minutes: i32,
    /// `135`: Monday, Wednesday, Friday; empty: any.
    pub weekdays: String,
    /// Not before this minute of the day.
    pub from_minute: Option<i32>,
    /// Over by this minute of the day.
    pub until_minute: Option<i32>,
    /// First day that suits.
    pub first_day: NaiveDate,
    /// Last one; none: open.
    pub last_day: Option<NaiveDate>,
    /// So many minutes to get here.
    pub notice_minutes: i32,
    /// How urgent.
    pub urgency: Urgency,
    /// For colleagues.
    pub note: String,
    /// The visit that is to be earlier.
    pub appointment_id: Option<AppointmentId>,
    /// Where it stands.
    pub state: EntryState,
    /// What came of it.
    pub booked_id: Option<AppointmentId>,
    /// Rises with every change.
    pub version: i64,
    /// Who put it there.
    pub created_by: Option<UserId>,
    /// Since when.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Whether the patient put themselves on the list.
    pub from_patient: bool,
}

impl Entry {
    /// Its weekdays and times of day.
    pub fn filter(&self) -> Filter {
        Filter {
            weekdays: days_of(&self.weekdays),
            from: self.from_minute,
            until: self.until_minute,
        }
    }
    /// Whether a day lies between its first and last.
    pub fn lets_day(&self, day: NaiveDate) -> bool {
        self.first_day <= day && self.last_day.is_none_or(|last| day <= last)
    }
    /// Whether a visit that starts then suits, as far as the entry says; `earlier_than`: the visit it is to replace.
    pub fn lets(&self, zone: Tz, start: Instant, earlier_than: Option<Instant>) -> bool {
        self.lets_day(start.day(zone))
            && self.filter().lets(zone, start, self.minutes)
            && earlier_than.is_none_or(|at| start < at)
    }
}

/// `135` as Monday to Sunday.
pub fn days_of(text: &str) -> [bool; 7] {
    let mut days = [false; 7];
    for n in text.chars().filter_map(|c| c.to_digit(10)) {
        let i = usize::try_from(n).unwrap_or(0);
        if let Some(day) = i.checked_sub(1).and_then(|i| days.get_mut(i)) {
            *day = true;
        }
    }
    days
}

/// A freed time's row.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Slot {
    /// Row id.
    pub id: SlotId,
    /// Where.
    pub site_id: SiteId,
    /// Whose time.
    pub provider_id: ProviderId,
    /// In which chair.
    pub chair_id: ChairId,
    /// What it was booked for.
    pub service_id: ServiceId,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// The visit that left it.
    pub appointment_id: AppointmentId,
    /// The version by which it did.
    pub appointment_version: i64,
    /// Where it stands.
    pub state: SlotState,
    /// Everybody who was asked is past.
    pub nobody: bool,
    /// So many are asked at a time.
    pub batch: i32,
    /// So many minutes they have.
    pub deadline_minutes: i32,
    /// What holds it.
    pub hold_token: Option<String>,
    /// Rises with every change.
    pub version: i64,
    /// Since when.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When the clinic looked by itself whom it would suit.
    pub tried_at: Option<Instant>,
    /// It is free only once its provider is not away any more.
    pub away: bool,
}

impl Slot {
    /// What got free.
    pub fn span(&self) -> Span {
        Span {
            from: self.starts_at,
            until: self.ends_at,
        }
    }
}

/// An offer's row.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Offer {
    /// Row id.
    pub id: OfferId,
    /// Of which time.
    pub slot_id: SlotId,
    /// In this order.
    pub position: i32,
    /// Why them.
    pub source: Source,
    /// The entry, the visit that did not take place, or the recall.
    pub source_id: i64,
    /// Who.
    pub patient_id: PatientId,
    /// For what.
    pub service_id: ServiceId,
    /// How long.
    pub minutes: i32,
    /// When their visit would start.
    pub starts_at: Instant,
    /// So many minutes they need to get here.
    pub notice_minutes: i32,
    /// Their visit that would be moved here.
    pub appointment_id: Option<AppointmentId>,
    /// Where it stands.
    pub state: OfferState,
    /// When they were asked.
    pub asked_at: Option<Instant>,
    /// Until when they can answer.
    pub expires_at: Option<Instant>,
    /// When they did.
    pub answered_at: Option<Instant>,
    /// Who answered: the patient, or a colleague for them.
    pub answered_by: String,
    /// What was booked.
    pub booked_id: Option<AppointmentId>,
    /// When it was made.
    pub created_at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_are_read() {
        assert_eq!(days_of(""), [false; 7]);
        assert_eq!(days_of("17"), [true, false, false, false, false, false, true]);
        assert_eq!(days_of("09x"), [false; 7]);
    }
}
