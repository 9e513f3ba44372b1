use chrono::Datelike;
use proptest::prelude::*;

use super::*;
use crate::clinic::{Part, Session, SiteDays, Week};
use crate::platform::clock::{next_day, plus_days};

fn rota(sessions: &[(i32, i32, i32)]) -> Rota {
    let mut week = Week::default();
    for (weekday, start, end) in sessions {
        let day = usize::try_from(weekday - 1).ok().and_then(|i| week.0.get_mut(i));
        day.expect("weekday").push(Session {
            start: *start,
            end: *end,
        });
    }
    Rota::weekly(week)
}
fn wish(minutes: i32, before: i32, after: i32) -> Wish {
    Wish {
        before,
        after,
        ..Wish::plain(minutes, 15)
    }
}
fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).expect("date")
}
fn zone(name: &str) -> Tz {
    name.parse().expect("zone")
}
fn clock(zone: Tz, starts: &[Instant]) -> Vec<String> {
    starts
        .iter()
        .map(|s| s.local(zone).format("%H:%M").to_string())
        .collect()
}
fn monday(from: i32, until: i32) -> Span {
    let (z, d) = (zone("Asia/Shanghai"), day(2026, 11, 23));
    Span {
        from: at_minute(z, d, from),
        until: at_minute(z, d, until),
    }
}

#[test]
fn a_45_minute_visit_on_a_15_minute_grid_takes_three_cells() {
    let (z, d) = (zone("Asia/Shanghai"), day(2026, 11, 23));
    let t = Timetable {
        rota: rota(&[(1, 540, 660)]).into(),
        busy: vec![monday(585, 600)],
        ..Timetable::default()
    };
    assert_eq!(
        clock(z, &free_starts(&t, &wish(45, 0, 0), z, d)),
        ["09:00", "10:00", "10:15"]
    );
    assert_eq!(clock(z, &free_starts(&t, &wish(45, 0, 10), z, d)), ["10:00"]);
    let hourly = Wish {
        grid: 60,
        ..wish(45, 0, 0)
    };
    assert_eq!(clock(z, &free_starts(&t, &hourly, z, d)), ["09:00", "10:00"]);
}

#[test]
fn summer_time_days() {
    let z = zone("Europe/Berlin");
    let t = Timetable {
        rota: rota(&[(7, 60, 240)]).into(),
        ..Timetable::default()
    };
    // 29 March 2026: 02:00 to 03:00 does not exist.
    let spring = clock(z, &free_starts(&t, &wish(30, 0, 0), z, day(2026, 3, 29)));
    assert_eq!(spring, ["01:00", "01:15", "01:30", "01:45", "03:00", "03:15", "03:30"]);
    // 25 October 2026: 02:00 to 03:00 comes twice; each time is offered once.
    let autumn = clock(z, &free_starts(&t, &wish(30, 0, 0), z, day(2026, 10, 25)));
    assert_eq!(autumn.len(), 11);
}

#[test]
fn it_says_why_not() {
    let (z, d) = (zone("Asia/Shanghai"), day(2026, 11, 23));
    let at = |m| at_minute(z, d, m);
    let site = SiteDays {
        closed: BTreeSet::from([plus_days(d, 7)]),
        ..SiteDays::default()
    };
    let surgery = Text::new("手术", "Surgery");
    let t = Timetable {
        rota: rota(&[(1, 540, 1080)]).at(site.into()).into(),
        leave: vec![monday(690, 720)],
        busy: vec![monday(600, 630)],
        patient_busy: vec![monday(640, 650)],
        chair_busy: vec![monday(720, 750)],
        held: vec![monday(760, 790)],
        reserved: vec![(monday(800, 860), surgery.clone())],
        full: BTreeSet::from([plus_days(d, 14)]),
        seconds: Vec::new(),
    };
    let w = Wish {
        earliest: at(550),
        latest: Some(at(20 * 1440)),
        ..wish(30, 0, 0)
    };
    let why = |start| why_not(&t, &w, z, start);
    assert_eq!(why(at(540)), Some(Blocked::TooEarly));
    assert_eq!(why(at(1100)), Some(Blocked::OutsideHours));
    assert_eq!(why(at(690)), Some(Blocked::OnLeave));
    assert_eq!(why(at(585)), Some(Blocked::Taken(monday(600, 630))));
    assert_eq!(why(at(630)), Some(Blocked::PatientElsewhere(monday(640, 650))));
    assert_eq!(why(at(725)), Some(Blocked::ChairTaken(monday(720, 750))));
    assert_eq!(why(at(765)), Some(Blocked::Held(monday(760, 790))));
    assert_eq!(why(at(840)), Some(Blocked::Reserved(monday(800, 860), surgery)));
    assert_eq!(why(at_minute(z, plus_days(d, 7), 600)), Some(Blocked::Closed));
    assert_eq!(why(at_minute(z, plus_days(d, 14), 600)), Some(Blocked::DayFull));
    assert_eq!(why(at_minute(z, plus_days(d, 21), 600)), Some(Blocked::TooLate));
    assert_eq!(why(at(555)), None);
    let helped = Wish {
        second: Some(Parts::default()),
        ..w
    };
    assert_eq!(why_not(&t, &helped, z, at(555)), Some(Blocked::NoSecond));
}

#[test]
fn a_dentist_runs_two_chairs() {
    let (z, d) = (zone("Asia/Shanghai"), day(2026, 11, 23));
    // In the other chair the dentist is needed from 9:10 to 9:20 and from 9:40 to 9:50.
    let t = Timetable {
        rota: rota(&[(1, 540, 600)]).into(),
        busy: vec![monday(550, 560), monday(580, 590)],
        ..Timetable::default()
    };
    let parts = |text: &str| Parts::parse(text).expect("parts");
    let pattern = Wish {
        parts: parts("0-10,30-40"),
        grid: 10,
        ..wish(40, 0, 0)
    };
    assert_eq!(clock(z, &free_starts(&t, &pattern, z, d)), ["09:00", "09:20"]);
    let all_the_time = Wish {
        parts: Parts::default(),
        ..pattern
    };
    assert!(free_starts(&t, &all_the_time, z, d).is_empty());
}

/// Minute by minute, with no cleverness: what the engine must agree with.
fn slow(t: &Timetable, w: &Wish, z: Tz, d: NaiveDate) -> Vec<Instant> {
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

#[test]
fn the_29th_of_february_and_midnight() {
    let z = zone("Asia/Shanghai");
    let d = day(2028, 2, 29);
    let t = Timetable {
        rota: rota(&[(2, 0, 60), (2, 1380, 1440)]).into(),
        ..Timetable::default()
    };
    assert_eq!(d.weekday().number_from_monday(), 2);
    assert_eq!(
        clock(z, &free_starts(&t, &wish(30, 0, 0), z, d)),
        ["00:00", "00:15", "00:30", "23:00", "23:15", "23:30"]
    );
}
