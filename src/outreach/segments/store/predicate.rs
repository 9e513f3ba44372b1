//! Conditions as the database asks them: one `EXISTS` or comparison each, never unknown, so that its contrary is everybody
//! else.

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::dsl::{exists, max, not};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::super::model::{Condition, Definition, Group, Match, Reach, Test, When, words, years_back};
use crate::appointments::Status;
use crate::clinic::{self, ProviderId, ServiceId};
use crate::platform::clock::{Instant, day_bounds, plus_days};
use crate::platform::db::schema::{appointments, patients, plan_items, providers, recalls, treatments, visits};
use crate::platform::db::{Conn, MultiBackend, one_of};
use crate::platform::error::Result;
use crate::records::VisitStatus;
use crate::records::plan::PlanState;

use super::super::super::model::RecallState;

/// Earlier than anything.
const NEVER: i64 = i64::MIN;

diesel::define_sql_function! {
    /// Small letters: all of them on PostgreSQL, those of ASCII on SQLite.
    fn lower(x: Text) -> Text;
}
diesel::define_sql_function! {
    /// The first of two that is there.
    #[sql_name = "coalesce"]
    fn or_else(x: Nullable<BigInt>, y: BigInt) -> BigInt;
}

/// A condition on the row of a patient.
pub(super) type Asked = Box<dyn BoxableExpression<patients::table, MultiBackend, SqlType = Bool>>;

/// When it is asked.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The present instant.
    pub now: Instant,
    /// The clinic's zone.
    pub zone: Tz,
}

impl Moment {
    /// Now, at the clinic.
    ///
    /// # Errors
    /// Those of the database.
    pub fn at(c: &mut Conn, now: Instant) -> Result<Moment> {
        Ok(Moment {
            now,
            zone: clinic::the_site(c)?.tz(),
        })
    }
    /// The clinic's day.
    pub fn today(&self) -> NaiveDate {
        self.now.day(self.zone)
    }
}

/// Whether a text mentions one of up to three words; an unused place is NULL and mentions nothing.
macro_rules! mentions {
    ($column:expr, $words:expr) => {
        lower($column)
            .nullable()
            .like($words.0.clone())
            .escape('\\')
            .or(lower($column).nullable().like($words.1.clone()).escape('\\'))
            .or(lower($column).nullable().like($words.2.clone()).escape('\\'))
    };
}

/// The finished visits of the patient: of a service, with one of some providers, within some days.
macro_rules! been {
    ($service:expr, $providers:expr, $days:expr) => {
        visits::table
            .filter(visits::patient_id.eq(patients::id))
            .filter(visits::status.eq(VisitStatus::Finished))
            .filter(any($service.is_none()).or(visits::service_id.eq($service)))
            .filter(any($providers.is_none()).or(visits::provider_id.eq_any($providers.clone().unwrap_or_default())))
            .filter(visits::day.ge($days.0).and(visits::day.lt($days.1)))
    };
}

fn any(whatever: bool) -> diesel::dsl::AsExprOf<bool, Bool> {
    whatever.into_sql::<Bool>()
}

/// Patterns of up to three words.
type Patterns = (Option<String>, Option<String>, Option<String>);

fn patterns(text: &str) -> Patterns {
    let mut all = words(text).into_iter().map(|word| {
        let plain = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        format!("%{plain}%")
    });
    (all.next(), all.next(), all.next())
}

/// One of them, or any.
type Among = Option<Vec<Option<ProviderId>>>;

struct Asking<'a> {
    c: &'a mut Conn,
    moment: Moment,
}

