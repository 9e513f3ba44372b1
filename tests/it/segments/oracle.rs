//! What the database answers, against the same conditions asked of plain values, over random small clinics.

use std::collections::BTreeSet;
use std::fmt::Write;

use chairside::clinic::{ProviderId, ServiceId};
use chairside::outreach::segments::{
    self, Condition, Definition, Group, Match, Moment, NewSegment, Reach, Test, Unit, When,
};
use chairside::patients::{PatientId, Sex};
use chairside::platform::clock::{DAY_MS, HOUR_MS, Instant, plus_days};
use chairside::platform::i18n::Lang;
use chairside::staff::Actor;
use chrono::{Datelike, Months, NaiveDate};
use diesel::connection::SimpleConnection;

use crate::both;
use crate::support::Clinic;

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

struct Visit {
    day: NaiveDate,
    at: i64,
    finished: bool,
    service: Option<ServiceId>,
    provider: Option<usize>,
    diagnosis: &'static str,
    treatments: Vec<(Option<&'static str>, &'static str)>,
}

/// A step of a plan: service, state, written on, done on.
type Step = (ServiceId, &'static str, NaiveDate, Option<NaiveDate>);

struct Person {
    id: i64,
    born: Option<NaiveDate>,
    sex: Sex,
    vip: bool,
    lang: Lang,
    mobile: bool,
    email: bool,
    marketing: bool,
    deceased: bool,
    registered: NaiveDate,
    visits: Vec<Visit>,
    plan: Vec<Step>,
    recalls: Vec<(ServiceId, NaiveDate, &'static str)>,
    ahead: Vec<ServiceId>,
}

const FOUND: [&str; 5] = ["龋齿", "慢性牙周炎", "36 Caries, deep", "100% 正常", ""];
const DONE: [&str; 4] = ["充填", "Root canal", "全口洁治", "拔除"];
const TEETH: [Option<&str>; 3] = [None, Some("36"), Some("11,36")];

struct World {
    today: NaiveDate,
    services: Vec<ServiceId>,
    providers: Vec<(ProviderId, String)>,
    people: Vec<Person>,
}

fn past(dice: &mut Dice, today: NaiveDate, days: usize) -> NaiveDate {
    plus_days(today, -1 - i64::try_from(dice.roll(days)).unwrap())
}

fn person(dice: &mut Dice, w: &World, id: i64) -> Person {
    let today = w.today;
    let visit = |dice: &mut Dice, n: usize| {
        let day = past(dice, today, 700);
        Visit {
            day,
            // Two of one day are one after the other.
            at: day.and_hms_opt(2, 0, 0).unwrap().and_utc().timestamp_millis() + i64::try_from(n).unwrap() * HOUR_MS,
            finished: dice.yes(8),
            service: dice.some(&w.services),
            provider: dice.yes(7).then(|| dice.roll(w.providers.len())),
            diagnosis: dice.one(&FOUND),
            treatments: (0..dice.roll(3)).map(|_| (dice.one(&TEETH), dice.one(&DONE))).collect(),
        }
    };
    let visits = (0..dice.roll(4)).map(|n| visit(dice, n)).collect();
    let step = |dice: &mut Dice| {
        let written = past(dice, today, 100);
        match dice.one(&["planned", "planned", "dropped", "done"]) {
            "done" => (dice.one(&w.services), "done", written, Some(past(dice, today, 60))),
            state => (dice.one(&w.services), state, written, None),
        }
    };
    let plan = (0..dice.roll(3)).map(|_| step(dice)).collect();
    let all: BTreeSet<i64> = (0..dice.roll(3)).map(|_| dice.one(&w.services).0).collect();
    let recall = |dice: &mut Dice, s: i64| {
        let due = plus_days(today, 30 - i64::try_from(dice.roll(200)).unwrap());
        (ServiceId(s), due, dice.one(&["due", "due", "ended", "declined"]))
    };
    Person {
        id,
        born: dice.yes(8).then(|| past(dice, today, 30_000)),
        sex: dice.one(Sex::ALL),
        vip: dice.yes(3),
        lang: dice.one(Lang::ALL),
        mobile: dice.yes(7),
        email: dice.yes(4),
        marketing: dice.yes(5),
        deceased: dice.yes(1),
        registered: past(dice, today, 900),
        visits,
        plan,
        recalls: all.into_iter().map(|s| recall(dice, s)).collect(),
        ahead: (0..dice.roll(2)).map(|_| dice.one(&w.services)).collect(),
    }
}

fn quoted(day: Option<NaiveDate>) -> String {
    day.map_or("NULL".to_owned(), |d| format!("'{d}'"))
}

/// Everything as rows. A visit is a row of its own; a step that is done and a visit ahead have appointments.
fn sql(w: &World, now: Instant, site: i64, chair: i64) -> String {
    let (mut sql, mut slot) = (String::new(), 0_i64);
    let provider = w.providers[0].0.0;
    for p in &w.people {
        let text = |has: bool, text: String| if has { format!("'{text}'") } else { "NULL".to_owned() };
        let month_day = p
            .born
            .map_or("NULL".to_owned(), |b| (b.month() * 100 + b.day()).to_string());
        writeln!(
            sql,
            "INSERT INTO patients (id, chart_no, name, search_name, initials, sex, birth_date, birth_month_day, phone, email, \
             language, channel, marketing, vip, needs, allergies, history, occupation, address, source, note, completeness, \
             deceased, version, created_at, updated_at) VALUES ({0}, 'O{0}', 'P{0}', 'p{0}', '', '{1}', {2}, {month_day}, {3}, {4}, \
             '{5}', 'sms', {6}, {7}, '', '', '', '', '', '', '', 0, {8}, 1, {9}, {9});",
            p.id,
            p.sex,
            quoted(p.born),
            text(p.mobile, format!("+86139{:08}", p.id)),
            text(p.email, format!("p{}@example.org", p.id)),
            p.lang,
            p.marketing,
            p.vip,
            p.deceased,
            // Noon in China.
            p.registered.and_hms_opt(4, 0, 0).unwrap().and_utc().timestamp_millis(),
        )
        .unwrap();
        for v in &p.visits {
            writeln!(
                sql,
                "INSERT INTO visits (patient_id, provider_id, service_id, day, started_at, provider_name, service_name, complaint, \
                 diagnosis, advice, next_visit, status, version, created_at, updated_at) VALUES ({}, {}, {}, '{}', {}, '', '', '', \
                 '{}', '', '', '{}', 1, 0, 0);",
                p.id,
                v.provider.map_or("NULL".to_owned(), |n| w.providers[n].0.to_string()),
                v.service.map_or("NULL".to_owned(), |s| s.to_string()),
                v.day,
                v.at,
                v.diagnosis,
                if v.finished { "finished" } else { "draft" },
            )
            .unwrap();
            for (tooth, what) in &v.treatments {
                writeln!(
                    sql,
                    "INSERT INTO treatments (visit_id, position, tooth, description) SELECT MAX(id), 1, {}, '{what}' FROM visits;",
                    tooth.map_or("NULL".to_owned(), |t| format!("'{t}'")),
                )
                .unwrap();
            }
        }
        let appointment = |status: &str, service: ServiceId, at: i64| {
            format!(
                "INSERT INTO appointments (site_id, patient_id, provider_id, chair_id, service_id, starts_at, ends_at, busy_from, \
                 busy_until, status, note, source, version, created_at, updated_at) VALUES ({site}, {}, {provider}, {chair}, {service}, \
                 {at}, {1}, {at}, {1}, '{status}', '', 'desk', 1, 0, 0);\n",
                p.id,
                at + HOUR_MS / 2,
            )
        };
        for (service, state, written, done) in &p.plan {
            let mut of = "NULL".to_owned();
            if *state == "done" {
                slot += 1;
                sql += &appointment("done", *service, now.0 - 3000 * DAY_MS + slot * HOUR_MS);
                of = "(SELECT MAX(id) FROM appointments)".to_owned();
            }
            writeln!(
                sql,
                "INSERT INTO plan_items (patient_id, position, service_id, note, days_after, state, appointment_id, written_on, \
                 done_on, drop_reason, created_at) VALUES ({}, 1, {service}, '', 0, '{state}', {of}, '{written}', {}, '{}', 0);",
                p.id,
                quoted(*done),
                if *state == "dropped" { "x" } else { "" },
            )
            .unwrap();
        }
        for (service, due, state) in &p.recalls {
            writeln!(
                sql,
                "INSERT INTO recalls (patient_id, service_id, calculated_on, due_on, state, attempts, version, created_at, updated_at) VALUES \
                 ({}, {service}, '{due}', '{due}', '{state}', 0, 1, 0, 0);",
                p.id
            )
            .unwrap();
        }
        for service in &p.ahead {
            slot += 1;
            sql += &appointment("booked", *service, now.0 + 400 * DAY_MS + slot * HOUR_MS);
        }
    }
    sql
}

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

fn random_test(dice: &mut Dice, w: &World) -> Test {
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

fn in_time(when: When, day: NaiveDate, today: NaiveDate) -> bool {
    let back = |n: u32, unit: Unit| match unit {
        Unit::Days => plus_days(today, -i64::from(n)),
        Unit::Weeks => plus_days(today, -7 * i64::from(n)),
        Unit::Months => today.checked_sub_months(Months::new(n)).unwrap(),
        Unit::Years => today.checked_sub_months(Months::new(12 * n)).unwrap(),
    };
    match when {
        When::Ever => true,
        When::Within { n, unit } => day >= back(n, unit),
        When::Before { n, unit } => day < back(n, unit),
        When::Between { from, until } => from.is_none_or(|f| day >= f) && until.is_none_or(|u| day <= u),
    }
}

fn says(text: &str, words: &str) -> bool {
    let text = text.to_lowercase();
    words.split(['，', ',']).any(|w| text.contains(&w.to_lowercase()))
}

fn holds(p: &Person, w: &World, test: &Test) -> bool {
    let today = w.today;
    let been = |service: &Option<ServiceId>, provider: &Option<ProviderId>| -> Vec<&Visit> {
        let by = |v: &&Visit| provider.is_none() || v.provider.map(|n| w.providers[n].0) == *provider;
        let finished = p.visits.iter().filter(|v| v.finished);
        finished
            .filter(|v| service.is_none() || v.service == *service)
            .filter(by)
            .collect()
    };
    match test {
        Test::Visit {
            service,
            provider,
            speciality,
            when,
            at_least,
        } => {
            let of = |v: &&Visit| match (speciality, v.provider) {
                (None, _) => true,
                (Some(s), Some(n)) => w.providers[n].1 == *s,
                (Some(_), None) => false,
            };
            let all = been(service, provider).into_iter().filter(of);
            all.filter(|v| in_time(*when, v.day, today)).count() >= usize::try_from(at_least.unwrap_or(1)).unwrap()
        }
        Test::LastVisit {
            service,
            provider,
            when,
        } => {
            let last = been(service, provider).iter().map(|v| v.day).max();
            last.is_some_and(|day| in_time(*when, day, today))
        }
        Test::Diagnosis { text, when } => been(&None, &None)
            .iter()
            .any(|v| in_time(*when, v.day, today) && says(v.diagnosis, text)),
        Test::Treatment { text, tooth, when } => been(&None, &None).iter().any(|v| {
            let at = |t: &Option<&str>| {
                tooth.is_none() || t.is_some_and(|t| t.split(',').any(|x| Some(x) == tooth.as_deref()))
            };
            in_time(*when, v.day, today) && v.treatments.iter().any(|(t, what)| at(t) && says(what, text))
        }),
        Test::Untreated { text, treatment, when } => {
            let all = been(&None, &None);
            let counts = |v: &&Visit| {
                v.treatments
                    .iter()
                    .any(|(_, what)| treatment.as_ref().is_none_or(|t| says(what, t)))
            };
            all.iter().any(|v| {
                in_time(*when, v.day, today)
                    && says(v.diagnosis, text)
                    && !all.iter().any(|later| later.at >= v.at && counts(later))
            })
        }
        Test::OpenPlan { service, idle_days } => {
            let since = idle_days.map(|n| plus_days(today, -i64::from(n)));
            let open = p.plan.iter().any(|(s, state, written, _)| {
                *state == "planned" && service.is_none_or(|x| x == *s) && since.is_none_or(|d| *written <= d)
            });
            open && !p
                .plan
                .iter()
                .any(|(.., done)| matches!((since, done), (Some(s), Some(d)) if *d > s))
        }
        Test::RecallDue { service, weeks } => p.recalls.iter().any(|(s, due, state)| {
            *state == "due" && service.is_none_or(|x| x == *s) && *due <= plus_days(today, -7 * i64::from(*weeks))
        }),
        Test::Age { from, to } => p.born.is_some_and(|b| {
            let age = today.years_since(b).unwrap();
            from.is_none_or(|f| age >= f) && to.is_none_or(|t| age <= t)
        }),
        Test::Sex { sex } => p.sex == *sex,
        Test::Vip {} => p.vip,
        Test::Language { language } => p.lang == *language,
        Test::Reachable { by: Reach::Mobile } => p.mobile,
        Test::Reachable { by: Reach::Email } => p.email,
        Test::Marketing {} => p.marketing,
        Test::BirthdayMonth { month } => p.born.is_some_and(|b| b.month() == *month),
        Test::Booked { service } => p.ahead.iter().any(|s| service.is_none_or(|x| x == *s)),
        Test::Registered { when } => in_time(*when, p.registered, today),
    }
}

fn joined(how: Match, mut parts: impl Iterator<Item = bool>) -> bool {
    match how {
        Match::All => parts.all(|x| x),
        Match::Any => parts.any(|x| x),
    }
}

fn meant(p: &Person, w: &World, d: &Definition) -> bool {
    let one = |c: &Condition| holds(p, w, &c.is) != c.not;
    let group = |g: &Group| joined(g.join, g.conditions.iter().map(one));
    !p.deceased && joined(d.join, d.groups.iter().map(group))
}

async fn world(clinic: &Clinic, dice: &mut Dice) -> World {
    let sample = &clinic.sample;
    let mut w = World {
        today: clinic.now().day(sample.site.tz()),
        services: sample.services.iter().take(3).map(|s| s.id).collect(),
        providers: sample.providers.iter().map(|p| (p.id, p.speciality.clone())).collect(),
        people: Vec::new(),
    };
    for id in 1001..1061 {
        let p = person(dice, &w, id);
        w.people.push(p);
    }
    let (site, chair) = (sample.site.id.0, sample.providers[0].chair_id.0);
    let rows = sql(&w, clinic.now(), site, chair);
    clinic.sql(move |c| Ok(c.batch_execute(&rows)?)).await;
    w
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
