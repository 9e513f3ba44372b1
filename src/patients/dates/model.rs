//! Kinds of dates, and who has which. Pure.

use chrono::NaiveDate;

use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;
use crate::platform::ids::id_type;

id_type! {
    /// Row id of a kind of dates.
    DateKindId
}
id_type! {
    /// Row id of a patient's date.
    PatientDateId
}

/// A kind of dates.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct DateKind {
    /// Row id.
    pub id: DateKindId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Whether it comes every year.
    pub yearly: bool,
    /// Rises with every change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Instant,
}

impl DateKind {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
}

/// A patient's date.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct PatientDate {
    /// Row id.
    pub id: PatientDateId,
    /// Whose.
    pub patient_id: PatientId,
    /// Of which kind.
    pub kind_id: DateKindId,
    /// The day; of a yearly kind the first of them.
    pub on_date: NaiveDate,
}
