//! The engine against a slow, obvious one, over all zones and the years 1970 to 2037.

use chrono::Datelike;
use proptest::prelude::*;

use super::super::*;
use super::{day, rota, wish};
use crate::clinic::Part;
use crate::platform::clock::{next_day, plus_days};

/// Minute by minute, with no cleverness: what the engine must agree with.
pub(super) fn slow(t: &Timetable, w: &Wish, z: Tz, d: NaiveDate) -> Vec<Instant> {
    let is_in = |list: &[Span], m: Instant| list.iter().any(|s| s.from <= m && m < s.until);
    let works = |rota: &Rota, m: Instant| {
        let on = rota.on(d);
        on.iter()
            .any(|s| at_minute(z, d, s.start) <= m && m < at_minute(z, d, s.end))
    };
    let minutes = |from: i32, until: i32, start: Instant| (from..until).map(move |m| start.plus_minutes(i64::from(m)));
    let fits = |start: Instant| {
        let chair = || minutes(-w.before, w.minutes + w.after, start);
        let patient = || minutes(0, w.minutes, start);
        let of = |parts: &Parts, whole: Vec<Instant>| -> Vec<Instant> {
            if parts.0.is_empty() {
                return whole;
            }
            parts.0.iter().flat_map(|p| minutes(p.from, p.until, start)).collect()
        };
        let provider = of(&w.parts, chair().collect());
        let second = w.second.as_ref().map(|parts| of(parts, patient().collect()));
        chair().all(|m| works(&t.rota, m) && !is_in(&t.leave, m) && !is_in(&t.chair_busy, m) && !is_in(&t.held, m))
            && chair().all(|m| t.chair.rota.as_ref().is_none_or(|open| works(open, m)))
            && chair().all(|m| !t.chair.closed.iter().any(|(span, _)| is_in(&[*span], m)))
            && chair().all(|m| !t.reserved.iter().any(|(r, _)| is_in(&[*r], m)))
            && provider.iter().all(|m| !is_in(&t.busy, *m))
            && patient().all(|m| !is_in(&t.patient_busy, m))
            && second.is_none_or(|needed| {
                t.seconds
                    .iter()
                    .any(|s| needed.iter().all(|m| works(&s.rota, *m) && !is_in(&s.busy, *m)))
            })
    };
    (0..1440)
        .step_by(usize::try_from(w.grid).expect("grid"))
        .filter_map(|minute| {
            let wanted = d.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute);
            let start = resolve(z, wanted);
            (start.local(z) == wanted && fits(start)).then_some(start)
        })
        .collect()
}

/// Stretches of a day, by start.
fn stretches(midnight: Instant, of: &[(i64, i64)]) -> Vec<Span> {
    let mut list: Vec<Span> = of
        .iter()
        .map(|(a, n)| Span {
            from: midnight.plus_minutes(*a),
            until: midnight.plus_minutes(a + n),
        })
        .collect();
    list.sort();
    list
}

fn some_busy(most: usize) -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0_i64..1440, 1_i64..120), 0..most)
}

proptest! {
    #[test]
    fn offered_is_exactly_what_is_not_blocked(
        which in 0_usize..600, offset in 0_i64..24_800, begins in 0_i32..90, length in 1_i32..80, minutes in 1_i32..30,
        (before, after, grid) in (0_i32..3, 0_i32..3, prop::sample::select(crate::clinic::GRIDS.to_vec())),
        (busy, chair, patient) in (some_busy(4), some_busy(3), some_busy(2)),
        (leave, held, reserved) in (some_busy(2), some_busy(2), some_busy(2)),
        (part, part_length, second) in (0_i32..20, 0_i32..20, prop::option::of(0_i32..10)), helper in some_busy(3),
        (chair_hours, closed) in (prop::option::of((0_i32..90, 1_i32..80, 0_i32..40)), some_busy(2)),
    ) {
        let z = chrono_tz::TZ_VARIANTS[which % chrono_tz::TZ_VARIANTS.len()];
        let d = plus_days(day(1970, 1, 2), offset);
        let midnight = day_bounds(z, d).0;
        let sessions: Vec<_> = (1..=7).map(|w| (w, begins * 15, (begins * 15 + length * 15).min(1440))).collect();
        let part = Part { from: part, until: (part + part_length).min(minutes * 5) };
        let t = Timetable {
            rota: rota(&sessions).into(),
            busy: stretches(midnight, &busy),
            chair_busy: stretches(midnight, &chair),
            patient_busy: stretches(midnight, &patient),
            leave: stretches(midnight, &leave),
            held: stretches(midnight, &held),
            reserved: stretches(midnight, &reserved).into_iter().map(|s| (s, Text::new("", ""))).collect(),
            full: BTreeSet::new(),
            full_in_all: BTreeSet::new(),
            chair: chair_time(chair_hours, stretches(midnight, &closed)),
            seconds: vec![Second { provider: ProviderId(9), rota: rota(&sessions).into(), busy: stretches(midnight, &helper) }],
        };
        let w = Wish {
            before: before * 5,
            after: after * 5,
            parts: Parts(if part.from < part.until { vec![part] } else { vec![] }),
            second: second.map(|from| Parts(if from > 0 { vec![Part { from, until: from + 10 }] } else { vec![] })),
            ..Wish::plain(minutes * 5, grid)
        };
        let offered = free_starts(&t, &w, z, d);
        prop_assert_eq!(&offered, &slow(&t, &w, z, d));
        for start in grid_of_day(z, d) {
            let on_grid = offered.contains(&start);
            let free = why_not(&t, &w, z, start).is_none();
            prop_assert!(free || !on_grid, "offered, and yet {:?}", why_not(&t, &w, z, start));
        }
        for start in &offered {
            prop_assert_eq!(why_not(&t, &w, z, *start), None);
        }
    }
}

