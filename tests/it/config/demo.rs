//! `chairside demo`: keeps off what others made, and looks like a day.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diesel::{Connection, PgConnection};

use super::{PATIENCE, Running, browser, empty_database, folder, output, post, program};
use crate::support::Engine;

/// One number by SQL, asked of a database that another process made.
fn number(database: &str, sql: &str) -> i64 {
    use diesel::{QueryableByName, RunQueryDsl, SqliteConnection};
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let query = diesel::sql_query(sql);
    let row: Row = match database.strip_prefix("sqlite:") {
        Some(path) => query.get_result(&mut SqliteConnection::establish(path).unwrap()),
        None => query.get_result(&mut PgConnection::establish(database).unwrap()),
    }
    .unwrap_or(Row { n: -1 });
    row.n
}

const BEGUN: &str = "SELECT count(*) AS n FROM installation WHERE name = 'demo' AND value = 'begun'";

const FILLED: &str = "SELECT count(*) AS n FROM installation WHERE name = 'demo' AND value = 'filled'";

const PATIENTS: &str = "SELECT count(*) AS n FROM patients";

const CALLS: &str = "SELECT count(*) AS n FROM call_tasks";

/// `demo` on a port that is free, with its output, on the day of all tests.
fn demo(folder: &Path, database: &str) -> Command {
    demo_at(folder, database, crate::support::START)
}

fn demo_at(folder: &Path, database: &str, now: &str) -> Command {
    let mut command = program(folder, &[("DATABASE_URL", database), ("CHAIRSIDE_LOG__FILTER", "warn")]);
    command.args(["demo", "--listen", "127.0.0.1:0", "--now", now]);
    command
}

/// Starts `demo`, waits until it says where it is, and tells whether it made new sample data; ends it.
fn demo_made_new_data(command: &mut Command) -> bool {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = out.by_ref().map(Result::unwrap).find(|l| l.contains("database: "));
    child.kill().unwrap();
    child.wait().unwrap();
    said.expect("it says which database").contains("(new sample data)")
}

/// A clinic's own database with an administrator in it.
async fn real_clinic(engine: Engine) -> (PathBuf, String) {
    let folder = folder("real");
    let database = empty_database(engine, &folder);
    let running = Running::start(&folder, &database);
    let fields = [("name", "吴"), ("login", "wu"), ("password", "correct horse battery")];
    assert_eq!(post(&browser(), running.link.as_deref().unwrap(), &fields).await.0, 303);
    assert!(running.stop("-TERM").success());
    (folder, database)
}

/// Neither emptied nor served: with its capture channel the demo would count a clinic's reminders as sent.
async fn the_demo_leaves_others_data_alone(engine: Engine) {
    let (folder, database) = real_clinic(engine).await;
    for options in [&["--fresh"][..], &[]] {
        let (output, text) = output(demo(&folder, &database).args(options));
        assert_eq!(output.status.code(), Some(1), "{options:?}: {text}");
        assert!(
            text.contains("no demo made") && text.contains("chairside serve"),
            "{text}"
        );
        let accounts = "SELECT count(*) AS n FROM staff_users WHERE login = 'wu'";
        assert_eq!(number(&database, accounts), 1, "{options:?}");
        assert_eq!(number(&database, PATIENTS), 0, "{options:?}");
    }
    // Patients alone (an import before the first sign-in) are somebody's data, too.
    let imported = empty_database(engine, &folder);
    let csv = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/patients.csv");
    let mut import = program(&folder, &[("DATABASE_URL", &imported)]);
    assert!(import.arg("import").arg(csv).output().unwrap().status.success());
    assert_eq!(output(demo(&folder, &imported).arg("--fresh")).0.status.code(), Some(1));
    assert_eq!(number(&imported, PATIENTS), 12);
}

#[test]
fn the_demo_leaves_others_data_alone_on_sqlite() {
    actix_web::rt::System::new().block_on(the_demo_leaves_others_data_alone(Engine::Sqlite));
}

#[test]
fn the_demo_leaves_others_data_alone_on_postgres() {
    actix_web::rt::System::new().block_on(the_demo_leaves_others_data_alone(Engine::Postgres));
}

