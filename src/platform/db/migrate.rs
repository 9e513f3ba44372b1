//! Migrations, embedded: `migrations/sqlite/NAME` and `migrations/postgres/NAME`, the same names on both.

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::pool::{Side, connect};
use super::{Conn, DatabaseUrl};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Before 3.51.3 SQLite could corrupt a database when its write-ahead log was reset.
const SQLITE_OLDEST: i32 = 3_051_003;
/// So that two instances that start together migrate one after the other. Any constant of our own.
const PG_MIGRATION_LOCK: i64 = 0x6368_6169_7273;

/// Checks the engine and runs what is missing.
pub(super) fn run(url: &DatabaseUrl) -> Result<(), String> {
    let mut conn = connect(url, Side::Write)?;
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| format!("migrating {url} failed: {e}");
    match &mut conn {
        Conn::Sqlite(c) => {
            let version = bundled_sqlite_version();
            if version < SQLITE_OLDEST {
                return Err(format!(
                    "SQLite {version} is too old: it can corrupt the database; build with the bundled one"
                ));
            }
            c.run_pending_migrations(SQLITE).map_err(failed)?;
        }
        Conn::Pg(c) => {
            c.batch_execute(&format!(
                "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock({PG_MIGRATION_LOCK})"
            ))
            .map_err(|e| format!("migrating {url} failed: {e}"))?;
            c.run_pending_migrations(POSTGRES).map_err(failed)?;
            c.batch_execute(&format!("SELECT pg_advisory_unlock({PG_MIGRATION_LOCK})"))
                .map_err(|e| format!("migrating {url} failed: {e}"))?;
        }
    }
    Ok(())
}

/// How many migrations this binary has that the database has not. Reads only.
pub fn pending(conn: &mut Conn) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct Applied {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let known = match conn {
        Conn::Sqlite(_) => MigrationSource::<Sqlite>::migrations(&SQLITE).map(|m| m.len()),
        Conn::Pg(_) => MigrationSource::<Pg>::migrations(&POSTGRES).map(|m| m.len()),
    }
    .map_err(diesel::result::Error::QueryBuilderError)?;
    let applied: Applied =
        diesel::sql_query("SELECT count(*) AS n FROM __diesel_schema_migrations").get_result(conn)?;
    Ok(known.saturating_sub(usize::try_from(applied.n).unwrap_or(0)))
}

fn bundled_sqlite_version() -> i32 {
    libsqlite3_sys::SQLITE_VERSION_NUMBER
}
