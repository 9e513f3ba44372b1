//! When a provider works, or a chair is open: weekly patterns that hold from a day on, sessions of single days, and what the
//! site does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::{ChairId, Hours, ProviderId, Session, Week, Whose};
use crate::platform::clock::{Instant, at_minute};

/// Days on which the whole site does not follow the calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteDays {
    /// Closed.
    pub closed: BTreeSet<NaiveDate>,
    /// Worked as another weekday (调休): 1 = Monday … 7 = Sunday.
    pub makeup: BTreeMap<NaiveDate, i32>,
}

/// One provider's working time over any span of days, or the time in which one chair is open.
#[derive(Debug, Clone, Default)]
pub struct Rota {
    /// Weeks by the day from which each holds; the first holds since ever.
    patterns: BTreeMap<NaiveDate, Week>,
    /// Sessions of single days, which win over everything else.
    dated: BTreeMap<NaiveDate, Vec<Session>>,
    site: Arc<SiteDays>,
    /// A week without any sessions means: always. So it is of chairs.
    open_unless_set: bool,
}

/// All of a day.
const ALL_DAY: [Session; 1] = [Session { start: 0, end: 1440 }];

/// The day from which a provider's first pattern holds.
pub const SINCE_EVER: NaiveDate = match NaiveDate::from_ymd_opt(1970, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

impl Rota {
    /// Of one provider or chair, out of all hours. `begins` are the days from which a pattern holds, those without any hours
    /// included; `dated` are the sessions of single days, in order.
    pub fn of(
        whose: Whose,
        hours: &[Hours],
        begins: &[(Whose, NaiveDate)],
        dated: &[DatedHours],
        site: Arc<SiteDays>,
    ) -> Rota {
        let own: Vec<&Hours> = hours.iter().filter(|h| h.is_of(whose)).collect();
        let mut patterns: BTreeMap<NaiveDate, Week> = BTreeMap::new();
        let later = begins.iter().filter(|(of, _)| *of == whose).map(|(_, day)| *day);
        for day in std::iter::once(SINCE_EVER).chain(later) {
            let rows = own.iter().copied().filter(|h| h.valid_from == day);
            patterns.insert(day, Week::of(rows));
        }
        let mut days: BTreeMap<NaiveDate, Vec<Session>> = BTreeMap::new();
        for d in dated.iter().filter(|d| d.is_of(whose)) {
            days.entry(d.day).or_default().push(Session {
                start: d.start_minute,
                end: d.end_minute,
            });
        }
        let rota = Rota {
            patterns,
            dated: days,
            site: Arc::default(),
            open_unless_set: whose.chair().is_some(),
        };
        rota.at(site)
    }
    /// A rota of one week that holds always.
    pub fn weekly(week: Week) -> Rota {
        Rota {
            patterns: BTreeMap::from([(SINCE_EVER, week)]),
            ..Rota::default()
        }
    }
    /// The same on a site that has these days. A closed one closes no chair: that nobody works is reason enough, and who does
    /// all the same needs one.
    pub fn at(self, site: Arc<SiteDays>) -> Rota {
        let site = if self.open_unless_set {
            let makeup = site.makeup.clone();
            Arc::new(SiteDays {
                makeup,
                ..SiteDays::default()
            })
        } else {
            site
        };
        Rota { site, ..self }
    }
    /// The same with other sessions on one day.
    pub fn with_day(mut self, day: NaiveDate, sessions: Vec<Session>) -> Rota {
        self.dated.insert(day, sessions);
        self
    }
    /// The same with another week from `day` on.
    pub fn with_pattern(mut self, day: NaiveDate, week: Week) -> Rota {
        self.patterns.insert(day, week);
        self
    }
    /// The same without the pattern that begins on `day`: the one before holds on.
    pub fn without_pattern(mut self, day: NaiveDate) -> Rota {
        self.patterns.remove(&day);
        self
    }
    /// The same with the usual sessions on `day`.
    pub fn without_day(mut self, day: NaiveDate) -> Rota {
        self.dated.remove(&day);
        self
    }
    /// Whether nobody has set any hours.
    pub fn is_blank(&self) -> bool {
        self.dated.is_empty() && self.patterns.values().all(|week| *week == Week::default())
    }
    /// The sessions of a day, in order: those given for that very day, else none when the site is closed, else those of the
    /// pattern that holds, on the weekday that the day is worked as.
    pub fn on(&self, day: NaiveDate) -> &[Session] {
        if let Some(sessions) = self.dated.get(&day) {
            return sessions;
        }
        if self.site.closed.contains(&day) {
            return &[];
        }
        let weekday = match self.site.makeup.get(&day) {
            Some(weekday) => *weekday,
            None => i32::try_from(day.weekday().number_from_monday()).unwrap_or(1),
        };
        match self.patterns.range(..=day).next_back() {
            Some((_, week)) if self.open_unless_set && *week == Week::default() => &ALL_DAY,
            Some((_, week)) => week.of_weekday(weekday),
            None => &[],
        }
    }
    /// Whether `[from, until)` lies within one session, in wall-clock time of `zone`; sessions that touch are one.
    pub fn covers(&self, zone: Tz, from: Instant, until: Instant) -> bool {
        let day = from.day(zone);
        let mut reached: Option<(i32, i32)> = None;
        self.on(day).iter().any(|s| {
            let start = reached
                .filter(|(_, end)| *end == s.start)
                .map_or(s.start, |(start, _)| start);
            reached = Some((start, s.end));
            at_minute(zone, day, start) <= from && until <= at_minute(zone, day, s.end)
        })
    }
    /// Whether the site is closed on a day and the provider does not work all the same.
    pub fn is_closed(&self, day: NaiveDate) -> bool {
        self.site.closed.contains(&day) && !self.dated.contains_key(&day)
    }
    /// The week that holds on a day, with the day from which it does.
    pub fn pattern_on(&self, day: NaiveDate) -> Option<(NaiveDate, &Week)> {
        self.patterns
            .range(..=day)
            .next_back()
            .map(|(from, week)| (*from, week))
    }
    /// Every pattern, by the day from which it holds.
    pub fn patterns(&self) -> impl Iterator<Item = (NaiveDate, &Week)> {
        self.patterns.iter().map(|(from, week)| (*from, week))
    }
    /// The days with sessions of their own.
    pub fn dated(&self) -> impl Iterator<Item = (NaiveDate, &[Session])> {
        self.dated.iter().map(|(day, sessions)| (*day, sessions.as_slice()))
    }
}

/// A session of a provider or a chair on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, diesel::Queryable)]
pub struct DatedHours {
    /// Row id.
    pub id: i64,
    /// Of this provider …
    pub provider_id: Option<ProviderId>,
    /// When.
    pub day: NaiveDate,
    /// Minute of the day it begins.
    pub start_minute: i32,
    /// Minute of the day it ends (at most 1440).
    pub end_minute: i32,
    /// … or of this chair.
    pub chair_id: Option<ChairId>,
}

impl DatedHours {
    /// Whether it is theirs.
    pub fn is_of(&self, whose: Whose) -> bool {
        Whose::of(self.provider_id, self.chair_id) == Some(whose)
    }
}

/// A day on which the site works as on another weekday (调休).
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct MakeupDay {
    /// Row id.
    pub id: i64,
    /// Where.
    pub site_id: super::SiteId,
    /// When.
    pub day: NaiveDate,
    /// The weekday it is worked as: 1 = Monday … 7 = Sunday.
    pub weekday: i32,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, d).expect("date")
    }
    fn session(start: i32, end: i32) -> Session {
        Session { start, end }
    }

    #[test]
    fn a_visit_fits_into_a_session_or_into_those_that_touch() {
        let zone: Tz = "Asia/Shanghai".parse().expect("zone");
        let mut week = Week::default();
        week.0[0] = vec![session(525, 720), session(720, 750), session(810, 1080)];
        let rota = Rota::weekly(week).with_pattern(day(23), Week::default());
        let covers = |d, from, until| rota.covers(zone, at_minute(zone, day(d), from), at_minute(zone, day(d), until));
        assert!(covers(16, 525, 720) && covers(16, 700, 750) && covers(16, 810, 1080));
        assert!(!covers(16, 524, 600), "before the first");
        assert!(!covers(16, 740, 830), "over the break");
        assert!(!covers(17, 600, 630), "a day off");
        assert!(!covers(23, 600, 630), "another pattern");
    }

    #[test]
    fn the_most_particular_rule_wins() {
        let mut week = Week::default();
        week.0[0] = vec![session(540, 720)];
        let mut later = Week::default();
        later.0[0] = vec![session(600, 660)];
        let site = SiteDays {
            closed: BTreeSet::from([day(16), day(17)]),
            makeup: BTreeMap::from([(day(15), 1)]),
        };
        let rota = Rota::weekly(week)
            .with_pattern(day(23), later)
            .with_pattern(day(29), Week::default())
            .with_day(day(17), vec![session(480, 500)])
            .at(Arc::new(site));
        assert_eq!(rota.on(day(9)), [session(540, 720)], "a Monday");
        assert!(rota.on(day(10)).is_empty(), "a Tuesday");
        assert_eq!(rota.on(day(15)), [session(540, 720)], "a Sunday worked as a Monday");
        assert!(
            rota.on(day(16)).is_empty() && rota.is_closed(day(16)),
            "a closed Monday"
        );
        assert_eq!(rota.on(day(17)), [session(480, 500)], "closed, but for this one");
        assert!(!rota.is_closed(day(17)));
        assert_eq!(rota.on(day(23)), [session(600, 660)], "the new pattern");
        assert!(rota.on(day(30)).is_empty(), "a pattern without any hours");
    }

    #[test]
    fn a_chair_is_open_unless_it_has_hours_of_its_own() {
        let mut mornings = Week::default();
        mornings.0[0] = vec![session(480, 720)];
        let site = SiteDays {
            closed: BTreeSet::from([day(16)]),
            makeup: BTreeMap::from([(day(15), 1)]),
        };
        let chair = Rota::of(Whose::Chair(ChairId(1)), &[], &[], &[], Arc::default())
            .with_pattern(day(9), mornings)
            .with_pattern(day(23), Week::default())
            .with_day(day(17), vec![session(600, 660)])
            .at(Arc::new(site));
        assert_eq!(chair.on(day(3)), ALL_DAY, "before there were any");
        assert_eq!(chair.on(day(16)), [session(480, 720)], "a holiday closes no chair");
        assert!(!chair.is_closed(day(16)));
        assert_eq!(chair.on(day(15)), [session(480, 720)], "a Sunday worked as a Monday");
        assert_eq!(chair.on(day(17)), [session(600, 660)], "a day of its own");
        assert!(chair.on(day(18)).is_empty(), "a Wednesday");
        assert_eq!(chair.on(day(24)), ALL_DAY, "no hours again");
    }
}
