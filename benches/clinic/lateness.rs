//! How late reminders are when very many are due in one hour, behind a campaign; and what memory that takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chairside::platform::clock::Instant as At;
use diesel::prelude::*;

use super::load::rate;
use super::messages::{Clinic, clinic, patients, queue, slowly};

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap();
    let kb: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kb / 1024.0
}

/// So many patients with a visit tomorrow each, and the reminder of it, due one after the other.
fn reminders_of_visits(clinic: &Clinic, count: usize, (begin, each): (i64, i64)) {
    patients(clinic, count, "NULL");
    let start = begin + 86_400_000;
    let end = start + 1_800_000;
    // Overbooked, so that they may all be with one provider at the same time.
    slowly(
        clinic,
        &format!(
            "INSERT INTO appointments (site_id, patient_id, provider_id, chair_id, service_id, starts_at, ends_at, busy_from, \
             busy_until, status, note, source, version, created_at, updated_at, overbooked) SELECT (SELECT min(id) FROM sites), p.id, \
             (SELECT min(id) FROM providers), (SELECT min(id) FROM chairs), (SELECT min(id) FROM services), {start}, {end}, {start}, \
             {end}, 'booked', '', 'desk', 1, 0, 0, 'bench' FROM patients p WHERE p.chart_no LIKE 'B%'"
        ),
    );
    let due = format!("({begin} + (CAST(substr(p.chart_no, 2) AS BIGINT) - 1) * {each})");
    slowly(
        clinic,
        &format!(
            "INSERT INTO messages (dedupe_key, patient_id, subject, subject_id, subject_version, purpose, template, channel, language, \
             state, priority, due_at, expires_at, next_try_at, attempts, variables, created_at, updated_at) SELECT 'appointment:' || \
             a.id || ':v1:reminder-day-before', a.patient_id, 'appointment', a.id, 1, 'reminder', 'reminder-day-before', 'sms', 'zh', \
             'queued', 3, {due}, {due} + 7200000, {due}, 0, '{{}}', {due}, {due} FROM appointments a JOIN patients p ON p.id = \
             a.patient_id"
        ),
    );
}

/// So many reminders due within one hour, and a campaign of a fifth of that waiting since its beginning. The clock is a
/// simulated one: work takes the time that it really takes; when there is none, the time until the next tick is left out.
pub async fn late(server: Option<&str>) {
    const HOUR: i64 = 3_600_000;
    const TICK: i64 = 5_000;
    let reminders: usize = std::env::var("CHAIRSIDE_BENCH_MESSAGES").map_or(100_000, |n| n.parse().expect("a number"));
    let clinic = clinic(server, "late", |_| {});
    let clock = clinic.app.clock.clone();
    let begin = clock.now().0;
    let each = HOUR / i64::try_from(reminders).unwrap().max(1);
    reminders_of_visits(&clinic, reminders, (begin, each));
    queue(&clinic, reminders / 5, "campaign", "sms", 9, |_| begin);
    let stop = Arc::new(AtomicBool::new(false));
    let passing = {
        let (clock, stop) = (clock.clone(), Arc::clone(&stop));
        std::thread::spawn(move || {
            let mut last = Instant::now();
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
                let passed = i64::try_from(last.elapsed().as_millis()).unwrap();
                last += Duration::from_millis(u64::try_from(passed).unwrap());
                clock.advance(passed);
            }
        })
    };
    let (start, began, mut sent, mut early) = (resident_mb(), Instant::now(), 0, None);
    let (mut tick, mut busy) = (begin, Duration::ZERO);
    while sent < reminders + reminders / 5 {
        if clock.now().0 < tick {
            clock.set(At(tick));
        }
        let round = Instant::now();
        sent += clinic.app.dispatcher().dispatch().await.unwrap().accepted;
        busy += round.elapsed();
        if sent > reminders / 10 {
            early.get_or_insert_with(resident_mb);
        }
        tick += TICK * (1 + (clock.now().0 - tick).max(0) / TICK);
    }
    let end = resident_mb();
    stop.store(true, Ordering::Relaxed);
    passing.join().unwrap();
    let mut lateness: Vec<i64> = clinic
        .app
        .db
        .read_now(|c| {
            use chairside::platform::db::schema::{message_attempts as a, messages as m};
            let rows = a::table.inner_join(m::table).filter(m::priority.eq(3));
            Ok(rows.select((a::started_at, m::due_at)).load::<(At, At)>(c)?)
        })
        .unwrap()
        .into_iter()
        .map(|(started, due)| started - due)
        .collect();
    lateness.sort_unstable();
    let at = |share: usize| lateness[(lateness.len() * share / 1000).min(lateness.len() - 1)] as f64 / 1e3;
    println!(
        "{reminders} reminders due in one hour (simulated), {} of a campaign behind them: sent in {:.0} s, at work {:.0} s of them, \
         {:.0} /s",
        reminders / 5,
        began.elapsed().as_secs_f64(),
        busy.as_secs_f64(),
        rate(sent, busy),
    );
    println!(
        "  late by p50 {:.1} s, p99 {:.1} s, most {:.1} s; a tick is {} s",
        at(500),
        at(990),
        at(1000),
        TICK / 1000
    );
    println!(
        "  resident {start:.1} MB before, {:.1} MB after a tenth, {end:.1} MB at the end",
        early.unwrap_or(end)
    );
}
