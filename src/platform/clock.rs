//! Time as a value. Only [`Clock`] reads the machine's clock; everything else takes an [`Instant`] as an argument,
//! so tests move time instead of waiting for it.
//!
//! Instants are UTC milliseconds since 1970; what people say ("every day at 18:00", "the day of the visit") is wall-clock
//! time in a clinic's IANA zone and becomes an instant only through [`resolve`].

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};

/// Milliseconds in a second.
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds in 24 hours. A clinic's day is not always this long: see [`day_bounds`].
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A point in time: UTC, milliseconds since 1970-01-01T00:00:00Z. Stored as `BIGINT` on both databases
/// (half the read cost of text timestamps on SQLite, and no text-format traps).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, diesel_derive_newtype::DieselNewType)]
pub struct Instant(pub i64);

impl Instant {
    /// The same instant as a chrono UTC date-time.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
    /// What a clock on the wall in `zone` shows at this instant.
    pub fn local(self, zone: Tz) -> NaiveDateTime {
        self.utc().with_timezone(&zone).naive_local()
    }
    /// The calendar day in `zone` at this instant.
    pub fn day(self, zone: Tz) -> NaiveDate {
        self.local(zone).date()
    }
    /// Whole minutes from `earlier` to this instant (negative when `earlier` is later).
    pub fn minutes_since(self, earlier: Instant) -> i64 {
        (self.0 - earlier.0).div_euclid(MINUTE_MS)
    }
    /// This instant plus `n` minutes.
    pub fn plus_minutes(self, n: i64) -> Instant {
        Instant(self.0 + n * MINUTE_MS)
    }
    /// RFC 3339 in UTC with milliseconds, as the JSON API writes it.
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    }
    /// RFC 3339 with the offset of `zone`, to the second.
    pub fn rfc3339_in(self, zone: Tz) -> String {
        self.utc()
            .with_timezone(&zone)
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }
    /// Reads RFC 3339 with any offset.
    pub fn parse_rfc3339(text: &str) -> Option<Instant> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|t| Instant(t.timestamp_millis()))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}
/// Adds milliseconds.
impl Add<i64> for Instant {
    type Output = Instant;
    fn add(self, ms: i64) -> Instant {
        Instant(self.0 + ms)
    }
}
/// Milliseconds between two instants.
impl Sub for Instant {
    type Output = i64;
    fn sub(self, other: Instant) -> i64 {
        self.0 - other.0
    }
}
/// In JSON an instant is RFC 3339 text in UTC.
impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.rfc3339())
    }
}
impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Instant::parse_rfc3339(&text)
            .ok_or_else(|| serde::de::Error::custom("expected an RFC 3339 date-time with an offset"))
    }
}
// Names the SQL type that columns of instants have, for readers of the schema.
const _: fn() = || {
    fn column<T: diesel::expression::AsExpression<BigInt>>() {}
    column::<Instant>();
};

/// Where "now" comes from: the machine, or a test's hand.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// The machine's clock plus so many milliseconds: `demo --now`.
    Shifted(i64),
    /// A clock that stands still until [`Clock::set`] or [`Clock::advance`] moves it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start`.
    pub fn manual(start: Instant) -> Clock {
        Clock::Manual(Arc::new(AtomicI64::new(start.0)))
    }
    /// A clock that shows `start` now and goes on from there.
    pub fn starting_at(start: Instant) -> Clock {
        Clock::Shifted(start - Clock::System.now())
    }
    /// The present instant, cut to milliseconds (PostgreSQL keeps microseconds, chrono nanoseconds: neither is kept).
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Instant {
        match self {
            Clock::System => Instant(Utc::now().timestamp_millis()),
            Clock::Shifted(by) => Instant(Utc::now().timestamp_millis() + by),
            Clock::Manual(at) => Instant(at.load(Ordering::SeqCst)),
        }
    }
    /// Moves a manual clock to `to`; a system clock stays what it is.
    pub fn set(&self, to: Instant) {
        if let Clock::Manual(at) = self {
            at.store(to.0, Ordering::SeqCst);
        }
    }
    /// Moves a manual clock by `ms` (may be negative).
    pub fn advance(&self, ms: i64) {
        if let Clock::Manual(at) = self {
            at.fetch_add(ms, Ordering::SeqCst);
        }
    }
}

/// No clinic's day lies outside of these; times that do are taken for the nearer of them.
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1800, 1, 1).expect("a date");
const LAST: NaiveDate = NaiveDate::from_ymd_opt(3000, 1, 1).expect("a date");

