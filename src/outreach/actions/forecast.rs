//! What the next days bring by kind, and what became of the last.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::super::campaigns;
use super::super::jobs::{self, Exclusion};
use super::super::model::{Deviation, Span};
use super::super::store::forecast::by_kind;
use crate::clinic;
use crate::messaging::{MessageState, Purpose};
use crate::platform::clock::{Instant, day_bounds, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Days ahead, today among them, and days back.
const DAYS: i64 = 7;

/// What became of the messages of a kind on a day.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past {
    /// Sent.
    pub sent: i64,
    /// Not yet.
    pub waiting: i64,
    /// Not sent, on purpose.
    pub skipped: i64,
    /// Failed, given up, or perhaps sent.
    pub failed: i64,
}

/// What the next days bring, and what became of the last.
pub struct Forecast {
    /// The clinic's zone.
    pub zone: Tz,
    /// Today and the days that follow.
    pub days: Vec<NaiveDate>,
    /// Yesterday and the days before.
    pub back: Vec<NaiveDate>,
    /// What will be sent.
    pub ahead: BTreeMap<(Purpose, NaiveDate), i64>,
    /// What is due and will not be sent.
    pub excluded: BTreeMap<(Purpose, NaiveDate), i64>,
    /// What became of what was due.
    pub past: BTreeMap<(Purpose, NaiveDate), Past>,
    /// Where what went out is not what was foretold.
    pub deviations: Vec<Deviation>,
}

/// By the bookings, rules and campaigns of now. For whom a rule is not meant is not due for it.
pub fn forecast(c: &mut Conn, now: Instant) -> Result<Forecast> {
    let zone = clinic::the_site(c)?.tz();
    let today = now.day(zone);
    let days: Vec<NaiveDate> = (0..DAYS).map(|n| plus_days(today, n)).collect();
    let (_, until) = day_bounds(zone, plus_days(today, DAYS - 1));
    let span = Span {
        after: now,
        until: until + -1,
    };
    let (mut ahead, mut excluded) = (BTreeMap::new(), BTreeMap::new());
    let due = jobs::preview(c, span, now)?;
    for candidate in due.iter().filter(|x| x.excluded != Some(Exclusion::OutsideSegment)) {
        let day = match candidate.excluded {
            None => candidate.goes_at.day(zone),
            Some(_) => candidate.message.due_at.day(zone),
        };
        let of = match candidate.excluded {
            None => ahead.entry((candidate.message.purpose, day)),
            Some(_) => excluded.entry((candidate.message.purpose, day)),
        };
        *of.or_insert(0) += 1;
    }
    for (day, (goes, stays)) in campaigns::ahead(c, now, &days)? {
        for (list, n) in [(&mut ahead, goes), (&mut excluded, stays)] {
            if n > 0 {
                *list.entry((Purpose::Campaign, day)).or_insert(0) += n;
            }
        }
    }
    let back: Vec<NaiveDate> = (1..=DAYS).map(|n| plus_days(today, -n)).collect();
    Ok(Forecast {
        zone,
        days,
        past: past(c, zone, &back)?,
        back,
        ahead,
        excluded,
        deviations: jobs::deviations(c, now)?,
    })
}

fn past(c: &mut Conn, zone: Tz, days: &[NaiveDate]) -> Result<BTreeMap<(Purpose, NaiveDate), Past>> {
    let mut past: BTreeMap<(Purpose, NaiveDate), Past> = BTreeMap::new();
    for day in days {
        let (from, until) = day_bounds(zone, *day);
        for (purpose, state, n) in by_kind(c, from, until)? {
            let of = past.entry((purpose, *day)).or_default();
            match state {
                MessageState::Accepted | MessageState::Delivered => of.sent += n,
                MessageState::Queued | MessageState::Claimed | MessageState::Sending => of.waiting += n,
                MessageState::Skipped => of.skipped += n,
                MessageState::Failed | MessageState::Uncertain | MessageState::Dead => of.failed += n,
            }
        }
    }
    Ok(past)
}
