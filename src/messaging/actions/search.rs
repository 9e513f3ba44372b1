//! What is looked for in the ledger.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::super::model::{Carrier, Purpose, Stand, international};
use super::super::store::{Filter, Receivers};
use crate::clinic;
use crate::patients;
use crate::platform::clock::{Instant, day_bounds, is_in_calendar, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;

/// Days that are looked at when none are given and no index knows better, today among them; what lies ahead is, too.
const USUAL_DAYS: i64 = 30;
/// Most days.
const DAYS_MAX: i64 = 366;
/// Patients that a text finds, at most.
pub const FOUND_MAX: usize = 200;
/// Longest code of a reason.
const CODE_MAX: usize = 60;

/// What somebody looks for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Where the messages stand.
    pub state: Option<Stand>,
    /// How they travel.
    pub channel: Option<Carrier>,
    /// What for.
    pub purpose: Option<Purpose>,
    /// Code of the reason.
    pub reason: Option<String>,
    /// Name of the gateway.
    pub gateway: Option<String>,
    /// Due on this day or later.
    pub from: Option<NaiveDate>,
    /// Due on this day or earlier.
    pub until: Option<NaiveDate>,
    /// Whose: name, initials, chart number, telephone or address.
    pub text: String,
}

impl Search {
    /// The days that are looked at. What the ledger has no index for is looked for in some days only.
    fn days(&self, today: NaiveDate) -> Option<(NaiveDate, Option<NaiveDate>)> {
        let unindexed = self.purpose.is_some() || self.reason.is_some() || self.gateway.is_some();
        let usual = plus_days(self.until.unwrap_or(today), 1 - USUAL_DAYS);
        let some = unindexed || self.from.is_some() || self.until.is_some();
        some.then(|| (self.from.unwrap_or(usual), self.until))
    }

    /// The same with the days that are looked at.
    ///
    /// # Errors
    /// `Invalid` at `from`, `until` or `reason`.
    pub fn settled(mut self, now: Instant, zone: Tz) -> Result<Search> {
        let mut faults = Faults::default();
        let today = now.day(zone);
        for (name, day) in [("from", self.from), ("until", self.until)] {
            if day.is_some_and(|d| !is_in_calendar(d)) {
                faults.add(name, "out_of_range", "这个日期太远", "That day is too far away");
            }
        }
        let is_code =
            |code: &String| code.len() <= CODE_MAX && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !self.reason.as_ref().is_none_or(is_code) {
            faults.add("reason", "invalid", "没有这个原因", "There is no such reason");
        }
        faults.finish()?;
        if let Some((from, until)) = self.days(today) {
            let last = until.unwrap_or(today.max(from));
            if from > last || (last - from).num_days() >= DAYS_MAX {
                return Err(Error::field(
                    "from",
                    "out_of_range",
                    "起始日期应在结束日期之前，最多一年",
                    "The first day comes before the last, by a year at most",
                ));
            }
            self.from = Some(from);
        }
        Ok(self)
    }

    /// The same with days, also where an index could do without.
    pub fn with_days(mut self, now: Instant, zone: Tz) -> Search {
        let last = self.until.unwrap_or_else(|| now.day(zone));
        self.from = self.from.or_else(|| Some(plus_days(last, 1 - USUAL_DAYS)));
        self
    }

    /// As the ledger is asked; of a search that is settled.
    pub fn filter(&self, c: &mut Conn) -> Result<Filter> {
        let zone = clinic::the_site(c)?.tz();
        let end = |day: Option<NaiveDate>| day.map_or(Instant(i64::MAX), |day| day_bounds(zone, day).1);
        Ok(Filter {
            state: self.state,
            channel: self.channel,
            purpose: self.purpose,
            reason: self.reason.clone(),
            gateway: self.gateway.clone(),
            patient: None,
            due: self.from.map(|from| (day_bounds(zone, from).0, end(self.until))),
            to: (!self.text.is_empty()).then(|| receivers(c, &self.text)).transpose()?,
        })
    }
}

fn receivers(c: &mut Conn, text: &str) -> Result<Receivers> {
    let limit = i64::try_from(FOUND_MAX).unwrap_or(i64::MAX);
    let found = patients::search_patients(c, text, limit)?;
    let mut addresses = Vec::new();
    if text.contains('@') {
        addresses.extend([text.to_owned(), text.to_lowercase()]);
    } else if !text.chars().any(char::is_alphabetic) {
        let country = clinic::the_site(c)?.country;
        addresses.extend(international(text, &country));
    }
    Ok(Receivers {
        patients: found.into_iter().map(|p| p.id).collect(),
        addresses,
    })
}
