//! Whole months with a clock that jumps.

use chairside::appointments::{self, Appointment, AppointmentId, Target};
use chairside::platform::clock::{Instant, MINUTE_MS};
use chairside::platform::db::schema::{appointments as a, messages as m};
use chairside::staff::Actor;
use diesel::prelude::*;

use super::{at, dispatch, keys, plan, rows, service};
use crate::both;
use crate::support::{Clinic, make_patient};

/// Small, repeatable chance.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
    fn minutes(&mut self, n: u64) -> i64 {
        i64::try_from(self.below(n)).unwrap()
    }
}

async fn get(clinic: &Clinic, id: i64) -> Appointment {
    clinic
        .sql(move |c| Ok(a::table.find(AppointmentId(id)).first(c)?))
        .await
}

/// Moves, cancels or confirms one visit at random. Conflicts and past visits are the clinic's own business.
async fn meddle(clinic: &Clinic, dice: &mut Dice, ids: &[i64], touched: &mut std::collections::BTreeSet<i64>) {
    let id = ids[usize::try_from(dice.below(ids.len() as u64)).unwrap()];
    let visit = get(clinic, id).await;
    let (db, now, actor) = (&clinic.app.db, clinic.now(), Actor::system("test"));
    let step = (visit.id, visit.version);
    match dice.below(4) {
        0 => drop(appointments::cancel(db, now, actor, step, "").await),
        1 => drop(appointments::confirm(db, now, actor, visit.id, visit.version).await),
        _ => {
            let old = visit.clone();
            let free = clinic
                .sql(move |c| appointments::next_free(c, now, &old, false, 300))
                .await;
            let Some(starts_at) = free.get(usize::try_from(dice.below(300)).unwrap()).copied() else {
                return;
            };
            let to = Target {
                starts_at,
                provider: None,
                chair: None,
                minutes: None,
                overbook: None,
            };
            drop(appointments::reschedule(db, now, actor, step, to).await);
        }
    }
    touched.insert(id);
}

async fn a_month(clinic: Clinic, seed: u64) {
    let mut dice = Dice(seed);
    let mut ids = Vec::new();
    for i in 0..80_i64 {
        let who = make_patient(&clinic, "某人", &format!("139000{:05}", 10_000 + i)).await;
        let day = at("2026-11-24T09:00:00+08:00").plus_minutes(24 * 60 * (i / 3) + 15 * dice.minutes(28));
        let booking = appointments::Booking {
            patient: who,
            service: service(&clinic, if i % 2 == 0 { "check-up" } else { "cleaning" }).id,
            provider: None,
            chair: None,
            starts_at: day,
            minutes: None,
            note: String::new(),
            source: "desk",
            tell: false,
            hold: None,
            overbook: None,
        };
        if let Ok(visit) = appointments::book(&clinic.app.db, clinic.now(), Actor::system("test"), booking).await {
            ids.push(visit.id.0);
        }
    }
    assert!(ids.len() > 20);
    let end = at("2026-12-24T00:00:00+08:00");
    let (mut planned_at, mut sent, mut touched) = (
        Vec::new(),
        std::collections::BTreeSet::new(),
        std::collections::BTreeSet::new(),
    );
    let mut stopped = false;
    while clinic.now() < end {
        clinic.minutes_pass(5 + dice.minutes(80));
        if dice.one_in(40) {
            clinic.minutes_pass(-60);
        }
        if !stopped && dice.one_in(200) {
            stopped = true;
            clinic.minutes_pass(3 * 24 * 60);
        }
        planned_at.push(clinic.now());
        plan(&clinic).await;
        // Between queue and send people change their minds, sometimes about the very visit.
        let waiting: Vec<i64> = rows(&clinic)
            .await
            .iter()
            .filter(|x| x.state == "queued")
            .filter_map(|x| x.subject_id)
            .collect();
        if !waiting.is_empty() && dice.one_in(4) {
            meddle(&clinic, &mut dice, &waiting, &mut touched).await;
        } else if dice.one_in(60) {
            meddle(&clinic, &mut dice, &ids, &mut touched).await;
        }
        dispatch(&clinic).await;
        look_at_what_was_sent(&clinic, &mut sent).await;
    }
    nobody_was_forgotten(&clinic, &ids, &touched, &planned_at).await;
}

