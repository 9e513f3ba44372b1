//! What a clinic of ten providers does as its history grows: the same four things at each size, beside what they were with no
//! history. The ceiling of a search for free times is the reading of the rows that it needs, by the plain driver.

use std::time::{Duration, Instant};

use chairside::appointments::{Except, Search, find_free};
use chairside::clinic::{ProviderId, ServiceId};
use chairside::platform::clock::{Instant as At, day_bounds};
use chairside::platform::db::Db;
use chrono::{NaiveDate, TimeDelta};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};

use super::load::{get, load_for, rate};
use super::{Calendar, Demo, NOW, SPAN, book, open};

/// Days of history at each size: none; a hundredth, a tenth, a fifth of and all of five years.
const DAYS: [i64; 5] = [0, 18, 182, 365, 1826];
/// The demo's five providers and as many more.
const PROVIDERS: i64 = 10;
/// Visits of a provider a day: at night, when the demo has none that they could meet.
const VISITS: i64 = 16;
/// Everybody of the demo does the check-up here.
const CHECK_UP: i64 = 1;

/// What was measured at one size.
struct Figures {
    rows: i64,
    week_of_ten: f64,
    day_of_one: f64,
    week_of_ceiling: f64,
    day_of_ceiling: f64,
    board: (f64, f64),
    booking: f64,
}

pub async fn grow(d: &Demo, bearer: &str) {
    let db = open(&d.database);
    five_more(&db);
    println!("\nas history grows, {PROVIDERS} providers");
    let mut first: Option<Figures> = None;
    let mut filled = 0;
    for (size, days) in DAYS.into_iter().enumerate() {
        fill(&db, filled, days);
        filled = days;
        let now = measure(d, &db, bearer, size).await;
        show(&now, first.as_ref().unwrap_or(&now));
        first.get_or_insert(now);
    }
}

fn show(f: &Figures, first: &Figures) {
    println!(
        "{:>8} visits behind: free times, 10 x 7 days {:>6.0} /s ({:.2} of its rows' reading, {:.2} of no history)",
        f.rows,
        f.week_of_ten,
        f.week_of_ceiling,
        f.week_of_ten / first.week_of_ten
    );
    println!(
        "{:>24} free times, one day of one {:>5.0} /s ({:.2} of its rows' reading, {:.2} of no history)",
        "",
        f.day_of_one,
        f.day_of_ceiling,
        f.day_of_one / first.day_of_one
    );
    println!(
        "{:>24} day board p50 {:.1} ms p99 {:.1} ms ({:.2} of no history); booking, 8 connections {:.0} /s ({:.2})",
        "",
        f.board.0,
        f.board.1,
        f.board.0 / first.board.0,
        f.booking,
        f.booking / first.booking
    );
}

async fn measure(d: &Demo, db: &Db, bearer: &str, size: usize) -> Figures {
    let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let (from, until) = (monday, monday + TimeDelta::days(6));
    let (week_of_ten, week_rows) = (search(db, None, (from, 7)), rows(&d.database, None, (from, until)));
    let one = Some(ProviderId(1));
    let (day_of_one, day_rows) = (search(db, one, (from, 1)), rows(&d.database, one, (from, from)));
    an_hour_passes(db);
    let page = get("/day?day=2026-11-23", bearer);
    let board = load_for(SPAN / 2, &d.address, 4, std::sync::Arc::new(move |_| page.clone())).await;
    let calendar = Calendar {
        first_provider: 6,
        providers: 5,
        first_week: 3 + size * 19,
    };
    let booking = book(d, bearer, 8, calendar).await;
    Figures {
        rows: DAYS[size] * PROVIDERS * VISITS,
        week_of_ten,
        day_of_one,
        week_of_ceiling: week_of_ten / week_rows,
        day_of_ceiling: day_of_one / day_rows,
        board: (board.p50, board.p99),
        booking: booking.per_second,
    }
}

/// How often a second on one thread.
fn often(mut what: impl FnMut()) -> f64 {
    let (began, mut n) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(1) {
        what();
        n += 1;
    }
    rate(n, began.elapsed())
}

/// The product's own search, as the API does it.
fn search(db: &Db, provider: Option<ProviderId>, (first, days): (NaiveDate, u32)) -> f64 {
    let search = Search {
        service: ServiceId(CHECK_UP),
        provider,
        minutes: None,
        first,
        days,
        except: Except::default(),
        online: false,
    };
    let now = At::parse_rfc3339(NOW).unwrap();
    often(|| {
        let found = db.read_now(|c| find_free(c, now, &search)).unwrap();
        assert!(!found.free.is_empty());
    })
}

