//! Databases for tests: a copy of one that was migrated and filled once over all test processes.

use std::fs::File;
use std::path::PathBuf;

use chairside::app::App;
use chairside::cli::demo::clinic::Sample;
use chairside::platform::clock::{Clock, Instant};
use chairside::platform::db::{Conn, Db};
use chairside::platform::error::Result;
use chairside::staff;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};

use super::{Engine, START, config};

/// A copy of the sample clinic's database, as URL.
pub fn fresh_database(engine: Engine) -> (String, Sample) {
    let name = format!("t_{}_{:08x}", std::process::id(), rand::random::<u32>());
    match engine {
        Engine::Sqlite => {
            let template = once("sqlite", |path| {
                let url = format!("sqlite:{}", path.display());
                build_sample(&url);
            });
            let copy = scratch().join(format!("{name}.db"));
            std::fs::copy(&template, &copy).unwrap();
            let url = format!("sqlite:{}", copy.display());
            let sample = load_sample(&url);
            (url, sample)
        }
        Engine::Postgres => {
            let server = postgres_url();
            let template = format!("template_{}", build_id());
            once("postgres", |done| {
                admin(&server, &format!("DROP DATABASE IF EXISTS {template}"));
                admin(&server, &format!("CREATE DATABASE {template}"));
                build_sample(&on_server(&server, &template));
                std::fs::write(done, "built").unwrap();
            });
            admin(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
            let url = on_server(&server, &name);
            let sample = load_sample(&url);
            (url, sample)
        }
    }
}

/// The private cluster that tests/run started. Without it half of the tests would be untested: that is a failure.
pub fn postgres_url() -> String {
    std::env::var("CHAIRSIDE_TEST_PG")
        .expect("CHAIRSIDE_TEST_PG is not set: run the tests with tests/run, which starts PostgreSQL")
}

fn on_server(server: &str, database: &str) -> String {
    format!("{}/{database}", server.rsplit_once('/').unwrap().0)
}

fn admin(server: &str, sql: &str) {
    let mut last = None;
    // Copying a template fails while somebody else copies it.
    for _ in 0..200 {
        let tried = PgConnection::establish(server)
            .map_err(|e| e.to_string())
            .and_then(|mut c| c.batch_execute(sql).map_err(|e| e.to_string()));
        match tried {
            Ok(()) => return,
            Err(e) => last = Some(e),
        }
        std::thread::yield_now();
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("{sql}: {last:?}");
}

fn scratch() -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// Differs for every build of the tests, so that templates of an older one are not used.
fn build_id() -> String {
    let exe = std::env::current_exe().unwrap();
    let modified = std::fs::metadata(exe).unwrap().modified().unwrap();
    let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
    let server = std::env::var("CHAIRSIDE_TEST_PG").unwrap_or_default();
    let port: String = server.chars().filter(char::is_ascii_digit).collect();
    format!("{:x}_{port}", since.as_millis())
}

/// Makes something once over all test processes; the others wait for it.
fn once(what: &str, make: impl FnOnce(&PathBuf)) -> PathBuf {
    let done = scratch().join(format!("template_{what}_{}", build_id()));
    let lock = File::create(scratch().join(format!("{what}.lock"))).unwrap();
    lock.lock().unwrap();
    if !done.exists() {
        let building = scratch().join(format!("building_{what}_{}", build_id()));
        for suffix in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{suffix}", building.display())));
        }
        make(&building);
        std::fs::rename(&building, &done).unwrap();
    }
    done
}

/// Tests count on a ladder of two texts, on the day and a month after; the one that is shipped has tests of its own.
fn two_recall_texts(c: &mut Conn) -> Result<()> {
    use chairside::platform::db::schema::rules as r;
    use diesel::{ExpressionMethods, QueryDsl};
    let step = |id: i32, days: i32| {
        format!(
            r#"{{"id":{id},"action":"message","offset_days":{days},"at_minute":600,"window_minutes":10080,"template":"recall"}}"#
        )
    };
    diesel::update(r::table.filter(r::code.eq("recall-due")))
        .set((
            r::steps.eq(format!("[{},{}]", step(1, 0), step(2, 30))),
            r::stop_answered.eq(false),
        ))
        .execute(c)?;
    Ok(())
}

fn build_sample(url: &str) {
    let mut config = config();
    config.database.url = url.to_owned();
    config.database.readers = 1;
    config.database.writers = 1;
    let now = Instant::parse_rfc3339(START).unwrap();
    let app = App::open(config, Clock::manual(now)).unwrap();
    app.db
        .write_now(move |c| {
            let sample = chairside::cli::demo::clinic::build(c, now);
            two_recall_texts(c)?;
            sample
        })
        .unwrap();
    if url.starts_with("sqlite") {
        app.db.checkpoint().unwrap();
    }
}

fn load_sample(url: &str) -> Sample {
    let mut config = config();
    config.database.url = url.to_owned();
    let sizes = chairside::platform::db::PoolSizes { readers: 1, writers: 1 };
    let db = Db::open(&config.database_url().unwrap(), sizes).unwrap();
    db.read_now(|c| {
        Ok(Sample {
            site: chairside::clinic::the_site(c)?,
            providers: chairside::clinic::list_providers(c, true)?,
            services: chairside::clinic::list_services(c, true)?,
            users: staff::list_users(c)?.into_iter().map(|u| u.id).collect(),
        })
    })
    .unwrap()
}

/// Table, column and "may be null" of every column, sorted.
pub fn columns(c: &mut Conn) -> Result<Vec<(String, String, bool)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        t: String,
        #[diesel(sql_type = diesel::sql_types::Text)]
        col: String,
        #[diesel(sql_type = diesel::sql_types::Bool)]
        nullable: bool,
    }
    let sql = match c {
        Conn::Sqlite(_) => {
            "SELECT m.name AS t, p.name AS col, p.\"notnull\" = 0 AS nullable FROM sqlite_master m, pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'"
        }
        Conn::Pg(_) => {
            "SELECT table_name::text AS t, column_name::text AS col, is_nullable = 'YES' AS nullable \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'"
        }
    };
    let mut rows: Vec<_> = diesel::sql_query(sql)
        .load::<Row>(c)?
        .into_iter()
        .map(|r| (r.t, r.col, r.nullable))
        .collect();
    rows.sort();
    Ok(rows)
}
