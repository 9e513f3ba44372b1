//! What a patient may still do with a visit. Pure.

use crate::appointments::{Appointment, Status};
use crate::platform::clock::{HOUR_MS, Instant};

/// A visit that begins sooner than this is cancelled and moved by telephone only.
pub(super) const ONLINE_UNTIL_MS: i64 = 2 * HOUR_MS;

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
pub(super) fn standing(a: &Appointment, now: Instant) -> Standing {
    match a.status {
        Status::Cancelled => Standing::Cancelled,
        Status::Arrived | Status::InChair | Status::Done => Standing::Arrived,
        Status::NoShow => Standing::Past,
        Status::Booked | Status::Confirmed if a.starts_at <= now => Standing::Past,
        Status::Booked | Status::Confirmed if a.starts_at - now < ONLINE_UNTIL_MS => Standing::TooLate,
        Status::Booked | Status::Confirmed => Standing::Open,
    }
}

/// `孙*`: enough for the patient, nothing for who finds the phone.
pub(super) fn masked_name(name: &str) -> String {
    let first = name.chars().next();
    first.map_or_else(|| "*".to_owned(), |ch| format!("{ch}*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_masked() {
        assert_eq!(masked_name("孙丽"), "孙*");
        assert_eq!(masked_name("Smith"), "S*");
        assert_eq!(masked_name(""), "*");
    }
}