/// Ended by force while it fills, the demo begins again; filled it is kept, and `--fresh` empties what is its own.
fn a_demo_that_was_not_finished_is_made_again(engine: Engine) {
    let folder = folder("demo");
    let database = match engine {
        Engine::Sqlite => format!("sqlite:{}", folder.join("demo.db").display()),
        Engine::Postgres => empty_database(engine, &folder),
    };
    let mut child = demo(&folder, &database).stdout(Stdio::null()).spawn().unwrap();
    let since = Instant::now();
    while number(&database, BEGUN) != 1 {
        assert!(since.elapsed() < 4 * PATIENCE, "it never began");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((number(&database, BEGUN), number(&database, FILLED)), (1, 0));
    assert_eq!(number(&database, CALLS), 0);
    assert!(demo_made_new_data(&mut demo(&folder, &database)));
    let (patients, calls) = (number(&database, PATIENTS), number(&database, CALLS));
    assert!(patients == 400 && calls > 100, "{patients} patients, {calls} calls");
    assert_eq!(number(&database, FILLED), 1);
    assert!(!demo_made_new_data(&mut demo(&folder, &database)));
    assert!(demo_made_new_data(demo(&folder, &database).arg("--fresh")));
    assert_eq!(
        (number(&database, PATIENTS), number(&database, CALLS)),
        (patients, calls)
    );
}

#[test]
fn a_demo_that_was_not_finished_is_made_again_on_sqlite() {
    a_demo_that_was_not_finished_is_made_again(Engine::Sqlite);
}

#[test]
fn a_demo_that_was_not_finished_is_made_again_on_postgres() {
    a_demo_that_was_not_finished_is_made_again(Engine::Postgres);
}

/// The sample is a day one can believe at whatever time it is made: a weekday's morning, a Sunday, an evening, before opening,
/// a holiday.
#[test]
fn the_sample_is_a_believable_day_at_any_hour() {
    for (now, seen) in [
        (crate::support::START, "in-chair"),
        ("2026-11-22T09:30:00+08:00", "in-chair"),
        ("2026-11-25T19:20:00+08:00", "in-chair"),
        ("2026-12-03T06:10:00+08:00", "confirmed"),
        ("2027-01-01T14:05:00+08:00", "in-chair"),
    ] {
        let folder = folder("hours");
        let database = format!("sqlite:{}", folder.join("demo.db").display());
        assert!(demo_made_new_data(&mut demo_at(&folder, &database, now)));
        let count = |sql: &str| number(&database, &format!("SELECT count(*) AS n FROM {sql}"));
        let midnight = chairside::platform::clock::Instant::parse_rfc3339(&format!("{}T00:00:00+08:00", &now[..10]))
            .unwrap()
            .0;
        let today = format!("appointments WHERE starts_at BETWEEN {midnight} AND {midnight} + 86400000");
        assert!(count(&today) >= 35, "{now}: {} today", count(&today));
        assert!(
            count(&format!("{today} AND status = '{seen}'")) > 0,
            "{now}: nobody is {seen}"
        );
        // Calls: some wait, some are to be tried again.
        assert!(count("call_tasks WHERE state = 'open' AND attempts = 0") >= 6, "{now}");
        assert!(count("call_tasks WHERE state = 'open' AND attempts > 0") >= 1, "{now}");
        // Plans go on, some with their next visit booked.
        assert!(count("plan_items WHERE state = 'planned'") >= 10, "{now}");
        assert_eq!(
            count(
                "plan_items i JOIN appointments a ON a.id = i.appointment_id WHERE i.state = 'done' AND a.status <> 'done'"
            ),
            0,
            "{now}"
        );
        // Messages bear the times of their rules; some go out in English.
        assert!(count("messages WHERE state = 'accepted'") > 20, "{now}");
        assert_eq!(
            count("messages WHERE state = 'accepted' AND updated_at % 900000 <> 0"),
            0,
            "{now}"
        );
        assert!((5..=10).contains(&count("patients WHERE language = 'en' AND email IS NOT NULL")));
        // Nobody was a patient before being registered, or has what their age forbids.
        assert_eq!(
            count("visits v JOIN patients p ON p.id = v.patient_id WHERE p.created_at > v.started_at"),
            0
        );
        let young =
            "visits v JOIN patients p ON p.id = v.patient_id WHERE julianday(v.day) - julianday(p.birth_date) <";
        assert_eq!(
            count(&format!(
                "{young} 20 * 365 AND v.service_name IN ('牙冠', '种植一期', '种植复查')"
            )),
            0
        );
        assert_eq!(
            count(&format!(
                "{young} 9 * 365 AND v.service_name IN ('正畸初诊', '正畸复诊')"
            )),
            0
        );
        assert_eq!(
            count("patients WHERE source = '单位体检' AND occupation = '学生' AND birth_date > '2010-01-01'"),
            0
        );
        assert_eq!(count("holidays WHERE name = '元旦' AND day NOT LIKE '%-01-01'"), 0);
        assert!(count("holidays WHERE name = '元旦'") >= 1 && count("holidays WHERE name = '春节'") >= 3);
    }
}
