//! Looking at a database without touching it, and copying an embedded one.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::pool::{Side, connect};
use super::{Conn, DatabaseUrl, migrate};

/// What stands at a database's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No database, or one without a table of ours.
    Nothing,
    /// One that has to be migrated first (PostgreSQL; a copy of an embedded one is migrated by itself).
    Older,
    /// One to work with.
    Here,
}

/// Looks what is there. Writes nothing, and makes no file.
///
/// # Errors
/// A text for the operator: it cannot be reached.
pub fn look_for(url: &DatabaseUrl) -> Result<Found, String> {
    #[derive(QueryableByName)]
    struct There {
        #[diesel(sql_type = Bool)]
        there: bool,
    }
    if let DatabaseUrl::Sqlite(path) = url {
        let empty = std::fs::metadata(path).map_or(0, |m| m.len()) == 0;
        return Ok(if empty { Found::Nothing } else { Found::Here });
    }
    let failed = |e: diesel::result::Error| format!("cannot look into the database {url}: {e}");
    let mut c = connect(url, Side::Read)?;
    let asked = "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS there";
    let found: There = diesel::sql_query(asked).get_result(&mut c).map_err(failed)?;
    if !found.there {
        return Ok(Found::Nothing);
    }
    let difference = migrate::difference(&mut c).map_err(failed)?;
    Ok(if difference.missing > 0 {
        Found::Older
    } else {
        Found::Here
    })
}

/// Copies an embedded database, as it is at this moment, into a new file. Others go on writing to it meanwhile. (SQLite takes this for a
/// write to the connection's own database, which it is not.)
///
/// # Errors
/// A text for the operator: no room, or no right to read it.
pub fn copy_sqlite(from: &str, to: &str) -> Result<(), String> {
    let mut c = connect(&DatabaseUrl::Sqlite(from.to_owned()), Side::Write)?;
    let Conn::Sqlite(c) = &mut c else {
        return Err("not an embedded database".into());
    };
    diesel::sql_query("VACUUM INTO ?")
        .bind::<Text, _>(to)
        .execute(c)
        .map(|_| ())
        .map_err(|e| format!("cannot copy sqlite:{from} to {to}: {e}"))
}
