//! What the database answers, against the same conditions asked of plain values, over random small clinics.

mod questions;
mod truth;
mod world;

use std::collections::BTreeSet;

use chairside::outreach::segments::{self, Condition, Definition, Group, Match, Moment, NewSegment};
use chairside::patients::PatientId;
use chairside::platform::clock::plus_days;
use chairside::staff::Actor;
use chrono::NaiveDate;

use self::questions::random_test;
use self::truth::meant;
use self::world::world;
use crate::both;

/// Numbers that are the same in each run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }
    fn yes(&mut self, in_ten: usize) -> bool {
        self.roll(10) < in_ten
    }
    fn some<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        self.yes(5).then(|| self.one(of))
    }
    fn below(&mut self, sides: usize) -> u32 {
        u32::try_from(self.roll(sides)).unwrap()
    }
}

fn past(dice: &mut Dice, today: NaiveDate, days: usize) -> NaiveDate {
    plus_days(today, -1 - i64::try_from(dice.roll(days)).unwrap())
}

both!(the_database_and_plain_values_agree, |clinic| {
    let mut dice = Dice(0x5EED_CAFE);
    let w = world(&clinic, &mut dice).await;
    let (now, mut sizes) = (clinic.now(), BTreeSet::new());
    for round in 0..220 {
        let groups = 1 + dice.roll(2);
        let groups = (0..groups).map(|_| Group {
            join: dice.one(Match::ALL),
            conditions: (0..1 + dice.roll(2))
                .map(|_| Condition {
                    not: dice.yes(3),
                    is: random_test(&mut dice, &w),
                })
                .collect(),
        });
        let groups: Vec<Group> = groups.collect();
        let definition = Definition {
            join: dice.one(Match::ALL),
            groups,
        };
        let expected: Vec<i64> = w
            .people
            .iter()
            .filter(|p| meant(p, &w, &definition))
            .map(|p| p.id)
            .collect();
        let asked = definition.clone();
        let some: Vec<PatientId> = w.people.iter().step_by(3).map(|p| PatientId(p.id)).collect();
        let wanted = some.clone();
        let (count, found, those, members) = clinic
            .sql(move |c| {
                let moment = Moment::at(c, now)?;
                let new = NewSegment {
                    name: "x".into(),
                    name_en: "x".into(),
                    definition: asked.clone(),
                };
                let id = segments::add(c, now, &Actor::system("test"), new, |_, f| f.to_owned())?;
                Ok((
                    segments::count(c, &asked, moment)?,
                    segments::page_of(c, &asked, moment, (Some(PatientId(1000)), 1000))?,
                    segments::those_in(c, id, now, &wanted)?,
                    segments::members(c, id, now)?,
                ))
            })
            .await;
        let found: Vec<i64> = found.into_iter().map(|p| p.0).collect();
        assert_eq!(found, expected, "round {round}: {definition:?}");
        let members: Vec<i64> = members.into_iter().map(|p| p.0).collect();
        assert_eq!(members.len(), usize::try_from(count).unwrap());
        assert_eq!(
            members.iter().copied().filter(|id| *id > 1000).collect::<Vec<_>>(),
            expected
        );
        for p in some {
            assert_eq!(those.contains(&p), expected.contains(&p.0), "round {round}: {p}");
        }
        sizes.insert(expected.len());
    }
    assert!(sizes.len() > 20, "the conditions tell people apart: {sizes:?}");
});
