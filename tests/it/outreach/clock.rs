//! Weeks in which the clock goes wrong in every way there is, with the timed work running by its schedule: no occasion twice,
//! and none of which the ledger does not say what became of it.

use std::collections::BTreeMap;

use chairside::appointments::{self, Booking};
use chairside::patients::PatientId;
use chairside::platform::clock::{DAY_MS, HOUR_MS, MINUTE_MS, at_minute, plus_days};
use chairside::platform::db::schema::{messages as m, patients as p, recalls as r, sites as s};
use chairside::platform::jobs::Scheduler;
use chairside::staff::Actor;
use chrono::{Datelike, NaiveDate};
use chrono_tz::America::New_York;
use diesel::prelude::*;
use rand::{RngExt, SeedableRng};

use super::{book, patch_rule, plan_at, rows, service};
use crate::both;
use crate::support::{Clinic, make_patient};

/// Chance that repeats itself.
type Dice = rand::rngs::StdRng;

/// An occasion: the key of its message, and those that may stand for it.
struct Occasion {
    key: String,
    /// A later one about the same that was sent, by a clock that was ahead or after a stop, makes this one senseless.
    or: Option<String>,
}

/// A clinic where clocks are changed, at nine in the morning of its `first` day.
async fn settle_in(clinic: &Clinic, first: NaiveDate) {
    clinic
        .sql(|c| {
            Ok(diesel::update(s::table)
                .set(s::zone.eq("America/New_York"))
                .execute(c)?)
        })
        .await;
    clinic.app.clock.set(at_minute(New_York, first, 9 * 60));
}

async fn visits(clinic: &Clinic, dice: &mut Dice, first: NaiveDate) -> Vec<Occasion> {
    let mut made = Vec::new();
    for n in 0..32_i64 {
        let who = make_patient(clinic, "某人", &format!("136000{n:05}")).await;
        let (day, minute) = (plus_days(first, 2 + n * 3 / 4), 9 * 60 + 15 * dice.random_range(0..28));
        let booking = Booking {
            patient: who,
            service: service(clinic, if n % 2 == 0 { "check-up" } else { "cleaning" }).id,
            provider: None,
            chair: None,
            starts_at: at_minute(New_York, day, minute),
            minutes: None,
            note: String::new(),
            source: "desk",
            tell: false,
            hold: None,
            overbook: None,
        };
        // Closed, or taken: the clinic's own business.
        if let Ok(visit) = appointments::book(&clinic.app.db, clinic.now(), Actor::system("test"), booking).await {
            let key = |rule: &str| format!("appointment:{}:v1:{rule}", visit.id);
            let later = key("reminder-2-hours");
            made.push(Occasion {
                key: key("reminder-day-before"),
                or: Some(later.clone()),
            });
            made.push(Occasion { key: later, or: None });
        }
    }
    made
}

async fn birthdays(clinic: &Clinic, first: NaiveDate) -> Vec<Occasion> {
    let mut made = Vec::new();
    for n in 0..24 {
        let who = make_patient(clinic, "某人", &format!("135000{n:05}")).await;
        let day = plus_days(first, 1 + n);
        let month_day = i32::try_from(day.month() * 100 + day.day()).unwrap();
        clinic
            .sql(move |c| {
                Ok(diesel::update(p::table.find(who))
                    .set(p::birth_month_day.eq(month_day))
                    .execute(c)?)
            })
            .await;
        made.push(Occasion {
            key: format!("birthday:{who}:{}:birthday", day.year()),
            or: None,
        });
    }
    made
}

async fn recall(clinic: &Clinic, who: PatientId, due_on: NaiveDate) -> i64 {
    let (now, service) = (clinic.now(), service(clinic, "cleaning").id);
    clinic
        .sql(move |c| {
            let row = (
                r::patient_id.eq(who),
                r::service_id.eq(service),
                r::due_on.eq(due_on),
                r::calculated_on.eq(due_on),
                r::state.eq("due"),
                r::attempts.eq(0),
                r::version.eq(1_i64),
                r::created_at.eq(now),
                r::updated_at.eq(now),
            );
            Ok(diesel::insert_into(r::table)
                .values(row)
                .returning(r::id)
                .get_result(c)?)
        })
        .await
}

