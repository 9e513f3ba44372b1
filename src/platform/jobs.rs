//! Timed work: cron expressions in a zone, one run per (job, tick) over all instances.
//!
//! A tick is the instant at which a schedule fires. Whoever inserts the row (job, tick) runs the job; a crash in the run
//! leaves the row, and the next tick does the work, because jobs derive what is due from data and not from the tick.
//! After downtime only the latest missed tick is run. After the clock has been set back, what ran ahead of it is forgotten:
//! else nothing would run until that time comes again.

use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use chrono::TimeZone;
use chrono_tz::Tz;
use diesel::prelude::*;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::clock::{Clock, DAY_MS, Instant, MINUTE_MS, SECOND_MS};
use super::db::schema::job_runs;
use super::db::{Both, Db};
use super::error::Result;

/// How far back a missed tick is still made up for.
const CATCH_UP_MS: i64 = DAY_MS;
/// Clocks of instances may differ by this much; what lies further ahead was written by a clock that was wrong.
const AHEAD_MS: i64 = MINUTE_MS;
/// How long the record of runs is kept.
const KEEP_RUNS_MS: i64 = 7 * DAY_MS;
/// How long a job may be silent at least.
const SILENT_MS: i64 = 15 * MINUTE_MS;
/// How long its last runs may take.
const RUN_MS: i64 = 10 * MINUTE_MS;
/// How far back ticks are looked for.
const TICKS_MS: i64 = 2 * KEEP_RUNS_MS;

type Run = Arc<dyn Fn(Instant) -> Pin<Box<dyn Future<Output = Result<String>> + Send>> + Send + Sync>;

/// One piece of timed work.
#[derive(Clone)]
pub struct Job {
    /// Its name in `job_runs` and in logs.
    pub name: &'static str,
    /// When, in the clinic's wall-clock time.
    pub schedule: cron::Schedule,
    run: Run,
}

impl Job {
    /// A job that runs `run(now)`; its text tells what it did.
    pub fn new<F, Fut>(name: &'static str, schedule: cron::Schedule, run: F) -> Job
    where
        F: Fn(Instant) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String>> + Send + 'static,
    {
        Job {
            name,
            schedule,
            run: Arc::new(move |now| Box::pin(run(now))),
        }
    }
}

/// The latest tick of `schedule` in `zone` within `(after, until]`.
///
/// A wall-clock time that a summer-time change skips fires when the gap ends (the `cron` crate alone would skip it); one
/// that is shown twice fires once.
pub fn latest_tick(schedule: &cron::Schedule, zone: Tz, after: Instant, until: Instant) -> Option<Instant> {
    // Ask for wall-clock times in a zone without changes, then place them with our own rule for gaps and folds.
    let wall = |i: Instant| chrono::Utc.from_utc_datetime(&i.local(zone));
    let from = wall(after + -SECOND_MS) - chrono::TimeDelta::hours(2);
    let last_wall = wall(until) + chrono::TimeDelta::seconds(1);
    if until - after <= 2 * super::clock::HOUR_MS {
        return schedule
            .after(&from)
            .take_while(|t| *t <= last_wall + chrono::TimeDelta::hours(2))
            .map(|t| super::clock::resolve(zone, t.naive_utc()))
            .filter(|t| *t > after && *t <= until)
            .max();
    }
    // A long way back: come from the end.
    schedule
        .after(&last_wall)
        .rev()
        .take_while(|t| *t > from)
        .map(|t| super::clock::resolve(zone, t.naive_utc()))
        .find(|t| *t > after && *t <= until)
}

/// Runs what is due on one instance. Each job runs by itself: a slow one keeps no other waiting, and is not started a
/// second time while it runs.
pub struct Scheduler {
    db: Db,
    clock: Clock,
    zone: Tz,
    instance: String,
    jobs: Vec<(Job, Instant)>,
    /// When it last looked; none: it has not yet.
    looked_at: Option<Instant>,
    running: JoinSet<&'static str>,
    under_way: Vec<&'static str>,
}

impl Scheduler {
    /// A scheduler that makes up for at most a day of missed ticks.
    pub fn new(db: Db, clock: Clock, zone: Tz, instance: String, jobs: Vec<Job>) -> Scheduler {
        let since = clock.now() + -CATCH_UP_MS;
        Scheduler {
            db,
            clock,
            zone,
            instance,
            jobs: jobs.into_iter().map(|j| (j, since)).collect(),
            looked_at: None,
            running: JoinSet::new(),
            under_way: Vec::new(),
        }
    }