/// A chair with one or two sessions a day, or one that is always open.
fn chair_time(hours: Option<(i32, i32, i32)>, closed: Vec<Span>) -> ChairTime {
    let week = |(begins, length, pause): (i32, i32, i32)| {
        let (start, end) = (begins * 15, (begins + length).min(96) * 15);
        let noon = (start + pause * 15).min(end);
        let parts = [(start, noon), ((noon + 15).min(end), end)];
        let parts = parts.into_iter().filter(|(from, until)| from < until);
        let days: Vec<_> = parts
            .flat_map(|(from, until)| (1..=7).map(move |w| (w, from, until)))
            .collect();
        std::sync::Arc::new(rota(&days))
    };
    ChairTime {
        rota: hours.map(week),
        closed: closed.into_iter().map(|span| (span, String::new())).collect(),
        ..ChairTime::default()
    }
}

fn grid_of_day(z: Tz, d: NaiveDate) -> Vec<Instant> {
    grid(15, z, d).collect()
}

/// Every change of every zone's clocks that a look at each month's first days finds, 1970 to 2037.
#[test]
fn every_change_of_the_clocks_in_every_zone() {
    let mut changes = 0;
    for z in chrono_tz::TZ_VARIANTS {
        let length = |d: NaiveDate| {
            let (from, until) = day_bounds(z, d);
            until - from
        };
        let offset = |d: NaiveDate| day_bounds(z, d).0 - day_bounds(Tz::UTC, d).0;
        let mut first = day(1970, 1, 1);
        while first < day(2038, 1, 1) {
            let next = first.checked_add_months(chrono::Months::new(1)).expect("month");
            if offset(first) != offset(next) {
                let (mut before, mut after) = (first, next);
                while next_day(before) < after {
                    let middle = plus_days(before, (after - before).num_days() / 2);
                    if offset(middle) == offset(first) {
                        before = middle
                    } else {
                        after = middle
                    }
                }
                changes += 1;
                check_day(z, before, length(before));
            }
            first = next;
        }
    }
    assert!(changes > 10_000, "{changes} changes looked at");
}

/// A provider who works around the clock: every quarter of an hour that a clock shows, once, in order.
fn check_day(z: Tz, d: NaiveDate, length: i64) {
    let t = Timetable {
        rota: rota(&[(
            i32::try_from(d.weekday().number_from_monday()).expect("weekday"),
            0,
            1440,
        )])
        .into(),
        ..Timetable::default()
    };
    let w = wish(30, 0, 0);
    let offered = free_starts(&t, &w, z, d);
    assert!(
        offered.is_sorted() && offered.windows(2).all(|w| w[0] < w[1]),
        "{z} {d}"
    );
    // A chair that is open around the clock by hours of its own changes nothing.
    let chair = ChairTime {
        rota: Some(t.rota.clone()),
        ..ChairTime::default()
    };
    assert_eq!(
        free_starts(&Timetable { chair, ..t.clone() }, &w, z, d),
        offered,
        "{z} {d}"
    );
    let (midnight, next) = day_bounds(z, d);
    let shown = (0..96).map(|i| d.and_time(NaiveTime::MIN) + TimeDelta::minutes(15 * i));
    let expected: Vec<Instant> = shown
        .map(|wall| (wall, resolve(z, wall)))
        .filter(|(wall, start)| start.local(z) == *wall && *start >= midnight && start.plus_minutes(30) <= next)
        .map(|(_, start)| start)
        .collect();
    assert_eq!(offered, expected, "{z} {d}");
    let most = usize::try_from(length / (15 * MINUTE_MS)).expect("length");
    assert!(offered.len() < most.max(1), "{z} {d}: {} of {most}", offered.len());
}
