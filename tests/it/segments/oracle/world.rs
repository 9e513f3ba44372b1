//! A random small clinic, as plain values and as rows.

use std::collections::BTreeSet;
use std::fmt::Write;

use chairside::clinic::{ProviderId, ServiceId};
use chairside::patients::Sex;
use chairside::platform::clock::{DAY_MS, HOUR_MS, Instant, plus_days};
use chairside::platform::i18n::Lang;
use chrono::{Datelike, NaiveDate};
use diesel::connection::SimpleConnection;

use super::{Dice, past};
use crate::support::Clinic;

pub(super) struct Visit {
    pub(super) day: NaiveDate,
    pub(super) at: i64,
    pub(super) finished: bool,
    pub(super) service: Option<ServiceId>,
    pub(super) provider: Option<usize>,
    pub(super) diagnosis: &'static str,
    pub(super) treatments: Vec<(Option<&'static str>, &'static str)>,
}

/// A step of a plan: service, state, written on, done on.
type Step = (ServiceId, &'static str, NaiveDate, Option<NaiveDate>);

pub(super) struct Person {
    pub(super) id: i64,
    pub(super) born: Option<NaiveDate>,
    pub(super) sex: Sex,
    pub(super) vip: bool,
    pub(super) lang: Lang,
    pub(super) mobile: bool,
    pub(super) email: bool,
    pub(super) marketing: bool,
    pub(super) deceased: bool,
    pub(super) registered: NaiveDate,
    pub(super) visits: Vec<Visit>,
    pub(super) plan: Vec<Step>,
    pub(super) recalls: Vec<(ServiceId, NaiveDate, &'static str)>,
    pub(super) ahead: Vec<ServiceId>,
}

const FOUND: [&str; 5] = ["龋齿", "慢性牙周炎", "36 Caries, deep", "100% 正常", ""];
const DONE: [&str; 4] = ["充填", "Root canal", "全口洁治", "拔除"];
const TEETH: [Option<&str>; 3] = [None, Some("36"), Some("11,36")];

pub(super) struct World {
    pub(super) today: NaiveDate,
    pub(super) services: Vec<ServiceId>,
    pub(super) providers: Vec<(ProviderId, String)>,
    pub(super) people: Vec<Person>,
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

pub(super) async fn world(clinic: &Clinic, dice: &mut Dice) -> World {
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
