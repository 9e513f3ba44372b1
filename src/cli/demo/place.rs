//! Whose database it is. The demo fills an empty one and leaves its mark there; only what bears the mark is served or emptied
//! by it. A clinic's own database is neither: its reminders would count as sent, and `--fresh` would be the end of it.
//!
//! The mark is a row of `installation`: [`BEGUN`] comes with the first sample rows, [`FILLED`] with the last. What was begun
//! and never filled (the machine went off) is begun again.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};

use crate::platform::db::schema::{installation, patients, providers, staff_users};
use crate::platform::db::{Both, Conn, DatabaseUrl};
use crate::platform::error::Result;

/// Name of the row.
const MARK: &str = "demo";
/// Its value while the sample is being made.
pub(super) const BEGUN: &str = "begun";
/// Its value when all of the sample is there.
pub(super) const FILLED: &str = "filled";
/// Empties all tables but the list of migrations and the one row of the set-up's revision. The audit refuses it for good
/// reasons, which are not a sample's.
const EMPTY_POSTGRES: &str = r"
DO $$
DECLARE names text;
BEGIN
    SELECT string_agg(quote_ident(tablename), ', ') INTO names FROM pg_tables
        WHERE schemaname = current_schema() AND tablename NOT LIKE '\_\_%' AND tablename <> 'clinic_revision';
    ALTER TABLE audit_log DISABLE TRIGGER USER;
    EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY CASCADE';
    ALTER TABLE audit_log ENABLE TRIGGER USER;
END $$";

/// What is in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nobody's data.
    Nothing,
    /// A sample that was not finished.
    Begun,
    /// A whole sample, and what was done with it since.
    Filled,
    /// Data that no demo made.
    Others,
}

/// Looks, and changes nothing: a clinic's own database is not even migrated.
///
/// # Errors
/// A text for the operator.
pub(super) fn look(url: &DatabaseUrl) -> Result<Found, String> {
    if let DatabaseUrl::Sqlite(path) = url
        && std::fs::metadata(path).map_or(0, |m| m.len()) == 0
    {
        return Ok(Found::Nothing);
    }
    let mut c = open(url)?;
    what_is_in(&mut c).map_err(|e| format!("cannot read the database {url}: {e}"))
}

fn open(url: &DatabaseUrl) -> Result<Conn, String> {
    let opened = match url {
        DatabaseUrl::Sqlite(path) => SqliteConnection::establish(path).map(Conn::Sqlite),
        DatabaseUrl::Postgres(url) => PgConnection::establish(url).map(Conn::Pg),
    };
    // Without the cause: it may name a part of the password.
    opened.map_err(|_| {
        format!(
            "cannot open the database {url}: check DATABASE_URL, that the server runs, and that this user may use it"
        )
    })
}

fn what_is_in(c: &mut Conn) -> Result<Found> {
    let tables = tables(c)?;
    if tables.is_empty() {
        return Ok(Found::Nothing);
    }
    if !tables.iter().any(|t| t == "installation") {
        return Ok(Found::Others);
    }
    let mark: Option<String> = installation::table
        .find(MARK)
        .select(installation::value)
        .first(c)
        .optional()?;
    Ok(match mark.as_deref() {
        Some(FILLED) => Found::Filled,
        Some(BEGUN) => Found::Begun,
        _ if is_empty(c)? => Found::Nothing,
        _ => Found::Others,
    })
}

fn tables(c: &mut Conn) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let sql = match c {
        Conn::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Conn::Pg(_) => "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()",
    };
    let rows: Vec<Name> = diesel::sql_query(sql).load(c)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Whether nobody works with this database: no account of a person, no patient, no provider. (A token's own account may
/// have been made before the first start.)
pub(super) fn is_empty(c: &mut Conn) -> Result<bool> {
    let people: i64 = staff_users::table
        .filter(staff_users::login.not_like("api-%"))
        .count()
        .get_result(c)?;
    let patients: i64 = patients::table.count().get_result(c)?;
    let providers: i64 = providers::table.count().get_result(c)?;
    Ok(people + patients + providers == 0)
}

/// Sets the mark, in the transaction of what it stands for.
pub(super) fn mark(c: &mut Conn, value: &'static str) -> Result<()> {
    Both(
        diesel::insert_into(installation::table)
            .values((installation::name.eq(MARK), installation::value.eq(value)))
            .on_conflict(installation::name)
            .do_update()
            .set(installation::value.eq(value)),
    )
    .execute(c)?;
    Ok(())
}

/// Empties a database that bears the mark.
///
/// # Errors
/// A text for the operator; that it does not bear the mark is one.
pub(super) fn empty(url: &DatabaseUrl) -> Result<(), String> {
    if !matches!(look(url)?, Found::Begun | Found::Filled) {
        return Err(not_ours(url));
    }
    match url {
        DatabaseUrl::Sqlite(path) => {
            // The main file first: without it nothing is there, and SQLite drops a log that is left over.
            for suffix in ["", "-wal", "-shm"] {
                let file = format!("{path}{suffix}");
                if Path::new(&file).exists() {
                    std::fs::remove_file(&file).map_err(|e| format!("{file}: {e}"))?;
                }
            }
            Ok(())
        }
        DatabaseUrl::Postgres(_) => open(url)?
            .batch_execute(EMPTY_POSTGRES)
            .map_err(|e| format!("emptying the database {url} failed: {e}")),
    }
}

/// Why the demo does not touch a database, and what to do.
pub(super) fn not_ours(url: &DatabaseUrl) -> String {
    format!(
        "demo: {url} holds data that no demo made: it is left as it is. The demo would send its patients nothing and count \
         it as sent. Run `chairside serve` on it; for a demo name an empty database, or unset DATABASE_URL and give --data \
         another folder"
    )
}