    /// Starts every job whose latest tick has come, which no other instance has taken and which does not run already. Gives
    /// the names of those started.
    async fn start_due(&mut self) -> Result<Vec<&'static str>> {
        let now = self.clock.now();
        self.follow_the_clock(now).await?;
        let mut started = Vec::new();
        for (job, seen) in &mut self.jobs {
            if self.under_way.contains(&job.name) {
                continue;
            }
            let Some(tick) = latest_tick(&job.schedule, self.zone, *seen, now) else {
                continue;
            };
            *seen = tick;
            if claim(&self.db, job.name, tick, &self.instance, now).await? {
                started.push(job.name);
                self.under_way.push(job.name);
                let (db, clock, job) = (self.db.clone(), self.clock.clone(), job.clone());
                self.running.spawn(async move {
                    if let Err(e) = run_one(&db, &clock, &job, tick, now).await {
                        tracing::error!(job.name = job.name, error = %e, "a job's end could not be noted");
                    }
                    job.name
                });
            }
        }
        Ok(started)
    }

    /// Notices that the clock has been set back, or was before this instance began: what seems to have run later than now is
    /// forgotten.
    async fn follow_the_clock(&mut self, now: Instant) -> Result<()> {
        if self.looked_at.is_none_or(|at| now < at) {
            let runs = self.db.write(move |c| forget_runs_ahead(c, now)).await?;
            if runs > 0 {
                tracing::warn!(runs, "the clock has been set back: timed work begins again from now");
            }
            for (_, seen) in &mut self.jobs {
                *seen = (*seen).min(now);
            }
        }
        self.looked_at = Some(now);
        Ok(())
    }

    /// Waits until one of the running jobs has ended.
    async fn one_ended(&mut self) -> bool {
        match self.running.join_next().await {
            Some(Ok(name)) => self.under_way.retain(|n| *n != name),
            Some(Err(e)) => {
                tracing::error!(error = %e, "a job broke off");
                // Which one is not told: with none left running, none is under way.
                if self.running.is_empty() {
                    self.under_way.clear();
                }
            }
            None => return false,
        }
        true
    }

    /// Runs every job whose latest tick has come, to its end. Gives the names of those run.
    pub async fn run_due(&mut self) -> Result<Vec<&'static str>> {
        let ran = self.start_due().await?;
        while self.one_ended().await {}
        Ok(ran)
    }

    /// Starts what is due about every second until `stop`; then lets what runs come to its end.
    pub async fn run_until(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(e) = self.start_due().await {
                tracing::error!(error = %e, "scheduler round failed; next try in a second");
            }
            metrics::gauge!("chairside_scheduler_heartbeat_seconds").set(f64::from(
                i32::try_from(self.clock.now().0 / SECOND_MS).unwrap_or(i32::MAX),
            ));
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
                _ = self.one_ended(), if !self.running.is_empty() => {}
            }
        }
        while self.one_ended().await {}
    }
}

async fn claim(db: &Db, job: &'static str, tick: Instant, instance: &str, now: Instant) -> Result<bool> {
    let instance = instance.to_owned();
    db.write(move |c| {
        let row = (
            job_runs::job.eq(job),
            job_runs::tick.eq(tick),
            job_runs::instance.eq(instance),
            job_runs::started_at.eq(now),
        );
        let inserted = Both(
            diesel::insert_into(job_runs::table)
                .values(row)
                .on_conflict_do_nothing(),
        )
        .execute(c)?;
        Ok(inserted == 1)
    })
    .await
}

async fn run_one(db: &Db, clock: &Clock, job: &Job, tick: Instant, now: Instant) -> Result<()> {
    let name = job.name;
    let outcome = (job.run)(now).await;
    let failed = outcome.is_err();
    let text = match outcome {
        Ok(text) => text,
        Err(e) => {
            tracing::error!(job.name = name, error = %e, "job failed");
            format!("failed: {}", e.code())
        }
    };
    metrics::counter!("chairside_job_runs_total", "job" => name, "failed" => if failed { "1" } else { "0" })
        .increment(1);
    let finished = clock.now();
    db.write(move |c| {
        diesel::update(job_runs::table.find((name, tick)))
            .set((job_runs::finished_at.eq(finished), job_runs::outcome.eq(text)))
            .execute(c)?;
        Ok(())
    })
    .await
}

/// When a job last ended without a failure; none: it never has, as far as is remembered.
fn last_success(c: &mut super::db::Conn, job: &str) -> Result<Option<Instant>> {
    let well = job_runs::outcome
        .is_not_null()
        .and(job_runs::outcome.not_like("failed%"));
    let last: Option<Option<Instant>> = job_runs::table
        .filter(job_runs::job.eq(job))
        .filter(well)
        .order(job_runs::tick.desc())
        .select(job_runs::finished_at)
        .first(c)
        .optional()?;
    Ok(last.flatten())
}

