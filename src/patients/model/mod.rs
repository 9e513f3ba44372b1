//! A patient's own data and its rules. Pure.

mod birth;
mod completeness;
mod data;
mod denied;
mod name;
mod national_id;
mod phone;
mod query;

pub use birth::{BirthFault, check_birth, month_day, parse_birth, parse_exported_day};
pub use completeness::Filled;
pub use data::{AGREED, Consents, Home, PatientData, REFUSED, Reading, Stored, input_of, read_birth, read_name};
pub use denied::{denied, is_denied};
pub use name::{NAME_MAX, initials, search_name, similar_names, surname, tidy_name};
pub use national_id::{NationalId, NationalIdFault};
pub use phone::{PhoneFault, PhoneNumber, tail_of, warm_up_phone_numbers};
pub use query::{Query, is_chart_no, tidy_chart_no};

use chrono::NaiveDate;
use serde::Serialize;

use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;

id_type! {
    /// Row id of a patient.
    PatientId
}

text_enum! {
    /// Sex as registered.
    Sex {
        /// 女
        Female = "female",
        /// 男
        Male = "male",
        /// 未填
        Unknown = "unknown",
    }
}

impl Sex {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Sex::Female => Text::new("女", "Female"),
            Sex::Male => Text::new("男", "Male"),
            Sex::Unknown => Text::new("未填", "Not given"),
        }
    }
}

text_enum! {
    /// How a patient wants to be reached.
    Channel {
        /// Text message.
        Sms = "sms",
        /// Email.
        Email = "email",
        /// A call by a person.
        Phone = "phone",
        /// Not at all.
        None = "none",
    }
}

impl Channel {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Channel::Sms => Text::new("短信", "Text message"),
            Channel::Email => Text::new("邮件", "Email"),
            Channel::Phone => Text::new("电话", "Phone call"),
            Channel::None => Text::new("不要联系", "No contact"),
        }
    }
}

/// A patient's row.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Patient {
    /// Row id.
    pub id: PatientId,
    /// Chart number (病历号), unique.
    pub chart_no: String,
    /// Full name, surname first.
    pub name: String,
    /// The name as searches see it: NFKC, lower case, no spaces.
    #[serde(skip)]
    pub search_name: String,
    /// Pinyin initials of the name: `zw` for 张伟.
    #[serde(skip)]
    pub initials: String,
    /// Sex as registered.
    pub sex: Sex,
    /// Day of birth.
    pub birth_date: Option<NaiveDate>,
    /// Month and day of birth as `MMDD`, indexed for birthday greetings.
    #[serde(skip)]
    pub birth_month_day: Option<i32>,
    /// Sealed national ID (see [`crate::platform::crypto::Keys::seal`]).
    #[serde(skip)]
    pub national_id: Option<String>,
    /// Blind index of it, for duplicates.
    #[serde(skip)]
    pub national_id_hash: Option<String>,
    /// Mobile number, E.164.
    pub phone: Option<String>,
    /// Its last four digits, for search.
    #[serde(skip)]
    pub phone_tail: Option<String>,
    /// Another number, E.164.
    pub other_phone: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Language of messages.
    pub language: Lang,
    /// Preferred channel.
    pub channel: Channel,
    /// Whether greetings and offers are welcome, too.
    pub marketing: bool,
    /// 特需: the staff concerned are told at once when this patient books or arrives.
    pub vip: bool,
    /// Special needs, for staff.
    pub needs: String,
    /// Allergies; empty: never asked; see [`Patient::alert`] for "asked, and there are none".
    pub allergies: String,
    /// Medical history; empty: never asked.
    pub history: String,
    /// Occupation.
    pub occupation: String,
    /// Postal address.
    pub address: String,
    /// How they came to the clinic.
    pub source: String,
    /// Anything else.
    pub note: String,
    /// Share of the record's important fields that are filled, in percent.
    pub completeness: i32,
    /// No messages any more.
    pub deceased: bool,
    /// Rises with every change; a change names the version it was made on.
    pub version: i64,
    /// When registered.
    pub created_at: Instant,
    /// When last changed.
    pub updated_at: Instant,
    /// Keeps the birthday of the lunar calendar (农历生日).
    pub lunar_birthday: bool,
    /// Zone of the patient's clocks; none: the clinic's.
    pub zone: Option<String>,
}

impl Patient {
    /// Full years on `today`.
    pub fn age_on(&self, today: NaiveDate) -> Option<u32> {
        self.birth_date.and_then(|b| today.years_since(b))
    }
    /// What must catch the eye before treatment: the allergies, unless somebody asked and there are none. May be empty.
    pub fn alert(&self) -> &str {
        if is_denied(&self.allergies) {
            ""
        } else {
            &self.allergies
        }
    }
    /// Whether anything must catch the eye before treatment.
    pub fn has_alert(&self) -> bool {
        !self.alert().is_empty()
    }
}
