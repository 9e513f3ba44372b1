//! What recalls are worked out by: the types and the patient.

use chrono::{Datelike, NaiveDate};

use super::Interval;
use crate::clinic::ServiceId;
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, Text};

text_enum! {
    /// How much at risk a patient's teeth are. Doctors and nurses say so.
    Risk {
        /// May come less often.
        Low = "low",
        /// As most.
        Normal = "normal",
        /// Has to come more often.
        High = "high",
    }
}

impl Risk {
    /// Its place in a list by risk; who has none is between high and low.
    pub fn rank(of: Option<Risk>) -> u8 {
        match of {
            Some(Risk::High) => 0,
            Some(Risk::Normal) | None => 1,
            Some(Risk::Low) => 2,
        }
    }
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Risk::Low => Text::new("低风险", "Low risk"),
            Risk::Normal => Text::new("一般", "Normal risk"),
            Risk::High => Text::new("高风险", "High risk"),
        }
    }
}

/// How the recall of a service is worked out. Every service has one; most have no interval and are not recalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecallType {
    /// What is to be booked again.
    pub service: ServiceId,
    /// Chinese name of the service.
    pub name: String,
    /// English name of the service.
    pub name_en: String,
    /// After how long, as the service says.
    pub normal: Option<Interval>,
    /// After how long at high risk, if that is another.
    pub high: Option<Interval>,
    /// After how long at low risk, if that is another.
    pub low: Option<Interval>,
    /// For patients from this age on …
    pub age_from: Option<i32>,
    /// … and until they are this old.
    pub age_until: Option<i32>,
    /// Of the types with the same group (not empty) a patient has one open recall …
    pub exclusive: String,
    /// … which is that of the highest rank.
    pub rank: i32,
    /// Finished visits for which services make it due; none: for its own.
    pub triggers: Vec<ServiceId>,
    /// Rises with every change; 0: nobody has set anything.
    pub version: i64,
}

impl RecallType {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
    /// Whether anybody is recalled by it.
    pub fn recalls(&self) -> bool {
        self.normal.or(self.high).or(self.low).is_some()
    }
    /// Whether a finished visit for `service` makes it due.
    pub fn is_triggered_by(&self, service: ServiceId) -> bool {
        if self.triggers.is_empty() {
            service == self.service
        } else {
            self.triggers.contains(&service)
        }
    }
    /// Finished visits for which services make it due.
    pub fn started_by(&self) -> Vec<ServiceId> {
        if self.triggers.is_empty() {
            vec![self.service]
        } else {
            self.triggers.clone()
        }
    }
    /// After how long, for a patient of this risk.
    pub fn interval(&self, risk: Risk) -> Option<Interval> {
        match risk {
            Risk::High => self.high.or(self.normal),
            Risk::Low => self.low.or(self.normal),
            Risk::Normal => self.normal,
        }
    }
    /// Whether it is for somebody born on `born`. Whose age is not known is grown up.
    pub fn is_for(&self, born: Option<NaiveDate>, today: NaiveDate) -> bool {
        match born.map(|b| age(b, today)) {
            Some(age) => self.age_from.is_none_or(|from| age >= from) && self.age_until.is_none_or(|until| age < until),
            None => self.age_until.is_none(),
        }
    }
    /// What decides on the days of its recalls, as text: as long as it stays, they stay.
    pub fn basis(&self) -> String {
        let interval = |i: Option<Interval>| i.map_or_else(|| "-".to_owned(), |i| format!("{}m{}d", i.months, i.days));
        let triggers: Vec<String> = self.triggers.iter().map(ToString::to_string).collect();
        format!(
            "{}:{}:{}:{}:{:?}:{:?}:{}:{}:{}",
            self.service,
            interval(self.normal),
            interval(self.high),
            interval(self.low),
            self.age_from,
            self.age_until,
            self.exclusive,
            self.rank,
            triggers.join(",")
        )
    }
}

/// Age in whole years. Who was born on 29 February is a year older on 1 March of a common year.
pub fn age(born: NaiveDate, today: NaiveDate) -> i32 {
    let had = (today.month(), today.day()) >= (born.month(), born.day());
    // Who is not born yet by a clock that is wrong is of no age.
    (today.year() - born.year() - i32::from(!had)).max(0)
}
