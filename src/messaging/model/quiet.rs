//! Quiet hours: no message wakes anybody.

use chrono::Timelike;
use chrono_tz::Tz;

use crate::platform::clock::{Instant, at_minute, next_day};

/// Hours of the day between which a message may be sent: `[from, until)` in wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First hour.
    pub from: u32,
    /// Hour at which it closes.
    pub until: u32,
}

/// When a message that could be sent at `now` may be: now, or the next opening.
pub fn send_time(window: Window, zone: Tz, now: Instant) -> Instant {
    let local = now.local(zone);
    let opening = |day| at_minute(zone, day, i32::try_from(window.from * 60).unwrap_or(0));
    if local.hour() < window.from {
        opening(local.date())
    } else if local.hour() >= window.until {
        opening(next_day(local.date()))
    } else {
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARE: Window = Window { from: 8, until: 21 };

    fn at(text: &str) -> Instant {
        Instant::parse_rfc3339(text).expect("time")
    }

    #[test]
    fn nights_wait_for_the_morning() {
        let z: Tz = "Asia/Shanghai".parse().expect("zone");
        for (now, then) in [
            ("2026-11-23T07:59:59+08:00", "2026-11-23T08:00:00+08:00"),
            ("2026-11-23T08:00:00+08:00", "2026-11-23T08:00:00+08:00"),
            ("2026-11-23T20:59:59+08:00", "2026-11-23T20:59:59+08:00"),
            ("2026-11-23T21:00:00+08:00", "2026-11-24T08:00:00+08:00"),
        ] {
            assert_eq!(send_time(CARE, z, at(now)), at(then), "{now}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_time_given_is_never_earlier_and_always_open(minutes in 0_i64..1_500_000, which in 0_usize..600) {
            let z = chrono_tz::TZ_VARIANTS[which % chrono_tz::TZ_VARIANTS.len()];
            let now = at("2026-01-01T00:00:00Z").plus_minutes(minutes);
            let then = send_time(CARE, z, now);
            proptest::prop_assert!(then >= now);
            let hour = then.local(z).hour();
            proptest::prop_assert!((CARE.from..CARE.until).contains(&hour), "{z} {now} {then}");
        }
    }
}
