//! Several visits placed together: a family back to back or side by side, a patient's visits one after another. And what
//! else may be asked of a time: weekdays, hours. Pure.

use chrono::{Datelike, NaiveDate, TimeDelta, Timelike};
use chrono_tz::Tz;

use super::free::{Span, Wish};
use super::suggest::Free;
use crate::platform::clock::{Instant, MINUTE_MS, resolve};

/// Between two members of a family there may be so much waiting, in minutes.
pub const WAIT_MAX: i64 = 30;
/// A visit of a course may lie so many days off the day it should be on.
pub const DAYS_OFF: i64 = 3;

/// What is asked of a time beside who and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filter {
    /// Monday to Sunday; none: any.
    pub weekdays: [bool; 7],
    /// Not before this minute of the day.
    pub from: Option<i32>,
    /// Over by this minute of the day.
    pub until: Option<i32>,
}

impl Filter {
    /// Whether a visit of `minutes` at `start` is asked for.
    pub fn lets(&self, zone: Tz, start: Instant, minutes: i32) -> bool {
        let local = start.local(zone);
        let day = usize::try_from(local.weekday().num_days_from_monday()).unwrap_or(0);
        let any_day = !self.weekdays.contains(&true);
        let minute = i32::try_from(local.hour() * 60 + local.minute()).unwrap_or(0);
        (any_day || self.weekdays.get(day).copied().unwrap_or(false))
            && self.from.is_none_or(|from| minute >= from)
            && self.until.is_none_or(|until| minute + minutes <= until)
    }
}

/// One of several visits that are to be placed together.
#[derive(Debug, Clone)]
pub struct Member {
    /// What is to be placed.
    pub wish: Wish,
    /// Where it could be, by time; those of one time in order of preference.
    pub free: Vec<Free>,
    /// In a course: so many days after the visit before.
    pub days_after: i64,
}

impl Member {
    fn at(&self, from: Instant, until: Instant) -> &[Free] {
        let first = self.free.partition_point(|f| f.start < from);
        let end = self.free.partition_point(|f| f.start <= until);
        self.free.get(first..end).unwrap_or(&[])
    }
}

/// Whether two visits of different people need the same person or chair at one time.
fn collide((a, fa): (&Member, &Free), (b, fb): (&Member, &Free)) -> bool {
    let chairs = fa.chair == fb.chair && a.wish.taken(fa.start).overlaps(b.wish.taken(fb.start));
    let any = |xs: &[Span], ys: &[Span]| xs.iter().any(|x| ys.iter().any(|y| x.overlaps(*y)));
    let people = fa.provider == fb.provider && any(&a.wish.needed(fa.start), &b.wish.needed(fb.start));
    let seconds = any(&a.wish.second_needed(fa.start), &b.wish.second_needed(fb.start));
    chairs || people || seconds
}

fn fits(members: &[Member], chosen: &[Free], next: &Free) -> bool {
    let this = members.get(chosen.len());
    let pairs = members.iter().zip(chosen);
    this.is_some_and(|m| pairs.into_iter().all(|(other, f)| !collide((other, f), (m, next))))
}

/// A family one after the other, in the order of the members: each begins when the one before is done, or within
/// [`WAIT_MAX`] minutes of it; the least waiting first, the same provider where that makes no difference. At most `limit`.
pub fn back_to_back(members: &[Member], limit: usize) -> Vec<Vec<Free>> {
    let Some(first) = members.first() else {
        return Vec::new();
    };
    let mut found: Vec<Vec<Free>> = Vec::new();
    for start in &first.free {
        if found.len() >= limit {
            break;
        }
        if found
            .last()
            .and_then(|f| f.first())
            .is_some_and(|f| f.start == start.start)
        {
            continue;
        }
        let mut chosen = vec![*start];
        while let Some(member) = members.get(chosen.len()) {
            let (Some(before), Some(last)) = (members.get(chosen.len() - 1), chosen.last()) else {
                break;
            };
            let ends = before.wish.visit(last.start).until;
            let able = member.at(ends, ends.plus_minutes(WAIT_MAX));
            let able = able.iter().filter(|f| fits(members, &chosen, f));
            match able.min_by_key(|f| (f.start, f.provider != last.provider)) {
                Some(next) => chosen.push(*next),
                None => break,
            }
        }
        if chosen.len() == members.len() {
            found.push(chosen);
        }
    }
    found
}

/// A family at one time, each with somebody else. At most `limit`.
pub fn side_by_side(members: &[Member], limit: usize) -> Vec<Vec<Free>> {
    let Some(first) = members.first() else {
        return Vec::new();
    };
    let mut starts: Vec<Instant> = first.free.iter().map(|f| f.start).collect();
    starts.dedup();
    let mut found = Vec::new();
    for start in starts {
        if found.len() >= limit {
            break;
        }
        let mut chosen = Vec::new();
        if assign(members, start, &mut chosen) {
            found.push(chosen);
        }
    }
    found
}

/// Finds somebody for each member at `start`; goes back on a choice that leaves a later one without.
fn assign(members: &[Member], start: Instant, chosen: &mut Vec<Free>) -> bool {
    let Some(member) = members.get(chosen.len()) else {
        return true;
    };
    for free in member.at(start, start) {
        if fits(members, chosen, free) {
            chosen.push(*free);
            if assign(members, start, chosen) {
                return true;
            }
            chosen.pop();
        }
    }
    false
}

