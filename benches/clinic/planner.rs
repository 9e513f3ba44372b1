//! The planner's tick at clinics of many sizes: it costs what is due, not what there is.

use std::time::{Duration, Instant};

use chairside::outreach;
use chairside::platform::clock::Instant as At;
use diesel::connection::SimpleConnection;

use super::messages::{Clinic, clinic, patients, slowly};

/// One of so many patients has a birthday, and one a recall, on the day: 0.3 % are due.
const ONE_IN: usize = 667;
/// Ticks of which the median is shown.
const TICKS: usize = 9;

pub async fn planner(server: Option<&str>) {
    println!("\nplanner, 0.3 % due: a tick at which nothing is due, then all, then the minute after");
    let sizes = std::env::var("CHAIRSIDE_BENCH_PATIENTS").unwrap_or_else(|_| "10000,100000".into());
    for size in sizes.split(',') {
        let size: usize = size
            .trim()
            .parse()
            .expect("CHAIRSIDE_BENCH_PATIENTS: numbers with commas");
        at(server, size).await;
    }
}

fn fill(clinic: &Clinic, size: usize) {
    patients(
        clinic,
        size,
        &format!("CASE WHEN n % {ONE_IN} = 0 THEN 1123 ELSE 101 + n % 28 END"),
    );
    let sql = format!(
        "INSERT INTO recalls (patient_id, service_id, due_on, calculated_on, state, attempts, version, created_at, updated_at) \
         SELECT id, (SELECT min(id) FROM services), CASE WHEN id % {ONE_IN} = 1 THEN DATE('2026-11-23') ELSE DATE('2027-03-01') END, DATE('2027-03-01'), \
         'due', 0, 1, 0, 0 FROM patients WHERE chart_no LIKE 'B%'"
    );
    slowly(clinic, &format!("{sql}; ANALYZE"));
}

async fn tick(clinic: &Clinic, time: &str) -> (Duration, usize) {
    let now = At::parse_rfc3339(time).unwrap();
    clinic.app.clock.set(now);
    let began = Instant::now();
    let report = outreach::plan(&clinic.app.db, now, &clinic.app.config.dispatch)
        .await
        .unwrap();
    (began.elapsed(), report.queued)
}

/// The median of ticks at which nothing is to be queued.
async fn quiet(clinic: &Clinic, hour: &str) -> f64 {
    let mut times = Vec::new();
    for minute in 0..TICKS {
        let (took, queued) = tick(clinic, &format!("2026-11-23T{hour}:{:02}:00+08:00", 10 + minute)).await;
        assert_eq!(queued, 0);
        times.push(took);
    }
    times.sort();
    times[TICKS / 2].as_secs_f64() * 1e3
}

async fn at(server: Option<&str>, size: usize) {
    let clinic = clinic(server, "planner", |_| {});
    fill(&clinic, size);
    let rules = "UPDATE rules SET planned_until = 0, updated_at = 0";
    clinic.app.db.write_now(move |c| Ok(c.batch_execute(rules)?)).unwrap();
    tick(&clinic, "2026-11-23T06:00:00+08:00").await;
    let nothing = quiet(&clinic, "08").await;
    let (born, greeted) = tick(&clinic, "2026-11-23T09:00:00+08:00").await;
    let (back, recalled) = tick(&clinic, "2026-11-23T10:00:00+08:00").await;
    let after = quiet(&clinic, "10").await;
    let (due, took) = (greeted + recalled, born + back);
    assert!(due >= size * 2 / ONE_IN - 2, "{due} of {size}");
    let each = took.as_secs_f64() * 1e6 / f64::from(u32::try_from(due).unwrap());
    println!(
        "{size:>9} patients: {nothing:>6.2} ms; {:>7.1} ms for {due} ({each:.0} us each); {after:>6.2} ms",
        took.as_secs_f64() * 1e3
    );
}