/// How long a job may go without a run that ended well: two rounds of its schedule and the time that they take. None: its
/// rounds lie so far apart that runs are forgotten before that.
fn patience(schedule: &cron::Schedule, zone: Tz, now: Instant) -> Option<i64> {
    let after = now + -TICKS_MS;
    let last = latest_tick(schedule, zone, after, now)?;
    let before = latest_tick(schedule, zone, after, last + -1)?;
    let first = latest_tick(schedule, zone, after, before + -1)?;
    Some(SILENT_MS.max(last - first + RUN_MS)).filter(|ms| *ms < KEEP_RUNS_MS)
}

/// Since when a job has been silent for far longer than its schedule has it; none: it has not. One that has never run is
/// silent since this program was started.
///
/// # Errors
/// Those of the database.
pub fn silent_since(
    c: &mut super::db::Conn,
    (name, schedule): (&str, &cron::Schedule),
    (started, zone): (Instant, Tz),
    now: Instant,
) -> Result<Option<Instant>> {
    let Some(patience) = patience(schedule, zone, now) else {
        return Ok(None);
    };
    let since = last_success(c, name)?.unwrap_or(started);
    Ok(Some(since).filter(|since| now - *since > patience))
}

/// Forgets old runs. Gives how many.
pub fn forget_old_runs(c: &mut super::db::Conn, now: Instant) -> Result<usize> {
    Ok(diesel::delete(job_runs::table.filter(job_runs::started_at.lt(now + -KEEP_RUNS_MS))).execute(c)?)
}

/// Forgets runs of a time that has not come. Gives how many.
fn forget_runs_ahead(c: &mut super::db::Conn, now: Instant) -> Result<usize> {
    Ok(diesel::delete(job_runs::table.filter(job_runs::tick.gt(now + AHEAD_MS))).execute(c)?)
}

/// Parses a cron expression (seconds first).
pub fn schedule(text: &str) -> Result<cron::Schedule, String> {
    cron::Schedule::from_str(text).map_err(|e| format!("{text:?}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse_rfc3339(text).expect("time")
    }

    #[test]
    fn a_tick_in_the_spring_gap_still_fires() {
        let z: Tz = "America/New_York".parse().expect("zone");
        let s = schedule("0 30 2 * * *").expect("cron");
        let tick = latest_tick(&s, z, at("2027-03-14T00:00:00-05:00"), at("2027-03-14T12:00:00-04:00"));
        assert_eq!(tick, Some(at("2027-03-14T03:30:00-04:00")));
    }
    #[test]
    fn a_tick_shown_twice_fires_once() {
        let z: Tz = "America/New_York".parse().expect("zone");
        let s = schedule("0 30 1 * * *").expect("cron");
        let first = at("2027-11-07T01:30:00-04:00");
        assert_eq!(
            latest_tick(&s, z, at("2027-11-07T00:00:00-04:00"), at("2027-11-07T01:40:00-04:00")),
            Some(first)
        );
        assert_eq!(latest_tick(&s, z, first, at("2027-11-07T12:00:00-05:00")), None);
    }
    #[test]
    fn a_job_may_miss_two_rounds_of_its_schedule() {
        let z: Tz = "Asia/Shanghai".parse().expect("zone");
        let minutes = |cron: &str, now: &str| {
            let patience = patience(&schedule(cron).expect("cron"), z, at(now));
            patience.map(|ms| ms / MINUTE_MS)
        };
        let now = "2026-11-24T10:02:30+08:00";
        assert_eq!(minutes("0 * * * * *", now), Some(15));
        assert_eq!(minutes("*/10 * * * * *", now), Some(15));
        assert_eq!(minutes("0 */30 * * * *", now), Some(70));
        assert_eq!(minutes("0 30 3 * * *", now), Some(48 * 60 + 10));
        // The night is no silence.
        assert_eq!(
            minutes("0 */5 8-17 * * *", "2026-11-24T08:06:00+08:00"),
            Some(14 * 60 + 20)
        );
        assert_eq!(minutes("0 0 4 1 * *", now), None);
    }
    #[test]
    fn after_downtime_only_the_latest_tick_counts() {
        let z: Tz = "Asia/Shanghai".parse().expect("zone");
        let s = schedule("0 * * * * *").expect("cron");
        let tick = latest_tick(&s, z, at("2026-11-20T10:00:00+08:00"), at("2026-11-24T10:00:30+08:00"));
        assert_eq!(tick, Some(at("2026-11-24T10:00:00+08:00")));
    }
}
