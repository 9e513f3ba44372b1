//! Live pages: a stream of server-sent events that says when something has changed, never what; the page then asks for its
//! fragment as usual.
//!
//! Changes are seen in the database, so that every instance hears of those of all others: one task a process reads the
//! revision of what is watched, a few times a second and only while somebody watches. A stream begins with the revision that
//! the page was drawn from (`since`, `Last-Event-ID`), so that nothing is missed between two streams.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header;
use actix_web::web::Bytes;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::super::db::{Conn, Db};
use super::super::error::Result;

/// Pause between two looks at the database.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// A comment line keeps what lies between (proxies, routers) from closing an idle stream.
const COMMENT_EVERY: Duration = Duration::from_secs(15);
/// A session that ended or was locked ends its streams within this time.
const ASK_AGAIN_EVERY: Duration = Duration::from_secs(2);
/// How long a browser waits before it opens a stream again.
const RETRY: &str = "retry: 1000\n\n";
/// Open streams of one account: far more than screens that somebody looks at, far fewer than files that a process may open.
const STREAMS_MAX: usize = 12;
/// Events that a slow client may be behind before its stream waits for it.
const BEHIND: usize = 4;

/// Reads the present revision of a topic: any text that differs whenever what is watched does.
pub type Read<T> = fn(&mut Conn, &T) -> Result<String>;

/// Who listens to what.
pub struct Live<T> {
    db: Db,
    read: Read<T>,
    stop: CancellationToken,
    topics: Mutex<HashMap<T, watch::Sender<Option<String>>>>,
    /// The streams of each account, oldest first; those that have ended are cancelled.
    open: Mutex<HashMap<i64, VecDeque<CancellationToken>>>,
    somebody: Notify,
}

impl<T: Clone + Eq + Hash + Send + Sync + 'static> Live<T> {
    /// Nobody listens yet. `stop` ends all streams at once.
    pub fn new(db: Db, stop: CancellationToken, read: Read<T>) -> Arc<Live<T>> {
        Arc::new(Live {
            db,
            read,
            stop,
            topics: Mutex::default(),
            open: Mutex::default(),
            somebody: Notify::new(),
        })
    }

    /// Looks at the database while somebody listens; ends when the process stops.
    pub async fn run(self: Arc<Self>) {
        let look = async {
            loop {
                let topics = self.listened_to();
                if topics.is_empty() {
                    self.somebody.notified().await;
                    continue;
                }
                self.look(topics).await;
                sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! { () = self.stop.cancelled() => {}, () = look => {} }
    }

    fn topics(&self) -> std::sync::MutexGuard<'_, HashMap<T, watch::Sender<Option<String>>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what nobody listens to any more.
    fn listened_to(&self) -> Vec<T> {
        let mut topics = self.topics();
        topics.retain(|_, revision| revision.receiver_count() > 0);
        topics.keys().cloned().collect()
    }

    async fn look(&self, topics: Vec<T>) {
        let read = self.read;
        let found = self
            .db
            .read(move |c| {
                let each = topics.into_iter().map(|t| read(c, &t).map(|revision| (t, revision)));
                each.collect::<Result<Vec<_>>>()
            })
            .await;
        let mut topics = self.topics();
        match found {
            Ok(found) => {
                for (topic, revision) in found {
                    if let Some(told) = topics.get(&topic) {
                        told.send_if_modified(|old| old.replace(revision.clone()) != Some(revision));
                    }
                }
            }
            // Without the database nothing is live: the streams end, and the pages say so.
            Err(e) => {
                tracing::warn!(error = %e, "live pages: the database cannot be read");
                topics.clear();
            }
        }
    }

    fn listen(&self, topic: T) -> watch::Receiver<Option<String>> {
        let mut topics = self.topics();
        let told = topics.entry(topic).or_insert_with(|| watch::Sender::new(None));
        // The next look tells everybody again: what was told last may be older than the page that listens now.
        told.send_replace(None);
        let revision = told.subscribe();
        self.somebody.notify_one();
        revision
    }

    /// A place among the streams of an account; where there is none left, the oldest ends.
    fn place(&self, account: i64) -> CancellationToken {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, streams| {
            streams.retain(|s| !s.is_cancelled());
            !streams.is_empty()
        });
        let streams = open.entry(account).or_default();
        if streams.len() >= STREAMS_MAX
            && let Some(oldest) = streams.pop_front()
        {
            oldest.cancel();
        }
        let own = self.stop.child_token();
        streams.push_back(own.clone());
        own
    }

    /// The stream of a topic for an account, from revision `since` on, while `valid` says that it may go on.
    pub fn stream<F>(&self, topic: T, (account, since): (i64, String), valid: impl Fn() -> F + 'static) -> HttpResponse
    where
        F: Future<Output = bool>,
    {
        let (tell, told) = mpsc::channel(BEHIND);
        let (revision, place) = (self.listen(topic), self.place(account));
        actix_web::rt::spawn(async move {
            let _counted = Counted::one();
            let _free_afterwards = place.clone().drop_guard();
            tokio::select! {
                () = place.cancelled() => {}
                () = tell.closed() => {}
                () = send(&tell, revision, since, valid) => {}
            }
        });
        HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/event-stream"))
            .insert_header((header::CACHE_CONTROL, "no-store, no-transform"))
            // Compression would hold events back until a block is full; so would a proxy's buffer.
            .insert_header((header::CONTENT_ENCODING, "identity"))
            .insert_header(("X-Accel-Buffering", "no"))
            .body(Events(told))
    }
}

/// Tells each new revision until the client, the session, or the database is gone.
async fn send<F: Future<Output = bool>>(
    tell: &mpsc::Sender<Bytes>,
    mut revision: watch::Receiver<Option<String>>,
    mut known: String,
    valid: impl Fn() -> F,
) {
    let (mut comment, mut ask) = (interval(COMMENT_EVERY), interval(ASK_AGAIN_EVERY));
    for beat in [&mut comment, &mut ask] {
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.tick().await;
    }
    let mut text = Some(RETRY.to_owned());
    loop {
        if let Some(text) = text.take()
            && tell.send(text.into()).await.is_err()
        {
            return;
        }
        tokio::select! {
            changed = revision.changed() => {
                let Ok(()) = changed else { return };
                let now = revision.borrow_and_update().clone();
                if let Some(now) = now.filter(|now| *now != known) {
                    text = Some(format!("id: {now}\ndata: {now}\n\n"));
                    known = now;
                }
            }
            _ = comment.tick() => text = Some(":\n\n".to_owned()),
            _ = ask.tick() => if !valid().await { return },
        }
    }
}

/// The body of a stream.
struct Events(mpsc::Receiver<Bytes>);

impl MessageBody for Events {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.0.poll_recv(cx).map(|event| event.map(Ok))
    }
}

/// One open stream, in `/metrics`.
struct Counted;

impl Counted {
    fn one() -> Counted {
        metrics::gauge!("chairside_live_streams").increment(1);
        Counted
    }
}
impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("chairside_live_streams").decrement(1);
    }
}
