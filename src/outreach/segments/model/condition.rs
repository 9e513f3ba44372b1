//! What can be asked of a patient.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clinic::{ProviderId, ServiceId};
use crate::patients::Sex;
use crate::platform::clock::{next_day, plus_days};
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, Text};

/// A condition, or its contrary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Whether it must not hold.
    #[serde(default)]
    pub not: bool,
    /// What is asked.
    pub is: Test,
}

/// What is asked. What is left out is not asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "field", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Test {
    /// Has had so many finished visits (one, where `at_least` is left out).
    Visit {
        /// For this service.
        service: Option<ServiceId>,
        /// With this provider.
        provider: Option<ProviderId>,
        /// With a provider of this speciality, as it is called in Chinese.
        speciality: Option<String>,
        /// When.
        #[serde(default)]
        when: When,
        /// How many.
        at_least: Option<u32>,
    },
    /// The last finished visit was then.
    LastVisit {
        /// The last one for this service.
        service: Option<ServiceId>,
        /// The last one with this provider.
        provider: Option<ProviderId>,
        /// When.
        when: When,
    },
    /// A diagnosis mentions one of up to three words, with commas between them.
    Diagnosis {
        /// The words.
        text: String,
        /// When it was written.
        #[serde(default)]
        when: When,
    },
    /// A treatment was done that is described by one of up to three words.
    Treatment {
        /// The words.
        text: String,
        /// At this tooth (FDI).
        tooth: Option<String>,
        /// When.
        #[serde(default)]
        when: When,
    },
    /// A possible disease: a diagnosis mentions one of the words, and nothing was treated on that visit or since.
    Untreated {
        /// The words of the finding.
        text: String,
        /// Only treatments described by one of these count; left out: any.
        treatment: Option<String>,
        /// When it was found.
        #[serde(default)]
        when: When,
    },
    /// The treatment plan has steps without an appointment.
    OpenPlan {
        /// Of this service.
        service: Option<ServiceId>,
        /// Nothing of the plan has been done for so many days, and the step was written before.
        idle_days: Option<u32>,
    },
    /// A recall is due.
    RecallDue {
        /// For this service.
        service: Option<ServiceId>,
        /// For so many weeks.
        #[serde(default)]
        weeks: u32,
    },
    /// Full years. Whose birth date is not known has no age.
    Age {
        /// At least.
        from: Option<u32>,
        /// At most.
        to: Option<u32>,
    },
    /// Sex as registered.
    Sex {
        /// Which.
        sex: Sex,
    },
    /// 特需
    Vip {},
    /// Language of messages.
    Language {
        /// Which.
        language: Lang,
    },
    /// Can be written to in this way.
    Reachable {
        /// How.
        by: Reach,
    },
    /// Has agreed to greetings and offers.
    Marketing {},
    /// Has a birthday in this month.
    BirthdayMonth {
        /// 1 to 12.
        month: u32,
    },
    /// Has a visit ahead.
    Booked {
        /// For this service.
        service: Option<ServiceId>,
    },
    /// Was registered then.
    Registered {
        /// When.
        when: When,
    },
}

text_enum! {
    /// How somebody can be written to.
    Reach {
        /// By text message.
        Mobile = "mobile",
        /// By mail.
        Email = "email",
    }
}

text_enum! {
    /// A length of time.
    Unit {
        /// Days.
        Days = "days",
        /// Weeks.
        Weeks = "weeks",
        /// Calendar months.
        Months = "months",
        /// Calendar years.
        Years = "years",
    }
}

/// When something was, by the clinic's days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
pub enum When {
    /// At any time.
    #[default]
    Ever,
    /// Not longer ago than this.
    Within {
        /// How many.
        n: u32,
        /// Of what.
        unit: Unit,
    },
    /// Longer ago than this.
    Before {
        /// How many.
        n: u32,
        /// Of what.
        unit: Unit,
    },
    /// Between two days; either may be left out.
    Between {
        /// First day.
        from: Option<NaiveDate>,
        /// Last day.
        until: Option<NaiveDate>,
    },
}

