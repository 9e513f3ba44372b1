//! The calculation against a plain oracle that walks through days and months one by one.

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::clinic::ServiceId;
use crate::patients::PatientId;
use crate::platform::clock::{Instant, plus_days};
use crate::records::VisitId;

/// Services, and so types, of a case.
const SERVICES: i64 = 4;

fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).expect("date")
}

fn kind(service: i64, normal: Option<Interval>) -> RecallType {
    RecallType {
        service: ServiceId(service),
        name: String::new(),
        name_en: String::new(),
        normal,
        high: None,
        low: None,
        age_from: None,
        age_until: None,
        exclusive: String::new(),
        rank: 0,
        triggers: Vec::new(),
        version: 0,
    }
}

fn visit(id: i64, service: i64, on: NaiveDate) -> Finished {
    Finished {
        id: VisitId(id),
        service: ServiceId(service),
        day: on,
        started_at: Instant(i64::from(on.num_days_from_ce()) * 86_400_000),
    }
}

fn recall(service: i64, visit: Option<i64>, state: RecallState) -> Recall {
    let some_day = day(2000, 1, 1);
    Recall {
        id: RecallId(service),
        patient_id: PatientId(1),
        service_id: ServiceId(service),
        visit_id: visit.map(VisitId),
        calculated_on: some_day,
        edited_on: None,
        own_months: None,
        own_days: None,
        paused_until: None,
        due_on: some_day,
        state,
        reason: String::new(),
        note: String::new(),
        attempts: 0,
        hidden_until: None,
        last_result: None,
        undo: None,
        version: 1,
        created_at: Instant(0),
        updated_at: Instant(0),
    }
}

/// The row after the calculation was written.
fn written(target: &Target, was: Option<&Recall>) -> Recall {
    let mut row = was
        .cloned()
        .unwrap_or_else(|| recall(target.service.0, None, RecallState::Due));
    row.visit_id = target.visit;
    row.calculated_on = target.calculated_on;
    row.edited_on = target.edited_on;
    row.due_on = target.due_on;
    row.state = target.state;
    row
}