/// The instant at which clocks in `zone` show `local`.
///
/// * A time shown twice (clocks go back) is its first showing.
/// * A time never shown (clocks go forward) is moved forward by the length of the gap: 02:30 in a one-hour gap is the
///   instant clocks show 03:30, so something due in the gap is neither lost nor early.
///
/// ```
/// use chairside::platform::clock::resolve;
/// let zone: chrono_tz::Tz = "America/New_York".parse().unwrap();
/// let gap = chrono::NaiveDate::from_ymd_opt(2027, 3, 14).unwrap().and_hms_opt(2, 30, 0).unwrap();
/// assert_eq!(resolve(zone, gap).local(zone).to_string(), "2027-03-14 03:30:00");
/// ```
pub fn resolve(zone: Tz, local: NaiveDateTime) -> Instant {
    use chrono::LocalResult::{Ambiguous, None as Gap, Single};
    let local = local.clamp(FIRST.and_time(NaiveTime::MIN), LAST.and_time(NaiveTime::MIN));
    match zone.from_local_datetime(&local) {
        Single(t) | Ambiguous(t, _) => Instant(t.timestamp_millis()),
        Gap => {
            // Read the time with the offset in force before the gap: the result lies after it by exactly the gap.
            let before = local - TimeDelta::hours(26);
            let offset = zone.offset_from_utc_datetime(&before).fix().local_minus_utc();
            let candidate = last_offset_before_gap(zone, local).unwrap_or(offset);
            Instant((local.and_utc().timestamp() - i64::from(candidate)) * SECOND_MS)
        }
    }
}

/// The offset (seconds east) in force just before the gap that swallows `local`.
fn last_offset_before_gap(zone: Tz, local: NaiveDateTime) -> Option<i32> {
    // Walk back in quarter hours to a time that exists; gaps are at most a day long (Samoa, 2011-12-30).
    (1..=104).find_map(|quarters| {
        let earlier = local - TimeDelta::minutes(15 * quarters);
        zone.from_local_datetime(&earlier)
            .latest()
            .map(|t| t.offset().fix().local_minus_utc())
    })
}

/// Midnight to midnight of a clinic's day: `[start, end)`. 23 or 25 hours long on summer-time days; a day a zone skipped
/// altogether (Pacific/Apia, 2011-12-30) is empty.
pub fn day_bounds(zone: Tz, day: NaiveDate) -> (Instant, Instant) {
    let start = resolve(zone, day.and_time(NaiveTime::MIN));
    let end = resolve(zone, next_day(day).and_time(NaiveTime::MIN));
    (start, end)
}

/// Wall-clock `minute_of_day` (0 to 1440) on `day` as an instant.
pub fn at_minute(zone: Tz, day: NaiveDate, minute_of_day: i32) -> Instant {
    resolve(
        zone,
        day.clamp(FIRST, LAST).and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute_of_day)),
    )
}

/// Whether a day somebody typed is one that clinics have; databases and calendars end not far beyond.
pub fn is_in_calendar(day: NaiveDate) -> bool {
    (FIRST..LAST).contains(&day)
}

/// The day after.
pub fn next_day(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

/// `day` moved by `n` days, either way; stays put at the ends of the calendar.
pub fn plus_days(day: NaiveDate, n: i64) -> NaiveDate {
    day.checked_add_signed(TimeDelta::days(n)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Tz {
        name.parse().expect("zone")
    }
    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("date")
    }

    #[test]
    fn summer_time_days_have_23_and_25_hours() {
        let z = zone("Europe/Berlin");
        let hours = |d| {
            let (a, b) = day_bounds(z, d);
            (b - a) / HOUR_MS
        };
        assert_eq!(hours(day(2026, 3, 29)), 23);
        assert_eq!(hours(day(2026, 10, 25)), 25);
        assert_eq!(hours(day(2026, 11, 24)), 24);
    }

    #[test]
    fn a_time_shown_twice_is_its_first_showing() {
        let z = zone("America/New_York");
        let t = resolve(z, day(2027, 11, 7).and_hms_opt(1, 30, 0).expect("time"));
        assert_eq!(t.rfc3339(), "2027-11-07T05:30:00.000Z");
    }

    #[test]
    fn a_skipped_day_is_empty() {
        let z = zone("Pacific/Apia");
        let (a, b) = day_bounds(z, day(2011, 12, 30));
        assert_eq!(a, b);
    }

    proptest::proptest! {
        #[test]
        fn a_gap_moves_forward_and_never_back(offset_days in 0_i64..24_000, minute in 0_i32..1440, which in 0_usize..600) {
            let zones = chrono_tz::TZ_VARIANTS;
            let z = zones[which % zones.len()];
            let d = plus_days(day(1970, 1, 2), offset_days);
            let wanted = d.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute));
            let shown = resolve(z, wanted).local(z);
            proptest::prop_assert!(shown >= wanted, "{z} {wanted} {shown}");
            proptest::prop_assert!(shown - wanted <= TimeDelta::hours(24));
        }
    }
}