/// Everything sent since the last look is for a visit that stands, names its time, and was not sent before.
async fn look_at_what_was_sent(clinic: &Clinic, sent: &mut std::collections::BTreeSet<(i64, String, i64)>) {
    let fresh = rows(clinic).await;
    for row in fresh.iter().filter(|x| x.state == "accepted") {
        let id = row.subject_id.unwrap();
        let rule = row.key.rsplit(':').next().unwrap().to_owned();
        if sent
            .iter()
            .any(|(i, r, v)| *i == id && *r == rule && row.key.contains(&format!(":v{v}:")))
        {
            continue;
        }
        let version: i64 = row
            .key
            .split(":v")
            .nth(1)
            .unwrap()
            .split(':')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let visit = get(clinic, id).await;
        assert!(visit.status.is_planned(), "{row:?} of a visit that is {}", visit.status);
        let local = visit.starts_at.local(chrono_tz::Asia::Shanghai);
        let body = row.body.as_deref().unwrap();
        assert!(
            body.contains(&local.format("%H:%M").to_string()),
            "{body} but the visit is at {local}"
        );
        let day_after = chairside::platform::clock::plus_days(row.due_at.day(chrono_tz::Asia::Shanghai), 1);
        let of_now = match rule.as_str() {
            "reminder-2-hours" => row.due_at.plus_minutes(120) == visit.starts_at,
            _ => day_after == local.date(),
        };
        assert!(of_now, "{row:?} but the visit is at {local}");
        // One for each rule and placing: the same visit, rule and local date never twice.
        let same_day = clinic
            .sql(move |c| {
                let list: Vec<(String, Instant)> = m::table
                    .filter(m::subject.eq("appointment").and(m::subject_id.eq(id)))
                    .filter(m::purpose.eq("reminder").and(m::state.eq("accepted")))
                    .select((m::dedupe_key, m::due_at))
                    .load(c)?;
                Ok(list)
            })
            .await;
        let mut days: Vec<_> = same_day
            .iter()
            .filter(|(key, _)| key.ends_with(&rule))
            .map(|(_, due)| due.day(chrono_tz::Asia::Shanghai))
            .collect();
        let n = days.len();
        days.sort();
        days.dedup();
        assert!(n == days.len() || rule == "reminder-2-hours", "{same_day:?}");
        sent.insert((id, rule, version));
    }
}

/// Each visit that nobody touched got each reminder for whose window the planner ran.
async fn nobody_was_forgotten(
    clinic: &Clinic,
    ids: &[i64],
    touched: &std::collections::BTreeSet<i64>,
    planned_at: &[Instant],
) {
    let keys = keys(clinic).await;
    let mut checked = 0;
    for id in ids.iter().filter(|id| !touched.contains(id)) {
        let visit = get(clinic, *id).await;
        let zone = chrono_tz::Asia::Shanghai;
        let day_before = chairside::platform::clock::plus_days(visit.starts_at.day(zone), -1);
        let evening = chairside::platform::clock::at_minute(zone, day_before, 1080);
        for (rule, due, until) in [
            ("reminder-day-before", evening, evening + 120 * MINUTE_MS),
            (
                "reminder-2-hours",
                visit.starts_at.plus_minutes(-120),
                visit.starts_at.plus_minutes(-10),
            ),
        ] {
            let key = format!("appointment:{id}:v1:{rule}");
            let could = planned_at
                .iter()
                .any(|t| due <= *t && *t < until && due >= visit.created_at);
            assert_eq!(keys.contains(&key), could, "{key} due {due}");
            assert!(keys.iter().filter(|k| **k == key).count() <= 1);
            checked += 1;
        }
    }
    assert!(checked > 10 && touched.len() > 5, "{checked} {}", touched.len());
}

both!(a_month_of_clock_jumps_neither_forgets_nor_repeats, |clinic| {
    a_month(clinic, 7).await;
});

both!(another_month_of_clock_jumps, |clinic| {
    a_month(clinic, 2026).await;
});

both!(a_third_month_of_clock_jumps, |clinic| {
    a_month(clinic, 424_242).await;
});
