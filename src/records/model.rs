//! A visit and its rules. Pure.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use crate::clinic::{ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, text_enum};
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;
use crate::platform::web::form::Faults;
use crate::staff::{CLINICAL, Role, UserId};

id_type! {
    /// Row id of a visit.
    VisitId
}

text_enum! {
    /// Where a visit's record stands.
    VisitStatus {
        /// The patient is in the chair; the record is being written.
        Draft = "draft",
        /// Over; corrections are still possible and audited.
        Finished = "finished",
        /// Imported: the patient did not come.
        Missed = "missed",
        /// Imported: it was cancelled.
        Cancelled = "cancelled",
    }
}

impl VisitStatus {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            VisitStatus::Draft => Text::new("草稿", "Draft"),
            VisitStatus::Finished => Text::new("已完成", "Finished"),
            VisitStatus::Missed => Text::new("未到诊", "Missed"),
            VisitStatus::Cancelled => Text::new("已取消", "Cancelled"),
        }
    }
}

/// A visit's row.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Visit {
    /// Row id.
    pub id: VisitId,
    /// Whose record.
    pub patient_id: PatientId,
    /// Who treated, if they work here.
    pub provider_id: Option<ProviderId>,
    /// What was booked, if it is a service of ours.
    pub service_id: Option<ServiceId>,
    /// The appointment it came from (none for imported visits).
    pub appointment_id: Option<i64>,
    /// Day in the clinic's zone.
    pub day: NaiveDate,
    /// When it began.
    pub started_at: Instant,
    /// Name of who treated, as of then.
    pub provider_name: String,
    /// Name of the service, as of then.
    pub service_name: String,
    /// Chief complaint (主诉).
    pub complaint: String,
    /// Diagnosis (诊断).
    pub diagnosis: String,
    /// Advice given (医嘱).
    pub advice: String,
    /// What comes next, in words.
    pub next_visit: String,
    /// When it should come, if a day was named.
    pub next_visit_day: Option<NaiveDate>,
    /// Fee in minor units of the site's currency.
    pub fee_minor: Option<i64>,
    /// Where the record stands.
    pub status: VisitStatus,
    /// Names the imported row, so that importing twice changes nothing.
    pub import_key: Option<String>,
    /// Rises with every change.
    pub version: i64,
    /// Who began it.
    pub created_by: Option<UserId>,
    /// When it was begun.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Visit {
    /// Whether the visit is over and nobody has written what was found or done. What was imported is as it is.
    pub fn lacks_record(&self, done: &[Treatment]) -> bool {
        let silent = self.complaint.is_empty() && self.diagnosis.is_empty() && done.is_empty();
        self.status == VisitStatus::Finished && self.import_key.is_none() && silent
    }
}

/// Told when a visit is finished or reopened, in the same transaction: this is how finishing one link of the chain makes
/// the work of the next. Implemented by callbacks and outreach, registered in `app`.
pub trait VisitObserver: Send + Sync {
    /// The visit has just been finished. Called again for one that was reopened and finished once more.
    fn finished(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()>;
    /// The finish was taken back (undo): what it caused and nobody has worked on is taken back too.
    fn reopened(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()>;
}

/// The observers of visits, as app data (`web::Data<Observers>`).
pub type Observers = Vec<Arc<dyn VisitObserver>>;

/// A visit to be begun: who, by whom, for what.
#[derive(Debug, Clone)]
pub struct NewVisit {
    /// The appointment whose patient was seated. One appointment has one visit.
    pub appointment_id: i64,
    /// Whose record.
    pub patient_id: PatientId,
    /// Who treats.
    pub provider_id: ProviderId,
    /// For what.
    pub service_id: ServiceId,
    /// Day in the clinic's zone.
    pub day: NaiveDate,
    /// Name of who treats, as of now.
    pub provider_name: String,
    /// Name of the service, as of now.
    pub service_name: String,
}

/// One thing done during a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Treatment {
    /// Teeth in FDI notation, `36` or `36,37`; none for the whole mouth.
    pub tooth: Option<String>,
    /// What was done.
    pub description: String,
}

/// What people write about a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes {
    /// Chief complaint.
    pub complaint: String,
    /// Diagnosis.
    pub diagnosis: String,
    /// What was done, in order.
    pub treatments: Vec<Treatment>,
    /// Advice given.
    pub advice: String,
    /// What comes next, in words.
    pub next_visit: String,
    /// When it should come.
    pub next_visit_day: Option<NaiveDate>,
    /// Fee in minor units of the site's currency.
    pub fee_minor: Option<i64>,
}