impl Asking<'_> {
    fn days(&self, when: When) -> (NaiveDate, NaiveDate) {
        when.days(self.moment.today())
    }

    fn providers(&mut self, one: Option<ProviderId>, speciality: Option<&String>) -> Result<Among> {
        let Some(speciality) = speciality else {
            return Ok(one.map(|id| vec![Some(id)]));
        };
        let of: Vec<ProviderId> = providers::table
            .filter(providers::speciality.eq(speciality))
            .select(providers::id)
            .load(self.c)?;
        let wanted = of.into_iter().filter(|id| one.is_none_or(|o| o == *id));
        Ok(Some(wanted.map(Some).collect()))
    }

    fn test(&mut self, test: &Test) -> Result<Asked> {
        let today = self.moment.today();
        Ok(match test {
            Test::Visit {
                service,
                provider,
                speciality,
                when,
                at_least,
            } => {
                let among = self.providers(*provider, speciality.as_ref())?;
                visited(*service, &among, self.days(*when), at_least.unwrap_or(1))
            }
            Test::LastVisit {
                service,
                provider,
                when,
            } => {
                let among = self.providers(*provider, None)?;
                last_visit(*service, &among, self.days(*when))
            }
            Test::Diagnosis { text, when } => {
                let (words, none, days) = (patterns(text), None::<ServiceId>, self.days(*when));
                Box::new(exists(
                    been!(none, ANYBODY, days).filter(mentions!(visits::diagnosis, words)),
                ))
            }
            Test::Treatment { text, tooth, when } => treated(&patterns(text), tooth.as_ref(), self.days(*when)),
            Test::Untreated { text, treatment, when } => untreated(text, treatment.as_ref(), self.days(*when)),
            Test::OpenPlan { service, idle_days } => {
                open_plan(*service, idle_days.map(|n| plus_days(today, -i64::from(n))))
            }
            Test::RecallDue { service, weeks } => recall_due(*service, plus_days(today, -7 * i64::from(*weeks))),
            Test::Booked { service } => booked(*service, self.moment.now),
            Test::Registered { when } => {
                let (from, until) = self.days(*when);
                let at = |day| day_bounds(self.moment.zone, day).0;
                Box::new(
                    patients::created_at
                        .ge(at(from))
                        .and(patients::created_at.lt(at(until))),
                )
            }
            other => of_the_record(other, today),
        })
    }

    fn condition(&mut self, condition: &Condition) -> Result<Asked> {
        let asked = self.test(&condition.is)?;
        Ok(if condition.not { Box::new(not(asked)) } else { asked })
    }

    fn group(&mut self, group: &Group) -> Result<Asked> {
        let parts: Result<Vec<Asked>> = group.conditions.iter().map(|c| self.condition(c)).collect();
        Ok(joined(group.join, parts?))
    }

    fn definition(&mut self, definition: &Definition) -> Result<Asked> {
        let parts: Result<Vec<Asked>> = definition.groups.iter().map(|g| self.group(g)).collect();
        let whole = joined(definition.join, parts?);
        // Whoever has died is nobody's work.
        Ok(Box::new(patients::deceased.eq(false).and(whole)))
    }
}

const ANYBODY: Among = None;

fn joined(how: Match, parts: Vec<Asked>) -> Asked {
    let both = |a: Asked, b: Asked| -> Asked {
        match how {
            Match::All => Box::new(a.and(b)),
            Match::Any => Box::new(a.or(b)),
        }
    };
    // Of nothing: nobody. What is stored has something.
    let none = || -> Asked { Box::new(any(false)) };
    parts.into_iter().reduce(both).unwrap_or_else(none)
}

fn visited(service: Option<ServiceId>, among: &Among, days: (NaiveDate, NaiveDate), at_least: u32) -> Asked {
    if at_least <= 1 {
        return Box::new(exists(been!(service, among, days)));
    }
    let count = been!(service, among, days).count().single_value();
    Box::new(or_else(count, 0_i64).ge(i64::from(at_least)))
}

/// One within the days, and none after them.
fn last_visit(service: Option<ServiceId>, among: &Among, days: (NaiveDate, NaiveDate)) -> Asked {
    let later = (days.1, When::Ever.days(days.0).1);
    Box::new(exists(been!(service, among, days)).and(not(exists(been!(service, among, later)))))
}

fn treated(words: &Patterns, tooth: Option<&String>, days: (NaiveDate, NaiveDate)) -> Asked {
    let (none, tooth) = (None::<ServiceId>, tooth.map(|t| format!("%{t}%")));
    let done = treatments::table
        .filter(treatments::visit_id.eq(visits::id))
        .filter(mentions!(treatments::description, words))
        .filter(any(tooth.is_none()).or(treatments::tooth.like(tooth.clone())));
    Box::new(exists(been!(none, ANYBODY, days).filter(exists(done))))
}