async fn recalls(clinic: &Clinic, first: NaiveDate) -> Vec<Occasion> {
    let mut made = Vec::new();
    for n in 0..12 {
        let who = make_patient(clinic, "某人", &format!("134000{n:05}")).await;
        let due_on = plus_days(first, 1 + 2 * n);
        let id = recall(clinic, who, due_on).await;
        let key = |step: &str| format!("recall:{id}:{due_on}:{step}");
        let second = key("recall-due/2");
        made.push(Occasion {
            key: key("recall-due"),
            or: Some(second.clone()),
        });
        made.push(Occasion { key: second, or: None });
    }
    made
}

async fn lives(clinic: &Clinic, scheduler: &mut Scheduler) {
    scheduler.run_due().await.unwrap();
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM messages WHERE state = 'sending'")
            .await,
        0
    );
}

/// Four weeks from `first` on. What the clock should show goes on steadily; what it shows is another matter.
async fn weeks(clinic: Clinic, first: NaiveDate, seed: u64) {
    let mut dice = Dice::seed_from_u64(seed);
    settle_in(&clinic, first).await;
    let mut occasions = visits(&clinic, &mut dice, first).await;
    assert!(occasions.len() > 20, "{}", occasions.len());
    occasions.extend(birthdays(&clinic, first).await);
    occasions.extend(recalls(&clinic, first).await);
    let mut scheduler = clinic.app.scheduler().unwrap();
    lives(&clinic, &mut scheduler).await;
    let (mut truly, end) = (clinic.now(), clinic.now() + 28 * DAY_MS);
    let (mut wrong, mut stopped, mut restarts) = (BTreeMap::new(), false, 0);
    while truly < end {
        truly = truly + dice.random_range(5..120) * MINUTE_MS;
        clinic.app.clock.set(truly);
        match dice.random_range(0..200) {
            // Set back by up to an hour, and put right after a few steps.
            0..6 => {
                *wrong.entry("back").or_insert(0) += 1;
                for _ in 0..dice.random_range(1..5) {
                    clinic.app.clock.set(truly + -HOUR_MS);
                    lives(&clinic, &mut scheduler).await;
                    truly = truly + 10 * MINUTE_MS;
                }
            }
            // Ahead by up to a month, for up to an hour.
            6 | 7 => {
                *wrong.entry("ahead").or_insert(0) += 1;
                let by = dice.random_range(1..31 * 24) * HOUR_MS;
                for _ in 0..dice.random_range(1..5) {
                    clinic.app.clock.set(truly + by);
                    lives(&clinic, &mut scheduler).await;
                    truly = truly + 15 * MINUTE_MS;
                }
            }
            // The program is started anew.
            8..12 => {
                restarts += 1;
                scheduler = clinic.app.scheduler().unwrap();
            }
            12 if !stopped => {
                stopped = true;
                truly = truly + 3 * DAY_MS;
            }
            _ => {}
        }
        clinic.app.clock.set(truly);
        lives(&clinic, &mut scheduler).await;
    }
    if !stopped {
        truly = truly + 3 * DAY_MS;
    }
    // Everything has been due by now, whatever the clock said meanwhile.
    for _ in 0..45 {
        truly = truly + DAY_MS;
        clinic.app.clock.set(truly);
        lives(&clinic, &mut scheduler).await;
    }
    eprintln!("{:?} {first}: wrong {wrong:?}, {restarts} restarts", clinic.engine);
    each_once(&clinic, &occasions).await;
}

