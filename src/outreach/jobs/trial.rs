//! What a rule would do, before it is saved: who gets it, who does not and why, and what that changes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::super::actions::{self, RuleChange};
use super::super::model::{Anchor, Load, Rule, RuleAction, Span, rule_in_key};
use super::super::store::load::load_of;
use super::preview::{due, due_by, place};
use super::{Candidate, Exclusion};
use crate::clinic;
use crate::platform::clock::{DAY_MS, Instant, day_bounds, is_in_calendar};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};

/// How many days a rule is tried out for.
const DAYS: i64 = 14;

/// A rule tried out.
pub struct Trial {
    /// The site's zone.
    pub zone: Tz,
    /// The first day.
    pub from: NaiveDate,
    /// How many days.
    pub days: i64,
    /// Whom it would be due for.
    pub would: Vec<Candidate>,
    /// What such messages have brought the desk to do.
    pub load: Load,
    /// Whether it would be on.
    pub active: bool,
    /// Whom the rule as it is now is due for.
    today: Vec<Candidate>,
    /// Whom the other rules are due for.
    others: Vec<Candidate>,
}

/// What is to be tried out: the stored rule, if there is one, what it counts from, and what is wanted of it.
pub type Wanted = (Option<Rule>, Anchor, RuleChange);

/// Tries a rule out from a day on; from now on without one.
///
/// # Errors
/// What is wrong with the rule, at its fields.
pub fn try_out(c: &mut Conn, now: Instant, wanted: Wanted, from: Option<NaiveDate>) -> Result<Trial> {
    let (old, anchor, change) = wanted;
    if from.is_some_and(|day| !is_in_calendar(day)) {
        return Err(Error::field(
            "from",
            "out_of_range",
            "这个日期太远",
            "That day is too far away",
        ));
    }
    let zone = clinic::the_site(c)?.tz();
    let rule = actions::draft_rule(c, now, old.clone(), anchor, change)?;
    let begins = from.map_or(now, |day| day_bounds(zone, day).0);
    let span = Span {
        after: begins + -1,
        until: begins + DAYS * DAY_MS,
    };
    let own = old.as_ref().map(|r| r.id);
    let mut today = match old.filter(|r| r.active) {
        Some(old) => due_by(c, &old, span, now)?,
        None => Vec::new(),
    };
    let mut others = due(c, span, now)?;
    others.retain(|x| Some(x.rule) != own && x.excluded.is_none());
    place(c, now, &mut [&mut today, &mut others.clone()])?;
    let mut would = due_by(c, &rule, span, now)?;
    // What other rules bring holds back what this one brings, and the other way round.
    place(c, now, &mut [&mut would, &mut others])?;
    let load = load_of(c, now, rule.purpose)?;
    // Of those for whom the rule is not meant there may be many: the others come first.
    would.sort_by_key(|x| x.excluded == Some(Exclusion::OutsideSegment));
    Ok(Trial {
        zone,
        from: begins.day(zone),
        days: DAYS,
        would,
        load,
        active: rule.active,
        today,
        others,
    })
}

/// What one message or call is about, to whom, and of which step.
type About = (String, Option<i64>, i64, i64);

fn about(x: &Candidate) -> About {
    let step = rule_in_key(&x.message.dedupe_key).map_or(1, |(_, step)| step);
    let cause = &x.message.cause;
    (cause.kind.clone(), cause.id, x.message.patient.0, step)
}

fn going(list: &[Candidate]) -> impl Iterator<Item = &Candidate> {
    list.iter().filter(|x| x.excluded.is_none())
}

fn sent(list: &[Candidate]) -> BTreeMap<About, Instant> {
    going(list).map(|x| (about(x), x.message.due_at)).collect()
}

/// The messages of then against those of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Differences {
    /// Only then.
    pub new: usize,
    /// Only now.
    pub gone: usize,
    /// At another time.
    pub moved: usize,
}

impl Trial {
    /// Those to whom something goes.
    pub fn goes(&self) -> impl Iterator<Item = &Candidate> {
        going(&self.would)
    }

    /// What changes against the rule as it is now.
    pub fn differences(&self) -> Differences {
        let would: &[Candidate] = if self.active { &self.would } else { &[] };
        let (before, after) = (sent(&self.today), sent(would));
        let other_time = |(about, at): &(&About, &Instant)| before.get(*about).is_some_and(|was| was != *at);
        Differences {
            new: after.keys().filter(|about| !before.contains_key(*about)).count(),
            gone: before.keys().filter(|about| !after.contains_key(*about)).count(),
            moved: after.iter().filter(other_time).count(),
        }
    }

    /// For each of those due, whether something goes to them that does not now.
    pub fn news(&self) -> Vec<bool> {
        let before = sent(&self.today);
        let is_new = |x: &Candidate| x.excluded.is_none() && !before.contains_key(&about(x));
        self.would.iter().map(is_new).collect()
    }

    /// How many go to patients who get something by another rule on the same day.
    pub fn overlap(&self) -> usize {
        let of = |x: &Candidate| (x.message.patient, x.goes_at.day(self.zone));
        let others: BTreeSet<_> = going(&self.others).map(of).collect();
        self.goes().filter(|x| others.contains(&of(x))).count()
    }

    /// The load of each day on which something really goes out: how many messages and calls, and how much work for the desk
    /// they bring: calls are made, and to messages some answer or book.
    pub fn by_day(&self) -> BTreeMap<NaiveDate, (usize, usize)> {
        let mut days: BTreeMap<NaiveDate, (usize, usize)> = BTreeMap::new();
        for x in self.goes() {
            let (messages, calls) = days.entry(x.goes_at.day(self.zone)).or_default();
            match x.action {
                RuleAction::Message => *messages += 1,
                RuleAction::Call => *calls += 1,
            }
        }
        let load = |(messages, calls): (usize, usize)| (messages + calls, self.load.of(messages, calls));
        days.into_iter().map(|(day, of)| (day, load(of))).collect()
    }

    /// How many wait for the hour, a holiday or a limit before they go.
    pub fn waiting(&self) -> usize {
        self.goes().filter(|x| x.waits.is_some()).count()
    }

    /// Why nothing goes to the others, and to how many of them.
    pub fn reasons(&self) -> BTreeMap<Exclusion, usize> {
        let mut reasons = BTreeMap::new();
        for why in self.would.iter().filter_map(|x| x.excluded) {
            *reasons.entry(why).or_default() += 1;
        }
        reasons
    }
}
