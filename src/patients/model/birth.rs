//! Days as people and spreadsheets write them.

use chrono::{Datelike, NaiveDate, TimeDelta};
use unicode_normalization::UnicodeNormalization;

/// No living person was born before.
const FIRST_YEAR: i32 = 1900;
/// Serial day 0 of spreadsheets (with Excel's 29 February 1900 counted in).
const SERIAL_EPOCH: Option<NaiveDate> = NaiveDate::from_ymd_opt(1899, 12, 30);
/// Serial days that are read: from 1 March 1900, where Excel and the calendar agree, to 2099.
const SERIALS: std::ops::RangeInclusive<i64> = 61..=73_050;

/// Why a text is no day of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BirthFault {
    /// Not a day in any form we read.
    Unreadable,
    /// After today.
    Future,
    /// Before 1900.
    TooEarly,
}

/// `1990-5-1`, `1990/05/01`, `1990.5.1`, `1990年5月1日`, `19900501`, full-width too. Year first, always.
pub fn parse_day(text: &str) -> Option<NaiveDate> {
    let folded: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    if folded.len() == 8 && folded.bytes().all(|b| b.is_ascii_digit()) {
        return NaiveDate::parse_from_str(&folded, "%Y%m%d").ok();
    }
    let body = folded.strip_suffix(['日', '号']).unwrap_or(&folded);
    let parts: Vec<&str> = body.split(['-', '/', '.', '年', '月']).collect();
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    let digits = |text: &str, longest: usize| {
        (!text.is_empty() && text.len() <= longest && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<u32>().ok())
            .flatten()
    };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(
        i32::try_from(digits(year, 4)?).ok()?,
        digits(month, 2)?,
        digits(day, 2)?,
    )
}

/// A day in an export: any form of `parse_day`, with a time after it, or a spreadsheet's serial number (`27819`, `27819.0`).
pub fn parse_exported_day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let first = text.split([' ', 'T']).next().unwrap_or(text);
    if let Some(day) = parse_day(text).or_else(|| parse_day(first)) {
        return Some(day);
    }
    let serial: i64 = first.strip_suffix(".0").unwrap_or(first).parse().ok()?;
    if !SERIALS.contains(&serial) {
        return None;
    }
    SERIAL_EPOCH?.checked_add_signed(TimeDelta::days(serial))
}

/// Month and day as `MMDD`: by it anniversaries are found.
pub fn month_day(day: NaiveDate) -> i32 {
    (day.month() * 100 + day.day()).cast_signed()
}

/// Whether a day can be somebody's birth, seen from `today`.
pub fn check_birth(day: NaiveDate, today: NaiveDate) -> Result<NaiveDate, BirthFault> {
    if day > today {
        Err(BirthFault::Future)
    } else if day.year() < FIRST_YEAR {
        Err(BirthFault::TooEarly)
    } else {
        Ok(day)
    }
}

/// A typed day of birth.
///
/// # Errors
/// Why it is none.
pub fn parse_birth(text: &str, today: NaiveDate) -> Result<NaiveDate, BirthFault> {
    check_birth(parse_day(text).ok_or(BirthFault::Unreadable)?, today)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("date")
    }

    #[test]
    fn forms() {
        for text in [
            "1951-08-21",
            "1951/8/21",
            "1951.8.21",
            "1951年8月21日",
            "1951 年 8 月 21 日",
            "19510821",
            "１９５１－０８－２１",
        ] {
            assert_eq!(parse_day(text), Some(day(1951, 8, 21)), "{text}");
        }
        for text in [
            "",
            "15812",
            "51-8-21",
            "21/8/1951",
            "1951-13-01",
            "1951-02-30",
            "1951-8",
            "1951-8-21-1",
            "abc",
        ] {
            assert_eq!(parse_day(text), None, "{text}");
        }
        assert_eq!(parse_exported_day("36585"), Some(day(2000, 2, 29)));
        assert_eq!(parse_exported_day("27819.0"), Some(day(1976, 2, 29)));
        assert_eq!(parse_exported_day("2000-02-29 00:00:00"), Some(day(2000, 2, 29)));
        assert_eq!(parse_exported_day("1"), None);
    }
    #[test]
    fn the_living() {
        let today = day(2026, 11, 24);
        assert_eq!(parse_birth("2026-11-24", today), Ok(today));
        assert_eq!(parse_birth("2026-11-25", today), Err(BirthFault::Future));
        assert_eq!(parse_birth("1899-12-31", today), Err(BirthFault::TooEarly));
        assert_eq!(parse_birth("1900-01-01", today), Ok(day(1900, 1, 1)));
        assert_eq!(parse_birth("yesterday", today), Err(BirthFault::Unreadable));
    }

    proptest::proptest! {
        #[test]
        fn every_form_of_a_day_is_that_day(n in 0_i64..46_000) {
            let d = day(1900, 3, 1) + TimeDelta::days(n);
            for text in [
                d.format("%Y-%m-%d").to_string(),
                d.format("%Y/%-m/%-d").to_string(),
                d.format("%Y.%m.%d").to_string(),
                d.format("%Y年%-m月%-d日").to_string(),
                (d - SERIAL_EPOCH.unwrap()).num_days().to_string(),
            ] {
                proptest::prop_assert_eq!(parse_exported_day(&text), Some(d), "{}", text);
            }
        }
        #[test]
        fn no_text_panics(text in ".{0,20}") {
            let _unread = parse_exported_day(&text);
        }
    }
}
