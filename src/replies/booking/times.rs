//! The free times that a page shows: some days, and the times of one of them.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::choice::Choice;
use crate::appointments::online;
use crate::appointments::{Except, Found, Search};
use crate::clinic::{Provider, Service, Snapshot};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Days looked at for one page.
const DAYS: u32 = 14;
/// Days with free times that one page offers at most.
const OFFERED_DAYS: usize = 10;

/// A free time with who would be seen.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub at: Instant,
    pub provider: Provider,
}

/// What a page shows.
pub(super) struct Times {
    pub service: Service,
    /// Who does it.
    pub providers: Vec<Provider>,
    /// Days with how many times are free.
    pub days: Vec<(NaiveDate, usize)>,
    /// The day whose times are shown.
    pub day: Option<NaiveDate>,
    /// Its times.
    pub slots: Vec<Slot>,
    /// Where later days begin, if there may be some.
    pub later: Option<NaiveDate>,
}

impl Times {
    /// The slot of a time, if it is still free.
    pub(super) fn find(&self, at: Instant) -> Option<&Slot> {
        self.slots.iter().find(|s| s.at == at)
    }
}

/// The times for a choice. Days without any are skipped, up to the service's horizon.
pub(super) fn load_times(
    c: &mut Conn,
    now: Instant,
    (clinic, service): (&Snapshot, &Service),
    choice: Choice,
    patient: Option<PatientId>,
) -> Result<Times> {
    let zone = clinic.site.tz();
    let today = now.day(zone);
    let last = plus_days(today, i64::from(clinic.rules(service.id).horizon_days));
    let doing = clinic.who_does(service.id);
    let providers: Vec<Provider> = doing.into_iter().cloned().collect();
    let with = choice.with.filter(|id| providers.iter().any(|p| p.id == *id));
    // A time that is chosen is looked for on its own day.
    let chosen = choice
        .at
        .map(|at| at.day(zone))
        .filter(|day| (today..=last).contains(day));
    let mut first = choice.from.unwrap_or(today).clamp(today, last);
    let mut look = |first: NaiveDate| {
        let search = Search {
            service: service.id,
            provider: with,
            minutes: None,
            first,
            days: DAYS,
            except: Except {
                patient,
                ..Except::default()
            },
            online: true,
        };
        online::times(c, now, &search)
    };
    if let Some(day) = chosen.filter(|day| *day < first || *day >= plus_days(first, i64::from(DAYS))) {
        first = day;
    }
    let mut found = look(first)?;
    while found.free.is_empty() && plus_days(first, i64::from(DAYS)) <= last {
        first = plus_days(first, i64::from(DAYS));
        found = look(first)?;
    }
    let mut days = days_of(&found, zone);
    let more = days.get(OFFERED_DAYS).map(|(day, _)| *day);
    days.truncate(OFFERED_DAYS);
    if let Some(day) = chosen.filter(|day| days.iter().all(|(d, _)| d != day)) {
        days.extend(days_of(&found, zone).into_iter().find(|(d, _)| *d == day));
    }
    let next = plus_days(first, i64::from(DAYS));
    let wanted = chosen.or(choice.day).filter(|day| days.iter().any(|(d, _)| d == day));
    let day = wanted.or_else(|| days.first().map(|(day, _)| *day));
    Ok(Times {
        service: service.clone(),
        later: more.or((next <= last && !days.is_empty()).then_some(next)),
        slots: slots_of(&found, zone, day, &providers),
        days,
        day,
        providers,
    })
}

/// The times of a day, each with the first who is free.
fn slots_of(found: &Found, zone: Tz, day: Option<NaiveDate>, providers: &[Provider]) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for free in found.free.iter().filter(|f| Some(f.start.day(zone)) == day) {
        if slots.last().is_none_or(|s| s.at != free.start) {
            let provider = providers.iter().find(|p| p.id == free.provider).cloned();
            slots.extend(provider.map(|provider| Slot {
                at: free.start,
                provider,
            }));
        }
    }
    slots
}

/// The days of what was found, with how many different times each has.
fn days_of(found: &Found, zone: Tz) -> Vec<(NaiveDate, usize)> {
    let mut days: Vec<(NaiveDate, usize)> = Vec::new();
    let mut before = None;
    for free in &found.free {
        if before == Some(free.start) {
            continue;
        }
        before = Some(free.start);
        let day = free.start.day(zone);
        match days.last_mut() {
            Some((d, n)) if *d == day => *n += 1,
            _ => days.push((day, 1)),
        }
    }
    days
}
