//! One database handle for SQLite and PostgreSQL, with a read side that the database itself keeps read-only and a write
//! side that makes one transaction of each closure.
//!
//! * SQLite: readers from a pool with `PRAGMA query_only`; all writes go through one thread that takes the waiting
//!   closures in turn, a savepoint each, and commits them together.
//! * PostgreSQL: two pools, the reading one with `default_transaction_read_only`.
//!
//! Closures do database work only: no HTTP, no SMTP, no sleep. Every diesel error leaves a write through `?`: swallowed
//! inside a PostgreSQL transaction it would lose the whole transaction while commit still says Ok.

mod migrate;
mod pool;
#[expect(missing_docs, reason = "the migrations document the tables")]
pub mod schema;
mod statements;
mod trial;
mod types;
mod writer;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2::Pool;
use tokio::sync::{Semaphore, SemaphorePermit};

pub use migrate::difference as migrations_differ;
pub(crate) use statements::one_of;
pub use statements::{Both, Prepared};
pub use trial::{Found, copy_sqlite, look_for};
pub use types::storable;
pub(crate) use types::text_enum;

use super::error::{Error, Result};
use pool::{Manager, Side};

#[expect(missing_docs, reason = "the derive makes public items without comments")]
mod conn {
    /// A connection to either database. Queries are written once against it; what it cannot express is a two-arm `match`
    /// in a `store.rs`.
    #[derive(diesel::MultiConnection)]
    pub enum Conn {
        /// PostgreSQL.
        Pg(diesel::PgConnection),
        /// SQLite.
        Sqlite(diesel::SqliteConnection),
    }
}
pub use conn::{Conn, MultiBackend};

/// Which database a URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`
    Sqlite(String),
    /// `postgres://…` or `postgresql://…`
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads a URL; the scheme decides, anything unknown is an error that says what is possible.
    pub fn parse(url: &str) -> Result<DatabaseUrl, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(DatabaseUrl::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            Some("") | None => {
                let shown: String = url.chars().take_while(|c| *c != ':').collect();
                Err(format!(
                    "DATABASE_URL: {shown:?} is not a database this program knows; use sqlite:PATH (for example \
                     sqlite:/var/lib/chairside/chairside.db) or postgres://USER:PASSWORD@HOST/NAME"
                ))
            }
            Some(path) => Ok(DatabaseUrl::Sqlite(path.to_owned())),
        }
    }
}

/// Shown without the password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(f, "sqlite:{path}"),
            DatabaseUrl::Postgres(url) => {
                let after = url.split_once("://").map_or("", |(_, rest)| rest);
                let host = after.rsplit_once('@').map_or(after, |(_, host)| host);
                write!(f, "postgres://{}", host.split('?').next().unwrap_or(""))
            }
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
    last: Option<Arc<Last>>,
}

/// What a write ends with; see [`Db::ending_with`].
type Last = dyn Fn(&mut Conn, &dyn Any) -> Result<()> + Send + Sync;

struct Inner {
    url: DatabaseUrl,
    read: Pool<Manager>,
    write: WriteSide,
    /// Turns at the connections of each side: first come, first served. The pools themselves let anybody overtake.
    readers: Semaphore,
    writers: Semaphore,
    /// Writes that run or wait to.
    writing: AtomicUsize,
    /// From so many of them on it is a crowd.
    crowd: usize,
}

/// SQLite's writer takes a few hundred at once; PostgreSQL's connections take one each.
const CROWD_SQLITE: usize = 256;
/// So many for each of PostgreSQL's writing connections are a crowd.
const CROWD_A_WRITER: usize = 2;
/// How long one waits for a turn when many come at once.
const CROWD_TIMEOUT: Duration = Duration::from_secs(20);

enum WriteSide {
    Sqlite(writer::Writer),
    Pg(Pool<Manager>),
}

/// Connections on the reading side, and on PostgreSQL's writing side.
#[derive(Debug, Clone, Copy)]
pub struct PoolSizes {
    /// Readers.
    pub readers: u32,
    /// Writers (PostgreSQL only; SQLite has one).
    pub writers: u32,
}

impl Db {
    /// Connects, checks the engine's version, runs the migrations that are missing, opens the pools.
    ///
    /// # Errors
    /// A text for the operator: what could not be reached or is too old, and what to do.
    pub fn open(url: &DatabaseUrl, sizes: PoolSizes) -> Result<Db, String> {
        migrate::run(url)?;
        let read = pool::build(url, Side::Read, sizes.readers)?;
        let write = match url {
            DatabaseUrl::Sqlite(_) => WriteSide::Sqlite(writer::Writer::start(pool::connect(url, Side::Write)?)?),
            DatabaseUrl::Postgres(_) => WriteSide::Pg(pool::build(url, Side::Write, sizes.writers)?),
        };
        Ok(Db {
            inner: Arc::new(Inner {
                url: url.clone(),
                read,
                write,
                readers: Semaphore::new(permits(sizes.readers)),
                writers: Semaphore::new(permits(sizes.writers)),
                writing: AtomicUsize::new(0),
                crowd: match url {
                    DatabaseUrl::Sqlite(_) => CROWD_SQLITE,
                    DatabaseUrl::Postgres(_) => CROWD_A_WRITER * permits(sizes.writers),
                },
            }),
            last: None,
        })
    }

