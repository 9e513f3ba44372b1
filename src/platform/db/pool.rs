//! Connecting. The derived `establish` of a multi-connection tries each variant, so that a mistyped URL opens a new SQLite
//! file; here the scheme decides.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, Pool, R2D2Connection};
use diesel::{PgConnection, SqliteConnection};

use super::{Conn, DatabaseUrl};
use crate::platform::error::Error;

/// How long a request waits for a connection before it is told that the database is unavailable.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(5);
/// So soon after it was of use a connection is taken to be there still: asking the server each time would be a tenth of what
/// it is asked.
const TRUSTED: Duration = Duration::from_secs(1);
/// Time limits on PostgreSQL, so that a network that swallows packets ends in an error and not in a hang
/// (libpq's own defaults still hung after 25 s).
const PG_LIMITS: &str =
    "connect_timeout=3 tcp_user_timeout=5000 keepalives_idle=2 keepalives_interval=1 keepalives_count=3";

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Read,
    Write,
}

#[derive(Debug)]
pub(super) struct Manager {
    url: DatabaseUrl,
    side: Side,
}

/// A connection of a pool.
pub(super) struct Pooled {
    conn: Conn,
    /// When it was last of use; none: something went wrong, and it may be gone.
    used: Option<Instant>,
}

impl Pooled {
    /// Does something with the connection.
    pub fn with<T>(&mut self, f: impl FnOnce(&mut Conn) -> Result<T, Error>) -> Result<T, Error> {
        let done = f(&mut self.conn);
        self.used = done.is_ok().then(Instant::now);
        done
    }
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let conn = establish(&self.url, self.side)?;
        let used = Some(Instant::now());
        Ok(Pooled { conn, used })
    }
    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Self::Error> {
        if pooled.used.is_some_and(|at| at.elapsed() < TRUSTED) {
            return Ok(());
        }
        pooled.conn.ping().map_err(diesel::r2d2::Error::QueryError)
    }
    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        std::thread::panicking() || pooled.conn.is_broken()
    }
}

pub(super) fn build(url: &DatabaseUrl, side: Side, size: u32) -> Result<Pool<Manager>, String> {
    Pool::builder()
        .max_size(size.max(1))
        .min_idle(Some(1))
        .connection_timeout(CHECKOUT_TIMEOUT)
        // A local file does not go away between two uses; a server does.
        .test_on_check_out(matches!(url, DatabaseUrl::Postgres(_)))
        .build(Manager { url: url.clone(), side })
        .map_err(|e| unreachable_text(url, &e.to_string()))
}

/// One connection, with an error text for the operator.
pub(super) fn connect(url: &DatabaseUrl, side: Side) -> Result<Conn, String> {
    establish(url, side).map_err(|e| unreachable_text(url, &e.to_string()))
}

fn unreachable_text(url: &DatabaseUrl, cause: &str) -> String {
    let (hint, cause) = match url {
        DatabaseUrl::Sqlite(_) => (
            "check that the folder exists and that this user may write to it",
            cause.to_owned(),
        ),
        DatabaseUrl::Postgres(url) => (
            "check host, port, user, password and database name in DATABASE_URL (in a password, % @ : / are written \
             %25 %40 %3A %2F), and that the server runs",
            without_password(url, cause),
        ),
    };
    format!("cannot open the database {url}: {}; {hint}", cause.trim())
}

/// libpq names the part of a URL that it cannot read, which may be a part of the password.
fn without_password(url: &str, text: &str) -> String {
    let after = url.split_once("://").map_or("", |(_, rest)| rest);
    let account = after.rsplit_once('@').map_or("", |(account, _)| account);
    let Some((_, password)) = account.split_once(':').filter(|(_, p)| !p.is_empty()) else {
        return text.to_owned();
    };
    let parts = password.split([':', '@', '/', '?', '#', '&']).filter(|p| !p.is_empty());
    std::iter::once(password)
        .chain(parts)
        .fold(text.to_owned(), |text, part| text.replace(part, "***"))
}

fn establish(url: &DatabaseUrl, side: Side) -> Result<Conn, diesel::r2d2::Error> {
    use diesel::r2d2::Error::{ConnectionError, QueryError};
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut c = SqliteConnection::establish(path).map_err(ConnectionError)?;
            c.batch_execute(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16000;",
            )
            .map_err(QueryError)?;
            if side == Side::Read {
                c.batch_execute("PRAGMA query_only = ON").map_err(QueryError)?;
            }
            Ok(Conn::Sqlite(c))
        }
        DatabaseUrl::Postgres(url) => {
            let mut c = PgConnection::establish(&with_limits(url)).map_err(ConnectionError)?;
            let read_only = if side == Side::Read { "on" } else { "off" };
            c.batch_execute(&format!(
                "SET default_transaction_read_only = {read_only}; SET statement_timeout = '15s'; SET lock_timeout = '5s'; \
                 SET idle_in_transaction_session_timeout = '15s'; SET client_min_messages = warning; SET TIME ZONE 'UTC'"
            ))
            .map_err(QueryError)?;
            Ok(Conn::Pg(c))
        }
    }
}

/// Adds the time limits that the URL does not set itself.
fn with_limits(url: &str) -> String {
    let mut url = url.to_owned();
    for pair in PG_LIMITS.split(' ') {
        let key = pair.split('=').next().unwrap_or("");
        if !url.contains(key) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(pair);
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_password_is_told() {
        for (url, told) in [
            (
                "postgres://u:s3%cret@h/db",
                r#"invalid percent-encoded token: "s3%cret""#,
            ),
            ("postgres://u:p:s3cret@x@h/db", r#"could not translate host name "x@h""#),
            (
                "postgres://u:s3cret/q@h/db",
                r#"invalid integer value "s3cret" for connection option "port""#,
            ),
        ] {
            let text = without_password(url, told);
            assert!(!text.contains("s3") && !text.contains("x@"), "{text}");
        }
        assert_eq!(without_password("postgres://h/db", "refused"), "refused");
    }
}
