//! A mailbox that is read by IMAP (RFC 3501), for what a mail server does not hand in by itself.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_imap::{Client, Session};
use futures_util::TryStreamExt;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::config::Mail as Settings;
use super::super::error::Result as Done;
use super::tls::tls_config;

/// How much of a mail is read, in bytes: its words come first, and files that come with it are not kept.
pub const MAIL_BYTES_MAX: usize = 2 * 1024 * 1024;
/// So many mails are read at once at most; the next turn goes on.
const MAILS_MAX: usize = 200;
/// How long one turn may take.
const TURN: Duration = Duration::from_secs(120);

type Open = Session<TlsStream<TcpStream>>;

/// A mailbox of the settings.
pub struct Mailbox {
    host: String,
    port: u16,
    server: ServerName<'static>,
    tls: TlsConnector,
    user: String,
    password: String,
    folder: String,
}

impl Mailbox {
    /// For the settings; none when they name no server.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn new(settings: &Settings) -> Result<Option<Mailbox>, String> {
        if settings.imap_host.is_empty() {
            return Ok(None);
        }
        let host = settings.imap_host.clone();
        Ok(Some(Mailbox {
            server: ServerName::try_from(host.clone()).map_err(|e| format!("configuration: mail.imap_host: {e}"))?,
            host,
            port: settings.imap_port,
            tls: TlsConnector::from(Arc::new(tls_config(settings)?)),
            user: settings.imap_user.clone(),
            password: settings.imap_password.0.clone(),
            folder: settings.imap_folder.clone(),
        }))
    }

    /// Gives every mail that nobody has read to `take`, and marks it as read once that is done. Gives how many. What breaks
    /// off is read again the next time; a mail that cannot be taken keeps none of the others.
    ///
    /// # Errors
    /// A text for the operator, without the password; of a mail that cannot be taken, once all others are.
    pub async fn read<F, Taken>(&self, take: F) -> Result<usize, String>
    where
        F: Fn(Vec<u8>) -> Taken,
        Taken: Future<Output = Done<()>>,
    {
        let turn = async {
            let mut session = self.open().await?;
            let count = read_all(&mut session, take).await?;
            // What was read is marked already: how the goodbye is taken is of no interest.
            drop(session.logout().await);
            Ok(count)
        };
        match tokio::time::timeout(TURN, turn).await {
            Ok(read) => read.map_err(|e: String| format!("the mailbox (mail.imap_*): {e}")),
            Err(_late) => Err(format!(
                "the mailbox (mail.imap_*): not done within {} s",
                TURN.as_secs()
            )),
        }
    }

    async fn open(&self) -> Result<Open, String> {
        let socket = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|e| format!("cannot be reached: {e}"))?;
        let stream = self
            .tls
            .connect(self.server.clone(), socket)
            .await
            .map_err(|e| format!("no trusted encrypted connection (mail.ca_file): {e}"))?;
        let mut client = Client::new(stream);
        let greeting = client.read_response().await.map_err(|e| e.to_string())?;
        if greeting.is_none() {
            return Err("the server closed the connection".into());
        }
        let mut session = client
            .login(&self.user, &self.password)
            .await
            .map_err(|(e, _)| format!("signing in (mail.imap_user, mail.imap_password): {e}"))?;
        session
            .select(&self.folder)
            .await
            .map_err(|e| format!("mail.imap_folder: {e}"))?;
        Ok(session)
    }
}

async fn read_all<F, Taken>(session: &mut Open, take: F) -> Result<usize, String>
where
    F: Fn(Vec<u8>) -> Taken,
    Taken: Future<Output = Done<()>>,
{
    let told = |e: async_imap::error::Error| e.to_string();
    let mut waiting: Vec<u32> = session.uid_search("UNSEEN").await.map_err(told)?.into_iter().collect();
    // The newest first: those that were left the last time must not be in the way of what came since.
    waiting.sort_unstable_by(|a, b| b.cmp(a));
    waiting.truncate(MAILS_MAX);
    waiting.reverse();
    let (mut count, mut left) = (0, Vec::new());
    for uid in waiting {
        let uid = uid.to_string();
        if let Some(raw) = body(session, &uid).await.map_err(told)? {
            if let Err(e) = take(raw).await {
                left.push(format!("mail {uid}: {e}"));
                continue;
            }
            count += 1;
        }
        session
            .run_command_and_check_ok(format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)"))
            .await
            .map_err(told)?;
    }
    match left.first() {
        None => Ok(count),
        Some(first) => Err(format!("{count} taken, {} left unread; {first}", left.len())),
    }
}

/// The mail, not marked as read yet; of a very large one its beginning.
async fn body(session: &mut Open, uid: &str) -> async_imap::error::Result<Option<Vec<u8>>> {
    let mut answers = session
        .uid_fetch(uid, format!("BODY.PEEK[]<0.{MAIL_BYTES_MAX}>"))
        .await?;
    let mut raw = None;
    while let Some(answer) = answers.try_next().await? {
        raw = answer.body().map(<[u8]>::to_vec).or(raw);
    }
    Ok(raw)
}
