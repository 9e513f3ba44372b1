//! Whom a condition means, worked out from plain values.

use chairside::clinic::{ProviderId, ServiceId};
use chairside::outreach::segments::{Condition, Definition, Group, Match, Reach, Test, Unit, When};
use chairside::platform::clock::plus_days;
use chrono::{Datelike, Months, NaiveDate};

use super::world::{Person, Visit, World};

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

pub(super) fn meant(p: &Person, w: &World, d: &Definition) -> bool {
    let one = |c: &Condition| holds(p, w, &c.is) != c.not;
    let group = |g: &Group| joined(g.join, g.conditions.iter().map(one));
    !p.deceased && joined(d.join, d.groups.iter().map(group))
}
