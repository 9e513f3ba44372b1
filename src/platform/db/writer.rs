//! SQLite's one writer: a thread that takes the waiting write closures in turn, gives each a savepoint, and commits all
//! that were waiting with one durable commit. A caller gets its own result after that commit; one that fails rolls back to
//! its savepoint and disturbs nobody.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};

use diesel::Connection;
use tokio::sync::oneshot;

use super::super::error::{Error, Result};
use super::Conn;

/// Closures that share one commit at most; bounds how long the first of them waits.
const BATCH_MAX: usize = 256;

/// Does its work on the connection, then gives a closure that tells the caller, once the commit's outcome is known.
type Job = Box<dyn FnOnce(&mut Conn) -> Finish + Send>;
type Finish = Box<dyn FnOnce(&Result<(), String>) + Send>;

pub(super) struct Writer {
    jobs: Sender<Job>,
}

impl Writer {
    pub(super) fn start(conn: Conn) -> Result<Writer, String> {
        let (jobs, queue) = channel();
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || run(conn, &queue))
            .map_err(|e| format!("cannot start the database writer: {e}"))?;
        Ok(Writer { jobs })
    }

    pub(super) async fn submit<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        // The caller may have gone away; its work is done all the same.
        self.enqueue(f, move |result| drop(tell.send(result)))?;
        told.await.map_err(|_gone| stopped())?
    }

    pub(super) fn submit_now<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let (tell, told) = channel();
        self.enqueue(f, move |result| drop(tell.send(result)))?;
        told.recv().map_err(|_gone| stopped())?
    }

    fn enqueue<T, F>(&self, f: F, tell: impl FnOnce(Result<T>) + Send + 'static) -> Result<()>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let span = tracing::Span::current();
        let job: Job = Box::new(move |conn| {
            let outcome = span.in_scope(|| conn.transaction(|c| guarded(c, f)));
            Box::new(move |commit| {
                let result = match (outcome, commit) {
                    (Ok(value), Ok(())) => Ok(value),
                    (Ok(_), Err(cause)) => Err(Error::of_commit(cause)),
                    (Err(e), _) => Err(e),
                };
                tell(result);
            })
        });
        self.jobs.send(job).map_err(|_closed| stopped())
    }
}

fn stopped() -> Error {
    Error::Unavailable("the database writer has stopped".into())
}

/// A panic in a closure is that closure's error, and rolls back its savepoint.
fn guarded<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(|| f(conn)))
        .unwrap_or_else(|_panic| Err(Error::Internal("a write closure panicked".into())))
}

fn run(mut conn: Conn, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let begun = conn.begin_write().map_err(|e| e.to_string());
        let mut finishers = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            if begun.is_ok() {
                finishers.push(job(&mut conn));
            } else {
                // Dropping the job drops its channel's sender: the caller sees "unavailable".
                drop(job);
            }
            next = if finishers.len() < BATCH_MAX {
                queue.try_recv().ok()
            } else {
                None
            };
        }
        let outcome = begun.and_then(|()| conn.commit_write().map_err(|e| e.to_string()));
        if let Err(cause) = &outcome {
            tracing::error!(db.error = %cause, "write batch lost");
            if let Err(e) = conn.rollback_write() {
                tracing::error!(db.error = %e, "rollback after a lost batch");
            }
        }
        for finish in finishers {
            finish(&outcome);
        }
    }
}
