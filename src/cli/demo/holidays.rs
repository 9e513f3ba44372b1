//! China's public holidays on which the sample clinic is closed. The lunar ones are listed for the years in which anybody
//! looks at a sample.

use chrono::{Datelike, NaiveDate};

use crate::clinic::{self, SiteId};
use crate::platform::clock::plus_days;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Days ahead for which holidays are entered: a little more than a year, so that the next 1 January is always among them.
const DAYS_AHEAD: i64 = 400;

type Name = (&'static str, &'static str);
type MonthDay = (u32, u32);
const NEW_YEAR: Name = ("元旦", "New Year's Day");
const SPRING: Name = ("春节", "Spring Festival");
const QINGMING: Name = ("清明节", "Qingming");
const LABOUR: Name = ("劳动节", "Labour Day");
const NATIONAL: Name = ("国庆节", "National Day");

/// Year, month and day of the first day of the Spring Festival, and of Qingming.
const LUNAR: [(i32, MonthDay, MonthDay); 3] =
    [(2026, (2, 17), (4, 5)), (2027, (2, 6), (4, 5)), (2028, (1, 26), (4, 4))];

/// What a day is kept as, if the clinic is closed on it. Spring Festival and National Day have three days.
pub fn holiday(day: NaiveDate) -> Option<Name> {
    let (spring, qingming) = match LUNAR.iter().find(|(year, ..)| *year == day.year()) {
        Some((year, s, q)) => (
            NaiveDate::from_ymd_opt(*year, s.0, s.1),
            NaiveDate::from_ymd_opt(*year, q.0, q.1),
        ),
        None => (None, None),
    };
    match (day.month(), day.day()) {
        (1, 1) => Some(NEW_YEAR),
        (5, 1) => Some(LABOUR),
        (10, 1..=3) => Some(NATIONAL),
        _ if qingming == Some(day) => Some(QINGMING),
        _ if spring.is_some_and(|s| (0..3).contains(&(day - s).num_days())) => Some(SPRING),
        _ => None,
    }
}

/// Enters those to come. Today is never one: the sample has a full day today.
///
/// # Errors
/// Those of the database.
pub fn build(c: &mut Conn, site: SiteId, today: NaiveDate) -> Result<()> {
    for day in (1..=DAYS_AHEAD).map(|n| plus_days(today, n)) {
        if let Some((name, name_en)) = holiday(day) {
            clinic::insert_holiday(c, site, day, name, name_en)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_on_its_day() {
        for (year, month, day, name) in [
            (2027, 1, 1, Some(NEW_YEAR)),
            (2027, 2, 6, Some(SPRING)),
            (2027, 2, 8, Some(SPRING)),
            (2027, 2, 9, None),
            (2028, 1, 26, Some(SPRING)),
            (2028, 4, 4, Some(QINGMING)),
            (2026, 10, 3, Some(NATIONAL)),
            (2026, 12, 31, None),
        ] {
            let day = NaiveDate::from_ymd_opt(year, month, day).expect("date");
            assert_eq!(holiday(day), name, "{day}");
        }
    }
}
