//! Migrations, embedded: `migrations/sqlite/NAME` and `migrations/postgres/NAME`, the same names on both.

use diesel::backend::Backend;
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
            bring_up(c, SQLITE).map_err(failed)?;
        }
        Conn::Pg(c) => {
            c.batch_execute(&format!(
                "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock({PG_MIGRATION_LOCK})"
            ))
            .map_err(|e| format!("migrating {url} failed: {e}"))?;
            bring_up(c, POSTGRES).map_err(failed)?;
            c.batch_execute(&format!("SELECT pg_advisory_unlock({PG_MIGRATION_LOCK})"))
                .map_err(|e| format!("migrating {url} failed: {e}"))?;
        }
    }
    Ok(())
}

/// Runs what is missing, unless the database is a newer program's: what that one expects of it, this one may break.
fn bring_up<DB: Backend>(
    c: &mut impl MigrationHarness<DB>,
    all: EmbeddedMigrations,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let known = versions::<DB>(&all)?;
    let applied = c.applied_migrations()?;
    let unknown: Vec<String> = applied
        .iter()
        .map(ToString::to_string)
        .filter(|version| !known.contains(version))
        .collect();
    if !unknown.is_empty() {
        return Err(format!(
            "the database belongs to a newer version of this program: it has migration {}, which this one does not know. \
             Nothing was changed. Start the newer program, or restore the backup from before the upgrade",
            unknown.join(", ")
        )
        .into());
    }
    c.run_pending_migrations(all)?;
    Ok(())
}

fn versions<DB: Backend>(all: &EmbeddedMigrations) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
    let all = MigrationSource::<DB>::migrations(all)?;
    Ok(all.iter().map(|m| m.name().version().to_string()).collect())
}

/// How the database's migrations and this binary's differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// This binary has them, the database has not.
    pub missing: usize,
    /// The database has them, this binary does not know them.
    pub unknown: usize,
}

/// Compares the database with this binary. Reads only.
pub fn difference(conn: &mut Conn) -> QueryResult<Difference> {
    #[derive(QueryableByName)]
    struct Applied {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    let known = match conn {
        Conn::Sqlite(_) => versions::<Sqlite>(&SQLITE),
        Conn::Pg(_) => versions::<Pg>(&POSTGRES),
    }
    .map_err(diesel::result::Error::QueryBuilderError)?;
    let applied: Vec<Applied> =
        diesel::sql_query("SELECT CAST(version AS TEXT) AS version FROM __diesel_schema_migrations").load(conn)?;
    let unknown = applied.iter().filter(|a| !known.contains(&a.version)).count();
    Ok(Difference {
        missing: known.len().saturating_sub(applied.len() - unknown),
        unknown,
    })
}

fn bundled_sqlite_version() -> i32 {
    libsqlite3_sys::SQLITE_VERSION_NUMBER
}
