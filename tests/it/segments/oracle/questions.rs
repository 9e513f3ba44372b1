//! Random conditions.

use chairside::clinic::ProviderId;
use chairside::outreach::segments::{Reach, Test, Unit, When};
use chairside::patients::Sex;
use chairside::platform::clock::plus_days;
use chairside::platform::i18n::Lang;
use chrono::NaiveDate;

use super::world::World;
use super::{Dice, past};

fn random_when(dice: &mut Dice, today: NaiveDate, ever: bool) -> When {
    let (n, unit) = (1 + dice.below(20), dice.one(Unit::ALL));
    match dice.roll(4) {
        0 if ever => When::Ever,
        0 | 1 => When::Within { n, unit },
        2 => When::Before { n, unit },
        _ => {
            let from = past(dice, today, 600);
            let until = plus_days(from, i64::from(dice.below(300)));
            let (open, shut) = (dice.yes(7), dice.yes(7));
            When::Between {
                from: (open || !shut).then_some(from),
                until: shut.then_some(until),
            }
        }
    }
}

pub(super) fn random_test(dice: &mut Dice, w: &World) -> Test {
    let providers: Vec<ProviderId> = w.providers.iter().map(|p| p.0).collect();
    let specialities: Vec<String> = w.providers.iter().map(|p| p.1.clone()).collect();
    let texts = ["龋", "caries，牙周", "100%", "_"].map(str::to_owned);
    let work = ["充填", "root，拔", "洁治"].map(str::to_owned);
    let (today, service) = (w.today, dice.some(&w.services));
    match dice.roll(16) {
        0 => Test::Visit {
            service,
            provider: dice.some(&providers),
            speciality: None,
            when: random_when(dice, today, true),
            at_least: dice.some(&[1, 2, 3]),
        },
        1 => Test::Visit {
            service: None,
            provider: None,
            speciality: Some(dice.one(&specialities)),
            when: random_when(dice, today, true),
            at_least: None,
        },
        2 => Test::LastVisit {
            service,
            provider: dice.some(&providers),
            when: random_when(dice, today, false),
        },
        3 => Test::Diagnosis {
            text: dice.one(&texts),
            when: random_when(dice, today, true),
        },
        4 => Test::Treatment {
            text: dice.one(&work),
            tooth: dice.some(&["36".to_owned(), "11".to_owned()]),
            when: random_when(dice, today, true),
        },
        5 => Test::Untreated {
            text: dice.one(&texts),
            treatment: dice.some(&work),
            when: random_when(dice, today, true),
        },
        6 => Test::OpenPlan {
            service,
            idle_days: dice.some(&[10, 30, 60]),
        },
        7 => Test::RecallDue {
            service,
            weeks: dice.below(12),
        },
        8 => {
            let from = dice.some(&[0, 18, 40]);
            Test::Age {
                from,
                to: dice.some(&[40, 65]).or(from.is_none().then_some(30)),
            }
        }
        9 => Test::Sex {
            sex: dice.one(Sex::ALL),
        },
        10 => Test::Vip {},
        11 => Test::Language {
            language: dice.one(Lang::ALL),
        },
        12 => Test::Reachable {
            by: dice.one(Reach::ALL),
        },
        13 => dice.one(&[
            Test::Marketing {},
            Test::BirthdayMonth { month: 1 },
            Test::BirthdayMonth { month: 12 },
        ]),
        14 => Test::Booked { service },
        _ => Test::Registered {
            when: random_when(dice, today, false),
        },
    }
}