impl Notes {
    /// What a visit says now.
    pub fn of(visit: &Visit, treatments: Vec<Treatment>) -> Notes {
        Notes {
            complaint: visit.complaint.clone(),
            diagnosis: visit.diagnosis.clone(),
            treatments,
            advice: visit.advice.clone(),
            next_visit: visit.next_visit.clone(),
            next_visit_day: visit.next_visit_day,
            fee_minor: visit.fee_minor,
        }
    }
    /// Everything wrong with it.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::default();
        for (field, text) in self.fields() {
            if text.chars().count() > TEXT_MAX {
                faults.add(
                    field,
                    "too_long",
                    format!("最多 {TEXT_MAX} 个字"),
                    format!("At most {TEXT_MAX} characters"),
                );
            }
        }
        if self.fee_minor.is_some_and(|f| !(0..=FEE_MAX).contains(&f)) {
            faults.add("fee_minor", "invalid", "金额不对", "This amount cannot be right");
        }
        faults
    }
    /// Whether anything is there of what was found or done: a complaint, a diagnosis, one treatment.
    pub fn is_written(&self) -> bool {
        !(self.complaint.is_empty() && self.diagnosis.is_empty() && self.treatments.is_empty())
    }
    /// The next visit lies ahead: not before the visit itself, and, unless it stood there already (`before`), not before
    /// today.
    pub fn check_next(&self, before: &Notes, visit: NaiveDate, today: NaiveDate) -> Faults {
        let mut faults = Faults::default();
        let changed = self.next_visit_day != before.next_visit_day;
        if self.next_visit_day.is_some_and(|d| d < visit || (changed && d < today)) {
            faults.add(
                "next_visit_day",
                "past",
                "这个日期已经过去，请选今天或以后的日期",
                "This day has passed: choose today or a later one",
            );
        } else if changed
            && self
                .next_visit_day
                .is_some_and(|d| (d - visit).num_days() > NEXT_VISIT_MAX_DAYS)
        {
            faults.add(
                "next_visit_day",
                "too_late",
                "最多在就诊后 10 年之内，请检查年份",
                "At most 10 years after the visit: look at the year",
            );
        }
        faults
    }
    fn fields(&self) -> [(&'static str, String); 7] {
        let day = self.next_visit_day.map(|d| d.to_string()).unwrap_or_default();
        let fee = self.fee_minor.map(|f| f.to_string()).unwrap_or_default();
        [
            ("complaint", self.complaint.clone()),
            ("diagnosis", self.diagnosis.clone()),
            ("treatments", treatments_line(&self.treatments)),
            ("advice", self.advice.clone()),
            ("next_visit", self.next_visit.clone()),
            ("next_visit_day", day),
            ("fee_minor", fee),
        ]
    }
    /// What a change from `self` to `new` changes, for the audit. A finished visit's corrections keep the old text beside
    /// the new (a record may be corrected, not silently rewritten); a draft's name the fields only.
    pub fn changes(&self, new: &Notes, finished: bool) -> String {
        let changed = self.fields().into_iter().zip(new.fields()).filter(|(a, b)| a.1 != b.1);
        changed
            .map(|((field, old), (_, now))| {
                if finished {
                    format!("{field}: “{old}” → “{now}”")
                } else {
                    field.to_owned()
                }
            })
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// Longest text of one field, in characters.
const TEXT_MAX: usize = 8_000;
/// A next visit later than this after the visit is a slip in the year.
const NEXT_VISIT_MAX_DAYS: i64 = 3653;
/// A fee past this (minor units) is a slip of the finger.
pub(super) const FEE_MAX: i64 = 100_000_000;

/// Treatments in one line: `36,37 洁治；全口涂氟`.
pub fn treatments_line(treatments: &[Treatment]) -> String {
    let one = |t: &Treatment| match &t.tooth {
        Some(tooth) => format!("{tooth} {}", t.description),
        None => t.description.clone(),
    };
    treatments.iter().map(one).collect::<Vec<_>>().join("；")
}

/// A finished visit in short: what booking, arrival and callback show unasked (clinic.md R5).
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct VisitSummary {
    /// The visit.
    pub visit_id: VisitId,
    /// When, in the clinic's zone.
    pub day: NaiveDate,
    /// What was booked.
    pub service: String,
    /// The same in English: see [`VisitSummary::service_in`].
    #[serde(skip)]
    pub service_en: String,
    /// Who treated.
    pub provider: String,
    /// The same in English: see [`VisitSummary::provider_in`].
    #[serde(skip)]
    pub provider_en: String,
    /// Chief complaint; empty for roles that may not read the clinical record.
    pub complaint: String,
    /// Diagnosis.
    pub diagnosis: String,
    /// What was done, in one line.
    pub treatments: String,
    /// Advice given.
    pub advice: String,
    /// What comes next, in words.
    pub next_visit: String,
    /// When it should come.
    pub next_visit_day: Option<NaiveDate>,
}

impl VisitSummary {
    /// What was booked, in the reader's language.
    pub fn service_in(&self, lang: Lang) -> &str {
        lang.pick(&self.service, &self.service_en)
    }
    /// Who treated, in the reader's language.
    pub fn provider_in(&self, lang: Lang) -> &str {
        lang.pick(&self.provider, &self.provider_en)
    }
    /// With the names in one language only: what the API answers.
    pub(super) fn in_language(mut self, lang: Lang) -> VisitSummary {
        self.service = self.service_in(lang).to_owned();
        self.provider = self.provider_in(lang).to_owned();
        self
    }
    /// As `role` may see it. Everybody at the desk sees when, what was found, what was done and what comes next (clinic.md
    /// R5); what the patient complained of stays with those who treat.
    pub fn seen_by(mut self, role: Option<Role>) -> VisitSummary {
        if !role.is_some_and(|r| CLINICAL.contains(&r)) {
            self.complaint.clear();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_visit_lies_ahead() {
        let day = |d: u32| NaiveDate::from_ymd_opt(2026, 11, d);
        let notes = |next| Notes {
            complaint: String::new(),
            diagnosis: String::new(),
            treatments: Vec::new(),
            advice: String::new(),
            next_visit: String::new(),
            next_visit_day: next,
            fee_minor: None,
        };
        let (visit, today) = (day(2).expect("day"), day(23).expect("day"));
        let wrong = |before, next| notes(next).check_next(&notes(before), visit, today).0.len();
        assert_eq!(wrong(None, day(22)), 1);
        assert_eq!(wrong(None, day(23)), 0);
        assert_eq!(wrong(None, None), 0);
        assert_eq!(wrong(day(9), day(9)), 0, "it stood there when it was still ahead");
        assert_eq!(wrong(day(1), day(1)), 1, "never before the visit");
        assert!(!notes(None).is_written());
    }
}
