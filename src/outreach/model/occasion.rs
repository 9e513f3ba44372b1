//! Festivals and the clinic's own days. Pure.

use chrono::{Datelike, NaiveDate};

use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;
use crate::platform::lunar::LunarDay;

id_type! {
    /// Row id of an occasion.
    OccasionId
}

text_enum! {
    /// By which calendar an occasion comes.
    Calendar {
        /// Every year on a day of the common calendar.
        Solar = "solar",
        /// Every year on a day of the lunar calendar (农历); the 30th is the 29th of a month that has no 30th.
        Lunar = "lunar",
        /// On one day.
        Once = "once",
    }
}

impl Calendar {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Calendar::Solar => Text::new("公历每年", "Every year, common calendar"),
            Calendar::Lunar => Text::new("农历每年", "Every year, lunar calendar"),
            Calendar::Once => Text::new("只有一次", "Once"),
        }
    }
}

/// A festival or a day of the clinic's own.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Occasion {
    /// Row id.
    pub id: OccasionId,
    /// Stable short name.
    pub code: String,
    /// Chinese name, as greetings say it.
    pub name: String,
    /// English name, as greetings say it.
    pub name_en: String,
    /// By which calendar.
    pub calendar: Calendar,
    /// Month, for a yearly one.
    pub month: Option<i32>,
    /// Day of the month, for a yearly one.
    pub day: Option<i32>,
    /// The day, for one that comes once.
    pub on_date: Option<NaiveDate>,
    /// Rises with every change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Occasion {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }

    /// Whether it is on `day`.
    pub fn is_on(&self, day: NaiveDate) -> bool {
        let part = |n: Option<i32>| n.and_then(|n| u8::try_from(n).ok()).unwrap_or(0);
        match self.calendar {
            Calendar::Once => self.on_date == Some(day),
            Calendar::Lunar => LunarDay::of(day).is_some_and(|l| l.keeps(part(self.month), part(self.day))),
            Calendar::Solar => {
                let (month, of_month) = (u32::from(part(self.month)), u32::from(part(self.day)));
                let leap_day = (month, of_month) == (2, 29) && !day.leap_year();
                (day.month(), day.day()) == if leap_day { (2, 28) } else { (month, of_month) }
            }
        }
    }

    /// Its next days from `day` on: three of a yearly one.
    pub fn next_days(&self, day: NaiveDate) -> Vec<NaiveDate> {
        if self.calendar == Calendar::Once {
            return self.on_date.filter(|d| *d >= day).into_iter().collect();
        }
        day.iter_days()
            .take_while(|d| *d < plus_days(day, 3 * 366 + 30))
            .filter(|d| self.is_on(*d))
            .take(3)
            .collect()
    }
}

/// A festival that is there from the start: code, names, calendar, month, day.
pub type ShippedOccasion = (&'static str, (&'static str, &'static str), Calendar, i32, i32);

/// The festivals that are there from the start. On 清明 and 中元 nobody is greeted.
pub const SHIPPED: [ShippedOccasion; 8] = [
    ("new-year", ("元旦", "the New Year"), Calendar::Solar, 1, 1),
    (
        "spring-festival",
        ("春节", "the Spring Festival"),
        Calendar::Lunar,
        1,
        1,
    ),
    (
        "lantern-festival",
        ("元宵节", "the Lantern Festival"),
        Calendar::Lunar,
        1,
        15,
    ),
    (
        "dragon-boat",
        ("端午", "the Dragon Boat Festival"),
        Calendar::Lunar,
        5,
        5,
    ),
    (
        "mid-autumn",
        ("中秋", "the Mid-Autumn Festival"),
        Calendar::Lunar,
        8,
        15,
    ),
    (
        "double-ninth",
        ("重阳", "the Double Ninth Festival"),
        Calendar::Lunar,
        9,
        9,
    ),
    ("national-day", ("国庆", "the National Day"), Calendar::Solar, 10, 1),
    (
        "love-teeth-day",
        ("爱牙日", "Love Your Teeth Day"),
        Calendar::Solar,
        9,
        20,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("date")
    }
    fn occasion(calendar: Calendar, month: i32, of_month: i32) -> Occasion {
        Occasion {
            id: OccasionId(1),
            code: "x".into(),
            name: String::new(),
            name_en: String::new(),
            calendar,
            month: Some(month),
            day: Some(of_month),
            on_date: None,
            version: 1,
            updated_at: Instant(0),
        }
    }

    #[test]
    fn next_days_of_each_calendar() {
        let spring = occasion(Calendar::Lunar, 1, 1);
        let days = spring.next_days(day(2026, 2, 17));
        assert_eq!(days, [day(2026, 2, 17), day(2027, 2, 6), day(2028, 1, 26)]);
        let eve = occasion(Calendar::Lunar, 12, 30);
        assert_eq!(eve.next_days(day(2026, 11, 26)).first(), Some(&day(2027, 2, 5)));
        let leap = occasion(Calendar::Solar, 2, 29);
        let days = leap.next_days(day(2026, 11, 26));
        assert_eq!(days, [day(2027, 2, 28), day(2028, 2, 29), day(2029, 2, 28)]);
        let once = Occasion {
            on_date: Some(day(2026, 12, 1)),
            ..occasion(Calendar::Once, 1, 1)
        };
        assert_eq!(once.next_days(day(2026, 11, 26)), [day(2026, 12, 1)]);
        assert!(once.next_days(day(2026, 12, 2)).is_empty());
    }
}