/// No day of a clinic lies outside of these.
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1800, 1, 1).expect("a date");
const LAST: NaiveDate = NaiveDate::from_ymd_opt(3000, 1, 1).expect("a date");

impl When {
    /// The days from, and the day before which it was.
    pub fn days(self, today: NaiveDate) -> (NaiveDate, NaiveDate) {
        match self {
            When::Ever => (FIRST, LAST),
            When::Within { n, unit } => (unit.back(today, n), LAST),
            When::Before { n, unit } => (FIRST, unit.back(today, n)),
            When::Between { from, until } => (from.unwrap_or(FIRST), until.map_or(LAST, next_day)),
        }
    }
}

impl Unit {
    /// The day so long ago; the first there is where that is before it.
    fn back(self, today: NaiveDate, n: u32) -> NaiveDate {
        let day = match self {
            Unit::Days => Some(plus_days(today, -i64::from(n))),
            Unit::Weeks => Some(plus_days(today, -7 * i64::from(n))),
            Unit::Months => today.checked_sub_months(Months::new(n)),
            Unit::Years => Some(years_back(today, n)),
        };
        day.unwrap_or(FIRST).max(FIRST)
    }
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Unit::Days => Text::new("天", "days"),
            Unit::Weeks => Text::new("周", "weeks"),
            Unit::Months => Text::new("个月", "months"),
            Unit::Years => Text::new("年", "years"),
        }
    }
}

/// The same day so many years ago.
pub fn years_back(today: NaiveDate, n: u32) -> NaiveDate {
    let months = n.checked_mul(12).map(Months::new);
    let day = months.and_then(|m| today.checked_sub_months(m));
    day.unwrap_or(FIRST).max(FIRST)
}

impl Test {
    /// Whether it asks for what only those who treat may read.
    pub fn is_clinical(&self) -> bool {
        matches!(
            self,
            Test::Diagnosis { .. } | Test::Treatment { .. } | Test::Untreated { .. }
        )
    }
    /// When it was, where that is asked.
    pub fn when(&self) -> Option<When> {
        match self {
            Test::Visit { when, .. }
            | Test::LastVisit { when, .. }
            | Test::Diagnosis { when, .. }
            | Test::Treatment { when, .. }
            | Test::Untreated { when, .. }
            | Test::Registered { when } => Some(*when),
            _ => None,
        }
    }
}

impl From<Test> for Condition {
    fn from(is: Test) -> Condition {
        Condition { not: false, is }
    }
}

impl Condition {
    /// The contrary of a condition.
    pub fn not(is: Test) -> Condition {
        Condition { not: true, is }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn times_are_spans_of_days() {
        let today = day("2026-03-31");
        let within = |n, unit| When::Within { n, unit }.days(today).0;
        assert_eq!(within(1, Unit::Months), day("2026-02-28"));
        assert_eq!(within(2, Unit::Weeks), day("2026-03-17"));
        assert_eq!(within(u32::MAX, Unit::Years), FIRST);
        assert_eq!(within(u32::MAX, Unit::Months), FIRST);
        let before = When::Before {
            n: 1,
            unit: Unit::Years,
        };
        assert_eq!(before.days(today), (FIRST, day("2025-03-31")));
        let between = When::Between {
            from: None,
            until: Some(today),
        };
        assert_eq!(between.days(today), (FIRST, day("2026-04-01")));
    }

    #[test]
    fn the_document_is_what_it_says() {
        let json = r#"{"not":true,"is":{"field":"visit","service":2,"when":{"is":"within","n":6,"unit":"months"}}}"#;
        let read: Condition = serde_json::from_str(json).expect("a condition");
        let when = When::Within {
            n: 6,
            unit: Unit::Months,
        };
        let visit = Test::Visit {
            service: Some(ServiceId(2)),
            provider: None,
            speciality: None,
            when,
            at_least: None,
        };
        assert_eq!(read, Condition::not(visit));
        for wrong in [
            r#"{"is":{"field":"visit","room":2}}"#,
            r#"{"is":{"field":"shoe-size"}}"#,
            r#"{"is":{"field":"sex"}}"#,
        ] {
            assert!(serde_json::from_str::<Condition>(wrong).is_err(), "{wrong}");
        }
    }
}
