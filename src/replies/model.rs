//! What a patient may still do with a visit. Pure.

use chrono_tz::Tz;

use crate::appointments::{Appointment, Status};
use crate::clinic::OnlineRules;
use crate::platform::clock::{Instant, MINUTE_MS};

/// Where a visit stands for its patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can be confirmed, moved and cancelled.
    Open,
    /// It can be confirmed; for the rest it is too late online.
    TooLate,
    /// It was cancelled.
    Cancelled,
    /// The patient is or was here.
    Arrived,
    /// Its time is over, or the patient did not come.
    Past,
}

/// Where `a` stands at `now`.
pub(super) fn standing(a: &Appointment, now: Instant, rules: &OnlineRules) -> Standing {
    match a.status {
        Status::Cancelled => Standing::Cancelled,
        Status::Arrived | Status::InChair | Status::Done => Standing::Arrived,
        Status::NoShow => Standing::Past,
        Status::Booked | Status::Confirmed if a.starts_at <= now => Standing::Past,
        Status::Booked | Status::Confirmed if a.starts_at < rules.change_from(now) => Standing::TooLate,
        Status::Booked | Status::Confirmed => Standing::Open,
    }
}

/// A patient may say that they are here from so long before the time on …
const HERE_FROM_MS: i64 = 60 * MINUTE_MS;
/// … until so long after it.
const HERE_UNTIL_MS: i64 = 30 * MINUTE_MS;

/// Whether a patient may check in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckIn {
    /// Now.
    Open,
    /// From this time on.
    TooEarly(Instant),
    /// The desk has to see to it.
    TooLate,
    /// The visit is on another day.
    OtherDay,
    /// Done already.
    Here,
    /// There is no visit any more.
    Over,
}

/// Whether the patient of `a` may check in at `now`.
pub(super) fn check_in(a: &Appointment, now: Instant, zone: Tz) -> CheckIn {
    let opens = a.starts_at + -HERE_FROM_MS;
    match a.status {
        Status::Arrived | Status::InChair | Status::Done => CheckIn::Here,
        Status::Cancelled | Status::NoShow => CheckIn::Over,
        Status::Booked | Status::Confirmed if a.starts_at.day(zone) != now.day(zone) => CheckIn::OtherDay,
        Status::Booked | Status::Confirmed if now < opens => CheckIn::TooEarly(opens),
        Status::Booked | Status::Confirmed if now > a.starts_at + HERE_UNTIL_MS => CheckIn::TooLate,
        Status::Booked | Status::Confirmed => CheckIn::Open,
    }
}
