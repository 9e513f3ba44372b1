//! What a change of the settings does to visits that are booked already: shown before it is saved.

use super::super::model::{ChairId, Leave, ProviderId, Rota, ServiceId, Whose};
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, Text};
use chrono_tz::Tz;

/// A planned visit that lies ahead, without the patient: settings are no place for names.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Booking {
    /// Row id of the appointment.
    pub id: i64,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// With whom.
    pub provider_id: ProviderId,
    /// Who helps.
    pub second_id: Option<ProviderId>,
    /// Where.
    pub chair_id: ChairId,
    /// What for.
    pub service_id: ServiceId,
    /// Chinese name of the service.
    pub service: String,
    /// English name of the service.
    pub service_en: String,
}

impl Booking {
    /// Name of the service in a language.
    pub fn service_in(&self, lang: Lang) -> &str {
        lang.pick(&self.service, &self.service_en)
    }
    /// Whoever is needed.
    pub fn people(&self) -> impl Iterator<Item = ProviderId> {
        std::iter::once(self.provider_id).chain(self.second_id)
    }
    /// Whoever is needed, and the chair.
    pub fn takes(&self) -> impl Iterator<Item = Whose> {
        self.people().map(Whose::Provider).chain([Whose::Chair(self.chair_id)])
    }
    /// Whether somebody's or the chair's old hours covered it and the new ones do not.
    pub fn is_thrown_out(&self, zone: Tz, before: &Rota, after: &Rota) -> bool {
        before.covers(zone, self.starts_at, self.ends_at) && !after.covers(zone, self.starts_at, self.ends_at)
    }
}

/// Why bookings are touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// They lie outside the new hours.
    OutsideHours,
    /// They lie within the leave.
    InLeave,
    /// They are in the chair while it is out of service.
    ChairClosed,
    /// They lie on the holiday.
    OnHoliday,
    /// Their provider is to be deactivated.
    OfProvider,
    /// Their chair would not be one of theirs any more.
    OtherChair,
    /// They do not meet the new rules of their service.
    OffRules,
    /// They lie within time that is to be kept for something else.
    InKeptTime,
    /// The clock on the wall is to be another one.
    OtherZone,
}

/// The bookings that a change touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// Why.
    pub why: Why,
    /// Which, earliest first.
    pub bookings: Vec<Booking>,
}

impl Effect {
    /// One sentence for people.
    pub fn text(&self) -> Text {
        let n = self.bookings.len();
        let (one, many) = match self.why {
            Why::OutsideHours => ("falls outside the new hours", "fall outside the new hours"),
            Why::InLeave => ("falls within this leave", "fall within this leave"),
            Why::ChairClosed => ("is in this chair in that time", "are in this chair in that time"),
            Why::OnHoliday => ("falls on this day", "fall on this day"),
            Why::OfProvider => ("is with this provider", "are with this provider"),
            Why::OtherChair => (
                "is in a chair that would no longer do",
                "are in chairs that would no longer do",
            ),
            Why::OffRules => ("does not meet the new rules", "do not meet the new rules"),
            Why::InKeptTime => ("falls within the kept time", "fall within the kept time"),
            Why::OtherZone => ("will show at another time of day", "will show at another time of day"),
        };
        let zh = match self.why {
            Why::OutsideHours => format!("{n} 个未来预约不在新的工作时间内"),
            Why::InLeave => format!("{n} 个未来预约落在此休假内"),
            Why::ChairClosed => format!("{n} 个未来预约在这段时间使用此椅位"),
            Why::OnHoliday => format!("{n} 个未来预约在这一天"),
            Why::OfProvider => format!("此人还有 {n} 个未来预约"),
            Why::OtherChair => format!("{n} 个未来预约所在的椅位将不再合适"),
            Why::OffRules => format!("{n} 个未来预约不符合新的规则"),
            Why::InKeptTime => format!("{n} 个未来预约落在预留时段内"),
            Why::OtherZone => format!("{n} 个未来预约显示的钟点会改变"),
        };
        let en = if n == 1 {
            format!("1 future booking {one}")
        } else {
            format!("{n} future bookings {many}")
        };
        Text::new(zh, en)
    }
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is saved.
    Saved,
    /// There was nothing to change.
    Same,
    /// Not saved: more bookings are touched than were agreed to.
    Ask(Effect),
}

/// How many touched bookings were seen and agreed to; 0 when nobody was asked yet.
pub type Agreed = usize;

/// `None` when the change may go ahead: no booking is touched, or no more than were agreed to.
pub fn objection(why: Why, bookings: Vec<Booking>, agreed: Agreed) -> Option<Outcome> {
    (bookings.len() > agreed).then_some(Outcome::Ask(Effect { why, bookings }))
}

/// Those that a leave takes.
pub fn taken_by_leave(bookings: Vec<Booking>, leave: &Leave) -> Vec<Booking> {
    let mut list = bookings;
    list.retain(|b| leave.touches(b.starts_at, b.ends_at));
    list
}