/// A month later, again and again, then the last day of that month that is not after the first day's; then days one by one.
fn walked(from: NaiveDate, interval: Interval) -> NaiveDate {
    let (mut year, mut month) = (from.year(), from.month());
    for _ in 0..interval.months {
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    let mut on = (1..=from.day())
        .rev()
        .find_map(|d| NaiveDate::from_ymd_opt(year, month, d))
        .expect("a day of the month");
    for _ in 0..interval.days {
        on = on.succ_opt().expect("next day");
    }
    on
}

/// Birthdays that have been by `today`; that of 29 February is on 1 March of common years.
fn birthdays(born: NaiveDate, today: NaiveDate) -> i32 {
    let mut n = 0;
    loop {
        let year = born.year() + n + 1;
        let on = NaiveDate::from_ymd_opt(year, born.month(), born.day()).unwrap_or_else(|| day(year, 3, 1));
        if on > today {
            return n;
        }
        n += 1;
    }
}

/// One type by itself: the visit, the interval and whether it is for the patient; none: there is nothing to count.
fn alone(
    t: &RecallType,
    p: Person,
    today: NaiveDate,
    visits: &[Finished],
    row: Option<&Recall>,
) -> Option<(VisitId, NaiveDate)> {
    let by = if t.triggers.is_empty() {
        vec![t.service]
    } else {
        t.triggers.clone()
    };
    let mut of: Vec<&Finished> = visits.iter().filter(|v| by.contains(&v.service)).collect();
    of.sort_by_key(|v| (v.started_at, v.id));
    let last = of.last()?;
    let by_risk = match p.risk {
        Risk::High if t.high.is_some() => t.high,
        Risk::Low if t.low.is_some() => t.low,
        _ => t.normal,
    };
    let own = row.filter(|r| r.own_months.is_some() || r.own_days.is_some());
    let interval = match own {
        Some(r) => Some(Interval {
            months: r.own_months.unwrap_or(0),
            days: r.own_days.unwrap_or(0),
        }),
        None => by_risk,
    }?;
    let of_age = match p.born {
        Some(born) => {
            let years = birthdays(born, today);
            t.age_from.unwrap_or(0) <= years && years < t.age_until.unwrap_or(999)
        }
        None => t.age_until.is_none(),
    };
    of_age.then(|| (last.id, walked(last.day, interval)))
}

#[derive(Debug, Clone)]
struct Given {
    types: Vec<RecallType>,
    person: Person,
    visits: Vec<Finished>,
    rows: Vec<Recall>,
}

fn interval() -> impl Strategy<Value = Interval> {
    (0..30_i32, 0..40_i32).prop_map(|(months, days)| Interval {
        months,
        days: days.max(i32::from(months == 0)),
    })
}

fn types() -> impl Strategy<Value = Vec<RecallType>> {
    let one = (
        prop::option::of(interval()),
        prop::option::of(interval()),
        prop::option::of(interval()),
        (prop::option::of(0..14_i32), prop::option::of(1..16_i32)),
        (any::<bool>(), 0..3_i32),
        prop::collection::btree_set(1..=SERVICES, 0..3),
    );
    prop::collection::vec(one, usize::try_from(SERVICES).expect("few")).prop_map(|list| {
        let made = list
            .into_iter()
            .zip(1..)
            .map(|((normal, high, low, ages, (grouped, rank), by), id)| RecallType {
                high,
                low,
                age_from: ages.0,
                age_until: ages.1,
                exclusive: if grouped { "hygiene".into() } else { String::new() },
                rank,
                triggers: by.into_iter().map(ServiceId).collect(),
                ..kind(id, normal)
            });
        made.collect()
    })
}

/// Days around month ends and leap days are as likely as all others together.
fn some_day() -> impl Strategy<Value = NaiveDate> {
    let ends = prop::sample::select(vec![
        day(2024, 2, 29),
        day(2023, 2, 28),
        day(2023, 8, 31),
        day(2024, 1, 31),
        day(2023, 12, 31),
        day(2023, 3, 1),
    ]);
    let any = (0..1500_i64).prop_map(|n| plus_days(day(2021, 1, 1), n));
    prop_oneof![ends, any]
}

fn given() -> impl Strategy<Value = Given> {
    let person = (
        prop::option::of(prop_oneof![
            Just(day(2012, 2, 29)),
            (0..5500_i64).prop_map(|n| plus_days(day(2009, 1, 1), n))
        ]),
        prop::sample::select(vec![Risk::Low, Risk::Normal, Risk::High]),
    );
    let visits = prop::collection::vec((1..=SERVICES, some_day()), 0..7);
    let state = prop::sample::select(RecallState::ALL.to_vec());
    let set = (
        prop::option::of(some_day()),
        prop::option::of(some_day()),
        prop::option::of(interval()),
    );
    let rows = prop::collection::btree_map(1..=SERVICES, (prop::option::of(0..7_i64), state, set), 0..4);
    (types(), person, visits, rows).prop_map(|(types, (born, risk), visits, rows)| Given {
        types,
        person: Person { born, risk },
        visits: visits
            .into_iter()
            .zip(0..)
            .map(|((service, on), id)| visit(id, service, on))
            .collect(),
        rows: rows
            .into_iter()
            .map(|(service, (visit, state, (edited_on, paused_until, own)))| Recall {
                edited_on,
                paused_until,
                own_months: own.map(|i| i.months),
                own_days: own.map(|i| i.days),
                ..recall(service, visit, state)
            })
            .collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Visits, types, risk, age and edits give the day and state that the oracle gives.
    #[test]
    fn recalls_are_what_a_plain_reading_of_the_rules_says(g in given(), today in some_day()) {
        let row = |s: ServiceId| g.rows.iter().find(|r| r.service_id == s);
        let found = calculate(&g.types, g.person, today, &g.visits, &g.rows);
        let counts = |t: &RecallType| alone(t, g.person, today, &g.visits, row(t.service));
        for t in &g.types {
            let target = found.iter().map(|(target, _)| target).find(|x| x.service == t.service);
            let beaten = !t.exclusive.is_empty() && g.types.iter().any(|o| {
                let off = row(o.service).is_some_and(|r| r.state == RecallState::Off);
                let before = o.rank > t.rank || o.rank == t.rank && o.service < t.service;
                o.exclusive == t.exclusive && before && !off && counts(o).is_some()
            });
            let Some((visit, calculated)) = counts(t) else {
                // Nothing to count: no new recall, and none that is open, unless it never had to do with visits.
                let apart = row(t.service).is_some_and(|r| r.visit_id.is_none());
                prop_assert!(target.is_none_or(|x| x.state != RecallState::Due || apart));
                continue;
            };
            let Some(r) = row(t.service) else {
                prop_assert_eq!(target.is_some(), !beaten);
                if let Some(x) = target {
                    prop_assert_eq!((x.visit, x.due_on, x.state), (Some(visit), calculated, RecallState::Due));
                }
                continue;
            };
            let x = target.expect("a recall that counts stays");
            let place = |id: VisitId| g.visits.iter().find(|v| v.id == id).map(|v| (v.started_at, v.id));
            let anew = r.visit_id.and_then(place).is_some_and(|old| place(visit) > Some(old));
            let mut due = if anew { calculated } else { r.edited_on.unwrap_or(calculated) };
            if r.paused_until.is_some_and(|until| until > due) {
                due = r.paused_until.expect("a day");
            }
            let state = if r.state == RecallState::Off {
                RecallState::Off
            } else if r.state == RecallState::Declined && !anew {
                RecallState::Declined
            } else if beaten {
                RecallState::Ended
            } else {
                RecallState::Due
            };
            prop_assert_eq!((x.visit, x.calculated_on, x.due_on, x.state, x.anew), (Some(visit), calculated, due, state, anew));
        }
        // Of an exclusive group, one is open at most.
        let group = |x: &Target| g.types.iter().any(|t| t.service == x.service && !t.exclusive.is_empty());
        let apart = |x: &Target| row(x.service).is_some_and(|r| r.visit_id.is_none());
        let open = found.iter().filter(|(x, _)| x.state == RecallState::Due && group(x) && !(x.visit.is_none() && apart(x)));
        prop_assert!(open.count() <= 1);
    }

    /// What was written is what is worked out again.
    #[test]
    fn working_out_twice_is_once(g in given(), today in some_day()) {
        let found = calculate(&g.types, g.person, today, &g.visits, &g.rows);
        let rows: Vec<Recall> = found
            .iter()
            .map(|(t, _)| written(t, g.rows.iter().find(|r| r.service_id == t.service)))
            .collect();
        for (again, _) in calculate(&g.types, g.person, today, &g.visits, &rows) {
            let row = rows.iter().find(|r| r.service_id == again.service).expect("the row");
            prop_assert!(!again.anew);
            prop_assert_eq!((again.due_on, again.state, again.visit), (row.due_on, row.state, row.visit_id));
        }
    }
}

#[test]
fn the_month_ends_and_the_leap_day() {
    let months = Interval::of_months;
    assert_eq!(months(6).after(day(2026, 8, 31)), day(2027, 2, 28));
    assert_eq!(months(6).after(day(2027, 8, 31)), day(2028, 2, 29));
    assert_eq!(months(12).after(day(2024, 2, 29)), day(2025, 2, 28));
    assert_eq!(Interval { months: 6, days: 1 }.after(day(2026, 8, 31)), day(2027, 3, 1));
    assert_eq!(age(day(2012, 2, 29), day(2024, 2, 28)), 11);
    assert_eq!(age(day(2012, 2, 29), day(2024, 2, 29)), 12);
    assert_eq!(age(day(2012, 2, 29), day(2025, 2, 28)), 12);
    assert_eq!(age(day(2012, 2, 29), day(2025, 3, 1)), 13);
}

#[test]
fn a_child_comes_to_the_recall_of_the_grown_ups() {
    let child = RecallType {
        age_until: Some(12),
        ..kind(1, Some(Interval::of_months(3)))
    };
    let grown = RecallType {
        age_from: Some(12),
        triggers: vec![ServiceId(1), ServiceId(2)],
        ..kind(2, Some(Interval::of_months(6)))
    };
    let person = Person {
        born: Some(day(2014, 5, 10)),
        risk: Risk::Normal,
    };
    let visits = [visit(1, 1, day(2026, 1, 31))];
    let open = |today| {
        let found = calculate(&[child.clone(), grown.clone()], person, today, &visits, &[]);
        found
            .into_iter()
            .map(|(t, _)| (t.service.0, t.due_on))
            .collect::<Vec<_>>()
    };
    assert_eq!(open(day(2026, 5, 9)), [(1, day(2026, 4, 30))]);
    assert_eq!(open(day(2026, 5, 10)), [(2, day(2026, 7, 31))]);
}