/// Who is where from when to when: the rows of these days, read by the driver of this database and nothing else.
fn rows(url: &str, provider: Option<ProviderId>, (first, last): (NaiveDate, NaiveDate)) -> f64 {
    use chairside::platform::db::schema::appointments as a;
    let zone = chairside::cli::demo::clinic::ZONE;
    let (from, until) = (day_bounds(zone, first).0, day_bounds(zone, last).1);
    macro_rules! read {
        ($c:expr) => {{
            let of = a::table
                .filter(a::starts_at.ge(from).and(a::starts_at.lt(until)))
                .filter(a::status.ne_all(["no-show", "cancelled"]))
                .select((a::provider_id, a::chair_id, a::patient_id, a::busy_from, a::busy_until))
                .into_boxed();
            let of = match provider {
                Some(ProviderId(id)) => of.filter(a::provider_id.eq(id)),
                None => of,
            };
            of.load::<(i64, i64, i64, At, At)>($c).unwrap()
        }};
    }
    if url.starts_with("postgres") {
        let mut c = PgConnection::establish(url).unwrap();
        return often(|| assert!(!read!(&mut c).is_empty()));
    }
    let mut c = SqliteConnection::establish(url.trim_start_matches("sqlite:")).unwrap();
    often(|| assert!(!read!(&mut c).is_empty()))
}

/// Thousands are booked here in seconds; on the board that is news for half an hour. A clinic's day is not like that.
fn an_hour_passes(db: &Db) {
    let began = At::parse_rfc3339(NOW).unwrap().0;
    let sql = format!(
        "UPDATE appointment_events SET at = at - 3600000 WHERE at >= {began};\
         UPDATE appointments SET updated_at = updated_at - 3600000 WHERE updated_at >= {began}"
    );
    db.write_now(move |c| Ok(c.batch_execute(&sql)?)).unwrap();
}

/// Five more providers with chairs and hours of their own; all ten do the check-up.
fn five_more(db: &Db) {
    let mut sql = String::new();
    for id in 6..=PROVIDERS {
        sql += &format!(
            "INSERT INTO chairs (id, site_id, name, name_en, position, active) \
             SELECT {id}, site_id, '{id}', '{id}', {id}, active FROM chairs WHERE id = 1;\
             INSERT INTO providers (id, site_id, user_id, name, name_en, kind, speciality, speciality_en, chair_id, position, active) \
             SELECT {id}, site_id, NULL, '{id}', '{id}', kind, speciality, speciality_en, {id}, {id}, active \
             FROM providers WHERE id = 1;\
             INSERT INTO weekly_hours (provider_id, weekday, start_minute, end_minute) \
             SELECT {id}, weekday, start_minute, end_minute FROM weekly_hours WHERE provider_id = 1;"
        );
    }
    for id in 5..=PROVIDERS {
        sql += &format!("INSERT INTO service_providers (service_id, provider_id) VALUES ({CHECK_UP}, {id});");
    }
    db.write_now(move |c| Ok(c.batch_execute(&sql)?)).unwrap();
}

/// Adds the visits of the days before, from `filled` to `days` ago.
fn fill(db: &Db, filled: i64, days: i64) {
    const MINUTES: i64 = 60_000;
    let zone = chairside::cli::demo::clinic::ZONE;
    let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    for ago in filled + 1..=days {
        let midnight = day_bounds(zone, monday - TimeDelta::days(ago)).0.0;
        let visit = |n: i64| {
            let (provider, slot) = (1 + n % PROVIDERS, n / PROVIDERS);
            let (from, until) = (midnight + slot * 30 * MINUTES, midnight + (slot + 1) * 30 * MINUTES);
            let patient = 1 + n % 400;
            format!(
                "(1, {patient}, {provider}, {provider}, {CHECK_UP}, {from}, {until}, {from}, {until}, 'done', '', 'import', 1, {from}, {from})"
            )
        };
        let visits: Vec<String> = (0..PROVIDERS * VISITS).map(visit).collect();
        let sql = format!(
            "INSERT INTO appointments (site_id, patient_id, provider_id, chair_id, service_id, starts_at, ends_at, busy_from, \
             busy_until, status, note, source, version, created_at, updated_at) VALUES {};\
             INSERT INTO provider_times (appointment_id, provider_id, busy_from, busy_until, active, shared) \
             SELECT id, provider_id, busy_from, busy_until, TRUE, FALSE FROM appointments \
             WHERE starts_at >= {midnight} AND starts_at < {} AND source = 'import'",
            visits.join(", "),
            midnight + VISITS * 30 * MINUTES
        );
        db.write_now(move |c| Ok(c.batch_execute(&sql)?)).unwrap();
    }
    // As a server does by itself some time after.
    db.write_now(|c| Ok(c.batch_execute("ANALYZE appointments")?)).unwrap();
}