async fn each_once(clinic: &Clinic, occasions: &[Occasion]) {
    type Row = (String, String, Option<String>, Option<String>);
    let rows: Vec<Row> = clinic
        .sql(|c| Ok(m::table.select((m::dedupe_key, m::state, m::reason, m::body)).load(c)?))
        .await;
    let of: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.0.as_str(), row)).collect();
    assert_eq!(of.len(), rows.len(), "a key is a key");
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for occasion in occasions {
        let missed = of.get(format!("{}:missed", occasion.key).as_str());
        let end = match (of.get(occasion.key.as_str()), missed) {
            (Some((_, state, ..)), _) if state == "accepted" => "sent",
            (Some((_, state, Some(reason), _)), _) if state == "skipped" => {
                assert!(
                    reason.ends_with("too-late") || reason.starts_with("capped") || reason.contains("past"),
                    "{reason}"
                );
                "not sent any more"
            }
            (Some(row), _) => panic!("{row:?} is left over"),
            (None, Some((_, state, reason, _))) => {
                assert_eq!((state.as_str(), reason.as_deref()), ("skipped", Some("missed")));
                "missed"
            }
            (None, None) => {
                let later = occasion.or.as_ref().and_then(|key| of.get(key.as_str()));
                assert!(later.is_some(), "{}: in silence", occasion.key);
                "a later one was sent"
            }
        };
        *ends.entry(end).or_default() += 1;
    }
    eprintln!("{ends:?}");
    assert!(
        ends["sent"] > occasions.len() / 2 && ends.contains_key("missed"),
        "{ends:?}"
    );
    let twice =
        "SELECT count(*) AS n FROM (SELECT message_id FROM message_attempts GROUP BY message_id HAVING count(*) > 1) x";
    assert_eq!(clinic.count(twice).await, 0, "each went out once");
}

fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

both!(
    a_spring_in_which_clocks_go_wrong_forgets_nothing_and_repeats_nothing,
    |clinic| {
        weeks(clinic, day(2027, 3, 4), 20_270_314).await;
    }
);

both!(
    an_autumn_in_which_clocks_go_wrong_forgets_nothing_and_repeats_nothing,
    |clinic| {
        weeks(clinic, day(2027, 10, 29), 20_271_107).await;
    }
);

both!(timed_work_goes_on_when_the_clock_is_put_right, |clinic| {
    let runs = "SELECT count(*) AS n FROM job_runs WHERE job = 'dispatch'";
    let right = clinic.now();
    for (ahead, restarted) in [(HOUR_MS, false), (30 * DAY_MS, false), (30 * DAY_MS, true)] {
        clinic.app.clock.set(right);
        let mut scheduler = clinic.app.scheduler().unwrap();
        scheduler.run_due().await.unwrap();
        clinic.app.clock.set(right + ahead);
        assert!(scheduler.run_due().await.unwrap().contains(&"dispatch"));
        clinic.app.clock.set(right + 10_000);
        if restarted {
            scheduler = clinic.app.scheduler().unwrap();
        }
        let before = scheduler.run_due().await.unwrap();
        clinic.app.clock.advance(5_000);
        let after = scheduler.run_due().await.unwrap();
        assert!(
            before.contains(&"dispatch") || after.contains(&"dispatch"),
            "{ahead} {restarted}: {before:?} {after:?}"
        );
        let ahead_of_us = format!("{runs} AND tick > {}", clinic.now().0 + MINUTE_MS);
        assert_eq!(clinic.count(&ahead_of_us).await, 0);
    }
});

both!(what_was_done_by_a_clock_that_was_ahead_holds_nothing_up, |clinic| {
    // A month ahead: a visit is booked and a rule is changed; then the clock is put right.
    clinic.app.clock.set(clinic.now() + 30 * DAY_MS);
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let visit = book(&clinic, who, "filling", "2026-12-28T10:30:00+08:00").await;
    let (status, answer) = patch_rule(&clinic, "reminder-2-hours", serde_json::json!({ "priority": 1 })).await;
    assert_eq!(status, 200, "{answer}");
    clinic.it_is("2026-11-23T11:00:00+08:00");
    let sooner = make_patient(&clinic, "王敏", "13900007732").await;
    let soon = book(&clinic, sooner, "filling", "2026-11-23T15:00:00+08:00").await;
    // Its row says that it was booked in a month, too.
    let later = clinic.now() + 30 * DAY_MS;
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::appointments as a;
            Ok(diesel::update(a::table.find(soon.id))
                .set(a::created_at.eq(later))
                .execute(c)?)
        })
        .await;
    plan_at(&clinic, "2026-11-23T12:59:00+08:00").await;
    assert_eq!(plan_at(&clinic, "2026-11-23T13:00:00+08:00").await.queued, 1);
    assert_eq!(rows(&clinic).await[0].subject_id, Some(soon.id.0));
    assert_ne!(soon.id, visit.id);
});
