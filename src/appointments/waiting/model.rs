//! Who waits for what, times that got free, and whom to offer them. Pure.

use std::cmp::Reverse;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::appointments::model::free::{Span, Wish};
use crate::appointments::model::together::Filter;
use crate::appointments::{Appointment, AppointmentId};
use crate::clinic::{ChairId, GRID_MINUTES, ProviderId, ServiceId, SiteId};
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};
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

/// Freed pieces shorter than this are of no use to anybody.
pub const USEFUL_MINUTES: i64 = GRID_MINUTES as i64;
/// How long those asked have, when nobody says otherwise, and what may be said.
pub const DEADLINE_MINUTES: i32 = 30;
/// See [`DEADLINE_MINUTES`].
pub const DEADLINES: std::ops::RangeInclusive<i32> = 5..=1440;

/// What a cancelled or moved visit leaves free: its old time, less what it takes now; none when that is past or too little.
pub fn left_free(now: Instant, old: Span, new: Option<Span>) -> Option<Span> {
    let rest = match new.filter(|n| n.overlaps(old)) {
        None => old,
        Some(n) => {
            let before = Span {
                from: old.from,
                until: n.from.max(old.from),
            };
            let after = Span {
                from: n.until.min(old.until),
                until: old.until,
            };
            if before.until - before.from >= after.until - after.from {
                before
            } else {
                after
            }
        }
    };
    (rest.from > now && rest.until.minutes_since(rest.from) >= USEFUL_MINUTES).then_some(rest)
}

/// Whether an appointment takes what a freed time would give.
pub fn takes(a: &Appointment, provider: ProviderId, chair: ChairId) -> Option<Span> {
    (a.status.occupies() && (a.provider_id == provider || a.chair_id == chair)).then_some(Span {
        from: a.busy_from,
        until: a.busy_until,
    })
}

/// Minutes that a visit at `start` leaves on either side of it in a gap, too few to be of use.
pub fn useless_rest(gap: Span, wish: &Wish, start: Instant) -> i64 {
    let taken = wish.taken(start);
    let sides = [taken.from.minutes_since(gap.from), gap.until.minutes_since(taken.until)];
    sides.into_iter().filter(|m| (1..USEFUL_MINUTES).contains(m)).sum()
}

/// The starts at which a visit would lie in a gap: at its edges, and on the service's grid between.
pub fn starts_in(gap: Span, wish: &Wish) -> Vec<Instant> {
    let first = gap.from.plus_minutes(i64::from(wish.before));
    let last = gap.until.plus_minutes(-i64::from(wish.minutes + wish.after));
    if last < first {
        return Vec::new();
    }
    let step = i64::from(wish.grid.max(1)) * MINUTE_MS;
    let mut starts: Vec<Instant> = (0..)
        .map(|n| first + n * step)
        .take_while(|s| *s < last)
        .collect();
    starts.push(last);
    starts.sort_by_key(|s| (useless_rest(gap, wish, *s), *s));
    starts
}

/// Until when somebody asked at `asked` may answer: never later than they need to get here. None: it is too late to ask.
pub fn deadline(asked: Instant, minutes: i32, start: Instant, notice: i32) -> Option<Instant> {
    let until = asked
        .plus_minutes(i64::from(minutes))
        .min(start.plus_minutes(-i64::from(notice)));
    (until > asked).then_some(until)
}

/// By what candidates are ranked: the source, the more urgent, who has waited more weeks, who leaves no useless rest, who
/// has waited longest.
pub fn rank(now: Instant, source: Source, urgency: Urgency, since: Instant, rest: i64) -> impl Ord + use<> {
    let weeks = (now - since).max(0) / (7 * DAY_MS);
    (source, Reverse(urgency), Reverse(weeks), rest, since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Instant {
        Instant(minute * MINUTE_MS)
    }
    fn span(from: i64, until: i64) -> Span {
        Span {
            from: at(from),
            until: at(until),
        }
    }

    #[test]
    fn what_a_moved_visit_leaves() {
        assert_eq!(left_free(at(0), span(60, 120), None), Some(span(60, 120)));
        assert_eq!(left_free(at(60), span(60, 120), None), None, "it has begun");
        assert_eq!(left_free(at(0), span(60, 120), Some(span(75, 135))), Some(span(60, 75)));
        assert_eq!(left_free(at(0), span(60, 120), Some(span(65, 125))), None, "too little");
        assert_eq!(left_free(at(0), span(60, 120), Some(span(30, 75))), Some(span(75, 120)));
        assert_eq!(left_free(at(0), span(60, 120), Some(span(300, 360))), Some(span(60, 120)));
    }

    #[test]
    fn a_visit_sits_where_it_leaves_no_useless_gap() {
        let wish = Wish::plain(30, 15);
        assert_eq!(starts_in(span(60, 90), &wish), [at(60)]);
        assert!(starts_in(span(60, 85), &wish).is_empty());
        let gap = span(60, 100);
        assert_eq!(useless_rest(gap, &wish, at(60)), 10);
        let starts = starts_in(span(60, 120), &wish);
        assert_eq!(starts, [at(60), at(75), at(90)]);
        // 20 minutes into 45: 25 are left at one side, of use; in the middle they would not be.
        let short = Wish::plain(20, 5);
        assert!(starts_in(span(0, 45), &short).iter().take(2).all(|s| useless_rest(span(0, 45), &short, *s) == 0));
    }

    #[test]
    fn nobody_is_asked_who_could_not_come() {
        assert_eq!(deadline(at(0), 30, at(300), 60), Some(at(30)));
        assert_eq!(deadline(at(0), 30, at(80), 60), Some(at(20)));
        assert_eq!(deadline(at(0), 30, at(60), 60), None);
    }

    #[test]
    fn the_urgent_come_first_then_who_waits_longest_then_who_fits() {
        let now = at(60 * 24 * 60);
        let of = |urgency, weeks: i64, rest| rank(now, Source::Waiting, urgency, now + -weeks * 7 * DAY_MS, rest);
        assert!(of(Urgency::Urgent, 0, 10) < of(Urgency::Normal, 5, 0));
        assert!(of(Urgency::Normal, 5, 10) < of(Urgency::Normal, 1, 0));
        assert!(of(Urgency::Normal, 1, 0) < of(Urgency::Normal, 1, 10));
        let recall = rank(now, Source::Recall, Urgency::Urgent, at(0), 0);
        assert!(of(Urgency::Normal, 0, 10) < recall);
    }

    #[test]
    fn weekdays_are_read() {
        assert_eq!(days_of(""), [false; 7]);
        assert_eq!(days_of("17"), [true, false, false, false, false, false, true]);
        assert_eq!(days_of("09x"), [false; 7]);
    }
}