/// The last visit at which it was found is later than the last one at which it was treated.
fn untreated(found: &str, treatment: Option<&String>, days: (NaiveDate, NaiveDate)) -> Asked {
    let (words, none, ever) = (patterns(found), None::<ServiceId>, When::Ever.days(days.0));
    let by = treatment.map(|t| patterns(t)).unwrap_or_default();
    let found = been!(none, ANYBODY, days)
        .filter(mentions!(visits::diagnosis, words))
        .select(max(visits::started_at))
        .single_value();
    let done = treatments::table
        .filter(treatments::visit_id.eq(visits::id))
        .filter(any(treatment.is_none()).or(mentions!(treatments::description, by)));
    let treated = been!(none, ANYBODY, ever)
        .filter(exists(done))
        .select(max(visits::started_at))
        .single_value();
    Box::new(or_else(found, NEVER).gt(or_else(treated, NEVER)))
}

fn recall_due(service: Option<ServiceId>, until: NaiveDate) -> Asked {
    Box::new(exists(
        recalls::table
            .filter(recalls::patient_id.eq(patients::id))
            .filter(recalls::state.eq(RecallState::Due).and(recalls::due_on.le(until)))
            .filter(any(service.is_none()).or(recalls::service_id.nullable().eq(service))),
    ))
}

fn booked(service: Option<ServiceId>, after: Instant) -> Asked {
    Box::new(exists(
        appointments::table
            .filter(appointments::patient_id.eq(patients::id))
            .filter(appointments::starts_at.gt(after))
            .filter(one_of!(
                appointments::status,
                Status::Booked,
                Status::Confirmed,
                Status::Arrived
            ))
            .filter(any(service.is_none()).or(appointments::service_id.nullable().eq(service))),
    ))
}

fn open_plan(service: Option<ServiceId>, idle_since: Option<NaiveDate>) -> Asked {
    let written = idle_since
        .unwrap_or(NaiveDate::MAX)
        .min(When::Ever.days(NaiveDate::MIN).1);
    let open = plan_items::table
        .filter(plan_items::patient_id.eq(patients::id))
        .filter(plan_items::state.eq(PlanState::Planned))
        .filter(plan_items::written_on.le(written))
        .filter(any(service.is_none()).or(plan_items::service_id.nullable().eq(service)));
    let Some(since) = idle_since else {
        return Box::new(exists(open));
    };
    let done_since = plan_items::table
        .filter(plan_items::patient_id.eq(patients::id))
        .filter(plan_items::done_on.gt(since));
    Box::new(exists(open).and(not(exists(done_since))))
}

/// What stands in the patient's own row.
fn of_the_record(test: &Test, today: NaiveDate) -> Asked {
    match test {
        Test::Age { from, to } => {
            let (ever_from, ever_until) = When::Ever.days(today);
            let born_until = from.map_or(ever_until, |n| years_back(today, n));
            let born_after = to.map_or(ever_from, |n| years_back(today, n.saturating_add(1)));
            let born = patients::birth_date.assume_not_null();
            Box::new(
                patients::birth_date
                    .is_not_null()
                    .and(born.le(born_until))
                    .and(born.gt(born_after)),
            )
        }
        Test::Sex { sex } => Box::new(patients::sex.eq(*sex)),
        Test::Vip {} => Box::new(patients::vip.eq(true)),
        Test::Language { language } => Box::new(patients::language.eq(*language)),
        Test::Reachable { by: Reach::Mobile } => Box::new(
            patients::phone
                .is_not_null()
                .and(patients::phone.assume_not_null().ne("")),
        ),
        Test::Reachable { by: Reach::Email } => Box::new(
            patients::email
                .is_not_null()
                .and(patients::email.assume_not_null().ne("")),
        ),
        Test::Marketing {} => Box::new(patients::marketing.eq(true)),
        Test::BirthdayMonth { month } => {
            let first = i32::try_from(*month).unwrap_or(0) * 100;
            let day = patients::birth_month_day.assume_not_null();
            Box::new(
                patients::birth_month_day
                    .is_not_null()
                    .and(day.ge(first))
                    .and(day.lt(first + 100)),
            )
        }
        // The rest asks other tables: see `Asking::test`.
        _ => Box::new(any(false)),
    }
}

/// The whole as a condition on the row of a patient.
pub(super) fn asked(c: &mut Conn, definition: &Definition, moment: Moment) -> Result<Asked> {
    Asking { c, moment }.definition(definition)
}
