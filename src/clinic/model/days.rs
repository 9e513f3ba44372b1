//! Several days at once: sessions of single days as they are planned and as they are listed.

use chrono::{Datelike, NaiveDate};

use super::{Rota, Session};
use crate::platform::clock::{next_day, plus_days};

/// A week.
const WEEK_DAYS: i64 = 7;

/// The days from `first` to `last`, both included.
pub fn days_of(first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(Some(first), |day| Some(next_day(*day))).take_while(move |day| *day <= last)
}

/// Sessions that a provider is to have on several days.
#[derive(Debug, Clone)]
pub struct DayPlan {
    /// First day.
    pub first: NaiveDate,
    /// Last day, included.
    pub last: NaiveDate,
    /// On these weekdays only (1 = Monday); none: on all.
    pub weekdays: Vec<i32>,
    /// The sessions; none: those of the same weekday a week before.
    pub sessions: Option<Vec<Session>>,
    /// Whether on days on which the site is closed, too.
    pub closed_too: bool,
}

impl DayPlan {
    /// The days that change, with their new sessions. A copied day that is as it was a week before does not.
    pub fn changes(&self, rota: &Rota) -> Vec<(NaiveDate, Vec<Session>)> {
        let mut after = rota.clone();
        let mut changes = Vec::new();
        for day in days_of(self.first, self.last).filter(|day| self.wants(rota, *day)) {
            let sessions = match &self.sessions {
                Some(sessions) => sessions.clone(),
                None => after.on(plus_days(day, -WEEK_DAYS)).to_vec(),
            };
            let as_copied = self.sessions.is_none() && after.on(day) == sessions;
            let as_set = after.dated().any(|(d, s)| d == day && s == sessions);
            if sessions.is_empty() || as_copied || as_set {
                continue;
            }
            after = after.with_day(day, sessions.clone());
            changes.push((day, sessions));
        }
        changes
    }
    /// Whether a day is meant at all.
    pub fn wants(&self, rota: &Rota, day: NaiveDate) -> bool {
        let weekday = i32::try_from(day.weekday().number_from_monday()).unwrap_or(1);
        (self.weekdays.is_empty() || self.weekdays.contains(&weekday)) && (self.closed_too || !rota.is_closed(day))
    }
}

/// Days that follow each other and have the same sessions: first, last, sessions.
pub type Run<'a> = (NaiveDate, NaiveDate, &'a [Session]);

/// The days with sessions of their own from `since` on, those alike together.
pub fn runs(rota: &Rota, since: NaiveDate) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (day, sessions) in rota.dated().filter(|(day, _)| *day >= since) {
        match runs.last_mut() {
            Some((_, last, same)) if *same == sessions && next_day(*last) == day => *last = day,
            _ => runs.push((day, day, sessions)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::super::{SiteDays, Week};
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, d).expect("date")
    }
    const EARLY: Session = Session { start: 480, end: 720 };
    const LATE: Session = Session { start: 780, end: 1020 };

    /// Mondays and Tuesdays in the morning; Tuesday the 24th is closed.
    fn rota() -> Rota {
        let mut week = Week::default();
        week.0[0] = vec![EARLY];
        week.0[1] = vec![EARLY];
        let closed = SiteDays {
            closed: [day(24)].into(),
            ..SiteDays::default()
        };
        Rota::weekly(week).at(std::sync::Arc::new(closed))
    }
    fn plan(sessions: Option<Vec<Session>>) -> DayPlan {
        DayPlan {
            first: day(23),
            last: day(29),
            weekdays: Vec::new(),
            sessions,
            closed_too: false,
        }
    }

    #[test]
    fn a_plan_leaves_closed_days_and_other_weekdays_out() {
        let days = |p: &DayPlan| p.changes(&rota()).into_iter().map(|(d, _)| d).collect::<Vec<_>>();
        let all = plan(Some(vec![LATE]));
        assert_eq!(days(&all), [23, 25, 26, 27, 28, 29].map(day));
        let some = DayPlan {
            weekdays: vec![2, 5],
            ..all.clone()
        };
        assert_eq!(days(&some), [day(27)]);
        let duty = DayPlan {
            closed_too: true,
            ..some
        };
        assert_eq!(days(&duty), [24, 27].map(day));
    }

    #[test]
    fn a_week_is_copied_where_it_differs() {
        let rota = rota()
            .with_day(day(18), vec![LATE])
            .with_day(day(16), vec![EARLY, LATE]);
        let copied = plan(None).changes(&rota);
        assert_eq!(copied, [(day(23), vec![EARLY, LATE]), (day(25), vec![LATE])]);
        let two_weeks = DayPlan {
            first: day(25),
            last: day(25 + 5),
            ..plan(None)
        };
        assert_eq!(
            two_weeks.changes(&rota),
            [(day(25), vec![LATE])],
            "a Monday a week later is the usual one"
        );
    }

    #[test]
    fn days_alike_are_one_run() {
        let rota = [25, 26, 27, 29]
            .map(day)
            .into_iter()
            .fold(rota(), |r, d| r.with_day(d, vec![LATE]));
        let rota = rota.with_day(day(27), vec![EARLY]).with_day(day(9), vec![LATE]);
        assert_eq!(
            runs(&rota, day(10)),
            [
                (day(25), day(26), [LATE].as_slice()),
                (day(27), day(27), [EARLY].as_slice()),
                (day(29), day(29), [LATE].as_slice())
            ]
        );
    }
}