/// A patient's visits one after another: for a first visit at `first`, each next one as near as can be to so many days
/// after the one before, at the same time of day and with the same provider; `None` where nothing is free within
/// [`DAYS_OFF`] days.
pub fn course(members: &[Member], zone: Tz, first: Free) -> Vec<Option<Free>> {
    let mut chosen: Vec<Option<Free>> = vec![Some(first)];
    let wall = first.start.local(zone);
    let mut last_day = wall.date();
    for member in members.iter().skip(1) {
        let wanted = last_day.checked_add_signed(TimeDelta::days(member.days_after));
        let Some(wanted) = wanted else { break };
        let at = |day: NaiveDate| resolve(zone, day.and_time(wall.time()));
        let best = (-DAYS_OFF..=DAYS_OFF)
            .filter_map(|n| wanted.checked_add_signed(TimeDelta::days(n)).map(|day| (n.abs(), day)))
            .filter(|(_, day)| *day > last_day)
            .flat_map(|(off, day)| {
                let target = at(day);
                let (from, until) = crate::platform::clock::day_bounds(zone, day);
                let free = member.at(from, until + -1);
                free.iter().map(move |f| (cost(off, f, target, first), f))
            })
            .min_by_key(|(cost, _)| *cost)
            .map(|(_, f)| *f);
        last_day = best.map_or(wanted, |f| f.start.day(zone));
        chosen.push(best);
    }
    chosen
}

/// How far a time is from the one wanted: a day counts like three hours, another provider like two.
fn cost(days_off: i64, free: &Free, target: Instant, first: Free) -> (i64, Instant) {
    let minutes = (free.start - target).abs() / MINUTE_MS;
    let other = if free.provider == first.provider { 0 } else { 120 };
    (days_off * 180 + minutes + other, free.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinic::{ChairId, ProviderId};
    use proptest::prelude::*;

    fn free(minute: i64, provider: i64) -> Free {
        Free {
            start: Instant(minute * MINUTE_MS),
            provider: ProviderId(provider),
            chair: ChairId(provider),
        }
    }
    fn member(minutes: i32, times: &[(i64, i64)]) -> Member {
        let mut free: Vec<Free> = times.iter().map(|(m, p)| free(*m, *p)).collect();
        free.sort_by_key(|f| f.start);
        Member {
            wish: Wish::plain(minutes, 15),
            free,
            days_after: 7,
        }
    }

    #[test]
    fn a_family_comes_one_after_the_other_or_together() {
        let parent = member(30, &[(0, 1), (30, 1), (60, 2)]);
        let child = member(15, &[(0, 1), (0, 2), (30, 1), (45, 2), (90, 2)]);
        let one_by_one = back_to_back(&[parent.clone(), child.clone()], 9);
        assert_eq!(
            one_by_one,
            [
                vec![free(0, 1), free(30, 1)],
                vec![free(30, 1), free(90, 2)],
                vec![free(60, 2), free(90, 2)]
            ],
            "half an hour of waiting is the most"
        );
        assert_eq!(side_by_side(&[parent, child], 9), [vec![free(0, 1), free(0, 2)]]);
    }

    #[test]
    fn a_course_keeps_day_time_and_dentist_as_well_as_it_can() {
        let day = 24 * 60;
        let first = member(30, &[(600, 1)]);
        let near = member(30, &[(7 * day + 600, 2), (7 * day + 630, 1), (8 * day + 600, 1)]);
        let none = member(30, &[(20 * day, 1)]);
        let got = course(&[first, near, none], Tz::UTC, free(600, 1));
        assert_eq!(got, [Some(free(600, 1)), Some(free(7 * day + 630, 1)), None]);
    }

    #[test]
    fn filters() {
        let monday_ten = Instant::parse_rfc3339("2026-11-23T10:00:00+08:00").expect("time");
        let zone: Tz = "Asia/Shanghai".parse().expect("zone");
        let mut f = Filter::default();
        assert!(f.lets(zone, monday_ten, 30));
        f.until = Some(12 * 60);
        assert!(f.lets(zone, monday_ten, 120) && !f.lets(zone, monday_ten, 121));
        f.from = Some(10 * 60 + 1);
        assert!(!f.lets(zone, monday_ten, 30));
        f = Filter::default();
        f.weekdays[1] = true;
        assert!(!f.lets(zone, monday_ten, 30));
    }

    proptest! {
        #[test]
        fn nobody_is_in_two_places(
            a in prop::collection::vec((0_i64..40, 1_i64..4), 0..20), b in prop::collection::vec((0_i64..40, 1_i64..4), 0..20),
            c in prop::collection::vec((0_i64..40, 1_i64..4), 0..20), lengths in (1_i32..6, 1_i32..6, 1_i32..6),
        ) {
            let of = |times: &[(i64, i64)], n: i32| member(n * 15, &times.iter().map(|(m, p)| (m * 15, *p)).collect::<Vec<_>>());
            let members = [of(&a, lengths.0), of(&b, lengths.1), of(&c, lengths.2)];
            for found in back_to_back(&members, 50).iter().chain(&side_by_side(&members, 50)) {
                prop_assert_eq!(found.len(), 3);
                for (i, (m, f)) in members.iter().zip(found).enumerate() {
                    prop_assert!(m.free.contains(f));
                    for (other, g) in members.iter().zip(found).skip(i + 1) {
                        prop_assert!(!collide((m, f), (other, g)));
                    }
                }
            }
            for found in back_to_back(&members, 50) {
                for (pair, m) in found.windows(2).zip(&members) {
                    let ends = m.wish.visit(pair[0].start).until;
                    prop_assert!(ends <= pair[1].start && pair[1].start <= ends.plus_minutes(WAIT_MAX));
                }
            }
        }
    }
}