    /// The same database, each of whose writes that gives a `T` ends with `last`, in the same transaction: what `last` makes
    /// of the result is committed with it or not at all.
    pub fn ending_with<T: 'static>(&self, last: impl Fn(&mut Conn, &T) -> Result<()> + Send + Sync + 'static) -> Db {
        let last = move |c: &mut Conn, value: &dyn Any| value.downcast_ref::<T>().map_or(Ok(()), |v| last(c, v));
        Db {
            inner: Arc::clone(&self.inner),
            last: Some(Arc::new(last)),
        }
    }

    /// Which database this is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.inner.url
    }

    /// Runs `f` on a read-only connection, on a thread that may block. The tracing span goes along.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let this = self.clone();
        let _turn = turn(&self.inner.readers).await?;
        blocking(move || this.read_now(f)).await
    }

    /// [`Db::read`] for code that is already on a thread that may block.
    pub fn read_now<T>(&self, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut pooled = self.inner.read.get().map_err(|e| Error::Unavailable(e.to_string()))?;
        pooled.with(f)
    }

    /// Runs `f` in one write transaction and answers after the commit is durable. An `Err` from `f` rolls back all it did.
    pub async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let last = self.last.clone();
        let f = move |c: &mut Conn| {
            let value = f(c)?;
            last.map_or(Ok(()), |last| last(c, &value))?;
            Ok(value)
        };
        let _one = Writing::begin(&self.inner.writing);
        match &self.inner.write {
            WriteSide::Sqlite(writer) => writer.submit(f).await,
            WriteSide::Pg(pool) => {
                let pool = pool.clone();
                let _turn = turn(&self.inner.writers).await?;
                blocking(move || pg_write(&pool, f)).await
            }
        }
    }

    /// Whether so many writes wait that one more should look first whether it is in vain.
    pub fn is_crowded(&self) -> bool {
        self.inner.writing.load(Ordering::Relaxed) >= self.inner.crowd
    }

    /// [`Db::write`] for code that is already on a thread that may block (command line, demo, import).
    pub fn write_now<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        match &self.inner.write {
            WriteSide::Sqlite(writer) => writer.submit_now(f),
            WriteSide::Pg(pool) => pg_write(pool, f),
        }
    }
}

/// Counts a write while it runs or waits, however it ends.
struct Writing<'a>(&'a AtomicUsize);

impl<'a> Writing<'a> {
    fn begin(count: &'a AtomicUsize) -> Writing<'a> {
        count.fetch_add(1, Ordering::Relaxed);
        Writing(count)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Db {
    /// Empties SQLite's write-ahead log into the main file, so that the file alone is the database. Nothing on PostgreSQL.
    pub fn checkpoint(&self) -> Result<(), String> {
        use diesel::connection::SimpleConnection;
        match connect_for_checkpoint(&self.inner.url)? {
            Some(mut c) => c
                .batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
                .map_err(|e| e.to_string()),
            None => Ok(()),
        }
    }
}

fn connect_for_checkpoint(url: &DatabaseUrl) -> Result<Option<Conn>, String> {
    match url {
        DatabaseUrl::Sqlite(_) => pool::connect(url, Side::Write).map(Some),
        DatabaseUrl::Postgres(_) => Ok(None),
    }
}

fn pg_write<T>(pool: &Pool<Manager>, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    let mut pooled = pool.get().map_err(|e| Error::Unavailable(e.to_string()))?;
    pooled.with(|c| c.transaction(f))
}

fn permits(connections: u32) -> usize {
    usize::try_from(connections.max(1)).unwrap_or(1)
}

/// Waits for a turn: in a crowd for longer than a server that does not answer is waited for.
async fn turn(of: &Semaphore) -> Result<SemaphorePermit<'_>> {
    let busy = || Error::Unavailable("others have had all connections for too long".into());
    let turn = tokio::time::timeout(CROWD_TIMEOUT, of.acquire()).await;
    turn.ok().and_then(std::result::Result::ok).ok_or_else(busy)
}

/// Runs `f` where blocking is allowed, inside the caller's tracing span.
async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(f))
        .await
        .map_err(|e| Error::Internal(format!("database task: {e}")))?
}

impl Conn {
    /// Begins what will write: `BEGIN IMMEDIATE` on SQLite (a deferred transaction that reads, then writes, fails at once
    /// in spite of `busy_timeout`).
    pub(super) fn begin_write(&mut self) -> QueryResult<()> {
        match self {
            Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
            Conn::Pg(c) => AnsiTransactionManager::begin_transaction(c),
        }
    }
    pub(super) fn commit_write(&mut self) -> QueryResult<()> {
        <Self as TransactionManager<Self>>::commit_transaction(self)
    }
    pub(super) fn rollback_write(&mut self) -> QueryResult<()> {
        <Self as TransactionManager<Self>>::rollback_transaction(self)
    }
}

/// Whether an error says that a unique, exclusion or overlap rule of the database was broken.
pub fn is_unique_violation(e: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind, Error as D};
    matches!(e, D::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// Whether an error says that other rows still name the one that was to be deleted.
pub fn is_in_use(e: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind, Error as D};
    matches!(e, D::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_say_what_they_are() {
        assert_eq!(
            DatabaseUrl::parse("sqlite:a/b.db"),
            Ok(DatabaseUrl::Sqlite("a/b.db".into()))
        );
        assert!(matches!(
            DatabaseUrl::parse("postgres://u:p@h/n"),
            Ok(DatabaseUrl::Postgres(_))
        ));
        for wrong in ["", "postgers://u:secret@h/n", "mysql://x", "chairside.db", "sqlite:"] {
            let e = DatabaseUrl::parse(wrong).expect_err(wrong);
            assert!(e.contains("sqlite:PATH"), "{e}");
            assert!(!e.contains("secret"), "{e}");
        }
    }
    #[test]
    fn the_password_is_not_shown() {
        let url = DatabaseUrl::parse("postgres://u:secret@db.example:5432/clinic?sslmode=require").expect("url");
        assert_eq!(url.to_string(), "postgres://db.example:5432/clinic");
    }
}
